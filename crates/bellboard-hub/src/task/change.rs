//! The one road on which a task changes: the row, its place in needs-you, the line in words and the hint together.

use super::{TaskView, help, store};
use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::fault::Outcome;
use crate::progress_event::{self, Happened};

/// Stores what is different and says so.
pub(super) async fn save(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (before, mut after): (&TaskView, TaskView),
    (what, summary): (&'static str, String),
) -> Outcome<TaskView> {
    if !after.status.is_open() {
        after.let_go();
    }
    after.changed_at = call.now;
    store::update(sql, &after).await?;
    help::follow(sql, before.intervention_note.as_deref(), &after, call.now).await?;
    tell(sql, call, member, &after, (what, summary)).await?;
    Ok(after)
}

/// The line and the hint.
pub(super) async fn tell(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    task: &TaskView,
    (what, summary): (&'static str, String),
) -> Outcome<()> {
    let happened = Happened {
        what: what.into(),
        summary,
        domain: Some(task.domain_id),
        workstream: Some(task.workstream_id),
        task: Some(task.id),
        ..Happened::default()
    };
    progress_event::changed(sql, call, member, task.id.uuid(), &happened).await?;
    Ok(())
}
