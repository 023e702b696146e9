//! `bellboard runs list`

use anyhow::Result;
use bellboard_core::time::{Timestamp, elapsed_words};
use clap::Args;
use serde_json::{Value, json};

use crate::clock;
use crate::output::{Form, Output, print_json, print_plain};
use crate::runs::{mark_of, short_id, state_words};
use crate::session::Session;
use crate::when;
use crate::wire::{Page, Run};

/// The arguments of `bellboard runs list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// queued, running or completed
    #[arg(long)]
    status: Option<String>,
    /// succeeded, partially_succeeded, blocked, failed or cancelled
    #[arg(long)]
    outcome: Option<String>,
    /// Only of this type
    #[arg(long = "type", value_name = "TYPE")]
    run_type: Option<String>,
    /// Only those that are fresh, stale, waiting, lost or finished now
    #[arg(long)]
    liveness: Option<String>,
    /// Only those that somebody should look at: silent, or ended in a way that nobody has acknowledged
    #[arg(long)]
    problem: bool,
    /// How many, 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

/// Lists runs, the newest first.
pub async fn run(args: ListArgs, session: &Session) -> Result<u8> {
    let engagement = match &args.engagement {
        Some(named) => json!(session.engagement(Some(named)).await?.engagement_id),
        None => Value::Null,
    };
    let input = json!({
        "engagement": engagement,
        "status": args.status,
        "outcome": args.outcome,
        "type": args.run_type,
        "liveness": args.liveness,
        "problem": args.problem,
        "limit": args.limit,
        "cursor": args.cursor,
    });
    let page = session.client.call_raw("list_runs", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&page)?;
        return Ok(0);
    }
    let page: Page<Run> = serde_json::from_value(page)?;
    if output.form == Form::Plain {
        for run in &page.items {
            let outcome = run.outcome.as_deref().unwrap_or("");
            print_plain(&[
                &run.id,
                &run.status,
                outcome,
                &run.kind,
                &run.engagement_name,
                &run.label,
                &state_words(run),
                &run.created_at.to_string(),
            ])?;
        }
        return Ok(0);
    }
    print_table(&page, output, clock::now())?;
    Ok(0)
}

fn print_table(page: &Page<Run>, output: &Output, now: Timestamp) -> Result<()> {
    if page.items.is_empty() {
        output.data(
            "No runs match. Put `bellboard run --` in front of any command to see one here.",
        )?;
    }
    // mark, id, spaces and the time take 31 columns; the label and the state share the rest.
    let room = output.columns.saturating_sub(31).max(24);
    let (label_width, state_width) = (room * 2 / 5, room - room * 2 / 5);
    for run in &page.items {
        let label = output.cut(&run.label, label_width);
        let state = state_words(run);
        // Numbers are never cut off; only the words of a failure are.
        let state = if run.outcome.is_some() {
            output.cut(&state, state_width)
        } else {
            state
        };
        let line = format!(
            "{} {}  {label:<label_width$}  {state:<state_width$}  {}",
            output.mark(mark_of(run)),
            output.faint(short_id(&run.id)),
            output.faint(&time_words(run, now)),
        );
        output.data(line.trim_end())?;
    }
    if let Some(cursor) = &page.next_cursor {
        output.say(
            crate::output::Mark::Note,
            &format!("{} in all. The next: --cursor {cursor}", page.total_count),
        );
    }
    Ok(())
}

/// When it ended, or for how long it has been at it.
fn time_words(run: &Run, now: Timestamp) -> String {
    match run.completed_at {
        Some(ended) => when::clock_words(ended, now),
        None => elapsed_words(now.saturating_since(run.started_at.unwrap_or(run.created_at))),
    }
}
