//! The statements of repos.

use bellboard_core::id::{DomainId, EngagementId, RepoId};

use super::RepoView;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::domain::store::of_domain;
use crate::fault::Outcome;
use crate::paging::List;

macro_rules! repo_columns {
    () => {
        // The plus keeps SQLite from reading every task that changed since; those of one repo are few.
        "r.engagement_id, e.slug, r.id, r.domain_id, d.slug, r.topic_id, t.slug, r.slug, r.name, r.local_path,
         r.remote_url, r.description, r.status, r.last_synced_at, r.last_commit, r.created_at, r.changed_at, r.last_sync,
         case when exists (select 1 from tasks x
                            where x.engagement_id = r.engagement_id and x.repo_id = r.id and +x.changed_at > r.last_synced_at)
                or exists (select 1 from workstreams x
                            where x.engagement_id = r.engagement_id and x.repo_id = r.id and +x.changed_at > r.last_synced_at)
              then 1 else 0 end"
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

pub(super) async fn insert(sql: &mut Sql<'_>, repo: &RepoView) -> Outcome<()> {
    sql.execute(
        "insert into repos (engagement_id, id, domain_id, topic_id, slug, name, local_path, remote_url, description, status,
                            watched, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)",
        &[
            repo.engagement_id.into(),
            repo.id.into(),
            repo.domain_id.into(),
            repo.topic_id.into(),
            repo.slug.as_str().into(),
            repo.name.as_str().into(),
            repo.local_path.clone().into(),
            repo.remote_url.clone().into(),
            repo.description.as_str().into(),
            repo.status.as_str().into(),
            repo.created_at.into(),
            repo.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(sql: &mut Sql<'_>, repo: &RepoView) -> Outcome<()> {
    sql.execute(
        "update repos set domain_id = $3, topic_id = $4, slug = $5, name = $6, local_path = $7, remote_url = $8,
                          description = $9, status = $10, changed_at = $11
          where engagement_id = $1 and id = $2",
        &[
            repo.engagement_id.into(),
            repo.id.into(),
            repo.domain_id.into(),
            repo.topic_id.into(),
            repo.slug.as_str().into(),
            repo.name.as_str().into(),
            repo.local_path.clone().into(),
            repo.remote_url.clone().into(),
            repo.description.as_str().into(),
            repo.status.as_str().into(),
            repo.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `repo_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                repo_columns!(),
                " from repos r",
                repo_joins!(),
                " where r.engagement_id = $1 and r.id = $2"
            ),
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(row)
}

/// Newest first; an empty status asks for all. Columns: `repo_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        repo_columns!(),
        " from reach m
          join repos r on r.engagement_id = m.engagement_id",
        repo_joins!(),
        " where ",
        of_domain!("r"),
        " and ($8 = '' or r.status = $8) and (r.created_at, r.id) < ($9, $10)
         order by r.created_at desc, r.id desc
         limit $11"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join repos r on r.engagement_id = m.engagement_id
              where "
        ),
        of_domain!("r"),
        " and ($8 = '' or r.status = $8)"
    ),
};
