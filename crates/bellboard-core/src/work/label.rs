//! What a workstream looks like now: finished, stalled or dormant. Computed whenever somebody looks, and never stored.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::status::{TaskStatus, WorkstreamStatus};
use crate::time::Timestamp;
use crate::vocabulary::words;

/// How long a workstream may lie still before somebody should look.
const STILL: Duration = Duration::from_hours(7 * 24);

words! {
    /// What an open workstream looks like.
    WorkstreamLabel {
        /// It has tasks and none of them is open: it can be completed.
        Finished = "finished",
        /// Some tasks are done, some are open, and nothing has changed for 7 days.
        Stalled = "stalled",
        /// Created over 7 days ago, and no task is done.
        Dormant = "dormant",
    }
}

/// How many tasks are in which status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCounts {
    /// Nobody has begun.
    pub todo: u64,
    /// Somebody works on them.
    pub in_progress: u64,
    /// Something else has to happen first.
    pub blocked: u64,
    /// Done.
    pub done: u64,
    /// Will not be done.
    pub cancelled: u64,
}

impl TaskCounts {
    /// Counts tasks by their status.
    pub fn of(statuses: impl IntoIterator<Item = TaskStatus>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            counts.add(status, 1);
        }
        counts
    }

    /// Adds tasks of one status, as a `group by` tells them.
    pub fn add(&mut self, status: TaskStatus, tasks: u64) {
        let count = match status {
            TaskStatus::Todo => &mut self.todo,
            TaskStatus::InProgress => &mut self.in_progress,
            TaskStatus::Blocked => &mut self.blocked,
            TaskStatus::Done => &mut self.done,
            TaskStatus::Cancelled => &mut self.cancelled,
        };
        *count = count.saturating_add(tasks);
    }

    /// Tasks in which something remains to be done.
    pub const fn open(self) -> u64 {
        self.todo
            .saturating_add(self.in_progress)
            .saturating_add(self.blocked)
    }

    /// All tasks.
    pub const fn total(self) -> u64 {
        self.open()
            .saturating_add(self.done)
            .saturating_add(self.cancelled)
    }
}

/// What [`workstream_label`] is asked about.
#[derive(Debug, Clone, Copy)]
pub struct WorkstreamFacts {
    /// Where the workstream is.
    pub status: WorkstreamStatus,
    /// Its tasks.
    pub tasks: TaskCounts,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or one of its tasks last changed.
    pub changed_at: Timestamp,
}

/// What the workstream looks like; `None` when there is nothing to say, and for one that is closed.
pub fn workstream_label(facts: &WorkstreamFacts, now: Timestamp) -> Option<WorkstreamLabel> {
    if facts.status.is_closed() {
        return None;
    }
    let tasks = facts.tasks;
    let is_still = now.saturating_since(facts.changed_at) >= STILL;
    let is_old = now.saturating_since(facts.created_at) > STILL;
    if tasks.total() > 0 && tasks.open() == 0 {
        Some(WorkstreamLabel::Finished)
    } else if tasks.done > 0 && is_still {
        (tasks.open() > 0).then_some(WorkstreamLabel::Stalled)
    } else if tasks.done == 0 && is_old {
        Some(WorkstreamLabel::Dormant)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;
    const DAY: u64 = 24 * HOUR;

    fn label(
        status: WorkstreamStatus,
        tasks: &[TaskStatus],
        created: u64,
        changed: u64,
    ) -> Option<WorkstreamLabel> {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let facts = WorkstreamFacts {
            status,
            tasks: TaskCounts::of(tasks.iter().copied()),
            created_at: now - Duration::from_secs(created),
            changed_at: now - Duration::from_secs(changed),
        };
        workstream_label(&facts, now)
    }

    #[test]
    fn labels_follow_from_tasks_and_times() {
        use TaskStatus::{Blocked, Cancelled, Done, InProgress, Todo};
        use WorkstreamLabel::{Dormant, Finished, Stalled};
        use WorkstreamStatus::{Active, Archived, Backlog, Completed};
        let rows: [(WorkstreamStatus, &[TaskStatus], u64, u64, Option<_>); 14] = [
            (Active, &[Done, Cancelled], DAY, 0, Some(Finished)),
            (Active, &[Cancelled], 30 * DAY, 30 * DAY, Some(Finished)),
            (Completed, &[Done], DAY, 0, None),
            (Archived, &[Todo], 30 * DAY, 30 * DAY, None),
            (Active, &[Done, Todo], 30 * DAY, 7 * DAY, Some(Stalled)),
            (Active, &[Done, Blocked], 30 * DAY, 8 * DAY, Some(Stalled)),
            (Active, &[Done, Todo], 30 * DAY, 7 * DAY - 1, None),
            (Active, &[Todo], 7 * DAY + 1, 0, Some(Dormant)),
            (Active, &[Todo], 7 * DAY, 7 * DAY, None),
            (Backlog, &[InProgress], 8 * DAY, HOUR, Some(Dormant)),
            (Active, &[], 8 * DAY, 8 * DAY, Some(Dormant)),
            (Active, &[], DAY, DAY, None),
            (Active, &[Todo, Cancelled], 8 * DAY, 0, Some(Dormant)),
            (Active, &[Todo, InProgress], HOUR, 0, None),
        ];
        for (at, (status, tasks, created, changed, expected)) in rows.into_iter().enumerate() {
            assert_eq!(label(status, tasks, created, changed), expected, "row {at}");
        }
    }

    #[test]
    fn counts_add_up() {
        let mut counts = TaskCounts::of(TaskStatus::ALL.iter().copied());
        assert_eq!((counts.open(), counts.total()), (3, 5));
        counts.add(TaskStatus::Done, u64::MAX);
        assert_eq!(counts.total(), u64::MAX);
    }
}
