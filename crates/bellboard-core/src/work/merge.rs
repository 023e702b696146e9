//! The rule of sync: what a checkout's files say, against what the hub has.
//!
//! Files are the authority, with guards, because a stale clone once reverted finished work: a file lowers no status
//! unless forced, a checkout behind its remote changes nothing, a task that was removed does not come back from an old
//! branch, and nothing is taken as removed while a file cannot be read whole. Whatever differs is a [`Drift`] with its
//! reason, whichever side it is taken from.

mod compare;
mod duplicate;
mod facts;
mod status;
#[cfg(test)]
mod tests;
mod workstream;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::plan::{PlannedTask, Reading, Weight};
use compare::{compare, drift};

pub use duplicate::{Duplicate, Place, Sighting};
pub use facts::{Checkout, Drift, Merge, ReadFile, StoredTask, Takes, TaskChange, TaskField};
pub use workstream::{StoredWorkstream, WorkstreamChange, WorkstreamMerge, merge_workstream};

/// The most characters of a value that a drift row shows.
const SHOWN_CHARACTERS: usize = 120;

/// A task that was read, and its external id.
#[derive(Clone)]
pub(super) struct Seen<'a> {
    file: usize,
    at: usize,
    key: String,
    plan_key: String,
    task: &'a PlannedTask,
}

/// Compares all files of a checkout with `stored`: the tasks of that repository, and those of others whose external ids
/// stand in its files.
pub fn merge_tasks(checkout: &Checkout<'_>, stored: &[StoredTask]) -> Merge {
    let all_seen = seen(checkout);
    let duplicates = duplicate::find(checkout, &all_seen, stored);
    let doubtful: BTreeSet<&str> = duplicates.iter().map(|found| found.key.as_str()).collect();
    let keys: BTreeSet<&str> = all_seen.iter().map(|seen| seen.key.as_str()).collect();
    let by_key: BTreeMap<&str, &StoredTask> = stored
        .iter()
        .map(|task| (task.key.as_str(), task))
        .collect();
    let by_id: BTreeMap<Uuid, &StoredTask> = stored.iter().map(|task| (task.id, task)).collect();
    let mut merge = Merge::default();
    let mut kept: BTreeSet<Uuid> = BTreeSet::new();
    for seen in &all_seen {
        let renamed = seen
            .task
            .hub_id
            .and_then(|id| by_id.get(&id))
            .filter(|task| {
                task.repo.as_deref() == Some(checkout.repo) && !keys.contains(task.key.as_str())
            });
        let known = by_key.get(seen.key.as_str()).or(renamed);
        kept.extend(known.map(|task| task.id));
        if doubtful.contains(seen.key.as_str()) || doubtful.contains(seen.plan_key.as_str()) {
            continue;
        }
        match known {
            None => merge.changes.push(TaskChange::Create {
                key: seen.key.clone(),
                file: seen.file,
                task: seen.at,
            }),
            Some(task) if kept_out(checkout, seen, task, &mut merge) => {}
            Some(task) => compare(checkout, seen, task, &mut merge),
        }
    }
    remove(checkout, stored, &kept, &mut merge);
    merge.duplicates = duplicates;
    if checkout.is_behind {
        merge.hold_still(checkout, &all_seen);
    }
    merge
}

fn seen<'a>(checkout: &Checkout<'a>) -> Vec<Seen<'a>> {
    let mut all = Vec::new();
    for (file, read) in checkout.files.iter().enumerate() {
        let Some(plan) = &read.reading.plan else {
            continue;
        };
        let id = |task| {
            let plan_id = &plan.workstream.id;
            read.format.external_id(checkout.repo, plan_id, task)
        };
        all.extend(plan.tasks.iter().enumerate().map(|(at, task)| Seen {
            file,
            at,
            key: id(Some(&task.id)),
            plan_key: id(None),
            task,
        }));
    }
    all
}

/// A task that was removed stays removed, unless it is forced back.
fn kept_out(
    checkout: &Checkout<'_>,
    seen: &Seen<'_>,
    stored: &StoredTask,
    merge: &mut Merge,
) -> bool {
    if !stored.is_removed || checkout.is_forced {
        return false;
    }
    merge.drift.push(Drift {
        in_file: "there".to_owned(),
        in_hub: "removed".to_owned(),
        takes: Takes::Hub,
        reason: "it was removed from its file, and an old branch does not bring it back; force it if it should return"
            .to_owned(),
        ..drift(checkout, seen, TaskField::Existence)
    });
    true
}

/// The tasks of this repository that stand in none of its files any more.
fn remove(
    checkout: &Checkout<'_>,
    stored: &[StoredTask],
    kept: &BTreeSet<Uuid>,
    merge: &mut Merge,
) {
    let broken = checkout.files.iter().find(|file| !is_whole(file.reading));
    let gone = stored.iter().filter(|task| {
        task.repo.as_deref() == Some(checkout.repo) && !task.is_removed && !kept.contains(&task.id)
    });
    for task in gone {
        // What only a branch beside the last sync has brought has not left the files of this one.
        let (Some(path), Some(line)) = (&task.path, task.line) else {
            continue;
        };
        let (takes, reason) = match broken {
            Some(file) => (
                Takes::Neither,
                format!("it may stand in {}, which cannot be read whole", file.path),
            ),
            None if !checkout.holds_last_sync => (
                Takes::Neither,
                "this checkout does not hold the commit of the last sync; force it if that commit is gone for good"
                    .to_owned(),
            ),
            None => (Takes::File, "it left its file".to_owned()),
        };
        if takes == Takes::File {
            merge.changes.push(TaskChange::Remove { id: task.id });
        }
        merge.drift.push(Drift {
            path: path.clone(),
            line,
            task: task.key.clone(),
            field: TaskField::Existence,
            in_file: "not there".to_owned(),
            in_hub: task.status.to_string(),
            takes,
            reason,
        });
    }
}

fn is_whole(reading: &Reading) -> bool {
    let has_errors = || {
        reading
            .problems
            .iter()
            .any(|problem| problem.weight == Weight::Error)
    };
    reading
        .plan
        .as_ref()
        .map_or_else(|| !has_errors(), |plan| plan.is_whole)
}

impl Merge {
    /// Behind its remote: whatever would change is told as drift, and nothing changes.
    fn hold_still(&mut self, checkout: &Checkout<'_>, all_seen: &[Seen<'_>]) {
        const REASON: &str = "the checkout is behind its remote, so nothing is written; pull first";
        for row in &mut self.drift {
            row.takes = Takes::Neither;
            REASON.clone_into(&mut row.reason);
        }
        for change in std::mem::take(&mut self.changes) {
            if let TaskChange::Create { key, file, task } = change {
                let is_new = |seen: &&Seen<'_>| seen.file == file && seen.at == task;
                self.drift
                    .extend(all_seen.iter().find(is_new).map(|seen| Drift {
                        in_file: "there".to_owned(),
                        in_hub: "not there".to_owned(),
                        takes: Takes::Neither,
                        reason: REASON.to_owned(),
                        task: key,
                        ..drift(checkout, seen, TaskField::Existence)
                    }));
            }
        }
        self.write_back.clear();
    }
}
