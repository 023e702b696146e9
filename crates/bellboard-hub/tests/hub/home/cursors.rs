//! Cursors: equal times lose and repeat nothing, and a cursor is good for its own list only.

use std::collections::BTreeSet;
use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    what_finished_at_the_same_moment_is_shown_exactly_once,
    what_started_at_the_same_moment_is_shown_exactly_once,
    a_cursor_that_was_changed_is_refused,
    a_cursor_is_good_for_its_own_list_only,
);

/// Enough that pages meet equal times hundreds of times, and few enough to be quick.
const MANY: usize = 2_000;
const WRITERS: usize = 100;

/// Starts this many runs in three engagements at the very same moment.
async fn start_many(stage: &Stage, places: &[Uuid], many: usize) -> Vec<Uuid> {
    let mut runs = Vec::new();
    while runs.len() < many {
        let started = (0..WRITERS.min(many - runs.len())).map(|number| {
            let place = places[number % places.len()];
            let input = json!({"engagement_id": place, "type": "build", "identity_mode": "nonce", "status": "running"});
            stage.fixture.ok(&stage.owner, "start_run", input)
        });
        runs.extend(
            join_all(started)
                .await
                .iter()
                .map(|one| id_in(&one["run"]["id"])),
        );
    }
    runs
}

async fn finish_all(stage: &Stage, runs: &[Uuid]) {
    for some in runs.chunks(WRITERS) {
        let finished = some.iter().map(|run| {
            let input = json!({"run_id": run, "outcome": "succeeded"});
            stage.fixture.ok(&stage.owner, "finish_run", input)
        });
        join_all(finished).await;
    }
}

async fn three_places(stage: &Stage) -> Vec<Uuid> {
    let mut places = vec![stage.engagement];
    for name in ["Beryl", "Citrine"] {
        places.push(stage.fixture.engagement(&stage.owner, name).await);
    }
    places
}

/// Walks a zone in pages of seven, letting something happen between pages; every id in the order shown.
async fn walk<F: Future<Output = ()>>(
    stage: &Stage,
    zone: &str,
    id: &str,
    meanwhile: impl Fn(usize) -> F,
) -> Vec<Uuid> {
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    for number in 0.. {
        let input = json!({"limit": 7, "cursor": cursor});
        let page = stage.fixture.ok(&stage.owner, zone, input).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| id_in(&item[id])),
        );
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
        meanwhile(number).await;
    }
    seen
}

fn assert_each_once(seen: &[Uuid], expected: &[Uuid]) {
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "something was shown twice");
    let missing = expected
        .iter()
        .filter(|run| !distinct.contains(run))
        .count();
    assert_eq!(missing, 0, "something was not shown");
}

async fn what_finished_at_the_same_moment_is_shown_exactly_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let places = three_places(&stage).await;
    let runs = start_many(&stage, &places, MANY).await;
    finish_all(&stage, &runs).await;
    let moment = stage.fixture.hub.now();
    let (stage, places) = (&stage, &places);
    // Others finish meanwhile: later, earlier, and at the very same moment.
    let seen = walk(stage, "list_recent", "artifact_id", |number| async move {
        if number % 10 != 0 {
            return;
        }
        let others = start_many(stage, places, 3).await;
        let times = [moment, moment - Duration::from_secs(5)];
        for (other, at) in others.iter().zip(times) {
            let input = json!({"run_id": other, "outcome": "failed", "at": at});
            stage.fixture.ok(&stage.owner, "finish_run", input).await;
        }
        stage.fixture.world.advance(Duration::from_millis(1));
        finish_all(stage, &others[2..]).await;
    })
    .await;
    assert_each_once(&seen, &runs);
}

async fn what_started_at_the_same_moment_is_shown_exactly_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let places = three_places(&stage).await;
    let runs = start_many(&stage, &places, 300).await;
    let (stage, places) = (&stage, &places);
    let seen = walk(stage, "list_active", "item_id", |_| async move {
        let others = start_many(stage, places, 3).await;
        finish_all(stage, &others[1..]).await;
    })
    .await;
    assert_each_once(&seen, &runs);
}

async fn a_cursor(stage: &Stage, zone: &str, input: Value) -> String {
    let mut input = input;
    input["limit"] = json!(1);
    let page = stage.fixture.ok(&stage.owner, zone, input).await;
    page["next_cursor"]
        .as_str()
        .expect("another page follows")
        .to_owned()
}

async fn assert_refused(stage: &Stage, zone: &str, input: Value) {
    let fault = stage.fixture.refused(&stage.owner, zone, input).await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_cursor", Some("cursor"))
    );
}

async fn a_cursor_that_was_changed_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    start_many(&stage, &[stage.engagement], 3).await;
    let cursor = a_cursor(&stage, "list_active", json!({})).await;
    for position in 0..cursor.len() {
        for other in ["A", "z", "_", "="] {
            let mut changed = cursor.clone();
            changed.replace_range(position..=position, other);
            if changed != cursor {
                assert_refused(&stage, "list_active", json!({"cursor": changed})).await;
            }
        }
    }
    let longer = format!("{cursor}A");
    for broken in ["", "x", "null", "' or 1=1 --", &cursor[1..], &longer] {
        assert_refused(&stage, "list_active", json!({"cursor": broken})).await;
    }
}

async fn a_cursor_is_good_for_its_own_list_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let runs = start_many(&stage, &[stage.engagement], 6).await;
    for run in &runs[..3] {
        stage.finish(*run, "failed").await;
    }
    let zones = ["list_active", "list_needs_you", "list_recent"];
    for zone in zones {
        let cursor = a_cursor(&stage, zone, json!({})).await;
        for other in zones.into_iter().filter(|other| *other != zone) {
            assert_refused(&stage, other, json!({"cursor": cursor})).await;
        }
        let narrower = json!({"cursor": cursor, "engagement": stage.engagement});
        assert_refused(&stage, zone, narrower).await;
    }
    let cursor = a_cursor(&stage, "list_active", json!({"kind": "run"})).await;
    assert_refused(&stage, "list_active", json!({"cursor": cursor})).await;
    let cursor = a_cursor(&stage, "list_active", json!({})).await;
    let input = json!({"cursor": cursor});
    let fault = stage
        .fixture
        .refused(&stage.operator, "list_active", input)
        .await;
    assert_eq!(fault.code, "invalid_cursor");
}
