//! Dealing with a follow-up: it leaves needs-you by being acknowledged, and never by being seen.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    a_follow_up_waits_until_somebody_acknowledges_it,
    acknowledging_twice_is_acknowledging_once,
    two_who_acknowledge_at_once_read_the_same,
    what_has_no_follow_up_cannot_be_acknowledged,
    acknowledging_needs_the_capability,
);

async fn waiting(stage: &Stage) -> Vec<Value> {
    let page = stage
        .fixture
        .ok(&stage.operator, "list_needs_you", json!({}))
        .await;
    let badge = stage
        .fixture
        .ok(&stage.operator, "get_badge", json!({}))
        .await;
    assert_eq!(page["total_count"], badge["needs_you"]);
    page["items"].as_array().unwrap().clone()
}

async fn failed(stage: &Stage, outcome: &str) -> Uuid {
    let run = stage.running().await;
    stage.finish(run, outcome).await;
    run
}

async fn a_follow_up_waits_until_somebody_acknowledges_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for outcome in ["partially_succeeded", "blocked", "failed"] {
        let run = failed(&stage, outcome).await;
        stage.run(run).await;
        let items = waiting(&stage).await;
        assert_eq!(items.len(), 1);
        assert_eq!(items[0]["item_kind"], "run_follow_up");
        assert_eq!(items[0]["item_id"], json!(run));
        assert_eq!(items[0]["item_label"], "Build");
        assert_eq!(items[0]["actions"][1]["verb"], "acknowledge_run");
        assert_eq!(
            items[0]["actions"][1]["path"],
            format!("/runs/{run}/acknowledge")
        );
        stage.fixture.world.advance(Duration::from_secs(9));
        let input = json!({"run_id": run, "note": "called the bank"});
        let shown = stage
            .fixture
            .ok(&stage.domain_expert, "acknowledge_run", input)
            .await;
        assert_eq!(shown["acknowledged_by"], "The domain_expert");
        assert_eq!(shown["acknowledged_at"], json!(stage.fixture.hub.now()));
        assert_eq!(shown["outcome"], outcome);
        assert!(waiting(&stage).await.is_empty());
        let events = stage
            .on_run("list_run_events", run, json!({"limit": 1}))
            .await
            .unwrap();
        assert_eq!(
            events["items"][0]["summary"],
            "Acknowledged: called the bank"
        );
    }
}

async fn acknowledging_twice_is_acknowledging_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = failed(&stage, "failed").await;
    let first = stage
        .on_run("acknowledge_run", run, json!({}))
        .await
        .unwrap();
    stage.fixture.world.advance(Duration::from_secs(9));
    let second = stage
        .fixture
        .ok(&stage.owner, "acknowledge_run", json!({"run_id": run}))
        .await;
    assert_eq!(second["acknowledged_at"], first["acknowledged_at"]);
    assert_eq!(second["acknowledged_by"], "The operator");
    let noted = "select count(*) from run_events where kind = 'acknowledged'";
    assert_eq!(stage.fixture.count(noted, vec![]).await, 1);
    assert!(waiting(&stage).await.is_empty());
}

async fn two_who_acknowledge_at_once_read_the_same(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..20 {
        let run = failed(&stage, "failed").await;
        let by = |who| {
            stage
                .fixture
                .ok(who, "acknowledge_run", json!({"run_id": run}))
        };
        let (one, other) = tokio::join!(by(&stage.owner), by(&stage.operator));
        assert_eq!(one["acknowledged_by"], other["acknowledged_by"]);
        assert!(one["acknowledged_by"].is_string());
    }
    assert!(waiting(&stage).await.is_empty());
}

async fn what_has_no_follow_up_cannot_be_acknowledged(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let acknowledge = || stage.on_run("acknowledge_run", run, json!({}));
    let fault = acknowledge().await.unwrap_err();
    assert_eq!(told(&fault), (FaultKind::Conflict, "not_completed", None));
    stage.finish(run, "succeeded").await;
    let fault = acknowledge().await.unwrap_err();
    assert_eq!(told(&fault), (FaultKind::Conflict, "no_follow_up", None));
    let run = failed(&stage, "failed").await;
    let fault = stage
        .on_run("acknowledge_run", run, json!({"note": "x".repeat(501)}))
        .await
        .unwrap_err();
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("note"))
    );
    assert_eq!(waiting(&stage).await.len(), 1);
}

async fn acknowledging_needs_the_capability(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = failed(&stage, "failed").await;
    let by = |who| {
        stage
            .fixture
            .call(who, "acknowledge_run", json!({"run_id": run}))
    };
    let fault = by(&stage.reader).await.unwrap_err();
    assert_eq!(
        told(&fault),
        (FaultKind::Forbidden, "capability_denied", None)
    );
    let fault = by(&stage.stranger).await.unwrap_err();
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
    assert!(by(&stage.domain_expert).await.is_ok());
}
