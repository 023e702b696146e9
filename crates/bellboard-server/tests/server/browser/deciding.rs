//! Deciding on home: ten things of mixed kinds by keyboard alone, without scripts, on a phone, under live updates, several
//! at once, and second to somebody else.

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::accessible::violations;
use super::driver::{Look, Width, Window};
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
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
    window.press("j").await;
    for (place, (_, _, key, state)) in MADE.iter().enumerate().rev() {
        window.press(key).await;
        if *state == "rejected" {
            window
                .wait_until("document.activeElement.matches('textarea')")
                .await;
            window.press("Too wide").await;
            window.press("\u{e004}").await;
            window.press("\u{e007}").await;
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
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mut ids = Vec::new();
    for label in ["One", "Two", "Three"] {
        ids.push(make(&house, &founder, &aster, "shape", label).await);
        house.advance(Duration::from_secs(1));
    }
    let window = signed_in(&house, &founder, Look::default()).await;
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
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
fn several_are_selected_with_the_pointer_alone() {
    crate::support::run(Engine::Sqlite, selected_by_pointer);
}

async fn selected_by_pointer(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mut ids = Vec::new();
    for label in ["Oldest", "Middle", "Newest"] {
        ids.push(make(&house, &founder, &aster, "shape", label).await);
        house.advance(Duration::from_secs(1));
    }
    let window = signed_in(&house, &founder, Look::default()).await;
    let select = "[data-select]:not([hidden])";
    window.wait_for(select).await;
    let boxes = "document.querySelectorAll('[data-pick]:checked').length";
    let shown = "document.querySelector('[data-pick]').checkVisibility()";
    window.wait_until(&format!("!{shown}")).await;
    window.click(select).await;
    window.wait_until(shown).await;
    for id in &ids[1..] {
        window.click(&format!("#need-{id} [data-pick]")).await;
    }
    window.wait_until(&format!("{boxes} === 2")).await;
    window.wait_for("#bulk button").await;
    assert_eq!(window.text("#bulk button").await, "Confirm 2 shapes");
    assert_eq!(violations(&window).await, json!([]), "boxes");

    window.click(select).await;
    window
        .wait_until(&format!(
            "{boxes} === 0 && !document.getElementById('bulk') && !{shown}"
        ))
        .await;

    window.click(select).await;
    window.click(&format!("#need-{} [data-pick]", ids[0])).await;
    window.wait_for("#bulk button").await;
    window.click("#bulk button").await;
    left(&window, 2).await;
    window
        .wait_for(&format!("#need-{}.receipt .undo", ids[0]))
        .await;
    let state = async |place: usize| artifact(&house, &founder, &ids[place]).await["state"].clone();
    assert_eq!(state(0).await, "confirmed");
    assert_eq!(state(1).await, "pending_confirmation");
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn undo_takes_back_what_was_decided_last() {
    crate::support::run(Engine::Sqlite, last_first);
}

async fn last_first(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mut ids = Vec::new();
    for label in ["Oldest", "Middle", "Newest"] {
        ids.push(make(&house, &founder, &aster, "shape", label).await);
        house.advance(Duration::from_secs(1));
    }
    let window = signed_in(&house, &founder, Look::default()).await;
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
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

#[test]
fn a_new_version_is_never_decided_under_the_hand() {
    crate::support::run(Engine::Sqlite, outdated);
}

async fn outdated(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let picked = make(&house, &founder, &aster, "shape", "Picked").await;
    house.advance(Duration::from_secs(1));
    let held = make(&house, &founder, &aster, "shape", "Held").await;
    let window = signed_in(&house, &founder, Look::default()).await;
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
    window.press("j").await;
    window.press("j").await;
    window.press("x").await;
    window
        .wait_for(&format!("#need-{picked}[data-picked]"))
        .await;
    window.point_at(&format!("#need-{held}")).await;
    for id in [&picked, &held] {
        let newer =
            json!({"content": {"inline": {"rules": ["anybody may come"]}}, "expected_version": 1});
        let path = format!("/artifacts/{id}/versions");
        body(house.post(&founder, &path, &newer), StatusCode::CREATED).await;
    }
    window.wait_for(&format!("#need-{held}.old")).await;
    window
        .wait_until("!document.querySelector('[data-picked]') && !document.getElementById('bulk')")
        .await;
    assert_eq!(
        violations(&window).await,
        json!([]),
        "an old version under the hand"
    );
    window
        .click(&format!("#need-{held} button[value=confirm]"))
        .await;
    window.wait_for(&format!("#need-{held} .wrong")).await;
    for id in [&picked, &held] {
        let now = artifact(&house, &founder, id).await;
        assert_eq!(
            (&now["version"], &now["state"]),
            (&json!(2), &json!("pending_confirmation"))
        );
    }
    window.point_at("h1").await;
    window
        .client
        .execute("document.activeElement.blur()", vec![])
        .await
        .unwrap();
    window
        .wait_until(&format!(
            "document.querySelector('#need-{held}').dataset.version === '2'"
        ))
        .await;
    window
        .click(&format!("#need-{held} button[value=confirm]"))
        .await;
    // The row says so at once; that the hub has it, it says with the way back.
    window.wait_for(&format!("#need-{held} .undo")).await;
    assert_eq!(
        artifact(&house, &founder, &held).await["state"],
        "confirmed"
    );
    window.close().await;
    house.close().await;
}

#[test]
fn home_is_decided_on_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let ids = ten(&house, &founder, &aster).await;
    let look = Look {
        without_scripts: true,
        ..Look::default()
    };
    let window = signed_in(&house, &founder, look).await;
    let shape = &ids[0];
    window.click(&format!("#need-{shape} h3 a")).await;
    window.wait_for("li[aria-current] .diff").await;
    assert!(
        window
            .text("li[aria-current]")
            .await
            .contains("guests use a compliant device")
    );
    window.click("li[aria-current] button[value=confirm]").await;
    window
        .wait_for_words("You confirmed Shape: Guest access")
        .await;
    window.click(".receipt-line button").await;
    window.wait_for(&format!("#need-{shape}")).await;
    assert_eq!(
        artifact(&house, &founder, shape).await["state"],
        "pending_confirmation"
    );
    for (id, (_, label, key, _)) in ids.iter().zip(MADE).rev() {
        let row = format!("#need-{id} .act");
        if label == "Device rules" {
            window.click(&format!("{row} > details summary")).await;
            window.click(&format!("{row} textarea")).await;
            window.press("Too wide").await;
            window.click(&format!("{row} button[value=reject]")).await;
        } else {
            window
                .click(&format!(
                    "{row} button[aria-keyshortcuts={}]",
                    key.to_uppercase()
                ))
                .await;
        }
        window.wait_for_words(label).await;
        window.wait_for(".receipt-line").await;
    }
    for _ in 0..3 {
        window
            .click("#triage li:first-child button[value=done]")
            .await;
        window.wait_for_words("You dealt with").await;
    }
    window.wait_for_words("You are clear.").await;
    for (id, (_, label, _, state)) in ids.iter().zip(MADE) {
        assert_eq!(
            artifact(&house, &founder, id).await["state"],
            state,
            "{label}"
        );
    }
    window.close().await;
    house.close().await;
}

#[test]
fn ten_things_are_decided_on_a_phone() {
    crate::support::run(Engine::Sqlite, by_touch);
}

async fn by_touch(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let ids = ten(&house, &founder, &aster).await;
    let look = Look {
        width: Width::Phone,
        ..Look::default()
    };
    let window = signed_in(&house, &founder, look).await;
    for (place, (id, (_, label, key, _))) in ids.iter().zip(MADE).enumerate() {
        let row = format!("#need-{id} .act");
        if label == "Device rules" {
            window.touch(&format!("{row} > details summary")).await;
            window.touch(&format!("{row} textarea")).await;
            window.press("Too wide").await;
            window.touch(&format!("{row} button[value=reject]")).await;
        } else {
            window
                .touch(&format!(
                    "{row} button[aria-keyshortcuts={}]",
                    key.to_uppercase()
                ))
                .await;
        }
        left(&window, 9 - place).await;
    }
    for open in (0..3).rev() {
        window
            .touch("#triage > li:not(.receipt, .gone) button[value=done]")
            .await;
        left(&window, open).await;
    }
    window
        .wait_until("document.title === 'Home · Bellboard'")
        .await;
    for (id, (_, label, _, state)) in ids.iter().zip(MADE) {
        assert_eq!(
            artifact(&house, &founder, id).await["state"],
            state,
            "{label}"
        );
    }
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn whoever_comes_second_reads_who_was_first() {
    crate::support::run(Engine::Sqlite, second);
}

async fn second(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.human(&founder, "Mara").await;
    house
        .put_member(&founder, &aster, mara.id, &["operator"])
        .await;
    let id = make(&house, &founder, &aster, "shape", "Guest access").await;
    let window = signed_in(&house, &founder, Look::default()).await;
    window
        .wait_until("document.querySelector('[data-keys]:not([hidden])')")
        .await;
    window.press("p").await;
    let decision = json!({"decision": "confirm", "expected_version": 1});
    body(
        house.post(&mara, &format!("/artifacts/{id}/decide"), &decision),
        StatusCode::OK,
    )
    .await;
    window.press("j").await;
    window.press("a").await;
    window
        .wait_until("document.querySelector('#triage .meta').innerText.includes('Mara')")
        .await;
    let said = window.text("#triage .receipt").await;
    assert!(said.contains("Mara confirmed"), "{said}");
    window.close().await;
    house.close().await;
}

#[test]
fn focus_and_a_held_row_survive_fifty_updates() {
    crate::support::run(Engine::Sqlite, fifty_updates);
}

/// The focus is on one row and the pointer on another. Each of them holds the list alone, too; without either it moves.
async fn fifty_updates(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let focused = make(&house, &founder, &aster, "shape", "Focused").await;
    house.advance(Duration::from_secs(1));
    let pointed = make(&house, &founder, &aster, "shape", "Pointed at").await;
    house.advance(Duration::from_secs(1));
    let window = signed_in(&house, &founder, Look::default()).await;
    window
        .wait_until("document.querySelector('.side .live .w').innerText === 'Live'")
        .await;
    window.press("j").await;
    window.press("j").await;
    window.point_at(&format!("#need-{pointed}")).await;
    let watch = format!(
        "window.held = ['{focused}', '{pointed}'].map((id) => document.getElementById('need-' + id));
         window.morphs = 0; document.addEventListener('bellboard:morphed', () => window.morphs++);"
    );
    window.client.execute(&watch, vec![]).await.unwrap();
    let tops = "held.map((row) => row.isConnected && Math.round(row.getBoundingClientRect().top))";
    let hands = "[document.activeElement === held[0], held[1].matches(':hover')]";
    let before = window.value(tops).await;
    let update = async |number: u32| {
        make(&house, &founder, &aster, "shape", &format!("New {number}")).await;
        let morphed = format!("window.morphs >= {number}");
        window.wait_until(&morphed).await;
        assert_eq!(window.value(tops).await, before, "{number}");
        window.value(hands).await
    };
    for number in 1..=50 {
        assert_eq!(update(number).await, json!([true, true]), "{number}");
    }
    window.point_at(".brand").await;
    for number in 51..=53 {
        assert_eq!(update(number).await, json!([true, false]), "{number}");
    }
    window.point_at(&format!("#need-{pointed}")).await;
    window.value("document.activeElement.blur()").await;
    for number in 54..=56 {
        assert_eq!(update(number).await, json!([false, true]), "{number}");
    }
    // The zone shows fifty; the two lie below them by now and are not said to be gone.
    assert_eq!(window.text("#zone-needs [data-more]").await, "50 new");
    let gone = "document.querySelectorAll('#triage .gone').length";
    assert_eq!(window.value(gone).await, 0);
    window.point_at(".brand").await;
    let moved = format!("JSON.stringify({tops}) !== {:?}", before.to_string());
    window.wait_until(&moved).await;
    window.close().await;
    house.close().await;
}

#[test]
fn an_open_row_is_accessible_in_both_colours_and_widths() {
    crate::support::run(Engine::Sqlite, |db| open_row(db, Width::Desk));
}

#[test]
fn an_open_row_is_accessible_on_a_phone() {
    crate::support::run(Engine::Sqlite, |db| open_row(db, Width::Phone));
}

async fn open_row(db: Db, width: Width) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let ids = ten(&house, &founder, &aster).await;
    let window = signed_in(
        &house,
        &founder,
        Look {
            width,
            ..Look::default()
        },
    )
    .await;
    for theme in ["light", "dark"] {
        let path = format!("/?item=pending_shape:{}&theme={theme}", ids[1]);
        window.go(&house, &path).await;
        window.wait_for("li[aria-current] .diff").await;
        // The bars of a phone stick to its edges; what is pressed stands between them.
        let centred =
            "document.querySelector('li[aria-current]').scrollIntoView({block: 'center'})";
        window.client.execute(centred, vec![]).await.unwrap();
        window
            .click("li[aria-current] .act > details:not(.more) summary")
            .await;
        window
            .wait_for("li[aria-current] details[open] textarea")
            .await;
        let sideways = window
            .value("document.documentElement.scrollWidth - innerWidth")
            .await;
        assert!(sideways.as_i64().unwrap() <= 0, "{theme} {sideways}");
        assert_eq!(violations(&window).await, json!([]), "{theme}");
        if let Some(folder) = std::env::var_os("BELLBOARD_LOOK") {
            let name = format!("home-{theme}-{width:?}.png");
            std::fs::write(
                std::path::Path::new(&folder).join(name),
                window.client.screenshot().await.unwrap(),
            )
            .unwrap();
        }
    }
    window.close().await;
    house.close().await;
}
