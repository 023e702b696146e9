//! Authority is asked again when a queued run begins.

use serde_json::json;

use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    who_left_no_longer_starts_anything,
    who_may_no_longer_start_runs_starts_nothing,
    an_agent_whose_owner_may_no_longer_start_runs_starts_nothing,
    a_type_may_ask_for_more_than_the_right_to_start,
    work_of_the_system_asks_nobody,
);

/// The first report of a queued run, by its owner's hand, told with a time before the run was queued.
async fn begin(stage: &Stage, run: &serde_json::Value) -> serde_json::Value {
    let input = json!({"run_id": run["id"], "at": "2026-11-20T17:00:00Z"});
    stage.fixture.ok(&stage.owner, "report_run", input).await
}

async fn assert_blocked(stage: &Stage, run: &serde_json::Value, code: &str) {
    let told = begin(stage, run).await;
    assert_eq!(told["changed"], false);
    assert_eq!(told["cancel_requested"], true, "the worker is told to stop");
    let shown = &told["run"];
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["outcome"], "blocked");
    assert_eq!(shown["failures"][0]["code"], code);
    assert_eq!(shown["started_at"], serde_json::Value::Null);
    assert_eq!(
        shown["completed_at"], shown["created_at"],
        "not before it was queued"
    );
    let input = json!({"run_id": run["id"]});
    let events = stage
        .fixture
        .ok(&stage.owner, "list_run_events", input)
        .await;
    assert_eq!(events["items"][0]["kind"], "denied");
    assert_eq!(events["items"][0]["diagnostics"]["code"], code);
}

async fn who_left_no_longer_starts_anything(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.start(json!({})).await;
    let left = json!({"engagement_id": stage.engagement, "person_id": stage.operator.person_id});
    stage.fixture.ok(&stage.owner, "delete_member", left).await;
    assert_blocked(&stage, &run, "scope_denied").await;
}

async fn who_may_no_longer_start_runs_starts_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.start(json!({})).await;
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &stage.operator, &["reader"])
        .await;
    assert_blocked(&stage, &run, "capability_denied").await;
}

async fn an_agent_whose_owner_may_no_longer_start_runs_starts_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (here, hub) = (stage.engagement, &stage.fixture);
    let agent = hub.agent(&stage.operator, "Scout").await;
    hub.join(&stage.owner, here, &agent, &["operator"]).await;
    let start = json!({"engagement_id": here, "type": "build", "identity_mode": "nonce"});
    let started = hub.ok(&agent, "start_run", start).await;
    hub.join(&stage.owner, here, &stage.operator, &["reader"])
        .await;
    assert_blocked(&stage, &started["run"], "capability_denied").await;
}

async fn a_type_may_ask_for_more_than_the_right_to_start(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.start(json!({"type": "payroll.close"})).await;
    let declared =
        json!({"engagement_id": stage.engagement, "type": "payroll.close", "capability": "manage"});
    stage
        .fixture
        .ok(&stage.owner, "put_engagement_run_type", declared)
        .await;
    assert_blocked(&stage, &run, "capability_denied").await;
    let start = json!({"engagement_id": stage.engagement, "type": "payroll.close"});
    let fault = stage
        .fixture
        .refused(&stage.operator, "start_run", start.clone())
        .await;
    assert_eq!(fault.code, "capability_denied");
    assert!(fault.detail.contains("`manage`"), "{}", fault.detail);
    stage.fixture.ok(&stage.owner, "start_run", start).await;
}

async fn work_of_the_system_asks_nobody(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.start(json!({"initiator": "system"})).await;
    let left = json!({"engagement_id": stage.engagement, "person_id": stage.operator.person_id});
    stage.fixture.ok(&stage.owner, "delete_member", left).await;
    let told = begin(&stage, &run).await;
    assert_eq!(told["changed"], true);
    assert_eq!(told["run"]["status"], "running");
    assert_eq!(id_in(&told["run"]["id"]), id_in(&run["id"]));
}
