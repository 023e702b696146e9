//! The statements that read many runs, or what happened to one, in pages; and whether there is one.

use std::time::Duration;

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::page::Cursor;
use bellboard_core::run::{Outcome as RunOutcome, Status};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::access::{Member, Reach};
use crate::db::reach::within_reach;
use crate::db::zones::{self, run_columns};
use crate::db::{Engine, Row, Sql, Value};
use crate::fault::Outcome;
use crate::home::{self, Zone};
use crate::paging::{after_or_start, count_in};
use crate::run::read::ListRuns;

/// Columns: `run_columns!`. A list of active runs reads only those, through a partial index (the `+ 0` keeps SQLite from
/// walking all runs in the order of their time instead); any other one reads each engagement's newest as far as the page
/// goes.
pub(in crate::run) async fn list(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListRuns,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let [status, outcome, run_type] = filters(asked);
    let text = list_text(sql.engine(), asked);
    let own = [
        at.into(),
        id.into(),
        limit.into(),
        status,
        outcome,
        run_type,
    ];
    Ok(sql.all(text, &reach.with(own)).await?)
}

/// Which statement reads a list: through the index of active runs, of outcomes, of types, or of all. With both a type
/// and an outcome the outcome leads, unless it is the usual one.
pub fn list_text(engine: Engine, asked: &ListRuns) -> &'static str {
    const ACTIVE: &str = concat!(
        within_reach!("select "),
        run_columns!(),
        " from reach m
          join runs x on x.engagement_id = m.engagement_id
          join engagements e on e.id = x.engagement_id
         where x.status <> 'completed' and (x.created_at + 0, x.id) < ($6, $7)
           and ($9 = '' or x.status = $9) and ($10 = '' or x.outcome = $10) and ($11 = '' or x.type = $11)
         order by x.created_at desc, x.id desc
         limit $8"
    );
    match (asked.status, asked.outcome, &asked.run_type) {
        (Some(Status::Queued | Status::Running), _, _) => ACTIVE,
        (_, Some(RunOutcome::Succeeded) | None, Some(_)) => zones::runs_of_type(engine),
        (_, Some(_), _) => zones::runs_of_outcome(engine),
        (_, None, None) => zones::runs(engine),
    }
}

/// How many a list holds. Only a list of one outcome or one type has to be counted by looking at history.
pub(in crate::run) async fn list_total(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListRuns,
) -> Outcome<u64> {
    const ACTIVE: &str = within_reach!(
        "select count(*)
           from reach m
           join runs x on x.engagement_id = m.engagement_id
          where x.status <> 'completed' and x.status = $6"
    );
    const OF_OUTCOME: &str = within_reach!(
        "select count(*)
           from reach m
           join runs x on x.engagement_id = m.engagement_id
          where x.outcome = $7 and ($6 = '' or x.status = $6) and ($8 = '' or x.type = $8)"
    );
    const OF_TYPE: &str = within_reach!(
        "select count(*)
           from reach m
           join runs x on x.engagement_id = m.engagement_id
          where x.type = $8 and ($6 = '' or x.status = $6) and ($7 = '' or x.outcome = $7)"
    );
    let text = match (asked.outcome, &asked.run_type) {
        (Some(RunOutcome::Succeeded) | None, Some(_)) => Some(OF_TYPE),
        (Some(_), _) => Some(OF_OUTCOME),
        (None, None) => None,
    };
    if let Some(text) = text {
        let row = sql.one(text, &reach.with(filters(asked))).await?;
        return count_in(row.as_ref());
    }
    match asked.status {
        Some(status @ (Status::Queued | Status::Running)) => {
            let row = sql
                .one(ACTIVE, &reach.with([status.as_str().into()]))
                .await?;
            count_in(row.as_ref())
        }
        Some(Status::Completed) => home::store::total(sql, reach, Zone::Recent, ",run,").await,
        None => Ok(home::store::total(sql, reach, Zone::Active, "").await?
            + home::store::total(sql, reach, Zone::Recent, ",run,").await?),
    }
}

/// An empty text asks for all.
pub(super) fn filters(asked: &ListRuns) -> [Value; 3] {
    [
        asked.status.map_or("", Status::as_str).into(),
        asked.outcome.map_or("", |outcome| outcome.as_str()).into(),
        asked
            .run_type
            .as_ref()
            .map_or("", |name| name.as_str())
            .into(),
    ]
}

/// Columns: id, at, kind, actor_name, summary, diagnostics.
pub(in crate::run) async fn events(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            "select id, at, kind, actor_name, summary, diagnostics
               from run_events
              where engagement_id = $1 and run_id = $2 and (at, id) < ($3, $4)
              order by at desc, id desc
              limit $5",
            &[
                member.engagement_id().into(),
                run.into(),
                at.into(),
                id.into(),
                limit.into(),
            ],
        )
        .await?;
    Ok(rows)
}

pub(in crate::run) async fn events_total(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from run_events where engagement_id = $1 and run_id = $2",
            &[member.engagement_id().into(), run.into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// Whether the engagement has this run.
pub(crate) async fn is_here(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from runs where engagement_id = $1 and id = $2",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Running runs that promised to be heard and were not since a moment, longest silent first.
pub(in crate::run) async fn silent_promised(
    sql: &mut Sql<'_>,
    since: Timestamp,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_beginning(after);
    let rows = sql
        .all(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.status = 'running' and x.heartbeat_micros is not null
                   and x.open_asks = 0 and x.heard_at < $1 and (x.heard_at, x.id) > ($2, $3)
                 order by x.heard_at, x.id
                 limit $4"
            ),
            &[since.into(), at.into(), id.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// All other active runs that were silent for longer than their own limit or, without one, the general limit; longest
/// silent first. It looks at every active run of the partial index, because limits differ.
pub(in crate::run) async fn silent(
    sql: &mut Sql<'_>,
    now: Timestamp,
    general: Duration,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_beginning(after);
    let general = i64::try_from(general.as_micros()).unwrap_or(i64::MAX);
    let rows = sql
        .all(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.status <> 'completed' and (x.heartbeat_micros is null or x.status = 'queued')
                   and x.open_asks = 0
                   and x.heard_at + coalesce(x.abandon_after_micros, $1) < $2
                   and (x.heard_at, x.id) > ($3, $4)
                 order by x.heard_at, x.id
                 limit $5"
            ),
            &[general.into(), now.into(), at.into(), id.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

pub(super) fn after_or_beginning(after: Option<Cursor>) -> (Timestamp, Uuid) {
    after.map_or((Timestamp::MIN, Uuid::nil()), |place| (place.at, place.id))
}

/// All of an engagement before this id, the newest id first. Columns: `run_columns!`.
pub(in crate::run) async fn of_engagement(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    (before, limit): (Uuid, u32),
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.engagement_id = $1 and x.id < $2
                 order by x.id desc
                 limit $3"
            ),
            &[engagement.into(), before.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}
