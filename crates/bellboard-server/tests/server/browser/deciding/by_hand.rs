//! By hand: with the pointer alone, on a phone, and without scripts.

use bellboard_hub::db::{Db, Engine};
use serde_json::json;

use super::super::accessible::violations;
use super::super::driver::{Look, Width};
use super::{MADE, artifact, left, signed_in, ten, three};
use crate::house::House;

#[test]
fn several_are_selected_with_the_pointer_alone() {
    crate::support::run(Engine::Sqlite, selected_by_pointer);
}

async fn selected_by_pointer(db: Db) {
    let (house, founder, window, ids) = three(db, ["Oldest", "Middle", "Newest"]).await;
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
    let window = signed_in(&house, &founder, Look::of(Width::Phone)).await;
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
