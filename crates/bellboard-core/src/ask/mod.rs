//! Asks: questions that wait for a person, with at most one answer.
//!
//! The source is the requirement page *home*, Asks. Only [`transition`] moves an ask from state to state, and only
//! [`Question::check`] says which answers there are.

mod form;
mod options;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::PersonId;
use crate::membership::{Capability, Designation, Designations, holders};
use crate::text::{HIDDEN, sanitise};
use crate::time::Timestamp;
use crate::vocabulary::words;

pub use form::{Field, FieldType, Form, ObjectWord};
pub use options::{AskOption, OptionKey, Options};

words! {
    /// Where an ask is.
    State {
        /// It waits for an answer.
        Open = "open",
        /// Somebody has answered.
        Answered = "answered",
        /// Whoever asked no longer wants to know.
        Withdrawn = "withdrawn",
        /// Nobody answered in time, and its fallback holds.
        Expired = "expired",
    }
}

/// What happens to an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A person answers.
    Answer,
    /// The answer is taken back.
    Undo,
    /// The question is taken back.
    Withdraw,
    /// Its time is over.
    Expire,
    /// It is given to another person.
    Delegate,
}

/// Why an ask does not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has answered already.
    AlreadyAnswered,
    /// It was withdrawn.
    Withdrawn,
    /// Its time is over, whether or not its fallback has been applied yet.
    Expired,
    /// Nobody has answered, so there is nothing to take back.
    NotAnswered,
    /// Its time is not over.
    NotDue,
}

/// The one way from state to state: where an ask with this deadline is after the move.
pub fn transition(
    state: State,
    expires_at: Option<Timestamp>,
    what: Move,
    now: Timestamp,
) -> Result<State, Refusal> {
    let is_due = expires_at.is_some_and(|at| at <= now);
    match (state, what) {
        (State::Answered, Move::Undo) => Ok(State::Open),
        (_, Move::Undo) => Err(Refusal::NotAnswered),
        (State::Answered, _) => Err(Refusal::AlreadyAnswered),
        (State::Withdrawn, _) => Err(Refusal::Withdrawn),
        (State::Expired, _) => Err(Refusal::Expired),
        (State::Open, Move::Expire) if is_due => Ok(State::Expired),
        (State::Open, Move::Expire) => Err(Refusal::NotDue),
        (State::Open, _) if is_due => Err(Refusal::Expired),
        (State::Open, Move::Answer) => Ok(State::Answered),
        (State::Open, Move::Withdraw) => Ok(State::Withdrawn),
        (State::Open, Move::Delegate) => Ok(State::Open),
    }
}

/// Whom an ask is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// This person and nobody else.
    PersonId(PersonId),
    /// Whoever holds this designation.
    Designation(Designation),
}

impl Audience {
    /// The designations whose holders may answer; without an audience everybody's who may decide.
    pub fn designations(audience: Option<Self>) -> Designations {
        match audience {
            Some(Self::Designation(designation)) => Designations::only(designation),
            Some(Self::PersonId(_)) | None => holders(Capability::Decide),
        }
    }

    /// The person, if it is for one.
    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::PersonId(person) => Some(person),
            Self::Designation(_) => None,
        }
    }
}

/// An answer, and the form in which a fallback is declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The key of an option.
    Option(String),
    /// The values of a form.
    Values(Map<String, Value>),
}

impl Answer {
    /// The word of the decision: the key of the option, or `values`.
    pub fn word(&self) -> &str {
        match self {
            Self::Option(key) => key,
            Self::Values(_) => "values",
        }
    }
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// One of a few.
    Options(Options),
    /// A small form.
    Form(Form),
}

/// An answer that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer {
    /// Which field is wrong: `option`, `values`, or `values.rows`.
    pub field: String,
    /// Why, and the way out.
    pub detail: String,
}

impl NoAnswer {
    fn at(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
        }
    }
}

/// The longest words for an answer.
const LABEL_CHARACTERS: usize = 200;

impl Question {
    /// Refuses what does not answer the question.
    pub fn check(&self, answer: &Answer) -> Result<(), NoAnswer> {
        match (self, answer) {
            (Self::Options(options), Answer::Option(key)) => match options.get(key) {
                Some(_) => Ok(()),
                None => Err(NoAnswer::at(
                    "option",
                    format!("The options are {}.", options.keys()),
                )),
            },
            (Self::Form(form), Answer::Values(values)) => form.check(values),
            (Self::Options(options), Answer::Values(_)) => Err(NoAnswer::at(
                "option",
                format!("Choose an option: {}.", options.keys()),
            )),
            (Self::Form(form), Answer::Option(_)) => Err(NoAnswer::at(
                "values",
                format!("Fill in the form: {}.", form.names()),
            )),
        }
    }

    /// Whether the answer must say why.
    pub fn needs_note(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Options(options), Answer::Option(key)) => {
                options.get(key).is_some_and(|option| option.needs_note)
            }
            _ => false,
        }
    }

    /// The answer as a person reads it: the option's label, or `Rows: 14, Keep a copy: yes`.
    pub fn label(&self, answer: &Answer) -> String {
        match (self, answer) {
            (Self::Options(options), Answer::Option(key)) => options
                .get(key)
                .map_or_else(|| key.clone(), |option| option.label.to_string()),
            (Self::Form(form), Answer::Values(values)) => {
                sanitise(&form.words(values), LABEL_CHARACTERS)
            }
            // Only checked answers are stored.
            _ => HIDDEN.to_owned(),
        }
    }
}
