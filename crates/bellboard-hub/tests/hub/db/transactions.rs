//! What a transaction promises: all or nothing, acknowledged means committed, and no caller pays for another's mistake.

use std::time::Duration;

use bellboard_hub::db::{Db, DbFault, DbOptions, Engine, Value};
use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{insert, note, notes, with_notes};
use crate::support::TestDb;

on_each_engine!(
    many_writers_are_all_acknowledged_and_kept,
    a_failed_caller_spoils_no_other,
    a_lone_caller_waits_for_nobody,
    an_error_of_the_work_undoes_it,
    a_panic_undoes_the_work_and_the_database_goes_on,
    a_caller_that_leaves_half_way_leaves_nothing_half_done,
    success_is_not_told_after_a_failed_statement,
    a_broken_unique_key_is_named,
    one_text_with_many_sets_of_parameters_is_kept_whole_or_not_at_all,
    a_statement_may_change_more_than_fits_in_a_buffer,
    a_consistent_read_sees_one_picture,
    after_closing_everybody_is_told_so,
);

/// A fault type of a verb, as the hub has one.
#[derive(Debug, PartialEq)]
enum Refused {
    ByRule,
    Below(DbFault),
}

impl From<DbFault> for Refused {
    fn from(fault: DbFault) -> Self {
        Self::Below(fault)
    }
}

async fn many_writers_are_all_acknowledged_and_kept(test: TestDb) {
    with_notes(&test.db).await;
    let writes = (0..64).map(|id| note(&test.db, id));
    assert!(
        join_all(writes)
            .await
            .iter()
            .all(|written| *written == Ok(1))
    );
    assert_eq!(
        notes(&test.open_again().await).await,
        (0..64).collect::<Vec<_>>()
    );
}

async fn a_failed_caller_spoils_no_other(db: Db) {
    with_notes(&db).await;
    let writes = (0..64).map(|id| {
        let db = db.clone();
        async move {
            db.write(move |sql| {
                Box::pin(async move {
                    insert(sql, id, &format!("note {id}")).await?;
                    if id % 3 == 0 {
                        Err(Refused::ByRule)
                    } else {
                        Ok(id)
                    }
                })
            })
            .await
        }
    });
    for (id, outcome) in (0..).zip(join_all(writes).await) {
        assert_eq!(
            outcome,
            if id % 3 == 0 {
                Err(Refused::ByRule)
            } else {
                Ok(id)
            }
        );
    }
    assert_eq!(
        notes(&db).await,
        (0..64).filter(|id| id % 3 != 0).collect::<Vec<_>>()
    );
}

async fn a_lone_caller_waits_for_nobody(db: Db) {
    with_notes(&db).await;
    for id in 0..20 {
        let written = timeout(Duration::from_secs(20), note(&db, id)).await;
        assert_eq!(written, Ok(Ok(1)));
    }
}

async fn an_error_of_the_work_undoes_it(db: Db) {
    with_notes(&db).await;
    let refused = db.write(|sql| {
        Box::pin(async move {
            insert(sql, 1, "one").await?;
            Err::<(), _>(Refused::ByRule)
        })
    });
    assert_eq!(refused.await, Err(Refused::ByRule));
    assert!(notes(&db).await.is_empty());
}

async fn a_panic_undoes_the_work_and_the_database_goes_on(db: Db) {
    with_notes(&db).await;
    let panicked = db.write::<(), DbFault, _>(|sql| {
        Box::pin(async move {
            insert(sql, 1, "one").await?;
            panic!("on purpose");
        })
    });
    assert!(matches!(panicked.await, Err(DbFault::Other(words)) if words.contains("panicked")));
    assert_eq!(note(&db, 2).await, Ok(1));
    assert_eq!(notes(&db).await, [2]);
}

/// On SQLite work cannot be left half-way: waiting for something else inside a transaction is refused.
async fn a_caller_that_leaves_half_way_leaves_nothing_half_done(db: Db) {
    with_notes(&db).await;
    let waiting = db.write::<(), DbFault, _>(|sql| {
        Box::pin(async move {
            insert(sql, 1, "one").await?;
            std::future::pending().await
        })
    });
    match db.engine() {
        Engine::Sqlite => {
            let refused = waiting.await;
            assert!(
                matches!(refused, Err(DbFault::Other(words)) if words.contains("outside the database"))
            );
        }
        Engine::Postgres => {
            assert!(timeout(Duration::from_millis(200), waiting).await.is_err());
        }
    }
    // The key is free again: the row of the one who left neither stayed nor holds a lock.
    assert_eq!(note(&db, 1).await, Ok(1));
    assert_eq!(notes(&db).await, [1]);
}

/// PostgreSQL answers the commit of a failed transaction with a silent rollback.
async fn success_is_not_told_after_a_failed_statement(db: Db) {
    with_notes(&db).await;
    let written = db.write(|sql| {
        Box::pin(async move {
            insert(sql, 1, "one").await?;
            let _ignored = insert(sql, 1, "one").await;
            Ok::<_, DbFault>(())
        })
    });
    assert!(matches!(written.await, Err(DbFault::Unique(_))));
    assert!(notes(&db).await.is_empty());
}

async fn a_broken_unique_key_is_named(db: Db) {
    with_notes(&db).await;
    assert_eq!(note(&db, 1).await, Ok(1));
    let by_id = db
        .write(|sql| Box::pin(async move { insert(sql, 1, "other").await }))
        .await;
    let by_words = db
        .write(|sql| Box::pin(async move { insert(sql, 2, "note 1").await }))
        .await;
    let names = match db.engine() {
        Engine::Sqlite => ("notes.id", "notes.words"),
        Engine::Postgres => ("notes_pkey", "notes_words"),
    };
    assert_eq!(by_id, Err(DbFault::Unique(names.0.to_owned())));
    assert_eq!(by_words, Err(DbFault::Unique(names.1.to_owned())));
}

async fn one_text_with_many_sets_of_parameters_is_kept_whole_or_not_at_all(db: Db) {
    with_notes(&db).await;
    let write = |ids: Vec<i64>| {
        let sets = ids
            .into_iter()
            .map(|id| vec![Value::from(id), Value::from(format!("note {id}"))]);
        let sets: Vec<Vec<Value>> = sets.collect();
        db.write(move |sql| {
            Box::pin(async move {
                let text = "insert into notes (id, words) values ($1, $2)";
                sql.execute_each(text, &sets).await
            })
        })
    };
    assert_eq!(write(vec![]).await, Ok(0));
    assert_eq!(write((0..300).collect()).await, Ok(300));
    // One in the middle is there already.
    let again = write(vec![300, 301, 7, 302]).await;
    assert!(matches!(again, Err(DbFault::Unique(_))), "{again:?}");
    assert_eq!(notes(&db).await, (0..300).collect::<Vec<_>>());
    assert_eq!(note(&db, 300).await, Ok(1), "the connection is as before");
}

async fn a_consistent_read_sees_one_picture(db: Db) {
    with_notes(&db).await;
    let (reader_began, reader_begins) = oneshot::channel();
    let (row_written, row_comes) = oneshot::channel();
    let reading = db.read_consistent::<_, DbFault, _>(|sql| {
        Box::pin(async move {
            let before = sql.all("select id from notes", &[]).await?.len();
            reader_began.send(()).unwrap();
            match sql.engine() {
                // This thread may not wait for a future, so it waits as a thread.
                Engine::Sqlite => row_comes.blocking_recv().unwrap(),
                Engine::Postgres => row_comes.await.unwrap(),
            }
            let after = sql.all("select id from notes", &[]).await?.len();
            Ok((before, after))
        })
    });
    let writing = async {
        reader_begins.await.unwrap();
        assert_eq!(note(&db, 1).await, Ok(1));
        row_written.send(()).unwrap();
    };
    let (seen, ()) = tokio::join!(reading, writing);
    assert_eq!(seen, Ok((0, 0)));
    assert_eq!(notes(&db).await, [1]);
}

async fn after_closing_everybody_is_told_so(test: TestDb) {
    with_notes(&test.db).await;
    let other = Db::open(&test.url, &DbOptions::default()).await.unwrap();
    assert_eq!(note(&other, 1).await, Ok(1));
    other.close().await;
    assert!(matches!(
        note(&other, 2).await,
        Err(DbFault::Unavailable(_))
    ));
    let read =
        other.read::<_, DbFault, _>(|sql| Box::pin(async move { sql.all("select 1", &[]).await }));
    assert!(matches!(read.await, Err(DbFault::Unavailable(_))));
    assert_eq!(notes(&test.db).await, [1]);
}

/// What SQLite may have to undo of it is kept as the build says, and no size of it is told as a full disk.
async fn a_statement_may_change_more_than_fits_in_a_buffer(db: Db) {
    const DOUBLINGS: u32 = 14;
    with_notes(&db).await;
    let changed = db.write::<_, DbFault, _>(|sql| {
        Box::pin(async move {
            insert(sql, 0, &"long ".repeat(60)).await?;
            for round in 0..DOUBLINGS {
                let double = "insert into notes (id, words) select id + $1, words || $2 from notes";
                let mark = format!(".{round}");
                let added = (1_i64 << round).into();
                sql.execute(double, &[added, mark.as_str().into()]).await?;
            }
            sql.execute("update notes set words = '!' || words", &[])
                .await
        })
    });
    assert_eq!(changed.await, Ok(1 << DOUBLINGS));
    assert_eq!(notes(&db).await.len(), 1 << DOUBLINGS);
}
