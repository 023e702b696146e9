//! Task files of Backlog.md: `backlog/tasks/task-12 - Words.md`, one task in each.
//!
//! Assumed shape: YAML front matter with `id` (`task-12`, `task-4.10`, any prefix), `title`, `status` (`To Do`,
//! `In Progress`, `Done`; others only where a project adds them), `assignee` (a name or a list), `priority` (`high`,
//! `medium`, `low`), and a body with a heading *Description*. `backlog/completed` holds tasks that are over; drafts
//! and the archive are not read. All files of a repository are one plan, `backlog`.

use super::field::Fields;
use super::plan::{
    FieldPlaces, Lines, MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Plan, PlannedTask, PlannedWorkstream,
    Problems, Reading, prose, title_or_id,
};
use super::status::{Priority, TaskStatus, UnknownWord};
use super::workplan::{front_bounds, section};
use super::yaml::Mapping;

/// The plan that all task files of a repository belong to.
const PLAN: &str = "backlog";

pub(super) fn read(text: &str) -> Reading {
    let lines = Lines::new(text);
    let mut problems = Problems::new(&lines);
    let task = task(text, &lines, &mut problems);
    let plan = task.map(|task| Plan {
        workstream: PlannedWorkstream {
            id: PLAN.to_owned(),
            title: "Backlog".to_owned(),
            status: None,
            is_archived: false,
            domain: None,
            topic_slug: None,
            owner: None,
            description: String::new(),
            hub_id: None,
            line: 1,
            place: FieldPlaces::default(),
        },
        tasks: vec![task],
        is_whole: true,
    });
    Reading {
        plan,
        problems: problems.into_list(),
    }
}

fn task(text: &str, lines: &Lines, problems: &mut Problems<'_>) -> Option<PlannedTask> {
    let (yaml, body) = match front_bounds(text) {
        Some(Ok(found)) => found,
        Some(Err(at)) => {
            problems.error(
                at,
                "the front matter is never closed",
                "write a line `---` below its last field",
            );
            return None;
        }
        None => {
            problems.error(
                0,
                "this task has no front matter",
                "begin the file with `---`, a line `id: …`, a line `title: …` and `---`",
            );
            return None;
        }
    };
    let starts = yaml.start;
    let mapping = match Mapping::read(text, yaml) {
        Ok(mapping) => mapping,
        Err(fault) => {
            problems.error(
                fault.at,
                format!("the front matter cannot be read: {}", fault.what),
                "write each field as `name: value` on a line of its own",
            );
            return None;
        }
    };
    let mut fields = Fields::new(&mapping, problems);
    let id = fields.id(None, starts, "this task", "task-12")?;
    let status = fields.word("status", status, starts);
    if status.is_none() && fields.says("status") {
        return None;
    }
    let priority = fields.word("priority", Priority::read, starts);
    let title = fields
        .text("title", MAX_TITLE)
        .unwrap_or_else(|| id.clone());
    Some(PlannedTask {
        title: title_or_id(&title, &id),
        description: description(text, body),
        status: status.unwrap_or(TaskStatus::Todo),
        priority,
        assignee: fields.text("assignee", MAX_NAME),
        hub_id: None,
        line: lines.of(starts),
        place: fields.places(""),
        id,
    })
}

/// The words below *Description*, without the comments by which the program finds its sections.
fn description(text: &str, body: usize) -> String {
    let section = section(text, body, "Description");
    let is_mark = |line: &str| line.starts_with("<!--") && line.ends_with("-->");
    let lines = section.lines().filter(|line| !is_mark(line.trim()));
    prose(&lines.collect::<Vec<_>>().join("\n"), MAX_DESCRIPTION)
}

fn status(field: &str, text: &str) -> Result<TaskStatus, UnknownWord> {
    let compact: String = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    if compact == "todo" {
        return Ok(TaskStatus::Todo);
    }
    TaskStatus::read(field, text).map_err(|fault| UnknownWord {
        valid: vec!["To Do", "In Progress", "Done"],
        ..fault
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_file() {
        let text = "---\nid: task-100.1\ntitle: 'Set up: web'\nstatus: In Progress\nassignee:\n  - '@anna'\n  - bo\ncreated_date: '2025-06-22'\n\
            labels: []\npriority: high\n---\n\n## Description\n\nDo it.\n\n### How\n\nSo.\n\n## Acceptance Criteria\n\n- [ ] done\n";
        let reading = read(text);
        assert_eq!(reading.problems, []);
        let plan = reading.plan.unwrap();
        let task = &plan.tasks[0];
        assert_eq!(
            (task.id.as_str(), task.title.as_str()),
            ("task-100.1", "Set up: web")
        );
        assert_eq!(
            (task.status, task.priority),
            (TaskStatus::InProgress, Some(Priority::High))
        );
        assert_eq!(task.assignee.as_deref(), Some("@anna, bo"));
        assert_eq!(task.description, "Do it.\n\n### How\n\nSo.");
        assert_eq!(plan.workstream.id, "backlog");
    }

    #[test]
    fn statuses_and_what_is_none() {
        let read = |status: &str| super::read(&format!("---\nid: task-1\nstatus: {status}\n---\n"));
        let rows = [
            ("To Do", TaskStatus::Todo),
            ("todo", TaskStatus::Todo),
            ("Done", TaskStatus::Done),
            ("Blocked", TaskStatus::Blocked),
        ];
        for (word, status) in rows {
            assert_eq!(read(word).plan.unwrap().tasks[0].status, status, "{word}");
        }
        let reading = read("Review");
        assert_eq!(reading.plan, None);
        assert_eq!(reading.problems[0].line, 3);
        assert_eq!(reading.problems[0].what, "`Review` is no task status");
        assert_eq!(
            reading.problems[0].way_out,
            "write one of To Do, In Progress, Done"
        );
        for text in [
            "",
            "words",
            "---\nid: x",
            "---\nid: [\n---\n",
            "---\ntitle: x\n---\n",
        ] {
            let reading = super::read(text);
            assert_eq!(
                (reading.plan, reading.problems.len()),
                (None, 1),
                "{text:?}"
            );
        }
    }
}
