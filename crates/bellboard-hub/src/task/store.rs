//! The statements of tasks.

use bellboard_core::id::{EngagementId, TaskId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::OpenTask;
use uuid::Uuid;

use super::TaskView;
use super::read::Filter;
use super::ready::{PlaceInList, Wanted};
use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::domain::store::of_domain;
use crate::fault::Outcome;
use crate::paging::{List, count_in};

macro_rules! task_columns {
    () => {
        "k.engagement_id, e.slug, k.id, k.workstream_id, w.slug, w.domain_id, d.slug, k.external_id, k.title, k.description,
         k.priority, k.assignee, k.due_date, k.status, k.blocking_reason, k.needs_human, k.intervention_note, k.claimed_by,
         k.claimed_by_name, k.claim_until, k.claim_fence, k.file_path, k.file_line, k.created_at, k.changed_at"
    };
}

/// What a task's row is joined with.
macro_rules! task_joins {
    () => {
        " join engagements e on e.id = k.engagement_id
          join workstreams w on w.engagement_id = k.engagement_id and w.id = k.workstream_id
          join domains d on d.engagement_id = w.engagement_id and d.id = w.domain_id"
    };
}

/// Where a ready task stands: what matters most first, then what is due first, then what was planned first.
macro_rules! place_in_list {
    () => {
        "cast(case k.priority when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end as bigint),
         coalesce(k.due_date, '9999-12-31'), k.created_at, k.position"
    };
}

/// Which rows a list holds, after `of_domain!`.
macro_rules! filtered {
    () => {
        // The column comes first, so that PostgreSQL knows what the parameter is.
        " and k.removed_at is null and (k.workstream_id = $8 or $8 = $9)
          and ($10 = '' or $10 like '%,' || k.status || ',%')
          and ($11 = '' or k.assignee = $11) and (k.needs_human = $12 or $12 = -1)"
    };
}

/// What can be begun now, after `of_domain!`: the workstream goes on and waits for nothing, no human is needed, nobody
/// has it. What was begun under a claim that is over is there again.
macro_rules! is_ready {
    () => {
        " and (k.workstream_id = $8 or $8 = $9) and ($10 = '' or k.assignee = '' or k.assignee = $10)
          and w.status in ('ready', 'active')
          and k.rank < 2 and k.removed_at is null and k.needs_human = 0
          and (k.status = 'todo' or (k.status = 'in_progress' and k.claim_until is not null))
          and (k.claim_until is null or k.claim_until <= $11)
          and not exists (select 1 from dependencies x
                            join workstreams b on b.engagement_id = x.engagement_id and b.id = x.depends_on_id
                           where x.engagement_id = w.engagement_id and x.workstream_id = w.id
                             and b.status not in ('completed', 'archived'))"
    };
}

/// Whether its key was free.
pub(super) async fn insert(sql: &mut Sql<'_>, new: &TaskView) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into tasks (engagement_id, id, workstream_id, external_id, position, title, description, priority, assignee,
                                due_date, status, rank, blocking_reason, needs_human, intervention_note, claim_fence,
                                created_at, changed_at)
             values ($1, $2, $3, $4,
                     (select coalesce(max(k.position), 0) + 1 from tasks k where k.engagement_id = $1 and k.workstream_id = $3),
                     $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $15, $16)
             on conflict do nothing",
            &[
                new.engagement_id.into(),
                new.id.into(),
                new.workstream_id.into(),
                new.external_id.clone().into(),
                new.title.as_str().into(),
                new.description.as_str().into(),
                new.priority.as_str().into(),
                new.assignee.as_str().into(),
                new.due_date.clone().into(),
                new.status.as_str().into(),
                i32::from(new.status.rank()).into(),
                new.blocking_reason.clone().into(),
                new.needs_human.into(),
                new.intervention_note.clone().into(),
                new.created_at.into(),
                new.changed_at.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

pub(super) async fn update(sql: &mut Sql<'_>, after: &TaskView) -> Outcome<()> {
    sql.execute(
        "update tasks
            set title = $3, description = $4, priority = $5, assignee = $6, due_date = $7, status = $8, rank = $9,
                blocking_reason = $10, needs_human = $11, intervention_note = $12, claimed_by = $13, claimed_by_name = $14,
                claim_until = $15, claim_fence = $16, changed_at = $17
          where engagement_id = $1 and id = $2",
        &[
            after.engagement_id.into(),
            after.id.into(),
            after.title.as_str().into(),
            after.description.as_str().into(),
            after.priority.as_str().into(),
            after.assignee.as_str().into(),
            after.due_date.clone().into(),
            after.status.as_str().into(),
            i32::from(after.status.rank()).into(),
            after.blocking_reason.clone().into(),
            after.needs_human.into(),
            after.intervention_note.clone().into(),
            after.last_claim.map(|claim| claim.by).into(),
            after.claimed_by_name.clone().into(),
            after.last_claim.map(|claim| claim.until).into(),
            after.fence.into(),
            after.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Puts the task at the end of another workstream.
pub(super) async fn carry(
    sql: &mut Sql<'_>,
    task: &TaskView,
    target: WorkstreamId,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update tasks
            set workstream_id = $3, changed_at = $4,
                position = (select coalesce(max(o.position), 0) + 1 from tasks o
                             where o.engagement_id = $1 and o.workstream_id = $3)
          where engagement_id = $1 and id = $2",
        &[
            task.engagement_id.into(),
            task.id.into(),
            target.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `task_columns!`. One that left its file is not there.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    task: TaskId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                task_columns!(),
                " from tasks k",
                task_joins!(),
                " where k.engagement_id = $1 and k.id = $2 and k.removed_at is null"
            ),
            &[engagement.into(), task.into()],
        )
        .await?;
    Ok(row)
}

/// The open tasks of a workstream in their order.
pub(crate) async fn open_of(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    workstream: WorkstreamId,
    limit: u32,
) -> Outcome<Vec<OpenTask>> {
    let rows = sql
        .all(
            "select id, external_id, title from tasks
              where engagement_id = $1 and workstream_id = $2 and rank < 2 and removed_at is null
              order by position, id
              limit $3",
            &[engagement.into(), workstream.into(), limit.into()],
        )
        .await?;
    let tasks = rows.iter().map(|row| {
        Ok(OpenTask {
            task_id: row.id(0)?,
            external_id: row.opt_text(1)?,
            title: row.text(2)?,
        })
    });
    tasks.collect()
}

/// Last changed first. Columns: `task_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        task_columns!(),
        " from reach m
          join tasks k on k.engagement_id = m.engagement_id",
        task_joins!(),
        " where ",
        of_domain!("w"),
        filtered!(),
        " and (k.changed_at, k.id) < ($13, $14)
         order by k.changed_at desc, k.id desc
         limit $15"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join tasks k on k.engagement_id = m.engagement_id"
        ),
        task_joins!(),
        " where ",
        of_domain!("w"),
        filtered!()
    ),
};

pub(super) fn filters(reach: &Reach, filter: &Filter) -> Vec<Value> {
    let [slug, domain] = filter.domain.values();
    reach.with([
        slug,
        domain,
        filter.workstream.into(),
        Uuid::nil().into(),
        filter.status.pattern().into(),
        filter.assignee.as_str().into(),
        filter.needs_human.map_or(-1, i64::from).into(),
    ])
}

/// What matters most comes first, then what is due first, then what was planned first. Columns: `task_columns!`.
pub(super) async fn ready(
    sql: &mut Sql<'_>,
    reach: &Reach,
    wanted: &Wanted,
    (after, limit): (&PlaceInList, u32),
) -> Outcome<Vec<Row>> {
    let mut parameters = wanted_parameters(reach, wanted);
    parameters.extend([
        after.priority.into(),
        after.due.as_str().into(),
        after.at.into(),
        after.position.into(),
        after.id.into(),
        limit.into(),
    ]);
    let rows = sql
        .all(
            concat!(
                within_reach!("select "),
                task_columns!(),
                " from reach m
                  join tasks k on k.engagement_id = m.engagement_id",
                task_joins!(),
                " where ",
                of_domain!("w"),
                is_ready!(),
                " and (",
                place_in_list!(),
                ", k.id) > ($12, $13, $14, $15, $16)
                 order by ",
                place_in_list!(),
                ", k.id
                 limit $17"
            ),
            &parameters,
        )
        .await?;
    Ok(rows)
}

/// Where a task stands in the list, ready or not. Columns: `place_in_list!`.
pub(super) async fn place_of(sql: &mut Sql<'_>, reach: &Reach, task: Uuid) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                within_reach!("select "),
                place_in_list!(),
                " from reach m
                  join tasks k on k.engagement_id = m.engagement_id
                 where k.id = $6"
            ),
            &reach.with([task.into()]),
        )
        .await?;
    Ok(row)
}

/// How many could be begun now.
pub(super) async fn ready_total(sql: &mut Sql<'_>, reach: &Reach, wanted: &Wanted) -> Outcome<u64> {
    let row = sql
        .one(
            concat!(
                within_reach!(
                    "select count(*)
                       from reach m
                       join tasks k on k.engagement_id = m.engagement_id"
                ),
                task_joins!(),
                " where ",
                of_domain!("w"),
                is_ready!()
            ),
            &wanted_parameters(reach, wanted),
        )
        .await?;
    count_in(row.as_ref())
}

fn wanted_parameters(reach: &Reach, wanted: &Wanted) -> Vec<Value> {
    let [slug, domain] = wanted.domain.values();
    reach.with([
        slug,
        domain,
        wanted.workstream.into(),
        Uuid::nil().into(),
        wanted.assignee.as_str().into(),
        wanted.now.into(),
    ])
}
