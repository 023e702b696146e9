//! Planned work: the words for it, and the files in git that it is read from and written back to.
//!
//! The source is the requirement page *catalogue*. Files are the authority and the database is an index of them that
//! can be rebuilt; nothing here opens a file, so whoever has its path and text can ask.

mod backlog;
mod beads;
mod claim;
mod closure;
mod day;
mod decision;
mod dependency;
mod field;
mod format;
mod key;
mod label;
mod merge;
mod plan;
mod remote_url;
mod section;
mod slug;
mod spec_kit;
mod standing;
mod status;
mod workplan;
mod write_back;
mod yaml;

pub use claim::{
    CLAIM_SECONDS, Claim, ClaimRefusal, Claimable, Claimer, USUAL_CLAIM_SECONDS, may_claim,
    may_speak, status_given_back,
};
pub use closure::{
    Classified, Closing, ClosingWord, ClosureRefusal, MAX_REVIEWED, OpenTask, review,
};
pub use day::{Day, DayFault};
pub use decision::{DecisionStatus, decision_status};
pub use dependency::cycle_with;
pub use format::{Format, read_file};
pub use key::{EntryKey, EntryKeyFault};
pub use label::{TaskCounts, WorkstreamFacts, WorkstreamLabel, workstream_label};
pub use merge::{
    Checkout, Drift, Duplicate, Merge, Place, ReadFile, Sighting, StoredTask, StoredWorkstream,
    Takes, TaskChange, TaskField, WorkstreamChange, WorkstreamMerge, merge_tasks, merge_workstream,
};
pub use plan::{
    MAX_DESCRIPTION, MAX_FILE_BYTES, MAX_FILES, MAX_ID, MAX_NAME, MAX_PROBLEMS, MAX_TASKS,
    MAX_TITLE, Plan, PlannedTask, PlannedWorkstream, Problem, Reading, Weight,
};
pub use remote_url::{RemoteUrl, RemoteUrlFault};
pub use section::{
    DECISIONS_FILE, MadeDecision, ReviewLine, ReviewSection, with_decisions, with_review_section,
};
pub use slug::{Slug, SlugFault};
pub use standing::{Said, Standing, StandingChange, StandingRefusal, standing_after};
pub use status::{
    DebtSeverity, DebtStatus, DebtType, EntryStatus, ExtensionStatus, ExtensionType, Priority,
    TaskStatus, UnknownWord, WorkstreamStatus,
};
pub use write_back::{Edit, WriteBackRefusal, write_back, write_back_some};
