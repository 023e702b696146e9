//! The words of bells: rules as sentences, shares in per cent, spans of time.

use bellboard_core::dashboard::Threshold;
use bellboard_core::time::interval_words;
use std::time::Duration;

use crate::pages::words::counted;

/// A share in per cent, as a person writes it: `10`, `2.5`.
pub fn percent(share: f64) -> String {
    plain(share * 100.0).to_string()
}

/// The number without the noise that arithmetic leaves behind the tenth digit.
pub fn plain(number: f64) -> f64 {
    format!("{number:.10}").parse().unwrap_or(number)
}

/// The name of a field as a sentence says it.
pub fn field_words(name: &str) -> String {
    name.replace('_', " ")
}

/// The rule as the end of "Rings when …".
pub fn rule_words(rule: &Threshold) -> String {
    match rule {
        Threshold::And(parts) => all_words(parts),
        Threshold::Or(parts) => joined(&parts.iter().collect::<Vec<_>>(), " or "),
        Threshold::Not(part) => format!("anything changes, but not when {}", rule_words(part)),
        Threshold::TopNReordering(1) => "another row is first".to_owned(),
        Threshold::TopNReordering(top) => format!("the order of the first {top} changes"),
        Threshold::SetAddedMin(least) => {
            let count = counted(u64::from(*least), "row is", "rows are");
            format!("at least {count} new")
        }
        Threshold::SetRemovedMin(least) => {
            let count = counted(u64::from(*least), "row is", "rows are");
            format!("at least {count} gone")
        }
        Threshold::PrimaryMetricDeltaPct(share) => {
            format!(
                "the main figure changes by {}\u{a0}% or more",
                percent(*share)
            )
        }
        Threshold::ValueDeltaPct(delta) => format!(
            "a row\u{2019}s {} changes by {}\u{a0}% or more",
            field_words(&delta.on_field),
            percent(delta.value_delta_pct)
        ),
    }
}

/// What all must be met, and behind it what must not.
fn all_words(parts: &[Threshold]) -> String {
    let (except, wanted): (Vec<&Threshold>, Vec<&Threshold>) = parts
        .iter()
        .partition(|part| matches!(part, Threshold::Not(_)));
    let wanted = match wanted.as_slice() {
        [] => "anything changes".to_owned(),
        [only] => rule_words(only),
        several => joined(several, " and "),
    };
    let except = except.into_iter().filter_map(|part| match part {
        Threshold::Not(inner) => Some(format!(", but not when {}", within(inner))),
        _ => None,
    });
    std::iter::once(wanted).chain(except).collect()
}

fn joined(parts: &[&Threshold], with: &str) -> String {
    let parts: Vec<String> = parts.iter().map(|part| within(part)).collect();
    parts.join(with)
}

/// The same inside of another sentence.
fn within(part: &Threshold) -> String {
    match part {
        Threshold::And(_) | Threshold::Or(_) | Threshold::Not(_) => {
            format!("({})", rule_words(part))
        }
        leaf => rule_words(leaf),
    }
}

/// "6 hours", "day": what stands behind "once per" and "every".
pub fn span_words(seconds: u32) -> String {
    let (number, one, many) = match seconds {
        week if week % 604_800 == 0 => (week / 604_800, "week", "weeks"),
        day if day % 86_400 == 0 => (day / 86_400, "day", "days"),
        hour if hour % 3_600 == 0 => (hour / 3_600, "hour", "hours"),
        _ => return interval_words(Duration::from_secs(seconds.into())),
    };
    if number == 1 {
        one.to_owned()
    } else {
        counted(number.into(), one, many)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_reads_as_a_sentence() {
        for (rule, words) in [
            (
                json!({"value_delta_pct": 0.07, "on_field": "composite_score"}),
                "a row\u{2019}s composite score changes by 7\u{a0}% or more",
            ),
            (json!({"top_n_reordering": 1}), "another row is first"),
            (
                json!({"or": [{"top_n_reordering": 5}, {"set_added_min": 1}]}),
                "the order of the first 5 changes or at least 1 row is new",
            ),
            (
                json!({"and": [{"or": [{"set_added_min": 2}, {"set_removed_min": 1}]}, {"not": {"primary_metric_delta_pct": 0.5}}]}),
                "at least 2 rows are new or at least 1 row is gone, but not when the main figure changes by 50\u{a0}% or more",
            ),
            (
                json!({"and": [{"set_added_min": 1}, {"or": [{"set_removed_min": 1}, {"top_n_reordering": 2}]}]}),
                "at least 1 row is new and (at least 1 row is gone or the order of the first 2 changes)",
            ),
            (
                json!({"not": {"set_added_min": 1}}),
                "anything changes, but not when at least 1 row is new",
            ),
            (
                json!({"and": [{"not": {"set_added_min": 1}}, {"not": {"set_removed_min": 1}}]}),
                "anything changes, but not when at least 1 row is new, but not when at least 1 row is gone",
            ),
        ] {
            let rule = Threshold::from_stored(&rule).unwrap();
            assert_eq!(rule_words(&rule), words);
        }
    }

    #[test]
    fn figures_are_written_as_people_write_them() {
        assert_eq!(
            [percent(0.07), percent(0.1), percent(0.025)],
            ["7", "10", "2.5"]
        );
        for (seconds, words) in [
            (3_600, "hour"),
            (21_600, "6 hours"),
            (86_400, "day"),
            (604_800, "week"),
            (5_400, "90 min"),
            (1_209_600, "2 weeks"),
        ] {
            assert_eq!(span_words(seconds), words);
        }
    }
}
