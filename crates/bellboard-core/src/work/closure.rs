//! Closing a workstream: nothing that is open is forgotten. Each open task is done, cancelled with a reason, or carried
//! forward to another workstream, or the workstream stays open.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::vocabulary::words;

/// The most tasks that one review classifies.
pub const MAX_REVIEWED: usize = 1_000;

words! {
    /// What becomes of a task when its workstream is closed.
    ClosingWord {
        /// It has been done.
        Done = "done",
        /// It will not be done; the review says why.
        Cancelled = "cancelled",
        /// It goes on in another workstream, which the review names.
        CarryForward = "carry_forward",
    }
}

/// A task that is open when its workstream is to be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OpenTask {
    /// The task.
    pub task_id: Uuid,
    /// Its id in the file.
    pub external_id: Option<String>,
    /// Its title.
    pub title: String,
}

/// What a reviewer says about one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// The task.
    pub task_id: Uuid,
    /// What becomes of it.
    pub as_word: ClosingWord,
    /// Why it is cancelled.
    pub reason: Option<String>,
    /// The workstream that it is carried to.
    pub target: Option<Uuid>,
}

/// What happens to one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// It becomes done.
    Done(Uuid),
    /// It becomes cancelled.
    Cancelled {
        /// The task.
        task_id: Uuid,
        /// Why.
        reason: String,
    },
    /// It moves, in the status that it has.
    CarriedForward {
        /// The task.
        task_id: Uuid,
        /// The other workstream.
        target: Uuid,
    },
}

/// Why a workstream stays open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosureRefusal {
    /// These open tasks are not classified.
    Unclassified(Vec<OpenTask>),
    /// One entry of the review cannot be followed.
    Entry {
        /// Its place in the review, from 0.
        at: usize,
        /// The field: `task_id`, `reason` or `target`.
        field: &'static str,
        /// Why, and the way out.
        detail: &'static str,
    },
}

/// What happens to each open task of `workstream`, or why it stays open. What is wrong with an entry is said before
/// what is missing.
pub fn review(
    workstream: Uuid,
    open: &[OpenTask],
    said: &[Classified],
) -> Result<Vec<Closing>, ClosureRefusal> {
    let mut missing: BTreeMap<Uuid, &OpenTask> = BTreeMap::new();
    missing.extend(open.iter().map(|task| (task.task_id, task)));
    let mut closings = Vec::with_capacity(said.len());
    for (at, entry) in said.iter().enumerate() {
        let refuse = |field, detail| Err(ClosureRefusal::Entry { at, field, detail });
        if missing.remove(&entry.task_id).is_none() {
            let detail = "no open task of this workstream, or named before; leave it out";
            return refuse("task_id", detail);
        }
        let task_id = entry.task_id;
        let reason = entry.reason.as_deref().map(str::trim);
        let reason = reason.filter(|reason| !reason.is_empty());
        closings.push(match (entry.as_word, reason, entry.target) {
            (ClosingWord::Done, _, None) => Closing::Done(task_id),
            (ClosingWord::Cancelled, Some(reason), None) => Closing::Cancelled {
                task_id,
                reason: reason.to_owned(),
            },
            (ClosingWord::Cancelled, None, _) => {
                return refuse("reason", "say why the task is cancelled");
            }
            (ClosingWord::CarryForward, _, Some(target)) if target != workstream => {
                Closing::CarriedForward { task_id, target }
            }
            (ClosingWord::CarryForward, _, _) => {
                return refuse("target", "name another workstream that takes the task");
            }
            (ClosingWord::Done | ClosingWord::Cancelled, _, Some(_)) => {
                return refuse(
                    "target",
                    "only a task that is carried forward has a target; leave it out",
                );
            }
        });
    }
    if missing.is_empty() {
        return Ok(closings);
    }
    let unclassified = open
        .iter()
        .filter(|task| missing.contains_key(&task.task_id));
    Err(ClosureRefusal::Unclassified(
        unclassified.cloned().collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn open(numbers: &[u128]) -> Vec<OpenTask> {
        let tasks = numbers.iter().map(|number| OpenTask {
            task_id: id(*number),
            external_id: None,
            title: format!("Task {number}"),
        });
        tasks.collect()
    }

    fn entry(
        number: u128,
        word: ClosingWord,
        reason: Option<&str>,
        target: Option<u128>,
    ) -> Classified {
        Classified {
            task_id: id(number),
            as_word: word,
            reason: reason.map(str::to_owned),
            target: target.map(id),
        }
    }

    #[test]
    fn every_open_task_is_classified_or_the_rest_is_listed() {
        use ClosingWord::{Cancelled, CarryForward, Done};
        assert_eq!(review(id(9), &[], &[]), Ok(vec![]));
        let tasks = open(&[1, 2, 3]);
        let some = [entry(2, Done, None, None)];
        let Err(ClosureRefusal::Unclassified(left)) = review(id(9), &tasks, &some) else {
            panic!("it was closed");
        };
        assert_eq!(left, open(&[1, 3]));
        let all = [
            entry(3, CarryForward, None, Some(8)),
            entry(1, Cancelled, Some(" no longer "), None),
            entry(2, Done, Some("seen"), None),
        ];
        let closings = review(id(9), &tasks, &all).unwrap();
        let cancelled = Closing::Cancelled {
            task_id: id(1),
            reason: "no longer".into(),
        };
        let carried = Closing::CarriedForward {
            task_id: id(3),
            target: id(8),
        };
        assert_eq!(closings, [carried, cancelled, Closing::Done(id(2))]);
    }

    #[test]
    fn entries_that_cannot_be_followed_are_named() {
        use ClosingWord::{Cancelled, CarryForward, Done};
        let rows = [
            (entry(7, Done, None, None), "task_id"),
            (entry(1, Cancelled, None, None), "reason"),
            (entry(1, Cancelled, Some(" \n"), None), "reason"),
            (entry(1, CarryForward, Some("later"), None), "target"),
            (entry(1, CarryForward, None, Some(9)), "target"),
            (entry(1, Done, None, Some(8)), "target"),
        ];
        for (said, wrong) in rows {
            let refusal = review(id(9), &open(&[1, 2]), std::slice::from_ref(&said));
            let Err(ClosureRefusal::Entry { at: 0, field, .. }) = refusal else {
                panic!("{said:?}: {refusal:?}");
            };
            assert_eq!(field, wrong, "{said:?}");
        }
        let twice = [entry(1, Done, None, None), entry(1, Done, None, None)];
        let refusal = review(id(9), &open(&[1]), &twice);
        assert!(matches!(
            refusal,
            Err(ClosureRefusal::Entry {
                at: 1,
                field: "task_id",
                ..
            })
        ));
    }
}
