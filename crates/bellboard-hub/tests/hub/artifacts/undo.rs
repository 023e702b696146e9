//! Taking a decision back: clean until it is in effect, refused afterwards.

use std::time::Duration;

use bellboard_hub::decision::release_due;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    within_the_time_it_leaves_no_trace_but_the_record,
    after_the_time_it_is_refused,
    the_last_moment_belongs_to_the_effect,
    what_was_undone_can_be_decided_anew,
    who_decided_undoes_or_an_owner,
    an_agent_undoes_its_own_decisions_only,
    without_a_decision_there_is_nothing_to_undo,
    a_decision_without_undo_time_is_in_effect_at_once,
);

async fn decide(stage: &Stage, id: Uuid, undo_seconds: u32) -> Value {
    let input = json!({"artifact_id": id, "decision": "confirm", "expected_version": 1, "undo_seconds": undo_seconds});
    stage
        .fixture
        .ok(&stage.domain_expert, "decide_artifact", input)
        .await
}

async fn within_the_time_it_leaves_no_trace_but_the_record(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let made = stage.make("shape", json!({"run_id": run})).await;
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let before = stage.waiting().await;
    stage.fixture.world.advance(Duration::from_mins(3));

    let decided = decide(&stage, id, 8).await;
    assert_eq!(decided["released"], false);
    assert_eq!(decided["effective_at"], "2026-11-20T17:43:08.000000Z");
    assert!(stage.waiting().await.is_empty());
    stage.fixture.world.advance(Duration::from_secs(7));
    assert_eq!(release_due(&stage.fixture.hub).await.unwrap(), 0);

    let undone = stage
        .fixture
        .ok(
            &stage.domain_expert,
            "undo_artifact",
            json!({"artifact_id": id}),
        )
        .await;
    assert_eq!(undone["undone_at"], "2026-11-20T17:43:07.000000Z");
    assert_eq!(
        stage.waiting().await,
        before,
        "the need is as it was, with its old time"
    );
    let shown = stage.artifact(id).await;
    assert_eq!(shown, made, "the artifact is as it was");

    stage.fixture.world.advance(Duration::from_mins(1));
    assert_eq!(
        release_due(&stage.fixture.hub).await.unwrap(),
        0,
        "nothing follows"
    );
    let events = stage
        .fixture
        .count(
            "select count(*) from run_events where kind = 'decided'",
            vec![],
        )
        .await;
    assert_eq!(events, 0, "the run was never told");
    let kept = stage
        .fixture
        .pages(
            &stage.reader,
            "list_artifact_decisions",
            json!({"artifact_id": id}),
            5,
        )
        .await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["undone_at"], undone["undone_at"]);
}

async fn after_the_time_it_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    decide(&stage, id, 8).await;
    stage.fixture.world.advance(Duration::from_secs(9));
    let undo = json!({"artifact_id": id});
    // Whether the loop has been there or not.
    for released in [0, 1] {
        let done = stage.artifact(id).await["decision"]["released"].clone();
        assert_eq!(done, released == 1);
        let fault = stage
            .fixture
            .refused(&stage.domain_expert, "undo_artifact", undo.clone())
            .await;
        assert_eq!(told(&fault), (FaultKind::Conflict, "undo_over", None));
        assert_eq!(fault.extra["effective_at"], "2026-11-20T17:40:08.000000Z");
        release_due(&stage.fixture.hub).await.unwrap();
    }
    assert_eq!(stage.artifact(id).await["state"], "confirmed");
    assert!(stage.waiting().await.is_empty());
}

async fn the_last_moment_belongs_to_the_effect(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let early = stage.shape().await;
    let late = stage.shape().await;
    for id in [early, late] {
        decide(&stage, id, 8).await;
    }
    stage
        .fixture
        .world
        .advance(Duration::from_micros(7_999_999));
    stage
        .fixture
        .ok(
            &stage.domain_expert,
            "undo_artifact",
            json!({"artifact_id": early}),
        )
        .await;
    stage.fixture.world.advance(Duration::from_micros(1));
    let fault = stage
        .fixture
        .refused(
            &stage.domain_expert,
            "undo_artifact",
            json!({"artifact_id": late}),
        )
        .await;
    assert_eq!(fault.code, "undo_over");
    assert_eq!(release_due(&stage.fixture.hub).await.unwrap(), 1);
}

async fn what_was_undone_can_be_decided_anew(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    for _ in 0..3 {
        decide(&stage, id, 60).await;
        stage.fixture.world.advance(Duration::from_secs(1));
        stage
            .fixture
            .ok(
                &stage.domain_expert,
                "undo_artifact",
                json!({"artifact_id": id}),
            )
            .await;
    }
    let input = json!({"artifact_id": id, "decision": "reject", "note": "Too short", "expected_version": 1});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", input)
        .await;
    let shown = stage.artifact(id).await;
    assert_eq!(shown["state"], "rejected");
    assert_eq!(shown["decision"]["decided_by_name"], "Olive");
    let kept = stage
        .fixture
        .pages(
            &stage.reader,
            "list_artifact_decisions",
            json!({"artifact_id": id}),
            3,
        )
        .await;
    assert_eq!(kept.len(), 4);
    assert_eq!(
        kept.iter().filter(|one| one["undone_at"].is_null()).count(),
        1
    );
}

async fn who_decided_undoes_or_an_owner(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    decide(&stage, id, 20).await;
    let undo = json!({"artifact_id": id});
    let fault = stage
        .fixture
        .refused(&stage.operator, "undo_artifact", undo.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    assert!(
        fault.detail.starts_with("The domain_expert decided this."),
        "{}",
        fault.detail
    );
    let fault = stage
        .fixture
        .refused(&stage.reader, "undo_artifact", undo.clone())
        .await;
    assert_eq!(fault.code, "capability_denied");
    assert_eq!(stage.artifact(id).await["state"], "confirmed");
    stage.fixture.ok(&stage.owner, "undo_artifact", undo).await;
    assert_eq!(stage.artifact(id).await["state"], "pending_confirmation");
    let by = stage
        .fixture
        .rows("select undone_by_name from decisions", vec![])
        .await;
    assert_eq!(by[0].text(0).unwrap(), "Olive");
}

async fn without_a_decision_there_is_nothing_to_undo(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let shape = stage.shape().await;
    let made = stage.make("transformed_artifact", json!({})).await;
    for id in [json!(shape), made["id"].clone()] {
        let fault = stage
            .fixture
            .refused(&stage.owner, "undo_artifact", json!({"artifact_id": id}))
            .await;
        assert_eq!(told(&fault), (FaultKind::Conflict, "not_decided", None));
    }
}

async fn a_decision_without_undo_time_is_in_effect_at_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let decided = decide(&stage, id, 0).await;
    assert_eq!(decided["released"], true);
    assert_eq!(decided["effective_at"], decided["decided_at"]);
    let fault = stage
        .fixture
        .refused(
            &stage.domain_expert,
            "undo_artifact",
            json!({"artifact_id": id}),
        )
        .await;
    assert_eq!(fault.code, "undo_over");
}

async fn an_agent_undoes_its_own_decisions_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.owner, "Helper").await;
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &agent, &["owner"])
        .await;
    let (theirs, its_own) = (stage.shape().await, stage.shape().await);
    decide(&stage, theirs, 8).await;
    let undo = |id| json!({"artifact_id": id});
    let fault = stage
        .fixture
        .refused(&agent, "undo_artifact", undo(theirs))
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    assert_eq!(stage.artifact(theirs).await["state"], "confirmed");
    let decision = json!({"artifact_id": its_own, "decision": "confirm", "expected_version": 1, "undo_seconds": 8});
    stage.fixture.ok(&agent, "decide_artifact", decision).await;
    stage
        .fixture
        .ok(&agent, "undo_artifact", undo(its_own))
        .await;
}
