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
    /// For whom it waits while it goes on.
    pub waits_for: WaitsFor,
}

/// Somebody else whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// It does its work itself.
    Nobody,
    /// A system outside.
    Outside,
    /// A person: it has asked.
    Person,
}

/// The mark for `facts`.
pub fn mark(facts: MarkFacts) -> Mark {
    let (icon, hue, word) = match (facts.status, facts.outcome) {
        (Status::Queued | Status::Running, _) if facts.silent => ("s-mute", "amber", "Silent"),
        (Status::Queued | Status::Running, _) if facts.waits_for == WaitsFor::Person => {
            ("s-wait", "dim", "Waiting")
        }
        (Status::Queued, _) => ("s-wait", "dim", "Queued"),
        (Status::Running, _) if facts.waits_for == WaitsFor::Outside => {
            ("s-ext", "dim", "Waiting outside")
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn active(status: Status) -> MarkFacts {
        MarkFacts {
            status,
            outcome: None,
            lost: false,
            silent: false,
            waits_for: WaitsFor::Nobody,
        }
    }

    fn ended(outcome: Outcome) -> MarkFacts {
        MarkFacts {
            outcome: Some(outcome),
            ..active(Status::Completed)
        }
    }

    fn lost() -> MarkFacts {
        MarkFacts {
            lost: true,
            ..ended(Outcome::Failed)
        }
    }

    fn silent(status: Status) -> MarkFacts {
        MarkFacts {
            silent: true,
            ..active(status)
        }
    }

    #[test]
    fn each_state_has_its_shape_and_word() {
        let outside = MarkFacts {
            waits_for: WaitsFor::Outside,
            ..active(Status::Running)
        };
        let asks = |status| MarkFacts {
            waits_for: WaitsFor::Person,
            ..active(status)
        };
        for (facts, icon, word) in [
            (active(Status::Queued), "s-wait", "Queued"),
            (active(Status::Running), "s-run", "Running"),
            (outside, "s-ext", "Waiting outside"),
            (asks(Status::Queued), "s-wait", "Waiting"),
            (asks(Status::Running), "s-wait", "Waiting"),
            (silent(Status::Queued), "s-mute", "Silent"),
            (silent(Status::Running), "s-mute", "Silent"),
            (ended(Outcome::Succeeded), "s-ok", "Finished"),
            (
                ended(Outcome::PartiallySucceeded),
                "s-flag",
                "Finished with follow-up",
            ),
            (ended(Outcome::Blocked), "s-flag", "Blocked"),
            (ended(Outcome::Failed), "s-bad", "Failed"),
            (lost(), "s-bad", "Lost"),
            (ended(Outcome::Cancelled), "s-stop", "Cancelled"),
        ] {
            let mark = mark(facts);
            assert_eq!((mark.icon, mark.word), (icon, word), "{facts:?}");
        }
    }

    /// Green says that a run finished clean, and nothing else may be green; blue moves; amber is for the person.
    #[test]
    fn each_hue_has_one_meaning() {
        let hue = |facts| mark(facts).hue;
        assert_eq!(hue(ended(Outcome::Succeeded)), "green");
        for outcome in Outcome::ALL
            .iter()
            .filter(|outcome| **outcome != Outcome::Succeeded)
        {
            assert_ne!(hue(ended(*outcome)), "green");
        }
        assert_eq!(hue(active(Status::Running)), "blue");
        assert_eq!(hue(active(Status::Queued)), "dim");
        assert_eq!(hue(silent(Status::Running)), "amber");
        assert_eq!(hue(lost()), "red");
    }

    /// Two states may share a hue, but then their shape or their word differs.
    #[test]
    fn no_two_states_look_alike() {
        let mut seen = BTreeSet::new();
        let states = Outcome::ALL.iter().map(|outcome| ended(*outcome)).chain([
            active(Status::Queued),
            active(Status::Running),
            silent(Status::Running),
            lost(),
        ]);
        for facts in states {
            let mark = mark(facts);
            assert!(seen.insert((mark.icon, mark.word)), "{facts:?}");
        }
    }
}
