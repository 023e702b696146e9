//! Where a decision of the plan is: it follows from the ask behind it, and is stored nowhere.

use crate::ask::State;
use crate::vocabulary::words;

words! {
    /// Where a decision of the plan is.
    DecisionStatus {
        /// It waits for a person.
        Open = "open",
        /// It waits, and somebody said that it must not any longer, or its deadline is over.
        Escalated = "escalated",
        /// It was made.
        Resolved = "resolved",
        /// Nobody needs it any more.
        Withdrawn = "withdrawn",
    }
}

/// Where the decision is whose ask is in this state. An answer that can still be taken back decides nothing: the
/// decision waits until it is in effect.
pub const fn decision_status(ask: State, in_effect: bool, is_escalated: bool) -> DecisionStatus {
    match ask {
        State::Answered if in_effect => DecisionStatus::Resolved,
        State::Withdrawn | State::Expired => DecisionStatus::Withdrawn,
        State::Open | State::Answered if is_escalated => DecisionStatus::Escalated,
        State::Open | State::Answered => DecisionStatus::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_where_its_ask_is() {
        use DecisionStatus::{Escalated, Open, Resolved, Withdrawn};
        for (ask, in_effect, plain, escalated) in [
            (State::Open, false, Open, Escalated),
            (State::Answered, false, Open, Escalated),
            (State::Answered, true, Resolved, Resolved),
            (State::Withdrawn, false, Withdrawn, Withdrawn),
            (State::Expired, false, Withdrawn, Withdrawn),
        ] {
            assert_eq!(decision_status(ask, in_effect, false), plain, "{ask:?}");
            assert_eq!(decision_status(ask, in_effect, true), escalated, "{ask:?}");
        }
    }
}
