//! What a person reads after a sync: what was wrong, what differs and why, and one line that sums it up.

use anyhow::Result;
use serde_json::Value;

use super::sentence;
use crate::output::{Form, Mark, Output, print_plain};

/// Prints the report.
pub(super) fn report(report: &Value, output: &Output) -> Result<()> {
    for row in rows(report, "drift") {
        drift(row, output)?;
    }
    for row in rows(report, "warnings") {
        output.say(Mark::Warning, &problem(row));
    }
    for row in rows(report, "errors") {
        output.say(Mark::Failed, &problem(row));
    }
    let more = count(report, "drift_count").saturating_sub(rows(report, "drift").count() as u64);
    if more > 0 {
        output.say(
            Mark::Note,
            &format!("{more} more differences are not listed."),
        );
    }
    let mark = if rows(report, "errors").next().is_some() {
        Mark::Failed
    } else {
        Mark::Done
    };
    output.say(mark, &summary(report));
    Ok(())
}

fn rows<'a>(report: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    report[name].as_array().into_iter().flatten()
}

fn count(report: &Value, name: &str) -> u64 {
    report[name].as_u64().unwrap_or(0)
}

fn drift(row: &Value, output: &Output) -> Result<()> {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let place = format!("{}:{}", text("path"), row["line"]);
    let (task, field, takes) = (text("task"), text("field"), text("takes"));
    let (in_file, in_hub, reason) = (text("in_file"), text("in_hub"), text("reason"));
    if output.form == Form::Plain {
        print_plain(&[&place, task, field, in_file, in_hub, takes, reason])?;
        return Ok(());
    }
    let sides = match takes {
        "file" => format!("{in_hub} → {in_file}"),
        "hub" => format!("stays {in_hub}, the file says {in_file}"),
        _ => format!("file: {in_file}, hub: {in_hub}"),
    };
    output.data(&format!(
        "{place}  {task}  {field}: {sides}  {}",
        output.faint(reason)
    ))?;
    Ok(())
}

fn problem(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let place = match text("path") {
        "" => String::new(),
        path => format!("{path}:{}: ", row["line"]),
    };
    let reason = text("reason").trim_end_matches('.');
    format!("{place}{reason}. {}", sentence(text("way_out")))
}

fn summary(report: &Value) -> String {
    let n = |name: &str| count(report, name);
    let repo = report["repo"].as_str().unwrap_or_default();
    let is_same = !report["fingerprint"].is_null() && report["written"] != true;
    let begin = match (report["dry_run"] == true, report["written"] == true) {
        _ if is_same => "The hub has all of",
        (true, _) => "Would sync",
        (false, true) => "Synced",
        (false, false) => "Nothing was written for",
    };
    let line = format!(
        "{begin} {repo}: {} files, {} tasks; {} new, {} changed, {} removed, {} unchanged",
        n("files_read"),
        n("tasks_read"),
        n("created"),
        n("updated"),
        n("tombstoned"),
        n("unchanged"),
    );
    let back = match rows(report, "write_back").count() {
        0 => String::new(),
        many => format!("; {many} files written back"),
    };
    line + &back + "."
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_names_its_place_and_the_way_out() {
        let row = json!({"path": "workplans/a.md", "line": 3, "reason": "is broken", "way_out": "mend it"});
        assert_eq!(problem(&row), "workplans/a.md:3: is broken. Mend it.");
        let row =
            json!({"path": "", "line": 1, "reason": "a merge is under way", "way_out": "End it."});
        assert_eq!(problem(&row), "a merge is under way. End it.");
    }

    #[test]
    fn the_last_line_says_what_was_done() {
        let report = json!({"repo": "one", "dry_run": false, "written": true, "files_read": 2, "tasks_read": 5, "created": 1,
            "updated": 1, "tombstoned": 1, "unchanged": 2, "write_back": [{"path": "workplans/a.md"}]});
        assert_eq!(
            summary(&report),
            "Synced one: 2 files, 5 tasks; 1 new, 1 changed, 1 removed, 2 unchanged; 1 files written back."
        );
    }
}
