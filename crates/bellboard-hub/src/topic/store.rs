//! The statements of topics.

use bellboard_core::id::{EngagementId, TopicId};

use super::TopicView;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::domain::store::of_domain;
use crate::fault::Outcome;
use crate::paging::List;

macro_rules! topic_columns {
    () => {
        "t.engagement_id, e.slug, t.id, t.domain_id, d.slug, t.slug, t.title, t.description, t.status, t.created_at,
         t.changed_at"
    };
}

/// What a topic's row is joined with.
macro_rules! topic_joins {
    () => {
        " join engagements e on e.id = t.engagement_id
          join domains d on d.engagement_id = t.engagement_id and d.id = t.domain_id"
    };
}

pub(super) async fn insert(sql: &mut Sql<'_>, topic: &TopicView) -> Outcome<()> {
    sql.execute(
        "insert into topics (engagement_id, id, domain_id, slug, title, description, status, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            topic.engagement_id.into(),
            topic.id.into(),
            topic.domain_id.into(),
            topic.slug.as_str().into(),
            topic.title.as_str().into(),
            topic.description.as_str().into(),
            topic.status.as_str().into(),
            topic.created_at.into(),
            topic.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `topic_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    topic: TopicId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                topic_columns!(),
                " from topics t",
                topic_joins!(),
                " where t.engagement_id = $1 and t.id = $2"
            ),
            &[engagement.into(), topic.into()],
        )
        .await?;
    Ok(row)
}

pub(super) async fn update(sql: &mut Sql<'_>, topic: &TopicView) -> Outcome<()> {
    sql.execute(
        "update topics set domain_id = $3, slug = $4, title = $5, description = $6, status = $7, changed_at = $8
          where engagement_id = $1 and id = $2",
        &[
            topic.engagement_id.into(),
            topic.id.into(),
            topic.domain_id.into(),
            topic.slug.as_str().into(),
            topic.title.as_str().into(),
            topic.description.as_str().into(),
            topic.status.as_str().into(),
            topic.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Newest first; an empty status asks for all. Columns: `topic_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        topic_columns!(),
        " from reach m
          join topics t on t.engagement_id = m.engagement_id",
        topic_joins!(),
        " where ",
        of_domain!("t"),
        " and ($8 = '' or t.status = $8) and (t.created_at, t.id) < ($9, $10)
         order by t.created_at desc, t.id desc
         limit $11"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join topics t on t.engagement_id = m.engagement_id
              where "
        ),
        of_domain!("t"),
        " and ($8 = '' or t.status = $8)"
    ),
};
