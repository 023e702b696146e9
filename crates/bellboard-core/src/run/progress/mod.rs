//! The progress contract: one function that says how far a run is, for the API, the pages, the CLI and MCP alike.
//!
//! Nobody else derives progress. The order is the promise: completed, then waiting for a person, then silence, then
//! phases, parts, counts, and plain activity. Stored metadata that makes no sense falls to the next of them and is never a reader's error, and no
//! percentage comes out, because none goes in (requirement page *runs*, Progress contract).

mod percent;
mod presenter;
mod report;
mod safe;
mod stored;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use percent::{PercentRefused, refuse_percentages};
pub use presenter::progress;
pub use report::{Merged, PartsReport, PhaseReport, ProgressReport, ReportRefused, merge_report};
pub use safe::{SafeProgress, safe_progress};

use super::liveness::{LivenessPolicy, SignsOfLife};
use super::{Outcome, Status, SummaryCounts};
use crate::time::Timestamp;

/// What is stored of a run, as far as progress is concerned.
#[derive(Debug, Clone, Copy)]
pub struct ProgressFacts<'a> {
    /// Where the run is.
    pub status: Status,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Whether it was the hub that ended it.
    pub lost: bool,
    /// Its counts.
    pub counts: &'a SummaryCounts,
    /// `context.progress` as stored, whatever is in it.
    pub progress: Option<&'a Value>,
    /// The question that it waits with for a person; the oldest, if there are several.
    pub waiting_for: Option<&'a str>,
    /// Whether it is offered to workers and none of them holds it.
    pub waits_for_worker: bool,
    /// Its times.
    pub signs: SignsOfLife,
    /// The phases that its type declares, in order.
    pub phases: &'a [PhaseStep],
    /// How long silence is normal for it.
    pub policy: LivenessPolicy,
}

/// Which kind of evidence the label rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Completed or waiting for a person: there is nothing that moves.
    None,
    /// Signs of life and no more; never a bar.
    Activity,
    /// `processed` of a reliable `total`; the only mode that may be drawn as a bar.
    Counted,
    /// One phase after another; never a bar across them.
    Phased,
    /// Parts with their own states; never a fraction or an average.
    Composite,
}

/// How far a run is, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// Which kind of evidence there is.
    pub mode: Mode,
    /// The one line to show: "214 of 512 policies".
    pub label: String,
    /// How many were dealt with; in `counted`, and alone when no reliable total is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed: Option<u64>,
    /// How many there are; in `counted` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// What is counted: "policies".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The phase that is going on; in `phased` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The parts by state; in `composite` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// What else is known, in whole sentences: "The total grew from 900 at 17:31 UTC."
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether the run has been silent for longer than expected.
    pub stale: bool,
    /// What a person should know about the silence, in whole sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
    /// The moment for which all of this is said.
    pub as_of: Timestamp,
}

/// The phase that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// For programs.
    pub key: String,
    /// For people: "collecting evidence".
    pub label: String,
    /// Which phase in order, from 1, if declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// How many phases there are, if declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
    /// All phases in order, if the type declares them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PhaseStep>,
}

/// One of the phases that a type declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseStep {
    /// For programs.
    pub key: String,
    /// For people.
    pub label: String,
}

/// How many parts of a composite run are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    /// Ended well.
    pub succeeded: u64,
    /// Broke.
    pub failed: u64,
    /// Ended and need a look.
    pub follow_up: u64,
    /// Going on.
    pub running: u64,
    /// Not begun.
    pub waiting: u64,
}
