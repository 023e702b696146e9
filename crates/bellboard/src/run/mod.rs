//! `bellboard run -- COMMAND`: runs the command exactly as if we were not there, and tells the hub the truth about it.
//!
//! The command never waits for the hub and never suffers from it: its terminal, its exit code and its signals are its
//! own. What the hub cannot take at once is spooled and delivered later.

mod admission;
mod child;
mod end;
mod found;
pub mod plan;
pub mod reporter;
pub mod signals;
mod tail;

use std::ffi::OsString;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use regex_lite::Regex;
use rustix::process::Signal;
use tokio::sync::mpsc;

use self::admission::Admission;
use self::child::{Child, SpawnFault};
use self::end::End;
use self::plan::Plan;
use self::reporter::{Reported, Reporter};
use self::signals::{Caught, Leave, Signals};
use crate::clock;
use crate::output::{Mark, Output};
use crate::session::Session;

/// How much longer the last report may take when somebody presses Ctrl-C again.
const LAST_MOMENT: Duration = Duration::from_secs(1);
/// How far our copy of a signal may be behind the command's.
const SIGNAL_LAG: Duration = Duration::from_millis(50);

/// What to do when a run with the same key is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IfRunning {
    /// Start nothing and end with 75.
    Fail,
    /// Start nothing and end with 0.
    Skip,
    /// Wait for it to end, then start.
    Wait,
}

/// The arguments of `bellboard run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The engagement that the run belongs to: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// What kind of work it is, dotted: `baseline.capture`
    #[arg(long = "type", value_name = "TYPE", default_value = "command")]
    run_type: String,
    /// What people read; otherwise the command itself
    #[arg(long)]
    label: Option<String>,
    /// What must not run twice at the same time
    #[arg(long)]
    key: Option<String>,
    /// When a run with the same key is active: fail (exit code 75), skip (0) or wait for its end
    #[arg(
        long,
        value_enum,
        default_value = "fail",
        requires = "key",
        hide_possible_values = true
    )]
    if_running: IfRunning,
    /// How often to give a sign of life
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    heartbeat_seconds: u64,
    /// Find counts such as 214/512 in what the command prints, and report them; it then writes into a pipe, also where its
    /// output is a terminal
    #[arg(long)]
    progress: bool,
    /// The same by an expression with a group for what is done (`done`, or the first) and perhaps one for the `total`
    #[arg(long, value_name = "REGEX", value_parser = found::parse_pattern, conflicts_with = "progress")]
    progress_regex: Option<Regex>,
    /// What is counted: `policies`
    #[arg(long)]
    unit: Option<String>,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the command and answers its exit code.
pub async fn run(args: RunArgs, session: &Session) -> Result<u8> {
    let plan = Plan::new(args, session);
    let registered = match admission::ask(&plan, session).await? {
        Admission::Start { registered } => registered,
        Admission::Refused(code) => return Ok(code),
    };
    let mut signals = Signals::install()?;
    let reporter = Reporter::new(plan, session.clone(), registered);
    carry_out(reporter, &mut signals, &mut Leave::AtOnce).await
}

/// Runs the command of a plan from its start to its last report; its exit code.
pub async fn carry_out(
    mut reporter: Reporter,
    signals: &mut Signals,
    leave: &mut Leave,
) -> Result<u8> {
    let output = reporter.output().clone();
    let begun = clock::steady();
    let end = match Child::spawn(reporter.plan()) {
        Ok(child) => attend(child, signals, &mut reporter, leave).await?,
        Err(fault) => {
            output.error(&fault.to_string());
            End::of_failed_spawn(&fault)
        }
    };
    let lasted = begun.elapsed();
    let heard = tell(&mut reporter, &end, signals).await;
    say_end(&output, &end, lasted, &heard);
    Ok(end.code)
}

/// Tells the end. Whoever asks again to stop meanwhile waits a moment longer at most: the report is in the spool.
async fn tell(reporter: &mut Reporter, end: &End, signals: &mut Signals) -> Reported {
    let telling = reporter.finish(end);
    tokio::pin!(telling);
    tokio::select! {
        heard = &mut telling => heard,
        _ = signals.next() => tokio::time::timeout(LAST_MOMENT, telling).await.unwrap_or(Reported::Later),
    }
}

/// Waits for the command while the reporter works beside it.
async fn attend(
    mut child: Child,
    signals: &mut Signals,
    reporter: &mut Reporter,
    leave: &mut Leave,
) -> Result<End> {
    let output = reporter.output().clone();
    let mut stopped_at = None;
    let status = {
        let (ask, mut asked) = mpsc::channel(1);
        let watching = reporter.watch(ask);
        tokio::pin!(watching);
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => {
                    if leave.takes(signal) {
                        output.say(Mark::Note, "Ends after this run. Once more ends the run.");
                        continue;
                    }
                    if signal.asks_to_stop() {
                        stopped_at = Some(clock::steady());
                    }
                    if child.leads_group() || !signals::came_from_terminal(signal) {
                        child.send(signal);
                    }
                }
                status = child.wait() => break status?,
                Some(why) = asked.recv(), if stopped_at.is_none() => {
                    output.say(Mark::Note, &format!("{why}: SIGTERM."));
                    stopped_at = Some(clock::steady());
                    child.send(Caught(Signal::TERM));
                }
                () = &mut watching => {}
            }
        }
    };
    if stopped_at.is_none() && end::looks_stopped(status) {
        // The terminal sent its signal to the command and to us at once; ours may be a moment behind.
        let late = tokio::time::timeout(SIGNAL_LAG, signals.next()).await;
        stopped_at = late.is_ok_and(Caught::asks_to_stop).then(clock::steady);
    }
    let tail = child.tail().await;
    let stop = stopped_at.map(|at| end::Stopping {
        before: at.elapsed(),
    });
    Ok(End::of_child(status, stop, tail))
}

fn say_end(output: &Output, end: &End, lasted: Duration, reported: &Reported) {
    let took = crate::when::lasted(lasted);
    let known = match reported {
        Reported::Now(Some(counted)) => format!(": {counted}"),
        Reported::Now(None) => String::new(),
        Reported::Later => ". The hub will hear of it later".to_owned(),
        Reported::Never => ". The hub did not take it".to_owned(),
    };
    let line = match end.outcome {
        "succeeded" => format!("Finished in {took}{known}"),
        "cancelled" => format!("Cancelled after {took}, {}{known}", end.reason()),
        _ => format!("Failed after {took}, {}{known}", end.reason()),
    };
    let mark = match end.outcome {
        "succeeded" => Mark::Done,
        "cancelled" => Mark::Cancelled,
        _ => Mark::Failed,
    };
    output.say(mark, &line);
}

impl std::fmt::Display for SpawnFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cannot be started: {}", self.program, self.cause)
    }
}
