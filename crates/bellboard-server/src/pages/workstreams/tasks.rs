//! The tasks of a workstream as rows, and as the entries of the review that closes it.

use std::collections::BTreeMap;

use bellboard_core::id::TaskId;
use bellboard_core::page::{Limit, Page};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{MAX_REVIEWED, TaskStatus};
use bellboard_hub::fault::Fault;
use bellboard_hub::task::{self, ListTasks, TaskView};
use bellboard_hub::workstream::WorkstreamView;
use serde_json::json;

use crate::pages::mark::Mark;
use crate::pages::moment::{Moment, Reading};
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// A task on the page of its workstream.
pub struct TaskRow {
    /// The task.
    pub id: String,
    /// What it is called in its file; may be empty.
    pub key: String,
    /// In one line.
    pub title: String,
    /// Where it stands.
    pub mark: Mark,
    /// Assignee, day and priority, each where there is something to say.
    pub about: Vec<String>,
    /// Who has claimed it, and until when.
    pub claim: Option<(String, Moment)>,
    /// What a human is to do, or why it cannot go on.
    pub note: Option<String>,
}

/// The review as it is filled in.
#[derive(Debug, Default)]
pub struct Closing {
    /// The open tasks.
    pub tasks: Vec<OpenTask>,
    /// The workstreams that can take a task: slug and title.
    pub takers: Vec<(String, String)>,
    /// Why it was refused.
    pub wrong: Option<String>,
}

/// One open task in the review.
#[derive(Debug)]
pub struct OpenTask {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `done`, `cancelled`, `carry_forward`, or empty.
    pub said: String,
    /// Why it is cancelled.
    pub reason: String,
    /// The workstream that takes it.
    pub target: String,
}

/// What was typed into the review, and why it was refused.
#[derive(Debug)]
pub struct Refused<'a> {
    /// The fields of the form.
    pub typed: &'a BTreeMap<String, String>,
    /// Why, and the way out.
    pub words: String,
}

/// The tasks of the workstream, one page of them, in the order of their plan.
pub async fn listed(visit: &Visit, of: &WorkstreamView) -> Result<Page<TaskView>, Problem> {
    let mut page = one_page(visit, of, "all", None).await?;
    page.items.sort_by_key(planned_place);
    Ok(page)
}

/// Every open task of the workstream, as many as one review takes.
pub async fn open(visit: &Visit, of: &WorkstreamView) -> Result<Vec<TaskView>, Problem> {
    let (mut open, mut cursor) = (Vec::new(), None);
    while open.len() < MAX_REVIEWED {
        let page = one_page(visit, of, "open", cursor).await?;
        open.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    open.sort_by_key(planned_place);
    Ok(open)
}

async fn one_page(
    visit: &Visit,
    of: &WorkstreamView,
    status: &str,
    cursor: Option<String>,
) -> Result<Page<TaskView>, Problem> {
    let input = ListTasks {
        workstream: of.id.to_string().parse().ok(),
        status: serde_json::from_value(json!(status)).map_err(Fault::internal)?,
        limit: Limit::new(Limit::MAX).unwrap_or_default(),
        cursor,
        ..ListTasks::default()
    };
    Ok(task::list_tasks(visit.call("list_tasks"), input).await?)
}

/// Those of a file by their line, then the others as they were made; of one moment by their ids, which grow.
fn planned_place(task: &TaskView) -> (i64, Timestamp, TaskId) {
    let line = task.file_line.unwrap_or(i64::MAX);
    (line, task.created_at, task.id)
}

impl TaskRow {
    /// The row of this task.
    pub fn new(view: TaskView, visit: &Visit) -> Self {
        let until = |at| Moment::new(at, Reading::Clock, visit.now);
        let about = [
            (!view.assignee.is_empty()).then(|| view.assignee.clone()),
            view.due_date.as_ref().map(|day| format!("due {day}")),
            (view.priority.as_str() != "medium").then(|| format!("{} priority", view.priority)),
        ];
        Self {
            id: view.id.to_string(),
            key: view.external_id.unwrap_or_default(),
            title: view.title,
            mark: mark(view.status, view.needs_human),
            about: about.into_iter().flatten().collect(),
            claim: view.claimed_by_name.zip(view.claim_until.map(until)),
            note: view.intervention_note.or(view.blocking_reason),
        }
    }
}

/// Where a task stands; whoever waits for a human comes first.
fn mark(status: TaskStatus, needs_human: bool) -> Mark {
    let (icon, hue, word) = match status {
        _ if needs_human => ("s-flag", "amber", "Needs a human"),
        TaskStatus::Todo => ("s-wait", "dim", "Todo"),
        TaskStatus::InProgress => ("s-run", "blue", "In progress"),
        TaskStatus::Blocked => ("s-ext", "dim", "Blocked"),
        TaskStatus::Done => ("s-ok", "green", "Done"),
        TaskStatus::Cancelled => ("s-stop", "dim", "Cancelled"),
    };
    Mark { icon, hue, word }
}

impl Closing {
    /// The review of these tasks, with what was typed before it was refused.
    pub fn new(
        open: Vec<TaskView>,
        takers: Vec<(String, String)>,
        refused: Option<&Refused<'_>>,
    ) -> Self {
        let typed = |field: &str, id: &str| {
            let value = refused.and_then(|refused| refused.typed.get(&format!("{field}-{id}")));
            value.cloned().unwrap_or_default()
        };
        let tasks = open.into_iter().map(|task| {
            let id = task.id.to_string();
            OpenTask {
                name: match task.external_id {
                    Some(key) => format!("{key} {}", task.title),
                    None => task.title,
                },
                said: typed("as", &id),
                reason: typed("reason", &id),
                target: typed("target", &id),
                id,
            }
        });
        Self {
            tasks: tasks.collect(),
            takers,
            wrong: refused.map(|refused| refused.words.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_own_shape_and_a_flag_comes_first() {
        let marks = TaskStatus::ALL.iter().map(|status| mark(*status, false));
        let icons: std::collections::BTreeSet<_> = marks.map(|mark| mark.icon).collect();
        assert_eq!(icons.len(), TaskStatus::ALL.len());
        for status in TaskStatus::ALL {
            let flagged = mark(*status, true);
            assert_eq!((flagged.icon, flagged.hue), ("s-flag", "amber"));
        }
    }
}
