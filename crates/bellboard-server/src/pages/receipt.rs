//! A decision that stands, as its page tells it: who, what and when, and as long as it can be taken back, the button.

use askama::Template;
use bellboard_core::id::PersonId;
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
            who: who(decision.decided_by, &decision.decided_by_name, visit),
            done: decision.label.to_lowercase(),
            at: Moment::new(decision.decided_at, Reading::Clock, visit.now),
            note: decision.note.clone(),
            takes_effect: open
                .then(|| Moment::new(decision.effective_at, Reading::Exact, visit.now)),
            undo: (open && (own || may_manage)).then(|| undo.to_owned()),
            look_in: open.then(|| millis_until(decision.effective_at, visit.now)),
        }
    }

    /// How an ask was answered or taken back; nothing while it waits, and nothing when nobody answered in time. Whoever
    /// answered may undo it, and whoever manages.
    pub fn of_ask(ask: &AskView, visit: &Visit, may_manage: bool, undo: &str) -> Option<Self> {
        if let Some(withdrawn) = &ask.withdrawn {
            return Some(Self {
                who: who(withdrawn.by, &withdrawn.by_name, visit),
                done: "withdrew".to_owned(),
                at: Moment::new(withdrawn.at, Reading::Clock, visit.now),
                note: withdrawn.note.clone(),
                takes_effect: None,
                undo: None,
                look_in: None,
            });
        }
        let (by, name) = ask.answered_by.zip(ask.answered_by_name.as_deref())?;
        let effect = ask.effective_at.filter(|at| !ask.closed && *at > visit.now);
        let may_undo = by == visit.caller.person_id || may_manage;
        Some(Self {
            who: who(by, name, visit),
            done: "answered".to_owned(),
            at: Moment::new(ask.answered_at?, Reading::Clock, visit.now),
            note: ask.answer.as_ref().and_then(|answer| answer.note.clone()),
            takes_effect: effect.map(|at| Moment::new(at, Reading::Exact, visit.now)),
            undo: effect.filter(|_| may_undo).map(|_| undo.to_owned()),
            look_in: effect.map(|at| millis_until(at, visit.now)),
        })
    }
}

/// Who did it, as the visitor reads it.
fn who(by: PersonId, name: &str, visit: &Visit) -> String {
    if by == visit.caller.person_id {
        "You".to_owned()
    } else {
        name.to_owned()
    }
}

/// Until just after a moment, so that a page that looks then sees it past.
pub fn millis_until(at: Timestamp, now: Timestamp) -> u64 {
    let wait = at.saturating_since(now).as_millis();
    u64::try_from(wait).unwrap_or(u64::MAX).saturating_add(250)
}
