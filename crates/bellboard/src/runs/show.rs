//! `bellboard runs show`

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock;
use crate::output::{Form, Output, print_json};
use crate::runs::{bar_cells, mark_of, state_words};
use crate::session::Session;
use crate::when;
use crate::wire::{Page, Run};

/// How many events are shown.
const EVENTS: u32 = 20;

/// The arguments of `bellboard runs show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run's id, or its beginning or end; otherwise the run around this command
    run: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Event {
    at: Timestamp,
    summary: String,
    #[serde(default)]
    actor_name: String,
    #[serde(default)]
    diagnostics: Value,
}

/// What was said where everybody reads other words; for those who may report.
#[derive(Debug, Deserialize)]
struct Diagnostics {
    raw_words: Vec<RawWords>,
}

#[derive(Debug, Deserialize)]
struct RawWords {
    field: String,
    words: String,
}

/// Shows one run.
pub async fn run(args: ShowArgs, session: &Session) -> Result<u8> {
    let run_id = session.run_id(args.run.as_deref()).await?;
    let view = session
        .client
        .call_raw("get_run", json!({"run_id": run_id}))
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let run: Run = serde_json::from_value(view)?;
    let events: Page<Event> = session
        .client
        .call(
            "list_run_events",
            json!({"run_id": run_id, "limit": EVENTS}),
        )
        .await?;
    let now = clock::now();
    let exit_seen = events
        .items
        .iter()
        .any(|event| event.diagnostics["exit_code"].is_i64());
    print_facts(&run, exit_seen, session, now)?;
    output.data(&format!("\n{}", output.heading("WHAT HAPPENED")))?;
    for event in &events.items {
        let actor = if event.actor_name.is_empty() {
            String::new()
        } else {
            format!(" · {}", event.actor_name)
        };
        output.data(&format!(
            "  {:<16}  {}{}",
            when::clock_words(event.at, now),
            event.summary,
            output.faint(&actor)
        ))?;
    }
    // Readers are refused these, and then there is nothing to show.
    let said: Result<Diagnostics, _> = session
        .client
        .call("get_run_diagnostics", json!({"run_id": run_id}))
        .await;
    if let Ok(said) = said {
        print_raw_words(&said.raw_words, output)?;
    }
    let tail = events
        .items
        .iter()
        .find_map(|event| event.diagnostics["tail"].as_str());
    print_tail(tail.unwrap_or_default(), output)?;
    Ok(0)
}

fn print_facts(run: &Run, exit_seen: bool, session: &Session, now: Timestamp) -> Result<()> {
    let output = &session.output;
    output.data(&format!(
        "{} {}",
        output.mark(mark_of(run)),
        output.heading(&run.label)
    ))?;
    output.data(&format!("  {}", state_words(run)))?;
    if let Some(bar) = bar(run, output) {
        output.data(&format!("  {bar}"))?;
    }
    for words in [&run.progress.detail, &run.progress.guidance]
        .into_iter()
        .flatten()
    {
        output.data(&format!("  {words}"))?;
    }
    let grade = run
        .grade
        .as_deref()
        .map(|grade| grade_words(grade, exit_seen))
        .unwrap_or_default();
    let who = if run.initiator_name.is_empty() {
        "System"
    } else {
        &run.initiator_name
    };
    let facts = [
        ("Engagement", run.engagement_name.clone()),
        ("Type", run.kind.clone()),
        (
            "Asked by",
            format!("{who}, {}", when::clock_words(run.created_at, now)),
        ),
        ("Took", took(run)),
        ("Known", grade.to_owned()),
        (
            "Looked at by",
            run.acknowledged_by.clone().unwrap_or_default(),
        ),
        (
            "Command",
            run.context["command"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        ),
        ("Run", run.id.clone()),
        ("Page", session.page_of_run(&run.id)),
    ];
    output.data("")?;
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        output.data(&format!("  {name:<14}{fact}"))?;
    }
    for failure in &run.failures {
        output.data(&format!(
            "  {:<14}{} ({})",
            "Failure", failure.message, failure.code
        ))?;
    }
    Ok(())
}

/// The last lines that the command printed, where they were seen.
fn print_tail(tail: &str, output: &Output) -> Result<()> {
    if tail.is_empty() {
        return Ok(());
    }
    output.data(&format!("\n{}", output.heading("LAST LINES")))?;
    for line in tail.lines() {
        output.data(&format!("  {line}"))?;
    }
    Ok(())
}

fn print_raw_words(said: &[RawWords], output: &Output) -> Result<()> {
    if said.is_empty() {
        return Ok(());
    }
    output.data(&format!("\n{}", output.heading("AS IT WAS TOLD")))?;
    for raw in said {
        output.data(&format!("  {:<14}{}", raw.field, raw.words))?;
    }
    Ok(())
}

fn bar(run: &Run, output: &Output) -> Option<String> {
    let (processed, total) = (run.progress.processed?, run.progress.total?);
    (run.progress.mode == "counted").then(|| output.bar(processed, total, 2 * bar_cells(output)))
}

fn took(run: &Run) -> String {
    match (run.started_at, run.completed_at) {
        (Some(started), Some(ended)) => when::lasted(ended.saturating_since(started)),
        _ => String::new(),
    }
}

fn grade_words(grade: &str, exit_seen: bool) -> &str {
    match grade {
        "claimed" => "the worker said so",
        "observed" if exit_seen => "the exit code was seen",
        // The hub saw it itself: a worker fell silent, or nobody had taken the work yet.
        "observed" => "it was seen, not only said",
        "verified" => "another party checked it",
        other => other,
    }
}
