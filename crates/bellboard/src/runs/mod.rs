//! `bellboard runs`: look at runs, and report on one from a script.

mod list;
mod report;
mod show;
mod taskbar;
mod watch;

use anyhow::Result;
use clap::Subcommand;

use crate::output::{Mark, Output};
use crate::session::Session;
use crate::wire::Run;

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// The newest runs, with filters
    List(list::ListArgs),
    /// One run with everything that is known of it
    Show(show::ShowArgs),
    /// Follow one run to its end; ends with 0 only when the run succeeded
    Watch(watch::WatchArgs),
    /// Report a run's progress, or only a sign of life
    Report(report::ReportArgs),
    /// Ask that a run ends; whoever does the work hears of it with its next report
    Cancel(report::SettleArgs),
    /// Say that you have dealt with a run that did not end well
    Done(report::SettleArgs),
    /// End a run with its outcome
    Finish(report::FinishArgs),
}

/// Does it.
pub async fn run(command: RunsCommand, session: &Session) -> Result<u8> {
    session.deliver_spooled().await;
    match command {
        RunsCommand::List(args) => list::run(args, session).await,
        RunsCommand::Show(args) => show::run(args, session).await,
        RunsCommand::Watch(args) => watch::run(args, session).await,
        RunsCommand::Report(args) => report::report(args, session).await,
        RunsCommand::Cancel(args) => report::cancel(args, session).await,
        RunsCommand::Done(args) => report::acknowledge(args, session).await,
        RunsCommand::Finish(args) => report::finish(args, session).await,
    }
}

/// The end of an id, which people read and type: the eight digits by which runs of the same moment differ.
pub fn short_id(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id)
}

/// An outcome in the words of the pages.
pub fn outcome_words(outcome: &str) -> &str {
    match outcome {
        "succeeded" => "Finished",
        "partially_succeeded" => "Finished with follow-up",
        "blocked" => "Blocked",
        "failed" => "Failed",
        "cancelled" => "Cancelled",
        other => other,
    }
}

/// The shape of an outcome.
pub fn mark_of_outcome(outcome: &str) -> Mark {
    match outcome {
        "succeeded" => Mark::Done,
        "partially_succeeded" | "blocked" => Mark::FollowUp,
        "cancelled" => Mark::Cancelled,
        _ => Mark::Failed,
    }
}

/// The shape of a run's state.
pub fn mark_of(run: &Run) -> Mark {
    match (&run.outcome, run.progress.stale, run.status.as_str()) {
        (Some(outcome), _, _) => mark_of_outcome(outcome),
        (None, true, _) => Mark::Silent,
        (None, false, _) if run.waits_for_a_person() => Mark::Queued,
        (None, false, "queued") => Mark::Queued,
        (None, false, _) => Mark::Running,
    }
}

/// What a run is doing, or how it ended, in the presenter's words, and what broke.
pub fn state_words(run: &Run) -> String {
    let label = &run.progress.label;
    match (run.outcome.as_deref(), run.failures.first()) {
        (Some(outcome), Some(failure)) if outcome != "cancelled" => {
            format!("{label}: {}", failure.message)
        }
        _ => label.clone(),
    }
}

/// How wide a bar may be here.
pub fn bar_cells(output: &Output) -> usize {
    if output.columns < 80 { 8 } else { 16 }
}
