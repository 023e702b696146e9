//! Keys: what is asked again under one key is the same ask, and never another.

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::{answer, ask, needs, question_with};
use crate::fixture::{HubFixture, id_in, told};

on_each_engine!(
    the_same_key_is_the_same_ask,
    a_key_never_stands_for_another_question,
);

async fn a_key_never_stands_for_another_question(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let asked = json!({"key": "rows", "expires_in_seconds": 60, "fallback": {"option": "yes"}});
    let id = ask(&stage, &stage.operator, asked.clone()).await;
    answer(&stage, &stage.owner, id, json!({})).await;
    let run = stage.running().await;
    let person = stage.contributor.person_id;
    for (field, other) in [
        ("title", json!({"title": "Delete all rows?"})),
        ("detail", json!({"detail": "All of them."})),
        (
            "options",
            json!({"options": [{"key": "yes", "label": "Drop the table"}, {"key": "no", "label": "Keep it"}]}),
        ),
        ("run_id", json!({"run_id": run})),
        (
            "fallback",
            json!({"fallback": {"option": "no"}, "expires_in_seconds": 60}),
        ),
        ("for", json!({"for": {"person_id": person}})),
        ("for", json!({"for": {"designation": "owner"}})),
    ] {
        let mut input = question_with(&stage, asked.clone());
        for (name, value) in other.as_object().unwrap() {
            input[name] = value.clone();
        }
        let fault = stage
            .fixture
            .refused(&stage.operator, "ask_human", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "idempotency_key_reused", Some("key")),
            "{field}"
        );
        assert!(fault.detail.contains(&format!("`{field}`")), "{fault}");
    }
    // The deadline is counted from when it is sent.
    let later = json!({"key": "rows", "expires_in_seconds": 90, "fallback": {"option": "yes"}});
    assert_eq!(ask(&stage, &stage.operator, later).await, id);
    // Asked of one person and given on, it is the same ask still.
    let of_one = json!({"key": "one", "for": {"person_id": person}});
    let given = ask(&stage, &stage.operator, of_one.clone()).await;
    let to = json!({"ask_id": given, "person_id": stage.owner.person_id});
    stage.fixture.ok(&stage.operator, "delegate_ask", to).await;
    assert_eq!(ask(&stage, &stage.operator, of_one).await, given);
}

async fn the_same_key_is_the_same_ask(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = question_with(&stage, json!({"key": "migration-7"}));
    let verb = bellboard_hub::verbs::find("create_ask").unwrap().name;
    let first = stage
        .fixture
        .answer(Some(&stage.operator), verb, input.clone())
        .await
        .unwrap();
    let again = stage
        .fixture
        .answer(Some(&stage.operator), verb, input.clone())
        .await
        .unwrap();
    assert!(first.created && !again.created);
    let first: serde_json::Value = serde_json::from_slice(&first.json).unwrap();
    let again: serde_json::Value = serde_json::from_slice(&again.json).unwrap();
    assert_eq!(first["id"], again["id"]);
    let other = stage.fixture.ok(&stage.contributor, verb, input).await;
    assert_ne!(first["id"], other["id"], "a key is its caller's own");
    assert_eq!(needs(&stage, id_in(&first["id"])).await, 1);
}
