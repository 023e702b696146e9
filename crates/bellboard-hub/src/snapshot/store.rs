//! The statements of snapshots and of the pictures that they point at. There is none that changes a snapshot.

use bellboard_core::dashboard::Picture;
use bellboard_core::id::{DashboardId, EngagementId, SnapshotId};
use bellboard_core::time::Timestamp;

use super::take::NewSnapshot;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{List, count_in};

mod due;
mod rows;

pub(crate) use due::missed_since;
pub(super) use due::{due, due_within, expired, forget_missed, miss, missed, next_due, remove};
pub(super) use rows::replace_rows;

// A snapshot is never changed, so that the one before is named in its row for ever: whether it is still kept is looked up,
// by its primary key.
macro_rules! snapshot_columns {
    () => {
        "s.engagement_id, s.id, s.dashboard_id, s.number, s.captured_at, s.taken_by, s.taken_by_name, s.reason, s.due_at,
         s.content_hash, p.row_count, p.matched, p.primary_metric, s.unchanged,
         (select b.id from snapshots b where b.engagement_id = s.engagement_id and b.id = s.previous_id), s.summary,
         (select count(*) from bell_evaluations v
           where v.engagement_id = s.engagement_id and v.snapshot_id = s.id and v.outcome = 'rang')"
    };
}

/// What a snapshot's row is joined with.
macro_rules! snapshot_joins {
    () => {
        " join dashboard_pictures p on p.engagement_id = s.engagement_id and p.dashboard_id = s.dashboard_id
                                  and p.content_hash = s.content_hash"
    };
}

/// Keeps what a picture shows, unless it is kept already.
pub(super) async fn keep_picture(
    sql: &mut Sql<'_>,
    new: &NewSnapshot<'_>,
    text: &str,
    picture: &Picture,
) -> Outcome<()> {
    let metric = picture.primary_metric().value;
    let metric = metric
        .map(|number| serde_json::to_string(&number).map_err(Fault::internal))
        .transpose()?;
    let count = |count: u64| i64::try_from(count).map_err(Fault::internal);
    sql.execute(
        "insert into dashboard_pictures (engagement_id, dashboard_id, content_hash, materialized_data, row_count, matched,
                                         primary_metric)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict do nothing",
        &[
            new.engagement.into(),
            new.dashboard.into(),
            new.digest.into(),
            text.into(),
            count(picture.shown() as u64)?.into(),
            count(picture.matched())?.into(),
            metric.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Whether it was taken: of any number of replicas that take the same hour, one does.
pub(super) async fn insert(sql: &mut Sql<'_>, new: &NewSnapshot<'_>) -> Outcome<bool> {
    let summary = new
        .summary
        .map(|summary| serde_json::to_string(summary).map_err(Fault::internal))
        .transpose()?;
    let made = sql
        .execute(
            "insert into snapshots (engagement_id, id, dashboard_id, number, content_hash, captured_at, taken_by,
                                    taken_by_name, reason, due_at, previous_id, unchanged, summary)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             on conflict do nothing",
            &[
                new.engagement.into(),
                new.id.into(),
                new.dashboard.into(),
                new.number.into(),
                new.digest.into(),
                new.captured_at.into(),
                new.taken_by.into(),
                new.taken_by_name.into(),
                new.reason.as_str().into(),
                new.due_at.into(),
                new.previous.into(),
                new.unchanged.into(),
                summary.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

/// Columns: `snapshot_columns!`.
pub(crate) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SnapshotId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                snapshot_columns!(),
                " from snapshots s",
                snapshot_joins!(),
                " where s.engagement_id = $1 and s.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// The one of the highest number. Columns: `snapshot_columns!`.
pub(crate) async fn newest(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    dashboard: DashboardId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                snapshot_columns!(),
                " from snapshots s",
                snapshot_joins!(),
                " where s.engagement_id = $1 and s.dashboard_id = $2
                  order by s.number desc
                  limit 1"
            ),
            &[engagement.into(), dashboard.into()],
        )
        .await?;
    Ok(row)
}

/// The one of the next higher number. Columns: id.
pub(super) async fn after(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    number: u64,
) -> Outcome<Option<Row>> {
    let number = i64::try_from(number).map_err(Fault::internal)?;
    let row = sql
        .one(
            "select id from snapshots
              where engagement_id = $1 and dashboard_id = $2 and number > $3
              order by number
              limit 1",
            &[engagement.into(), dashboard.into(), number.into()],
        )
        .await?;
    Ok(row)
}

/// How far a dashboard has come: its newest snapshot, and the rows that were pushed last. Columns: number, format,
/// content_hash.
pub(super) async fn standing(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select (select max(n.number) from snapshots n
                      where n.engagement_id = d.engagement_id and n.dashboard_id = d.id),
                    r.format, r.content_hash
               from dashboards d
               left join dashboard_rows r on r.engagement_id = d.engagement_id and r.dashboard_id = d.id
              where d.engagement_id = $1 and d.id = $2",
            &[engagement.into(), dashboard.into()],
        )
        .await?;
    Ok(row)
}

/// The last one taken before a moment and those taken since, the oldest first, at most so many of the newest. Columns: id,
/// captured_at, content_hash, previous_id, summary.
pub(crate) async fn since(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    since: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let mut rows = sql
        .all(
            "select s.id, s.captured_at, s.content_hash, s.previous_id, s.summary
               from snapshots s
              where s.engagement_id = $1 and s.dashboard_id = $2
                and s.captured_at >= coalesce((select max(b.captured_at) from snapshots b
                                                where b.engagement_id = $1 and b.dashboard_id = $2
                                                  and b.captured_at < $3), $3)
              order by s.number desc
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

/// How many were taken from one moment on and before another.
pub(crate) async fn count_between(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    (from, to): (Timestamp, Timestamp),
) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from snapshots
              where engagement_id = $1 and dashboard_id = $2 and captured_at >= $3 and captured_at < $4",
            &[engagement.into(), dashboard.into(), from.into(), to.into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// What a picture shows, as its one text. Columns: materialized_data.
pub(crate) async fn picture_by_hash(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    hash: &[u8],
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select materialized_data from dashboard_pictures
              where engagement_id = $1 and dashboard_id = $2 and content_hash = $3",
            &[engagement.into(), dashboard.into(), hash.into()],
        )
        .await?;
    Ok(row)
}

/// Newest first. Columns: `snapshot_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        "select ",
        snapshot_columns!(),
        " from snapshots s",
        snapshot_joins!(),
        " where s.engagement_id = $1 and s.dashboard_id = $2 and (s.captured_at, s.id) < ($3, $4)
          order by s.captured_at desc, s.id desc
          limit $5"
    ),
    total: "select count(*) from snapshots where engagement_id = $1 and dashboard_id = $2",
};
