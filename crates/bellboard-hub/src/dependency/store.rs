//! The statements of dependencies.

use bellboard_core::id::{EngagementId, WorkstreamId};
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{after_or_start, count_in};

macro_rules! dependency_columns {
    () => {
        "e.slug, a.id, a.slug, b.id, b.slug, case when b.status in ('completed', 'archived') then 1 else 0 end,
         x.created_at"
    };
}

/// What a dependency's row is joined with.
macro_rules! dependency_joins {
    () => {
        " join engagements e on e.id = x.engagement_id
          join workstreams a on a.engagement_id = x.engagement_id and a.id = x.workstream_id
          join workstreams b on b.engagement_id = x.engagement_id and b.id = x.depends_on_id"
    };
}

/// Whether it is new. Those of one workstream have different times, so that a page ends between any two of them; whoever
/// adds one holds the lock of the engagement.
pub(super) async fn insert(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    (waits, for_what): (WorkstreamId, WorkstreamId),
    now: Timestamp,
) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into dependencies (engagement_id, workstream_id, depends_on_id, created_at)
             values ($1, $2, $3,
                     (select case when coalesce(max(x.created_at), 0) >= $4 then max(x.created_at) + 1 else $4 end
                        from dependencies x where x.engagement_id = $1 and x.workstream_id = $2))
             on conflict do nothing",
            &[engagement.into(), waits.into(), for_what.into(), now.into()],
        )
        .await?;
    Ok(made == 1)
}

/// Whether it was there.
pub(super) async fn delete(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    (waits, for_what): (WorkstreamId, WorkstreamId),
) -> Outcome<bool> {
    let gone = sql
        .execute(
            "delete from dependencies where engagement_id = $1 and workstream_id = $2 and depends_on_id = $3",
            &[engagement.into(), waits.into(), for_what.into()],
        )
        .await?;
    Ok(gone == 1)
}

/// Columns: `dependency_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    (waits, for_what): (WorkstreamId, WorkstreamId),
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                dependency_columns!(),
                " from dependencies x",
                dependency_joins!(),
                " where x.engagement_id = $1 and x.workstream_id = $2 and x.depends_on_id = $3"
            ),
            &[engagement.into(), waits.into(), for_what.into()],
        )
        .await?;
    Ok(row)
}

/// Every edge of the engagement, as what waits and what for.
pub(super) async fn edges(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
) -> Outcome<Vec<(Uuid, Uuid)>> {
    let rows = sql
        .all(
            "select workstream_id, depends_on_id from dependencies where engagement_id = $1",
            &[engagement.into()],
        )
        .await?;
    let edges = rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?)));
    edges.collect()
}

/// What the workstream is called today.
pub(super) async fn slug_of(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    workstream: Uuid,
) -> Outcome<String> {
    let row = sql
        .one(
            "select slug from workstreams where engagement_id = $1 and id = $2",
            &[engagement.into(), workstream.into()],
        )
        .await?;
    Ok(row.ok_or_else(Fault::not_found)?.text(0)?)
}

/// Newest first; nil for all workstreams. Columns: `dependency_columns!`.
pub(super) async fn list(
    sql: &mut Sql<'_>,
    reach: &Reach,
    about: Uuid,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let own = [
        about.into(),
        Uuid::nil().into(),
        at.into(),
        id.into(),
        limit.into(),
    ];
    let rows = sql
        .all(
            concat!(
                within_reach!("select "),
                dependency_columns!(),
                " from reach m
                  join dependencies x on x.engagement_id = m.engagement_id",
                dependency_joins!(),
                " where (x.workstream_id = $6 or x.depends_on_id = $6 or $6 = $7)
                    and (x.created_at, x.workstream_id) < ($8, $9)
                  order by x.created_at desc, x.workstream_id desc
                  limit $10"
            ),
            &reach.with(own),
        )
        .await?;
    Ok(rows)
}

/// How many a list would hold.
pub(super) async fn list_total(sql: &mut Sql<'_>, reach: &Reach, about: Uuid) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!(
                "select count(*)
                   from reach m
                   join dependencies x on x.engagement_id = m.engagement_id
                  where x.workstream_id = $6 or x.depends_on_id = $6 or $6 = $7"
            ),
            &reach.with([about.into(), Uuid::nil().into()]),
        )
        .await?;
    count_in(row.as_ref())
}
