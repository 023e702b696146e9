//! The one transition path: queued -> running -> completed, and no way back.
//!
//! Every change of a run's status or outcome is decided here and written by one store statement. Repeating what already
//! holds changes nothing and succeeds, so a reporter may send a finish twice. An outcome, once set, stands: a
//! contradiction is refused, and what a reporter says about a run that the hub gave up as lost is kept beside it.

use super::liveness::LostReason;
use super::{Failures, Outcome, Status};

/// What is stored of a run's course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Where the run is.
    pub status: Status,
    /// How it ended; set exactly when it is completed.
    pub outcome: Option<Outcome>,
    /// Whether it was the hub that completed it, because nothing was heard any more.
    pub lost: bool,
}

/// What somebody wants of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The work has begun. Any report implies it.
    Begin,
    /// The work has ended.
    Finish(Outcome),
}

/// What is to be done about a legal command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Write this.
    Moved {
        /// The status to write.
        status: Status,
        /// The outcome to write.
        outcome: Option<Outcome>,
    },
    /// It already is so: answer with success, write nothing.
    Nothing,
    /// The hub completed the run as lost before: keep the report as a `late` event, leave the outcome, ring no bell.
    Late,
}

/// Why a command is illegal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run has ended with an outcome that stands.
    #[error("the run is already completed as {0}; an outcome is never changed")]
    AlreadyCompleted(Outcome),
    /// A run that never began cannot have done anything.
    #[error(
        "the run is still queued, so it cannot have ended as {0}; report that it began first, or finish it as blocked, failed or cancelled"
    )]
    NotStarted(Outcome),
}

impl Refusal {
    /// The code of the problem, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlreadyCompleted(_) => "already_completed",
            Self::NotStarted(_) => "not_started",
        }
    }
}

/// Decides. The only function from which a change of status or outcome may come.
pub fn transition(state: State, command: Command) -> Result<Change, Refusal> {
    match (state.status, command) {
        (Status::Queued, Command::Begin) => Ok(Change::Moved {
            status: Status::Running,
            outcome: None,
        }),
        (Status::Running, Command::Begin) => Ok(Change::Nothing),
        (Status::Queued, Command::Finish(outcome)) if !may_end_queued(outcome) => {
            Err(Refusal::NotStarted(outcome))
        }
        (Status::Queued | Status::Running, Command::Finish(outcome)) => Ok(Change::Moved {
            status: Status::Completed,
            outcome: Some(outcome),
        }),
        (Status::Completed, _) if state.lost => Ok(Change::Late),
        (Status::Completed, Command::Finish(outcome)) if state.outcome == Some(outcome) => {
            Ok(Change::Nothing)
        }
        // The database holds no completed run without an outcome (only this rule writes it); `Failed` would claim least.
        (Status::Completed, _) => Err(Refusal::AlreadyCompleted(
            state.outcome.unwrap_or(Outcome::Failed),
        )),
    }
}

/// Whether a run may end so without having begun.
const fn may_end_queued(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Blocked | Outcome::Failed | Outcome::Cancelled
    )
}

/// Whether this end of a queued run says that it could not be handed to a worker: then it reads so, and not as work that
/// broke.
pub fn is_dispatch_failure(before: Status, outcome: Outcome, failures: &Failures) -> bool {
    let code = LostReason::DispatchFailed.code();
    before == Status::Queued
        && outcome == Outcome::Failed
        && failures
            .as_slice()
            .iter()
            .any(|failure| failure.code.as_str() == code)
}

/// Whether a run that ended so needs a look: all but `succeeded` and `cancelled`.
pub const fn is_follow_up(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::PartiallySucceeded | Outcome::Blocked | Outcome::Failed
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state(status: Status, outcome: Option<Outcome>) -> State {
        State {
            status,
            outcome,
            lost: false,
        }
    }

    #[test]
    fn what_could_not_be_queued_was_never_begun() {
        use crate::run::{Failure, FailureCode};
        let failures = |code| Failures::from(Failure::once(FailureCode::known(code), "words"));
        let table = [
            (
                Status::Queued,
                Outcome::Failed,
                "queue.dispatch_failed",
                true,
            ),
            (Status::Queued, Outcome::Failed, "exit.1", false),
            (
                Status::Queued,
                Outcome::Blocked,
                "queue.dispatch_failed",
                false,
            ),
            (
                Status::Queued,
                Outcome::Cancelled,
                "queue.dispatch_failed",
                false,
            ),
            (
                Status::Running,
                Outcome::Failed,
                "queue.dispatch_failed",
                false,
            ),
        ];
        for (before, outcome, code, expected) in table {
            let said = is_dispatch_failure(before, outcome, &failures(code));
            assert_eq!(said, expected, "{before} {outcome} {code}");
        }
        assert!(!is_dispatch_failure(
            Status::Queued,
            Outcome::Failed,
            &Failures::default()
        ));
    }

    #[test]
    fn the_legal_moves() {
        use Outcome::{Blocked, Cancelled, Failed, PartiallySucceeded, Succeeded};
        let moved = |status, outcome| Ok(Change::Moved { status, outcome });
        let queued = state(Status::Queued, None);
        let running = state(Status::Running, None);

        assert_eq!(
            transition(queued, Command::Begin),
            moved(Status::Running, None)
        );
        assert_eq!(transition(running, Command::Begin), Ok(Change::Nothing));
        for outcome in [Succeeded, PartiallySucceeded, Blocked, Failed, Cancelled] {
            assert_eq!(
                transition(running, Command::Finish(outcome)),
                moved(Status::Completed, Some(outcome))
            );
        }
        for outcome in [Blocked, Failed, Cancelled] {
            assert_eq!(
                transition(queued, Command::Finish(outcome)),
                moved(Status::Completed, Some(outcome))
            );
        }
        for outcome in [Succeeded, PartiallySucceeded] {
            assert_eq!(
                transition(queued, Command::Finish(outcome)),
                Err(Refusal::NotStarted(outcome))
            );
        }
    }

    #[test]
    fn a_refusal_names_the_outcome_that_stands_and_the_way_out() {
        let failed = state(Status::Completed, Some(Outcome::Failed));
        let refusal = transition(failed, Command::Finish(Outcome::Succeeded)).unwrap_err();
        assert_eq!(refusal.code(), "already_completed");
        assert_eq!(
            refusal.to_string(),
            "the run is already completed as failed; an outcome is never changed"
        );

        let refusal = transition(
            state(Status::Queued, None),
            Command::Finish(Outcome::Succeeded),
        )
        .unwrap_err();
        assert_eq!(refusal.code(), "not_started");
        assert!(
            refusal.to_string().contains("report that it began first"),
            "{refusal}"
        );
    }

    #[test]
    fn a_lost_run_takes_every_later_word_as_late() {
        let lost = State {
            status: Status::Completed,
            outcome: Some(Outcome::Failed),
            lost: true,
        };
        assert_eq!(transition(lost, Command::Begin), Ok(Change::Late));
        for outcome in Outcome::ALL {
            assert_eq!(
                transition(lost, Command::Finish(*outcome)),
                Ok(Change::Late)
            );
        }
    }

    #[test]
    fn what_needs_a_look() {
        let needing: Vec<_> = Outcome::ALL
            .iter()
            .copied()
            .filter(|outcome| is_follow_up(*outcome))
            .collect();
        assert_eq!(
            needing,
            [
                Outcome::PartiallySucceeded,
                Outcome::Blocked,
                Outcome::Failed
            ]
        );
    }

    fn commands() -> impl Strategy<Value = Command> {
        prop_oneof![
            Just(Command::Begin),
            proptest::sample::select(Outcome::ALL).prop_map(Command::Finish)
        ]
    }

    /// Applies a change as the store does.
    fn apply(state: State, change: Change) -> State {
        match change {
            Change::Moved { status, outcome } => State {
                status,
                outcome,
                ..state
            },
            Change::Nothing | Change::Late => state,
        }
    }

    proptest! {
        #[test]
        fn any_story_moves_forward_only_and_ends_at_most_once(
            story in proptest::collection::vec((commands(), any::<bool>()), 0..20),
        ) {
            let mut now = state(Status::Queued, None);
            let mut endings = 0;
            for (command, hub_gives_up) in story {
                let before = now;
                if let Ok(change) = transition(now, command) {
                    now = apply(now, change);
                    prop_assert_eq!(change == Change::Late, before.lost);
                }
                let has_ended_now = before.status != Status::Completed && now.status == Status::Completed;
                endings += usize::from(has_ended_now);
                now.lost |= has_ended_now && hub_gives_up;

                prop_assert!(before.status <= now.status);
                prop_assert_eq!(now.outcome.is_some(), now.status == Status::Completed);
                prop_assert!(before.outcome.is_none() || before.outcome == now.outcome);
            }
            prop_assert!(endings <= 1);
        }

        #[test]
        fn repeating_a_command_that_was_accepted_changes_nothing(command in commands(), is_running in any::<bool>()) {
            let start = state(if is_running { Status::Running } else { Status::Queued }, None);
            if let Ok(change) = transition(start, command) {
                let after = apply(start, change);
                prop_assert_eq!(transition(after, command), Ok(Change::Nothing));
            }
        }
    }
}
