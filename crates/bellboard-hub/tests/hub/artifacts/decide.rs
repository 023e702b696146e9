//! Deciding: every kind with every decision, and what is refused.

use std::time::Duration;

use bellboard_hub::decision::release_due;
use bellboard_hub::fault::FaultKind;
use serde_json::json;

use crate::fixture::{HubFixture, id_in, told};

on_each_engine!(
    every_kind_is_decided_its_own_way,
    rejecting_and_returning_need_a_note,
    the_second_is_told_who_what_and_when,
    a_decision_about_another_version_changes_nothing,
    a_decision_of_another_kind_names_the_right_ones,
    the_same_decision_again_is_the_same_decision,
    an_agent_does_not_decide_about_its_own_work,
    readers_and_strangers_do_not_decide,
);

const WAYS: [(&str, &str, &str, &str, &str); 9] = [
    (
        "shape",
        "pending_shape",
        "confirm",
        "Confirmed",
        "confirmed",
    ),
    ("shape", "pending_shape", "reject", "Rejected", "rejected"),
    (
        "assertion",
        "held_assertion",
        "commit",
        "Committed",
        "committed",
    ),
    (
        "assertion",
        "held_assertion",
        "discard",
        "Discarded",
        "discarded",
    ),
    (
        "render",
        "produced_render_for_review",
        "accept",
        "Accepted",
        "accepted",
    ),
    (
        "render",
        "produced_render_for_review",
        "return",
        "Returned",
        "returned",
    ),
    (
        "review_report",
        "review_report",
        "acknowledge",
        "Acknowledged",
        "acknowledged",
    ),
    (
        "downstream_specification",
        "downstream_specification",
        "accept",
        "Accepted",
        "accepted",
    ),
    (
        "downstream_specification",
        "downstream_specification",
        "reject",
        "Rejected",
        "rejected",
    ),
];

async fn every_kind_is_decided_its_own_way(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (kind, need, decision, label, state) in WAYS {
        let made = stage.make(kind, json!({})).await;
        let waiting = stage.waiting().await;
        assert_eq!(waiting.len(), 1, "{kind}");
        assert_eq!(waiting[0]["item_kind"], need);
        assert_eq!(waiting[0]["item_id"], made["id"]);
        assert_eq!(waiting[0]["created_at"], made["made_at"]);

        let input = json!({"artifact_id": made["id"], "decision": decision, "note": "Looked at it", "expected_version": 1});
        let decided = stage
            .fixture
            .ok(&stage.domain_expert, "decide_artifact", input)
            .await;
        assert_eq!(decided["label"], label);
        assert_eq!(decided["released"], true);
        assert_eq!(decided["decided_by_name"], "The domain_expert");

        let shown = stage.artifact(id_in(&made["id"])).await;
        assert_eq!(shown["state"], state);
        assert_eq!(shown["decision"], decided);
        assert_eq!(shown["decisions_allowed"], json!([]));
        assert!(stage.waiting().await.is_empty(), "{kind} {decision}");
    }
}

async fn rejecting_and_returning_need_a_note(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (kind, decision) in [
        ("shape", "reject"),
        ("render", "return"),
        ("downstream_specification", "reject"),
    ] {
        let made = stage.make(kind, json!({})).await;
        let input = json!({"artifact_id": made["id"], "decision": decision, "expected_version": 1});
        let fault = stage
            .fixture
            .refused(&stage.owner, "decide_artifact", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "note_missing", Some("note"))
        );
        let shown = stage.artifact(id_in(&made["id"])).await;
        assert_eq!(shown["state"], made["state"]);
        assert_eq!(shown["decision"], json!(null));
    }
    let decisions = stage
        .fixture
        .count("select count(*) from decisions", vec![])
        .await;
    assert_eq!(decisions, 0);
    assert_eq!(stage.waiting().await.len(), 3);
}

async fn the_second_is_told_who_what_and_when(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let confirm = json!({"artifact_id": id, "decision": "confirm", "expected_version": 1});
    stage
        .fixture
        .ok(&stage.domain_expert, "decide_artifact", confirm.clone())
        .await;
    let reject =
        json!({"artifact_id": id, "decision": "reject", "note": "No", "expected_version": 1});
    for input in [reject, confirm] {
        let fault = stage
            .fixture
            .refused(&stage.owner, "decide_artifact", input)
            .await;
        assert_eq!(told(&fault), (FaultKind::Conflict, "already_decided", None));
        assert_eq!(
            fault.detail,
            "The domain_expert has decided already: Confirmed, at 2026-11-20T17:40:00.000000Z."
        );
        assert_eq!(fault.extra["decided_by"], "The domain_expert");
        assert_eq!(fault.extra["decision"], "confirm");
        assert_eq!(fault.extra["decided_at"], "2026-11-20T17:40:00.000000Z");
    }
}

async fn the_same_decision_again_is_the_same_decision(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let reject = json!({"artifact_id": id, "decision": "reject", "note": "No", "expected_version": 1, "undo_seconds": 8});
    let decide = |input| stage.fixture.ok(&stage.owner, "decide_artifact", input);
    let first = decide(reject.clone()).await;
    stage.fixture.world.advance(Duration::from_secs(1));
    assert_eq!(decide(reject.clone()).await, first);
    for (field, value) in [("note", json!("Never")), ("decision", json!("confirm"))] {
        let mut other = reject.clone();
        other[field] = value;
        let fault = stage
            .fixture
            .refused(&stage.owner, "decide_artifact", other)
            .await;
        assert_eq!(fault.code, "already_decided", "{field}");
    }
    // Taken back it no longer stands, and is made anew.
    let undo = json!({"artifact_id": id});
    stage.fixture.ok(&stage.owner, "undo_artifact", undo).await;
    let again = decide(reject.clone()).await;
    assert_ne!(again["id"], first["id"]);
    // What was decided about one version was not decided about the next.
    stage.fixture.world.advance(Duration::from_secs(8));
    release_due(&stage.fixture.hub).await.unwrap();
    let next =
        json!({"artifact_id": id, "content": {"inline": {"days": 7}}, "expected_version": 1});
    stage
        .fixture
        .ok(&stage.operator, "add_artifact_version", next)
        .await;
    let mut newer = reject.clone();
    newer["expected_version"] = json!(2);
    assert_eq!(decide(newer).await["version"], 2);
    let fault = stage
        .fixture
        .refused(&stage.owner, "decide_artifact", reject)
        .await;
    assert_eq!(fault.code, "version_changed");
}

async fn a_decision_about_another_version_changes_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let input = json!({"artifact_id": id, "decision": "confirm", "expected_version": 2});
    let fault = stage
        .fixture
        .refused(&stage.owner, "decide_artifact", input)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "version_changed", None));
    assert_eq!(fault.extra["version"], 1);
    assert_eq!(stage.artifact(id).await["state"], "pending_confirmation");
}

async fn a_decision_of_another_kind_names_the_right_ones(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (kind, words) in [
        ("shape", "confirm, reject"),
        ("review_report", "acknowledge"),
        (
            "transformed_artifact",
            "Nothing is decided about a transformed_artifact",
        ),
    ] {
        let made = stage.make(kind, json!({})).await;
        let input = json!({"artifact_id": made["id"], "decision": "commit", "expected_version": 1});
        let fault = stage
            .fixture
            .refused(&stage.owner, "decide_artifact", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("decision"))
        );
        assert!(fault.detail.contains(words), "{}", fault.detail);
    }
    let made = stage.make("shape", json!({})).await;
    for (field, value) in [
        ("decision", json!("approve")),
        ("expected_version", json!(0)),
        ("undo_seconds", json!(61)),
        ("note", json!("x".repeat(2001))),
    ] {
        let mut input =
            json!({"artifact_id": made["id"], "decision": "confirm", "expected_version": 1});
        input[field] = value;
        let fault = stage
            .fixture
            .refused(&stage.owner, "decide_artifact", input)
            .await;
        assert_eq!(fault.field.as_deref(), Some(field), "{fault:?}");
    }
}

async fn an_agent_does_not_decide_about_its_own_work(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.owner, "Shaper").await;
    let same_owner = stage.fixture.agent(&stage.owner, "Echo").await;
    let other = stage.fixture.agent(&stage.operator, "Reviewer").await;
    for who in [&agent, &same_owner, &other] {
        stage
            .fixture
            .join(&stage.owner, stage.engagement, who, &["operator"])
            .await;
    }
    let made = stage
        .fixture
        .ok(
            &agent,
            "create_artifact",
            json!({"engagement_id": stage.engagement, "kind": "shape", "label": "S", "content": {"inline": {}}}),
        )
        .await;
    let input = json!({"artifact_id": made["id"], "decision": "confirm", "expected_version": 1});
    for who in [&agent, &same_owner] {
        let fault = stage
            .fixture
            .refused(who, "decide_artifact", input.clone())
            .await;
        assert_eq!(told(&fault), (FaultKind::Forbidden, "own_work", None));
    }
    stage.fixture.ok(&other, "decide_artifact", input).await;
}

async fn readers_and_strangers_do_not_decide(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let input = json!({"artifact_id": id, "decision": "confirm", "expected_version": 1});
    let fault = stage
        .fixture
        .refused(&stage.reader, "decide_artifact", input.clone())
        .await;
    assert_eq!(fault.kind, FaultKind::Forbidden);
    let fault = stage
        .fixture
        .refused(&stage.stranger, "decide_artifact", input)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    let read = json!({"artifact_id": id});
    stage
        .fixture
        .ok(&stage.reader, "get_artifact", read.clone())
        .await;
    let fault = stage
        .fixture
        .refused(&stage.stranger, "get_artifact", read)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}
