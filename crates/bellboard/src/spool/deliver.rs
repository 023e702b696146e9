//! The replay: line by line, in order, until the file is empty or the hub is away again.

use std::time::Duration;

use serde_json::json;

use super::file::{Line, RunSpool};
use crate::client::{CallFault, Client, Problem};
use crate::config::Config;
use crate::session::{EngagementFault, resolve_engagement};
use crate::wire::{Finished, Run, Started};

/// How long a command may be held up by what earlier ones left behind.
const CATCH_UP_SECONDS: u64 = 5;

/// What became of the reports of one run.
#[derive(Debug)]
pub enum Fate {
    /// The hub has them all; the run as it answered last, if anything was sent.
    Delivered(Option<Box<Run>>),
    /// Another hub's, or the hub is away: they wait.
    Waiting(Option<CallFault>),
    /// The hub refuses the run for good; the reason.
    Refused(String),
}

/// What became of every spool on this machine.
#[derive(Debug, Default)]
pub struct Delivery {
    delivered: usize,
    refused: Vec<String>,
}

impl Delivery {
    /// What a person should know of it.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = self.refused.clone();
        match self.delivered {
            0 => {}
            1 => remarks
                .push("Delivered the reports of 1 run that had waited for the hub.".to_owned()),
            count => remarks.push(format!(
                "Delivered the reports of {count} runs that had waited for the hub."
            )),
        }
        remarks
    }
}

/// Delivers every spool that is for this hub. Stops at the first that has to wait.
pub async fn deliver_all(client: &Client, config: &Config) -> Delivery {
    let mut delivery = Delivery::default();
    let all = async {
        for spool in RunSpool::all() {
            match deliver_one(client, config, &spool).await {
                Fate::Delivered(_) => delivery.delivered += 1,
                Fate::Refused(reason) => delivery.refused.push(refuse(&spool, &reason)),
                Fate::Waiting(None) => {}
                Fate::Waiting(Some(_)) => break,
            }
        }
    };
    // What is not through by then waits for the next command; a replay can be cut off anywhere.
    drop(tokio::time::timeout(Duration::from_secs(CATCH_UP_SECONDS), all).await);
    delivery
}

/// Puts a refused spool aside and says so.
fn refuse(spool: &RunSpool, reason: &str) -> String {
    match spool.put_aside() {
        Ok(kept) => format!(
            "The hub refuses the reports of a run: {reason} They are kept in {}.",
            kept.display()
        ),
        Err(error) => format!("The hub refuses the reports of a run: {reason} ({error})"),
    }
}

/// Delivers one spool and removes it.
pub async fn deliver_one(client: &Client, config: &Config, spool: &RunSpool) -> Fate {
    let waiting = |error: std::io::Error| {
        Fate::Waiting(Some(CallFault::Refused(Problem {
            detail: error.to_string(),
            ..Problem::default()
        })))
    };
    let mut reader = match spool.reader() {
        Ok(Some(reader)) => reader,
        Ok(None) => return Fate::Delivered(None),
        Err(error) => return waiting(error),
    };
    let mut latest = None;
    loop {
        let lines = match reader.read_more() {
            Ok(lines) => lines,
            Err(error) => return waiting(error),
        };
        match deliver_lines(client, config, &lines).await {
            Fate::Delivered(run) => latest = run.or(latest),
            other => return other,
        }
        match spool.remove_if_read(&reader) {
            Ok(true) => return Fate::Delivered(latest),
            Ok(false) => {}
            Err(error) => return waiting(error),
        }
    }
}

/// Delivers these lines, in order.
pub async fn deliver_lines(client: &Client, config: &Config, lines: &[Line]) -> Fate {
    let mut latest = None;
    for line in lines {
        if line.hub != client.url() {
            return Fate::Waiting(None);
        }
        match deliver_line(client, config, line).await {
            Ok(run) => latest = run.map(Box::new).or(latest),
            Err(LineFault::Later(fault)) => return Fate::Waiting(Some(fault)),
            Err(LineFault::Never(reason)) => return Fate::Refused(reason),
        }
    }
    Fate::Delivered(latest)
}

enum LineFault {
    Later(CallFault),
    Never(String),
}

async fn deliver_line(
    client: &Client,
    config: &Config,
    line: &Line,
) -> Result<Option<Run>, LineFault> {
    let answer = match line.verb.as_str() {
        "start_run" => return deliver_start(client, config, line).await.map(Some),
        "finish_run" => client
            .call(&line.verb, line.input.clone())
            .await
            .map(|finished: Finished| Some(finished.run)),
        "report_run" => client
            .call_raw(&line.verb, line.input.clone())
            .await
            .map(|_| None),
        other => return Err(LineFault::Never(format!("`{other}` is no report."))),
    };
    match answer {
        Ok(run) => Ok(run),
        // The run has ended meanwhile, by this very replay or by another hand: what stands, stands.
        Err(CallFault::Refused(problem)) if problem.status == 409 => Ok(None),
        // A single report that cannot be read is worth less than the end of the run behind it.
        Err(CallFault::Refused(problem)) if problem.status == 422 && line.verb == "report_run" => {
            Ok(None)
        }
        Err(fault) => Err(for_good_or_later(fault)),
    }
}

async fn deliver_start(client: &Client, config: &Config, line: &Line) -> Result<Run, LineFault> {
    let mut input = line.input.clone();
    let named = line.engagement.as_deref().or(config.engagement.as_deref());
    let engagement = resolve_engagement(client, named)
        .await
        .map_err(|fault| match fault {
            EngagementFault::Call(fault) => for_good_or_later(fault),
            EngagementFault::Unclear(message) => LineFault::Never(message),
        })?;
    input["engagement_id"] = json!(engagement.engagement_id);
    let started: Started = client
        .call("start_run", input.clone())
        .await
        .map_err(for_good_or_later)?;
    if input["id"] == json!(started.run.id) {
        return Ok(started.run);
    }
    // Another run with this key was active. This one ran all the same, while nobody could be asked, so it is told.
    input["identity_mode"] = json!("nonce");
    let started: Started = client
        .call("start_run", input)
        .await
        .map_err(for_good_or_later)?;
    Ok(started.run)
}

fn for_good_or_later(fault: CallFault) -> LineFault {
    match fault {
        CallFault::Refused(problem) if (400..500).contains(&problem.status) => {
            LineFault::Never(problem.to_string())
        }
        other => LineFault::Later(other),
    }
}
