//! The timer: every due time once, whoever takes it, and what was missed is told.

use std::time::Duration;

use bellboard_hub::snapshot::{DueView, forget_expired, take_due};
use serde_json::{Value, json};
use uuid::Uuid;

use super::push;
use crate::fixture::{HubFixture, Stage, id_in};
use crate::support::TestDb;

on_each_engine!(
    two_replicas_and_a_due_hour_make_one_snapshot,
    a_missed_hour_is_recorded_and_never_made_up,
    what_was_missed_is_told_beside_what_was_checked,
    what_was_missed_is_forgotten_like_what_was_taken,
    what_cannot_be_answered_is_missed_with_the_reason,
    a_timer_of_ones_own_takes_what_is_due_where_one_may_report,
    an_agent_takes_what_is_due_where_its_owner_may_report,
);

async fn hourly(stage: &Stage) -> Uuid {
    let spec = json!({"source": "pushed", "id_field": "id"});
    let input = json!({"title": "Hours", "view_spec_json": spec, "metadata": {"snapshot_policy": "hourly"}});
    let made = stage.fixture.ok(&stage.operator, "create_dashboard", input);
    id_in(&made.await["id"])
}

async fn snapshots(stage: &Stage, board: Uuid) -> Vec<Value> {
    let of = json!({"dashboard_id": board});
    stage
        .fixture
        .pages(&stage.reader, "list_snapshots", of, 10)
        .await
}

async fn two_replicas_and_a_due_hour_make_one_snapshot(test: TestDb) {
    let fixture = HubFixture::over(test.db.clone());
    let other = HubFixture::in_world(test.open_again().await, fixture.world.clone(), None);
    let stage = fixture.stage().await;
    let board = hourly(&stage).await;
    for hour in 0..3_u64 {
        stage.fixture.world.advance(Duration::from_hours(1));
        let (first, second) = tokio::join!(take_due(&stage.fixture.hub), take_due(&other.hub));
        assert_eq!(
            first.unwrap().taken + second.unwrap().taken,
            1,
            "hour {hour}"
        );
        let again = take_due(&other.hub).await.unwrap();
        assert_eq!(again, DueView::default());
    }
    let taken = snapshots(&stage, board).await;
    let due: Vec<_> = taken
        .iter()
        .map(|one| one["due_at"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        due,
        [
            "2026-11-20T20:00:00.000000Z",
            "2026-11-20T19:00:00.000000Z",
            "2026-11-20T18:00:00.000000Z"
        ]
    );
    assert!(
        taken
            .iter()
            .all(|one| one["reason"] == "timer" && one["taken_by"].is_null())
    );
    other.hub.db().close().await;
}

async fn a_missed_hour_is_recorded_and_never_made_up(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = hourly(&stage).await;
    stage.fixture.world.advance(Duration::from_hours(4));
    let done = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!(
        done,
        DueView {
            taken: 1,
            missed: 3
        }
    );
    let taken = snapshots(&stage, board).await;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["due_at"], "2026-11-20T21:00:00.000000Z");
    assert_eq!(taken[0]["captured_at"], "2026-11-20T21:40:00.000000Z");
    let of = json!({"dashboard_id": board});
    let missed = stage
        .fixture
        .pages(&stage.reader, "list_missed_snapshots", of.clone(), 2)
        .await;
    let hours: Vec<_> = missed
        .iter()
        .map(|one| one["due_at"].as_str().unwrap())
        .collect();
    assert_eq!(
        hours,
        [
            "2026-11-20T20:00:00.000000Z",
            "2026-11-20T19:00:00.000000Z",
            "2026-11-20T18:00:00.000000Z"
        ]
    );
    let board = stage.fixture.ok(&stage.reader, "get_dashboard", of).await;
    assert_eq!(board["next_due_at"], "2026-11-20T22:00:00.000000Z");
}

async fn what_was_missed_is_told_beside_what_was_checked(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = hourly(&stage).await;
    for hours in [1, 3, 1, 2] {
        stage.fixture.world.advance(Duration::from_hours(hours));
        take_due(&stage.fixture.hub).await.unwrap();
    }
    let input = json!({"dashboard_id": board, "threshold_json": {"set_added_min": 1}});
    let tried = stage
        .fixture
        .ok(&stage.reader, "preview_subscription", input)
        .await;
    assert_eq!(
        (&tried["checked"], &tried["expected"]),
        (&json!(4), &json!(7))
    );
    let at = |hour: u32| format!("2026-11-20T{hour}:00:00.000000Z");
    assert_eq!(
        tried["missing"],
        json!([
            {"from": at(19), "to": at(20), "count": 2},
            {"from": at(23), "to": at(23), "count": 1},
        ])
    );
}

async fn what_was_missed_is_forgotten_like_what_was_taken(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = hourly(&stage).await;
    let of = json!({"dashboard_id": board});
    for hours in [4, 30, 3, 1] {
        stage.fixture.world.advance(Duration::from_hours(hours));
        take_due(&stage.fixture.hub).await.unwrap();
    }
    let keep = json!({"dashboard_id": board, "metadata": {"keep_days": 1}});
    stage
        .fixture
        .ok(&stage.operator, "update_dashboard", keep)
        .await;
    let missed = async || {
        let missed = stage
            .fixture
            .pages(&stage.reader, "list_missed_snapshots", of.clone(), 50);
        missed.await.len()
    };
    assert_eq!(missed().await, 3 + 29 + 2);
    // The first snapshot goes, with what was missed more than a day ago.
    assert_eq!(forget_expired(&stage.fixture.hub).await, Ok(1 + 13));
    assert_eq!(forget_expired(&stage.fixture.hub).await, Ok(0));
    assert_eq!(missed().await, 19 + 2);
    let input = json!({"dashboard_id": board, "threshold_json": {"set_added_min": 1}});
    let tried = stage
        .fixture
        .ok(&stage.reader, "preview_subscription", input)
        .await;
    assert_eq!(
        ["checked", "expected"].map(|name| tried[name].clone()),
        [3, 5],
        "what was taken before is forgotten, so that nothing of that time is missing"
    );
}

async fn what_cannot_be_answered_is_missed_with_the_reason(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = hourly(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    // Another question, which the rows of today cannot answer: no row has this id.
    let spec = "update dashboards set view_spec = $1";
    let text = json!({"source": "pushed", "id_field": "key", "columns": ["key"]}).to_string();
    stage.fixture.execute(spec, vec![text.into()]).await;
    stage.fixture.world.advance(Duration::from_hours(1));
    let done = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!(
        done,
        DueView {
            taken: 0,
            missed: 1
        }
    );
    let of = json!({"dashboard_id": board});
    let missed = stage
        .fixture
        .ok(&stage.reader, "list_missed_snapshots", of)
        .await;
    let reason = missed["items"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("row 1, column `key`"), "{reason}");
    assert_eq!(
        take_due(&stage.fixture.hub).await.unwrap(),
        DueView::default()
    );
}

async fn a_timer_of_ones_own_takes_what_is_due_where_one_may_report(fixture: HubFixture) {
    let stage = fixture.stage().await;
    hourly(&stage).await;
    stage.fixture.world.advance(Duration::from_hours(1));
    for (who, taken) in [
        (&stage.stranger, 0),
        (&stage.reader, 0),
        (&stage.contributor, 1),
        (&stage.operator, 0),
    ] {
        let done = stage.fixture.ok(who, "take_due_snapshots", json!({})).await;
        assert_eq!(done["taken"], taken, "{}", who.name);
    }
}

async fn an_agent_takes_what_is_due_where_its_owner_may_report(fixture: HubFixture) {
    let stage = fixture.stage().await;
    hourly(&stage).await;
    let (here, hub) = (stage.engagement, &stage.fixture);
    let agent = hub.agent(&stage.contributor, "Scout").await;
    hub.join(&stage.owner, here, &agent, &["owner"]).await;
    hub.world.advance(Duration::from_hours(1));
    for (what, taken) in [("reader", 0), ("contributor", 1)] {
        hub.join(&stage.owner, here, &stage.contributor, &[what])
            .await;
        let done = hub.ok(&agent, "take_due_snapshots", json!({})).await;
        assert_eq!(done, json!({"taken": taken, "missed": 0}), "{what}");
    }
}
