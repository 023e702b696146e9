//! The statements of the timer and of the retention.

use bellboard_core::id::{DashboardId, EngagementId, SnapshotId};
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;

use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

/// So many snapshots one transaction forgets.
const BATCH: u32 = 200;

/// Dashboards whose time has come, the earliest first. Columns: engagement_id, id, next_due_at.
pub(in crate::snapshot) async fn due(
    sql: &mut Sql<'_>,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select d.engagement_id, d.id, d.next_due_at
               from dashboards d
              where d.next_due_at is not null and d.next_due_at <= $1
              order by d.next_due_at, d.id
              limit $2",
            &[now.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// The same within a reach, behind one of them. Columns as above, and the designations there.
pub(in crate::snapshot) async fn due_within(
    sql: &mut Sql<'_>,
    reach: &Reach,
    (at, dashboard): (Timestamp, DashboardId),
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            within_reach!(
                "select d.engagement_id, d.id, d.next_due_at, m.designations
                   from reach m
                   join dashboards d on d.engagement_id = m.engagement_id
                  where d.next_due_at is not null and d.next_due_at <= $6 and (d.next_due_at, d.id) > ($7, $8)
                  order by d.next_due_at, d.id
                  limit $9"
            ),
            &reach.with([now.into(), at.into(), dashboard.into(), limit.into()]),
        )
        .await?;
    Ok(rows)
}

/// Moves the timer of a dashboard that is held.
pub(in crate::snapshot) async fn next_due(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    dashboard: DashboardId,
    next: Option<Timestamp>,
) -> Outcome<()> {
    sql.execute(
        "update dashboards set next_due_at = $3 where engagement_id = $1 and id = $2",
        &[engagement.into(), dashboard.into(), next.into()],
    )
    .await?;
    Ok(())
}

/// Records an hour without a snapshot, once.
pub(in crate::snapshot) async fn miss(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    due_at: Timestamp,
    now: Timestamp,
    reason: &str,
) -> Outcome<()> {
    sql.execute(
        "insert into missed_snapshots (engagement_id, dashboard_id, due_at, noticed_at, reason)
         values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        &[
            engagement.into(),
            dashboard.into(),
            due_at.into(),
            now.into(),
            reason.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The hours without a snapshot, newest first, and how many there are. Columns: due_at, noticed_at, reason.
pub(in crate::snapshot) async fn missed(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<(Vec<Row>, u64)> {
    let (at, _) = after_or_start(after);
    let rows = sql
        .all(
            "select due_at, noticed_at, reason
               from missed_snapshots
              where engagement_id = $1 and dashboard_id = $2 and due_at < $3
              order by due_at desc
              limit $4",
            &[engagement.into(), dashboard.into(), at.into(), limit.into()],
        )
        .await?;
    let total = sql
        .one(
            "select count(*) from missed_snapshots where engagement_id = $1 and dashboard_id = $2",
            &[engagement.into(), dashboard.into()],
        )
        .await?;
    Ok((rows, count_in(total.as_ref())?))
}

/// The hours without a snapshot since a moment, the oldest first, at most so many of the newest. Columns: due_at.
pub(crate) async fn missed_since(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    since: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let mut rows = sql
        .all(
            "select due_at
               from missed_snapshots
              where engagement_id = $1 and dashboard_id = $2 and due_at >= $3
              order by due_at desc
              limit $4",
            &[
                engagement.into(),
                dashboard.into(),
                since.into(),
                limit.into(),
            ],
        )
        .await?;
    rows.reverse();
    Ok(rows)
}

/// Some snapshots that are older than their dashboard keeps them, the oldest first. The newest is none of them, and neither
/// is one that a subscription compares with. Columns: engagement_id, dashboard_id, id, content_hash.
pub(in crate::snapshot) async fn expired(sql: &mut Sql<'_>, now: Timestamp) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select s.engagement_id, s.dashboard_id, s.id, s.content_hash
               from dashboards d
               join snapshots s on s.engagement_id = d.engagement_id and s.dashboard_id = d.id
                               and s.captured_at < $1 - d.keep_days * 86400000000
              where s.number < (select max(n.number) from snapshots n
                                 where n.engagement_id = d.engagement_id and n.dashboard_id = d.id)
                and not exists (select 1 from subscriptions b
                                 where b.engagement_id = s.engagement_id and b.dashboard_id = s.dashboard_id
                                   and b.baseline_snapshot_id = s.id)
                and not exists (select 1 from deliveries v
                                 where v.engagement_id = s.engagement_id and v.dashboard_id = s.dashboard_id
                                   and v.settled_at is null and s.id in (v.snapshot_id, v.compared_with))
              order by s.captured_at
              limit $2",
            &[now.into(), BATCH.into()],
        )
        .await?;
    Ok(rows)
}

/// Forgets some of the missed hours that are older than their dashboard keeps snapshots; how many.
pub(in crate::snapshot) async fn forget_missed(sql: &mut Sql<'_>, now: Timestamp) -> Outcome<u64> {
    let forgotten = sql
        .execute(
            "delete from missed_snapshots
              where (engagement_id, dashboard_id, due_at) in (
                    select m.engagement_id, m.dashboard_id, m.due_at
                      from dashboards d
                      join missed_snapshots m on m.engagement_id = d.engagement_id and m.dashboard_id = d.id
                                             and m.due_at < $1 - d.keep_days * 86400000000
                     limit $2)",
            &[now.into(), BATCH.into()],
        )
        .await?;
    Ok(forgotten)
}

/// Forgets a snapshot of a dashboard that is held, with what was decided about it and with its picture, unless another
/// snapshot shows the same.
pub(in crate::snapshot) async fn remove(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    snapshot: SnapshotId,
    content_hash: &[u8],
) -> Outcome<()> {
    let place = [engagement.into(), snapshot.into()];
    sql.execute(
        "delete from bell_evaluations where engagement_id = $1 and snapshot_id = $2",
        &place,
    )
    .await?;
    sql.execute(
        "delete from snapshots where engagement_id = $1 and id = $2",
        &place,
    )
    .await?;
    sql.execute(
        "delete from dashboard_pictures
          where engagement_id = $1 and dashboard_id = $2 and content_hash = $3
            and not exists (select 1 from snapshots s
                             where s.engagement_id = $1 and s.dashboard_id = $2 and s.content_hash = $3)",
        &[engagement.into(), dashboard.into(), content_hash.into()],
    )
    .await?;
    Ok(())
}
