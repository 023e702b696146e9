//! What happens is shown without a reload, nothing moves under the hand, and a broken stream is said.

use bellboard_hub::db::{Db, Engine};
use serde_json::{Value, json};

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
