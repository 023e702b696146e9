//! Hints that something changed, and what happens around the edges of a database: locks, full disks, lost connections.

use std::time::Duration;

use bellboard_hub::db::{DatabaseUrl, Db, DbFault, DbOptions, Engine};
use tokio::time::timeout;

use super::{note, notes, with_notes};
use crate::support::TestDb;

on_each_engine!(
    a_commit_wakes_those_who_watch,
    a_commit_of_another_replica_wakes_too,
    a_failed_write_wakes_nobody,
    a_second_hub_on_the_same_file_is_refused,
    a_full_disk_acknowledges_nothing_and_passes,
    the_codes_of_postgres_have_their_meaning,
    lost_connections_are_replaced,
    a_wrong_address_is_told_clearly,
);

const SOON: Duration = Duration::from_secs(20);

async fn a_commit_wakes_those_who_watch(db: Db) {
    with_notes(&db).await;
    let mut changes = db.changes();
    changes.mark_unchanged();
    note(&db, 1).await.unwrap();
    assert!(timeout(SOON, changes.changed()).await.is_ok());
}

async fn a_commit_of_another_replica_wakes_too(test: TestDb) {
    if test.db.engine() == Engine::Sqlite {
        return; // One process serves a SQLite file, see the lock below.
    }
    with_notes(&test.db).await;
    let other = test.open_again().await;
    let mut changes = other.changes();
    // The other replica may still be about to listen: the first hint can be lost, so it is repeated like real traffic would.
    let woken = async {
        for id in 0.. {
            note(&test.db, id).await.unwrap();
            if timeout(Duration::from_millis(300), changes.changed())
                .await
                .is_ok()
            {
                return;
            }
        }
    };
    assert!(timeout(SOON, woken).await.is_ok());
    other.close().await;
}

async fn a_failed_write_wakes_nobody(db: Db) {
    let quiet = async {
        loop {
            let before = *db.changes().borrow();
            let refused = db.write(|sql| {
                Box::pin(async move { sql.execute("select from nowhere", &[]).await })
            });
            assert!(refused.await.is_err());
            // On PostgreSQL a replica that starts to listen counts that once, at any time.
            if *db.changes().borrow() == before {
                return;
            }
        }
    };
    assert!(timeout(SOON, quiet).await.is_ok());
}

async fn a_second_hub_on_the_same_file_is_refused(test: TestDb) {
    let exclusive = DbOptions {
        exclusive: true,
        ..DbOptions::default()
    };
    let first = Db::open(&test.url, &exclusive).await.unwrap();
    let second = Db::open(&test.url, &exclusive).await;
    match test.db.engine() {
        Engine::Sqlite => {
            let words = second.err().unwrap().to_string();
            assert!(
                words.contains("another Bellboard is using this folder"),
                "{words}"
            );
        }
        // Replicas share a server.
        Engine::Postgres => assert!(second.is_ok()),
    }
    first.close().await;
    let third = Db::open(&test.url, &exclusive).await.unwrap();
    third.close().await;
}

async fn a_full_disk_acknowledges_nothing_and_passes(db: Db) {
    if db.engine() == Engine::Postgres {
        return; // Keeping its files consistent is PostgreSQL's own promise; what we make of its answer is tested below.
    }
    with_notes(&db).await;
    note(&db, 0).await.unwrap();
    limit_pages(&db, "pragma max_page_count = 1").await;
    let mut kept = vec![0];
    let mut refused = Vec::new();
    for id in 1..500 {
        match note(&db, id).await {
            Ok(_) => kept.push(id),
            Err(fault) => refused.push(fault),
        }
    }
    assert!(!refused.is_empty() && refused.iter().all(|fault| *fault == DbFault::Full));
    assert_eq!(
        notes(&db).await,
        kept,
        "exactly what was acknowledged is there"
    );
    limit_pages(&db, "pragma max_page_count = 1000000").await;
    assert_eq!(note(&db, 1000).await, Ok(1));
}

async fn limit_pages(db: &Db, pragma: &'static str) {
    let set =
        db.write::<_, DbFault, _>(move |sql| Box::pin(async move { sql.one(pragma, &[]).await }));
    assert!(set.await.is_ok());
}

async fn the_codes_of_postgres_have_their_meaning(db: Db) {
    if db.engine() == Engine::Sqlite {
        return; // SQLite has codes of its own; the tests around here meet them.
    }
    let raise = |text: &'static str| {
        let raised = db.write(move |sql| Box::pin(async move { sql.execute(text, &[]).await }));
        async { raised.await.unwrap_err() }
    };
    let full = raise("do $$ begin raise exception using errcode = 'disk_full'; end $$").await;
    assert_eq!(full, DbFault::Full);
    let deadlock = raise("do $$ begin raise exception using errcode = 'deadlock_detected'; end $$");
    assert_eq!(deadlock.await, DbFault::Conflict);
    let race = raise("do $$ begin raise exception using errcode = 'serialization_failure'; end $$");
    assert_eq!(race.await, DbFault::Conflict);
    let standby =
        raise("do $$ begin raise exception using errcode = 'read_only_sql_transaction'; end $$");
    assert!(matches!(standby.await, DbFault::Unavailable(_)));
    let cancelled = raise("do $$ begin raise exception using errcode = 'query_canceled'; end $$");
    assert!(matches!(cancelled.await, DbFault::Unavailable(_)));
    let mistake = raise("select nothing from nowhere").await;
    assert!(matches!(mistake, DbFault::Other(words) if words.contains("42P01")));
}

async fn lost_connections_are_replaced(test: TestDb) {
    if test.db.engine() == Engine::Sqlite {
        return; // There is no connection to lose.
    }
    with_notes(&test.db).await;
    note(&test.db, 1).await.unwrap();
    let other = test.open_again().await;
    let killed = other.read::<_, DbFault, _>(|sql| {
        Box::pin(async move {
            let terminate = "select pg_terminate_backend(pid) from pg_stat_activity \
                        where datname = current_database() and pid <> pg_backend_pid()";
            sql.all(terminate, &[]).await
        })
    });
    assert!(!killed.await.unwrap().is_empty());
    let recovered = async {
        while let Err(fault) = note(&test.db, 2).await {
            assert!(matches!(fault, DbFault::Unavailable(_)), "{fault}");
        }
    };
    assert!(timeout(SOON, recovered).await.is_ok());
    assert_eq!(notes(&test.db).await, [1, 2]);
    // The hints come back too: the other replica's commits are heard again, at first by polling.
    let mut changes = test.db.changes();
    let heard = async {
        for id in 3..6 {
            changes.mark_unchanged();
            note(&other, id).await.unwrap();
            changes.changed().await.unwrap();
        }
    };
    assert!(timeout(SOON, heard).await.is_ok());
    other.close().await;
}

async fn a_wrong_address_is_told_clearly(db: Db) {
    for (address, words) in [
        ("mysql://x", "sqlite:PATH or postgres://"),
        ("sqlite:", "needs the path"),
        (
            "postgres://user:secret@127.0.0.1/x?sslmode=require",
            "sslmode=require is not supported",
        ),
        ("postgres://user:secret@127.0.0.1:x/x", "cannot be read"),
    ] {
        let fault = address.parse::<DatabaseUrl>().unwrap_err().to_string();
        assert!(
            fault.contains(words) && !fault.contains("secret"),
            "{fault}"
        );
    }
    let nobody = match db.engine() {
        Engine::Sqlite => "sqlite:/nowhere/at/all/bellboard.db",
        Engine::Postgres => "postgres://postgres:secret@127.0.0.1:1/x",
    };
    let url: DatabaseUrl = nobody.parse().unwrap();
    assert!(!format!("{url} {url:?}").contains("secret"));
    let fault = Db::open(&url, &DbOptions::default()).await.err().unwrap();
    assert!(matches!(fault, DbFault::Unavailable(_)), "{fault:?}");
}
