//! Workstreams: a stretch of work with its tasks, in a domain, about a topic or in a repo. What it looks like
//! (finished, stalled, dormant) is computed whenever somebody looks, and never stored.

use bellboard_core::id::{DomainId, EngagementId, RepoId, TopicId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{
    TaskCounts, WorkstreamFacts, WorkstreamLabel, WorkstreamStatus, workstream_label,
};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::count;
use crate::verbs::View;

mod close;
mod create;
mod read;
pub mod store;
mod update;
mod wanted;

pub(crate) use close::closed;
pub use close::{CloseWorkstream, ClosureView, ReviewEntry, ReviewedTask, close_workstream};
pub use create::{CreateWorkstream, create_workstream};
pub use read::{GetWorkstream, ListWorkstreams, get_workstream, list_workstreams};
pub use update::{UpdateWorkstream, update_workstream};
pub(crate) use wanted::{day_of, wanted_sections};

/// A workstream.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WorkstreamView {
    /// The workstream.
    pub id: WorkstreamId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// The domain that it belongs to.
    pub domain_id: DomainId,
    /// Its slug.
    pub domain_slug: String,
    /// The topic that it is about, if there is one.
    pub topic_id: Option<TopicId>,
    /// Its slug.
    pub topic_slug: Option<String>,
    /// The repo that it is planned in, if there is one.
    pub repo_id: Option<RepoId>,
    /// Its slug.
    pub repo_slug: Option<String>,
    /// What addresses, files and the command line use.
    pub slug: String,
    /// What people read.
    pub title: String,
    /// Who answers for it, in their own words; may be empty.
    pub owner: String,
    /// What it is about; may be empty.
    pub description: String,
    /// The day until which it should be done: `2026-11-21`.
    pub due_date: Option<String>,
    /// Where it is.
    pub status: WorkstreamStatus,
    /// What it looks like now; null when there is nothing to say, and when it is closed.
    pub label: Option<WorkstreamLabel>,
    /// Its tasks.
    pub tasks: TaskCounts,
    /// The kind of file that it is read from.
    pub file_format: Option<String>,
    /// That file, in its repo.
    pub file_path: Option<String>,
    /// What it is called there.
    pub file_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed itself.
    pub changed_at: Timestamp,
    /// When it or one of its tasks was last changed.
    pub last_activity_at: Timestamp,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    #[serde(skip)]
    new: bool,
}

impl View for WorkstreamView {
    fn created(&self) -> bool {
        self.new
    }

    fn slug_today(&self) -> Option<&str> {
        Some(&self.slug)
    }
}

/// A workstream with what it waits for and what waits for it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkstreamDetail {
    /// The workstream.
    #[serde(flatten)]
    pub workstream: WorkstreamView,
    /// The slugs of the workstreams that it waits for, closed ones too; at most 100.
    pub depends_on: Vec<String>,
    /// The slugs of the workstreams that wait for it; at most 100.
    pub blocks: Vec<String>,
}

impl View for WorkstreamDetail {
    fn slug_today(&self) -> Option<&str> {
        Some(&self.workstream.slug)
    }
}

impl WorkstreamView {
    /// Reads `workstream_columns!` as they are at this moment.
    fn read(row: &Row, now: Timestamp) -> Outcome<Self> {
        let status = row.text(14)?;
        let status = WorkstreamStatus::parse(&status).ok_or_else(|| {
            Fault::internal(format!("workstreams.status holds `{status}`, no word"))
        })?;
        let tasks = TaskCounts {
            todo: count(row, 21)?,
            in_progress: count(row, 22)?,
            blocked: count(row, 23)?,
            done: count(row, 24)?,
            cancelled: count(row, 25)?,
        };
        let (created_at, changed_at) = (row.time(18)?, row.time(19)?);
        let last_activity_at = row
            .opt_time(26)?
            .map_or(changed_at, |tasks_changed| tasks_changed.max(changed_at));
        let facts = WorkstreamFacts {
            status,
            tasks,
            created_at,
            changed_at: last_activity_at,
        };
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            domain_id: row.id(3)?,
            domain_slug: row.text(4)?,
            topic_id: row.opt_id(5)?,
            topic_slug: row.opt_text(6)?,
            repo_id: row.opt_id(7)?,
            repo_slug: row.opt_text(8)?,
            slug: row.text(9)?,
            title: row.text(10)?,
            owner: row.text(11)?,
            description: row.text(12)?,
            due_date: row.opt_text(13)?,
            status,
            label: workstream_label(&facts, now),
            tasks,
            file_format: row.opt_text(15)?,
            file_path: row.opt_text(16)?,
            file_id: row.opt_text(17)?,
            created_at,
            changed_at,
            last_activity_at,
            completed_at: row.opt_time(20)?,
            new: false,
        })
    }
}

/// The workstream, which the proof says the caller may see.
pub(crate) async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    workstream: WorkstreamId,
    now: Timestamp,
) -> Outcome<WorkstreamView> {
    let row = store::one(sql, engagement, workstream).await?;
    WorkstreamView::read(&row.ok_or_else(Fault::not_found)?, now)
}

/// All of an engagement before this id, the newest id first, as they are at this moment.
pub(crate) async fn of_engagement(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    place: (Uuid, u32),
    now: Timestamp,
) -> Outcome<Vec<WorkstreamView>> {
    let rows = store::of_engagement(sql, engagement, place).await?;
    rows.iter()
        .map(|row| WorkstreamView::read(row, now))
        .collect()
}
