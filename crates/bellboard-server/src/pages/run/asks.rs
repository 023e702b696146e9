//! What a run has asked people, and what came of it.

use bellboard_core::ask::State;
use bellboard_hub::ask::AskView;

use crate::pages::ask::{mark_of, url_of};
use crate::pages::mark::Mark;

/// One question.
#[derive(Debug)]
pub struct Asked {
    pub mark: Mark,
    pub title: String,
    pub url: String,
    /// For whom it waits, or what came of it.
    pub note: String,
    /// It waits, and this is what the link to it says.
    pub waits: Option<&'static str>,
}

/// The questions of a run, newest first.
pub fn asked_of(asks: &[AskView]) -> Vec<Asked> {
    let asked = asks.iter().map(|ask| Asked {
        mark: mark_of(ask),
        title: ask.title.clone(),
        url: url_of(ask.id),
        note: note(ask),
        waits: (ask.state == State::Open).then_some(if ask.may_answer { "Answer" } else { "Look" }),
    });
    asked.collect()
}

/// The class of the card that names the open ones; nothing when none is open.
pub fn waiting_class(asks: &[AskView]) -> Option<&'static str> {
    let mut open = asks.iter().filter(|ask| ask.state == State::Open);
    let first = open.next()?;
    let is_yours = first.may_answer || open.any(|ask| ask.may_answer);
    Some(if is_yours { "card look" } else { "card" })
}

fn note(ask: &AskView) -> String {
    let by = ask.answered_by_name.as_deref().unwrap_or("Somebody");
    match (ask.state, &ask.answer) {
        (State::Open, _) => format!("For: {}", ask.for_words),
        (State::Answered, Some(answer)) => format!("{by} answered: {}", answer.label),
        (State::Answered, None) => format!("{by} answered; it is told when it takes effect"),
        (State::Expired, Some(answer)) => format!("Nobody answered; what holds: {}", answer.label),
        (State::Expired, None) => "Nobody answered".to_owned(),
        (State::Withdrawn, _) => match &ask.withdrawn {
            Some(withdrawn) => format!("{} withdrew it", withdrawn.by_name),
            None => "Withdrawn".to_owned(),
        },
    }
}
