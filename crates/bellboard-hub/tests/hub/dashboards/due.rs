//! When the timer takes a snapshot: each policy, a change of it, many dashboards, an archived one; and the fields that a
//! person's rows may not have.

use std::time::Duration;

use bellboard_core::dashboard::RowsFormat;
use bellboard_hub::snapshot::{DueView, take_due};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{outcomes, push, push_as, scores, subscribe};
use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    each_policy_is_taken_at_its_times,
    a_changed_policy_counts_from_the_change,
    what_was_due_before_a_change_is_missed,
    many_dashboards_are_taken_in_one_round,
    whoever_has_a_timer_of_their_own_takes_all_that_is_due,
    an_absence_of_days_is_told_minute_by_minute,
    an_archived_dashboard_is_not_taken,
    a_snapshot_of_the_timer_rings_as_any_other,
    a_snapshot_by_hand_does_not_move_the_timer,
    limits_of_pushed_rows_are_held,
);

async fn timed(stage: &Stage, policy: &str, zone: &str) -> Uuid {
    let spec = json!({"source": "pushed", "id_field": "id"});
    let metadata = json!({"snapshot_policy": policy, "zone": zone});
    let input = json!({"title": policy, "view_spec_json": spec, "metadata": metadata});
    let made = stage.fixture.ok(&stage.operator, "create_dashboard", input);
    id_in(&made.await["id"])
}

async fn due_times(stage: &Stage, board: Uuid) -> Vec<String> {
    let of = json!({"dashboard_id": board});
    let mut taken = stage
        .fixture
        .pages(&stage.reader, "list_snapshots", of, 50)
        .await;
    taken.reverse();
    taken
        .iter()
        .filter_map(|one| one["due_at"].as_str())
        .map(|at| at[5..16].to_owned())
        .collect()
}

/// Lets the clock run in steps of ten minutes, with a look of the timer after each.
async fn run_for(stage: &Stage, minutes: u64) -> u64 {
    let mut taken = 0;
    for _ in 0..minutes / 10 {
        stage.fixture.world.advance(Duration::from_mins(10));
        let done = take_due(&stage.fixture.hub).await.unwrap();
        assert_eq!(done.missed, 0);
        taken += done.taken;
    }
    taken
}

async fn each_policy_is_taken_at_its_times(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // It is 17:40 in UTC and 18:40 in Berlin, on a Friday.
    let hourly = timed(&stage, "hourly", "UTC").await;
    let halves = timed(&stage, "every:30m", "UTC").await;
    let evening = timed(&stage, "cron:0 20 * * fri", "Europe/Berlin").await;
    let sunday = timed(&stage, "cron:0 20 * * sun", "Europe/Berlin").await;
    let by_hand = timed(&stage, "manual", "UTC").await;
    assert_eq!(run_for(&stage, 120).await, 2 + 4 + 1);
    let expected: [(Uuid, &[&str]); 5] = [
        (hourly, &["11-20T18:00", "11-20T19:00"]),
        (
            halves,
            &["11-20T18:00", "11-20T18:30", "11-20T19:00", "11-20T19:30"],
        ),
        (evening, &["11-20T19:00"]),
        (sunday, &[]),
        (by_hand, &[]),
    ];
    for (board, times) in expected {
        assert_eq!(due_times(&stage, board).await, times);
    }
}

async fn a_changed_policy_counts_from_the_change(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = timed(&stage, "hourly", "UTC").await;
    let change = async |policy: &str| {
        let input = json!({"dashboard_id": board, "metadata": {"snapshot_policy": policy}});
        let changed = stage
            .fixture
            .ok(&stage.operator, "update_dashboard", input)
            .await;
        changed["next_due_at"].clone()
    };
    assert_eq!(change("every:2h").await, "2026-11-20T18:00:00.000000Z");
    assert_eq!(change("every:1d").await, "2026-11-21T00:00:00.000000Z");
    assert_eq!(run_for(&stage, 60).await, 0);
    assert_eq!(change("manual").await, Value::Null);
    stage.fixture.world.advance(Duration::from_hours(48));
    let done = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!(done, DueView::default());
    assert_eq!(change("hourly").await, "2026-11-22T19:00:00.000000Z");
    assert_eq!(run_for(&stage, 30).await, 1);
}

async fn what_was_due_before_a_change_is_missed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (hours, minutes) = (
        timed(&stage, "hourly", "UTC").await,
        timed(&stage, "every:1m", "UTC").await,
    );
    let change = async |board: Uuid, metadata: Value| {
        let input = json!({"dashboard_id": board, "metadata": metadata});
        let changed = stage
            .fixture
            .ok(&stage.operator, "update_dashboard", input)
            .await;
        changed["next_due_at"].clone()
    };
    let missed = async |board: Uuid| {
        let of = json!({"dashboard_id": board});
        let verb = "list_missed_snapshots";
        stage.fixture.ok(&stage.reader, verb, of).await
    };
    stage.fixture.world.advance(Duration::from_hours(2));
    // For how long they are kept does not move the timer.
    let due = change(hours, json!({"keep_days": 10})).await;
    assert_eq!(due, "2026-11-20T18:00:00.000000Z");
    assert_eq!(missed(hours).await["total_count"], 0);
    let due = change(hours, json!({"snapshot_policy": "every:1d"})).await;
    assert_eq!(due, "2026-11-21T00:00:00.000000Z");
    let noted = missed(hours).await;
    let at = |place: usize| noted["items"][place]["due_at"].clone();
    assert_eq!(noted["total_count"], 2);
    assert_eq!(
        [at(0), at(1)],
        ["2026-11-20T19:00:00.000000Z", "2026-11-20T18:00:00.000000Z"]
    );
    let reason = noted["items"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("Other times"), "{reason}");
    // More than one list holds.
    stage.fixture.world.advance(Duration::from_mins(1_100));
    let due = change(minutes, json!({"snapshot_policy": "manual"})).await;
    assert_eq!(due, Value::Null);
    assert_eq!(missed(minutes).await["total_count"], 120 + 1_100);
}

async fn many_dashboards_are_taken_in_one_round(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for number in 0..30 {
        timed(&stage, &format!("every:{}m", number + 1), "UTC").await;
    }
    stage.fixture.world.advance(Duration::from_mins(30));
    let done = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!(done.taken, 30);
    assert!(done.missed > 30, "{done:?}");
    let again = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!(again, DueView::default());
    let counting = "select count(*) from snapshots where reason = 'timer' and taken_by is null and due_at <= captured_at";
    assert_eq!(stage.fixture.count(counting, vec![]).await, 30);
}

async fn whoever_has_a_timer_of_their_own_takes_all_that_is_due(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // More than are looked at in one round.
    for number in 0..201 {
        timed(&stage, &format!("every:{}m", number % 30 + 1), "UTC").await;
    }
    stage.fixture.world.advance(Duration::from_mins(30));
    let done = stage
        .fixture
        .ok(&stage.operator, "take_due_snapshots", json!({}))
        .await;
    assert_eq!(done["taken"], 201);
    let left = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!(left, DueView::default());
}

async fn an_absence_of_days_is_told_minute_by_minute(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = timed(&stage, "every:1m", "UTC").await;
    stage.fixture.world.advance(Duration::from_mins(2_500));
    let done = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!((done.taken, done.missed), (1, 2_499));
    let of = json!({"dashboard_id": board, "limit": 1});
    let missed = stage
        .fixture
        .ok(&stage.reader, "list_missed_snapshots", of)
        .await;
    assert_eq!(missed["total_count"], 2_499);
}

async fn an_archived_dashboard_is_not_taken(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = timed(&stage, "hourly", "UTC").await;
    let of = json!({"dashboard_id": board});
    stage
        .fixture
        .ok(&stage.operator, "archive_dashboard", of)
        .await;
    stage.fixture.world.advance(Duration::from_hours(3));
    let done = take_due(&stage.fixture.hub).await.unwrap();
    assert_eq!(done, DueView::default());
    assert!(due_times(&stage, board).await.is_empty());
}

async fn a_snapshot_of_the_timer_rings_as_any_other(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let spec = json!({"source": "runs", "id_field": "id", "columns": ["id", "status"]});
    let input =
        json!({"title": "Runs", "view_spec_json": spec, "metadata": {"snapshot_policy": "hourly"}});
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", input)
        .await;
    let board = id_in(&made["id"]);
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    assert_eq!(run_for(&stage, 60).await, 1);
    stage.running().await;
    assert_eq!(run_for(&stage, 60).await, 1);
    assert_eq!(run_for(&stage, 60).await, 1);
    assert_eq!(
        outcomes(&stage, board, bell).await,
        ["baseline", "rang", "unchanged"]
    );
}

async fn a_snapshot_by_hand_does_not_move_the_timer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = timed(&stage, "hourly", "UTC").await;
    let of = json!({"dashboard_id": board});
    stage
        .fixture
        .ok(&stage.operator, "take_snapshot", of.clone())
        .await;
    let shown = stage.fixture.ok(&stage.reader, "get_dashboard", of).await;
    assert_eq!(shown["next_due_at"], "2026-11-20T18:00:00.000000Z");
    assert_eq!(run_for(&stage, 30).await, 1);
}

async fn limits_of_pushed_rows_are_held(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("kept", 1)]).await;
    let numbers = |from: usize, to: usize| {
        let lines: Vec<String> = (from..to).map(|number| format!("r{number},1")).collect();
        format!("id,score\n{}\n", lines.join("\n"))
    };
    let most = numbers(0, 100_000);
    let too_many = numbers(0, 100_001);
    let long = format!("id,score\n{},1\n", "x".repeat(1_001));
    let wide = format!("id,note\na,{}\n", "x".repeat(64 * 1024 + 1));
    let doubled = "id,id\na,b\n".to_owned();
    for (text, word) in [
        (&too_many, "at most 100000 rows"),
        (&long, "at most 1000 bytes"),
        (&wide, "at most 65536 bytes"),
        (&doubled, "twice"),
    ] {
        let pushed = push_as(&stage, &stage.operator, board, RowsFormat::Csv, text).await;
        let fault = pushed.unwrap_err();
        assert_eq!(fault.code, "invalid_rows");
        assert!(fault.detail.contains(word), "{fault}");
    }
    let of = json!({"dashboard_id": board});
    let shown = stage.fixture.ok(&stage.reader, "get_dashboard", of).await;
    assert_eq!(shown["pushed"]["row_count"], 1);
    let pushed = push_as(&stage, &stage.operator, board, RowsFormat::Csv, &most).await;
    assert_eq!(pushed.unwrap().row_count, 100_000);
}
