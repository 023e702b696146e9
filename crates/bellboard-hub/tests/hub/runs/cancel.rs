//! A request to end: the hub executes nothing, so it only passes the word on.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, id_in, told};

on_each_engine!(
    the_reporter_sees_the_request_in_its_next_answer,
    asking_twice_is_asking_once,
    what_has_ended_cannot_be_cancelled,
    cancelling_needs_the_capability,
);

async fn the_reporter_sees_the_request_in_its_next_answer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let before = stage.on_run("report_run", run, json!({})).await.unwrap();
    assert_eq!(before["cancel_requested"], false);
    let input = json!({"run_id": run, "note": "wrong tenant"});
    let asked = stage
        .fixture
        .ok(&stage.contributor, "cancel_run", input)
        .await;
    assert_eq!(asked["status"], "running", "only its reporter ends it");
    assert_eq!(asked["cancel_requested_by"], "The contributor");
    assert_eq!(asked["cancel_requested_at"], json!(stage.fixture.hub.now()));
    let after = stage.on_run("report_run", run, json!({})).await.unwrap();
    assert_eq!(after["cancel_requested"], true);
    assert_eq!(after["changed"], true);
    let finished = stage.finish(run, "cancelled").await;
    assert_eq!(finished["run"]["outcome"], "cancelled");
    let events = stage
        .on_run("list_run_events", run, json!({}))
        .await
        .unwrap();
    assert_eq!(
        events["items"][1]["summary"],
        "Cancel requested: wrong tenant"
    );
    // The work may also have come to its end before the word reached it.
    let run = stage.running().await;
    stage.on_run("cancel_run", run, json!({})).await.unwrap();
    assert_eq!(
        stage.finish(run, "succeeded").await["run"]["outcome"],
        "succeeded"
    );
}

async fn asking_twice_is_asking_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let first = stage.on_run("cancel_run", run, json!({})).await.unwrap();
    stage.fixture.world.advance(Duration::from_secs(5));
    let second = stage
        .fixture
        .ok(&stage.owner, "cancel_run", json!({"run_id": run}))
        .await;
    assert_eq!(second["cancel_requested_at"], first["cancel_requested_at"]);
    assert_eq!(second["cancel_requested_by"], "The operator");
    let noted = "select count(*) from run_events where kind = 'cancel_requested'";
    assert_eq!(stage.fixture.count(noted, vec![]).await, 1);
}

async fn what_has_ended_cannot_be_cancelled(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({"status": "running"})).await["id"]);
    stage.finish(run, "succeeded").await;
    let fault = stage
        .on_run("cancel_run", run, json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "already_completed", None)
    );
    assert_eq!(fault.extra["outcome"], "succeeded");
    assert_eq!(stage.run(run).await["cancel_requested_at"], Value::Null);
}

async fn cancelling_needs_the_capability(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for (who, kind) in [
        (&stage.reader, FaultKind::Forbidden),
        (&stage.domain_expert, FaultKind::Forbidden),
        (&stage.stranger, FaultKind::NotFound),
    ] {
        let input = json!({"run_id": run});
        let fault = stage.fixture.refused(who, "cancel_run", input).await;
        assert_eq!(fault.kind, kind);
    }
}
