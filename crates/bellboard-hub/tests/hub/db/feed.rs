//! The feed of hints loses nothing and repeats nothing, although PostgreSQL commits rows out of the order of their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bellboard_hub::Hub;
use bellboard_hub::db::{Db, DbFault, Engine, Sql};
use bellboard_hub::event::{self, Position};
use bellboard_hub::world::RealWorld;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

on_each_engine!(
    readers_that_reconnect_see_every_hint_once,
    the_newest_place_hides_no_running_transaction,
);

const WRITERS: u128 = 16;
const ROUNDS: u128 = 40;
const READERS: usize = 8;

/// One hint. Every fifth writer pauses before its commit, so that later numbers are committed first; on SQLite there is one
/// writer, and a pause is not possible.
async fn append(db: &Db, object: u128) {
    let pause = db.engine() == Engine::Postgres && object.is_multiple_of(5);
    let appended = db.write::<_, DbFault, _>(move |sql| {
        Box::pin(async move {
            insert(sql, object).await?;
            if pause {
                sql.one("select cast(pg_sleep(0.03) as text)", &[]).await?;
            }
            Ok(())
        })
    });
    appended.await.unwrap();
}

async fn insert(sql: &mut Sql<'_>, object: u128) -> Result<u64, DbFault> {
    sql.execute(
        "insert into events (engagement_id, concept, kind, object_id, at) values ($1, 'run', 'run.started', $2, 0)",
        &[Uuid::nil().into(), Uuid::from_u128(object).into()],
    )
    .await
}

/// One hint whose transaction tells that it has begun, and is committed when it may end.
async fn append_slowly(
    db: &Db,
    object: u128,
    begun: oneshot::Sender<()>,
    may_end: oneshot::Receiver<()>,
) {
    let appended = db.write::<_, DbFault, _>(move |sql| {
        Box::pin(async move {
            insert(sql, object).await?;
            begun.send(()).unwrap();
            may_end.await.unwrap();
            Ok(())
        })
    });
    appended.await.unwrap();
}

/// Reads from the place it left off until every hint was seen and the writers are done.
async fn read_all(hub: Hub, done: Arc<AtomicBool>) -> BTreeMap<u128, u32> {
    let mut seen = BTreeMap::new();
    let mut place = Position::default();
    let mut changes = hub.db().changes();
    loop {
        let last_round = done.load(Ordering::SeqCst);
        let batch = event::read_after(&hub, place).await.unwrap();
        for hint in &batch {
            assert!(hint.position > place, "the order of the feed only grows");
            place = hint.position;
            *seen.entry(hint.object_id.as_u128()).or_insert(0) += 1;
        }
        if last_round
            && batch.is_empty()
            && seen.len() == usize::try_from(WRITERS * ROUNDS).unwrap()
        {
            return seen;
        }
        if batch.is_empty() {
            // A committed row may stay unreadable for a moment, so waiting for the next change alone is not enough.
            let _woken_or_not = timeout(Duration::from_millis(20), changes.changed()).await;
        }
        // The next page may come over a new connection, or from another replica: all that is kept is the place.
        place = place.to_string().parse().unwrap();
    }
}

async fn readers_that_reconnect_see_every_hint_once(db: Db) {
    let hub = Hub::new(db.clone(), Arc::new(RealWorld));
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn(read_all(hub.clone(), done.clone()));
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let db = db.clone();
        writers.spawn(async move {
            for round in 0..ROUNDS {
                append(&db, writer * ROUNDS + round).await;
            }
        });
    }
    while let Some(written) = writers.join_next().await {
        written.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let reading = async {
        while let Some(seen) = readers.join_next().await {
            assert!(seen.unwrap().values().all(|times| *times == 1));
        }
    };
    assert!(
        timeout(Duration::from_mins(1), reading).await.is_ok(),
        "a hint was skipped"
    );
}

/// A reader that starts at the newest place must still get what was being written at that moment.
async fn the_newest_place_hides_no_running_transaction(db: Db) {
    if db.engine() == Engine::Sqlite {
        return; // A transaction of SQLite is never seen half-way.
    }
    let hub = Hub::new(db.clone(), Arc::new(RealWorld));
    append(&db, 1).await;
    let (begun, has_begun) = oneshot::channel();
    let (end, may_end) = oneshot::channel();
    let quick = async {
        has_begun.await.unwrap();
        append(&db, 2).await;
        append(&db, 3).await;
        let start = event::newest(&hub).await.unwrap();
        end.send(()).unwrap();
        start
    };
    let ((), start) = tokio::join!(append_slowly(&db, 5, begun, may_end), quick);
    // The whole feed will hold it, and whoever starts at `start` misses only what stands before.
    let mut changes = db.changes();
    let found = async {
        loop {
            let whole = event::read_after(&hub, Position::default()).await.unwrap();
            if let Some(hint) = whole.iter().find(|hint| hint.object_id.as_u128() == 5) {
                return hint.position;
            }
            let _woken_or_not = timeout(Duration::from_millis(20), changes.changed()).await;
        }
    };
    let place = timeout(Duration::from_mins(1), found).await.unwrap();
    assert!(
        place > start,
        "{place} would be skipped by a reader at {start}"
    );
}
