//! A progress event as everybody in its engagement sees it.

use bellboard_core::id::{EngagementId, PersonId, ProgressEventId, RunId, TaskId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::Row;
use crate::fault::Outcome;
use crate::verbs::View;

/// A progress event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProgressEventView {
    /// The event.
    pub id: ProgressEventId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// `domain_renamed` and the like for what the hub wrote; whatever the author chose for the rest.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What happened.
    pub summary: String,
    /// Who did it.
    pub author_id: PersonId,
    /// Who did it, by their name at that moment.
    pub author_name: String,
    /// The slug of the domain that it is about.
    pub domain: Option<String>,
    /// The slug of the workstream that it is about.
    pub workstream: Option<String>,
    /// The task that it is about.
    pub task_id: Option<TaskId>,
    /// The run in which it happened.
    pub run_id: Option<RunId>,
    /// When.
    pub happened_at: Timestamp,
    #[serde(skip)]
    pub(super) new: bool,
}

impl View for ProgressEventView {
    fn created(&self) -> bool {
        self.new
    }
}

impl ProgressEventView {
    /// Reads `progress_columns!`.
    pub(crate) fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            event_type: row.text(3)?,
            summary: row.text(4)?,
            author_id: row.id(5)?,
            author_name: row.text(6)?,
            domain: row.opt_text(7)?,
            workstream: row.opt_text(8)?,
            task_id: row.opt_id(9)?,
            run_id: row.opt_id(10)?,
            happened_at: row.time(11)?,
            new: false,
        })
    }
}
