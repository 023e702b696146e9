//! Counts come in, percentages never do.
//!
//! A percentage has no unit, no total and no evidence; whoever has one also has the two numbers it was made of. The
//! refusal is looked for before the report is parsed, so that it says what to do instead of "unknown field".

use serde_json::Value;

/// What every refusal of a percentage says.
pub(super) const RIGHT_FORM: &str = "Bellboard does not take percentages. Give processed and total, for example {\"processed\":214,\"total\":512,\"unit\":\"policies\"}";

/// A percentage in a report, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{RIGHT_FORM}")]
pub struct PercentRefused {
    /// The path of the field from the report: `progress.percent`.
    pub field: String,
}

/// Field names that mean a percentage, small and without separators.
const PERCENT_NAMES: [&str; 9] = [
    "percent",
    "percentage",
    "pct",
    "progresspercent",
    "progresspercentage",
    "progresspct",
    "percentcomplete",
    "percentdone",
    "completionpercentage",
];

/// Refuses a JSON report that holds a percentage anywhere: a field of that name, or a text that is nothing else.
/// A sentence in which a percentage occurs is the worker's own claim and may stand.
pub fn refuse_percentages(report: &Value) -> Result<(), PercentRefused> {
    find(report, "").map_or(Ok(()), |field| Err(PercentRefused { field }))
}

fn find(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::String(text) => is_percentage(text).then(|| path.to_owned()),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .find_map(|(position, value)| find(value, &join(path, &position.to_string()))),
        Value::Object(entries) => entries.iter().find_map(|(name, value)| {
            let path = join(path, name);
            if is_percent_name(name) {
                Some(path)
            } else {
                find(value, &path)
            }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn is_percent_name(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect();
    plain == "%" || PERCENT_NAMES.contains(&plain.as_str())
}

/// `42%`, `42 %`, `4.2 percent`: a number and the word, nothing else.
fn is_percentage(text: &str) -> bool {
    let small = text.trim().to_lowercase();
    ["%", "percent", "pct"].iter().any(|ending| {
        small.strip_suffix(ending).is_some_and(|number| {
            let number = number.trim().replace(',', ".");
            number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                && number.parse::<f64>().is_ok()
        })
    })
}

/// Whether a unit makes a percentage of its count.
pub(super) fn is_percent_unit(unit: &str) -> bool {
    const UNITS: [&str; 5] = ["percent", "percents", "percentage", "percentages", "pct"];
    unit.contains('%') || UNITS.contains(&unit.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_percentage_is_found_wherever_it_stands() {
        let rows = [
            (json!({"percent": 42}), "percent"),
            (json!({"percentage": 42}), "percentage"),
            (json!({"pct": 0.42}), "pct"),
            (json!({"PCT": null}), "PCT"),
            (json!({"progress_percent": 42}), "progress_percent"),
            (json!({"progressPercent": 42}), "progressPercent"),
            (json!({"progress-percentage": 42}), "progress-percentage"),
            (json!({"percent complete": 42}), "percent complete"),
            (json!({"%": 42}), "%"),
            (json!({"progress": {"percent": 42}}), "progress.percent"),
            (json!({"progress": "42%"}), "progress"),
            (json!({"processed": "42 %"}), "processed"),
            (json!({"processed": "42.5%"}), "processed"),
            (json!({"processed": "42,5 %"}), "processed"),
            (json!({"processed": ".5%"}), "processed"),
            (json!({"message": " 42% "}), "message"),
            (json!({"message": "42 percent"}), "message"),
            (json!({"message": "42 Pct"}), "message"),
            (json!({"phase": {"label": "100%"}}), "phase.label"),
            (json!({"parts": [1, {"x": "7%"}]}), "parts.1.x"),
            (json!("42%"), ""),
        ];
        for (report, field) in rows {
            let refused = refuse_percentages(&report).unwrap_err();
            assert_eq!(refused.field, field, "{report}");
            assert_eq!(
                refused.to_string(),
                r#"Bellboard does not take percentages. Give processed and total, for example {"processed":214,"total":512,"unit":"policies"}"#
            );
        }
    }

    #[test]
    fn counts_and_sentences_pass() {
        let rows = [
            json!(null),
            json!({}),
            json!({"processed": 214, "total": 512, "unit": "policies"}),
            json!({"message": "42% of the disk is in use"}),
            json!({"message": "at least 42%"}),
            json!({"message": "%"}),
            json!({"message": "inf%"}),
            json!({"message": "-%"}),
            json!({"phase": {"key": "percentile", "label": "computing percentiles"}}),
            json!({"counts": {"total": 42}}),
            json!({"percentile": 99}),
        ];
        for report in rows {
            assert_eq!(refuse_percentages(&report), Ok(()), "{report}");
        }
    }

    #[test]
    fn units_that_make_a_percentage() {
        assert!(
            ["%", "percent", "PCT", "% done"]
                .into_iter()
                .all(is_percent_unit)
        );
        assert!(
            !["policies", "percentiles", "rows"]
                .into_iter()
                .any(is_percent_unit)
        );
    }
}
