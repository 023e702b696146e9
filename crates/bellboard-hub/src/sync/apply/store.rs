//! The statements that write what sync decided.

use bellboard_core::id::{EngagementId, RepoId, TaskId, WorkstreamId};
use bellboard_core::time::Timestamp;

use super::{NewTask, NewWorkstream, TaskRow, WorkstreamRow};
use crate::db::{DbFault, Engine, Sql, Value};
use crate::fault::Outcome;

/// A workstream that a file brought.
pub(super) async fn insert_workstream(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    new: &NewWorkstream<'_>,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into workstreams (engagement_id, id, domain_id, topic_id, repo_id, slug, title, owner, description, status,
                                  format, file_path, file_id, file_hash, created_at, changed_at, completed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16)",
        &[
            engagement.into(),
            new.id.into(),
            new.domain.into(),
            new.topic.into(),
            repo.into(),
            new.slug.as_str().into(),
            new.row.title.into(),
            new.row.owner.into(),
            new.row.description.into(),
            new.row.status.into(),
            new.row.format.into(),
            new.row.path.into(),
            new.row.key.into(),
            new.row.hash.into(),
            now.into(),
            new.row.completed_at.into(),
        ],
    )
    .await
    .map_err(met)?;
    Ok(())
}

/// Another repo may have brought the same key, slug or id since the facts were read; then all of it is tried again.
fn met(fault: DbFault) -> DbFault {
    match fault {
        DbFault::Unique(_) => DbFault::Conflict,
        other => other,
    }
}

/// Sets what a file says about a workstream.
pub(super) async fn update_workstream(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    id: WorkstreamId,
    row: &WorkstreamRow<'_>,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update workstreams
            set title = $3, owner = $4, description = $5, status = $6, format = $7, file_path = $8, file_id = $9,
                file_hash = $10, changed_at = $11, repo_id = $12, completed_at = $13
          where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            id.into(),
            row.title.into(),
            row.owner.into(),
            row.description.into(),
            row.status.into(),
            row.format.into(),
            row.path.into(),
            row.key.into(),
            row.hash.into(),
            now.into(),
            repo.into(),
            row.completed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Notes where the file of a workstream lies and what it is, when nothing else of it changes.
pub(super) async fn place_workstream(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: WorkstreamId,
    row: &WorkstreamRow<'_>,
) -> Outcome<()> {
    sql.execute(
        "update workstreams set format = $3, file_path = $4, file_id = $5, file_hash = $6
          where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            id.into(),
            row.format.into(),
            row.path.into(),
            row.key.into(),
            row.hash.into(),
        ],
    )
    .await?;
    Ok(())
}

/// So many new tasks are looked at and written at once.
pub(super) const TASKS_AT_ONCE: usize = 8;

/// Before the values of new tasks.
macro_rules! new_tasks {
    ($values:literal) => {
        concat!(
            "insert into tasks (engagement_id, id, workstream_id, external_id, position, title, description, priority,
                                assignee, status, rank, needs_human, claim_fence, repo_id, file_path, file_line, created_at,
                                changed_at)
             values ",
            $values
        )
    };
}

/// Tasks that files brought. PostgreSQL takes [`TASKS_AT_ONCE`] by one statement, to save round trips; SQLite takes each by
/// its own, because it keeps a copy of every page that a statement with several rows changes.
pub(super) async fn insert_tasks(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    new: &[NewTask<'_>],
    now: Timestamp,
) -> Outcome<()> {
    let shared = [engagement.into(), repo.into(), now.into()];
    if sql.engine() == Engine::Postgres && new.len() == TASKS_AT_ONCE {
        let parameters: Vec<Value> = shared
            .into_iter()
            .chain(new.iter().flat_map(values))
            .collect();
        sql.execute(EIGHT_TASKS, &parameters).await.map_err(met)?;
        return Ok(());
    }
    for one in new {
        let parameters: Vec<Value> = shared.iter().cloned().chain(values(one)).collect();
        sql.execute(ONE_TASK, &parameters).await.map_err(met)?;
    }
    Ok(())
}

const ONE_TASK: &str =
    new_tasks!("($1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, $2, $14, $15, $3, $3)");

const EIGHT_TASKS: &str = new_tasks!(
    "($1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, $2, $14, $15, $3, $3),
     ($1, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, 0, 0, $2, $26, $27, $3, $3),
     ($1, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, 0, 0, $2, $38, $39, $3, $3),
     ($1, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, 0, 0, $2, $50, $51, $3, $3),
     ($1, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, 0, 0, $2, $62, $63, $3, $3),
     ($1, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, 0, 0, $2, $74, $75, $3, $3),
     ($1, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, 0, 0, $2, $86, $87, $3, $3),
     ($1, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, 0, 0, $2, $98, $99, $3, $3)"
);

/// What is each task's own, in the order of `new_tasks!`.
fn values(new: &NewTask<'_>) -> [Value; 12] {
    let row = &new.row;
    [
        new.id.into(),
        row.workstream.into(),
        row.key.into(),
        row.position.into(),
        row.title.into(),
        row.description.into(),
        row.priority.into(),
        row.assignee.into(),
        row.status.into(),
        row.rank.into(),
        row.path.into(),
        row.line.into(),
    ]
}

/// Sets what a file says about a task, and brings it back if it was removed. Who is done with it lets go of it.
pub(super) async fn update_task(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    id: TaskId,
    row: &TaskRow<'_>,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update tasks
            set workstream_id = $3, external_id = $4, position = $5, title = $6, description = $7, priority = $8,
                assignee = $9, status = $10, rank = $11, repo_id = $12, file_path = $13, file_line = $14,
                changed_at = $15, removed_at = null,
                blocking_reason = case when status = $10 or $10 in ('blocked', 'cancelled') then blocking_reason end,
                needs_human = case when $10 in ('done', 'cancelled') then 0 else needs_human end,
                intervention_note = case when $10 in ('done', 'cancelled') then null else intervention_note end,
                claimed_by = case when $10 in ('done', 'cancelled') then null else claimed_by end,
                claimed_by_name = case when $10 in ('done', 'cancelled') then null else claimed_by_name end,
                claim_until = case when $10 in ('done', 'cancelled') then null else claim_until end
          where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            id.into(),
            row.workstream.into(),
            row.key.into(),
            row.position.into(),
            row.title.into(),
            row.description.into(),
            row.priority.into(),
            row.assignee.into(),
            row.status.into(),
            row.rank.into(),
            repo.into(),
            row.path.into(),
            row.line.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Notes where a task stands now, when nothing else of it changes.
pub(super) async fn place_task(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    id: TaskId,
    row: &TaskRow<'_>,
) -> Outcome<()> {
    sql.execute(
        "update tasks set workstream_id = $3, position = $4, repo_id = $5, file_path = $6, file_line = $7
          where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            id.into(),
            row.workstream.into(),
            row.position.into(),
            repo.into(),
            row.path.into(),
            row.line.into(),
        ],
    )
    .await?;
    Ok(())
}

/// A task that left its file: it stays as a tombstone, so that no old branch brings it back.
pub(super) async fn remove_task(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: TaskId,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update tasks
            set removed_at = $3, changed_at = $3, needs_human = 0, intervention_note = null, claimed_by = null, claimed_by_name = null, claim_until = null
          where engagement_id = $1 and id = $2",
        &[engagement.into(), id.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// What this sync read of a file.
pub(super) async fn put_file(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    (path, hash): (&str, [u8; 32]),
    workstream: Option<WorkstreamId>,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into workplan_files (engagement_id, repo_id, path, hash, workstream_id, read_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (engagement_id, repo_id, path)
         do update set hash = excluded.hash, workstream_id = excluded.workstream_id, read_at = excluded.read_at",
        &[
            engagement.into(),
            repo.into(),
            path.into(),
            hash.into(),
            workstream.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn forget_file(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    path: &str,
) -> Outcome<()> {
    sql.execute(
        "delete from workplan_files where engagement_id = $1 and repo_id = $2 and path = $3",
        &[engagement.into(), repo.into(), path.into()],
    )
    .await?;
    Ok(())
}
