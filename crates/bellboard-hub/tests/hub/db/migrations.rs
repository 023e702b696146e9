//! Migrations: once each, in order, never silently different, whoever runs them and however many at once.

use bellboard_hub::db::{Db, DbFault, Engine, MIGRATIONS, Migration};

use crate::support::TestDb;

on_each_engine!(
    all_migrations_are_recorded_and_a_second_run_changes_nothing,
    two_replicas_may_migrate_at_once,
    a_newer_schema_is_refused_with_the_way_out,
    a_changed_text_is_refused,
    a_failing_migration_changes_nothing,
    each_engine_sees_its_own_lines,
);

const FIRST: Migration = Migration {
    version: 1,
    name: "first",
    text: "create table boards (\n--@sqlite     place integer primary key autoincrement,\n\
           --@postgres   place bigint generated always as identity primary key,\n name text not null\n);",
};
const SECOND: Migration = Migration {
    version: 2,
    name: "second",
    text: "insert into boards (name) values ('home');",
};
const FAILING: Migration = Migration {
    version: 2,
    name: "failing",
    text: "insert into boards (name) values ('home'); insert into nowhere (name) values ('x');",
};

/// Forgets that anything was migrated, so that a test can bring its own list.
async fn forget(db: &Db) {
    db.write(|sql| {
        Box::pin(async move { sql.execute("delete from schema_migrations", &[]).await })
    })
    .await
    .unwrap();
}

async fn boards(db: &Db) -> i64 {
    let row = db.read::<_, DbFault, _>(|sql| {
        Box::pin(async move { sql.one("select count(*) from boards", &[]).await })
    });
    row.await.unwrap().unwrap().int(0).unwrap()
}

async fn all_migrations_are_recorded_and_a_second_run_changes_nothing(db: Db) {
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
    assert_eq!(db.schema_version().await, Ok(newest));
    assert_eq!(db.migrate().await, Ok(()));
    assert_eq!(db.schema_version().await, Ok(newest));
    for (expected, migration) in (1..).zip(MIGRATIONS) {
        assert_eq!(
            migration.version, expected,
            "versions count from 1 without gaps"
        );
    }
}

async fn two_replicas_may_migrate_at_once(test: TestDb) {
    forget(&test.db).await;
    let other = test.open_again().await;
    let (one, two) = tokio::join!(
        test.db.migrate_with(&[FIRST, SECOND]),
        other.migrate_with(&[FIRST, SECOND])
    );
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(boards(&test.db).await, 1);
    assert_eq!(test.db.schema_version().await, Ok(2));
    other.close().await;
}

async fn a_newer_schema_is_refused_with_the_way_out(db: Db) {
    forget(&db).await;
    db.migrate_with(&[FIRST, SECOND]).await.unwrap();
    let refused = db.migrate_with(&[FIRST]).await.unwrap_err();
    assert_eq!(refused, DbFault::SchemaNewer { found: 2, known: 1 });
    let words = refused.to_string();
    assert!(
        words.contains("start the newer version") && words.contains("restore a backup"),
        "{words}"
    );
    assert_eq!(db.schema_version().await, Ok(2));
}

async fn a_changed_text_is_refused(db: Db) {
    const CHANGED: Migration = Migration {
        text: "create table boards (name text)",
        ..FIRST
    };
    forget(&db).await;
    db.migrate_with(&[FIRST]).await.unwrap();
    let words = db
        .migrate_with(&[CHANGED, SECOND])
        .await
        .unwrap_err()
        .to_string();
    assert!(
        words.contains("migration 1 (first)") && words.contains("another text"),
        "{words}"
    );
    assert_eq!(db.schema_version().await, Ok(1));
}

async fn a_failing_migration_changes_nothing(db: Db) {
    forget(&db).await;
    let words = db
        .migrate_with(&[FIRST, FAILING])
        .await
        .unwrap_err()
        .to_string();
    assert!(
        words.contains("migration 2 (failing)") && words.contains("nothing was changed"),
        "{words}"
    );
    assert_eq!(db.schema_version().await, Ok(1));
    assert_eq!(boards(&db).await, 0);
    assert_eq!(db.migrate_with(&[FIRST, SECOND]).await, Ok(()));
}

async fn each_engine_sees_its_own_lines(db: Db) {
    forget(&db).await;
    db.migrate_with(&[FIRST, SECOND]).await.unwrap();
    let catalogue = match db.engine() {
        Engine::Sqlite => "select count(*) from sqlite_sequence where name = 'boards'",
        Engine::Postgres => {
            "select count(*) from information_schema.columns where table_name = 'boards' and is_identity = 'YES'"
        }
    };
    let row =
        db.read::<_, DbFault, _>(move |sql| Box::pin(async move { sql.one(catalogue, &[]).await }));
    assert_eq!(row.await.unwrap().unwrap().int(0), Ok(1));
}
