//! The pages in a real browser: accessible in both colours and widths, quiet, live, and usable by keyboard alone and
//! without JavaScript.

mod driver;
mod modules;

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use self::driver::{Look, Window, axe};
use crate::house::{House, Person, body};
use crate::pages::{finish, report, start};

/// Everything that the pages can show, in two engagements.
struct Scene {
    founder: Person,
    aster: String,
    counted: String,
    failed: String,
}

async fn scene(house: &House) -> Scene {
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    let north = house.engagement(&founder, "Northrail").await;
    let failed = start(house, &founder, &north, "Sync repositories").await;
    let end = json!({
        "outcome": "failed", "grade": "observed", "exit_code": 128,
        "failures": [{"code": "git.refused", "message": "remote refused", "count": 3}],
        "tail": "remote: denied\nexit 128"
    });
    finish(house, &founder, &failed, end).await;
    let done = start(house, &founder, &aster, "Capture").await;
    finish(house, &founder, &done, json!({"outcome": "succeeded"})).await;
    let partial = start(house, &founder, &aster, "Export the sign-in log").await;
    finish(
        house,
        &founder,
        &partial,
        json!({"outcome": "partially_succeeded"}),
    )
    .await;
    for (label, said) in [
        (
            "Rows of unknown number",
            json!({"processed": 18_422, "unit": "rows"}),
        ),
        (
            "Review",
            json!({"parts": {"succeeded": 2, "failed": 1, "follow_up": 1, "running": 4, "waiting": 2}}),
        ),
        (
            "Evidence",
            json!({"phase": {"key": "c", "label": "collecting evidence", "number": 2, "of": 4}}),
        ),
        (
            "Agent",
            json!({"message": "reading conditional access results"}),
        ),
    ] {
        let run = start(house, &founder, &aster, label).await;
        report(house, &founder, &run, said).await;
    }
    let counted = start(house, &founder, &aster, "Compare policies").await;
    let said = json!({"processed": 214, "total": 512, "unit": "policies"});
    report(house, &founder, &counted, said).await;
    Scene {
        founder,
        aster,
        counted,
        failed,
    }
}

#[test]
fn pages_are_accessible_on_a_desk() {
    crate::support::run(Engine::Sqlite, accessible_on_a_desk);
}

async fn accessible_on_a_desk(db: Db) {
    every_page_is_accessible(db, Look::default()).await;
}

#[test]
fn pages_are_accessible_on_a_phone() {
    crate::support::run(Engine::Sqlite, accessible_on_a_phone);
}

async fn accessible_on_a_phone(db: Db) {
    every_page_is_accessible(
        db,
        Look {
            phone: true,
            ..Look::default()
        },
    )
    .await;
}

/// axe-core finds nothing, nothing scrolls sideways, nothing moves by itself, the console is empty, and nobody else's
/// machine is asked for anything.
async fn every_page_is_accessible(db: Db, look: Look) {
    let house = House::open(db).await;
    let window = Window::open(look).await;
    let Scene {
        founder,
        counted,
        failed,
        ..
    } = scene(&house).await;
    for path in ["/", "/login?link=abc"] {
        inspect(&house, &window, path).await;
    }
    // A page that answers 401 is told by the console; that line is expected.
    drop(window.console().await);
    window.sign_in(&house, &founder).await;
    for path in [
        "/".to_owned(),
        "/?e=aster-bank".to_owned(),
        "/ui/runs".to_owned(),
        "/ui/runs?show=queued".to_owned(),
        format!("/ui/runs/{counted}"),
        format!("/ui/runs/{failed}"),
        "/ui/notifications".to_owned(),
        "/ui/settings".to_owned(),
    ] {
        inspect(&house, &window, &path).await;
    }
    assert_eq!(window.console().await, Vec::<String>::new());
    let ours = house.url("/");
    let foreign: Vec<String> = window.requests().await;
    let foreign = foreign
        .iter()
        .filter(|url| !url.starts_with(&ours) && !url.starts_with("data:"));
    assert_eq!(foreign.collect::<Vec<_>>(), Vec::<&String>::new());
    window.close().await;
    house.close().await;
}

async fn inspect(house: &House, window: &Window, path: &str) {
    for theme in ["light", "dark"] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let address = format!("{path}{sign}theme={theme}");
        window.go(house, &address).await;
        window.wait_for("h1").await;
        let sideways = window
            .value("document.documentElement.scrollWidth - innerWidth")
            .await;
        assert!(
            sideways.as_i64().unwrap() <= 0,
            "{address} scrolls sideways by {sideways}"
        );
        assert_eq!(
            window.value("document.getAnimations().length").await,
            0,
            "{address}"
        );
        let found = violations(window).await;
        assert_eq!(found, json!([]), "{address}");
    }
}

/// What axe-core has to say. Sticky bars are laid into the page first, because it reports what lies under them.
async fn violations(window: &Window) -> Value {
    window.client.execute(&axe(), vec![]).await.unwrap();
    let script = r#"
        const done = arguments[0];
        for (const bar of document.querySelectorAll(".top, .tabs, .strip, .side")) bar.style.position = "static";
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        axe.run(document, { runOnly: tags }).then((found) => done(found.violations.map((violation) =>
            [violation.id, violation.nodes.map((node) => node.html + " " + node.failureSummary)])));
    "#;
    window.client.execute_async(script, vec![]).await.unwrap()
}

#[test]
fn ten_follow_ups_are_settled_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    for number in 1..=10 {
        let run = start(&house, &founder, &aster, &format!("Work {number}")).await;
        finish(&house, &founder, &run, json!({"outcome": "failed"})).await;
        house.advance(Duration::from_secs(1));
    }
    window.sign_in(&house, &founder).await;
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
    window.press("j").await;
    assert_eq!(
        window
            .value("document.activeElement.querySelector('h3').innerText")
            .await,
        "Follow-up: Work 10"
    );
    window.press("jk").await;
    for left in (0..10).rev() {
        window.press("e").await;
        let undecided = "#triage > li:not(.receipt, .gone)";
        let answered = format!("document.querySelectorAll('{undecided}').length === {left}");
        window.wait_until(&answered).await;
    }
    window
        .wait_until("document.title === 'Home · Bellboard'")
        .await;
    window
        .wait_until("document.body.innerText.includes('Nothing needs you.')")
        .await;
    window.go(&house, "/").await;
    assert!(window.text("#zone-needs").await.contains("You are clear."));
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn keys_can_be_switched_off_and_are_listed() {
    crate::support::run(Engine::Sqlite, keys);
}

async fn keys(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene { founder, .. } = scene(&house).await;
    window.sign_in(&house, &founder).await;
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
    window.press("?").await;
    window.wait_for("dialog[open]").await;
    assert!(
        window
            .text("dialog")
            .await
            .contains("Mark the selected one done")
    );
    window.press("\u{e00c}").await;
    window.wait_until("!document.querySelector('dialog')").await;
    window.press("gr").await;
    window.wait_until("location.pathname === '/ui/runs'").await;

    window.go(&house, "/ui/settings").await;
    window.wait_for("#single-keys").await;
    window.click("#single-keys").await;
    window.go(&house, "/").await;
    window
        .wait_until("document.querySelector('[data-pause]:not([hidden])')")
        .await;
    window.press("j").await;
    assert_eq!(
        window
            .value("document.querySelector('#triage [aria-current]')")
            .await,
        Value::Null
    );
    window.close().await;
    house.close().await;
}

#[test]
fn a_follow_up_is_settled_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look {
        without_scripts: true,
        ..Look::default()
    })
    .await;
    let Scene {
        founder, failed, ..
    } = scene(&house).await;
    window.sign_in(&house, &founder).await;
    assert!(
        window.text(".live").await.contains("As of"),
        "no page claims to be live without scripts"
    );
    window.click(&format!("#need-{failed} a.btn")).await;
    window.wait_for("#note").await;
    window.click("#note").await;
    window.press("Asked the partner").await;
    window.click(".look button").await;
    window
        .wait_for_words("Acknowledged: Asked the partner")
        .await;
    window.go(&house, "/").await;
    window.click("#triage button.quiet").await;
    window.wait_for_words("You are clear.").await;
    window.close().await;
    house.close().await;
}

#[test]
fn what_happens_is_shown_without_a_reload() {
    crate::support::run(Engine::Sqlite, live);
}

async fn live(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene {
        founder,
        aster,
        counted,
        ..
    } = scene(&house).await;
    let stranger = house.human(&founder, "Stranger").await;
    let elsewhere = house.engagement(&stranger, "Elsewhere").await;
    window.sign_in(&house, &founder).await;
    window
        .wait_until("document.querySelector('.side .live .w').innerText === 'Live'")
        .await;
    window.value("window.notReloaded = true").await;

    let hidden = start(&house, &stranger, &elsewhere, "Not yours").await;
    let run = start(&house, &founder, &aster, "Just begun").await;
    window.wait_for(&format!("#act-{run}")).await;
    report(&house, &founder, &counted, json!({"processed": 300})).await;
    window
        .wait_until(&format!(
            "document.getElementById('act-{counted}').innerText.includes('300 of 512')"
        ))
        .await;
    finish(&house, &founder, &run, json!({"outcome": "failed"})).await;
    window.wait_for(&format!("#need-{run}")).await;
    window
        .wait_until("document.title === '(3) Home · Bellboard'")
        .await;
    assert_eq!(
        window
            .value(&format!("document.getElementById('act-{hidden}')"))
            .await,
        Value::Null
    );

    // A run that falls silent sends no hint; the page finds out when it looks.
    house.advance(Duration::from_hours(7));
    window
        .value("document.dispatchEvent(new Event('visibilitychange'))")
        .await;
    window
        .wait_until(&format!(
            "document.getElementById('act-{counted}').innerText.includes('No sign of life')"
        ))
        .await;
    assert_eq!(window.value("window.notReloaded").await, true);
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn nothing_moves_under_the_hand() {
    crate::support::run(Engine::Sqlite, held);
}

async fn held(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene {
        founder,
        aster,
        counted,
        ..
    } = scene(&house).await;
    window.sign_in(&house, &founder).await;
    window
        .wait_until("document.querySelector('.side .live .w').innerText === 'Live'")
        .await;
    window.press("j").await;
    let place = "document.activeElement.id + Math.round(document.activeElement.getBoundingClientRect().top)";
    let before = window.value(place).await;
    for number in 0..50 {
        report(
            &house,
            &founder,
            &counted,
            json!({"processed": 214 + number}),
        )
        .await;
        if number % 10 == 0 {
            let run = start(&house, &founder, &aster, &format!("Meanwhile {number}")).await;
            finish(&house, &founder, &run, json!({"outcome": "failed"})).await;
        }
    }
    window
        .wait_until("document.querySelector('#zone-needs [data-more]').innerText === '5 new'")
        .await;
    assert_eq!(window.value(place).await, before);
    assert_eq!(
        window
            .value("document.querySelectorAll('#triage > li').length")
            .await,
        2
    );
    window.click("#zone-needs [data-more]").await;
    window
        .wait_until("document.querySelectorAll('#triage > li').length === 7")
        .await;

    window.press("p").await;
    let run = start(&house, &founder, &aster, "While paused").await;
    window
        .wait_until(
            "document.querySelector('.side .live .w').innerText === 'Paused. 1 update waiting.'",
        )
        .await;
    window.press("p").await;
    window.wait_for(&format!("#act-{run}")).await;
    window.close().await;
    house.close().await;
}

#[test]
fn what_somebody_else_settled_stays_under_the_pointer() {
    crate::support::run(Engine::Sqlite, settled_elsewhere);
}

async fn settled_elsewhere(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene {
        founder,
        aster,
        failed,
        ..
    } = scene(&house).await;
    let mara = house.human(&founder, "Mara").await;
    for engagement in [&aster, &north_of(&house, &founder).await] {
        house
            .put_member(&founder, engagement, mara.id, &["operator"])
            .await;
    }
    window.sign_in(&house, &founder).await;
    window
        .wait_until("document.querySelector('.side .live .w').innerText === 'Live'")
        .await;
    window.point_at(&format!("#need-{failed}")).await;
    let path = format!("/runs/{failed}/acknowledge");
    body(house.post(&mara, &path, &json!({})), StatusCode::OK).await;
    window.wait_for(&format!("#need-{failed}.gone")).await;
    let row = window.text(&format!("#need-{failed}")).await;
    assert!(row.contains("No longer here"), "{row}");
    window
        .wait_until("document.title === '(1) Home · Bellboard'")
        .await;

    window.point_at(".brand").await;
    window
        .wait_until(&format!("!document.getElementById('need-{failed}')"))
        .await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

async fn north_of(house: &House, founder: &Person) -> String {
    let mine = body(house.get(founder, "/me/memberships"), StatusCode::OK).await;
    let items = mine["items"].as_array().unwrap();
    let north = items
        .iter()
        .find(|item| item["engagement_slug"] == "northrail");
    north.unwrap()["engagement_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_broken_stream_is_said_and_the_last_data_stay() {
    crate::support::run(Engine::Sqlite, broken);
}

async fn broken(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene {
        founder, counted, ..
    } = scene(&house).await;
    window.sign_in(&house, &founder).await;
    window
        .wait_until("document.querySelector('.side .live .w').innerText === 'Live'")
        .await;
    house.close().await;
    window
        .wait_until("document.querySelector('.side .live .w').innerText.startsWith('Reconnecting. Data from ')")
        .await;
    assert!(
        window
            .text(&format!("#act-{counted}"))
            .await
            .contains("214 of 512")
    );
    window.press("j").await;
    window.press("e").await;
    window.wait_for("#triage [role=alert]").await;
    let row = window.text("#triage > li[aria-current]").await;
    assert!(
        row.contains("cannot be reached") && row.contains("Done"),
        "{row}"
    );
    window.close().await;
}

#[test]
fn a_refused_decision_comes_back_with_the_reason() {
    crate::support::run(Engine::Sqlite, refused);
}

async fn refused(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene { founder, aster, .. } = scene(&house).await;
    let mara = house.human(&founder, "Mara").await;
    house
        .put_member(&founder, &aster, mara.id, &["operator"])
        .await;
    window.sign_in(&house, &mara).await;
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
    window.press("p").await;
    house
        .put_member(&founder, &aster, mara.id, &["reader"])
        .await;
    window.press("j").await;
    window.press("e").await;
    window.wait_for("#triage [role=alert]").await;
    let said = window.text("#triage [role=alert]").await;
    assert!(!said.is_empty() && !said.contains("null"), "{said}");
    assert_eq!(
        window
            .value("document.activeElement.getAttribute('aria-current')")
            .await,
        "true"
    );
    window.close().await;
    house.close().await;
}

#[test]
fn a_session_that_ended_leaves_nothing_on_the_page() {
    crate::support::run(Engine::Sqlite, signed_out);
}

async fn signed_out(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene { founder, .. } = scene(&house).await;
    window.sign_in(&house, &founder).await;
    window.go(&house, "/ui/settings").await;
    window.click("form[action='/logout'] button").await;
    window
        .wait_until("document.title === 'Signed out · Bellboard'")
        .await;
    window.client.back().await.unwrap();
    window
        .wait_until("document.title === 'Signed out · Bellboard'")
        .await;
    window.close().await;
    house.close().await;
}

#[test]
fn the_first_run_takes_the_set_up_list_away() {
    crate::support::run(Engine::Sqlite, first_run);
}

async fn first_run(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    window.sign_in(&house, &founder).await;
    window
        .wait_until("document.querySelector('.side .live .w').innerText === 'Live'")
        .await;
    assert!(window.text("#main").await.contains("3 of 5 done"));
    assert_eq!(violations(&window).await, json!([]));
    let run = start(&house, &founder, &aster, "The first").await;
    window.wait_for(&format!("#act-{run}")).await;
    window.wait_for("#zone-recent").await;
    window.close().await;
    house.close().await;
}
