//! Writes what the rule of sync decided, in the transaction in which it was decided.

mod store;
mod workstream;

use std::collections::{BTreeMap, BTreeSet};

use bellboard_core::id::{DomainId, EngagementId, ProgressEventId, TaskId, TopicId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{
    Checkout, Merge, PlannedTask, Priority, StoredTask, TaskChange, TaskField, TaskStatus,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::facts::Facts;
use super::input::PlanText;
use super::plans::{PlanMerge, key_of, planned};
use super::report::SyncProblem;
use super::store::tasks_there;
use crate::Hub;
use crate::access::Member;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::progress_event::{self, Happened};
use crate::task::settle_help;
use store::TASKS_AT_ONCE;

/// A workstream as a file describes it.
pub(super) struct WorkstreamRow<'a> {
    pub(super) key: &'a str,
    pub(super) title: &'a str,
    pub(super) owner: &'a str,
    pub(super) description: &'a str,
    pub(super) status: &'a str,
    pub(super) completed_at: Option<Timestamp>,
    pub(super) format: &'a str,
    pub(super) path: &'a str,
    pub(super) hash: [u8; 32],
}

/// A workstream that is new.
pub(super) struct NewWorkstream<'a> {
    pub(super) id: WorkstreamId,
    pub(super) domain: DomainId,
    pub(super) topic: Option<TopicId>,
    pub(super) slug: String,
    pub(super) row: WorkstreamRow<'a>,
}

/// A task as it is to be.
pub(super) struct TaskRow<'a> {
    pub(super) workstream: WorkstreamId,
    pub(super) key: &'a str,
    pub(super) position: i64,
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) priority: &'a str,
    pub(super) assignee: &'a str,
    pub(super) status: &'a str,
    pub(super) rank: i64,
    pub(super) path: &'a str,
    pub(super) line: Option<i64>,
}

/// A task that is new.
pub(super) struct NewTask<'a> {
    pub(super) id: TaskId,
    pub(super) row: TaskRow<'a>,
}

/// Who writes, and when.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) hub: &'a Hub,
    pub(super) member: &'a Member,
    pub(super) now: Timestamp,
}

/// What was decided, and what it was decided from.
#[derive(Clone, Copy)]
pub(super) struct Decided<'a> {
    pub(super) facts: &'a Facts,
    pub(super) files: &'a [PlanText],
    pub(super) checkout: &'a Checkout<'a>,
    pub(super) tasks: &'a Merge,
    pub(super) plans: &'a [PlanMerge],
}

/// What was given an id.
#[derive(Default)]
pub(super) struct Written {
    /// Every workstream of the files by its key.
    pub(super) workstreams: BTreeMap<String, WorkstreamId>,
    /// The new tasks: the file, the task in it, and its id.
    pub(super) tasks: Vec<(usize, usize, Uuid)>,
    /// What should be looked at.
    pub(super) warnings: Vec<SyncProblem>,
    /// What happened to each workstream.
    touched: BTreeMap<WorkstreamId, Touched>,
}

/// How many tasks of a workstream became what.
#[derive(Default)]
struct Touched {
    added: u64,
    changed: u64,
    removed: u64,
}

/// Writes all of it.
pub(super) async fn apply(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    decided: Decided<'_>,
) -> Outcome<Written> {
    let mut written = Written::default();
    for plan in decided.plans {
        let id = workstream::write(sql, by, decided, plan, &mut written).await?;
        written.workstreams.insert(plan.key.clone(), id);
    }
    let stored: BTreeMap<Uuid, &StoredTask> = decided
        .facts
        .tasks
        .iter()
        .map(|task| (task.id, task))
        .collect();
    // Who was called so before is called otherwise now, before somebody new takes the name.
    for change in &decided.tasks.changes {
        task(sql, by, decided, (change, &stored), &mut written).await?;
    }
    create(sql, by, decided, &mut written).await?;
    if decided.checkout.holds_last_sync || decided.checkout.is_forced {
        files(sql, by, decided, &written).await?;
    }
    tell(sql, by, decided, &written).await?;
    Ok(written)
}

async fn task(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    decided: Decided<'_>,
    (change, stored): (&TaskChange, &BTreeMap<Uuid, &StoredTask>),
    written: &mut Written,
) -> Outcome<()> {
    let place = (decided.facts.repo.engagement, decided.facts.repo.id);
    match change {
        // They come after everything else, several at once.
        TaskChange::Create { .. } => {}
        TaskChange::Update {
            id,
            key,
            file,
            task,
            fields,
        } => {
            let (workstream, said) = where_it_stands(decided, *file, *task, written)?;
            let before = stored.get(id).copied();
            let row = row(
                decided,
                (*file, *task),
                (workstream, key),
                said,
                before,
                fields,
            );
            let id = TaskId::from_uuid(*id);
            if fields.as_slice() == [TaskField::Place] {
                store::place_task(sql, place, id, &row).await?;
            } else {
                store::update_task(sql, place, id, &row, by.now).await?;
                if row.rank == i64::from(TaskStatus::Done.rank()) {
                    settle_help(sql, place.0, id, by.now).await?;
                }
                written.touched.entry(workstream).or_default().changed += 1;
            }
        }
        TaskChange::Remove { id } => {
            let gone = TaskId::from_uuid(*id);
            store::remove_task(sql, place.0, gone, by.now).await?;
            settle_help(sql, place.0, gone, by.now).await?;
            if let Some(workstream) = decided.facts.workstream_of.get(id) {
                written.touched.entry(*workstream).or_default().removed += 1;
            }
        }
    }
    Ok(())
}

/// Makes every task that is new.
async fn create(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    decided: Decided<'_>,
    written: &mut Written,
) -> Outcome<()> {
    let place = (decided.facts.repo.engagement, decided.facts.repo.id);
    let changes = decided.tasks.changes.iter();
    let new: Vec<(&str, usize, usize)> = changes
        .filter_map(|change| match change {
            TaskChange::Create { key, file, task } => Some((key.as_str(), *file, *task)),
            _ => None,
        })
        .collect();
    for some in new.chunks(TASKS_AT_ONCE) {
        let mut ids = Vec::with_capacity(some.len());
        for (key, file, task) in some {
            let (_, said) = where_it_stands(decided, *file, *task, written)?;
            ids.push(said.hub_id.unwrap_or_else(|| id_of((place.0, "task", key))));
        }
        let taken = tasks_there(sql, &ids).await?;
        let mut rows: Vec<NewTask<'_>> = Vec::with_capacity(some.len());
        for ((key, file, task), mut id) in some.iter().zip(ids) {
            let (workstream, said) = where_it_stands(decided, *file, *task, written)?;
            // Of a task that was copied with its id, only one keeps it.
            let is_taken = |made: &NewTask<'_>| made.id.uuid() == id;
            if taken.contains(&id) || rows.iter().any(is_taken) {
                id = by.hub.world().new_id();
            }
            let row = row(decided, (*file, *task), (workstream, key), said, None, &[]);
            rows.push(NewTask {
                id: TaskId::from_uuid(id),
                row,
            });
            written.tasks.push((*file, *task, id));
            written.touched.entry(workstream).or_default().added += 1;
        }
        store::insert_tasks(sql, place, &rows, by.now).await?;
    }
    Ok(())
}

/// The id of something new whose file keeps none: always the same for the same key, so that a plan which is read again
/// from its files alone gets its ids back.
fn id_of((engagement, what, key): (EngagementId, &str, &str)) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(engagement.uuid().as_bytes());
    hash.update(what);
    hash.update([0]);
    hash.update(key);
    let hash: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn where_it_stands<'a>(
    decided: Decided<'a>,
    file: usize,
    task: usize,
    written: &Written,
) -> Outcome<(WorkstreamId, &'a PlannedTask)> {
    let key = key_of(decided.checkout, file);
    let workstream = key.and_then(|key| written.workstreams.get(&key).copied());
    let said = planned(decided.checkout, file, task);
    workstream
        .zip(said)
        .ok_or_else(|| Fault::internal("a task is taken from a file without a workstream"))
}

/// The task as it is to be: what is new, or taken from the file, is as the file says, the rest as it was.
fn row<'a>(
    decided: Decided<'a>,
    (file, task): (usize, usize),
    (workstream, key): (WorkstreamId, &'a str),
    said: &'a PlannedTask,
    before: Option<&'a StoredTask>,
    fields: &[TaskField],
) -> TaskRow<'a> {
    let status = match before {
        Some(before) if !fields.contains(&TaskField::Status) => before.status,
        _ => said.status,
    };
    let priority = said.priority.or(before.map(|before| before.priority));
    let assignee = said
        .assignee
        .as_deref()
        .or(before.map(|before| before.assignee.as_str()));
    // A branch beside the last sync does not say where a task stands that no other has.
    let checkout = decided.checkout;
    let counts = checkout.holds_last_sync || checkout.is_forced;
    let has_line = counts || before.is_some_and(|before| before.line.is_some());
    TaskRow {
        workstream,
        key,
        position: i64::try_from(task).unwrap_or(i64::MAX),
        title: &said.title,
        description: &said.description,
        priority: priority.unwrap_or(Priority::Medium).as_str(),
        assignee: assignee.unwrap_or_default(),
        status: status.as_str(),
        rank: i64::from(status.rank()),
        path: &decided.files[file].path,
        line: has_line.then_some(i64::from(said.line)),
    }
}

/// Notes the files that were read, so that the next sync knows which have changed.
async fn files(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    decided: Decided<'_>,
    written: &Written,
) -> Outcome<()> {
    let place = (decided.facts.repo.engagement, decided.facts.repo.id);
    for (at, file) in decided.files.iter().enumerate() {
        let known = decided.facts.hashes.get(&file.path);
        if file.reading.plan.is_none() || known.is_some_and(|known| *known == file.hash) {
            continue;
        }
        let key = key_of(decided.checkout, at);
        let workstream = key.and_then(|key| written.workstreams.get(&key).copied());
        store::put_file(sql, place, (&file.path, file.hash), workstream, by.now).await?;
    }
    let there: BTreeSet<&String> = decided.files.iter().map(|file| &file.path).collect();
    for path in decided
        .facts
        .hashes
        .keys()
        .filter(|path| !there.contains(path))
    {
        store::forget_file(sql, place, path).await?;
    }
    Ok(())
}

/// One line for each workstream of which something changed, each with its hint, and a hint for the repo.
async fn tell(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    decided: Decided<'_>,
    written: &Written,
) -> Outcome<()> {
    for (workstream, touched) in &written.touched {
        let mut parts = Vec::new();
        for (count, what) in [
            (touched.added, "added"),
            (touched.changed, "changed"),
            (touched.removed, "removed"),
        ] {
            parts.extend((count > 0).then(|| format!("{count} {what}")));
        }
        let tasks = if parts.is_empty() {
            "its description".to_owned()
        } else {
            format!("tasks {}", parts.join(", "))
        };
        let happened = Happened {
            what: "synced".into(),
            summary: format!("Read from {}: {tasks}", decided.facts.repo.slug),
            workstream: Some(*workstream),
            ..Happened::default()
        };
        let id = ProgressEventId::from_uuid(by.hub.world().new_id());
        let object = workstream.uuid();
        progress_event::record(sql, by.member, (id, by.now), object, &happened).await?;
    }
    Ok(())
}
