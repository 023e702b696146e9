//! `bellboard summary` and `bellboard next-steps`: the planned work at a glance.

mod print;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock;
use crate::output::{Form, Mark, print_json};
use crate::session::Session;

/// The arguments of both.
#[derive(Debug, Args)]
pub struct StateArgs {
    /// Only of this domain, by its slug: short enough to be read whole by an agent
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

/// What is read of a summary.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Summary {
    totals: Totals,
    domains: Vec<Domain>,
    open_decisions: Vec<Decision>,
    blocked_tasks: Vec<Blocked>,
    open_workstreams: Vec<Workstream>,
    recent_events: Vec<Event>,
    next_steps: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Totals {
    domains: u64,
    repos: u64,
    open_workstreams: u64,
    todo_tasks: u64,
    in_progress_tasks: u64,
    blocked_tasks: u64,
    open_decisions: u64,
}

#[derive(Debug, Deserialize)]
struct Domain {
    slug: String,
    name: String,
    repo_count: u64,
    active_workstream_count: u64,
    ep_count: u64,
    td_count: u64,
}

#[derive(Debug, Deserialize)]
struct Decision {
    ask_id: String,
    title: String,
    workstream: Option<String>,
    deadline: Option<Timestamp>,
    escalated: bool,
}

#[derive(Debug, Deserialize)]
struct Blocked {
    id: String,
    external_id: Option<String>,
    title: String,
    workstream: String,
    blocking_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Workstream {
    slug: String,
    title: String,
    domain: String,
    status: String,
    done: u64,
    open: u64,
    depends_on: Vec<String>,
    blocks: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Event {
    summary: String,
    author: String,
    at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Step {
    reason: String,
    workstream: String,
    task_id: String,
    task: String,
}

/// `bellboard summary`.
pub async fn summary(args: StateArgs, session: &Session) -> Result<u8> {
    let view = ask(args, session, "get_summary").await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let summary: Summary = serde_json::from_value(view)?;
    if output.form == Form::Plain {
        print::lines(&summary)?;
    } else {
        print::summary(&summary, output, clock::now())?;
    }
    Ok(0)
}

/// `bellboard next-steps`.
pub async fn next_steps(args: StateArgs, session: &Session) -> Result<u8> {
    let view = ask(args, session, "list_next_steps").await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let steps: Vec<Step> = serde_json::from_value(view["items"].clone())?;
    if output.form == Form::Plain {
        print::step_lines(&steps)?;
    } else {
        print::steps(&steps, output)?;
    }
    if steps.is_empty() {
        output.say(
            Mark::Note,
            "Nothing follows from a decision or a dependency. `bellboard summary` shows what is open.",
        );
    }
    Ok(0)
}

async fn ask(args: StateArgs, session: &Session, verb: &str) -> Result<Value> {
    let input = json!({
        "domain": args.domain,
        "engagement": session.engagement_filter(args.engagement.as_deref()).await?,
    });
    Ok(session.client.call_raw(verb, input).await?)
}
