//! Deciding on home: ten things of mixed kinds, several at once and taken back, by keyboard alone; by hand and beside others
//! in the files of those names.

mod by_hand;
mod open_row;
mod others;

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::accessible::violations;
use super::driver::{Look, Window};
use super::keys::{ENTER, TAB};
use crate::house::{House, Person, body};
use crate::pages::{finish, start};

/// A kind, the label of its artifact, the key that decides, and the state after it.
const MADE: [(&str, &str, &str, &str); 7] = [
    ("shape", "Guest access", "a", "confirmed"),
    ("shape", "Device rules", "r", "rejected"),
    ("assertion", "All accounts use MFA", "a", "committed"),
    (
        "assertion",
        "No guest is older than a year",
        "r",
        "discarded",
    ),
    ("render", "Board pack", "a", "accepted"),
    ("review_report", "Access review", "a", "acknowledged"),
    ("downstream_specification", "Rollout", "a", "accepted"),
];

/// Seven artifacts and three runs that ended badly, each a second after the one before; the artifacts' ids.
async fn ten(house: &House, founder: &Person, engagement: &str) -> Vec<String> {
    for number in 1..=3 {
        let run = start(house, founder, engagement, &format!("Work {number}")).await;
        finish(house, founder, &run, json!({"outcome": "failed"})).await;
        house.advance(Duration::from_secs(1));
    }
    let mut ids = Vec::new();
    for (kind, label, ..) in MADE {
        ids.push(make(house, founder, engagement, kind, label).await);
        house.advance(Duration::from_secs(1));
    }
    ids
}

async fn make(house: &House, by: &Person, engagement: &str, kind: &str, label: &str) -> String {
    let made = json!({"kind": kind, "label": label, "content": {"inline": {"rules": ["guests use a compliant device"]}}});
    let path = format!("/engagements/{engagement}/artifacts");
    let made = body(house.post(by, &path, &made), StatusCode::CREATED).await;
    made["id"].as_str().unwrap().to_owned()
}

/// A founder who sees three shapes of these names on home, made a second after one another; the shapes' ids.
async fn three(db: Db, labels: [&str; 3]) -> (House, Person, Window, Vec<String>) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mut ids = Vec::new();
    for label in labels {
        ids.push(make(&house, &founder, &aster, "shape", label).await);
        house.advance(Duration::from_secs(1));
    }
    let window = signed_in(&house, &founder, Look::default()).await;
    (house, founder, window, ids)
}

async fn artifact(house: &House, person: &Person, id: &str) -> Value {
    body(
        house.get(person, &format!("/artifacts/{id}")),
        StatusCode::OK,
    )
    .await
}

async fn left(window: &Window, count: usize) {
    let undecided = "#triage > li:not(.receipt, .gone)";
    let expression = format!("document.querySelectorAll('{undecided}').length === {count}");
    window.wait_until(&expression).await;
}

async fn signed_in(house: &House, founder: &Person, look: Look) -> Window {
    let window = Window::open(look).await;
    window.sign_in(house, founder).await;
    window.wait_for("#triage").await;
    window
}

#[test]
fn ten_things_of_mixed_kinds_are_decided_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let ids = ten(&house, &founder, &aster).await;
    let window = signed_in(&house, &founder, Look::default()).await;
    window.hears_keys().await;
    window.press("j").await;
    for (place, (_, _, key, state)) in MADE.iter().enumerate().rev() {
        window.press(key).await;
        if *state == "rejected" {
            window
                .wait_until("document.activeElement.matches('textarea')")
                .await;
            window.press("Too wide").await;
            window.press(TAB).await;
            window.press(ENTER).await;
        }
        left(&window, 3 + place).await;
    }
    for open in (0..3).rev() {
        window.press("e").await;
        left(&window, open).await;
    }
    window
        .wait_until("!document.querySelector('#triage > li')")
        .await;
    for (id, (_, label, _, state)) in ids.iter().zip(MADE) {
        let now = artifact(&house, &founder, id).await;
        assert_eq!(now["state"], state, "{label}");
    }
    let rejected = artifact(&house, &founder, &ids[1]).await;
    assert_eq!(rejected["decision"]["note"], "Too wide");
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn a_decision_is_undone_by_key_and_several_are_made_at_once() {
    crate::support::run(Engine::Sqlite, undone_and_bulk);
}

async fn undone_and_bulk(db: Db) {
    let (house, founder, window, ids) = three(db, ["One", "Two", "Three"]).await;
    window.hears_keys().await;
    window.press("j").await;
    window.press("a").await;
    window.wait_for("#triage .receipt .undo").await;
    assert_eq!(
        artifact(&house, &founder, &ids[2]).await["state"],
        "confirmed"
    );
    window.press("u").await;
    left(&window, 3).await;
    window
        .wait_until("document.getElementById('say').innerText === 'Undone.'")
        .await;
    assert_eq!(
        artifact(&house, &founder, &ids[2]).await["state"],
        "pending_confirmation"
    );

    for _ in 0..3 {
        window.press("x").await;
        window.press("j").await;
    }
    window.wait_for("#bulk").await;
    window
        .wait_until("document.querySelectorAll('#triage [data-picked]').length === 3")
        .await;
    assert_eq!(violations(&window).await, json!([]), "bulk bar");
    assert_eq!(window.text("#bulk button").await, "Confirm 3 shapes");
    window.click("#bulk button").await;
    left(&window, 0).await;
    window
        .wait_until("document.querySelectorAll('#triage .undo').length === 3")
        .await;
    assert_eq!(violations(&window).await, json!([]), "receipts");
    for id in &ids {
        assert_eq!(artifact(&house, &founder, id).await["state"], "confirmed");
    }
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn undo_takes_back_what_was_decided_last() {
    crate::support::run(Engine::Sqlite, last_first);
}

async fn last_first(db: Db) {
    let (house, founder, window, ids) = three(db, ["Oldest", "Middle", "Newest"]).await;
    window.hears_keys().await;
    // The list begins with the newest: it is decided last, and its receipt stands above the other.
    for (id, open) in [(&ids[0], 2), (&ids[2], 1)] {
        window
            .click(&format!("#need-{id} button[value=confirm]"))
            .await;
        left(&window, open).await;
    }
    window
        .wait_until("document.querySelectorAll('#triage .undo').length === 2")
        .await;
    window.press("u").await;
    left(&window, 2).await;
    for (id, state) in [(&ids[0], "confirmed"), (&ids[2], "pending_confirmation")] {
        assert_eq!(artifact(&house, &founder, id).await["state"], state);
    }
    window.press("u").await;
    left(&window, 3).await;
    let first = artifact(&house, &founder, &ids[0]).await;
    assert_eq!(first["state"], "pending_confirmation");
    window.close().await;
    house.close().await;
}
