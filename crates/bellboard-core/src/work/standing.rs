//! How a task stands, and how it stands after a change: its status, what blocks it, and whether it waits for a human.

use super::status::TaskStatus;

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it is.
    pub status: TaskStatus,
    /// Why it cannot go on, or why it was cancelled.
    pub blocking_reason: Option<String>,
    /// What a human is to do. A task waits for a human exactly while it has this.
    pub intervention_note: Option<String>,
}

/// What is said of words that may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Said {
    /// Nothing, so they stay.
    #[default]
    Nothing,
    /// That there are none.
    Cleared,
    /// These.
    Words(String),
}

impl Said {
    fn words(&self) -> Option<&str> {
        match self {
            Self::Words(words) => Some(words),
            Self::Nothing | Self::Cleared => None,
        }
    }

    fn over(self, before: Option<&str>) -> Option<String> {
        match self {
            Self::Nothing => before.map(str::to_owned),
            Self::Cleared => None,
            Self::Words(words) => Some(words),
        }
    }
}

/// What is to be different; `None` leaves what is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StandingChange {
    /// Where it is.
    pub status: Option<TaskStatus>,
    /// The reason.
    pub blocking_reason: Said,
    /// Whether a human is needed.
    pub needs_human: Option<bool>,
    /// The note.
    pub intervention_note: Said,
}

/// Why a change is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StandingRefusal {
    /// It is to wait for a human, who would not know for what.
    #[error("Say what a human is to do; a task that needs one carries a note.")]
    NoteMissing,
    /// There is a note for nobody.
    #[error("Only a task that needs a human has a note. Set `needs_human`, or leave the note out.")]
    NoteForNobody,
    /// Nothing remains to be done, so nobody is needed.
    #[error("The task is closed, so it needs nobody. Open it first.")]
    Closed,
}

/// How the task stands after the change. What is closed waits for nobody; a reason outlives the status that it was
/// given for only when it is given again.
pub fn standing_after(
    before: &Standing,
    change: StandingChange,
) -> Result<Standing, StandingRefusal> {
    let status = change.status.unwrap_or(before.status);
    let noted = change.intervention_note.words().is_some();
    let needed = change
        .needs_human
        .unwrap_or(before.intervention_note.is_some());
    if !status.is_open() && (change.needs_human == Some(true) || noted) {
        return Err(StandingRefusal::Closed);
    }
    if !needed && noted {
        return Err(StandingRefusal::NoteForNobody);
    }
    let note = change
        .intervention_note
        .over(before.intervention_note.as_deref());
    if needed && note.is_none() {
        return Err(StandingRefusal::NoteMissing);
    }
    let reason = before.blocking_reason.as_deref();
    let kept = reason.filter(|_| status == before.status);
    Ok(Standing {
        status,
        blocking_reason: change.blocking_reason.over(kept),
        intervention_note: note.filter(|_| needed && status.is_open()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn standing(status: TaskStatus, reason: Option<&str>, note: Option<&str>) -> Standing {
        Standing {
            status,
            blocking_reason: reason.map(str::to_owned),
            intervention_note: note.map(str::to_owned),
        }
    }

    fn words(text: &str) -> Said {
        Said::Words(text.to_owned())
    }

    #[test]
    fn a_human_is_needed_with_a_note_only() {
        use StandingRefusal::{Closed, NoteForNobody, NoteMissing};
        use TaskStatus::{Done, Todo};
        let (free, flagged) = (
            standing(Todo, None, None),
            standing(Todo, None, Some("sign")),
        );
        let flag = |needs_human, note| StandingChange {
            needs_human,
            intervention_note: note,
            ..StandingChange::default()
        };
        let rows = [
            (&free, flag(Some(true), words("look")), Ok(Some("look"))),
            (&free, flag(Some(true), Said::Nothing), Err(NoteMissing)),
            (&free, flag(Some(true), Said::Cleared), Err(NoteMissing)),
            (&free, flag(None, words("look")), Err(NoteForNobody)),
            (&free, flag(Some(false), words("look")), Err(NoteForNobody)),
            (&flagged, flag(None, Said::Nothing), Ok(Some("sign"))),
            (&flagged, flag(Some(true), Said::Nothing), Ok(Some("sign"))),
            (&flagged, flag(None, words("look")), Ok(Some("look"))),
            (&flagged, flag(None, Said::Cleared), Err(NoteMissing)),
            (&flagged, flag(Some(false), Said::Nothing), Ok(None)),
        ];
        for (at, (before, change, expected)) in rows.into_iter().enumerate() {
            let after = standing_after(before, change);
            let note = after
                .as_ref()
                .map(|after| after.intervention_note.as_deref());
            assert_eq!(note, expected.as_ref().map(|note| *note), "row {at}");
        }
        let close = StandingChange {
            status: Some(Done),
            ..StandingChange::default()
        };
        let after = standing_after(&flagged, close.clone()).unwrap();
        assert_eq!(
            after,
            standing(Done, None, None),
            "what is closed waits for nobody"
        );
        let both = StandingChange {
            needs_human: Some(true),
            intervention_note: words("look"),
            ..close
        };
        assert_eq!(standing_after(&free, both), Err(Closed));
    }

    #[test]
    fn a_reason_goes_with_the_status_that_it_was_given_for() {
        use TaskStatus::{Blocked, InProgress};
        let blocked = standing(Blocked, Some("no rails"), None);
        let to = |status, reason| StandingChange {
            status,
            blocking_reason: reason,
            ..StandingChange::default()
        };
        let rows = [
            (to(None, Said::Nothing), Some("no rails")),
            (to(Some(Blocked), Said::Nothing), Some("no rails")),
            (to(Some(InProgress), Said::Nothing), None),
            (
                to(Some(InProgress), words("was the rails")),
                Some("was the rails"),
            ),
            (to(None, Said::Cleared), None),
            (to(None, words("no points")), Some("no points")),
        ];
        for (change, expected) in rows {
            let after = standing_after(&blocked, change).unwrap();
            assert_eq!(after.blocking_reason.as_deref(), expected);
        }
    }

    fn said() -> impl Strategy<Value = Said> {
        prop_oneof![
            Just(Said::Nothing),
            Just(Said::Cleared),
            "[a-z]{1,5}".prop_map(Said::Words),
        ]
    }

    fn status() -> impl Strategy<Value = TaskStatus> {
        prop::sample::select(TaskStatus::ALL)
    }

    proptest! {
        #[test]
        fn whatever_is_said_what_is_closed_waits_for_nobody(
            changes in prop::collection::vec(
                (prop::option::of(status()), said(), prop::option::of(any::<bool>()), said()),
                1..20,
            ),
        ) {
            let mut now = standing(TaskStatus::Todo, None, None);
            for (status, blocking_reason, needs_human, intervention_note) in changes {
                let change = StandingChange {
                    status,
                    blocking_reason,
                    needs_human,
                    intervention_note,
                };
                let asks = change.needs_human == Some(true);
                let Ok(after) = standing_after(&now, change.clone()) else {
                    continue;
                };
                prop_assert!(after.status.is_open() || after.intervention_note.is_none());
                prop_assert_eq!(after.status, change.status.unwrap_or(now.status));
                prop_assert!(!asks || after.intervention_note.is_some());
                prop_assert!(change.needs_human != Some(false) || after.intervention_note.is_none());
                let again = standing_after(&after, StandingChange::default());
                prop_assert_eq!(again.as_ref(), Ok(&after), "saying nothing changes nothing");
                now = after;
            }
        }
    }
}
