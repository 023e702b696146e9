//! `bellboard dashboards diff`: what changed, as a person reads it in a terminal.

use anyhow::Result;
use bellboard_core::dashboard::beyond_comparison;
use bellboard_core::text::sanitise;
use serde_json::{Value, json};

use super::{DiffArgs, find};
use crate::output::{Form, print_json, print_plain};
use crate::session::Session;
use crate::when;

/// Lines of one kind that a person is shown; programs get all.
const SHOWN: usize = 20;

pub(super) async fn run(args: DiffArgs, session: &Session) -> Result<u8> {
    let dashboard = find(&args.dashboard, session).await?;
    let input = json!({ "dashboard_id": dashboard.id, "a": args.from, "b": args.to });
    let diff = session.client.call_raw("get_dashboard_diff", input).await?;
    let output = &session.output;
    match output.form {
        Form::Json => print_json(&diff)?,
        Form::Plain => {
            for (kind, words) in lines(&diff) {
                print_plain(&[kind, &words])?;
            }
        }
        Form::Human => {
            let [a, b] =
                ["snapshot_a", "snapshot_b"].map(|one| when::words(&diff[one]["captured_at"]));
            let times = format!("{} · {a} to {b}", dashboard.title);
            output.data(&output.heading(&times))?;
            output.data(&text(&diff["sentence"]))?;
            let lines = lines(&diff);
            for kind in ["order", "value", "new", "gone", "number"] {
                let of_kind: Vec<&String> = lines
                    .iter()
                    .filter(|(one, _)| *one == kind)
                    .map(|(_, words)| words)
                    .collect();
                for words in of_kind.iter().take(SHOWN) {
                    let line = format!("{kind:<7} {words}");
                    output.data(&output.fit(&line))?;
                }
                if of_kind.len() > SHOWN {
                    let more = format!("{:<7} and {} more", "", of_kind.len() - SHOWN);
                    output.data(&output.faint(&more))?;
                }
            }
        }
    }
    Ok(0)
}

/// Every change as its kind and its words.
fn lines(diff: &Value) -> Vec<(&'static str, String)> {
    let list = |name: &str| diff[name].as_array().map_or(&[][..], Vec::as_slice);
    let mut lines = Vec::new();
    for change in list("top_n_changes") {
        let place = |rank: &Value| {
            rank.as_u64()
                .map_or("-".to_owned(), |rank| rank.to_string())
        };
        lines.push((
            "order",
            format!(
                "{} to {}  {} ({})",
                place(&change["rank_before"]),
                place(&change["rank_after"]),
                text(&change["id"]),
                text(&change["cause"])
            ),
        ));
    }
    for delta in list("row_value_deltas") {
        lines.push((
            "value",
            format!(
                "{}  {}  {} to {}{}",
                text(&delta["id"]),
                text(&delta["column"]),
                cell(delta, "before"),
                cell(delta, "after"),
                by(delta)
            ),
        ));
    }
    lines.extend(list("id_set_added").iter().map(|id| ("new", text(id))));
    lines.extend(list("id_set_removed").iter().map(|id| ("gone", text(id))));
    let (before, after) = (
        &diff["primary_metric_before"],
        &diff["primary_metric_after"],
    );
    if before != after {
        let share = diff["primary_metric_delta_pct"].as_f64();
        let share = share.map_or_else(String::new, |share| format!(" ({})", percent(share)));
        lines.push((
            "number",
            format!("{} to {}{share}", text(before), text(after)),
        ));
    }
    lines
}

/// A cell that is absent is another thing than one that says null.
fn cell(delta: &Value, name: &str) -> String {
    match delta.get(name) {
        None => "missing".to_owned(),
        Some(Value::Null) => "nothing".to_owned(),
        Some(value) => text(value),
    }
}

fn by(delta: &Value) -> String {
    if delta["from_zero"] == true {
        return " (from zero)".to_owned();
    }
    let share = delta["delta_pct"].as_f64();
    share.map_or_else(String::new, |share| format!(" ({})", percent(share)))
}

fn percent(share: f64) -> String {
    beyond_comparison(share).map_or_else(|| format!("{:+.1} %", share * 100.0), str::to_owned)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => sanitise(text, usize::MAX),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_a_line() {
        let diff = json!({
            "top_n_changes": [
                {"id": "b", "rank_before": 2, "rank_after": 1, "cause": "moved"},
                {"id": "c", "rank_before": 3, "rank_after": null, "cause": "pushed"},
            ],
            "row_value_deltas": [
                {"id": "b", "column": "score", "before": 20, "after": 60, "delta": 40, "delta_pct": 2.0, "from_zero": false},
                {"id": "z", "column": "score", "before": 0, "after": 4, "delta": 4, "delta_pct": null, "from_zero": true},
                {"id": "m", "column": "n", "before": null, "delta_pct": null, "from_zero": false},
            ],
            "id_set_added": ["new\n\tone\u{202e}"], "id_set_removed": ["c"],
            "primary_metric_before": 60, "primary_metric_after": 45, "primary_metric_delta_pct": -0.25,
        });
        let lines: Vec<String> = lines(&diff)
            .into_iter()
            .map(|(kind, words)| format!("{kind}: {words}"))
            .collect();
        assert_eq!(
            lines,
            [
                "order: 2 to 1  b (moved)",
                "order: 3 to -  c (pushed)",
                "value: b  score  20 to 60 (+200.0 %)",
                "value: z  score  0 to 4 (from zero)",
                "value: m  n  nothing to missing",
                "new: new one",
                "gone: c",
                "number: 60 to 45 (-25.0 %)",
            ]
        );
    }
}
