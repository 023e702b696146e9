//! Completed runs are forgotten when the time of their type is over, and never while they wait for somebody.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use bellboard_hub::run::forget_expired;
use serde_json::json;

use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    a_run_is_forgotten_with_all_that_hangs_on_it,
    a_type_says_for_itself_how_long_its_runs_are_kept,
    what_is_active_or_waits_for_somebody_is_kept,
);

const DAY: Duration = Duration::from_hours(24);

async fn forget(stage: &Stage) -> u64 {
    forget_expired(&stage.fixture.hub).await.unwrap()
}

async fn a_run_is_forgotten_with_all_that_hangs_on_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..250 {
        let run = stage.running().await;
        stage.finish(run, "succeeded").await;
    }
    stage.fixture.world.advance(DAY * 90);
    assert_eq!(forget(&stage).await, 0);
    stage.fixture.world.advance(Duration::from_micros(1));
    assert_eq!(forget(&stage).await, 250);
    for table in [
        "select count(*) from runs",
        "select count(*) from run_events",
        "select count(*) from notifications",
    ] {
        assert_eq!(stage.fixture.count(table, vec![]).await, 0, "{table}");
    }
    let recent = stage
        .fixture
        .ok(&stage.operator, "list_recent", json!({}))
        .await;
    assert_eq!(recent["total_count"], 0);
}

async fn a_type_says_for_itself_how_long_its_runs_are_kept(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (run_type, days) in [("short", 2), ("long", 200)] {
        let declared =
            json!({"engagement_id": stage.engagement, "type": run_type, "retention_days": days});
        stage
            .fixture
            .ok(&stage.owner, "put_engagement_run_type", declared)
            .await;
    }
    for run_type in ["short", "long", "other"] {
        let input = json!({"type": run_type, "status": "running"});
        let run = id_in(&stage.start(input).await["id"]);
        stage.finish(run, "succeeded").await;
    }
    for (days, gone) in [(2, 0), (1, 1), (87, 0), (1, 1), (108, 0), (2, 1)] {
        stage.fixture.world.advance(DAY * days);
        assert_eq!(forget(&stage).await, gone, "after {days} more days");
    }
}

async fn what_is_active_or_waits_for_somebody_is_kept(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let active = stage.running().await;
    let waiting = stage.running().await;
    stage.finish(waiting, "failed").await;
    stage.fixture.world.advance(DAY * 400);
    assert_eq!(forget(&stage).await, 0);
    stage
        .on_run("acknowledge_run", waiting, json!({}))
        .await
        .unwrap();
    assert_eq!(forget(&stage).await, 1);
    let fault = stage
        .on_run("get_run", waiting, json!({}))
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound);
    assert_eq!(stage.run(active).await["status"], "running");
}
