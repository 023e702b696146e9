//! Starting from a page: the answer is told once, and the strip and the title of every page follow the run to its end.

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::json;

use super::driver::{Look, Window};
use super::scene::start_with;
use crate::house::{House, Person, body};
use crate::pages::{finish, report};

/// Fills in the form that starts a run, and sends it.
async fn press_start(window: &Window, house: &House, label: &str) {
    window.go(house, "/ui/runs").await;
    window.click("main a[href^='/ui/start']").await;
    window.wait_for("main [name=label]").await;
    let choose = "document.querySelector('main [name=type]').value = 'baseline.capture'";
    window.value(choose).await;
    window.click("main [name=label]").await;
    window.press(label).await;
    window.click("main .btn.pri").await;
}

/// The one run of this engagement.
async fn only_run(house: &House, person: &Person) -> String {
    let runs = body(house.get(person, "/runs"), StatusCode::OK).await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "{runs}");
    runs["items"][0]["id"].as_str().unwrap().to_owned()
}

/// A worker takes the run and begins.
async fn work_on(house: &House, person: &Person, engagement: &str) {
    let input = json!({"type": "baseline.capture", "worker": "w1"});
    let path = format!("/engagements/{engagement}/runs/claim");
    let claim = body(house.post(person, &path, &input), StatusCode::OK).await["claim"].clone();
    let run = claim["run"]["id"].as_str().unwrap().to_owned();
    report(house, person, &run, json!({"fence": claim["fence"]})).await;
}

const TOAST: &str = "div[@class='toast']";

#[test]
fn a_start_is_told_once_and_started_once() {
    crate::support::run(Engine::Sqlite, told_once);
}

async fn told_once(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    window.sign_in(&house, &founder).await;
    press_start(&window, &house, "Nightly capture").await;
    window
        .wait_for_words_in(TOAST, "Nightly capture queued.")
        .await;
    let said = window.text(".toast").await;
    assert!(
        said.contains("Running in the background. View run"),
        "{said}"
    );
    let run = only_run(&house, &founder).await;
    let here = format!("/ui/runs/{run}");
    let address = "location.pathname + location.search";
    assert_eq!(window.value(address).await, here);
    assert_eq!(window.value("document.activeElement.tagName").await, "BODY");
    let region = window.value("document.querySelector('.toast').closest('[role=status]') !== null");
    assert_eq!(region.await, true);

    window.client.refresh().await.unwrap();
    window.is_live().await;
    assert_eq!(
        window
            .value("document.querySelectorAll('.toast').length")
            .await,
        0,
        "what was told is not told again after a reload"
    );

    press_start(&window, &house, "Nightly capture").await;
    window
        .wait_for_words_in(TOAST, "Nightly capture is already queued")
        .await;
    work_on(&house, &founder, &aster).await;
    press_start(&window, &house, "Nightly capture").await;
    window
        .wait_for_words_in(TOAST, "Nightly capture is already running")
        .await;
    assert_eq!(window.value(address).await, here);
    let link = window.value("document.querySelector('.toast p a').pathname");
    assert_eq!(link.await, here);
    assert_eq!(only_run(&house, &founder).await, run);

    window.click(".toast [data-dismiss]").await;
    window.wait_until("!document.querySelector('.toast')").await;
    assert_eq!(window.value("document.activeElement.id").await, "main");
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn a_toast_goes_by_itself_unless_somebody_reads_it() {
    crate::support::run(Engine::Sqlite, goes_by_itself);
}

async fn goes_by_itself(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster").await;
    window.sign_in(&house, &founder).await;
    press_start(&window, &house, "Nightly capture").await;
    window.wait_for_words_in(TOAST, "queued.").await;
    window.point_at(".toast").await;
    // The page's own clock, which began before the toast was shown.
    window.wait_until("performance.now() > 12_000").await;
    assert_eq!(
        window
            .value("document.querySelectorAll('.toast').length")
            .await,
        1
    );
    window.point_at(".brand").await;
    window.wait_until("!document.querySelector('.toast')").await;
    window.close().await;
    house.close().await;
}

#[test]
fn a_start_is_told_without_scripts() {
    crate::support::run(Engine::Sqlite, told_without_scripts);
}

async fn told_without_scripts(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look {
        without_scripts: true,
        ..Look::default()
    })
    .await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let fields = json!({"label": "Nightly sync", "status": "queued"});
    let run = start_with(&house, &founder, &aster, &fields).await;
    window.sign_in(&house, &founder).await;
    let told = format!("/ui/runs?e=aster&started={run}&as=created");
    window.go(&house, &told).await;
    window
        .wait_for_words_in(TOAST, "Nightly sync queued.")
        .await;
    window.click(".toast [data-dismiss]").await;
    window.wait_for("#toasts:empty").await;
    let address = window.client.current_url().await.unwrap();
    assert_eq!(address.query(), Some("e=aster"));
    window.close().await;
    house.close().await;
}

#[test]
fn the_strip_and_the_title_follow_a_run_to_its_end() {
    crate::support::run(Engine::Sqlite, follow);
}

async fn follow(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let start = async |label: &str, status: &str| {
        let fields = json!({"label": label, "status": status});
        start_with(&house, &founder, &aster, &fields).await
    };
    let here = start("Compare", "queued").await;
    window.sign_in(&house, &founder).await;
    window.go(&house, &format!("/ui/runs/{here}")).await;
    window.is_live().await;
    window.value("window.notReloaded = true").await;
    let badge = "navigator.setAppBadge = (count) => { window.badge = count; return Promise.resolve(); }; return null";
    window.client.execute(badge, vec![]).await.unwrap();
    title_is(&window, "Queued: Compare · Bellboard").await;
    assert!(window.text("#strip").await.contains("Nothing else"));

    let other = start("Capture", "running").await;
    strip_says(&window, "Capture Working").await;
    let said = json!({"processed": 3, "total": 8, "unit": "sites"});
    report(&house, &founder, &other, said).await;
    strip_says(&window, "Capture 3 of 8 sites").await;
    report(&house, &founder, &here, json!({})).await;
    title_is(&window, "Running: Compare · Bellboard").await;
    assert!(!window.text("#strip").await.contains("Compare"));

    let partial = start("Export", "running").await;
    let end = json!({"outcome": "partially_succeeded"});
    finish(&house, &founder, &partial, end.clone()).await;
    title_is(&window, "(1) Running: Compare · Bellboard").await;
    let first = "document.querySelector('#strip .chip').matches('.you')";
    assert_eq!(
        window.value(first).await,
        true,
        "what needs somebody is first"
    );
    let icon = "document.getElementById('favicon').getAttribute('href').includes('/bell-dot.')";
    assert_eq!(window.value(icon).await, true);
    assert_eq!(window.value("window.badge").await, 1);

    finish(&house, &founder, &other, json!({"outcome": "succeeded"})).await;
    strip_says(&window, "Capture finished").await;
    house.advance(Duration::from_secs(10));
    window
        .wait_until("!document.querySelector('#strip .ok')")
        .await;

    finish(&house, &founder, &here, end).await;
    title_is(&window, "(2) Follow-up: Compare · Bellboard").await;
    for number in 1..=6 {
        start(&format!("Further {number}"), "running").await;
    }
    strip_says(&window, "3 more").await;
    let chips = "document.querySelectorAll('#strip .chip').length";
    assert_eq!(window.value(chips).await, 5, "four runs and the rest");
    assert_eq!(window.value("window.notReloaded").await, true);
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

async fn title_is(window: &Window, words: &str) {
    let words = json!(words);
    window
        .wait_until(&format!("document.title === {words}"))
        .await;
}

async fn strip_says(window: &Window, words: &str) {
    let words = json!(words);
    let text = "document.getElementById('strip').innerText.replace(/\\s+/g, ' ')";
    window
        .wait_until(&format!("{text}.includes({words})"))
        .await;
}
