//! A decision that stands, as its page tells it: who, what and when, and as long as it can be taken back, the button.

use askama::Template;
use bellboard_core::time::Timestamp;
use bellboard_hub::ask::AskView;
use bellboard_hub::decision::DecisionView;

use super::moment::{Moment, Reading};
use super::visit::Visit;

/// One decision, told in place.
#[derive(Debug, Template)]
#[template(path = "receipt.html")]
pub struct Receipt {
    who: String,
    done: String,
    at: Moment,
    note: Option<String>,
    /// When whoever waits is told; nobody was yet.
    takes_effect: Option<Moment>,
    /// The form that takes it back.
    undo: Option<String>,
    /// In how many milliseconds it reads differently.
    pub look_in: Option<u64>,
}

impl askama::filters::HtmlSafe for Receipt {}

impl Receipt {
    /// The decision as the visitor reads it. `undo` is the form that takes it back; whoever decided may send it, and
    /// whoever manages (`may_manage`).
    pub fn new(decision: &DecisionView, visit: &Visit, may_manage: bool, undo: &str) -> Self {
        let own = decision.decided_by == visit.caller.person_id;
        let open = !decision.released && decision.effective_at > visit.now;
        Self {
            who: if own {
                "You".to_owned()
            } else {
                decision.decided_by_name.clone()
            },
            done: format!("{} it", decision.label.to_lowercase()),
            at: Moment::new(decision.decided_at, Reading::Clock, visit.now),
            note: decision.note.clone(),
            takes_effect: open
                .then(|| Moment::new(decision.effective_at, Reading::Exact, visit.now)),
            undo: (open && (own || may_manage)).then(|| undo.to_owned()),
            look_in: open.then(|| millis_until(decision.effective_at, visit.now)),
        }
    }

    /// The answer to an ask, which nobody else reads before it is in effect; none while nobody has answered.
    pub fn of_answer(ask: &AskView, visit: &Visit, may_manage: bool, undo: &str) -> Option<Self> {
        let name = ask.answered_by_name.clone()?;
        let (at, effective_at) = (ask.answered_at?, ask.effective_at?);
        let own = ask.answered_by == Some(visit.caller.person_id);
        let open = !ask.closed && effective_at > visit.now;
        let answer = ask.answer.as_ref();
        Some(Self {
            who: if own { "You".to_owned() } else { name },
            done: answer.map_or_else(
                || "answered".to_owned(),
                |answer| format!("answered: {}", answer.label),
            ),
            at: Moment::new(at, Reading::Clock, visit.now),
            note: answer.and_then(|answer| answer.note.clone()),
            takes_effect: open.then(|| Moment::new(effective_at, Reading::Exact, visit.now)),
            undo: (open && (own || may_manage)).then(|| undo.to_owned()),
            look_in: open.then(|| millis_until(effective_at, visit.now)),
        })
    }
}

/// Until just after a moment, so that a page that looks then sees it past.
pub fn millis_until(at: Timestamp, now: Timestamp) -> u64 {
    let wait = at.saturating_since(now).as_millis();
    u64::try_from(wait).unwrap_or(u64::MAX).saturating_add(250)
}
