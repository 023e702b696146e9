//! Tasks: the steps of a workstream. Agents and people take them from one list, each task by one of them at a time; a
//! task that needs a human waits in needs-you until somebody has helped.

use bellboard_core::id::{DomainId, EngagementId, PersonId, TaskId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{
    Claim, ClaimRefusal, Claimable, Claimer, Priority, Standing, StandingRefusal, TaskStatus,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::{self, Member};
use crate::call::{Call, PersonKind};
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::{View, WorkConcept};

mod change;
mod claim;
mod create;
mod end;
mod help;
mod read;
mod ready;
pub mod store;
mod update;

pub use claim::{ClaimTask, ClaimedTask, ReleaseTask, claim_task, release_task};
pub use create::{CreateTask, create_task};
pub(crate) use end::{Ending, carry, end};
pub(crate) use help::{ask_help_again, settle_help};
pub use read::{GetTask, ListTasks, get_task, list_tasks};
pub use ready::{ListReadyTasks, ReadyTasks, list_ready_tasks};
pub use update::{FlagForHuman, UpdateTask, flag_for_human, update_task};

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// The workstream that it belongs to.
    pub workstream_id: WorkstreamId,
    /// Its slug.
    pub workstream: String,
    /// The slug of its domain.
    pub domain: String,
    /// What it is called in its file: `CUST-WP-0005-T01`.
    pub external_id: Option<String>,
    /// In one line.
    pub title: String,
    /// More words; may be empty.
    pub description: String,
    /// `low`, `medium`, `high` or `critical`.
    pub priority: Priority,
    /// Who is to do it, in the words of whoever planned it; may be empty.
    pub assignee: String,
    /// The day until which it should be done: `2026-11-21`.
    pub due_date: Option<String>,
    /// `todo`, `in_progress`, `blocked`, `done` or `cancelled`.
    pub status: TaskStatus,
    /// Why it cannot go on, or why it was cancelled.
    pub blocking_reason: Option<String>,
    /// Whether it waits for a human.
    pub needs_human: bool,
    /// What the human is to do.
    pub intervention_note: Option<String>,
    /// Who has claimed it; null when nobody has it now.
    pub claimed_by: Option<PersonId>,
    /// By their name at that moment.
    pub claimed_by_name: Option<String>,
    /// Until when it is theirs without another word.
    pub claim_until: Option<Timestamp>,
    /// The file in the repo that it is read from.
    pub file_path: Option<String>,
    /// The line there.
    pub file_line: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    #[serde(skip)]
    domain_id: DomainId,
    /// The last claim, also one that is over.
    #[serde(skip)]
    last_claim: Option<Claim>,
    #[serde(skip)]
    fence: u32,
    #[serde(skip)]
    new: bool,
}

impl View for TaskView {
    fn created(&self) -> bool {
        self.new
    }
}

impl TaskView {
    /// Reads `task_columns!` as they are at this moment.
    pub(crate) fn read(row: &Row, now: Timestamp) -> Outcome<Self> {
        let (priority, status) = (row.text(10)?, row.text(13)?);
        let by: Option<PersonId> = row.opt_id(17)?;
        let last_claim = by
            .zip(row.opt_time(19)?)
            .map(|(by, until)| Claim { by, until });
        let claim = last_claim.filter(|claim| claim.holds(now));
        let needs_human = row.bool(15)?;
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            workstream_id: row.id(3)?,
            workstream: row.text(4)?,
            domain_id: row.id(5)?,
            domain: row.text(6)?,
            external_id: row.opt_text(7)?,
            title: row.text(8)?,
            description: row.text(9)?,
            priority: Priority::parse(&priority)
                .ok_or_else(|| Fault::internal(format!("`{priority}` is stored, no priority")))?,
            assignee: row.text(11)?,
            due_date: row.opt_text(12)?,
            status: TaskStatus::parse(&status)
                .ok_or_else(|| Fault::internal(format!("`{status}` is stored, no task status")))?,
            blocking_reason: row.opt_text(14)?,
            needs_human,
            intervention_note: row.opt_text(16)?.filter(|_| needs_human),
            claimed_by: claim.map(|claim| claim.by),
            claimed_by_name: row.opt_text(18)?.filter(|_| claim.is_some()),
            claim_until: claim.map(|claim| claim.until),
            file_path: row.opt_text(21)?,
            file_line: row.opt_int(22)?,
            created_at: row.time(23)?,
            changed_at: row.time(24)?,
            last_claim,
            fence: u32::try_from(row.int(20)?)
                .map_err(|_| Fault::internal("tasks.claim_fence is out of bounds"))?,
            new: false,
        })
    }

    /// What people call it.
    pub(crate) fn name(&self) -> &str {
        self.external_id.as_deref().unwrap_or(&self.title)
    }

    fn claimable(&self) -> Claimable {
        Claimable {
            status: self.status,
            needs_human: self.needs_human,
            claim: self.last_claim,
            fence: self.fence,
        }
    }

    fn standing(&self) -> Standing {
        Standing {
            status: self.status,
            blocking_reason: self.blocking_reason.clone(),
            intervention_note: self.intervention_note.clone(),
        }
    }

    /// The same task as it stands now.
    fn stand(&mut self, standing: Standing) {
        self.status = standing.status;
        self.blocking_reason = standing.blocking_reason;
        self.needs_human = standing.intervention_note.is_some();
        self.intervention_note = standing.intervention_note;
    }

    /// Nobody has it any more.
    fn let_go(&mut self) {
        self.last_claim = None;
        self.claimed_by = None;
        self.claimed_by_name = None;
        self.claim_until = None;
    }
}

/// The task, which the proof says the caller may see.
async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    task: TaskId,
    now: Timestamp,
) -> Outcome<TaskView> {
    let row = store::one(sql, engagement, task).await?;
    TaskView::read(&row.ok_or_else(Fault::not_found)?, now)
}

/// The task that the caller names, as it is while the transaction holds it.
async fn find(
    sql: &mut Sql<'_>,
    call: &Call,
    name: &str,
    engagement: Option<&str>,
) -> Outcome<(Member, TaskView)> {
    let found = access::work_to_change(sql, call, WorkConcept::Task, name, engagement).await?;
    let (engagement, id) = (found.member.engagement_id(), TaskId::from_uuid(found.id));
    let task = load(sql, engagement, id, call.now).await?;
    Ok((found.member, task))
}

/// Who speaks, and for which claim.
fn claimer(call: &Call, fence: Option<u32>) -> Outcome<Claimer> {
    let caller = call.signed_in()?;
    Ok(Claimer {
        person: caller.person_id,
        is_agent: caller.kind == PersonKind::Agent,
        fence,
    })
}

/// A refusal of a claim in words.
fn refused(task: &TaskView, refusal: ClaimRefusal) -> Fault {
    let name = task.name();
    match refusal {
        ClaimRefusal::Taken(claim) => {
            let who = task.claimed_by_name.as_deref().unwrap_or("Somebody else");
            Fault::conflict(
                "task_claimed",
                format!(
                    "{who} has claimed {name} until {}. Take another from list_ready_tasks.",
                    claim.until
                ),
            )
            .with("claimed_by", claim.by.to_string())
            .with("claimed_by_name", who)
            .with("claim_until", claim.until.to_string())
        }
        ClaimRefusal::Closed => Fault::conflict(
            "task_closed",
            format!("{name} is {}. Nothing remains to be done.", task.status),
        )
        .with("status", task.status.as_str()),
        ClaimRefusal::Blocked => Fault::conflict(
            "task_blocked",
            format!(
                "{name} is blocked: {}. Clear that first.",
                task.blocking_reason
                    .as_deref()
                    .unwrap_or("nobody said by what")
            ),
        ),
        ClaimRefusal::NeedsHuman => Fault::conflict(
            "task_needs_human",
            format!(
                "{name} waits for a human: {}. Take another from list_ready_tasks.",
                task.intervention_note.as_deref().unwrap_or_default()
            ),
        ),
        ClaimRefusal::Lost => Fault::conflict(
            "task_claim_lost",
            format!(
                "The claim of {name} with this `claim_fence` is over: it was claimed again, given back, or is somebody else's. \
                 Stop this work and claim again."
            ),
        ),
    }
}

/// A refusal of a change in words.
fn not_so(task: &str, refusal: StandingRefusal) -> Fault {
    match refusal {
        StandingRefusal::NoteMissing => {
            Fault::invalid("intervention_note", refusal.to_string()).with_code("note_missing")
        }
        StandingRefusal::NoteForNobody => Fault::invalid("intervention_note", refusal.to_string()),
        StandingRefusal::Closed => Fault::conflict("task_closed", format!("{task}: {refusal}")),
    }
}
