//! Reads `context.progress` as it is stored, forgiving: what makes no sense is as if it were not there.
//!
//! The strict side is the report (`report.rs`); but rows are older than rules, and a context may also come from a
//! start, so the reader trusts nothing. Words that only a programmer should read do not get past this file, and neither
//! does a percentage, not even as a quotation.

use serde_json::{Map, Value};

use super::percent::is_percent_unit;
use super::{Parts, Phase, PhaseStep};
use crate::run::Count;
use crate::text::{humanise, operator_safe};
use crate::time::Timestamp;

/// What units are called when nobody said.
const DEFAULT_UNIT: &str = "items";

/// Longer words are no label, whoever wrote them.
const MAX_LABEL_CHARACTERS: usize = 80;
const MAX_UNIT_CHARACTERS: usize = 40;
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// What a run's reporter said about its progress.
pub(super) struct Stored<'a>(Option<&'a Map<String, Value>>);

/// A total that rose after it was set.
pub(super) struct TotalGrew {
    pub(super) from: u64,
    pub(super) at: Timestamp,
}

impl<'a> Stored<'a> {
    pub(super) fn read(progress: Option<&'a Value>) -> Self {
        Self(progress.and_then(Value::as_object))
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.0.and_then(|entries| entries.get(key))
    }

    /// What is counted. A percentage in disguise is not a unit.
    pub(super) fn unit(&self) -> String {
        self.get("unit")
            .and_then(|unit| words(unit, MAX_UNIT_CHARACTERS))
            .filter(|unit| !is_percent_unit(unit))
            .unwrap_or_else(|| DEFAULT_UNIT.to_owned())
    }

    /// The worker's last words, quoted, because they are its own claim.
    pub(super) fn message(&self) -> Option<String> {
        let words = words(self.get("message")?, MAX_MESSAGE_CHARACTERS)?;
        Some(format!("“{words}”"))
    }

    /// The phase, if there are a key and a label for it.
    pub(super) fn phase(&self, phases: &[PhaseStep]) -> Option<Phase> {
        let said = self.get("phase")?.as_object()?;
        let key = said
            .get("key")?
            .as_str()
            .filter(|key| !key.trim().is_empty())?;
        let said_label = said.get("label")?;
        said_label
            .as_str()
            .filter(|label| !label.trim().is_empty())?;

        let position = phases.iter().position(|phase| phase.key == key);
        let label = words(said_label, MAX_LABEL_CHARACTERS)
            .or_else(|| position.map(|position| phases[position].label.clone()))
            .or_else(|| words(&Value::String(humanise(key)), MAX_LABEL_CHARACTERS))?;
        let (number, of) = match position {
            Some(position) => (
                u32::try_from(position + 1).ok(),
                u32::try_from(phases.len()).ok(),
            ),
            None => order(said),
        };
        let steps = if position.is_some() {
            phases.to_vec()
        } else {
            Vec::new()
        };
        Some(Phase {
            key: key.to_owned(),
            label,
            number,
            of,
            steps,
        })
    }

    /// The parts, if every state that is given is a count and there is at least one part.
    pub(super) fn parts(&self) -> Option<Parts> {
        let said = self.get("parts")?.as_object()?;
        let state = |key: &str| said.get(key).map_or(Some(0), count);
        let parts = Parts {
            succeeded: state("succeeded")?,
            failed: state("failed")?,
            follow_up: state("follow_up")?,
            running: state("running")?,
            waiting: state("waiting")?,
        };
        (parts != Parts::default()).then_some(parts)
    }

    /// The last time that the total rose.
    pub(super) fn total_grew(&self) -> Option<TotalGrew> {
        let said = self.get("total_grew")?;
        let at = said.get("at")?.as_str()?.parse().ok()?;
        Some(TotalGrew {
            from: count(said.get("from")?)?,
            at,
        })
    }
}

/// A short text that everybody may read, and in which no percentage can stand.
fn words(value: &Value, max_characters: usize) -> Option<String> {
    operator_safe(value.as_str()?)
        .filter(|text| text.chars().count() <= max_characters && !text.contains('%'))
}

fn count(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .and_then(|number| Count::new(number).ok())
        .map(Count::get)
}

/// The declared order, as far as it makes sense: a number from 1, at most as large as the count of phases.
fn order(said: &Map<String, Value>) -> (Option<u32>, Option<u32>) {
    let read = |key: &str| said.get(key).filter(|value| !value.is_null());
    let small = |value: &Value| {
        value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|n| *n > 0)
    };
    match (read("number"), read("of")) {
        (Some(number), None) => (small(number), None),
        (Some(number), Some(of)) => match (small(number), small(of)) {
            (Some(number), Some(of)) if number <= of => (Some(number), Some(of)),
            _ => (None, None),
        },
        (None, _) => (None, None),
    }
}
