//! Deciding on what needs somebody: by keyboard alone, without scripts, refused, and settled by somebody else.

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::driver::{Look, Window};
use super::scene::{Scene, scene};
use crate::house::{House, Person, body};
use crate::pages::{finish, start};

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
    window.hears_keys().await;
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
    window.hears_keys().await;
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
    window.click("main .btn.pri").await;
    window.wait_for_words("Saved").await;
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
    window.is_live().await;
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
fn a_refused_decision_comes_back_with_the_reason() {
    crate::support::run(Engine::Sqlite, refused);
}

async fn refused(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let Scene { founder, aster, .. } = scene(&house).await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    window.sign_in(&house, &mara).await;
    window.hears_keys().await;
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
