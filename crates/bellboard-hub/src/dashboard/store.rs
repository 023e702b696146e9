//! The statements of dashboards.

use bellboard_core::id::{DashboardId, EngagementId};
use bellboard_core::time::Timestamp;

use super::DashboardView;
use crate::access::Member;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{List, count_in};

macro_rules! dashboard_columns {
    () => {
        "d.engagement_id, e.slug, d.id, d.title, d.description, d.view_spec, d.snapshot_policy, d.zone, d.keep_days,
         d.next_due_at, d.created_by_name, d.created_at, d.changed_at, d.archived_at, s.id, s.number, s.captured_at,
         p.row_count, p.primary_metric, r.row_count, r.fields, r.pushed_by_name, r.pushed_at,
         (select count(*) from subscriptions b
           where b.engagement_id = d.engagement_id and b.dashboard_id = d.id and b.disabled_at is null)"
    };
}

/// What the row is joined with: its engagement, its newest snapshot and its pushed rows.
macro_rules! dashboard_joins {
    () => {
        " join engagements e on e.id = d.engagement_id
          left join snapshots s on s.engagement_id = d.engagement_id and s.dashboard_id = d.id
                and s.number = (select max(n.number) from snapshots n
                                 where n.engagement_id = d.engagement_id and n.dashboard_id = d.id)
          left join dashboard_pictures p on p.engagement_id = s.engagement_id and p.dashboard_id = s.dashboard_id
                and p.content_hash = s.content_hash
          left join dashboard_rows r on r.engagement_id = d.engagement_id and r.dashboard_id = d.id"
    };
}

pub(super) async fn insert(sql: &mut Sql<'_>, member: &Member, new: &DashboardView) -> Outcome<()> {
    sql.execute(
        "insert into dashboards (engagement_id, id, title, description, view_spec, snapshot_policy, zone, keep_days,
                                 next_due_at, created_by, created_by_name, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        &[
            member.engagement_id().into(),
            new.id.into(),
            new.title.as_str().into(),
            new.description.as_str().into(),
            spec_text(new)?.into(),
            new.metadata.snapshot_policy.to_string().into(),
            new.metadata.zone.as_str().into(),
            new.metadata.keep_days.into(),
            new.next_due_at.into(),
            member.person_id().into(),
            member.name().into(),
            new.created_at.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(
    sql: &mut Sql<'_>,
    after: &DashboardView,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update dashboards
            set title = $3, description = $4, view_spec = $5, snapshot_policy = $6, zone = $7, keep_days = $8,
                next_due_at = $9, changed_at = $10
          where engagement_id = $1 and id = $2",
        &[
            after.engagement_id.into(),
            after.id.into(),
            after.title.as_str().into(),
            after.description.as_str().into(),
            spec_text(after)?.into(),
            after.metadata.snapshot_policy.to_string().into(),
            after.metadata.zone.as_str().into(),
            after.metadata.keep_days.into(),
            after.next_due_at.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

fn spec_text(dashboard: &DashboardView) -> Outcome<String> {
    serde_json::to_string(&dashboard.view_spec_json).map_err(Fault::internal)
}

/// Takes a dashboard out of use; whether it was in use.
pub(super) async fn archive(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DashboardId,
    now: Timestamp,
) -> Outcome<bool> {
    let archived = sql
        .execute(
            "update dashboards set archived_at = $3, changed_at = $3, next_due_at = null
              where engagement_id = $1 and id = $2 and archived_at is null",
            &[engagement.into(), id.into(), now.into()],
        )
        .await?;
    Ok(archived == 1)
}

/// Takes the row's lock until the transaction ends: what happens to one dashboard happens one after the other.
pub(crate) async fn hold(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DashboardId,
) -> Outcome<()> {
    sql.execute(
        "update dashboards set title = title where engagement_id = $1 and id = $2",
        &[engagement.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// How many are in use.
pub(super) async fn in_use(sql: &mut Sql<'_>, member: &Member) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from dashboards where engagement_id = $1 and archived_at is null",
            &[member.engagement_id().into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// The rules of its bells, each once: also of those that are switched off, which a test or a confirmation switches on
/// again. Column: threshold.
pub(super) async fn rules_of_bells(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DashboardId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select distinct threshold from subscriptions
              where engagement_id = $1 and dashboard_id = $2",
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(rows)
}

/// Columns: `dashboard_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DashboardId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                dashboard_columns!(),
                " from dashboards d",
                dashboard_joins!(),
                " where d.engagement_id = $1 and d.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Those in use, or those out of use, last changed first. Columns: `dashboard_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        dashboard_columns!(),
        " from reach m
          join dashboards d on d.engagement_id = m.engagement_id",
        dashboard_joins!(),
        " where (case when d.archived_at is null then 0 else 1 end) = $6
            and (d.changed_at, d.id) < ($7, $8)
          order by d.changed_at desc, d.id desc
          limit $9"
    ),
    total: within_reach!(
        "select count(*)
           from reach m
           join dashboards d on d.engagement_id = m.engagement_id
          where (case when d.archived_at is null then 0 else 1 end) = $6"
    ),
};
