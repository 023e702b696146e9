//! What runs and agents make, and what people decide about it.
//!
//! The source is the requirement page *home*, Artifacts and their decisions: six kinds, each with its own small machine.
//! Only [`transition`] moves an artifact from state to state.

mod changes;
mod file_name;
mod media_type;

pub use changes::{Change, Changes, LINES_AT_MOST, Sign, changes};
pub use file_name::{FileName, FileNameFault};
pub use media_type::{MediaType, MediaTypeFault};

use crate::text::{capital_first, humanise, small_first};
use crate::vocabulary::words;

words! {
    /// What an artifact is.
    Kind {
        /// A shape that a person confirms before it is built on.
        Shape = "shape",
        /// Something to be remembered, held until a person commits it.
        Assertion = "assertion",
        /// A rendered document that a person reviews.
        Render = "render",
        /// A report that a person takes note of.
        ReviewReport = "review_report",
        /// A specification for the next step, which a person accepts.
        DownstreamSpecification = "downstream_specification",
        /// Something made from something else; nothing is decided about it.
        TransformedArtifact = "transformed_artifact",
    }
    /// Where an artifact is. Each kind knows two to three of these.
    State {
        /// A shape that waits.
        PendingConfirmation = "pending_confirmation",
        /// A shape that was confirmed.
        Confirmed = "confirmed",
        /// A shape or a specification that was rejected.
        Rejected = "rejected",
        /// An assertion that waits.
        Held = "held",
        /// An assertion that was committed.
        Committed = "committed",
        /// An assertion that was discarded.
        Discarded = "discarded",
        /// A render or a report that waits, or something transformed.
        Produced = "produced",
        /// A render or a specification that was accepted.
        Accepted = "accepted",
        /// A render that was returned.
        Returned = "returned",
        /// A report that was taken note of.
        Acknowledged = "acknowledged",
        /// A specification that waits.
        Proposed = "proposed",
    }
    /// What a person can decide.
    Decision {
        /// The shape is right.
        Confirm = "confirm",
        /// It is wrong, and the note says why.
        Reject = "reject",
        /// It is to be remembered.
        Commit = "commit",
        /// It is not to be remembered.
        Discard = "discard",
        /// It is good as it is.
        Accept = "accept",
        /// It has to be done again, and the note says how.
        Return = "return",
        /// It was read.
        Acknowledge = "acknowledge",
    }
    /// How the content of an artifact is kept.
    ContentKind {
        /// A JSON object in the record itself.
        InlineDict = "inline_dict",
        /// One file.
        BinaryBlob = "binary_blob",
        /// Several files.
        MultiFile = "multi_file",
    }
}

/// What happens to an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Somebody decides; whether they left a note.
    Decide(Decision, Note),
    /// The decision is taken back.
    Undo,
    /// A new version came, which nobody has decided about.
    Renew,
}

/// Whether a decision comes with words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// It does.
    Given,
    /// It does not.
    Absent,
}

/// Why an artifact does not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The kind does not know the decision.
    NotOfThisKind,
    /// The decision needs a note.
    NoteMissing,
    /// Somebody has decided already.
    AlreadyDecided,
    /// Nobody has decided, so there is nothing to take back.
    NotDecided,
}

/// The one way from state to state: where an artifact of this kind is after the move.
pub fn transition(kind: Kind, state: State, what: Move) -> Result<State, Refusal> {
    let waits = state == kind.first_state();
    match what {
        Move::Undo if waits => Err(Refusal::NotDecided),
        Move::Undo | Move::Renew => Ok(kind.first_state()),
        Move::Decide(decision, note) => {
            let (_, to) = kind
                .ways()
                .iter()
                .find(|(known, _)| *known == decision)
                .ok_or(Refusal::NotOfThisKind)?;
            if !waits {
                return Err(Refusal::AlreadyDecided);
            }
            if decision.needs_note() && note == Note::Absent {
                return Err(Refusal::NoteMissing);
            }
            Ok(*to)
        }
    }
}

impl Kind {
    /// The decisions that the kind knows, and where each leads; the usual one first.
    const fn ways(self) -> &'static [(Decision, State)] {
        match self {
            Self::Shape => &[
                (Decision::Confirm, State::Confirmed),
                (Decision::Reject, State::Rejected),
            ],
            Self::Assertion => &[
                (Decision::Commit, State::Committed),
                (Decision::Discard, State::Discarded),
            ],
            Self::Render => &[
                (Decision::Accept, State::Accepted),
                (Decision::Return, State::Returned),
            ],
            Self::ReviewReport => &[(Decision::Acknowledge, State::Acknowledged)],
            Self::DownstreamSpecification => &[
                (Decision::Accept, State::Accepted),
                (Decision::Reject, State::Rejected),
            ],
            Self::TransformedArtifact => &[],
        }
    }

    /// Where every version begins.
    pub const fn first_state(self) -> State {
        match self {
            Self::Shape => State::PendingConfirmation,
            Self::Assertion => State::Held,
            Self::Render | Self::ReviewReport | Self::TransformedArtifact => State::Produced,
            Self::DownstreamSpecification => State::Proposed,
        }
    }

    /// The decisions that the kind knows, the usual one first; none for what nobody decides about.
    pub fn decisions(self) -> impl Iterator<Item = Decision> {
        self.ways().iter().map(|(decision, _)| *decision)
    }

    /// The decisions that are open in a state.
    pub fn decisions_in(self, state: State) -> impl Iterator<Item = Decision> {
        self.decisions()
            .filter(move |_| state == self.first_state())
    }

    /// The kind under which it waits in the Needs-you zone; none for what nobody decides about.
    pub const fn needs_you_kind(self) -> Option<&'static str> {
        match self {
            Self::Shape => Some("pending_shape"),
            Self::Assertion => Some("held_assertion"),
            Self::Render => Some("produced_render_for_review"),
            Self::ReviewReport => Some("review_report"),
            Self::DownstreamSpecification => Some("downstream_specification"),
            Self::TransformedArtifact => None,
        }
    }

    /// Whether it stands in the Recent zone, under the kind's own name.
    pub const fn is_recent(self) -> bool {
        matches!(
            self,
            Self::Render | Self::ReviewReport | Self::TransformedArtifact
        )
    }

    /// What a person reads: `Review report`.
    pub fn label(self) -> String {
        humanise(self.as_str())
    }

    /// The kind and its number as people say it in a sentence: `shape 12`.
    pub fn with_number(self, number: i64) -> String {
        format!("{} {number}", small_first(&self.label()))
    }

    /// What is asked of a person about a version: `Confirm shape: The target policy, version 3`.
    pub fn question(self, label: &str, version: i64) -> String {
        match self {
            Self::Shape => format!("Confirm shape: {label}, version {version}"),
            Self::Assertion => format!("Commit assertion: {label}"),
            Self::Render => format!("Review render: {label}"),
            Self::ReviewReport => format!("Read report: {label}"),
            Self::DownstreamSpecification => format!("Accept specification: {label}"),
            Self::TransformedArtifact => label.to_owned(),
        }
    }
}

impl State {
    /// What a person reads: `Pending confirmation`.
    pub fn label(self) -> String {
        humanise(self.as_str())
    }
}

impl Decision {
    /// Whether it must say why.
    pub const fn needs_note(self) -> bool {
        matches!(self, Self::Reject | Self::Return)
    }

    /// Whether it takes the version as it is; the next version is compared with the last such one.
    pub const fn is_positive(self) -> bool {
        matches!(
            self,
            Self::Confirm | Self::Commit | Self::Accept | Self::Acknowledge
        )
    }

    /// What a button says: `Confirm`.
    pub fn label(self) -> String {
        capital_first(self.as_str())
    }

    /// What was done, in the middle of a sentence: `confirmed`.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Confirm => "confirmed",
            Self::Reject => "rejected",
            Self::Commit => "committed",
            Self::Discard => "discarded",
            Self::Accept => "accepted",
            Self::Return => "returned",
            Self::Acknowledge => "acknowledged",
        }
    }
}

#[cfg(test)]
mod tests;
