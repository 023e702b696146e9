//! Planned work: the words for it, and the files in git that it is read from and written back to.
//!
//! The source is the requirement page *catalogue*. Files are the authority and the database is an index of them that
//! can be rebuilt; nothing here opens a file, so whoever has its path and text can ask.

mod dependency;
mod label;
mod slug;
mod status;

pub use dependency::cycle_with;
pub use label::{TaskCounts, WorkstreamFacts, WorkstreamLabel, workstream_label};
pub use slug::{Slug, SlugFault};
pub use status::{
    DebtSeverity, DebtStatus, DebtType, EntryStatus, ExtensionStatus, ExtensionType, Priority,
    TaskStatus, UnknownWord, WorkstreamStatus,
};
