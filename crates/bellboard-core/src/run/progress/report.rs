//! The strict side: what a reporter may say about progress, and how it changes what is stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::run::{Count, CountKey, SummaryCounts};
use crate::text::Bounded;
use crate::time::Timestamp;

/// What a reporter says. What is left out stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProgressReport {
    /// How many were dealt with so far. Never falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processed: Option<Count>,
    /// How many there are, if that is known. Never falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Count>,
    /// What is counted, in the plural: "policies".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Bounded<40>>,
    /// Other counts.
    #[serde(skip_serializing_if = "SummaryCounts::is_empty")]
    pub counts: SummaryCounts,
    /// The phase that is going on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<PhaseReport>,
    /// The parts by state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartsReport>,
    /// One line in the worker's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Bounded<500>>,
}

/// The phase that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseReport {
    /// For programs; made from the label when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Bounded<80>>,
    /// For people: "collecting evidence".
    pub label: Bounded<80>,
    /// Which phase in order, from 1. Leave it out where the order is not fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub number: Option<u32>,
    /// How many phases there are. Leave it out where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub of: Option<u32>,
}

/// How many parts are in which state; a state that is left out has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PartsReport {
    /// Ended well.
    pub succeeded: Count,
    /// Broke.
    pub failed: Count,
    /// Ended and need a look.
    pub follow_up: Count,
    /// Going on.
    pub running: Count,
    /// Not begun.
    pub waiting: Count,
}

/// Why a well-formed report is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ReportRefused {
    /// The field, as a path from the report.
    pub field: &'static str,
    /// What is wrong and the way out.
    pub reason: String,
}

/// What is to be stored after a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The new `context.progress`; `None` when nothing was ever said.
    pub progress: Option<Value>,
    /// The new counts.
    pub counts: SummaryCounts,
}

/// Joins a report to what is stored. The same report twice gives the same result as once.
pub fn merge_report(
    report: &ProgressReport,
    stored_progress: Option<&Value>,
    stored_counts: &SummaryCounts,
    at: Timestamp,
) -> Result<Merged, ReportRefused> {
    check_order(report.phase.as_ref())?;
    check_unit(report.unit.as_ref())?;

    let counts = stored_counts.merge_monotone(&reported_counts(report));
    let mut said = stored_progress
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    if let Some(from) = total_before_it_grew(stored_counts, &counts) {
        said.insert("total_grew".to_owned(), json!({"from": from, "at": at}));
    }
    write_words(report, &mut said);
    let progress = (!said.is_empty()).then_some(Value::Object(said));
    Ok(Merged { progress, counts })
}

/// Both ways to report `total` and `processed`; the larger one holds.
fn reported_counts(report: &ProgressReport) -> SummaryCounts {
    let mut named = SummaryCounts::default();
    for (key, count) in [
        (CountKey::Processed, report.processed),
        (CountKey::Total, report.total),
    ] {
        if let Some(count) = count {
            named.set(key, count);
        }
    }
    named.merge_monotone(&report.counts)
}

fn total_before_it_grew(before: &SummaryCounts, after: &SummaryCounts) -> Option<u64> {
    let from = before.get(CountKey::Total).filter(|total| *total > 0)?;
    (after.get(CountKey::Total) > Some(from)).then_some(from)
}

fn write_words(report: &ProgressReport, said: &mut Map<String, Value>) {
    let mut write = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            said.insert(key.to_owned(), value);
        }
    };
    write("unit", report.unit.as_ref().map(|unit| json!(unit)));
    write(
        "message",
        report.message.as_ref().map(|message| json!(message)),
    );
    write("parts", report.parts.map(|parts| json!(parts)));
    write("phase", report.phase.as_ref().map(phase_as_stored));
}

fn phase_as_stored(phase: &PhaseReport) -> Value {
    let key = phase
        .key
        .as_ref()
        .map_or_else(|| key_from(&phase.label), ToString::to_string);
    let mut stored = json!({"key": key, "label": phase.label});
    for (name, number) in [("number", phase.number), ("of", phase.of)] {
        if let Some(number) = number {
            stored[name] = json!(number);
        }
    }
    stored
}

/// "Collecting evidence" becomes `collecting_evidence`.
fn key_from(label: &str) -> String {
    let words = label
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let key = words.map(str::to_lowercase).collect::<Vec<_>>().join("_");
    if key.is_empty() {
        "phase".to_owned()
    } else {
        key
    }
}

fn check_order(phase: Option<&PhaseReport>) -> Result<(), ReportRefused> {
    let refuse = |field, reason: String| Err(ReportRefused { field, reason });
    let Some(phase) = phase else { return Ok(()) };
    match (phase.number, phase.of) {
        (Some(0), _) => refuse(
            "phase.number",
            "must be 1 or more; the first phase is 1".to_owned(),
        ),
        (_, Some(0)) => refuse(
            "phase.of",
            "must be 1 or more; leave it out where nobody knows".to_owned(),
        ),
        (Some(number), Some(of)) if number > of => refuse(
            "phase.number",
            format!("must be at most `of`, which is {of}; this is {number}"),
        ),
        (None, Some(_)) => refuse(
            "phase.number",
            "is missing: `of` needs it, for example 2 of 4".to_owned(),
        ),
        _ => Ok(()),
    }
}

fn check_unit(unit: Option<&Bounded<40>>) -> Result<(), ReportRefused> {
    const PERCENT_UNITS: [&str; 4] = ["percent", "percentage", "percents", "pct"];
    let is_percent =
        |unit: &str| unit.contains('%') || PERCENT_UNITS.contains(&unit.to_lowercase().as_str());
    if unit.is_some_and(|unit| is_percent(unit)) {
        return Err(ReportRefused {
            field: "unit",
            reason: super::percent::RIGHT_FORM.to_owned(),
        });
    }
    Ok(())
}
