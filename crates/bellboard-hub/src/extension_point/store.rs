//! The statements of extension points.

use bellboard_core::id::{EngagementId, ExtensionPointId};
use bellboard_core::time::Timestamp;

use super::ExtensionPointView;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::domain::store::of_domain;
use crate::fault::Outcome;
use crate::paging::List;

macro_rules! extension_point_columns {
    () => {
        "x.engagement_id, e.slug, x.id, x.ep_id, x.domain_id, d.slug, x.title, x.type, x.status, x.priority, x.location,
         x.description, x.topic_id, t.slug, x.workstream_id, w.slug, x.created_at, x.changed_at"
    };
}

/// What the row is joined with.
macro_rules! extension_point_joins {
    () => {
        " join engagements e on e.id = x.engagement_id
          join domains d on d.engagement_id = x.engagement_id and d.id = x.domain_id
          left join topics t on t.engagement_id = x.engagement_id and t.id = x.topic_id
          left join workstreams w on w.engagement_id = x.engagement_id and w.id = x.workstream_id"
    };
}

/// Whether the key was free.
pub(super) async fn insert(sql: &mut Sql<'_>, new: &ExtensionPointView) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into extension_points (engagement_id, id, ep_id, domain_id, title, type, status, priority, location,
                                           description, topic_id, workstream_id, created_at, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             on conflict do nothing",
            &[
                new.engagement_id.into(),
                new.id.into(),
                new.ep_id.as_str().into(),
                new.domain_id.into(),
                new.title.as_str().into(),
                new.extension_type.as_str().into(),
                new.status.as_str().into(),
                new.priority.as_str().into(),
                new.location.as_str().into(),
                new.description.as_str().into(),
                new.topic_id.into(),
                new.workstream_id.into(),
                new.created_at.into(),
                new.changed_at.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

pub(super) async fn update(
    sql: &mut Sql<'_>,
    after: &ExtensionPointView,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update extension_points
            set domain_id = $3, title = $4, type = $5, status = $6, priority = $7, location = $8, description = $9,
                topic_id = $10, workstream_id = $11, changed_at = $12
          where engagement_id = $1 and id = $2",
        &[
            after.engagement_id.into(),
            after.id.into(),
            after.domain_id.into(),
            after.title.as_str().into(),
            after.extension_type.as_str().into(),
            after.status.as_str().into(),
            after.priority.as_str().into(),
            after.location.as_str().into(),
            after.description.as_str().into(),
            after.topic_id.into(),
            after.workstream_id.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `extension_point_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: ExtensionPointId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                extension_point_columns!(),
                " from extension_points x",
                extension_point_joins!(),
                " where x.engagement_id = $1 and x.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Last changed first; an empty word asks for all. Columns: `extension_point_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        extension_point_columns!(),
        " from reach m
          join extension_points x on x.engagement_id = m.engagement_id",
        extension_point_joins!(),
        " where ",
        of_domain!("x"),
        " and ($8 = '' or x.status = $8) and ($9 = '' or x.type = $9)
          and (x.changed_at, x.id) < ($10, $11)
         order by x.changed_at desc, x.id desc
         limit $12"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join extension_points x on x.engagement_id = m.engagement_id
              where "
        ),
        of_domain!("x"),
        " and ($8 = '' or x.status = $8) and ($9 = '' or x.type = $9)"
    ),
};
