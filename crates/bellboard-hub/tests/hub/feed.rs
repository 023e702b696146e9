//! The feed of hints as the verbs write it: who reconnects goes on where they left off, and the live loop hands out
//! everything in order. What the drivers promise below is tested in `db/feed.rs`.

use std::time::Duration;

use bellboard_hub::Hub;
use bellboard_hub::db::{DbFault, Engine};
use bellboard_hub::event::{self, BATCH, Batch, Hint, Position};
use bellboard_hub::loops::Loops;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in};
use crate::support::TestDb;

on_each_engine!(
    who_reconnects_misses_nothing_and_reads_nothing_twice,
    the_live_loop_hands_out_every_hint_in_order,
    hints_tell_who_may_know_what_changed,
    a_place_that_is_none_is_refused,
);

const WRITERS: usize = 16;
const RUNS_EACH: usize = 12;
const RECONNECTS: usize = 100;
const SOON: Duration = Duration::from_mins(1);

/// Many people at work at once. On PostgreSQL some pause inside their transaction, so that rows with higher numbers are
/// committed before rows with lower ones.
async fn work(stage: Stage) {
    let stage = std::sync::Arc::new(stage);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let stage = stage.clone();
        writers.spawn(async move {
            for _ in 0..RUNS_EACH {
                let run = stage.running().await;
                if writer % 4 == 0 {
                    append_slowly(&stage.fixture, stage.engagement).await;
                }
                stage
                    .on_run("report_run", run, json!({"processed": writer}))
                    .await
                    .unwrap();
                stage.finish(run, "failed").await;
            }
        });
    }
    writers.join_all().await;
}

async fn append_slowly(fixture: &HubFixture, engagement: Uuid) {
    let pauses = fixture.hub.db().engine() == Engine::Postgres;
    let appended = fixture.hub.db().write::<_, DbFault, _>(move |sql| {
        Box::pin(async move {
            sql.execute(
                "insert into events (engagement_id, concept, kind, object_id, at) values ($1, 'run', 'run.progress', $1, 0)",
                &[engagement.into()],
            )
            .await?;
            if pauses {
                sql.one("select cast(pg_sleep(0.02) as text)", &[]).await?;
            }
            Ok(())
        })
    });
    appended.await.unwrap();
}

/// The place of every hint that the table holds.
async fn table(fixture: &HubFixture) -> Vec<Position> {
    let all = "select transaction_id, position from events order by transaction_id, position";
    let rows = fixture.rows(all, vec![]).await;
    rows.iter()
        .map(|row| Position {
            transaction: row.int(0).unwrap(),
            row: row.int(1).unwrap(),
        })
        .collect()
}

/// Reads on after the last place seen, until a page is short.
async fn read_on(hub: &Hub, seen: &mut Vec<Position>) {
    loop {
        let place = seen.last().copied().unwrap_or_default();
        let batch: Vec<Hint> = event::read_after(hub, place).await.unwrap();
        seen.extend(batch.iter().map(|hint| hint.position));
        if batch.len() < BATCH as usize {
            return;
        }
    }
}

async fn who_reconnects_misses_nothing_and_reads_nothing_twice(test: TestDb) {
    let fixture = HubFixture::over(test.db.clone());
    let stage = fixture.clone().stage().await;
    let reading = async {
        let mut seen = Vec::new();
        for _ in 0..RECONNECTS {
            let replica = HubFixture::over(test.open_again().await);
            read_on(&replica.hub, &mut seen).await;
            replica.hub.db().close().await;
        }
        seen
    };
    let (mut seen, ()) = tokio::join!(reading, work(stage));
    let written = table(&fixture).await;
    let rest = async {
        // The last rows become readable when no older transaction runs any more.
        while seen.len() < written.len() {
            read_on(&fixture.hub, &mut seen).await;
        }
    };
    assert!(timeout(SOON, rest).await.is_ok(), "a hint was skipped");
    assert_eq!(seen, written);
}

/// Waits for the next batch of the live feed.
async fn next(batches: &mut Receiver<Batch>) -> Option<Vec<Hint>> {
    let batch = timeout(Duration::from_secs(2), batches.recv()).await;
    batch
        .ok()
        .map(|batch| batch.expect("the feed is open").to_vec())
}

async fn the_live_loop_hands_out_every_hint_in_order(test: TestDb) {
    let fixture = HubFixture::over(test.db.clone());
    let stage = fixture.clone().stage().await;
    // Another replica where there can be one.
    let listener = match test.db.engine() {
        Engine::Sqlite => fixture.clone(),
        Engine::Postgres => HubFixture::over(test.open_again().await),
    };
    let mut batches = listener.hub.feed().subscribe();
    let loops = Loops::start(&listener.hub);
    // The loop begins at the newest place, whenever that is; the first hint that comes through shows that it has begun.
    let mut live = loop {
        append_slowly(&fixture, stage.engagement).await;
        if let Some(first) = next(&mut batches).await {
            break first;
        }
    };
    work(stage).await;
    let written = table(&fixture).await;
    let newest = *written.last().unwrap();
    let listening = async {
        while live.last().is_none_or(|hint| hint.position < newest) {
            live.extend(next(&mut batches).await.unwrap_or_default());
        }
    };
    assert!(timeout(SOON, listening).await.is_ok(), "a hint was lost");
    loops.stop().await;
    let live: Vec<_> = live.iter().map(|hint| hint.position).collect();
    let since: Vec<_> = written
        .into_iter()
        .filter(|place| *place >= live[0])
        .collect();
    assert_eq!(live, since);
    assert_eq!(listener.hub.feed().end(), newest);
    if test.db.engine() == Engine::Postgres {
        listener.hub.db().close().await;
    }
}

/// Everything in the feed. On PostgreSQL rows become readable when no older transaction runs any more, and that counts
/// the transactions of every other test on the same server.
async fn all_hints(fixture: &HubFixture) -> Vec<Hint> {
    let written = table(fixture).await.len();
    let reading = async {
        loop {
            let hints = event::read_after(&fixture.hub, Position::default()).await;
            let hints = hints.unwrap();
            if hints.len() == written {
                return hints;
            }
        }
    };
    timeout(SOON, reading)
        .await
        .expect("every hint is readable soon")
}

async fn hints_tell_who_may_know_what_changed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({})).await["id"]);
    stage.on_run("report_run", run, json!({})).await.unwrap();
    stage.finish(run, "failed").await;
    stage
        .on_run("acknowledge_run", run, json!({}))
        .await
        .unwrap();
    let hints: Vec<Hint> = all_hints(&stage.fixture)
        .await
        .into_iter()
        .filter(|hint| hint.concept != "engagement")
        .collect();
    let told: Vec<_> = hints
        .iter()
        .map(|hint| (hint.concept.as_str(), hint.kind.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("run", "run.started"),
            ("run", "run.progress"),
            ("need", "needs_you.changed"),
            ("run", "run.ended"),
            ("need", "needs_you.changed"),
        ]
    );
    for hint in &hints {
        assert_eq!(hint.engagement_id.uuid(), stage.engagement);
        assert_eq!(hint.object_id, run);
        assert_eq!(hint.at, stage.fixture.hub.now());
    }
    let oldest = event::oldest(&stage.fixture.hub).await.unwrap();
    assert_eq!(oldest, table(&stage.fixture).await.first().copied());
}

async fn a_place_that_is_none_is_refused(fixture: HubFixture) {
    let place: Position = "7.42".parse().unwrap();
    assert_eq!(place.to_string(), "7.42");
    for none in [
        "",
        "42",
        "a.b",
        "-1.2",
        "1.-2",
        "1.2.3",
        "1.99999999999999999999",
    ] {
        let fault = none.parse::<Position>().unwrap_err();
        assert_eq!(fault.field.as_deref(), Some("last_event_id"), "{none}");
    }
    // A place beyond the end is simply not reached yet.
    let beyond = Position {
        transaction: i64::MAX,
        row: i64::MAX,
    };
    let none = event::read_after(&fixture.hub, beyond).await.unwrap();
    assert!(none.is_empty());
    assert_eq!(event::oldest(&fixture.hub).await.unwrap(), None);
    let start = event::newest(&fixture.hub).await.unwrap();
    assert_eq!(start, Position::default());
}
