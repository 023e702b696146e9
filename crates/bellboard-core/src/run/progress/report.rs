//! The strict side: what a reporter may say about progress, and how it changes what is stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::percent::{RIGHT_FORM, is_percent_unit};
use crate::run::{Count, CountKey, SummaryCounts};
use crate::text::{Bounded, safe_run_label};
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
    // A key goes where labels go; what may not stand in one is no key either.
    let named = phase
        .key
        .as_ref()
        .map_or(phase.label.as_str(), Bounded::as_str);
    let key = match (&phase.key, safe_run_label(named, MAX_KEY_CHARACTERS)) {
        (Some(key), Some(safe)) if safe == key.as_str() => safe,
        (_, safe) => key_from(&safe.unwrap_or_default()),
    };
    let mut stored = json!({"key": key, "label": phase.label});
    for (name, number) in [("number", phase.number), ("of", phase.of)] {
        if let Some(number) = number {
            stored[name] = json!(number);
        }
    }
    stored
}

/// As long as the labels of phases.
const MAX_KEY_CHARACTERS: usize = 80;

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
    if unit.is_some_and(|unit| is_percent_unit(unit)) {
        return Err(ReportRefused {
            field: "unit",
            reason: RIGHT_FORM.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> Timestamp {
        "2026-11-20T17:31:00Z".parse().unwrap()
    }

    fn report(json: Value) -> ProgressReport {
        serde_json::from_value(json).unwrap()
    }

    fn counts(json: Value) -> SummaryCounts {
        serde_json::from_value(json).unwrap()
    }

    fn merged(said: Value, progress: Option<&Value>, stored: Value) -> (Value, Value) {
        let merged = merge_report(&report(said), progress, &counts(stored), at()).unwrap();
        (merged.progress.unwrap_or_default(), json!(merged.counts))
    }

    fn parse_fault(json: Value) -> String {
        serde_json::from_value::<ProgressReport>(json)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_left_out_stays() {
        let stored = json!({"unit": "policies", "message": "reading", "parts": {"running": 1}, "later": [1]});
        let (progress, counts) = merged(
            json!({"processed": 5}),
            Some(&stored),
            json!({"processed": 4, "total": 9, "failed": 1}),
        );
        assert_eq!(progress, stored);
        assert_eq!(counts, json!({"processed": 5, "total": 9, "failed": 1}));

        let (progress, _) = merged(json!({"message": "comparing"}), Some(&stored), json!({}));
        assert_eq!(progress["message"], "comparing");
        assert_eq!(progress["unit"], "policies");
    }

    #[test]
    fn every_field_is_stored_in_its_place() {
        let said = json!({
            "processed": 214,
            "total": 512,
            "unit": "policies",
            "counts": {"failed": 3},
            "phase": {"key": "collect", "label": "collecting evidence", "number": 2, "of": 4},
            "parts": {"succeeded": 2, "follow_up": 1},
            "message": "reading conditional access results",
        });
        let (progress, counts) = merged(said, None, json!({}));
        let expected = json!({
            "unit": "policies",
            "phase": {"key": "collect", "label": "collecting evidence", "number": 2, "of": 4},
            "parts": {"succeeded": 2, "failed": 0, "follow_up": 1, "running": 0, "waiting": 0},
            "message": "reading conditional access results",
        });
        assert_eq!(progress, expected);
        assert_eq!(counts, json!({"total": 512, "processed": 214, "failed": 3}));
    }

    #[test]
    fn a_bare_heartbeat_says_nothing() {
        let merged = merge_report(
            &ProgressReport::default(),
            None,
            &SummaryCounts::default(),
            at(),
        )
        .unwrap();
        assert_eq!(
            merged,
            Merged {
                progress: None,
                counts: SummaryCounts::default()
            }
        );
        assert_eq!(json!(ProgressReport::default()), json!({}));
    }

    #[test]
    fn counts_never_fall_whichever_way_they_are_reported() {
        let (_, after) = merged(
            json!({"processed": 3, "total": 100}),
            None,
            json!({"processed": 7, "total": 512}),
        );
        assert_eq!(after, json!({"processed": 7, "total": 512}));
        let (_, after) = merged(
            json!({"processed": 8, "counts": {"processed": 9}}),
            None,
            json!({"processed": 7}),
        );
        assert_eq!(after, json!({"processed": 9}));
        let (_, after) = merged(
            json!({"processed": 10, "counts": {"processed": 9}}),
            None,
            json!({}),
        );
        assert_eq!(after, json!({"processed": 10}));
    }

    #[test]
    fn a_total_that_grows_is_noted_with_what_it_was() {
        let grew = json!({"from": 900, "at": "2026-11-20T17:31:00.000000Z"});
        let (progress, _) = merged(json!({"total": 1000}), None, json!({"total": 900}));
        assert_eq!(progress["total_grew"], grew);
        let (again, _) = merged(
            json!({"counts": {"total": 1001}}),
            Some(&progress),
            json!({"total": 1000}),
        );
        assert_eq!(again["total_grew"]["from"], 1000);
        let (kept, _) = merged(
            json!({"total": 1000}),
            Some(&progress),
            json!({"total": 1000}),
        );
        assert_eq!(kept["total_grew"], grew, "an equal total leaves the note");

        for (said, stored) in [
            (json!({"total": 900}), json!({})),
            (json!({"total": 900}), json!({"total": 0})),
            (json!({"total": 800}), json!({"total": 900})),
            (json!({"processed": 901}), json!({"total": 900})),
        ] {
            let (progress, _) = merged(said.clone(), None, stored);
            assert_eq!(progress, Value::Null, "{said}");
        }
    }

    #[test]
    fn a_phase_without_a_key_gets_one_from_its_label() {
        for (label, key) in [
            ("Collecting evidence", "collecting_evidence"),
            ("  Größe  prüfen! ", "größe_prüfen"),
            ("…", "phase"),
        ] {
            let (progress, _) = merged(json!({"phase": {"label": label}}), None, json!({}));
            assert_eq!(progress["phase"]["key"], key);
            assert!(progress["phase"].get("number").is_none());
        }
    }

    #[test]
    fn stored_nonsense_is_replaced() {
        for stored in [json!(null), json!(7), json!("busy"), json!([1])] {
            let (progress, _) = merged(json!({"unit": "rows"}), Some(&stored), json!({}));
            assert_eq!(progress, json!({"unit": "rows"}));
        }
    }

    #[test]
    fn an_order_that_makes_no_sense_is_refused_with_the_way_out() {
        let rows = [
            (
                json!({"number": 0, "of": 4}),
                "phase.number",
                "must be 1 or more; the first phase is 1",
            ),
            (
                json!({"number": 1, "of": 0}),
                "phase.of",
                "must be 1 or more; leave it out where nobody knows",
            ),
            (
                json!({"number": 5, "of": 4}),
                "phase.number",
                "must be at most `of`, which is 4; this is 5",
            ),
            (
                json!({"of": 4}),
                "phase.number",
                "is missing: `of` needs it, for example 2 of 4",
            ),
        ];
        for (mut phase, field, reason) in rows {
            phase["label"] = json!("comparing");
            let said = report(json!({"phase": phase, "processed": 3}));
            let refused = merge_report(&said, None, &SummaryCounts::default(), at()).unwrap_err();
            assert_eq!(
                (refused.field, refused.to_string().as_str()),
                (field, reason)
            );
        }
    }

    #[test]
    fn a_percentage_in_the_disguise_of_a_unit_is_refused() {
        for unit in ["%", "percent", "Percentage", "% of rows"] {
            let said = report(json!({"processed": 42, "total": 100, "unit": unit}));
            let refused = merge_report(&said, None, &SummaryCounts::default(), at()).unwrap_err();
            assert_eq!(refused.field, "unit");
            assert!(
                refused
                    .reason
                    .starts_with("Bellboard does not take percentages."),
                "{unit}"
            );
        }
    }

    #[test]
    fn malformed_reports_are_refused_with_the_cause() {
        let rows = [
            (
                json!({"processed": -1}),
                "must be a whole number, 0 or more",
            ),
            (
                json!({"processed": 1.5}),
                "must be a whole number, 0 or more",
            ),
            (json!({"total": "512"}), "must be a whole number, 0 or more"),
            (
                json!({"counts": {"done": 1}}),
                "unknown count key `done`; known keys: total, processed, succeeded",
            ),
            (
                json!({"counts": {"failed": -1}}),
                "`failed` must be a whole number, 0 or more",
            ),
            (json!({"parts": {"done": 1}}), "unknown field `done`"),
            (
                json!({"parts": {"failed": -1}}),
                "must be a whole number, 0 or more",
            ),
            (json!({"phase": {"key": "a"}}), "missing field `label`"),
            (json!({"phase": {"label": ""}}), "must not be empty"),
            (
                json!({"phase": {"label": "a".repeat(81)}}),
                "at most 80 characters, this has 81",
            ),
            (
                json!({"unit": "a".repeat(41)}),
                "at most 40 characters, this has 41",
            ),
            (
                json!({"message": "a\u{7}b"}),
                "must not hold the control character U+0007; leave it out",
            ),
            (json!({"done": 3}), "unknown field `done`"),
        ];
        for (said, cause) in rows {
            let fault = parse_fault(said.clone());
            assert!(fault.contains(cause), "{said}: {fault}");
        }
    }

    fn reports() -> impl Strategy<Value = ProgressReport> {
        let count = || proptest::option::of(0_u64..50);
        (
            count(),
            count(),
            count(),
            proptest::option::of("[a-z]{1,9}"),
            proptest::option::of("[a-z]{1,9}"),
        )
            .prop_map(|(processed, total, failed, unit, label)| {
                let mut said = json!({"processed": processed, "total": total, "unit": unit});
                said["counts"] =
                    failed.map_or_else(|| json!({}), |failed| json!({"failed": failed}));
                said["phase"] = label.map_or(Value::Null, |label| json!({"label": label}));
                report(said)
            })
    }

    proptest! {
        #[test]
        fn a_report_sent_twice_is_as_if_sent_once(first in reports(), second in reports()) {
            let merge = |report, before: &Merged| merge_report(report, before.progress.as_ref(), &before.counts, at());
            let nothing = Merged { progress: None, counts: SummaryCounts::default() };
            // `pct` is the one unit of small letters that is refused.
            prop_assume!([&first, &second].iter().all(|report| report.unit.as_deref() != Some("pct")));
            let once = merge(&first, &nothing).unwrap();
            let after = merge(&second, &once).unwrap();
            prop_assert_eq!(merge(&second, &after).unwrap(), after.clone());
            for key in [CountKey::Total, CountKey::Processed] {
                prop_assert!(after.counts.get(key) >= once.counts.get(key));
            }
        }
    }
}
