//! The workstreams of a working tree's files: what becomes of each once its tasks have been merged.

use std::collections::{BTreeMap, BTreeSet};

use bellboard_core::work::{
    Checkout, Merge, PlannedTask, TaskChange, TaskField, TaskStatus, WorkstreamMerge,
    merge_workstream,
};
use uuid::Uuid;

use super::facts::Facts;

/// The workstream of one file, or of the first of several that share it.
pub(super) struct PlanMerge {
    /// Its key in the hub.
    pub(super) key: String,
    /// The file, by its place in the checkout.
    pub(super) file: usize,
    /// What becomes of it.
    pub(super) merge: WorkstreamMerge,
}

/// The key of the plan of a file; `None` for a file without a plan.
pub(super) fn key_of(checkout: &Checkout<'_>, file: usize) -> Option<String> {
    let file = &checkout.files[file];
    let plan = file.reading.plan.as_ref()?;
    Some(
        file.format
            .external_id(checkout.repo, &plan.workstream.id, None),
    )
}

/// A task as it stands in its file.
pub(super) fn planned<'a>(
    checkout: &Checkout<'a>,
    file: usize,
    task: usize,
) -> Option<&'a PlannedTask> {
    checkout.files[file].reading.plan.as_ref()?.tasks.get(task)
}

/// Every plan of the checkout once; those whose id stands in several places are left alone.
pub(super) fn merge_plans(checkout: &Checkout<'_>, facts: &Facts, tasks: &Merge) -> Vec<PlanMerge> {
    let doubtful = tasks.duplicates.iter().map(|found| found.key.as_str());
    let mut done: BTreeSet<String> = doubtful.map(str::to_owned).collect();
    let open = open_tasks(checkout, facts, tasks);
    let mut plans = Vec::new();
    for (at, file) in checkout.files.iter().enumerate() {
        let Some(key) = key_of(checkout, at).filter(|key| done.insert(key.clone())) else {
            continue;
        };
        let stored = facts.workstreams.get(&key).map(|known| &known.stored);
        let open = open.get(&key).copied().unwrap_or(0);
        plans.extend(
            merge_workstream(checkout, file, stored, open).map(|merge| PlanMerge {
                key,
                file: at,
                merge,
            }),
        );
    }
    plans
}

/// How many tasks each plan has open once the tasks have been merged.
fn open_tasks(checkout: &Checkout<'_>, facts: &Facts, tasks: &Merge) -> BTreeMap<String, u64> {
    let known = facts.workstreams.iter();
    let keys: BTreeMap<Uuid, &String> = known.map(|(key, known)| (known.stored.id, key)).collect();
    let mut open: BTreeMap<Uuid, Option<String>> = BTreeMap::new();
    let mut status = BTreeMap::new();
    for task in &facts.tasks {
        status.insert(task.id, task.status);
        if task.status.is_open() && !task.is_removed {
            let workstream = facts.workstream_of.get(&task.id);
            let key = workstream.and_then(|id| keys.get(&id.uuid()).copied());
            open.insert(task.id, key.cloned());
        }
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for change in &tasks.changes {
        match change {
            TaskChange::Create { file, task, .. } => {
                let is_open =
                    planned(checkout, *file, *task).is_some_and(|task| task.status.is_open());
                if let Some(key) = key_of(checkout, *file).filter(|_| is_open) {
                    *counts.entry(key).or_default() += 1;
                }
            }
            TaskChange::Update {
                id,
                file,
                task,
                fields,
                ..
            } => {
                let said = planned(checkout, *file, *task).map(|task| task.status);
                let said = said.filter(|_| fields.contains(&TaskField::Status));
                let is_open = said
                    .or(status.get(id).copied())
                    .is_some_and(TaskStatus::is_open);
                if is_open {
                    open.insert(*id, key_of(checkout, *file));
                } else {
                    open.remove(id);
                }
            }
            TaskChange::Remove { id } => drop(open.remove(id)),
        }
    }
    for key in open.into_values().flatten() {
        *counts.entry(key).or_default() += 1;
    }
    for (key, known) in &facts.workstreams {
        if let Some(more) = facts.open_made_here.get(&known.stored.id) {
            *counts.entry(key.clone()).or_default() += more;
        }
    }
    counts
}
