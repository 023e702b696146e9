//! Beside others: what they change or decide meanwhile, and what moves while a hand is on it.

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::json;

use super::super::accessible::violations;
use super::super::driver::Look;
use super::{artifact, make, signed_in};
use crate::house::{House, body};

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
    window.hears_keys().await;
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
fn whoever_comes_second_reads_who_was_first() {
    crate::support::run(Engine::Sqlite, second);
}

async fn second(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    let id = make(&house, &founder, &aster, "shape", "Guest access").await;
    let window = signed_in(&house, &founder, Look::default()).await;
    window.hears_keys().await;
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
    window.is_live().await;
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
