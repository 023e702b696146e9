//! The statements of repos.

use bellboard_core::id::{DomainId, EngagementId};

use crate::db::{Row, Sql};
use crate::fault::Outcome;

macro_rules! repo_columns {
    () => {
        "r.engagement_id, e.slug, r.id, r.domain_id, d.slug, r.topic_id, t.slug, r.slug, r.name, r.local_path,
         r.remote_url, r.description, r.status, r.last_synced_at, r.last_commit, r.created_at, r.changed_at"
    };
}

/// What a repo's row is joined with.
macro_rules! repo_joins {
    () => {
        " join engagements e on e.id = r.engagement_id
          join domains d on d.engagement_id = r.engagement_id and d.id = r.domain_id
          left join topics t on t.engagement_id = r.engagement_id and t.id = r.topic_id"
    };
}

/// The repos of a domain by name. Columns: `repo_columns!`.
pub(crate) async fn of_domain(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    domain: DomainId,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select ",
                repo_columns!(),
                " from repos r",
                repo_joins!(),
                " where r.engagement_id = $1 and r.domain_id = $2
                  order by r.slug
                  limit $3"
            ),
            &[engagement.into(), domain.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}
