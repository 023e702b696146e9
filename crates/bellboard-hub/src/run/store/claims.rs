//! The statements of claims and of the inputs that offered runs keep.

use std::time::Duration;

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::run::RunType;
use bellboard_core::time::Timestamp;

use crate::access::Member;
use crate::db::zones::run_columns;
use crate::db::{Row, Sql, Value};
use crate::fault::Outcome;
use crate::run::view::RunView;

/// The run of this type that has waited longest for a worker. Columns: `run_columns!`.
pub(in crate::run) async fn offered(
    sql: &mut Sql<'_>,
    member: &Member,
    run_type: &RunType,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.engagement_id = $1 and x.type = $2
                   and x.claimable = 1 and x.lease_until is null and x.status <> 'completed'
                 order by x.created_at, x.id
                 limit 1"
            ),
            &[member.engagement_id().into(), run_type.as_str().into()],
        )
        .await?;
    Ok(row)
}

/// Gives the run to a worker. It succeeds only on the version that was read: of two workers one is told `false`. The next
/// worker counts its reports from one, and those of the last are told by their fence.
pub(in crate::run) async fn claim(
    sql: &mut Sql<'_>,
    member: &Member,
    read: &RunView,
    worker: &str,
    lease: Duration,
    now: Timestamp,
) -> Outcome<bool> {
    let claimed = sql
        .execute(
            "update runs
                set fence = fence + 1, claimed_by = $4, claimed_by_id = $8, lease_until = $5, lease_micros = $6, sequence = 0, heard_at = $7,
                    version = version + 1
              where engagement_id = $1 and id = $2 and version = $3 and lease_until is null",
            &[
                member.engagement_id().into(),
                read.id.into(),
                read.version.into(),
                worker.into(),
                (now + lease).into(),
                micros(lease),
                now.into(),
                member.person_id().into(),
            ],
        )
        .await?;
    Ok(claimed == 1)
}

/// After a report of the worker, in the transaction that has just taken the row.
pub(in crate::run) async fn renew_lease(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    until: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update runs set lease_until = $3 where engagement_id = $1 and id = $2 and lease_until is not null",
        &[member.engagement_id().into(), run.into(), until.into()],
    )
    .await?;
    Ok(())
}

/// Leases that ran out, also for a worker that could be heard only since a moment, and not of a run that waits for a person.
/// Columns: engagement_id, id.
pub(in crate::run) async fn expired_leases(
    sql: &mut Sql<'_>,
    heard_since: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select engagement_id, id
               from runs
              where lease_until is not null and lease_until < $1 and lease_micros < $2 and open_asks = 0
              order by lease_until
              limit $3",
            &[
                now.into(),
                micros(now.saturating_since(heard_since)),
                limit.into(),
            ],
        )
        .await?;
    Ok(rows)
}

/// Takes the run from its worker; `false` when the row changed since it was read.
pub(in crate::run) async fn offer_again(
    sql: &mut Sql<'_>,
    member: &Member,
    read: &RunView,
) -> Outcome<bool> {
    let freed = sql
        .execute(
            "update runs set claimed_by = null, lease_until = null, version = version + 1
              where engagement_id = $1 and id = $2 and version = $3",
            &[
                member.engagement_id().into(),
                read.id.into(),
                read.version.into(),
            ],
        )
        .await?;
    Ok(freed == 1)
}

/// Nobody holds a run that has ended, and its inputs are gone with it.
pub(in crate::run) async fn end_claim(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<()> {
    const WHAT_ENDS: [&str; 2] = [
        "update runs set lease_until = null where engagement_id = $1 and id = $2 and lease_until is not null",
        "delete from run_inputs where engagement_id = $1 and run_id = $2",
    ];
    for statement in WHAT_ENDS {
        sql.execute(statement, &[engagement.into(), run.into()])
            .await?;
    }
    Ok(())
}

pub(in crate::run) async fn insert_inputs(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    sealed: Vec<u8>,
) -> Outcome<()> {
    sql.execute(
        "insert into run_inputs (engagement_id, run_id, sealed) values ($1, $2, $3)",
        &[member.engagement_id().into(), run.into(), sealed.into()],
    )
    .await?;
    Ok(())
}

pub(in crate::run) async fn sealed_inputs(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
) -> Outcome<Option<Vec<u8>>> {
    let row = sql
        .one(
            "select sealed from run_inputs where engagement_id = $1 and run_id = $2",
            &[member.engagement_id().into(), run.into()],
        )
        .await?;
    Ok(row.map(|row| row.blob(0)).transpose()?)
}

fn micros(span: Duration) -> Value {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX).into()
}
