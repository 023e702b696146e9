//! `bellboard accept`, `reject`, `done`, `snooze` and `undo`: what waits for you, settled from the terminal under the id
//! that `bellboard status` shows.

mod answer;
mod decide;
mod find;
mod snooze;
mod undo;

use anyhow::Result;
use bellboard_core::artifact::Kind;
use clap::Args;
use serde_json::{Value, json};

use crate::client::{CallFault, Problem};
use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::runs::short_id;
use crate::session::Session;
use crate::stop::Stop;

pub use decide::{AcceptArgs, DoneArgs, RejectArgs, accept, done, reject};
pub use snooze::{SnoozeArgs, snooze};
pub use undo::undo;

/// Which item.
#[derive(Debug, Args)]
pub struct ItemArgs {
    /// The item's id as `bellboard status` shows it, or another beginning or end of its whole id
    item: String,
}

/// Why, and for how long it can be taken back.
#[derive(Debug, Args)]
pub struct WordsArgs {
    /// Why; some decisions need it
    #[arg(long, short = 'm', alias = "message", value_name = "TEXT")]
    note: Option<String>,
    /// For how long it can be undone before anybody is told, 0 to 60 [default: as in your settings]
    #[arg(long, value_name = "SECONDS")]
    undo: Option<u32>,
}

/// What a need is about, which decides what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Something made, with a decision to make.
    Artifact,
    /// A question with an answer to give.
    Ask,
    /// A run that ended unwell, to be dealt with.
    Ended,
    /// A run that fell silent.
    Silent,
    /// A planned task that needs a human.
    Task,
    /// Something that a newer hub knows.
    Other,
}

impl What {
    /// By the kind of an item of needs-you.
    pub fn of(item_kind: &str) -> Self {
        let is_artifact = |kind: &Kind| kind.needs_you_kind() == Some(item_kind);
        match item_kind {
            "ask" => Self::Ask,
            "run_follow_up" | "external_failure" => Self::Ended,
            "run_stale" => Self::Silent,
            "task_needs_human" => Self::Task,
            _ if Kind::ALL.iter().any(is_artifact) => Self::Artifact,
            _ => Self::Other,
        }
    }

    /// Its shape in a list.
    pub const fn mark(self) -> Mark {
        match self {
            Self::Artifact => Mark::Decide,
            Self::Ask => Mark::Ask,
            Self::Silent => Mark::Silent,
            Self::Ended | Self::Task | Self::Other => Mark::FollowUp,
        }
    }
}

/// For how long a decision can be undone: as it was said, else as the person prefers.
async fn undo_seconds(words: &WordsArgs, session: &Session) -> Result<u32> {
    if let Some(seconds) = words.undo {
        return Ok(seconds);
    }
    let settings = session.client.call_raw("get_settings", json!({})).await?;
    Ok(settings["undo_seconds"]
        .as_u64()
        .and_then(|seconds| seconds.try_into().ok())
        .unwrap_or(0))
}

/// A refusal that asks for something asks for it by the name of its flag.
fn with_flag(fault: CallFault, item: &str) -> anyhow::Error {
    match fault {
        CallFault::Refused(problem) if problem.field.as_deref() == Some("note") => {
            needs_note(problem.detail.trim_end_matches('.'), item)
        }
        CallFault::Refused(problem) if problem.code == "version_changed" => {
            let field = "`expected_version`: ";
            let detail = problem.detail.replace(field, "--expect-version ");
            CallFault::Refused(Problem { detail, ..problem }).into()
        }
        fault => fault.into(),
    }
}

fn needs_note(why: &str, item: &str) -> anyhow::Error {
    let item = short_id(item);
    Stop::usage(format!("{why}. Say it with --note TEXT ({item}).")).into()
}

/// Says what was done; with undo time, how it is taken back.
fn receipt(
    words: &str,
    item: &str,
    undo_seconds: u32,
    view: &Value,
    output: &Output,
) -> Result<u8> {
    match output.form {
        Form::Json => print_json(view)?,
        Form::Plain => print_plain(&[item, words])?,
        Form::Human if undo_seconds == 0 => output.say(Mark::Done, words),
        Form::Human => output.say(
            Mark::Done,
            &format!(
                "{words} · in effect in {undo_seconds} s; until then: bellboard undo {}",
                short_id(item)
            ),
        ),
    }
    Ok(0)
}
