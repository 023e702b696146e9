//! The state of the planned work in one call: what there is, what is stuck, what changed, and what could be done next.
//! Nothing here is stored; each answer is one bounded set of statements over the tables as they are.

use bellboard_core::id::{AskId, DomainId, ProgressEventId, TaskId};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use bellboard_core::work::WorkstreamStatus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Reach;
use crate::verbs::View;

mod fit;
mod next_steps;
mod read;
pub mod store;
mod summary;

pub use next_steps::list_next_steps;
pub use summary::get_summary;

/// Of what.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GetSummary {
    /// Only of this domain, by slug or id, in at most 2 KiB: fewer entries of each list, and shorter words.
    pub domain: Option<Bounded<100>>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
}

/// Of what.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListNextSteps {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
}

/// The state of the planned work.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct SummaryView {
    /// How much there is.
    pub totals: Totals,
    /// The domains in use by slug, at most 200.
    pub domains: Vec<DomainSummary>,
    /// Decisions that wait for a person, those with the nearest deadline first.
    pub open_decisions: Vec<OpenDecision>,
    /// Tasks that cannot go on, last changed first.
    pub blocked_tasks: Vec<BlockedTask>,
    /// Workstreams that are not closed, last changed first.
    pub open_workstreams: Vec<OpenWorkstream>,
    /// What happened last, newest first.
    pub recent_events: Vec<RecentEvent>,
    /// What could be done next.
    pub next_steps: Vec<NextStep>,
    /// How many statements it took.
    #[serde(skip)]
    pub statements: u32,
}

impl View for SummaryView {
    fn is_tagged(&self) -> bool {
        true
    }
}

/// How much there is, in all of what was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Totals {
    /// Domains in use.
    pub domains: u64,
    /// Repos in use.
    pub repos: u64,
    /// Topics in use.
    pub topics: u64,
    /// Workstreams that are not closed.
    pub open_workstreams: u64,
    /// Tasks that nobody has begun.
    pub todo_tasks: u64,
    /// Tasks that somebody works on.
    pub in_progress_tasks: u64,
    /// Tasks that cannot go on.
    pub blocked_tasks: u64,
    /// Decisions that wait for a person.
    pub open_decisions: u64,
    /// Extension points, whatever their status.
    pub extension_points: u64,
    /// Technical debts, whatever their status.
    pub technical_debts: u64,
}

/// A domain in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DomainSummary {
    /// Its slug.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// The slug of its engagement.
    pub engagement: String,
    /// Repos in use.
    pub repo_count: u64,
    /// Workstreams that somebody works on.
    pub active_workstream_count: u64,
    /// Extension points, whatever their status.
    pub ep_count: u64,
    /// Technical debts, whatever their status.
    pub td_count: u64,
}

/// A decision that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OpenDecision {
    /// The ask behind it.
    pub ask_id: AskId,
    /// The question.
    pub title: String,
    /// The slug of its engagement.
    pub engagement: String,
    /// The slug of the workstream that it is about.
    pub workstream: Option<String>,
    /// Until when it should be made.
    pub deadline: Option<Timestamp>,
    /// Whether it was escalated.
    pub escalated: bool,
}

/// A task that cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BlockedTask {
    /// The task.
    pub id: TaskId,
    /// What it is called in its file.
    pub external_id: Option<String>,
    /// In one line.
    pub title: String,
    /// The slug of its engagement.
    pub engagement: String,
    /// The slug of its workstream.
    pub workstream: String,
    /// Why.
    pub blocking_reason: Option<String>,
}

/// A workstream that is not closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OpenWorkstream {
    /// Its slug.
    pub slug: String,
    /// In one line.
    pub title: String,
    /// The slug of its engagement.
    pub engagement: String,
    /// The slug of its domain.
    pub domain: String,
    /// Where it is.
    pub status: WorkstreamStatus,
    /// Its tasks that are done.
    pub done: u64,
    /// Its tasks that are neither done nor cancelled.
    pub open: u64,
    /// The slugs of what it waits for, closed ones too; at most 20.
    pub depends_on: Vec<String>,
    /// The slugs of what waits for it; at most 20.
    pub blocks: Vec<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecentEvent {
    /// The event.
    pub id: ProgressEventId,
    /// What kind.
    #[serde(rename = "type")]
    pub event_type: String,
    /// In words.
    pub summary: String,
    /// By whom.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// What could be done next, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NextStep {
    /// `decision_resolved` or `dependency_cleared`.
    pub because: Because,
    /// The same in words, with what was decided or cleared.
    pub reason: String,
    /// The slug of the engagement.
    pub engagement: String,
    /// The slug of the workstream that can go on.
    pub workstream: String,
    /// Its first task that is open.
    pub task_id: TaskId,
    /// The task in one line.
    pub task: String,
}

/// Why something could be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// A decision about the workstream was made.
    DecisionResolved,
    /// Everything that the workstream waited for is closed.
    DependencyCleared,
}

/// What could be done next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NextStepsView {
    /// At most 40: those after a decision first, newest first.
    pub items: Vec<NextStep>,
}

impl View for NextStepsView {}

/// How far an answer reaches.
#[derive(Debug, Clone)]
struct Scope {
    reach: Reach,
    /// The domain that it is about; all in reach when absent.
    domain: Option<DomainId>,
}
