//! `bellboard cleanup-stale`: cancels the open tasks of closed workstreams, and takes that back.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::session::Session;

/// The arguments of `bellboard cleanup-stale`.
#[derive(Debug, Args)]
pub struct CleanupArgs {
    #[command(subcommand)]
    command: Option<CleanupCommand>,
    /// Only list what would be cancelled
    #[arg(long)]
    dry_run: bool,
    /// The engagement: its slug, name or id; the configured one, or your only one, when absent
    #[arg(
        long = "in",
        alias = "engagement",
        value_name = "ENGAGEMENT",
        global = true
    )]
    engagement: Option<String>,
}

#[derive(Debug, Subcommand)]
enum CleanupCommand {
    /// Restore what the last clean-up cancelled
    Undo,
}

/// Does it.
pub async fn run(args: CleanupArgs, session: &Session) -> Result<u8> {
    let output = &session.output;
    let engagement = session.engagement_meant(args.engagement.as_deref()).await?;
    if let Some(CleanupCommand::Undo) = args.command {
        let input = json!({"engagement": engagement});
        let undone = session.client.call_raw("undo_cleanup", input).await?;
        return told_undone(&undone, output);
    }
    let input = json!({"engagement": engagement, "dry_run": args.dry_run});
    let done = session.client.call_raw("cleanup_stale", input).await?;
    told(&done, output)
}

fn told(done: &Value, output: &Output) -> Result<u8> {
    if output.form == Form::Json {
        print_json(done)?;
        return Ok(0);
    }
    let tasks = done["tasks"].as_array().map_or(&[][..], Vec::as_slice);
    for task in tasks {
        let text = |field: &str| task[field].as_str().unwrap_or_default();
        let key = task["external_id"].as_str().unwrap_or(text("task_id"));
        if output.form == Form::Plain {
            print_plain(&[key, text("was"), text("workstream"), text("title")])?;
        } else {
            let reason = output.faint(text("blocking_reason"));
            output.data(&format!("{key:<20}  {}  {reason}", text("title")))?;
        }
    }
    let total = done["total_count"].as_u64().unwrap_or(0);
    let words = match (total, done["dry_run"].as_bool()) {
        (0, _) => "No open task belongs to a closed workstream.".to_owned(),
        (_, Some(true)) => format!("{total} tasks would be cancelled. Nothing was changed."),
        _ => format!("Cancelled {total} tasks. Take it back with: bellboard cleanup-stale undo"),
    };
    let mark = if done["cleanup_id"].is_null() {
        Mark::Note
    } else {
        Mark::Done
    };
    output.say(mark, &words);
    Ok(0)
}

fn told_undone(undone: &Value, output: &Output) -> Result<u8> {
    let count = |field: &str| undone[field].as_u64().unwrap_or(0);
    let (restored, kept) = (count("restored"), count("kept"));
    match output.form {
        Form::Json => print_json(undone)?,
        Form::Plain => print_plain(&[&restored.to_string(), &kept.to_string()])?,
        Form::Human if kept == 0 => output.say(Mark::Done, &format!("Restored {restored} tasks.")),
        Form::Human => output.say(
            Mark::Done,
            &format!("Restored {restored} tasks; {kept} were changed since and stay as they are."),
        ),
    }
    Ok(0)
}
