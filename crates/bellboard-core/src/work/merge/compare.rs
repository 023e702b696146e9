//! A task in a file beside the same task in the hub.

use super::status;
use super::{
    Checkout, Drift, Merge, SHOWN_CHARACTERS, Seen, StoredTask, Takes, TaskChange, TaskField,
};
use crate::text::sanitise;
use crate::work::write_back::Edit;

/// A row about one field of a task, in which the file is taken.
pub(super) fn drift(checkout: &Checkout<'_>, seen: &Seen<'_>, field: TaskField) -> Drift {
    Drift {
        path: checkout.files[seen.file].path.to_owned(),
        line: seen.task.line,
        task: seen.key.clone(),
        field,
        in_file: String::new(),
        in_hub: String::new(),
        takes: Takes::File,
        reason: String::new(),
    }
}

/// What differs between a task in a file and the same task in the hub.
pub(super) fn compare(
    checkout: &Checkout<'_>,
    seen: &Seen<'_>,
    stored: &StoredTask,
    merge: &mut Merge,
) {
    let read = &checkout.files[seen.file];
    let mut fields = Vec::new();
    if stored.is_removed {
        fields.push(TaskField::Existence);
    }
    compare_words(checkout, seen, stored, &mut fields, merge);
    let mut edits = Vec::new();
    edits.extend(compare_status(checkout, seen, stored, &mut fields, merge));
    if read.format.keeps_hub_ids() && seen.task.hub_id != Some(stored.id) {
        edits.push(Edit::TaskHubId {
            task: seen.task.id.clone(),
            hub_id: stored.id,
        });
    }
    if !edits.is_empty() {
        merge.write_back.entry(seen.file).or_default().extend(edits);
    }
    let has_moved =
        stored.path.as_deref() != Some(read.path) || stored.line != Some(seen.task.line);
    if has_moved || stored.repo.as_deref() != Some(checkout.repo) {
        fields.push(TaskField::Place);
    }
    if fields.is_empty() {
        merge.unchanged += 1;
    } else {
        merge.changes.push(TaskChange::Update {
            id: stored.id,
            key: seen.key.clone(),
            file: seen.file,
            task: seen.at,
            fields,
        });
    }
}

/// The file's words hold, where it says any.
fn compare_words(
    checkout: &Checkout<'_>,
    seen: &Seen<'_>,
    stored: &StoredTask,
    fields: &mut Vec<TaskField>,
    merge: &mut Merge,
) {
    let assignee = seen.task.assignee.as_deref();
    let priority = seen.task.priority.unwrap_or(stored.priority);
    let values = [
        (TaskField::Id, seen.key.as_str(), stored.key.as_str()),
        (TaskField::Title, &seen.task.title, &stored.title),
        (
            TaskField::Description,
            &seen.task.description,
            &stored.description,
        ),
        (
            TaskField::Priority,
            priority.as_str(),
            stored.priority.as_str(),
        ),
        (
            TaskField::Assignee,
            assignee.unwrap_or(&stored.assignee),
            &stored.assignee,
        ),
    ];
    for (field, in_file, in_hub) in values {
        if in_file != in_hub {
            fields.push(field);
            merge.drift.push(Drift {
                in_file: sanitise(in_file, SHOWN_CHARACTERS),
                in_hub: sanitise(in_hub, SHOWN_CHARACTERS),
                reason: "the file is the authority".to_owned(),
                ..drift(checkout, seen, field)
            });
        }
    }
}

/// The status that holds; what the file could be made to say if it is the hub's.
fn compare_status(
    checkout: &Checkout<'_>,
    seen: &Seen<'_>,
    stored: &StoredTask,
    fields: &mut Vec<TaskField>,
    merge: &mut Merge,
) -> Option<Edit> {
    let read = &checkout.files[seen.file];
    let verdict = status::rule(checkout, read, seen.task.status, stored.status)?;
    if verdict.takes == Takes::File {
        fields.push(TaskField::Status);
    }
    merge.drift.push(Drift {
        in_file: seen.task.status.to_string(),
        in_hub: stored.status.to_string(),
        takes: verdict.takes,
        reason: verdict.reason,
        ..drift(checkout, seen, TaskField::Status)
    });
    verdict.can_be_written.then(|| Edit::TaskStatus {
        task: seen.task.id.clone(),
        status: stored.status,
    })
}
