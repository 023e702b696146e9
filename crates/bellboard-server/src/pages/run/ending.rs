//! How a run ended: what needs a look and why, and what its reporter said after the hub had given it up.

use bellboard_core::membership::Capability;
use bellboard_core::run::lifecycle::is_follow_up;
use bellboard_core::time::Timestamp;
use bellboard_hub::run::{RunEventView, RunView};

use super::RunFacts;
use crate::pages::moment::{Moment, Reading};
use crate::pages::rows::{acknowledge_url, mark_of};

/// "Finished, needs a look".
#[derive(Debug)]
pub struct Look {
    /// The class of the card.
    pub tone: &'static str,
    /// What that means.
    pub sentence: &'static str,
    /// Whether starting it again can help, where that is known.
    pub again: Option<&'static str>,
    /// The form that marks it done, for those who decide.
    pub done_action: Option<String>,
}

/// What a reporter said of a run that the hub had given up.
#[derive(Debug)]
pub struct Late {
    /// When the hub gave it up.
    pub lost_at: Moment,
    /// How it is said to have ended: "succeeded".
    pub words: String,
    /// When, by the reporter.
    pub at: Moment,
    /// It ended before it was given up; only the word of it came late.
    pub ended_before: bool,
}

/// One thing that went wrong.
#[derive(Debug)]
pub struct FailureLine {
    /// For people.
    pub message: String,
    /// For programs.
    pub code: String,
    /// How often.
    pub count: u64,
}

impl Look {
    /// The card, while nobody has dealt with the run.
    pub fn new(facts: &RunFacts<'_>) -> Option<Self> {
        let run = facts.run;
        let outcome = run.outcome.filter(|_| run.needs_a_look())?;
        let failed = mark_of(run).hue == "red";
        let sentence = match mark_of(run).word {
            "Lost" => {
                "Nothing was heard of it any more, so nobody knows whether the work was done."
            }
            "Blocked" => "Something outside of the run kept it from going on.",
            "Failed" => "The work broke off. What it reported until then is kept.",
            _ => "Something was done and something was not.",
        };
        is_follow_up(outcome).then(|| Self {
            tone: if failed { "bad" } else { "" },
            sentence,
            again: again(run),
            done_action: facts
                .may(Capability::Decide)
                .then(|| acknowledge_url(run.id)),
        })
    }
}

/// What the codes of a denial mean for another start.
fn again(run: &RunView) -> Option<&'static str> {
    let failure = run.failures.as_slice().first()?;
    match failure.code.as_str() {
        "scope_denied" | "capability_denied" | "initiator_invalid" => {
            Some("The same start would be refused again. Somebody who may start it starts it anew.")
        }
        "prerequisite_invalid" => Some("Start it again when what it needs is there."),
        _ => None,
    }
}

impl Late {
    /// The late report, if one came.
    pub fn new(run: &RunView, events: &[RunEventView], now: Timestamp) -> Option<Self> {
        let lost_at = run.completed_at.filter(|_| run.lost())?;
        let event = events.iter().find(|event| event.kind == "late")?;
        let words = event.summary.strip_prefix("Reported late: ")?;
        Some(Self {
            lost_at: Moment::new(lost_at, Reading::Clock, now),
            words: words.replacen("finished", "succeeded", usize::from(words == "finished")),
            at: Moment::new(event.at, Reading::Clock, now),
            ended_before: event.at < lost_at,
        })
    }
}

/// Everything that went wrong.
pub fn failure_lines(run: &RunView) -> Vec<FailureLine> {
    let lines = run.failures.as_slice().iter().map(|failure| FailureLine {
        message: failure.message.to_string(),
        code: failure.code.as_str().to_owned(),
        count: failure.count.get(),
    });
    lines.collect()
}
