//! The statements of clean-ups.

use bellboard_core::id::{CleanupId, EngagementId, TaskId};
use bellboard_core::time::Timestamp;

use crate::access::Member;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::count_in;

/// Open tasks `k` of a workstream `w` that is closed; `$2` is 1 for those too that an undo has restored before.
macro_rules! stale {
    () => {
        " from tasks k
          join workstreams w on w.engagement_id = k.engagement_id and w.id = k.workstream_id
         where k.engagement_id = $1 and k.rank < 2 and k.removed_at is null and w.status in ('completed', 'archived')
           and ($2 = 1 or not exists (select 1 from cleanup_tasks c
                                        join cleanups b on b.engagement_id = c.engagement_id and b.id = c.cleanup_id
                                       where c.engagement_id = k.engagement_id and c.task_id = k.id
                                         and b.undone_at is not null))"
    };
}

/// Columns: id, external_id, title, status, slug of the workstream, the reason in words.
pub(super) async fn stale(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    again: bool,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select k.id, k.external_id, k.title, k.status, w.slug, 'Workstream ' || w.slug || ' is ' || w.status",
                stale!(),
                " order by w.slug, k.position, k.id
                  limit $3"
            ),
            &[engagement.into(), again.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// How many there are.
pub(super) async fn stale_total(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    again: bool,
) -> Outcome<u64> {
    let row = sql
        .one(
            concat!("select count(*)", stale!()),
            &[engagement.into(), again.into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// Begins a batch.
pub(super) async fn begin(
    sql: &mut Sql<'_>,
    member: &Member,
    id: CleanupId,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into cleanups (engagement_id, id, made_by_name, made_at) values ($1, $2, $3, $4)",
        &[
            member.engagement_id().into(),
            id.into(),
            member.name().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Keeps how each stale task was.
pub(super) async fn remember(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: CleanupId,
    again: bool,
) -> Outcome<()> {
    sql.execute(
        concat!(
            "insert into cleanup_tasks (engagement_id, cleanup_id, task_id, status, blocking_reason)
             select k.engagement_id, $3, k.id, k.status, k.blocking_reason",
            stale!()
        ),
        &[engagement.into(), again.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Those of the batch that wait for a human, in the order in which everybody takes the counts of what waits.
pub(super) async fn flagged(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: CleanupId,
) -> Outcome<Vec<TaskId>> {
    let rows = sql
        .all(
            "select k.id from cleanup_tasks c
               join tasks k on k.engagement_id = c.engagement_id and k.id = c.task_id
              where c.engagement_id = $1 and c.cleanup_id = $2 and k.needs_human = 1",
            &[engagement.into(), id.into()],
        )
        .await?;
    in_order_of_counts(&rows)
}

/// Those of the batch that were restored at this time and need a human, in the same order.
pub(super) async fn flagged_again(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: CleanupId,
    restored_at: Timestamp,
) -> Outcome<Vec<TaskId>> {
    let rows = sql
        .all(
            "select k.id from cleanup_tasks c
               join tasks k on k.engagement_id = c.engagement_id and k.id = c.task_id
              where c.engagement_id = $1 and c.cleanup_id = $2 and k.needs_human = 1 and k.removed_at is null
                and k.changed_at = $3",
            &[engagement.into(), id.into(), restored_at.into()],
        )
        .await?;
    in_order_of_counts(&rows)
}

fn in_order_of_counts(rows: &[Row]) -> Outcome<Vec<TaskId>> {
    let mut tasks = rows
        .iter()
        .map(|row| row.id(0))
        .collect::<Result<Vec<TaskId>, _>>()?;
    tasks.sort_by_key(|task| crate::home::store::slot_of(task.uuid()));
    Ok(tasks)
}

/// Cancels the tasks of the batch; how many were open until then. What a human was to do stays for undo, and nobody reads
/// it while no human is needed.
pub(super) async fn cancel(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: CleanupId,
    now: Timestamp,
) -> Outcome<u64> {
    let cancelled = sql
        .execute(
            "update tasks
                set status = 'cancelled', rank = 2, needs_human = 0,
                    intervention_note = case when needs_human = 1 then intervention_note end, claimed_by = null,
                    claimed_by_name = null, claim_until = null, changed_at = $3,
                    blocking_reason = (select 'Workstream ' || w.slug || ' is ' || w.status from workstreams w
                                        where w.engagement_id = tasks.engagement_id and w.id = tasks.workstream_id)
              where engagement_id = $1 and rank < 2
                and id in (select c.task_id from cleanup_tasks c where c.engagement_id = $1 and c.cleanup_id = $2)",
            &[engagement.into(), id.into(), now.into()],
        )
        .await?;
    Ok(cancelled)
}

/// The last batch. Columns: id, made_at, undone_at.
pub(super) async fn last(sql: &mut Sql<'_>, engagement: EngagementId) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select id, made_at, undone_at from cleanups where engagement_id = $1 order by made_at desc, id desc limit 1",
            &[engagement.into()],
        )
        .await?;
    Ok(row)
}

/// How many tasks the batch cancelled.
pub(super) async fn size(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: CleanupId,
) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from cleanup_tasks where engagement_id = $1 and cleanup_id = $2",
            &[engagement.into(), id.into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// Makes the tasks of the batch as they were, unless they were changed since; how many.
pub(super) async fn restore(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    (id, made_at): (CleanupId, Timestamp),
    now: Timestamp,
) -> Outcome<u64> {
    let restored = sql
        .execute(
            "update tasks
                set status = (select c.status from cleanup_tasks c
                               where c.engagement_id = $1 and c.cleanup_id = $2 and c.task_id = tasks.id),
                    rank = (select case c.status when 'todo' then 0 else 1 end from cleanup_tasks c
                             where c.engagement_id = $1 and c.cleanup_id = $2 and c.task_id = tasks.id),
                    blocking_reason = (select c.blocking_reason from cleanup_tasks c
                                        where c.engagement_id = $1 and c.cleanup_id = $2 and c.task_id = tasks.id),
                    needs_human = case when intervention_note is null then 0 else 1 end,
                    changed_at = $4
              where engagement_id = $1 and status = 'cancelled' and changed_at = $3
                and id in (select c.task_id from cleanup_tasks c where c.engagement_id = $1 and c.cleanup_id = $2)",
            &[engagement.into(), id.into(), made_at.into(), now.into()],
        )
        .await?;
    Ok(restored)
}

/// Says that the batch was taken back.
pub(super) async fn end(
    sql: &mut Sql<'_>,
    member: &Member,
    id: CleanupId,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update cleanups set undone_at = $3, undone_by_name = $4 where engagement_id = $1 and id = $2",
        &[
            member.engagement_id().into(),
            id.into(),
            now.into(),
            member.name().into(),
        ],
    )
    .await?;
    Ok(())
}

/// The engagements after this one in which something would be cleaned up by itself.
pub(super) async fn engagements_with_stale(
    sql: &mut Sql<'_>,
    after: EngagementId,
    limit: u32,
) -> Outcome<Vec<EngagementId>> {
    let rows = sql
        .all(
            "select distinct k.engagement_id
               from workstreams w
               join tasks k on k.engagement_id = w.engagement_id and k.workstream_id = w.id
              where w.engagement_id > $1 and w.status in ('completed', 'archived') and k.rank < 2 and k.removed_at is null
                and not exists (select 1 from cleanup_tasks c
                                  join cleanups b on b.engagement_id = c.engagement_id and b.id = c.cleanup_id
                                 where c.engagement_id = k.engagement_id and c.task_id = k.id and b.undone_at is not null)
              order by k.engagement_id
              limit $2",
            &[after.into(), limit.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}
