//! The three zones as a person reads them: one line per thing, in columns that fit the terminal.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use bellboard_core::artifact::Decision;
use bellboard_core::time::{Timestamp, elapsed_words};

use super::{Action, NeedsYouItem, Zones};
use crate::needs::What;
use crate::output::{Mark, Output, print_plain, visible};
use crate::runs::{bar_cells, mark_of, mark_of_outcome, short_id};
use crate::when::clock_words;
use crate::wire::Run;

/// How many rows a zone shows.
const ROWS: usize = 10;
/// "Recent" goes back this far.
const RECENT: Duration = Duration::from_hours(24);
/// A name keeps this many columns however narrow the terminal is.
const NAME_COLUMNS: usize = 12;
/// The keys of an ask's options are shown up to here.
const KEY_COLUMNS: usize = 20;

/// One thing of a zone. The name may be cut; everything else may hold a number and is not.
struct Row {
    mark: Mark,
    place: String,
    name: String,
    about: String,
    age: String,
}

/// Prints the answer and the zones.
pub fn zones(
    zones: &Zones,
    runs: &HashMap<String, Run>,
    output: &Output,
    now: Timestamp,
) -> Result<()> {
    output.data(&answer_line(zones, now))?;
    if !zones.needs_you.items.is_empty() {
        output.data(&format!("\n{}", output.heading("NEEDS YOU")))?;
        print_rows(&needs_you_rows(zones, now), output)?;
        print_rest(output, zones.needs_you.total_count)?;
        output.data(&output.faint(&commands(&zones.needs_you.items)))?;
    }
    output.data(&format!("\n{}", output.heading("ACTIVE")))?;
    if zones.active.items.is_empty() {
        output.data("   Nothing is running. Put `bellboard run --` in front of any command.")?;
    }
    print_rows(&active_rows(zones, runs, output, now), output)?;
    print_rest(output, zones.active.total_count)?;
    if !zones.recent.items.is_empty() {
        output.data(&format!("\n{}", output.heading("RECENT")))?;
        print_rows(&recent_rows(zones, runs, now), output)?;
    }
    Ok(())
}

/// "6 need you · 5 active · 9 finished since yesterday 17:40"
fn answer_line(zones: &Zones, now: Timestamp) -> String {
    let since =
        Timestamp::from_micros(now.micros() - i64::try_from(RECENT.as_micros()).unwrap_or(0));
    let items = &zones.recent.items;
    let recent = items
        .iter()
        .filter(|item| item.completed_at >= since)
        .count();
    let more = if recent == items.len() && zones.recent.next_cursor.is_some() {
        "+"
    } else {
        ""
    };
    let waiting = zones.needs_you.total_count;
    let need = if waiting == 1 { "needs" } else { "need" };
    let active = zones.active.total_count;
    format!(
        "{waiting} {need} you · {active} active · {recent}{more} finished since {}",
        clock_words(since, now)
    )
}

fn needs_you_rows(zones: &Zones, now: Timestamp) -> Vec<Row> {
    let items = zones.needs_you.items.iter().take(ROWS);
    items
        .map(|item| Row {
            mark: What::of(&item.item_kind).mark(),
            place: monogram(&item.engagement_name),
            name: need_words(item),
            about: format!("{}  {}", short_id(&item.item_id), allowed(item).join(" · ")),
            age: elapsed_words(now.saturating_since(item.created_at)),
        })
        .collect()
}

/// What it is, which one, and why it waits. What was made says by its label what is asked about it.
fn need_words(item: &NeedsYouItem) -> String {
    let label = &item.item_label;
    let name = match What::of(&item.item_kind) {
        What::Ask => format!("Question: {label}"),
        What::Ended => format!("Follow-up: {label}"),
        What::Silent => format!("Silent: {label}"),
        What::Artifact | What::Task | What::Other => label.clone(),
    };
    match item.detail.as_deref() {
        Some(detail) if !detail.is_empty() => format!("{name}: {detail}"),
        _ => name,
    }
}

/// The commands that this reader may give about an item.
fn allowed(item: &NeedsYouItem) -> Vec<String> {
    let text = |action: &Action, field: &str| action.body[field].as_str().map(str::to_owned);
    let keys: Vec<String> = item
        .actions
        .iter()
        .filter_map(|action| text(action, "option"))
        .collect();
    if !keys.is_empty() {
        let keys = keys.join("|");
        let keys = if visible(&keys) > KEY_COLUMNS {
            "KEY"
        } else {
            &keys
        };
        return vec![format!("accept --option {keys}")];
    }
    let command = |action: &Action| match action.verb.as_str() {
        "decide_artifact" => {
            let decision = text(action, "decision")?;
            let is_positive = Decision::parse(&decision)?.is_positive();
            Some(if is_positive { "accept" } else { "reject" })
        }
        "acknowledge_run" | "update_task" => Some("done"),
        "snooze_need" => Some("snooze"),
        _ => None,
    };
    let commands = item.actions.iter().filter_map(command);
    commands.map(str::to_owned).collect()
}

/// Whole command lines for what can be done about these.
fn commands(items: &[NeedsYouItem]) -> String {
    let is = |what: What| items.iter().any(|item| What::of(&item.item_kind) == what);
    let mut commands = Vec::new();
    if is(What::Artifact) {
        commands.extend(["accept ID", "reject ID --note TEXT"]);
    }
    if is(What::Ask) {
        commands.push("accept ID --option KEY");
    }
    if is(What::Ended) || is(What::Task) {
        commands.push("done ID");
    }
    commands.push("snooze ID --for 2h");
    format!("   bellboard {}", commands.join(" · "))
}

fn active_rows(
    zones: &Zones,
    runs: &HashMap<String, Run>,
    output: &Output,
    now: Timestamp,
) -> Vec<Row> {
    let items = zones.active.items.iter().take(ROWS);
    items
        .map(|item| {
            let run = runs.get(&item.item_id);
            let hint = item.progress_hint.as_deref().unwrap_or("Working");
            let bar = run.and_then(|run| counted_bar(run, output));
            Row {
                mark: run.map_or(Mark::Running, mark_of),
                place: monogram(&item.engagement_name),
                name: item.item_label.clone(),
                about: bar.map_or_else(|| hint.to_owned(), |bar| format!("{bar}  {hint}")),
                age: elapsed_words(now.saturating_since(item.started_at)),
            }
        })
        .collect()
}

fn recent_rows(zones: &Zones, runs: &HashMap<String, Run>, now: Timestamp) -> Vec<Row> {
    let items = zones.recent.items.iter().take(ROWS);
    items
        .map(|item| {
            let run = runs.get(&item.artifact_id);
            let outcome = run.and_then(|run| run.outcome.as_deref());
            Row {
                mark: outcome.map_or(Mark::Done, mark_of_outcome),
                place: monogram(&item.engagement_name),
                name: item.artifact_label.clone(),
                about: run.map_or_else(String::new, |run| run.progress.label.clone()),
                age: clock_words(item.completed_at, now),
            }
        })
        .collect()
}

fn print_rows(rows: &[Row], output: &Output) -> Result<()> {
    let widest = |column: fn(&Row) -> &str| {
        rows.iter()
            .map(|row| visible(column(row)))
            .max()
            .unwrap_or(0)
    };
    let (about_width, age_width) = (widest(|row| &row.about), widest(|row| &row.age));
    let fixed = 7 + 2 + about_width + 2 + age_width;
    let room = output.columns.saturating_sub(fixed).max(NAME_COLUMNS);
    let name_width = room.min(widest(|row| &row.name));
    for row in rows {
        let name = output.cut(&row.name, name_width);
        let pad = " ".repeat(about_width - visible(&row.about));
        let line = format!(
            " {} {:<3} {name:<name_width$}  {}{pad}  {}",
            output.mark(row.mark),
            row.place,
            row.about,
            output.faint(&format!("{:>age_width$}", row.age)),
        );
        output.data(&line)?;
    }
    Ok(())
}

fn print_rest(output: &Output, total: u64) -> Result<()> {
    let hidden = total.saturating_sub(ROWS as u64);
    if hidden > 0 {
        output.data(&output.faint(&format!("   {hidden} more")))?;
    }
    Ok(())
}

fn counted_bar(run: &Run, output: &Output) -> Option<String> {
    let (processed, total) = (run.progress.processed?, run.progress.total?);
    (run.progress.mode == "counted").then(|| output.bar(processed, total, bar_cells(output)))
}

/// "Aster Bank" is AB, and "Paperboat" PA.
fn monogram(name: &str) -> String {
    let mut words = name.split_whitespace();
    let letters: String = match (words.next(), words.next()) {
        (Some(first), Some(second)) => first
            .chars()
            .take(1)
            .chain(second.chars().take(1))
            .collect(),
        (Some(only), None) => only.chars().take(2).collect(),
        _ => String::new(),
    };
    letters.to_uppercase()
}

/// The zones as tab-separated lines: zone, kind, id, engagement, label, about, time.
pub fn lines(zones: &Zones) -> Result<()> {
    for item in &zones.needs_you.items {
        let detail = item.detail.as_deref().unwrap_or("");
        print_plain(&[
            "needs_you",
            &item.item_kind,
            &item.item_id,
            &item.engagement_name,
            &item.item_label,
            detail,
            &item.created_at.to_string(),
            &allowed(item).join(","),
        ])?;
    }
    for item in &zones.active.items {
        let hint = item.progress_hint.as_deref().unwrap_or("");
        print_plain(&[
            "active",
            "run",
            &item.item_id,
            &item.engagement_name,
            &item.item_label,
            hint,
            &item.started_at.to_string(),
        ])?;
    }
    for item in &zones.recent.items {
        print_plain(&[
            "recent",
            &item.artifact_kind,
            &item.artifact_id,
            &item.engagement_name,
            &item.artifact_label,
            "",
            &item.completed_at.to_string(),
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engagements_are_told_by_two_letters() {
        assert_eq!(monogram("Aster Bank"), "AB");
        assert_eq!(monogram("Harbour Clinics Group"), "HC");
        assert_eq!(monogram("paperboat"), "PA");
    }
}
