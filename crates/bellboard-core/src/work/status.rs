//! The words of planned work, each set written down once with the other spellings that are understood and never said.
//!
//! People write these words into files by hand, so capitals, hyphens and spaces make no difference: `In Progress`,
//! `in-progress` and `in_progress` are one word. A word that is none is refused by [`UnknownWord`], which lists the set.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::time::Timestamp;

/// A word that is not one of its set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {set}; one of {}", valid.join(", "))]
pub struct UnknownWord {
    /// The field that held it, as the caller or the file names it.
    pub field: String,
    /// What stood there, at most 60 characters of it.
    pub word: String,
    /// What the set is called: `task status`.
    pub set: &'static str,
    /// Every word of the set.
    pub valid: Vec<&'static str>,
}

/// The most characters of a wrong word that are said back.
const SAID_BACK_CHARACTERS: usize = 60;

/// `In-Progress ` and `in progress` are `in_progress`.
fn folded(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    lower.replace(['-', ' '], "_")
}

macro_rules! work_words {
    ($($(#[$doc:meta])* $name:ident = $set:literal {
        $($(#[$word_doc:meta])* $word:ident = $text:literal $(| $alias:literal)*,)+
    })+) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::schemars::JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$word_doc])* $word,)+ }

        impl $name {
            /// Every word of the set.
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            /// The word on the wire and in the store.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }

            /// Reads the word in any spelling; `None` when it is not one of the set.
            pub fn parse(text: &str) -> Option<Self> {
                match folded(text).as_str() {
                    $($text $(| $alias)* => Some(Self::$word),)+
                    _ => None,
                }
            }

            /// Reads the word in any spelling; the refusal names the field, the word and the set.
            pub fn read(field: &str, text: &str) -> Result<Self, UnknownWord> {
                Self::parse(text).ok_or_else(|| UnknownWord {
                    field: field.to_owned(),
                    word: crate::text::sanitise(text, SAID_BACK_CHARACTERS),
                    set: $set,
                    valid: Self::ALL.iter().map(|word| word.as_str()).collect(),
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::read("", &text).map_err(de::Error::custom)
            }
        }
    )+};
}

work_words! {
    /// Whether a domain, a repo or a topic is in use.
    EntryStatus = "status" {
        /// In use.
        Active = "active",
        /// Kept for reading; nothing new belongs to it.
        Archived = "archived",
    }
    /// Where a workstream is.
    WorkstreamStatus = "workstream status" {
        /// Somebody has suggested it.
        Proposed = "proposed",
        /// It can be begun.
        Ready = "ready",
        /// Somebody works on it.
        Active = "active" | "in_progress",
        /// Something else has to happen first.
        Blocked = "blocked",
        /// Not now.
        Backlog = "backlog",
        /// It has been done, and its closure was reviewed.
        Completed = "completed" | "done",
        /// Kept for reading.
        Archived = "archived",
    }
    /// Where a task is.
    TaskStatus = "task status" {
        /// Nobody has begun.
        Todo = "todo" | "open",
        /// Somebody works on it.
        InProgress = "in_progress" | "progress",
        /// Something else has to happen first.
        Blocked = "blocked" | "wait",
        /// It has been done.
        Done = "done" | "completed",
        /// It will not be done.
        Cancelled = "cancelled" | "cancel",
    }
    /// How much a task or an extension point matters beside others.
    Priority = "priority" {
        /// Can wait for all others.
        Low = "low",
        /// As most are.
        Medium = "medium",
        /// Before most.
        High = "high",
        /// Before all.
        Critical = "critical",
    }
    /// Where an extension point is.
    ExtensionStatus = "extension point status" {
        /// Nobody has begun.
        Open = "open",
        /// Somebody works on it.
        InProgress = "in_progress" | "progress",
        /// It is there.
        Addressed = "addressed",
        /// Later.
        Deferred = "deferred",
        /// It will not be made.
        WontFix = "wont_fix" | "wontfix",
    }
    /// What an extension point would extend.
    ExtensionType = "extension point type" {
        /// A programming interface.
        Api = "api",
        /// The shape of stored data.
        Schema = "schema",
        /// Tools for agents.
        Mcp = "mcp",
        /// What people look at.
        Dashboard = "dashboard",
        /// How the parts stand to each other.
        Architecture = "architecture",
        /// Another system.
        Integration = "integration",
        /// None of these.
        Other = "other",
    }
    /// Where a technical debt is.
    DebtStatus = "technical debt status" {
        /// Nobody has begun.
        Open = "open",
        /// Somebody works on it.
        InProgress = "in_progress" | "progress",
        /// Later.
        Deferred = "deferred",
        /// It is paid.
        Resolved = "resolved",
        /// It will stay.
        WontFix = "wont_fix" | "wontfix",
    }
    /// Where a technical debt was made.
    DebtType = "technical debt type" {
        /// In how the parts were cut.
        Design = "design",
        /// In how a part was written.
        Implementation = "implementation",
        /// In what is not tested.
        Test = "test",
        /// In what is not written down.
        Docs = "docs",
        /// In what others keep.
        Dependencies = "dependencies",
        /// In what is slow.
        Performance = "performance",
        /// In what is not safe.
        Security = "security",
        /// None of these.
        Other = "other",
    }
    /// How much a technical debt hurts.
    DebtSeverity = "severity" {
        /// Pay it first.
        Critical = "critical",
        /// Pay it soon.
        High = "high",
        /// As most are.
        Medium = "medium",
        /// Can wait for all others.
        Low = "low",
    }
}

impl WorkstreamStatus {
    /// Whether nothing more is planned in it.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Completed | Self::Archived)
    }

    /// When a workstream that is in this status from `now` on was completed: the archive keeps the time, going on
    /// forgets it.
    pub fn completed_at(self, before: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Completed => before.or(Some(now)),
            Self::Archived => before,
            _ => None,
        }
    }
}

impl TaskStatus {
    /// How far the task has come: 0 not begun, 1 begun, 2 ended. No file lowers it.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Todo => 0,
            Self::InProgress | Self::Blocked => 1,
            Self::Done | Self::Cancelled => 2,
        }
    }

    /// Whether something remains to be done.
    pub const fn is_open(self) -> bool {
        self.rank() < 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_and_written_as_it_is_said() {
        macro_rules! check {
            ($($set:ty),+) => {$(
                for word in <$set>::ALL {
                    assert_eq!(<$set>::parse(word.as_str()), Some(*word));
                    let json = serde_json::to_value(word).unwrap();
                    assert_eq!(json, word.as_str());
                    assert_eq!(serde_json::from_value::<$set>(json).unwrap(), *word);
                }
            )+};
        }
        check!(EntryStatus, WorkstreamStatus, TaskStatus, Priority);
        check!(ExtensionStatus, ExtensionType);
        check!(DebtStatus, DebtType, DebtSeverity);
    }

    #[test]
    fn a_workstream_keeps_the_time_of_its_completion_until_it_goes_on() {
        let time = Timestamp::from_micros;
        for (status, before, after) in [
            (WorkstreamStatus::Completed, None, Some(time(9))),
            (WorkstreamStatus::Completed, Some(time(5)), Some(time(5))),
            (WorkstreamStatus::Archived, Some(time(5)), Some(time(5))),
            (WorkstreamStatus::Archived, None, None),
            (WorkstreamStatus::Active, Some(time(5)), None),
            (WorkstreamStatus::Backlog, Some(time(5)), None),
        ] {
            assert_eq!(status.completed_at(before, time(9)), after, "{status}");
        }
    }

    #[test]
    fn other_spellings_are_understood_and_never_said() {
        let rows = [
            ("wait", TaskStatus::Blocked),
            ("progress", TaskStatus::InProgress),
            ("in-progress", TaskStatus::InProgress),
            ("In Progress", TaskStatus::InProgress),
            ("cancel", TaskStatus::Cancelled),
            ("open", TaskStatus::Todo),
            ("completed", TaskStatus::Done),
            (" DONE\t", TaskStatus::Done),
        ];
        for (text, status) in rows {
            assert_eq!(TaskStatus::parse(text), Some(status), "{text}");
            let read: TaskStatus = serde_json::from_value(text.into()).unwrap();
            assert!(
                TaskStatus::ALL
                    .iter()
                    .any(|word| word.as_str() == read.to_string())
            );
        }
        assert_eq!(
            WorkstreamStatus::parse("done"),
            Some(WorkstreamStatus::Completed)
        );
        assert_eq!(
            ExtensionStatus::parse("won't_fix"),
            None,
            "an apostrophe is no spelling of it"
        );
        assert_eq!(DebtStatus::parse("wont-fix"), Some(DebtStatus::WontFix));
    }

    #[test]
    fn an_unknown_word_is_refused_with_its_field_and_the_set() {
        let fault = TaskStatus::read("status", "doing").unwrap_err();
        assert_eq!(fault.field, "status");
        assert_eq!(
            fault.to_string(),
            "`doing` is no task status; one of todo, in_progress, blocked, done, cancelled"
        );
        let json = serde_json::from_str::<Priority>("\"urgent\"").unwrap_err();
        assert!(
            json.to_string()
                .contains("`urgent` is no priority; one of low, medium")
        );
        let long = TaskStatus::read("status", &"x".repeat(5_000)).unwrap_err();
        assert!(long.to_string().chars().count() < 200);
        assert_eq!(TaskStatus::parse(""), None);
    }

    #[test]
    fn the_schema_says_the_words_and_not_the_other_spellings() {
        let schema = serde_json::to_string(&schemars::schema_for!(TaskStatus)).unwrap();
        assert!(schema.contains("\"in_progress\""));
        assert!(!schema.contains("\"wait\""));
    }

    #[test]
    fn ranks_are_those_of_the_requirement_page() {
        let ranks = TaskStatus::ALL.iter().map(|status| status.rank());
        assert_eq!(ranks.collect::<Vec<_>>(), [0, 1, 1, 2, 2]);
        assert!(TaskStatus::Blocked.is_open() && !TaskStatus::Cancelled.is_open());
        let closed = WorkstreamStatus::ALL.iter().filter(|s| s.is_closed());
        assert_eq!(
            closed.collect::<Vec<_>>(),
            [&WorkstreamStatus::Completed, &WorkstreamStatus::Archived]
        );
    }
}
