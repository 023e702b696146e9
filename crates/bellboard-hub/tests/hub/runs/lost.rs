//! Runs that nobody reports on any more: the hub ends them once, says why, and keeps what is said about them later.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::run::lose_abandoned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    a_start_told_late_is_not_lost_before_it_can_be_heard,
    a_run_that_never_started_is_lost_after_a_day,
    a_run_that_promised_to_be_heard_is_lost_after_three_beats,
    a_sign_of_life_in_time_keeps_a_run,
    a_type_says_for_itself_when_its_runs_are_lost,
    asking_for_the_end_is_no_sign_of_life,
    many_that_look_at_once_lose_each_run_once,
    what_is_said_about_a_lost_run_is_kept_beside_it,
);

const MOMENT: Duration = Duration::from_micros(1);

async fn lose(stage: &Stage) -> u64 {
    lose_abandoned(&stage.fixture.hub, Timestamp::MIN)
        .await
        .unwrap()
}

/// The limit is the last moment at which the run is not lost.
async fn is_lost_after(stage: &Stage, run: Uuid, silence: Duration, code: &str) {
    stage.fixture.world.advance(silence);
    assert_eq!(lose(stage).await, 0);
    stage.fixture.world.advance(MOMENT);
    assert_eq!(lose(stage).await, 1);
    assert_eq!(lose(stage).await, 0);
    let shown = stage.run(run).await;
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["outcome"], "failed");
    assert_eq!(shown["grade"], "observed");
    assert_eq!(shown["liveness"], "lost");
    assert_eq!(shown["failures"][0]["code"], code);
    assert_eq!(shown["completed_at"], json!(stage.fixture.hub.now()));
    let rung = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    assert_eq!(rung["total_count"], 1);
    assert_eq!(rung["items"][0]["kind"], "run_follow_up");
    let waits = stage
        .fixture
        .ok(&stage.operator, "list_needs_you", json!({}))
        .await;
    assert_eq!(waits["items"][0]["item_id"], json!(run));
    assert_eq!(waits["items"][0]["detail"], shown["failures"][0]["message"]);
}

async fn a_run_that_never_started_is_lost_after_a_day(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({})).await["id"]);
    stage
        .fixture
        .world
        .advance(Duration::from_mins(15) + MOMENT);
    assert_eq!(stage.run(run).await["liveness"], "stale");
    let rest = Duration::from_mins(24 * 60 - 15).saturating_sub(MOMENT);
    is_lost_after(&stage, run, rest, "run.never_started").await;
}

async fn a_run_that_promised_to_be_heard_is_lost_after_three_beats(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let promise = json!({"status": "running", "heartbeat_seconds": 60});
    let run = id_in(&stage.start(promise).await["id"]);
    is_lost_after(&stage, run, Duration::from_mins(3), "run.stopped_reporting").await;
}

async fn a_sign_of_life_in_time_keeps_a_run(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let promise = json!({"status": "running", "heartbeat_seconds": 10});
    let run = id_in(&stage.start(promise).await["id"]);
    for _ in 0..5 {
        // Three beats are half a minute, but nothing is lost before two minutes.
        stage.fixture.world.advance(Duration::from_mins(2));
        assert_eq!(lose(&stage).await, 0);
        stage.on_run("report_run", run, json!({})).await.unwrap();
    }
    is_lost_after(&stage, run, Duration::from_mins(2), "run.stopped_reporting").await;
}

async fn a_type_says_for_itself_when_its_runs_are_lost(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (run_type, seconds) in [("quick", 600), ("slow", 2 * 86_400)] {
        let declared = json!({"engagement_id": stage.engagement, "type": run_type,
            "abandon_after_seconds": seconds});
        stage
            .fixture
            .ok(&stage.owner, "put_engagement_run_type", declared)
            .await;
    }
    let start = |run_type| stage.start(json!({"type": run_type, "status": "running"}));
    let slow = id_in(&start("slow").await["id"]);
    let quick = id_in(&start("quick").await["id"]);
    let silence = Duration::from_mins(10);
    is_lost_after(&stage, quick, silence, "run.stopped_reporting").await;
    stage.fixture.world.advance(Duration::from_hours(47));
    assert_eq!(lose(&stage).await, 0);
    assert_eq!(stage.run(slow).await["status"], "running");
    stage.fixture.world.advance(Duration::from_hours(1));
    assert_eq!(lose(&stage).await, 1);
}

/// The hub was away when it started: it tells of earlier, and is alive when it tells.
async fn a_start_told_late_is_not_lost_before_it_can_be_heard(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let started = json!({
        "status": "running",
        "heartbeat_seconds": 30,
        "started_at": "2026-11-20T17:30:00Z",
    });
    let run = id_in(&stage.start(started).await["id"]);
    assert_eq!(lose(&stage).await, 0);
    assert_eq!(stage.run(run).await["status"], "running");
    stage.fixture.world.advance(Duration::from_mins(3));
    assert_eq!(lose(&stage).await, 1);
}

/// A run that never sent a beat is expected to be silent for longer than one that did.
async fn asking_for_the_end_is_no_sign_of_life(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.fixture.world.advance(Duration::from_mins(1));
    let asked = stage.on_run("cancel_run", run, json!({})).await.unwrap();
    assert_eq!(asked["last_seen_at"], asked["started_at"]);
    stage.fixture.world.advance(Duration::from_hours(1));
    assert_eq!(stage.run(run).await["liveness"], "fresh");
    stage.on_run("report_run", run, json!({})).await.unwrap();
    stage.fixture.world.advance(Duration::from_hours(1));
    assert_eq!(stage.run(run).await["liveness"], "stale");
}

async fn many_that_look_at_once_lose_each_run_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for number in 0..30 {
        let promise = if number % 2 == 0 {
            json!({"status": "running", "heartbeat_seconds": 1})
        } else {
            json!({"status": "queued"})
        };
        stage.start(promise).await;
    }
    stage.fixture.world.advance(Duration::from_hours(25));
    let looks = (0..4).map(|_| lose(&stage));
    let lost: u64 = futures_util::future::join_all(looks).await.iter().sum();
    assert_eq!(lost, 30);
    let rung = "select count(*) from notifications";
    assert_eq!(stage.fixture.count(rung, vec![]).await, 30);
    let waits = stage
        .fixture
        .ok(&stage.operator, "get_badge", json!({}))
        .await;
    assert_eq!(waits["needs_you"], 30);
}

async fn what_is_said_about_a_lost_run_is_kept_beside_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let promise = json!({"status": "running", "heartbeat_seconds": 10});
    let run = id_in(&stage.start(promise).await["id"]);
    let silence = Duration::from_mins(2);
    is_lost_after(&stage, run, silence, "run.stopped_reporting").await;
    let lost = stage.run(run).await;
    let reported = stage
        .on_run("report_run", run, json!({"processed": 9}))
        .await
        .unwrap();
    assert_eq!(reported["changed"], false);
    for (changed, late) in [(false, true), (false, true)] {
        let told = stage
            .on_run(
                "finish_run",
                run,
                json!({"outcome": "succeeded", "message": "it was fine"}),
            )
            .await
            .unwrap();
        assert_eq!(
            (&told["changed"], &told["late"]),
            (&json!(changed), &json!(late))
        );
    }
    assert_eq!(stage.run(run).await, lost, "the outcome stands");
    let events = stage
        .on_run("list_run_events", run, json!({}))
        .await
        .unwrap();
    let kinds: Vec<&str> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["late", "lost", "started"]);
    let late = &events["items"][0];
    assert_eq!(late["summary"], "Reported late: finished");
    assert_eq!(late["diagnostics"]["message"], "it was fine");
    let rung: Value = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    assert_eq!(rung["total_count"], 1, "never a second bell");
}
