//! The statements behind the sources. Each brings the columns of its source in their order, the id first, from the
//! newest id down.

use bellboard_core::dashboard::Source;
use bellboard_core::id::{DashboardId, EngagementId};
use uuid::Uuid;

use crate::db::{Row, Sql};
use crate::fault::Outcome;

const NEEDS_YOU: &[&str] = &["select x.item_id, x.kind, x.label, x.detail, x.created_at
       from needs x
      where x.engagement_id = $1 and x.item_id < $2
      order by x.item_id desc
      limit $3"];
const RECENT: &[&str] = &[
    "select x.id, 'run', x.label, x.completed_at
       from runs x
      where x.engagement_id = $1 and x.status = 'completed' and x.id < $2
      order by x.id desc
      limit $3",
    "select x.id, x.kind, x.label, x.made_at
       from artifacts x
      where x.engagement_id = $1 and x.kind in ('render', 'review_report', 'transformed_artifact') and x.id < $2
      order by x.id desc
      limit $3",
];
const TASKS: &[&str] = &[
    "select k.id, k.external_id, k.title, w.slug, k.priority, k.assignee, k.due_date, k.status, k.blocking_reason,
            k.needs_human, k.created_at, k.changed_at
       from tasks k
       join workstreams w on w.engagement_id = k.engagement_id and w.id = k.workstream_id
      where k.engagement_id = $1 and k.removed_at is null and k.id < $2
      order by k.id desc
      limit $3",
];
const REPOS: &[&str] = &[
    "select r.id, r.slug, r.name, d.slug, t.slug, r.status, r.local_path, r.remote_url, r.last_commit, r.last_synced_at
       from repos r
       join domains d on d.engagement_id = r.engagement_id and d.id = r.domain_id
       left join topics t on t.engagement_id = r.engagement_id and t.id = r.topic_id
      where r.engagement_id = $1 and r.id < $2
      order by r.id desc
      limit $3",
];
const EXTENSION_POINTS: &[&str] = &[
    "select x.id, x.ep_id, x.title, d.slug, x.type, x.status, x.priority, x.location, t.slug, w.slug, x.created_at,
            x.changed_at
       from extension_points x
       join domains d on d.engagement_id = x.engagement_id and d.id = x.domain_id
       left join topics t on t.engagement_id = x.engagement_id and t.id = x.topic_id
       left join workstreams w on w.engagement_id = x.engagement_id and w.id = x.workstream_id
      where x.engagement_id = $1 and x.id < $2
      order by x.id desc
      limit $3",
];
const TECHNICAL_DEBT: &[&str] = &[
    "select x.id, x.td_id, x.title, d.slug, x.type, x.severity, x.status, x.location, x.created_at, x.changed_at
       from technical_debts x
       join domains d on d.engagement_id = x.engagement_id and d.id = x.domain_id
      where x.engagement_id = $1 and x.id < $2
      order by x.id desc
      limit $3",
];

/// The statements whose rows are the source's as they stand; none for those that are computed or pushed.
pub(super) const fn texts(source: Source) -> &'static [&'static str] {
    match source {
        Source::NeedsYou => NEEDS_YOU,
        Source::Recent => RECENT,
        Source::Tasks => TASKS,
        Source::Repos => REPOS,
        Source::ExtensionPoints => EXTENSION_POINTS,
        Source::TechnicalDebt => TECHNICAL_DEBT,
        Source::Runs | Source::Workstreams | Source::Pushed => &[],
    }
}

/// The next rows of one of [`texts`].
pub(super) async fn batch(
    sql: &mut Sql<'_>,
    text: &'static str,
    engagement: EngagementId,
    before: Uuid,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let place = [engagement.into(), before.into(), limit.into()];
    Ok(sql.all(text, &place).await?)
}

/// The rows that were pushed last. Columns: format, bytes.
pub(super) async fn pushed(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    dashboard: DashboardId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select format, bytes from dashboard_rows where engagement_id = $1 and dashboard_id = $2",
            &[engagement.into(), dashboard.into()],
        )
        .await?;
    Ok(row)
}
