//! The statements of workstreams.

use bellboard_core::id::{ClosureReviewId, EngagementId, RepoId, WorkstreamId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::WorkstreamView;
use super::read::Filter;
use crate::access::{Member, Reach};
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::domain::store::of_domain;
use crate::fault::Outcome;
use crate::paging::List;

/// So many neighbours of a workstream are named.
const NEIGHBOURS: u32 = 100;

/// How many tasks of the workstream `w` have this status.
macro_rules! tasks_that_are {
    ($status:literal) => {
        concat!(
            "(select count(*) from tasks k
               where k.engagement_id = w.engagement_id and k.workstream_id = w.id and k.status = '",
            $status,
            "' and k.removed_at is null)"
        )
    };
}

macro_rules! workstream_columns {
    () => {
        concat!(
            "w.engagement_id, e.slug, w.id, w.domain_id, d.slug, w.topic_id, t.slug, w.repo_id, r.slug, w.slug, w.title,
             w.owner, w.description, w.due_date, w.status, w.format, w.file_path, w.file_id, w.created_at, w.changed_at,
             w.completed_at, ",
            tasks_that_are!("todo"),
            ", ",
            tasks_that_are!("in_progress"),
            ", ",
            tasks_that_are!("blocked"),
            ", ",
            tasks_that_are!("done"),
            ", ",
            tasks_that_are!("cancelled"),
            ", (select max(k.changed_at) from tasks k
                 where k.engagement_id = w.engagement_id and k.workstream_id = w.id)"
        )
    };
}

/// What a workstream's row is joined with.
macro_rules! workstream_joins {
    () => {
        " join engagements e on e.id = w.engagement_id
          join domains d on d.engagement_id = w.engagement_id and d.id = w.domain_id
          left join topics t on t.engagement_id = w.engagement_id and t.id = w.topic_id
          left join repos r on r.engagement_id = w.engagement_id and r.id = w.repo_id"
    };
}

/// Which rows a list holds, after `of_domain!`.
macro_rules! filtered {
    () => {
        // The column comes first, so that PostgreSQL knows what the parameter is.
        " and (w.topic_id = $8 or $8 = $10) and (w.repo_id = $9 or $9 = $10)
          and ($11 = '' or $11 like '%,' || w.status || ',%')"
    };
}

pub(super) async fn insert(sql: &mut Sql<'_>, new: &WorkstreamView) -> Outcome<()> {
    sql.execute(
        "insert into workstreams (engagement_id, id, domain_id, topic_id, repo_id, slug, title, owner, description, due_date,
                                  status, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &[
            new.engagement_id.into(),
            new.id.into(),
            new.domain_id.into(),
            new.topic_id.into(),
            new.repo_id.into(),
            new.slug.as_str().into(),
            new.title.as_str().into(),
            new.owner.as_str().into(),
            new.description.as_str().into(),
            new.due_date.clone().into(),
            new.status.as_str().into(),
            new.created_at.into(),
            new.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(sql: &mut Sql<'_>, after: &WorkstreamView) -> Outcome<()> {
    sql.execute(
        "update workstreams
            set domain_id = $3, topic_id = $4, repo_id = $5, slug = $6, title = $7, owner = $8, description = $9,
                due_date = $10, status = $11, changed_at = $12, completed_at = $13
          where engagement_id = $1 and id = $2",
        &[
            after.engagement_id.into(),
            after.id.into(),
            after.domain_id.into(),
            after.topic_id.into(),
            after.repo_id.into(),
            after.slug.as_str().into(),
            after.title.as_str().into(),
            after.owner.as_str().into(),
            after.description.as_str().into(),
            after.due_date.clone().into(),
            after.status.as_str().into(),
            after.changed_at.into(),
            after.completed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `workstream_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    workstream: WorkstreamId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                workstream_columns!(),
                " from workstreams w",
                workstream_joins!(),
                " where w.engagement_id = $1 and w.id = $2"
            ),
            &[engagement.into(), workstream.into()],
        )
        .await?;
    Ok(row)
}

/// All of an engagement before this id, the newest id first. Columns: `workstream_columns!`.
pub(super) async fn of_engagement(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    (before, limit): (Uuid, u32),
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select ",
                workstream_columns!(),
                " from workstreams w",
                workstream_joins!(),
                " where w.engagement_id = $1 and w.id < $2
                  order by w.id desc
                  limit $3"
            ),
            &[engagement.into(), before.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// Last changed first. Columns: `workstream_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        workstream_columns!(),
        " from reach m
          join workstreams w on w.engagement_id = m.engagement_id",
        workstream_joins!(),
        " where ",
        of_domain!("w"),
        filtered!(),
        " and (w.changed_at, w.id) < ($12, $13)
         order by w.changed_at desc, w.id desc
         limit $14"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join workstreams w on w.engagement_id = m.engagement_id
              where "
        ),
        of_domain!("w"),
        filtered!()
    ),
};

pub(super) fn filters(reach: &Reach, filter: &Filter) -> Vec<Value> {
    let [slug, domain] = filter.domain.values();
    reach.with([
        slug,
        domain,
        filter.topic.into(),
        filter.repo.into(),
        Uuid::nil().into(),
        filter.status.pattern().into(),
    ])
}

/// The slugs of the workstreams that it waits for.
pub(super) async fn depends_on(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    workstream: WorkstreamId,
) -> Outcome<Vec<String>> {
    let rows = sql
        .all(
            "select w.slug from dependencies x
               join workstreams w on w.engagement_id = x.engagement_id and w.id = x.depends_on_id
              where x.engagement_id = $1 and x.workstream_id = $2
              order by w.slug
              limit $3",
            &[engagement.into(), workstream.into(), NEIGHBOURS.into()],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.text(0))
        .collect::<Result<_, _>>()?)
}

/// The slugs of the workstreams that wait for it.
pub(super) async fn blocks(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    workstream: WorkstreamId,
) -> Outcome<Vec<String>> {
    let rows = sql
        .all(
            "select w.slug from dependencies x
               join workstreams w on w.engagement_id = x.engagement_id and w.id = x.workstream_id
              where x.engagement_id = $1 and x.depends_on_id = $2
              order by w.slug
              limit $3",
            &[engagement.into(), workstream.into(), NEIGHBOURS.into()],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.text(0))
        .collect::<Result<_, _>>()?)
}

/// Keeps what was said of the tasks that were open when the workstream was completed.
pub(super) async fn keep_review(
    sql: &mut Sql<'_>,
    member: &Member,
    (id, workstream): (ClosureReviewId, WorkstreamId),
    review: &str,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into closure_reviews (engagement_id, id, workstream_id, review, reviewed_by, reviewed_by_name, reviewed_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &[
            member.engagement_id().into(),
            id.into(),
            workstream.into(),
            review.into(),
            member.person_id().into(),
            member.name().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reviews that completed workstreams of the repo, newest first. Columns: workstream, id, review, name, time.
pub(super) async fn reviews_of_repo(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select r.workstream_id, r.id, r.review, r.reviewed_by_name, r.reviewed_at
               from workstreams w
               join closure_reviews r on r.engagement_id = w.engagement_id and r.workstream_id = w.id
              where w.engagement_id = $1 and w.repo_id = $2 and w.status = 'completed'
              order by r.reviewed_at desc, r.id desc
              limit 1000",
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(rows)
}
