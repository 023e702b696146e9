//! State Hub workplans: `workplans/*.md`, with YAML front matter, headings as titles and fenced `task` blocks.
//!
//! What is a heading, a fence or a comment is CommonMark's matter and left to its parser, so a `task` fence that is
//! shown inside a longer fence, in an HTML comment or as indented code is an example and no task. One bad block is
//! reported and left out, and the others are read; without readable front matter there is no plan.

mod body;
mod front;
mod task;

use super::plan::{
    Lines, MAX_DESCRIPTION, MAX_TASKS, Plan, PlannedTask, PlannedWorkstream, Problems, Reading,
    each_id_once, prose,
};
use body::Body;
use front::Front;

pub(super) use front::{BYTE_ORDER_MARK, bounds as front_bounds};

/// What a workplan says.
pub(super) fn read(path: &str, text: &str) -> Reading {
    let lines = Lines::new(text);
    let mut problems = Problems::new(&lines);
    let front = Front::find(path, text, &mut problems);
    let begins = match &front {
        Front::Missing | Front::Broken => 0,
        Front::OfAnotherKind => return Reading::nothing(),
        Front::Found { body, .. } => *body,
    };
    let body = Body::read(text, begins);
    if body.blocks.is_empty() && matches!(front, Front::Missing) && !front::is_ad_hoc(path) {
        return Reading::nothing();
    }
    for at in &body.quoted {
        problems.warning(
            *at,
            "a task block in a quotation is not read",
            "take the `>` away if it is a task",
        );
    }
    let (tasks, is_whole) = tasks(text, &body, &lines, &mut problems);
    let workstream = front.workstream(path, text, &body, &lines, &mut problems);
    let plan = workstream.map(|workstream: PlannedWorkstream| Plan {
        workstream: PlannedWorkstream {
            description: prose(&body.introduction(text), MAX_DESCRIPTION),
            ..workstream
        },
        tasks,
        is_whole,
    });
    Reading {
        plan,
        problems: problems.into_list(),
    }
}

/// The words below the heading of this name, up to the next heading that is not below its own.
pub(super) fn section(text: &str, begins: usize, name: &str) -> String {
    Body::read(text, begins).section(text, name)
}

/// The tasks whose blocks can be read, and whether all can.
fn tasks(
    text: &str,
    body: &Body,
    lines: &Lines,
    problems: &mut Problems<'_>,
) -> (Vec<PlannedTask>, bool) {
    if let Some(block) = body.blocks.get(MAX_TASKS) {
        problems.error(
            block.fence.start,
            format!("more than {MAX_TASKS} tasks; from here on they are not read"),
            "split the plan into several files",
        );
    }
    let mut is_whole = body.blocks.len() <= MAX_TASKS && body.quoted.is_empty();
    let mut read = Vec::new();
    for at in 0..body.blocks.len().min(MAX_TASKS) {
        match task::read(text, body, at, lines, problems) {
            Some(task) => read.push(task),
            None => is_whole = false,
        }
    }
    let (once, each_once) = each_id_once(read, problems);
    (once, is_whole && each_once)
}

#[cfg(test)]
mod tests;
