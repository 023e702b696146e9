//! `bellboard status`: the three zones of the home page in a terminal.

use std::collections::HashMap;

use anyhow::Result;
use bellboard_core::time::{Timestamp, elapsed_words};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::clock;
use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::runs::{bar_cells, mark_of_outcome};
use crate::session::Session;
use crate::stop;
use crate::when::clock_words;
use crate::wire::{self, Page, Run};

/// How many rows a zone shows.
const ROWS: usize = 10;
/// "Recent" goes back this far.
const RECENT: std::time::Duration = std::time::Duration::from_hours(24);

/// The arguments of `bellboard status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Two numbers for a prompt: what needs you and what is active
    #[arg(long)]
    short: bool,
    /// End with 10 when something needs you
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Deserialize)]
struct ActiveItem {
    engagement_name: String,
    item_id: String,
    item_label: String,
    started_at: Timestamp,
    progress_hint: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NeedsYouItem {
    engagement_name: String,
    item_kind: String,
    item_id: String,
    item_label: String,
    detail: Option<String>,
    created_at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct RecentItem {
    engagement_name: String,
    artifact_kind: String,
    artifact_id: String,
    artifact_label: String,
    completed_at: Timestamp,
}

/// The three zones, each as it came and as it is read.
struct Zones {
    needs_you: Page<NeedsYouItem>,
    active: Page<ActiveItem>,
    recent: Page<RecentItem>,
}

/// Shows the zones.
pub async fn run(args: StatusArgs, session: &Session) -> Result<u8> {
    session.deliver_spooled().await;
    let client = &session.client;
    let zone = |verb: &'static str| client.call_raw(verb, json!({"limit": wire::PAGE}));
    let (needs_you, active, recent) = tokio::try_join!(
        zone("list_needs_you"),
        zone("list_active"),
        zone("list_recent")
    )?;
    let waiting = needs_you["total_count"].as_u64().unwrap_or(0);
    let code = if args.exit_code && waiting > 0 {
        stop::NEEDS_YOU
    } else {
        0
    };
    let output = &session.output;
    if args.short {
        let running = active["total_count"].as_u64().unwrap_or(0);
        output.data(&format!("{waiting}! {running}▸"))?;
        return Ok(code);
    }
    if output.form == Form::Json {
        print_json(&json!({"needs_you": needs_you, "active": active, "recent": recent}))?;
        return Ok(code);
    }
    let zones = Zones {
        needs_you: serde_json::from_value(needs_you)?,
        active: serde_json::from_value(active)?,
        recent: serde_json::from_value(recent)?,
    };
    if output.form == Form::Plain {
        print_lines(&zones)?;
        return Ok(code);
    }
    let runs = runs_by_id(session, &zones).await?;
    print_zones(&zones, &runs, output, clock::now())?;
    Ok(code)
}

/// The runs behind the rows, for their bars and marks; a row whose run is not among the newest goes without.
async fn runs_by_id(session: &Session, zones: &Zones) -> Result<HashMap<String, Run>> {
    if zones.active.items.is_empty() && zones.recent.items.is_empty() {
        return Ok(HashMap::new());
    }
    let list = |status: &'static str| {
        session
            .client
            .call::<Page<Run>>("list_runs", json!({"limit": wire::PAGE, "status": status}))
    };
    let (running, queued, completed) =
        tokio::try_join!(list("running"), list("queued"), list("completed"))?;
    let all = running
        .items
        .into_iter()
        .chain(queued.items)
        .chain(completed.items);
    Ok(all.map(|run| (run.id.clone(), run)).collect())
}

/// "6 need you · 5 active · 9 finished since yesterday 17:40"
fn answer_line(zones: &Zones, now: Timestamp) -> String {
    let since =
        Timestamp::from_micros(now.micros() - i64::try_from(RECENT.as_micros()).unwrap_or(0));
    let recent = zones
        .recent
        .items
        .iter()
        .filter(|item| item.completed_at >= since)
        .count();
    let more = if recent == zones.recent.items.len() && zones.recent.next_cursor.is_some() {
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

fn print_zones(
    zones: &Zones,
    runs: &HashMap<String, Run>,
    output: &Output,
    now: Timestamp,
) -> Result<()> {
    output.data(&answer_line(zones, now))?;
    if !zones.needs_you.items.is_empty() {
        output.data(&format!("\n{}", output.heading("NEEDS YOU")))?;
        for item in zones.needs_you.items.iter().take(ROWS) {
            let what = match &item.detail {
                Some(detail) => format!("{}: {detail}", item.item_label),
                None => item.item_label.clone(),
            };
            let age = elapsed_words(now.saturating_since(item.created_at));
            print_row(
                output,
                Mark::FollowUp,
                &item.engagement_name,
                &[&what],
                &age,
            )?;
        }
        print_rest(output, zones.needs_you.total_count)?;
    }
    output.data(&format!("\n{}", output.heading("ACTIVE")))?;
    if zones.active.items.is_empty() {
        output.data("   Nothing is running. Put `bellboard run --` in front of any command.")?;
    }
    for item in zones.active.items.iter().take(ROWS) {
        let run = runs.get(&item.item_id);
        let mark = run.map_or(Mark::Running, mark_of_active);
        let bar = run.and_then(|run| counted_bar(run, output));
        let hint = item.progress_hint.as_deref().unwrap_or("Working");
        let progress = bar.map_or_else(|| hint.to_owned(), |bar| format!("{bar}  {hint}"));
        let age = elapsed_words(now.saturating_since(item.started_at));
        print_row(
            output,
            mark,
            &item.engagement_name,
            &[&item.item_label, &progress],
            &age,
        )?;
    }
    print_rest(output, zones.active.total_count)?;
    if !zones.recent.items.is_empty() {
        output.data(&format!("\n{}", output.heading("RECENT")))?;
    }
    for item in zones.recent.items.iter().take(ROWS) {
        let outcome = runs
            .get(&item.artifact_id)
            .and_then(|run| run.outcome.as_deref());
        let end = outcome
            .map(|outcome| crate::runs::outcome_words(outcome).to_owned())
            .unwrap_or_default();
        let mark = outcome.map_or(Mark::Done, mark_of_outcome);
        let at = clock_words(item.completed_at, now);
        print_row(
            output,
            mark,
            &item.engagement_name,
            &[&item.artifact_label, &end],
            &at,
        )?;
    }
    Ok(())
}

/// The mark of a run that has not ended.
fn mark_of_active(run: &Run) -> Mark {
    match (run.progress.stale, run.status.as_str()) {
        (true, _) => Mark::Silent,
        (false, "queued") => Mark::Queued,
        _ => Mark::Running,
    }
}

fn counted_bar(run: &Run, output: &Output) -> Option<String> {
    let (processed, total) = (run.progress.processed?, run.progress.total?);
    (run.progress.mode == "counted").then(|| output.bar(processed, total, bar_cells(output)))
}

/// One row: mark, monogram, columns, age. Names are cut to the width; the last columns, which hold numbers, never.
fn print_row(
    output: &Output,
    mark: Mark,
    engagement: &str,
    columns: &[&str],
    age: &str,
) -> Result<()> {
    let (name, rest) = columns.split_first().expect("a row has a name");
    let rest = rest.join("  ");
    let fixed = 8 + visible(&rest) + visible(age) + 4;
    let name_width = output.columns.saturating_sub(fixed).clamp(12, 44);
    let name = output.cut(
        name,
        if rest.is_empty() {
            output.columns.saturating_sub(fixed).max(12)
        } else {
            name_width
        },
    );
    let line = if rest.is_empty() {
        format!(
            " {} {:<3} {name}  {}",
            output.mark(mark),
            monogram(engagement),
            output.faint(age)
        )
    } else {
        let name = format!("{name:<name_width$}");
        format!(
            " {} {:<3} {name}  {rest}  {}",
            output.mark(mark),
            monogram(engagement),
            output.faint(age)
        )
    };
    Ok(output.data(line.trim_end())?)
}

/// How many characters a text takes on the screen, without its colours.
fn visible(text: &str) -> usize {
    anstream::adapter::strip_str(text)
        .to_string()
        .chars()
        .count()
}

fn print_rest(output: &Output, total: u64) -> Result<()> {
    let hidden = total.saturating_sub(ROWS as u64);
    if hidden > 0 {
        output.data(&output.faint(&format!("   {hidden} more")))?;
    }
    Ok(())
}

/// "Aster Bank" is AB.
fn monogram(name: &str) -> String {
    let letters: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .collect();
    letters.to_uppercase()
}

fn print_lines(zones: &Zones) -> Result<()> {
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
        assert_eq!(monogram("paperboat"), "P");
    }
}
