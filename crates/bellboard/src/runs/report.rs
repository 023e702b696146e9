//! `bellboard runs report` and `bellboard runs finish`: for scripts that do not wrap their work.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::output::{Form, Mark, print_json};
use crate::progress::ProgressArgs;
use crate::runs::{outcome_words, short_id};
use crate::session::{Session, fence_of};
use crate::wire::{Finished, Run};

/// The arguments of `bellboard runs report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The run's id, or its beginning or end; otherwise the run around this command
    #[arg(long)]
    run: Option<String>,
    #[command(flatten)]
    progress: ProgressArgs,
}

/// The arguments of `bellboard runs finish`.
#[derive(Debug, Args)]
pub struct FinishArgs {
    /// The run's id, or its beginning or end; otherwise the run around this command
    #[arg(long)]
    run: Option<String>,
    /// succeeded, partially_succeeded, blocked, failed or cancelled
    #[arg(long)]
    outcome: String,
    /// Why, or what came out
    #[arg(long, short)]
    message: Option<String>,
}

/// Which run, and a word about it.
#[derive(Debug, Args)]
pub struct SettleArgs {
    /// The run's id, or its beginning or end
    run: String,
    /// A word for the others
    #[arg(long, short)]
    message: Option<String>,
}

/// Reports.
pub async fn report(args: ReportArgs, session: &Session) -> Result<u8> {
    let mut input = args.progress.report()?;
    let run_id = session.run_id(args.run.as_deref()).await?;
    input["fence"] = json!(fence_of(&run_id));
    input["run_id"] = json!(run_id);
    let view = session.client.call_raw("report_run", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let run: Run = serde_json::from_value(view["run"].clone())?;
    output.say(
        Mark::Note,
        &format!("{}: {}", run.label, run.progress.label),
    );
    Ok(0)
}

/// Ends a run.
pub async fn finish(args: FinishArgs, session: &Session) -> Result<u8> {
    let run_id = session.run_id(args.run.as_deref()).await?;
    let mut input = json!({
        "fence": fence_of(&run_id),
        "run_id": run_id,
        "outcome": args.outcome,
        "message": args.message,
    });
    if args.outcome == "failed" {
        let message = args.message.as_deref().unwrap_or("Failed");
        input["failures"] = json!([{"code": "reported", "message": message, "count": 1}]);
    }
    let view = session.client.call_raw("finish_run", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let finished: Finished = serde_json::from_value(view)?;
    let outcome = outcome_words(finished.run.outcome.as_deref().unwrap_or("succeeded"));
    let line = format!(
        "{} {}: {outcome}",
        short_id(&finished.run.id),
        finished.run.label
    );
    if finished.late {
        output.warn(&format!(
            "{line}. The hub had given it up; your report is kept beside that."
        ));
    } else {
        output.say(Mark::Done, &line);
    }
    Ok(0)
}

/// Asks that a run ends.
pub async fn cancel(args: SettleArgs, session: &Session) -> Result<u8> {
    settle("cancel_run", args, session, "Asked to end").await
}

/// Says that somebody has dealt with a run's end.
pub async fn acknowledge(args: SettleArgs, session: &Session) -> Result<u8> {
    settle("acknowledge_run", args, session, "Dealt with").await
}

async fn settle(verb: &str, args: SettleArgs, session: &Session, words: &str) -> Result<u8> {
    let run_id = session.run_id(Some(&args.run)).await?;
    let view = session
        .client
        .call_raw(verb, json!({"run_id": run_id, "note": args.message}))
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let run: Run = serde_json::from_value(view)?;
    output.say(Mark::Done, &format!("{words}: {}", run.label));
    Ok(0)
}
