//! The formats in which people keep planned work, known by a file's path, and what each can say.
//!
//! One reader stands in one file; a further format is a further file, a word here, and a line in each `match` below.

use super::plan::{Lines, MAX_FILE_BYTES, Problems, Reading};
use super::status::TaskStatus;
use super::{backlog, beads, spec_kit, workplan};
use crate::vocabulary::words;

words! {
    /// How a file says what is planned.
    Format {
        /// A State Hub workplan: `workplans/*.md`, `workplans/archived/*.md`.
        Workplan = "workplan",
        /// A check list of spec-kit: `specs/*/tasks.md`.
        SpecKit = "spec_kit",
        /// A task of Backlog.md: `backlog/tasks/*.md`, `backlog/completed/*.md`, the same below `.backlog`.
        Backlog = "backlog",
        /// The issues of beads: `.beads/issues.jsonl`.
        Beads = "beads",
    }
}

impl Format {
    /// The format of a file, by its path from the root of the repository with `/` between folders. `None` for every
    /// file that says nothing about planned work.
    pub fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let hidden = parts
            .iter()
            .any(|part| part.is_empty() || matches!(*part, "." | ".."));
        let name = *parts.last()?;
        let stem = name.strip_suffix(".md").unwrap_or_default();
        let is_plan = !stem.is_empty()
            && !stem.starts_with(['.', '_'])
            && !stem.eq_ignore_ascii_case("readme");
        match parts.as_slice() {
            _ if hidden => None,
            ["workplans", _] | ["workplans", "archived", _] if is_plan => Some(Self::Workplan),
            ["specs", _, "tasks.md"] => Some(Self::SpecKit),
            ["backlog" | ".backlog", "tasks" | "completed", _] if is_plan => Some(Self::Backlog),
            [".beads", "issues.jsonl" | "beads.jsonl"] => Some(Self::Beads),
            _ => None,
        }
    }

    /// The folders in which files of any format lie, for whoever looks for them: `**` stands for one folder.
    pub const FOLDERS: [&'static str; 8] = [
        "workplans",
        "workplans/archived",
        "specs/**",
        "backlog/tasks",
        "backlog/completed",
        ".backlog/tasks",
        ".backlog/completed",
        ".beads",
    ];

    /// The text of a file of this format as a plan.
    pub fn read(self, path: &str, text: &str) -> Reading {
        match self {
            Self::Workplan => workplan::read(path, text),
            Self::SpecKit => spec_kit::read(path, text),
            Self::Backlog => backlog::read(text),
            Self::Beads => beads::read(text),
        }
    }

    /// What the file writes for a status; `None` when the format has no word for it.
    pub const fn word_for(self, status: TaskStatus) -> Option<&'static str> {
        use TaskStatus::{Blocked, Cancelled, Done, InProgress, Todo};
        match (self, status) {
            (Self::Workplan, _) => Some(status.as_str()),
            (Self::SpecKit, Todo) => Some("[ ]"),
            (Self::SpecKit, Done) => Some("[x]"),
            (Self::Backlog, Todo) => Some("To Do"),
            (Self::Backlog, InProgress) => Some("In Progress"),
            (Self::Backlog, Done) => Some("Done"),
            (Self::Beads, Todo) => Some("open"),
            (Self::Beads, InProgress) => Some("in_progress"),
            (Self::Beads, Blocked) => Some("blocked"),
            (Self::Beads, Done) => Some("closed"),
            (Self::SpecKit, InProgress | Blocked | Cancelled)
            | (Self::Backlog, Blocked | Cancelled)
            | (Self::Beads, Cancelled) => None,
        }
    }

    /// Whether a file of this format that says `in_file` says nothing against `in_hub`: an empty box is every status
    /// in which something remains to be done, because the format has no other sign for them.
    pub const fn agrees(self, in_file: TaskStatus, in_hub: TaskStatus) -> bool {
        use TaskStatus::{Blocked, Cancelled, Done, InProgress, Todo};
        match self {
            Self::SpecKit if matches!(in_file, Todo) => in_hub.is_open(),
            Self::Backlog if matches!(in_file, Todo | InProgress) && matches!(in_hub, Blocked) => {
                true
            }
            Self::Beads if matches!(in_file, Done) => matches!(in_hub, Done | Cancelled),
            _ => in_file as u8 == in_hub as u8,
        }
    }

    /// Whether the format has a place for the ids that the hub gives.
    pub const fn keeps_hub_ids(self) -> bool {
        matches!(self, Self::Workplan)
    }

    /// The id of a task or a plan in the hub. The ids of workplans are one for all repositories; those of the other
    /// formats (`T001`, `task-1`, `bd-1`) begin anew in each, so the repository stands before them, and a check list's
    /// folder too.
    pub fn external_id(self, repo_slug: &str, plan_id: &str, task_id: Option<&str>) -> String {
        match (self, task_id) {
            (Self::Workplan, task_id) => task_id.unwrap_or(plan_id).to_owned(),
            (Self::SpecKit, Some(task_id)) => format!("{repo_slug}:{plan_id}/{task_id}"),
            (Self::Backlog | Self::Beads, Some(task_id)) => format!("{repo_slug}:{task_id}"),
            (Self::SpecKit | Self::Backlog | Self::Beads, None) => format!("{repo_slug}:{plan_id}"),
        }
    }
}

/// Reads a file as it lies in the repository; `None` when its path says that it holds no planned work.
///
/// A file that is too long, not UTF-8, or in the middle of a merge is not read at all, and says so.
pub fn read_file(path: &str, bytes: &[u8]) -> Option<Reading> {
    let format = Format::of(path)?;
    let refused = |at_text: &str, at: usize, what: String, way_out: &str| {
        let lines = Lines::new(at_text);
        let mut problems = Problems::new(&lines);
        problems.error(at, what, way_out);
        Some(Reading {
            plan: None,
            problems: problems.into_list(),
        })
    };
    if bytes.len() > MAX_FILE_BYTES {
        let what = format!(
            "the file has {} bytes, and at most {MAX_FILE_BYTES} are read",
            bytes.len()
        );
        return refused("", 0, what, "split it, or move what is no plan elsewhere");
    }
    match std::str::from_utf8(bytes) {
        Err(fault) => {
            let before = String::from_utf8_lossy(&bytes[..fault.valid_up_to()]);
            let what = "the file is not UTF-8".to_owned();
            refused(&before, before.len(), what, "save it as UTF-8")
        }
        Ok(text) => match conflict(text) {
            Some(at) => {
                let what = "the file is in the middle of a merge".to_owned();
                refused(
                    text,
                    at,
                    what,
                    "resolve the conflict, and take its marks away",
                )
            }
            None => Some(format.read(path, text)),
        },
    }
}

/// Where an unresolved conflict begins: the three marks that git writes, in their order.
fn conflict(text: &str) -> Option<usize> {
    let mut found = None;
    let mut at = 0;
    let mut is_halfway = false;
    for line in text.split_inclusive('\n') {
        match found {
            None if line.starts_with("<<<<<<< ") => found = Some(at),
            Some(_) if line.trim_end() == "=======" => is_halfway = true,
            Some(_) if is_halfway && line.starts_with(">>>>>>> ") => return found,
            _ => {}
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides() {
        use Format::{Backlog, Beads, SpecKit, Workplan};
        let rows = [
            ("workplans/CUST-WP-0005-domains.md", Some(Workplan)),
            ("workplans/ADHOC-2026-11-21.md", Some(Workplan)),
            ("workplans/archived/X.md", Some(Workplan)),
            ("workplans/README.md", None),
            ("workplans/_template.md", None),
            ("workplans/.md", None),
            ("workplans/deeper/still/X.md", None),
            ("docs/workplans/X.md", None),
            ("workplans/X.txt", None),
            ("./workplans/X.md", None),
            ("workplans/../X.md", None),
            ("specs/001-albums/tasks.md", Some(SpecKit)),
            ("specs/001-albums/plan.md", None),
            ("specs/tasks.md", None),
            ("backlog/tasks/task-1 - Do it.md", Some(Backlog)),
            (".backlog/completed/task-1.md", Some(Backlog)),
            ("backlog/drafts/task-1.md", None),
            ("backlog/archive/tasks/task-1.md", None),
            (".beads/issues.jsonl", Some(Beads)),
            (".beads/interactions.jsonl", None),
            ("", None),
        ];
        for (path, format) in rows {
            assert_eq!(Format::of(path), format, "{path}");
        }
    }

    #[test]
    fn whatever_a_format_can_say_agrees_with_itself_alone() {
        for format in Format::ALL {
            for status in TaskStatus::ALL {
                assert!(format.agrees(*status, *status));
            }
            assert!(!format.agrees(TaskStatus::Done, TaskStatus::Todo));
            assert!(!format.agrees(TaskStatus::Todo, TaskStatus::Done));
        }
        assert!(Format::SpecKit.agrees(TaskStatus::Todo, TaskStatus::Blocked));
        assert!(!Format::Workplan.agrees(TaskStatus::Todo, TaskStatus::Blocked));
    }

    #[test]
    fn ids_that_begin_anew_in_each_repository_carry_its_name() {
        let id = |format: Format, task| format.external_id("hub", "001-x", task);
        assert_eq!(id(Format::Workplan, Some("A-T01")), "A-T01");
        assert_eq!(id(Format::Workplan, None), "001-x");
        assert_eq!(id(Format::SpecKit, Some("T001")), "hub:001-x/T001");
        assert_eq!(id(Format::Beads, Some("bd-1")), "hub:bd-1");
        assert_eq!(id(Format::Backlog, None), "hub:001-x");
    }

    #[test]
    fn files_that_cannot_be_read_at_all() {
        let path = "workplans/X.md";
        let long = vec![b' '; 2 * 1024 * 1024];
        let merge =
            b"---\nid: X\n<<<<<<< HEAD\nstatus: done\n=======\nstatus: todo\n>>>>>>> other\n---\n";
        let rows: [(&[u8], u32, &str); 3] = [
            (
                &long,
                1,
                "the file has 2097152 bytes, and at most 1048576 are read",
            ),
            (b"---\nid: \xFF\n---\n", 2, "the file is not UTF-8"),
            (merge, 3, "the file is in the middle of a merge"),
        ];
        for (bytes, line, what) in rows {
            let reading = read_file(path, bytes).unwrap();
            assert_eq!(reading.plan, None);
            let problem = &reading.problems[0];
            assert_eq!((problem.line, problem.what.as_str()), (line, what));
        }
        assert_eq!(read_file("README.md", b""), None);
        let shown = read_file(
            path,
            b"---\nid: X\n---\n# T\n<<<<<<< HEAD is what git writes\n",
        )
        .unwrap();
        assert!(shown.plan.is_some());
    }
}
