//! What a merge is asked and what it answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::duplicate::{Duplicate, Sighting};
use crate::vocabulary::words;
use crate::work::format::Format;
use crate::work::plan::Reading;
use crate::work::status::{Priority, TaskStatus};
use crate::work::write_back::Edit;

/// A task as the hub has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTask {
    /// Its id in the hub.
    pub id: Uuid,
    /// Its external id, as [`Format::external_id`] makes it.
    pub key: String,
    /// The slug of the repository that it was read from.
    pub repo: Option<String>,
    /// The file that it was read from; `None` for a task that was made in the hub.
    pub path: Option<String>,
    /// The line in that file at the last sync that counts; `None` while only a branch beside that one has it.
    pub line: Option<u32>,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// Where it is.
    pub status: TaskStatus,
    /// How much it matters.
    pub priority: Priority,
    /// Who does it; empty for nobody.
    pub assignee: String,
    /// Whether it left its file.
    pub is_removed: bool,
}

/// A file of a checkout that was read.
#[derive(Debug, Clone, Copy)]
pub struct ReadFile<'a> {
    /// Its path in the repository.
    pub path: &'a str,
    /// Its format.
    pub format: Format,
    /// What it says.
    pub reading: &'a Reading,
    /// Whether its bytes are those of the last sync, so that whatever differs is the hub's news.
    pub is_unchanged: bool,
}

/// A checkout that is synced: all files of it that say what is planned.
#[derive(Debug, Clone, Copy)]
pub struct Checkout<'a> {
    /// The slug of the repository.
    pub repo: &'a str,
    /// Whether its remote has commits that it lacks. Then nothing is written, forced or not.
    pub is_behind: bool,
    /// Whether it holds the commit of the last sync. One that does not may lack files that were added since, so nothing
    /// is taken as removed. True where there was no sync yet, or nobody can tell.
    pub holds_last_sync: bool,
    /// Whether files may lower statuses and bring back what was removed.
    pub is_forced: bool,
    /// Its files, each path once.
    pub files: &'a [ReadFile<'a>],
    /// Tasks and plans that were seen in other repositories and on other branches.
    pub elsewhere: &'a [Sighting],
}

words! {
    /// What of a task differs.
    TaskField {
        /// Whether it is there.
        Existence = "existence",
        /// Its id in the file.
        Id = "id",
        /// Its title.
        Title = "title",
        /// Its description.
        Description = "description",
        /// Where it is.
        Status = "status",
        /// How much it matters.
        Priority = "priority",
        /// Who does it.
        Assignee = "assignee",
        /// The file and line; never drift.
        Place = "place",
    }
    /// Which side a difference is taken from.
    Takes {
        /// The hub becomes what the file says.
        File = "file",
        /// The hub stays, and the file can be made to follow.
        Hub = "hub",
        /// Nothing changes on either side.
        Neither = "neither",
    }
}

/// One difference between a file and the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The file.
    pub path: String,
    /// The line in it.
    pub line: u32,
    /// The external id of the task, or of the plan.
    pub task: String,
    /// What differs.
    pub field: TaskField,
    /// What the file says.
    pub in_file: String,
    /// What the hub says.
    pub in_hub: String,
    /// Which side is taken.
    pub takes: Takes,
    /// Why.
    pub reason: String,
}

impl Drift {
    /// Whether file and hub still differ.
    pub fn is_left(&self) -> bool {
        self.takes != Takes::File
    }
}

/// What the hub does about one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskChange {
    /// It is new.
    Create {
        /// Its external id.
        key: String,
        /// The file, by its place in [`Checkout::files`].
        file: usize,
        /// The task, by its place in the file's plan.
        task: usize,
    },
    /// Something of it is taken from the file.
    Update {
        /// Its id in the hub.
        id: Uuid,
        /// Its external id from now on.
        key: String,
        /// The file.
        file: usize,
        /// The task in it.
        task: usize,
        /// What is taken from the file, at least one field. [`TaskField::Existence`]: it is no longer removed.
        fields: Vec<TaskField>,
    },
    /// It left its file.
    Remove {
        /// Its id in the hub.
        id: Uuid,
    },
}

/// What follows from comparing a checkout with the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// What the hub does; empty for a checkout behind its remote.
    pub changes: Vec<TaskChange>,
    /// Tasks of which nothing changes.
    pub unchanged: usize,
    /// Every difference.
    pub drift: Vec<Drift>,
    /// Ids that stand in several places; none of them is taken from a file.
    pub duplicates: Vec<Duplicate>,
    /// What the files could be made to say, by the place of the file. The ids of new tasks are not among them, because
    /// the hub has still to give them.
    pub write_back: BTreeMap<usize, Vec<Edit>>,
}
