//! One shape, one hue and one word for the state of a run; never colour alone. Every page takes them from here.

use bellboard_core::run::{Outcome, Status};

/// What is to be said about a run at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The symbol in the sprite.
    pub icon: &'static str,
    /// The class that gives the hue.
    pub hue: &'static str,
    /// The word.
    pub word: &'static str,
}

/// The facts that choose a mark.
#[derive(Clone, Copy, Debug)]
pub struct MarkFacts {
    /// Where the run stands.
    pub status: Status,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The hub ended it because nothing was heard any more.
    pub lost: bool,
    /// Nothing was heard for longer than promised.
    pub silent: bool,
    /// It waits for a system outside.
    pub outside: bool,
}

/// The mark for `facts`.
pub fn mark(facts: MarkFacts) -> Mark {
    let (icon, hue, word) = match (facts.status, facts.outcome) {
        (Status::Queued | Status::Running, _) if facts.silent => ("s-mute", "amber", "Silent"),
        (Status::Queued, _) => ("s-wait", "dim", "Queued"),
        (Status::Running, _) if facts.outside => ("s-ext", "dim", "Waiting outside"),
        (Status::Running, _) => ("s-run", "blue", "Running"),
        (Status::Completed, Some(outcome)) => ended(outcome, facts.lost),
        (Status::Completed, None) => ("s-stop", "dim", "Ended"),
    };
    Mark { icon, hue, word }
}

fn ended(outcome: Outcome, lost: bool) -> (&'static str, &'static str, &'static str) {
    match outcome {
        Outcome::Failed if lost => ("s-bad", "red", "Lost"),
        Outcome::Succeeded => ("s-ok", "green", "Finished"),
        Outcome::PartiallySucceeded => ("s-flag", "amber", "Finished with follow-up"),
        Outcome::Blocked => ("s-flag", "amber", "Blocked"),
        Outcome::Failed => ("s-bad", "red", "Failed"),
        Outcome::Cancelled => ("s-stop", "dim", "Cancelled"),
    }
}
