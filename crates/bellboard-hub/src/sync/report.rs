//! What a sync answers, and what of it stays with the repo.

use bellboard_core::time::Timestamp;
use bellboard_core::work::{Drift, Duplicate, Merge, TaskChange, TaskField, Weight};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::{PlanText, SyncHead};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// How many rows of a kind stay with the repo.
const KEPT_ROWS: usize = 100;

/// How many rows of a kind an answer lists; `drift_count` and its like tell of all.
const TOLD_ROWS: usize = 2_000;

/// What a sync found and did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SyncReport {
    /// The repo's slug.
    pub repo: String,
    /// When.
    pub synced_at: Timestamp,
    /// The branch that was read.
    pub branch: Option<String>,
    /// The commit that was read.
    pub commit: Option<String>,
    /// How many commits it was behind its remote.
    pub behind: u64,
    /// What the caller calls all that was sent, if the hub now has exactly that.
    pub fingerprint: Option<String>,
    /// Whether this only tells what would happen.
    pub dry_run: bool,
    /// Whether the hub was changed; not by a dry run, nor from a working tree that is behind or in the middle of a merge.
    pub written: bool,
    /// How many files were read as plans.
    pub files_read: usize,
    /// How many tasks stand in them.
    pub tasks_read: usize,
    /// Tasks that are new.
    pub created: usize,
    /// Tasks of which something was taken from a file.
    pub updated: usize,
    /// Tasks of which nothing changed.
    pub unchanged: usize,
    /// Tasks that left their file.
    pub tombstoned: usize,
    /// Workstreams that are new.
    pub workstreams_created: usize,
    /// Workstreams of which something was taken from a file.
    pub workstreams_updated: usize,
    /// How many differences there are.
    pub drift_count: usize,
    /// How many of them are left: not taken from the file, so that file and hub still differ.
    pub drift_left: usize,
    /// How many warnings there are.
    pub warning_count: usize,
    /// How many errors there are.
    pub error_count: usize,
    /// The differences between files and hub, each with the reason for the side that was taken; at most 2,000.
    pub drift: Vec<Drift>,
    /// What was read and should be looked at all the same; at most 2,000.
    pub warnings: Vec<SyncProblem>,
    /// What was not read; at most 2,000.
    pub errors: Vec<SyncProblem>,
    /// The files that should say something else, when asked for.
    pub write_back: Vec<WriteBackFile>,
}

/// A sync that wrote nothing, because its working tree was behind its remote or in the middle of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldBack {
    /// When.
    pub synced_at: Timestamp,
    /// The branch that was read.
    pub branch: Option<String>,
    /// The commit that was read.
    pub commit: Option<String>,
    /// How many commits it was behind its remote.
    pub behind: u64,
    /// Why nothing was written.
    pub reason: String,
    /// What to do about it.
    pub way_out: String,
}

/// What the syncs of some repos found and did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SyncReports {
    /// One for each repo, in the order in which they were sent.
    pub items: Vec<SyncReport>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncProblem {
    /// The file; empty for the working tree as a whole.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub way_out: String,
}

/// A file with the text that it should have.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WriteBackFile {
    /// The file.
    pub path: String,
    /// The SHA-256 of the text that was read, in hexadecimal digits: another text must not be overwritten.
    pub old_hash: String,
    /// The whole new text.
    pub text: String,
}

impl View for SyncReport {}

impl View for SyncReports {}

impl HeldBack {
    /// What stays of this sync with the repo; nothing of one that may write.
    pub(super) fn of(head: &SyncHead, now: Timestamp) -> Option<Self> {
        let why = of_head(head)?;
        Some(Self {
            synced_at: now,
            branch: head.branch.as_ref().map(ToString::to_string),
            commit: head.commit.as_ref().map(ToString::to_string),
            behind: head.behind,
            reason: why.reason,
            way_out: why.way_out,
        })
    }

    /// The report that the repo keeps, with this beside it: what the last sync found stays as it was.
    pub(super) fn beside(&self, kept: Option<&str>) -> Outcome<String> {
        let kept = kept.and_then(|kept| serde_json::from_str(kept).ok());
        let mut kept: serde_json::Map<String, serde_json::Value> = kept.unwrap_or_default();
        let held_back = serde_json::to_value(self).map_err(Fault::internal)?;
        kept.insert("held_back".to_owned(), held_back);
        serde_json::to_string(&kept).map_err(Fault::internal)
    }
}

impl SyncProblem {
    /// Something about the working tree as a whole.
    pub(super) fn of_all(reason: impl Into<String>, way_out: &str) -> Self {
        Self {
            path: String::new(),
            line: 1,
            reason: reason.into(),
            way_out: way_out.to_owned(),
        }
    }

    fn of_duplicate(found: &Duplicate) -> Self {
        Self {
            path: found.here.path.clone(),
            line: found.here.line,
            reason: found.what(),
            way_out: Duplicate::WAY_OUT.to_owned(),
        }
    }
}

impl SyncReport {
    /// What the files say by themselves.
    pub(super) fn of_files(
        (repo, now): (&str, Timestamp),
        head: &SyncHead,
        files: &[PlanText],
    ) -> Self {
        let mut report = Self {
            repo: repo.to_owned(),
            synced_at: now,
            branch: head.branch.as_ref().map(ToString::to_string),
            commit: head.commit.as_ref().map(ToString::to_string),
            behind: head.behind,
            fingerprint: None,
            dry_run: false,
            written: false,
            files_read: 0,
            tasks_read: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
            tombstoned: 0,
            workstreams_created: 0,
            workstreams_updated: 0,
            drift_count: 0,
            drift_left: 0,
            warning_count: 0,
            error_count: 0,
            drift: Vec::new(),
            warnings: of_head(head).into_iter().collect(),
            errors: Vec::new(),
            write_back: Vec::new(),
        };
        for file in files {
            let plan = file.reading.plan.as_ref();
            report.files_read += usize::from(plan.is_some());
            report.tasks_read += plan.map_or(0, |plan| plan.tasks.len());
            for problem in &file.reading.problems {
                let row = SyncProblem {
                    path: file.path.clone(),
                    line: problem.line,
                    reason: problem.what.clone(),
                    way_out: problem.way_out.clone(),
                };
                match problem.weight {
                    Weight::Error => report.errors.push(row),
                    Weight::Warning => report.warnings.push(row),
                }
            }
        }
        report
    }

    /// What came out of comparing tasks with the hub.
    pub(super) fn take(&mut self, merge: &Merge) {
        for change in &merge.changes {
            match change {
                TaskChange::Create { .. } => self.created += 1,
                // It stands on another line, and that is all.
                TaskChange::Update { fields, .. } if fields.as_slice() == [TaskField::Place] => {
                    self.unchanged += 1;
                }
                TaskChange::Update { .. } => self.updated += 1,
                TaskChange::Remove { .. } => self.tombstoned += 1,
            }
        }
        self.unchanged += merge.unchanged;
        self.drift.extend(merge.drift.iter().cloned());
        let duplicates = merge.duplicates.iter().map(SyncProblem::of_duplicate);
        self.errors.extend(duplicates);
    }

    /// Whether anything of the plan changes.
    pub(super) fn changes(&self) -> bool {
        let counts = [
            self.created,
            self.updated,
            self.tombstoned,
            self.workstreams_created,
            self.workstreams_updated,
        ];
        counts.iter().any(|count| *count > 0)
    }

    /// Counted, and cut to what an answer lists.
    pub(super) fn cut(mut self) -> Self {
        self.count();
        self.keep(TOLD_ROWS);
        self
    }

    fn count(&mut self) {
        self.drift_count = self.drift.len();
        self.drift_left = self.drift.iter().filter(|row| row.is_left()).count();
        self.warning_count = self.warnings.len();
        self.error_count = self.errors.len();
        if self.drift_left + self.warning_count + self.error_count > 0 {
            self.fingerprint = None;
        }
    }

    fn keep(&mut self, rows: usize) {
        self.drift.truncate(rows);
        self.warnings.truncate(rows);
        self.errors.truncate(rows);
    }

    /// What stays with the repo, as JSON.
    pub(super) fn kept(&self) -> Outcome<String> {
        let mut kept = self.clone();
        kept.count();
        // What was taken is no difference any more.
        kept.drift.retain(Drift::is_left);
        kept.keep(KEPT_ROWS);
        kept.write_back.clear();
        serde_json::to_string(&kept).map_err(Fault::internal)
    }
}

fn of_head(head: &SyncHead) -> Option<SyncProblem> {
    if let Some(what) = &head.under_way {
        let reason = format!("{} is under way, so nothing is written", what.as_str());
        return Some(SyncProblem::of_all(
            reason,
            "End it or abort it, then sync again.",
        ));
    }
    let commits = match head.behind {
        0 => return None,
        1 => "1 commit".to_owned(),
        many => format!("{many} commits"),
    };
    let reason = format!("the working tree is {commits} behind its remote, so nothing is written");
    Some(SyncProblem::of_all(reason, "Pull, then sync again."))
}
