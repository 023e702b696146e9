//! Claims: who works on a task, and until when without another word. A claim whose time is over is none, so the work of
//! whoever died returns without anybody doing anything; the fence tells a claim from every other one of the task.

use crate::id::PersonId;
use crate::time::Timestamp;

use super::status::TaskStatus;

/// The shortest and the longest claim, in seconds.
pub const CLAIM_SECONDS: (u32, u32) = (60, 86_400);
/// For how many seconds a task is claimed when nobody says otherwise.
pub const USUAL_CLAIM_SECONDS: u32 = 1_800;

/// Who has a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub by: PersonId,
    /// Until when.
    pub until: Timestamp,
}

impl Claim {
    /// Whether it still holds.
    pub fn holds(self, now: Timestamp) -> bool {
        self.until > now
    }
}

/// Who wants to do something with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimer {
    /// Who.
    pub person: PersonId,
    /// Whether it is a program.
    pub is_agent: bool,
    /// The number of the claim that they speak for, if they say one.
    pub fence: Option<u32>,
}

/// What a claim is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Claimable {
    /// Where the task is.
    pub status: TaskStatus,
    /// Whether it waits for a human.
    pub needs_human: bool,
    /// The last claim, if it was not given back.
    pub claim: Option<Claim>,
    /// The number of the last claim.
    pub fence: u32,
}

/// Why a task is not given, or what is said of it not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimRefusal {
    /// Somebody else has it.
    Taken(Claim),
    /// Nothing remains to be done.
    Closed,
    /// Something else has to happen first.
    Blocked,
    /// A human has to look first; an agent does not take it.
    NeedsHuman,
    /// It was claimed again since, or nobody has it.
    Lost,
}

/// Whether the task is theirs from now on. Who has it already has it for longer.
pub fn may_claim(task: &Claimable, claimer: Claimer, now: Timestamp) -> Result<(), ClaimRefusal> {
    match task.claim.filter(|claim| claim.holds(now)) {
        Some(claim) if claim.by != claimer.person => return Err(ClaimRefusal::Taken(claim)),
        _ => {}
    }
    match task.status {
        TaskStatus::Done | TaskStatus::Cancelled => Err(ClaimRefusal::Closed),
        TaskStatus::Blocked => Err(ClaimRefusal::Blocked),
        TaskStatus::Todo | TaskStatus::InProgress if task.needs_human && claimer.is_agent => {
            Err(ClaimRefusal::NeedsHuman)
        }
        TaskStatus::Todo | TaskStatus::InProgress => Ok(()),
    }
}

/// Whether what they say of the task counts. Whoever names a fence speaks for that claim and no other; without one an
/// agent speaks only of what no one else has, while a human may always speak.
pub fn may_speak(task: &Claimable, speaker: Claimer, now: Timestamp) -> Result<(), ClaimRefusal> {
    if let Some(fence) = speaker.fence {
        let is_theirs = task.claim.is_some_and(|claim| claim.by == speaker.person);
        return (is_theirs && fence == task.fence)
            .then_some(())
            .ok_or(ClaimRefusal::Lost);
    }
    match task.claim.filter(|claim| claim.holds(now)) {
        Some(claim) if speaker.is_agent && claim.by != speaker.person => {
            Err(ClaimRefusal::Taken(claim))
        }
        _ => Ok(()),
    }
}

/// Where a task is when its claimer gives it back: what was begun under the claim waits again.
pub const fn status_given_back(status: TaskStatus) -> TaskStatus {
    match status {
        TaskStatus::InProgress => TaskStatus::Todo,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    fn person(number: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(number))
    }

    fn now() -> Timestamp {
        Timestamp::from_micros(1_000_000_000)
    }

    fn task(status: TaskStatus, claim: Option<(u128, i64)>) -> Claimable {
        Claimable {
            status,
            needs_human: false,
            claim: claim.map(|(by, seconds)| Claim {
                by: person(by),
                until: Timestamp::from_micros(now().micros() + seconds * 1_000_000),
            }),
            fence: 3,
        }
    }

    fn claimer(number: u128, fence: Option<u32>) -> Claimer {
        Claimer {
            person: person(number),
            is_agent: true,
            fence,
        }
    }

    #[test]
    fn one_has_it_until_the_time_is_over() {
        use TaskStatus::{Blocked, Cancelled, Done, InProgress, Todo};
        let taken = task(Todo, Some((1, 60))).claim.unwrap();
        let rows = [
            (task(Todo, None), 2, Ok(())),
            (task(InProgress, None), 2, Ok(())),
            (
                task(Todo, Some((1, 60))),
                2,
                Err(ClaimRefusal::Taken(taken)),
            ),
            (task(Todo, Some((1, 60))), 1, Ok(())),
            (task(InProgress, Some((1, 0))), 2, Ok(())),
            (task(InProgress, Some((1, -1))), 2, Ok(())),
            (task(Done, None), 2, Err(ClaimRefusal::Closed)),
            (task(Cancelled, Some((1, -1))), 1, Err(ClaimRefusal::Closed)),
            (task(Blocked, None), 2, Err(ClaimRefusal::Blocked)),
        ];
        for (at, (task, who, expected)) in rows.into_iter().enumerate() {
            assert_eq!(
                may_claim(&task, claimer(who, None), now()),
                expected,
                "row {at}"
            );
        }
        let flagged = Claimable {
            needs_human: true,
            ..task(Todo, None)
        };
        let agent = claimer(1, None);
        assert_eq!(
            may_claim(&flagged, agent, now()),
            Err(ClaimRefusal::NeedsHuman)
        );
        let human = Claimer {
            is_agent: false,
            ..agent
        };
        assert_eq!(may_claim(&flagged, human, now()), Ok(()));
        assert!(taken.holds(now()) && !taken.holds(now() + Duration::from_mins(1)));
    }

    #[test]
    fn who_lost_a_claim_is_told_so() {
        use TaskStatus::InProgress;
        let held = task(InProgress, Some((1, 60)));
        let over = task(InProgress, Some((1, -60)));
        let taken = ClaimRefusal::Taken(held.claim.unwrap());
        let rows = [
            (held, claimer(1, Some(3)), Ok(())),
            (held, claimer(1, Some(2)), Err(ClaimRefusal::Lost)),
            (held, claimer(2, Some(3)), Err(ClaimRefusal::Lost)),
            (held, claimer(2, None), Err(taken)),
            (held, claimer(1, None), Ok(())),
            (over, claimer(1, Some(3)), Ok(())),
            (over, claimer(2, None), Ok(())),
            (
                task(InProgress, None),
                claimer(1, Some(3)),
                Err(ClaimRefusal::Lost),
            ),
        ];
        for (at, (task, who, expected)) in rows.into_iter().enumerate() {
            assert_eq!(may_speak(&task, who, now()), expected, "row {at}");
        }
        let human = Claimer {
            is_agent: false,
            ..claimer(2, None)
        };
        assert_eq!(may_speak(&held, human, now()), Ok(()));
    }

    #[test]
    fn what_is_given_back_waits_again() {
        let back = TaskStatus::ALL
            .iter()
            .map(|status| status_given_back(*status));
        let words: Vec<_> = back.map(TaskStatus::as_str).collect();
        assert_eq!(words, ["todo", "todo", "blocked", "done", "cancelled"]);
    }
}
