//! One `task` block: `id`, `status`, `priority`, `assignee`, and the id that the hub gave.

use super::body::{Body, Heading};
use crate::work::field::Fields;
use crate::work::plan::{
    Lines, MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, PlannedTask, Problems, prose, title_or_id,
};
use crate::work::status::{Priority, TaskStatus};
use crate::work::yaml::Mapping;

/// The task of a block; `None` when it cannot be said which task it is or where it is, which is among the problems.
pub(super) fn read(
    text: &str,
    body: &Body,
    at: usize,
    lines: &Lines,
    problems: &mut Problems<'_>,
) -> Option<PlannedTask> {
    let block = &body.blocks[at];
    let fence = block.fence.start;
    let mapping = match Mapping::read(text, block.yaml.clone()) {
        Ok(mapping) => mapping,
        Err(fault) => {
            problems.error(
                fault.at,
                format!("this task block cannot be read: {}", fault.what),
                "write each field as `name: value` on a line of its own",
            );
            return None;
        }
    };
    let mut fields = Fields::new(&mapping, problems);
    let id = fields.id(None, fence, "this task block", "CUST-WP-0005-T01")?;
    let status = fields.word("status", TaskStatus::read, fence);
    if status.is_none() && fields.says("status") {
        return None;
    }
    let priority = fields.word("priority", Priority::read, fence);
    let own_title = fields.text("title", MAX_TITLE);
    let named = own_title.or_else(|| block.item.clone());
    let named = named.or_else(|| body.heading_of(at).map(|heading| title(heading, &id)));
    let title = named.unwrap_or_else(|| {
        fields.warning_at(
            "id",
            fence,
            format!("the task {id} has no heading, so its id stands for a title"),
            "write a heading above the block",
        );
        id.clone()
    });
    Some(PlannedTask {
        title: title_or_id(&title, &id),
        description: prose(&body.words_about(text, at), MAX_DESCRIPTION),
        status: status.unwrap_or(TaskStatus::Todo),
        priority,
        assignee: fields.text("assignee", MAX_NAME),
        hub_id: fields.hub_id("state_hub_task_id"),
        line: lines.of(fence),
        place: fields.places("state_hub_task_id"),
        id,
    })
}

/// The words of a heading without the id that many begin with: `T01 — Do it` and `CUST-WP-0005-T01: Do it` are `Do it`.
fn title(heading: &Heading, id: &str) -> String {
    let words = heading.words.as_str();
    let short = id.rsplit('-').next().unwrap_or(id);
    let rest = words.strip_prefix(id);
    let rest = rest.or_else(|| words.strip_prefix(short).filter(|_| !short.is_empty()));
    let rest = rest.filter(|rest| rest.starts_with([' ', ':', '-', '–', '—', '.', ')']));
    let rest = rest.map(|rest| rest.trim_start_matches([' ', ':', '-', '–', '—', '.', ')']));
    let rest = rest.filter(|rest| !rest.is_empty()).unwrap_or(words);
    if rest.is_empty() {
        id.to_owned()
    } else {
        rest.to_owned()
    }
}
