//! Both drivers keep the same promises.

mod changes;
mod feed;
mod lanes;
mod migrations;
mod transactions;
mod upgrades;
mod values;

use bellboard_hub::db::{Db, DbFault, Sql};

/// A table for tests of the drivers, so that they do not depend on the product's own.
async fn with_notes(db: &Db) {
    db.write(|sql| {
        Box::pin(async move {
            sql.execute(
                "create table notes (id bigint not null primary key, words text)",
                &[],
            )
            .await?;
            sql.execute("create unique index notes_words on notes (words)", &[])
                .await
        })
    })
    .await
    .map(|_| ())
    .unwrap();
}

async fn insert(sql: &mut Sql<'_>, id: i64, words: &str) -> Result<u64, DbFault> {
    sql.execute(
        "insert into notes (id, words) values ($1, $2)",
        &[id.into(), words.into()],
    )
    .await
}

/// One note in one transaction.
async fn note(db: &Db, id: i64) -> Result<u64, DbFault> {
    db.write(move |sql| Box::pin(async move { insert(sql, id, &format!("note {id}")).await }))
        .await
}

/// The ids of all notes, in order.
async fn notes(db: &Db) -> Vec<i64> {
    let rows = db.read::<_, DbFault, _>(|sql| {
        Box::pin(async move { sql.all("select id from notes order by id", &[]).await })
    });
    rows.await
        .unwrap()
        .iter()
        .map(|row| row.int(0).unwrap())
        .collect()
}
