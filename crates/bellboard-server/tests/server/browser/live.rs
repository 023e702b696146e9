//! What happens is shown without a reload, nothing moves under the hand, and a broken stream is said.

use bellboard_hub::db::{Db, Engine};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::accessible::violations;
use super::driver::{Look, Window};
use super::scene::{Scene, scene};
use crate::house::House;
use crate::pages::{finish, report, start};

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
    window.is_live().await;
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
    window.is_live().await;
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
    window.is_live().await;
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
    window.is_live().await;
    assert!(window.text("#main").await.contains("3 of 5 done"));
    assert_eq!(violations(&window).await, json!([]));
    let run = start(&house, &founder, &aster, "The first").await;
    window.wait_for(&format!("#act-{run}")).await;
    window.wait_for("#zone-recent").await;
    window.close().await;
    house.close().await;
}

#[test]
fn the_inbox_fills_while_it_is_looked_at() {
    crate::support::run(Engine::Sqlite, inbox);
}

async fn inbox(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    window.sign_in(&house, &founder).await;
    window.go(&house, "/ui/notifications").await;
    window.is_live().await;
    window.value("window.notReloaded = true").await;
    let unread = |count: u32| {
        format!(
            "document.querySelectorAll('#inbox .new').length === {count} &&
             document.querySelector('#nav-links [aria-current] .c')?.textContent === '{count} unread'"
        )
    };
    for (count, label, outcome) in [(1, "Capture", "succeeded"), (2, "Sync", "failed")] {
        let run = start(&house, &founder, &aster, label).await;
        finish(&house, &founder, &run, json!({"outcome": outcome})).await;
        window.wait_until(&unread(count)).await;
    }
    assert_eq!(window.value("window.notReloaded").await, true);
    window.click("#inbox form:has(.quiet) button").await;
    window.wait_for_words("1 unread").await;
    window.wait_until(&unread(1)).await;
    window.click("#inbox .new button").await;
    window.wait_for_words("Finished, needs a look").await;
    window
        .wait_until("!document.querySelector('#nav-links [href=\"/ui/notifications\"] .c')")
        .await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn what_somebody_is_writing_stays_when_the_page_is_refreshed() {
    crate::support::run(Engine::Sqlite, writing);
}

async fn writing(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    let run = start(&house, &founder, &aster, "Export").await;
    let end = json!({"outcome": "partially_succeeded"});
    finish(&house, &founder, &run, end).await;
    window.sign_in(&house, &mara).await;
    window.go(&house, &format!("/ui/runs/{run}")).await;
    window.is_live().await;
    window.click("#verify summary").await;
    let centre = "document.getElementById('verify').scrollIntoView({ block: 'center' })";
    window.value(centre).await;
    window.click("#verify [name=digest]").await;
    window.press("sha256:9f86").await;
    window.click("#verify textarea").await;
    window.press("Compared both lists").await;
    window.point_at(".brand").await;
    let path = format!("/runs/{run}/acknowledge");
    let done = house.post(&founder, &path, &json!({}));
    crate::house::body(done, reqwest::StatusCode::OK).await;
    window.wait_for_words("Dealt with").await;
    let form = "document.querySelector('#verify')";
    for (field, words) in [
        ("[name=digest]", "sha256:9f86"),
        ("textarea", "Compared both lists"),
    ] {
        let value = format!("{form}.open && {form}.querySelector('{field}').value");
        assert_eq!(window.value(&value).await, words);
    }
    window.click("#verify button").await;
    window.wait_for_words("another party checked").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn whoever_leaves_the_set_up_list_is_not_called_back() {
    crate::support::run(Engine::Sqlite, leaves);
}

/// The first run gives the set-up list's place to home by a reload, which would end a navigation under way.
async fn leaves(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let window = Window::open(Look::default()).await;
    window.sign_in(&house, &founder).await;
    window.wait_for("[data-setup]").await;
    window.is_live().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = format!(
        "location.href = 'http://{}/'",
        elsewhere.local_addr().unwrap()
    );
    // The driver answers only when the page that was gone to is there.
    let (left, ()) = tokio::join!(window.client.execute(&away, vec![]), async {
        let (mut visit, _) = elsewhere.accept().await.unwrap();
        let mut hints = house.get(&founder, "/events").send().await.unwrap();
        start(&house, &founder, &aster, "The first run").await;
        let mut heard = String::new();
        while !heard.contains("run.started") {
            let bytes = hints.chunk().await.unwrap().expect("the stream goes on");
            heard.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 16\r\n\r\n<p id=there></p>";
        visit.write_all(page.as_bytes()).await.unwrap();
    });
    left.unwrap();
    window.wait_for("#there").await;
    window.close().await;
    house.close().await;
}
