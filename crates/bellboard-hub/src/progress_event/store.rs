//! The statements of progress events.

use bellboard_core::id::{EngagementId, ProgressEventId, RunId, TaskId, WorkstreamId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::Happened;
use super::list::About;
use crate::access::{Member, Reach};
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::domain::store::of_domain;
use crate::fault::Outcome;
use crate::paging::List;

pub(super) async fn insert(
    sql: &mut Sql<'_>,
    member: &Member,
    (id, now): (ProgressEventId, Timestamp),
    happened: &Happened,
) -> Outcome<()> {
    sql.execute(
        "insert into progress_events (engagement_id, id, type, summary, author_id, author_name, domain_id, workstream_id,
                                      task_id, run_id, happened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            member.engagement_id().into(),
            id.into(),
            happened.what.as_ref().into(),
            happened.summary.as_str().into(),
            member.person_id().into(),
            member.name().into(),
            happened.domain.into(),
            happened.workstream.into(),
            happened.task.into(),
            happened.run.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

macro_rules! progress_columns {
    () => {
        "p.engagement_id, e.slug, p.id, p.type, p.summary, p.author_id, p.author_name, d.slug, w.slug, p.task_id, p.run_id,
         p.happened_at"
    };
}

/// What the row of an event is joined with.
macro_rules! progress_joins {
    () => {
        " join engagements e on e.id = p.engagement_id
          left join domains d on d.engagement_id = p.engagement_id and d.id = p.domain_id
          left join workstreams w on w.engagement_id = p.engagement_id and w.id = p.workstream_id"
    };
}

/// What a list is about, after `of_domain!`.
macro_rules! about {
    () => {
        // The column comes first, so that PostgreSQL knows what the parameter is.
        " and (p.workstream_id = $8 or $8 = $11) and (p.task_id = $9 or $9 = $11) and (p.author_id = $10 or $10 = $11)"
    };
}

/// Columns: `progress_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: ProgressEventId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                progress_columns!(),
                " from progress_events p",
                progress_joins!(),
                " where p.engagement_id = $1 and p.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Newest first. Columns: `progress_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        progress_columns!(),
        " from reach m
          join progress_events p on p.engagement_id = m.engagement_id",
        progress_joins!(),
        " where ",
        of_domain!("p"),
        about!(),
        " and (p.happened_at, p.id) < ($12, $13)
         order by p.happened_at desc, p.id desc
         limit $14"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join progress_events p on p.engagement_id = m.engagement_id
              where "
        ),
        of_domain!("p"),
        about!()
    ),
};

pub(super) fn filters(reach: &Reach, about: &About) -> Vec<Value> {
    let [slug, domain] = about.domain.values();
    reach.with([
        slug,
        domain,
        about.workstream.into(),
        about.task.into(),
        about.author.into(),
        Uuid::nil().into(),
    ])
}

/// The workstream that a task belongs to.
pub(super) async fn workstream_of(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    task: TaskId,
) -> Outcome<Option<WorkstreamId>> {
    let row = sql
        .one(
            "select workstream_id from tasks where engagement_id = $1 and id = $2",
            &[engagement.into(), task.into()],
        )
        .await?;
    Ok(row.map(|row| row.id(0)).transpose()?)
}

/// Whether the run is one of the engagement.
pub(super) async fn has_run(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from runs where engagement_id = $1 and id = $2",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(row.is_some())
}
