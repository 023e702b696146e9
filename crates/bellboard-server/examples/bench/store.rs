//! The statements that the product does not have: data made by the million, the naive texts that the zones are compared
//! with, and the smallest write there is.

use bellboard_core::id::{EngagementId, PersonId};
use bellboard_core::time::Timestamp;
use bellboard_hub::db::{DbFault, Engine, MIGRATIONS, Sql, Value};

/// The runs of one engagement from one number up to another.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    pub engagement: EngagementId,
    /// Makes ids of different engagements differ.
    pub index: i64,
    pub initiator: PersonId,
    /// When the first run of the engagement began, and the time from each to the next.
    pub begin: Timestamp,
    pub step_micros: i64,
    pub from: i64,
    pub to: i64,
    /// The last sign of life of the active ones.
    pub last_seen: Timestamp,
}

/// Of a hundred runs the first is active, the second failed and nobody looked, the next eight failed and somebody did.
/// `$1` engagement, `$2` initiator, `$3` begin, `$4` step, `$5` and `$6` from and to, `$7` index, `$8` last seen.
macro_rules! insert_runs {
    ($id:literal, $identity:literal, $series:literal) => {
        concat!(
            "insert into runs
                    (engagement_id, id, initiator_id, initiator_name, type, item_kind, label, status, outcome, grade,
                     lost, identity, identity_mode, summary_counts, failures, context, heartbeat_micros, sequence,
                     version, created_at, active_at, started_at, completed_at, last_seen_at, heard_at,
                     acknowledged_at, acknowledged_by)
             select $1, ", $id, ", $2, 'Bench', 'baseline.capture', 'run', 'Run ' || i,
                    case when i % 100 = 0 then 'running' else 'completed' end,
                    case when i % 100 = 0 then null when i % 100 < 10 then 'failed' else 'succeeded' end,
                    case when i % 100 = 0 then null else 'observed' end,
                    0, ", $identity, ", 'nonce', '{\"processed\":40,\"total\":100}', '[]',
                    '{\"progress\":{\"unit\":\"files\"}}', null, 8, 10, at, at, at,
                    case when i % 100 = 0 then null else at + 60000000 end,
                    case when i % 100 = 0 then $8 else at + 60000000 end,
                    case when i % 100 = 0 then $8 else at + 60000000 end,
                    case when i % 100 between 2 and 9 then at + 120000000 end,
                    case when i % 100 between 2 and 9 then 'Bench' end
               from (select i, $3 + i * $4 as at from ", $series, ") numbered"
        )
    };
}

const INSERT_RUNS_SQLITE: &str = insert_runs!(
    "unhex(printf('%012x7%03x8000%012x', at / 1000, $7, i))",
    "randomblob(32)",
    "(with recursive series (i) as (select $5 union all select i + 1 from series where i + 1 < $6)
      select i from series)"
);

const INSERT_RUNS_POSTGRES: &str = insert_runs!(
    "cast(lpad(to_hex(at / 1000), 12, '0') || '7' || lpad(to_hex(cast($7 as bigint)), 3, '0') || '8000'
          || lpad(to_hex(i), 12, '0') as uuid)",
    "decode(md5(cast($7 as text) || '.' || i) || md5(cast(i as text)), 'hex')",
    "generate_series(cast($5 as bigint), cast($6 as bigint) - 1) as series (i)"
);

/// Makes the runs of one piece.
pub async fn insert_runs(sql: &mut Sql<'_>, piece: Piece) -> Result<(), DbFault> {
    let text = match sql.engine() {
        Engine::Sqlite => INSERT_RUNS_SQLITE,
        Engine::Postgres => INSERT_RUNS_POSTGRES,
    };
    let parameters = [
        piece.engagement.into(),
        piece.initiator.into(),
        piece.begin.into(),
        piece.step_micros.into(),
        piece.from.into(),
        piece.to.into(),
        piece.index.into(),
        piece.last_seen.into(),
    ];
    sql.execute(text, &parameters).await?;
    Ok(())
}

/// What follows from the runs of an engagement: its needs and its counts.
pub async fn settle(sql: &mut Sql<'_>, engagement: EngagementId) -> Result<(), DbFault> {
    sql.execute(
        "insert into needs (engagement_id, kind, item_id, label, detail, created_at)
         select engagement_id, 'run_follow_up', id, label, 'failed', completed_at
           from runs
          where engagement_id = $1 and outcome = 'failed' and acknowledged_at is null",
        &[engagement.into()],
    )
    .await?;
    sql.execute(
        "insert into zone_counts (engagement_id, zone, kind, audience, slot, held)
         select engagement_id, case when status = 'completed' then 'recent' else 'active' end, 'run', 15, 0, count(*)
           from runs
          where engagement_id = $1
          group by 1, 2",
        &[engagement.into()],
    )
    .await?;
    sql.execute(
        "insert into zone_counts (engagement_id, zone, kind, audience, slot, held)
         select engagement_id, 'needs_you', kind, audience, 0, count(*)
           from needs
          where engagement_id = $1
          group by 1, 2, 3, 4",
        &[engagement.into()],
    )
    .await?;
    Ok(())
}

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

/// The naive text of a zone: every run of the memberships that passes a filter, sorted. Its parameters are the person
/// and the place after which the page begins. The status is compared as a computed text, so that an index on the
/// engagement serves the naive text, as it would in a naive schema, and the partial indexes of the zones do not: with
/// those SQLite would stop early by itself.
macro_rules! naive {
    ($at:literal, $filter:literal) => {
        concat!(
            "select x.*, e.name
               from runs x
               join engagements e on e.id = x.engagement_id
              where x.engagement_id in (select m.engagement_id from memberships m where m.person_id = $1)
                and ", $filter, "
                and (x.", $at, ", x.id) < ($2, $3)
              order by x.", $at, " desc, x.id desc
              limit 51"
        )
    };
}

/// The zones as somebody would first write them.
#[derive(Debug, Clone, Copy)]
pub enum Naive {
    Active,
    NeedsYou,
    Recent,
}

/// How many rows the naive text gives for the page after that place.
pub async fn naive_page(
    sql: &mut Sql<'_>,
    zone: Naive,
    person: PersonId,
    after: (Timestamp, uuid::Uuid),
) -> Result<usize, DbFault> {
    let text = match zone {
        Naive::Active => naive!("active_at", "x.status || '' in ('queued', 'running')"),
        Naive::NeedsYou => naive!(
            "completed_at",
            "x.status || '' = 'completed' and x.outcome in ('partially_succeeded', 'blocked', 'failed')
                and x.acknowledged_at is null"
        ),
        Naive::Recent => naive!("completed_at", "x.status || '' = 'completed'"),
    };
    let parameters: [Value; 3] = [person.into(), after.0.into(), after.1.into()];
    patient(sql).await?;
    Ok(sql.all(text, &parameters).await?.len())
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
