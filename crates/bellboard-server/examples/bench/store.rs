//! The statements that the product does not have: the naive texts that the zones are compared with, the smallest write
//! there is, and what a database needs before it is filled.

use bellboard_core::id::{EngagementId, PersonId};
use bellboard_core::time::Timestamp;
use bellboard_hub::db::{DbFault, Engine, MIGRATIONS, Sql, Value};

/// A person beside the owner of the hub.
pub async fn insert_person(sql: &mut Sql<'_>, person: PersonId) -> Result<(), DbFault> {
    sql.execute(
        "insert into people (id, kind, name, hub_owner, created_at) values ($1, 'human', 'Bench', 0, 0)",
        &[person.into()],
    )
    .await?;
    Ok(())
}

pub async fn insert_engagement(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    name: &str,
) -> Result<(), DbFault> {
    sql.execute(
        "insert into engagements (id, slug, name, demo, created_at) values ($1, $2, $2, 0, 0)",
        &[engagement.into(), name.into()],
    )
    .await?;
    Ok(())
}

/// An owner (the designation's bit is 1).
pub async fn insert_membership(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    person: PersonId,
) -> Result<(), DbFault> {
    sql.execute(
        "insert into memberships (engagement_id, person_id, designations, created_at) values ($1, $2, 1, 0)",
        &[engagement.into(), person.into()],
    )
    .await?;
    Ok(())
}

/// The secondary indexes of runs, as the migrations make them: name and text. Building one over finished data is many
/// times faster than keeping it while the data is made.
pub fn indexes_of_runs() -> Vec<(&'static str, &'static str)> {
    let mut indexes: Vec<(&'static str, &'static str)> = Vec::new();
    for migration in MIGRATIONS {
        let plain: Vec<&str> = migration
            .text
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .collect();
        for statement in plain.join("\n").split(';') {
            let words: Vec<&str> = statement.split_whitespace().collect();
            let index = words.iter().position(|word| *word == "index");
            if let ["drop", "index", name] = words.as_slice() {
                indexes.retain(|(known, _)| known != name);
            }
            let of_runs = |at: &usize| *at <= 2 && words.get(at + 3) == Some(&"runs");
            let Some(index) = index.filter(of_runs) else {
                continue;
            };
            let name = words[index + 1].to_owned().leak();
            indexes.push((&*name, &*statement.trim().to_owned().leak()));
        }
    }
    indexes
}

pub async fn drop_index(sql: &mut Sql<'_>, name: &'static str) -> Result<(), DbFault> {
    let text = format!("drop index {name}").leak();
    sql.execute(text, &[]).await?;
    Ok(())
}

pub async fn create_index(sql: &mut Sql<'_>, text: &'static str) -> Result<(), DbFault> {
    patient(sql).await?;
    if sql.engine() == Engine::Postgres {
        sql.execute("set local maintenance_work_mem = '1GB'", &[])
            .await?;
    }
    sql.execute(text, &[]).await?;
    Ok(())
}

/// Takes the limit on a statement's time away for this transaction.
pub async fn patient(sql: &mut Sql<'_>) -> Result<(), DbFault> {
    if sql.engine() == Engine::Postgres {
        sql.execute("set local statement_timeout = 0", &[]).await?;
    }
    Ok(())
}

/// What PostgreSQL does by itself after a while. Must run outside of a transaction.
pub async fn tidy_up(sql: &mut Sql<'_>) -> Result<(), DbFault> {
    if sql.engine() == Engine::Postgres {
        sql.execute("set statement_timeout = 0", &[]).await?;
        sql.execute("vacuum (analyze) runs", &[]).await?;
        sql.execute("vacuum (analyze) artifacts", &[]).await?;
        sql.execute("vacuum (analyze) asks", &[]).await?;
        sql.execute("vacuum (analyze) snoozes", &[]).await?;
        sql.execute("vacuum (analyze) needs", &[]).await?;
        sql.execute("vacuum (analyze) zone_counts", &[]).await?;
        sql.execute("vacuum (analyze) memberships", &[]).await?;
        sql.execute("checkpoint", &[]).await?;
        sql.execute("set statement_timeout = '30s'", &[]).await?;
    }
    Ok(())
}

/// Makes an empty database on a PostgreSQL server. Must run outside of a transaction.
pub async fn create_database(sql: &mut Sql<'_>, name: &str) -> Result<(), DbFault> {
    drop_database(sql, name).await?;
    sql.execute(format!("create database {name}").leak(), &[])
        .await?;
    Ok(())
}

pub async fn drop_database(sql: &mut Sql<'_>, name: &str) -> Result<(), DbFault> {
    let text = format!("drop database if exists {name} with (force)").leak();
    sql.execute(text, &[]).await?;
    Ok(())
}

/// The naive text of a zone: everything of the memberships that passes a filter, sorted. Its parameters are the person
/// and the place after which the page begins. The states are compared as computed texts, so that an index on the
/// engagement serves the naive text, as it would in a naive schema, and the partial indexes of the zones do not: with
/// those SQLite would stop early by itself. Nothing is counted.
macro_rules! naive {
    ($($rows:literal),+; $more:literal) => {
        concat!(
            "with mine as (select m.engagement_id from memberships m where m.person_id = $1)
             select x.*, e.name
               from (", naive!(@ $($rows),+), ") x
               join engagements e on e.id = x.engagement_id
              where (x.at, x.id) < ($2, $3)", $more, "
              order by x.at desc, x.id desc
              limit 51"
        )
    };
    (@ $rows:literal) => { $rows };
    (@ $rows:literal, $($others:literal),+) => { concat!($rows, " union all ", naive!(@ $($others),+)) };
}

/// The zones as somebody would first write them.
#[derive(Debug, Clone, Copy)]
pub enum Naive {
    Active,
    NeedsYou,
    Recent,
}

const NAIVE_ACTIVE: &str = naive!(
    "select x.*, x.active_at as at from runs x
      where x.engagement_id in (select engagement_id from mine) and x.status || '' in ('queued', 'running')";
    ""
);

/// Runs that nobody looked at, runs that fell silent, what was made and waits, questions; without what is put off.
const NAIVE_NEEDS_YOU: &str = naive!(
    "select x.engagement_id, x.id, x.label, x.completed_at as at from runs x
      where x.engagement_id in (select engagement_id from mine) and x.status || '' = 'completed'
        and x.outcome in ('partially_succeeded', 'blocked', 'failed') and x.acknowledged_at is null",
    "select x.engagement_id, x.id, x.label, x.active_at from runs x
      where x.engagement_id in (select engagement_id from mine) and x.status || '' = 'running' and x.silent_need = 1",
    "select x.engagement_id, x.id, x.label, x.made_at from artifacts x
      where x.engagement_id in (select engagement_id from mine) and x.kind || '' <> 'transformed_artifact'
        and x.state || '' in ('pending_confirmation', 'held', 'produced', 'proposed')",
    "select x.engagement_id, x.id, x.title, x.created_at from asks x
      where x.engagement_id in (select engagement_id from mine) and x.state || '' = 'open'
        and (x.for_person is null or x.for_person = $1)";
    " and not exists (select 1 from snoozes z where z.person_id = $1 and z.engagement_id = x.engagement_id
                         and z.item_id = x.id)"
);

const NAIVE_RECENT: &str = naive!(
    "select x.engagement_id, x.id, x.label, x.completed_at as at from runs x
      where x.engagement_id in (select engagement_id from mine) and x.status || '' = 'completed'",
    "select x.engagement_id, x.id, x.label, x.made_at from artifacts x
      where x.engagement_id in (select engagement_id from mine)
        and x.kind || '' in ('render', 'review_report', 'transformed_artifact')";
    ""
);

/// What the naive text gives for the page after that place, and one more.
pub async fn naive_page(
    sql: &mut Sql<'_>,
    zone: Naive,
    person: PersonId,
    after: (Timestamp, uuid::Uuid),
) -> Result<Vec<uuid::Uuid>, DbFault> {
    let text = match zone {
        Naive::Active => NAIVE_ACTIVE,
        Naive::NeedsYou => NAIVE_NEEDS_YOU,
        Naive::Recent => NAIVE_RECENT,
    };
    let parameters: [Value; 3] = [person.into(), after.0.into(), after.1.into()];
    patient(sql).await?;
    let rows = sql.all(text, &parameters).await?;
    // Every one of them begins with the engagement and the id.
    rows.iter().map(|row| row.id(1)).collect()
}

/// A table for the smallest write.
pub async fn create_marks(sql: &mut Sql<'_>) -> Result<(), DbFault> {
    sql.execute("create table marks (at bigint not null)", &[])
        .await?;
    Ok(())
}

/// The smallest write.
pub async fn insert_mark(sql: &mut Sql<'_>) -> Result<(), DbFault> {
    sql.execute("insert into marks (at) values (1)", &[])
        .await?;
    Ok(())
}
