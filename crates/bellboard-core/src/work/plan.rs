//! What a file says about planned work, whatever its format, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::status::{Priority, TaskStatus, WorkstreamStatus};
use crate::text::{deceives, sanitise};
use crate::vocabulary::words;

/// The longest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// The most files of one repository that are read.
pub const MAX_FILES: usize = 10_000;
/// The most tasks of one file that are read.
pub const MAX_TASKS: usize = 5_000;
/// The most problems of one file that are listed.
pub const MAX_PROBLEMS: usize = 100;
/// The longest id of a task or a plan, in characters.
pub const MAX_ID: usize = 120;
/// The longest title, in characters; what is longer is cut.
pub const MAX_TITLE: usize = 300;
/// The longest description, in characters; what is longer is cut.
pub const MAX_DESCRIPTION: usize = 10_000;
/// The longest name of a person or an agent, in characters; what is longer is cut.
pub const MAX_NAME: usize = 200;

/// What was read of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The plan; `None` when the file is none, or when too much of it is broken.
    pub plan: Option<Plan>,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

/// What one file says about planned work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The workstream that the tasks belong to.
    pub workstream: PlannedWorkstream,
    /// The tasks, in the order of the file. Each id stands once.
    pub tasks: Vec<PlannedTask>,
    /// Whether everything that looks like a task was read. Where it is not, a task that is missing may still stand in
    /// the file, so nothing is taken as removed.
    pub is_whole: bool,
}

/// What a file says about a workstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedWorkstream {
    /// The plan's own id: `CUST-WP-0005`, or what the path gives in formats whose files have none.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it is; `None` when the file does not say or says a word that is none.
    pub status: Option<WorkstreamStatus>,
    /// Whether the path says that it is archived.
    pub is_archived: bool,
    /// The slug of the domain, as written.
    pub domain: Option<String>,
    /// The slug of the topic, as written.
    pub topic_slug: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The words before the first task.
    pub description: String,
    /// Its id in the hub, where it was written back.
    pub hub_id: Option<Uuid>,
    /// The line on which it begins.
    pub line: u32,
    /// Where its values stand.
    pub(super) place: FieldPlaces,
}

/// What a file says about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTask {
    /// Its id as written in the file.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The words below its heading.
    pub description: String,
    /// Where it is.
    pub status: TaskStatus,
    /// How much it matters; `None` when the file does not say.
    pub priority: Option<Priority>,
    /// Who does it.
    pub assignee: Option<String>,
    /// Its id in the hub, where it was written back.
    pub hub_id: Option<Uuid>,
    /// The line on which it begins.
    pub line: u32,
    /// Where its values stand.
    pub(super) place: FieldPlaces,
}

/// Where in the file the values stand that are written back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FieldPlaces {
    /// The status.
    pub status: Option<ValuePlace>,
    /// The id in the hub.
    pub hub_id: Option<ValuePlace>,
    /// The key of the field after which a missing one is written.
    pub after: Option<ValuePlace>,
    /// Whether the fields stand between braces.
    pub is_flow: bool,
}

/// The bytes of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ValuePlace {
    /// The key; empty in formats without keys.
    pub key: Range<usize>,
    /// The value, quotation marks included; empty where nothing was written.
    pub value: Range<usize>,
}

words! {
    /// What follows from a problem.
    Weight {
        /// Something was not read.
        Error = "error",
        /// Everything was read, and somebody should look all the same.
        Warning = "warning",
    }
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: u32,
    /// What follows from it.
    pub weight: Weight,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
}

impl Reading {
    /// A file that says nothing about planned work.
    pub(super) const fn nothing() -> Self {
        Self {
            plan: None,
            problems: Vec::new(),
        }
    }
}

/// The problems of one file, up to [`MAX_PROBLEMS`].
#[derive(Debug)]
pub(super) struct Problems<'a> {
    lines: &'a Lines,
    list: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub fn new(lines: &'a Lines) -> Self {
        Self {
            lines,
            list: Vec::new(),
        }
    }

    pub fn error(&mut self, at: usize, what: impl Into<String>, way_out: impl Into<String>) {
        self.push(at, Weight::Error, what.into(), way_out.into());
    }

    pub fn warning(&mut self, at: usize, what: impl Into<String>, way_out: impl Into<String>) {
        self.push(at, Weight::Warning, what.into(), way_out.into());
    }

    fn push(&mut self, at: usize, weight: Weight, what: String, way_out: String) {
        self.push_line(self.lines.of(at), weight, what, way_out);
    }

    fn push_line(&mut self, line: u32, weight: Weight, what: String, way_out: String) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem {
                line,
                weight,
                what,
                way_out,
            });
        }
    }

    /// The list, in the order of the file.
    pub fn into_list(mut self) -> Vec<Problem> {
        self.list.sort_by_key(|problem| problem.line);
        self.list
    }
}

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    /// The line of a byte, counted from 1.
    pub fn of(&self, at: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }
}

/// The tasks whose id stands once, and whether all do. Of an id that stands twice neither is taken: nobody knows which
/// of the two is meant.
pub(super) fn each_id_once(
    tasks: Vec<PlannedTask>,
    problems: &mut Problems<'_>,
) -> (Vec<PlannedTask>, bool) {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    let mut twice: BTreeSet<String> = BTreeSet::new();
    for task in &tasks {
        if let Some(line) = first.insert(&task.id, task.line) {
            let id = &task.id;
            let what = format!("the id {id} is used twice, first on line {line}; neither is read");
            let way_out = "give one of the two another id".to_owned();
            problems.push_line(task.line, Weight::Error, what, way_out);
            twice.insert(id.clone());
            first.insert(id, line);
        }
    }
    let once = tasks.into_iter().filter(|task| !twice.contains(&task.id));
    (once.collect(), twice.is_empty())
}

/// A title made harmless. Where nothing of it can be shown, its id stands for it.
pub(super) fn title_or_id(title: &str, id: &str) -> String {
    let shown = sanitise(title, MAX_TITLE);
    if shown.is_empty() {
        return id.to_owned();
    }
    shown
}

/// Several lines made harmless: no characters that could deceive, no more than `max_characters`.
pub(super) fn prose(text: &str, max_characters: usize) -> String {
    let text = text.trim();
    let kept = text
        .chars()
        .filter(|c| !deceives(*c) || matches!(c, '\n' | '\t'));
    let mut kept: String = kept.take(max_characters).collect();
    kept.truncate(kept.trim_end().len());
    kept
}

/// Whether this can be an id: one word of at most [`MAX_ID`] characters.
pub(super) fn is_id(text: &str) -> bool {
    let is_one_word = !text.chars().any(|c| c.is_whitespace() || deceives(c));
    is_one_word && !text.is_empty() && text.chars().count() <= MAX_ID
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let text = "a\r\nb\n\nd";
        let lines = Lines::new(text);
        let of: Vec<u32> = (0..=text.len()).map(|at| lines.of(at)).collect();
        assert_eq!(of, [1, 1, 1, 2, 2, 3, 4, 4]);
        assert_eq!(Lines::new("").of(0), 1);
    }

    #[test]
    fn no_file_makes_an_endless_list() {
        let lines = Lines::new("x");
        let mut problems = Problems::new(&lines);
        for _ in 0..500 {
            problems.warning(0, "what", "way out");
        }
        assert_eq!(problems.into_list().len(), MAX_PROBLEMS);
    }

    #[test]
    fn prose_keeps_lines_and_loses_what_deceives() {
        assert_eq!(prose(" a\r\n\tb\u{202E}c\u{7} \n", 10), "a\n\tbc");
        assert_eq!(prose("abc def", 4), "abc");
    }

    #[test]
    fn an_id_is_one_word() {
        assert!(is_id("CUST-WP-0005-T01") && is_id("task-4.10") && is_id("ü"));
        assert!(!is_id("") && !is_id("a b") && !is_id("a\u{202E}") && !is_id(&"x".repeat(121)));
    }
}
