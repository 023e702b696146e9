//! Clean-up: open tasks of workstreams that are closed will not be done any more, so they are cancelled and say why.
//! Each clean-up is kept as a batch, so that the last one can be taken back.

use bellboard_core::id::{CleanupId, EngagementId, ProgressEventId, TaskId};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use bellboard_core::work::TaskStatus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Hub;
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::engagement;
use crate::fault::{Fault, Outcome};
use crate::paging::Flag;
use crate::progress_event::{self, Happened};
use crate::task;
use crate::verbs::View;
use crate::world::World;

pub mod store;

/// So many tasks are named in one answer; all of them are cleaned up.
const NAMED: u32 = 200;
/// So many engagements one look of the loop takes.
const BATCH: u32 = 100;

/// Where, and whether only to look.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CleanupStale {
    /// Lists what would be cancelled, and changes nothing.
    pub dry_run: Flag,
    /// The engagement, by id or slug; your only one when absent.
    pub engagement: Option<Bounded<50>>,
}

/// Where.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UndoCleanup {
    /// The engagement, by id or slug; your only one when absent.
    pub engagement: Option<Bounded<50>>,
}

/// What was, or would be, cancelled.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CleanupView {
    /// The batch, which undo takes back; null when nothing was changed.
    pub cleanup_id: Option<CleanupId>,
    /// Whether this was only a look.
    pub dry_run: bool,
    /// The tasks by workstream, at most 200.
    pub tasks: Vec<StaleTask>,
    /// How many there are in all.
    pub total_count: u64,
}

impl View for CleanupView {}

/// An open task of a closed workstream.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StaleTask {
    /// The task.
    pub task_id: TaskId,
    /// What it is called in its file.
    pub external_id: Option<String>,
    /// In one line.
    pub title: String,
    /// Where it was.
    pub was: TaskStatus,
    /// The slug of its workstream.
    pub workstream: String,
    /// Why it is cancelled.
    pub blocking_reason: String,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct UndoneView {
    /// The batch that was taken back.
    pub cleanup_id: CleanupId,
    /// When it was made.
    pub made_at: Timestamp,
    /// How many tasks are again as they were.
    pub restored: u64,
    /// How many were changed since, and stay as they are.
    pub kept: u64,
}

impl View for UndoneView {}

impl StaleTask {
    fn read(row: &Row) -> Outcome<Self> {
        let was = row.text(3)?;
        Ok(Self {
            task_id: row.id(0)?,
            external_id: row.opt_text(1)?,
            title: row.text(2)?,
            was: TaskStatus::parse(&was)
                .ok_or_else(|| Fault::internal(format!("`{was}` is stored, no task status")))?,
            workstream: row.text(4)?,
            blocking_reason: row.text(5)?,
        })
    }
}

/// `cleanup_stale`.
pub async fn cleanup_stale(call: Call, input: CleanupStale) -> Outcome<CleanupView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::chosen(sql, &call, input.engagement.as_deref()).await?;
                let asked = Asked {
                    dry_run: input.dry_run.is_set(),
                    again: true,
                    now: call.now,
                };
                clean_up(sql, call.hub.world(), &member, &asked).await
            })
        })
        .await
}

/// How to clean up.
struct Asked {
    dry_run: bool,
    /// Also what an undo has restored before.
    again: bool,
    now: Timestamp,
}

/// Looks, and cancels what is found. Clean-ups of one engagement happen one after the other.
async fn clean_up(
    sql: &mut Sql<'_>,
    world: &dyn World,
    member: &Member,
    asked: &Asked,
) -> Outcome<CleanupView> {
    let engagement = member.engagement_id();
    engagement::store::lock(sql, engagement).await?;
    let rows = store::stale(sql, engagement, asked.again, NAMED).await?;
    let mut view = CleanupView {
        cleanup_id: None,
        dry_run: asked.dry_run,
        tasks: rows
            .iter()
            .map(StaleTask::read)
            .collect::<Outcome<Vec<_>>>()?,
        total_count: store::stale_total(sql, engagement, asked.again).await?,
    };
    if asked.dry_run || view.total_count == 0 {
        return Ok(view);
    }
    let id = CleanupId::from_uuid(world.new_id());
    store::begin(sql, member, id, asked.now).await?;
    store::remember(sql, engagement, id, asked.again).await?;
    for task in store::flagged(sql, engagement, id).await? {
        task::settle_help(sql, engagement, task, asked.now).await?;
    }
    view.total_count = store::cancel(sql, engagement, id, asked.now).await?;
    view.cleanup_id = Some(id);
    let workstreams = view.tasks.iter().map(|task| task.workstream.as_str());
    let mut workstreams: Vec<&str> = workstreams.collect();
    workstreams.dedup();
    let summary = format!(
        "Cancelled {} open tasks of closed workstreams: {}",
        view.total_count,
        workstreams.join(", ")
    );
    tell(
        sql,
        (world, member),
        id,
        ("tasks_cleaned_up", summary),
        asked.now,
    )
    .await?;
    Ok(view)
}

async fn tell(
    sql: &mut Sql<'_>,
    (world, member): (&dyn World, &Member),
    cleanup: CleanupId,
    (what, summary): (&'static str, String),
    now: Timestamp,
) -> Outcome<()> {
    /// A summary names so much and no more.
    const CHARACTERS: usize = 500;
    let happened = Happened {
        what: what.into(),
        summary: summary.chars().take(CHARACTERS).collect(),
        ..Happened::default()
    };
    let id = ProgressEventId::from_uuid(world.new_id());
    progress_event::record(sql, member, (id, now), cleanup.uuid(), &happened).await
}

/// `undo_cleanup`: takes the last clean-up back. What was changed since stays as it is.
pub async fn undo_cleanup(call: Call, input: UndoCleanup) -> Outcome<UndoneView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::chosen(sql, &call, input.engagement.as_deref()).await?;
                let engagement = member.engagement_id();
                engagement::store::lock(sql, engagement).await?;
                let last = store::last(sql, engagement).await?;
                let Some(last) = last.filter(|row| matches!(row.opt_time(2), Ok(None))) else {
                    return Err(Fault::conflict(
                        "nothing_to_undo",
                        "There is no clean-up in this engagement that was not undone.",
                    ));
                };
                let (id, made_at): (CleanupId, _) = (last.id(0)?, last.time(1)?);
                let all = store::size(sql, engagement, id).await?;
                let restored = store::restore(sql, engagement, (id, made_at), call.now).await?;
                for task in store::flagged_again(sql, engagement, id, call.now).await? {
                    task::ask_help_again(sql, engagement, task, call.now).await?;
                }
                store::end(sql, &member, id, call.now).await?;
                let view = UndoneView {
                    cleanup_id: id,
                    made_at,
                    restored,
                    kept: all.saturating_sub(restored),
                };
                let summary = format!(
                    "Restored {restored} tasks that the last clean-up had cancelled; {} were changed since",
                    view.kept
                );
                let told = ("cleanup_undone", summary);
                tell(sql, (call.hub.world(), &member), id, told, call.now).await?;
                Ok(view)
            })
        })
        .await
}

/// Cleans up every engagement that needs it, once a day; how many tasks were cancelled. What somebody restored with
/// undo is left alone: they have looked at it. An engagement that cannot be cleaned up holds up no other.
pub async fn clean_up_daily(hub: &Hub) -> Outcome<u64> {
    let mut cancelled = 0;
    let mut fault = None;
    let mut after = EngagementId::from_uuid(Uuid::nil());
    loop {
        let due = hub
            .db()
            .read(move |sql| {
                Box::pin(async move { store::engagements_with_stale(sql, after, BATCH).await })
            })
            .await?;
        for engagement in &due {
            after = *engagement;
            match clean_up_one(hub, after).await {
                Ok(tasks) => cancelled += tasks,
                Err(failed) if failed.is_of_the_database() => return Err(failed),
                Err(failed) => {
                    tracing::error!(%engagement, fault = %failed, "an engagement could not be cleaned up");
                    fault = Some(failed);
                }
            }
        }
        if due.len() < BATCH as usize {
            return fault.map_or(Ok(cancelled), Err);
        }
    }
}

async fn clean_up_one(hub: &Hub, engagement: EngagementId) -> Outcome<u64> {
    let acting = hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let asked = Asked {
                    dry_run: false,
                    again: false,
                    now: acting.now(),
                };
                let member = Member::hub_itself(engagement);
                let view = clean_up(sql, acting.world(), &member, &asked).await?;
                Ok(view.total_count)
            })
        })
        .await
}
