//! Cursors: equal times lose and repeat nothing, and a cursor is good for its own list only.

use std::collections::BTreeSet;
use std::time::Duration;

use bellboard_hub::db::DbFault;
use bellboard_hub::fault::FaultKind;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dice::Dice;
use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    what_finished_at_the_same_moment_is_shown_exactly_once,
    what_waits_since_the_same_moment_is_shown_exactly_once,
    what_started_at_the_same_moment_is_shown_exactly_once,
    a_cursor_that_was_changed_is_refused,
    a_cursor_is_good_for_its_own_list_only,
);

/// Enough that pages meet equal times more than a thousand times.
const MANY: usize = 10_000;
/// How many of them are runs, which their verbs make; the others are put into the table at once.
const RUNS: usize = 1_000;
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
    let runs = start_many(&stage, &places, RUNS).await;
    finish_all(&stage, &runs).await;
    let moment = stage.fixture.hub.now();
    let renders = ids_of(1, MANY - RUNS);
    put_many(&stage, RENDER, &places, &renders).await;
    let (stage, places, removed) = (&stage, &places, &renders[..MANY / 20]);
    // Others finish meanwhile: later, earlier, and at the very same moment. And some go.
    let seen = walk(stage, "list_recent", "artifact_id", |number| async move {
        if let Some(gone) = removed.get(number) {
            let render = "delete from artifacts where id = $1";
            stage.fixture.execute(render, vec![(*gone).into()]).await;
        }
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
    assert_each_once(&seen, &renders[removed.len()..]);
}

async fn what_waits_since_the_same_moment_is_shown_exactly_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let places = three_places(&stage).await;
    let needs = ids_of(1, MANY);
    put_many(&stage, NEED, &places, &needs).await;
    let foreign = ids_of(2, MANY / 10);
    let elsewhere = stage.fixture.human(&stage.owner, "The neighbour").await;
    let place = stage.fixture.engagement(&elsewhere, "Elsewhere").await;
    put_many(&stage, NEED, &[place], &foreign).await;
    let (stage, places) = (&stage, &places);
    let (removed, added) = (&needs[..MANY / 10], &ids_of(3, MANY / 5));
    let seen = walk(stage, "list_needs_you", "item_id", |number| async move {
        if let Some(gone) = removed.get(number) {
            let need = "delete from needs where item_id = $1";
            stage.fixture.execute(need, vec![(*gone).into()]).await;
        }
        if let Some(new) = added.get(number) {
            put_many(stage, NEED, places, &[*new]).await;
        }
    })
    .await;
    assert_each_once(&seen, &needs[removed.len()..]);
    assert!(!foreign.iter().any(|id| seen.contains(id)));
}

/// Something that waits, and something that is recent: where, its id, since when.
const NEED: &str = "insert into needs (engagement_id, kind, item_id, label, detail, created_at)
    values ($1, 'run_follow_up', $2, 'Waits', '', $3)";
const RENDER: &str = "insert into artifacts (engagement_id, id, kind, state, version, number, label, detail, content_kind,
                                             made_by, made_by_name, created_at, made_at)
    select $1, $2, 'render', 'produced', 1, coalesce(max(number), 0) + 1, 'Render', '', 'inline_dict', $2, 'Somebody',
           $3, $3
      from artifacts
     where engagement_id = $1 and kind = 'render'";

/// That many ids, in an order that is not theirs.
fn ids_of(family: u128, many: usize) -> Vec<Uuid> {
    let mut dice = Dice::new(u64::try_from(family).expect("a small number"));
    (0..many as u128)
        .map(|number| {
            let chance = dice.throw(1 << 30) as u128;
            Uuid::from_u128((chance << 96) | (family << 64) | number)
        })
        .collect()
}

/// Puts rows into the places in turn, all since now, in one transaction.
async fn put_many(stage: &Stage, statement: &'static str, places: &[Uuid], ids: &[Uuid]) {
    let now = stage.fixture.hub.now();
    let (places, ids) = (places.to_vec(), ids.to_vec());
    let db = stage.fixture.hub.db();
    db.write::<_, DbFault, _>(move |sql| {
        Box::pin(async move {
            for (id, place) in ids.iter().zip(places.iter().cycle()) {
                let row = [(*place).into(), (*id).into(), now.into()];
                sql.execute(statement, &row).await?;
            }
            Ok(())
        })
    })
    .await
    .unwrap();
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
