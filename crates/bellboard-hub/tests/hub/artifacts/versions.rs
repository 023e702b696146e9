//! Versions: a new one waits again, whatever was decided before, and says what is new.

use std::time::Duration;

use bellboard_hub::decision::release_due;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, told};
use crate::races::{at_once, calling};

on_each_engine!(
    a_new_version_waits_again,
    of_makers_at_once_one_follows,
    a_new_version_waits_for_the_time_to_undo,
    a_decision_and_a_new_version_at_once_keep_the_undo,
    what_is_new_is_told_against_what_was_taken_last,
    versions_and_decisions_are_kept_and_paged,
);

/// How often two meet.
const ROUNDS: usize = 20;

async fn renew(stage: &Stage, id: Uuid, days: u32, expected: u32) -> Value {
    let input = json!({"artifact_id": id, "content": {"inline": {"days": days}}, "expected_version": expected,
        "note": format!("{days} days")});
    stage
        .fixture
        .ok(&stage.contributor, "add_artifact_version", input)
        .await
}

async fn decide(stage: &Stage, id: Uuid, decision: &str, version: u32, undo_seconds: u32) -> Value {
    let input = json!({"artifact_id": id, "decision": decision, "note": "Because", "expected_version": version,
        "undo_seconds": undo_seconds});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", input)
        .await
}

async fn a_new_version_waits_again(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    decide(&stage, id, "reject", 1, 0).await;
    assert!(stage.waiting().await.is_empty());
    stage.fixture.world.advance(Duration::from_mins(5));
    let second = renew(&stage, id, 30, 1).await;
    assert_eq!(second["version"], 2);
    assert_eq!(second["number"], 1);
    assert_eq!(second["state"], "pending_confirmation");
    assert_eq!(second["decision"], json!(null));
    assert_eq!(second["content"], json!({"days": 30}));
    assert_eq!(second["note"], "30 days");
    assert_eq!(second["made_by_name"], "The contributor");
    let waiting = stage.waiting().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        waiting[0]["item_label"],
        "Confirm shape: Target policy, version 2"
    );
    assert_eq!(waiting[0]["created_at"], second["made_at"]);
    // Nobody decided about the second one: the third replaces what waits.
    renew(&stage, id, 31, 2).await;
    let waiting = stage.waiting().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        waiting[0]["item_label"],
        "Confirm shape: Target policy, version 3"
    );
    let fault = stage
        .fixture
        .refused(
            &stage.owner,
            "add_artifact_version",
            json!({"artifact_id": id, "content": {"inline": {}}, "expected_version": 2}),
        )
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "version_changed", None));
    assert_eq!(stage.artifact(id).await["version"], 3);
}

async fn of_makers_at_once_one_follows(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let told = at_once(16, |number| {
        let input = json!({"artifact_id": id, "content": {"inline": {"by": number}}, "expected_version": 1});
        calling(&stage.fixture, &stage.operator, "add_artifact_version", input)
    })
    .await;
    assert_eq!(told.iter().filter(|one| one.is_ok()).count(), 1);
    for fault in told.iter().filter_map(|one| one.as_ref().err()) {
        assert_eq!(fault.code, "version_changed");
    }
    let kept = "select count(*) from artifact_versions";
    assert_eq!(stage.fixture.count(kept, vec![]).await, 2);
    assert_eq!(stage.waiting().await.len(), 1);
}

async fn a_new_version_waits_for_the_time_to_undo(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let made = stage.make("shape", json!({"run_id": run})).await;
    let id = made["id"].as_str().unwrap().parse().unwrap();
    decide(&stage, id, "confirm", 1, 60).await;
    let input =
        json!({"artifact_id": id, "content": {"inline": {"days": 30}}, "expected_version": 1});
    let fault = stage
        .fixture
        .refused(&stage.contributor, "add_artifact_version", input)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "not_yet_in_effect", None)
    );
    assert_eq!(fault.extra["effective_at"], "2026-11-20T17:41:00.000000Z");
    assert_eq!(stage.artifact(id).await["version"], 1);
    stage
        .fixture
        .ok(&stage.owner, "undo_artifact", json!({"artifact_id": id}))
        .await;
    assert_eq!(stage.waiting().await.len(), 1, "the promise was kept");

    decide(&stage, id, "confirm", 1, 60).await;
    stage.fixture.world.advance(Duration::from_mins(1));
    // Its time is over, whether the loop has been there or not.
    renew(&stage, id, 30, 1).await;
    assert_eq!(release_due(&stage.fixture.hub).await.unwrap(), 1);
    let events = "select count(*) from run_events where kind = 'decided'";
    assert_eq!(stage.fixture.count(events, vec![]).await, 1);
    assert_eq!(stage.artifact(id).await["state"], "pending_confirmation");
    assert_eq!(stage.waiting().await.len(), 1);
}

/// Of a decision that can be undone and a new version at once, the undo is either kept or was never promised.
async fn a_decision_and_a_new_version_at_once_keep_the_undo(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..ROUNDS {
        let id = stage.shape().await;
        let told = at_once(2, |number| {
            let (verb, input) = [
                ("decide_artifact", json!({"artifact_id": id, "decision": "confirm", "expected_version": 1, "undo_seconds": 8})),
                ("add_artifact_version", json!({"artifact_id": id, "content": {"inline": {}}, "expected_version": 1})),
            ][number]
                .clone();
            calling(&stage.fixture, &stage.owner, verb, input)
        })
        .await;
        assert_eq!(told.iter().filter(|one| one.is_ok()).count(), 1, "{told:?}");
        if told[0].is_ok() {
            let undo = json!({"artifact_id": id});
            stage.fixture.ok(&stage.owner, "undo_artifact", undo).await;
        }
    }
}

async fn what_is_new_is_told_against_what_was_taken_last(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let line = |artifact: &Value| artifact["changes"]["lines"][0].clone();
    let first = stage.artifact(id).await;
    assert_eq!(
        first["changes"]["added"], 1,
        "of the first version all is new"
    );
    decide(&stage, id, "confirm", 1, 0).await;
    let second = renew(&stage, id, 30, 1).await;
    assert_eq!(second["changes"]["changed"], 1);
    assert_eq!(line(&second)["text"], "14 → 30");
    decide(&stage, id, "reject", 2, 0).await;
    let third = renew(&stage, id, 60, 2).await;
    assert_eq!(
        line(&third)["text"],
        "14 → 60",
        "the rejected one is nothing to compare with"
    );
    // Nothing was ever taken: then with the one before.
    let other = stage.shape().await;
    renew(&stage, other, 15, 1).await;
    let third = renew(&stage, other, 16, 2).await;
    assert_eq!(line(&third)["text"], "15 → 16");
}

async fn versions_and_decisions_are_kept_and_paged(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    for version in 1..=7 {
        // The clock stands still: many of one moment.
        decide(&stage, id, "reject", version, 0).await;
        renew(&stage, id, version, version).await;
    }
    for limit in [1, 3, 50] {
        let input = json!({"artifact_id": id});
        let versions = stage
            .fixture
            .pages(
                &stage.reader,
                "list_artifact_versions",
                input.clone(),
                limit,
            )
            .await;
        let numbers: Vec<i64> = versions
            .iter()
            .map(|one| one["version"].as_i64().unwrap())
            .collect();
        assert_eq!(numbers, [8, 7, 6, 5, 4, 3, 2, 1]);
        let decisions = stage
            .fixture
            .pages(&stage.reader, "list_artifact_decisions", input, limit)
            .await;
        let mut about: Vec<i64> = decisions
            .iter()
            .map(|one| one["version"].as_i64().unwrap())
            .collect();
        about.sort_unstable();
        assert_eq!(about, [1, 2, 3, 4, 5, 6, 7]);
    }
}
