//! The end of a run: one outcome, one notification, and what needs a look.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    every_outcome_ends_a_run_and_rings_once,
    saying_the_same_end_again_changes_nothing,
    another_end_is_refused_and_names_what_stands,
    a_queued_run_ends_only_without_success,
    work_of_the_system_tells_nobody,
    nothing_but_the_end_rings,
    what_the_end_tells_is_kept,
    the_limits_of_an_end_are_refused_by_name,
    an_end_told_later_keeps_its_time,
    an_end_told_later_still_wakes_listeners_now,
    what_could_not_be_queued_reads_so_everywhere,
);

async fn rings(stage: &Stage) -> Vec<Value> {
    let page = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    page["items"].as_array().unwrap().clone()
}

/// The run without what is derived from the moment of looking.
async fn record(stage: &Stage, run: Uuid) -> Value {
    let mut shown = stage.run(run).await;
    shown["progress"].take();
    shown
}

async fn every_outcome_ends_a_run_and_rings_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (outcome, kind, title, detail) in [
        (
            "succeeded",
            "run_finished",
            "Build: finished",
            "Done, nothing to do.",
        ),
        (
            "partially_succeeded",
            "run_follow_up",
            "Build: finished with follow-up",
            "Finished, needs a look.",
        ),
        (
            "blocked",
            "run_follow_up",
            "Build: blocked",
            "Finished, needs a look.",
        ),
        (
            "failed",
            "run_follow_up",
            "Build: failed",
            "Finished, needs a look.",
        ),
        (
            "cancelled",
            "run_finished",
            "Build: cancelled",
            "Done, nothing to do.",
        ),
    ] {
        let run = stage.running().await;
        stage.fixture.world.advance(Duration::from_secs(1));
        let finished = stage.finish(run, outcome).await;
        assert_eq!(finished["changed"], true);
        assert_eq!(finished["late"], false);
        assert_eq!(finished["run"]["status"], "completed");
        assert_eq!(finished["run"]["outcome"], outcome);
        assert_eq!(finished["run"]["grade"], "claimed");
        assert_eq!(
            finished["run"]["completed_at"],
            json!(stage.fixture.hub.now())
        );
        assert_eq!(finished["run"]["liveness"], "finished");
        assert_eq!(finished["run"]["progress"]["mode"], "none");
        let newest = &rings(&stage).await[0];
        assert_eq!(newest["run_id"], json!(run));
        assert_eq!(newest["kind"], kind);
        assert_eq!(newest["title"], title);
        assert_eq!(newest["detail"], detail);
        assert_eq!(newest["read_at"], Value::Null);
    }
    assert_eq!(rings(&stage).await.len(), 5);
}

async fn saying_the_same_end_again_changes_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "failed").await;
    let before = record(&stage, run).await;
    let hints = "select count(*) from events";
    let hinted = stage.fixture.count(hints, vec![]).await;
    stage.fixture.world.advance(Duration::from_secs(5));
    let again = stage
        .on_run(
            "finish_run",
            run,
            json!({"outcome": "failed", "counts": {"failed": 9}}),
        )
        .await
        .unwrap();
    assert_eq!(again["changed"], false);
    assert_eq!(record(&stage, run).await, before);
    assert_eq!(rings(&stage).await.len(), 1);
    assert_eq!(stage.fixture.count(hints, vec![]).await, hinted);
}

async fn another_end_is_refused_and_names_what_stands(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "failed").await;
    let before = stage.run(run).await;
    let fault = stage
        .on_run("finish_run", run, json!({"outcome": "succeeded"}))
        .await
        .unwrap_err();
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "already_completed", None)
    );
    assert_eq!(fault.extra["outcome"], "failed");
    assert!(
        fault.detail.contains("already completed as failed"),
        "{}",
        fault.detail
    );
    assert_eq!(stage.run(run).await, before);
    assert_eq!(rings(&stage).await.len(), 1);
}

async fn a_queued_run_ends_only_without_success(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for outcome in ["succeeded", "partially_succeeded"] {
        let run = id_in(&stage.start(json!({})).await["id"]);
        let fault = stage
            .on_run("finish_run", run, json!({"outcome": outcome}))
            .await
            .unwrap_err();
        assert_eq!(told(&fault), (FaultKind::Conflict, "not_started", None));
        assert_eq!(stage.run(run).await["status"], "queued");
    }
    for outcome in ["blocked", "failed", "cancelled"] {
        let run = id_in(&stage.start(json!({})).await["id"]);
        let finished = stage.finish(run, outcome).await;
        assert_eq!(finished["run"]["outcome"], outcome);
        assert_eq!(finished["run"]["started_at"], Value::Null);
    }
}

async fn work_of_the_system_tells_nobody(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage
        .start(json!({"status": "running", "initiator": "system"}))
        .await;
    assert_eq!(run["initiator_id"], Value::Null);
    assert_eq!(run["initiator_name"], "System");
    stage.finish(id_in(&run["id"]), "failed").await;
    let stored = "select count(*) from notifications";
    assert_eq!(stage.fixture.count(stored, vec![]).await, 0);
    // It still needs a look from whoever may decide.
    let page = stage
        .fixture
        .ok(&stage.operator, "list_needs_you", json!({}))
        .await;
    assert_eq!(page["total_count"], 1);
}

async fn nothing_but_the_end_rings(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({})).await["id"]);
    stage
        .on_run("report_run", run, json!({"processed": 1}))
        .await
        .unwrap();
    stage.running().await;
    assert!(rings(&stage).await.is_empty());
}

async fn what_the_end_tells_is_kept(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let failures = json!([
        {"code": "policy.unreadable", "message": "Policy 7 could not be read", "count": 3},
        {"code": "policy.skipped", "message": "Policy 8 was skipped"},
    ]);
    let end = json!({"outcome": "failed", "grade": "observed", "failures": failures, "exit_code": 3,
        "message": "see below", "tail": "one\ntwo"});
    let finished = stage.on_run("finish_run", run, end).await.unwrap();
    assert_eq!(finished["run"]["grade"], "observed");
    assert_eq!(finished["run"]["failures"][0], failures[0]);
    assert_eq!(finished["run"]["failures"][1]["count"], 1);
    let page = stage
        .fixture
        .ok(&stage.operator, "list_needs_you", json!({}))
        .await;
    assert_eq!(page["items"][0]["detail"], "Policy 7 could not be read");
    let events = stage
        .on_run("list_run_events", run, json!({"limit": 1}))
        .await
        .unwrap();
    assert_eq!(events["items"][0]["kind"], "ended");
    assert_eq!(events["items"][0]["summary"], "Failed");
    let diagnostics = json!({"exit_code": 3, "message": "see below", "tail": "one\ntwo"});
    assert_eq!(events["items"][0]["diagnostics"], diagnostics);
}

async fn the_limits_of_an_end_are_refused_by_name(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let failure = json!({"code": "x", "message": "y"});
    for (field, more) in [
        ("outcome", json!({"outcome": "great"})),
        ("outcome", json!({})),
        ("grade", json!({"outcome": "failed", "grade": "verified"})),
        (
            "failures",
            json!({"outcome": "failed", "failures": vec![failure; 21]}),
        ),
        (
            "failures[0].message",
            json!({"outcome": "failed", "failures": [{"code": "x", "message": "y".repeat(141)}]}),
        ),
        (
            "failures[0].code",
            json!({"outcome": "failed", "failures": [{"code": "not a code", "message": "y"}]}),
        ),
        (
            "counts.rows",
            json!({"outcome": "failed", "counts": {"rows": 1}}),
        ),
        (
            "counts.total",
            json!({"outcome": "failed", "counts": {"total": -1}}),
        ),
        (
            "message",
            json!({"outcome": "failed", "message": "x".repeat(2001)}),
        ),
        (
            "tail",
            json!({"outcome": "failed", "tail": "x".repeat(16_001)}),
        ),
        ("colour", json!({"outcome": "failed", "colour": "red"})),
        (
            "at",
            json!({"outcome": "failed", "at": "2026-11-20T17:45:01Z"}),
        ),
        (
            "at",
            json!({"outcome": "failed", "at": "1999-01-01T00:00:00Z"}),
        ),
    ] {
        let fault = stage.on_run("finish_run", run, more).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid, "{field}: {fault:?}");
        assert_eq!(fault.field.as_deref(), Some(field), "{fault:?}");
    }
    assert_eq!(stage.run(run).await["status"], "running");
}

async fn an_end_told_later_keeps_its_time(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let completed_at = async |told: &str| {
        let began = json!({"status": "running", "started_at": "2026-11-20T15:00:00Z"});
        let run = id_in(&stage.start(began).await["id"]);
        let end = json!({"outcome": "failed", "at": told});
        let finished = stage.on_run("finish_run", run, end).await.unwrap();
        finished["run"]["completed_at"].clone()
    };
    assert_eq!(
        completed_at("2026-11-20T15:30:00Z").await,
        "2026-11-20T15:30:00.000000Z"
    );
    assert_eq!(
        rings(&stage).await[0]["created_at"],
        "2026-11-20T15:30:00.000000Z"
    );
    // It cannot have ended before it began.
    assert_eq!(
        completed_at("2026-11-20T14:00:00Z").await,
        "2026-11-20T15:00:00.000000Z"
    );
}

/// Hints are forgotten by their age, so they carry the time of the change and not the time that was told.
async fn an_end_told_later_still_wakes_listeners_now(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let began = json!({"status": "running", "started_at": "2026-11-10T15:00:00Z"});
    let run = id_in(&stage.start(began).await["id"]);
    let end = json!({"outcome": "failed", "at": "2026-11-10T15:30:00Z"});
    stage.on_run("finish_run", run, end).await.unwrap();
    let now = stage.fixture.hub.now();
    let old = stage
        .fixture
        .count(
            "select count(*) from events where at < $1",
            vec![now.into()],
        )
        .await;
    assert_eq!(old, 0);
}

async fn what_could_not_be_queued_reads_so_everywhere(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({"label": "Nightly"})).await["id"]);
    let failure = json!({"code": "queue.dispatch_failed", "message": "amqp refused: no route"});
    let end = json!({"outcome": "failed", "failures": [failure]});
    let ended = stage.on_run("finish_run", run, end.clone()).await.unwrap();
    assert_eq!(
        (&ended["changed"], &ended["late"]),
        (&json!(true), &json!(false))
    );
    let again = stage.on_run("finish_run", run, end).await.unwrap();
    assert_eq!(again["changed"], false);
    let shown = stage.run(run).await;
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["started_at"], json!(null), "it never began");
    assert_eq!(shown["failures"][0]["code"], "queue.dispatch_failed");
    assert_eq!(shown["failures"][0]["message"], "Could not be queued");
    let events = stage
        .on_run("list_run_events", run, json!({}))
        .await
        .unwrap();
    assert_eq!(events["items"][0]["summary"], "Could not be queued");
    let raw = &events["items"][0]["diagnostics"];
    assert!(raw.to_string().contains("amqp refused: no route"), "{raw}");
    let needs = stage
        .fixture
        .ok(&stage.operator, "list_needs_you", json!({}))
        .await;
    assert_eq!(needs["items"][0]["detail"], "Could not be queued");
    let inbox = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    assert_eq!(inbox["total_count"], 1);
    assert_eq!(inbox["items"][0]["title"], "Nightly: Could not be queued");
    assert_eq!(inbox["items"][0]["kind"], "run_follow_up");
}
