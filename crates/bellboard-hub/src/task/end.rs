//! What the closure of a workstream does to its tasks.

use bellboard_core::id::{TaskId, WorkstreamId};
use bellboard_core::work::{Standing, TaskStatus};

use super::change::{save, tell};
use super::{TaskView, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::Outcome;
use crate::verbs::WorkConcept;

/// How a task ends.
#[derive(Debug, Clone)]
pub(crate) struct Ending(Standing);

impl Ending {
    /// In this status, for this reason.
    pub(crate) fn of(status: TaskStatus, reason: Option<String>) -> Self {
        Self(Standing {
            status,
            blocking_reason: reason,
            intervention_note: None,
        })
    }
}

/// Ends the task, whoever has it.
pub(crate) async fn end(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    task: TaskId,
    ending: Ending,
) -> Outcome<TaskView> {
    let before = held(sql, call, member, task).await?;
    let mut after = before.clone();
    after.stand(ending.0);
    let why = after.blocking_reason.as_deref();
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let summary = format!("Task {} is {} now{why}", after.name(), after.status);
    let told = ("task_updated", summary);
    save(sql, call, member, (&before, after), told).await
}

/// Moves the task, as it is, to the end of another workstream.
pub(crate) async fn carry(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    task: TaskId,
    target: WorkstreamId,
) -> Outcome<()> {
    let before = held(sql, call, member, task).await?;
    store::carry(sql, &before, target, call.now).await?;
    let after = load(sql, member.engagement_id(), task, call.now).await?;
    let summary = format!(
        "Task {} was carried forward from {} to {}",
        after.name(),
        before.workstream,
        after.workstream
    );
    tell(sql, call, member, &after, ("task_carried_forward", summary)).await
}

/// The task as it is while the transaction holds it.
async fn held(sql: &mut Sql<'_>, call: &Call, member: &Member, task: TaskId) -> Outcome<TaskView> {
    let engagement = member.engagement_id();
    access::store::hold(sql, engagement, WorkConcept::Task, task.uuid()).await?;
    load(sql, engagement, task, call.now).await
}
