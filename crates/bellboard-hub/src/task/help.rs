//! A task that needs a human waits in needs-you, until nobody is needed any more.

use bellboard_core::id::{EngagementId, TaskId};
use bellboard_core::membership::{Capability, holders};
use bellboard_core::time::Timestamp;

use super::TaskView;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::Outcome;
use crate::home;

/// The kind under which it waits there.
const NEED: &str = "task_needs_human";

/// Puts into needs-you, changes there, or takes out what the change of a task makes of it.
pub(super) async fn follow(
    sql: &mut Sql<'_>,
    before: Option<&str>,
    after: &TaskView,
    now: Timestamp,
) -> Outcome<()> {
    let note = after.intervention_note.as_deref();
    if before == note {
        return Ok(());
    }
    if before.is_some() {
        settle_help(sql, after.engagement_id, after.id, now).await?;
    }
    let Some(note) = note else {
        return Ok(());
    };
    let need = home::store::Need {
        kind: NEED,
        item_id: after.id.uuid(),
        label: &format!("Help with task: {}", after.title),
        detail: note,
        subject: None,
        created_at: now,
        audience: holders(Capability::Report),
        for_person: None,
    };
    home::store::need(sql, after.engagement_id, &need).await?;
    hint(sql, after.engagement_id, after.id, now).await
}

/// Puts a task that needs a human once more into needs-you.
pub(crate) async fn ask_help_again(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    task: TaskId,
    now: Timestamp,
) -> Outcome<()> {
    let task = super::load(sql, engagement, task, now).await?;
    follow(sql, None, &task, now).await
}

/// Takes it out of needs-you, if it is there.
pub(crate) async fn settle_help(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    task: TaskId,
    now: Timestamp,
) -> Outcome<()> {
    if home::store::settle(sql, engagement, NEED, task.uuid()).await? {
        hint(sql, engagement, task, now).await?;
    }
    Ok(())
}

async fn hint(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    task: TaskId,
    now: Timestamp,
) -> Outcome<()> {
    let kind = HintKind::NeedsYouChanged;
    event::store::append(sql, engagement, kind, task.uuid(), now).await
}
