//! `bellboard tasks`: take a task, say how it goes, give it back, ask for a human.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::session::Session;

/// What can be done with tasks.
#[derive(Debug, Subcommand)]
pub enum TasksCommand {
    /// What could be begun now, what matters most first
    Ready(ReadyArgs),
    /// The tasks, last changed first
    List(ListArgs),
    /// Take a task, so that nobody else does it
    Claim(ClaimArgs),
    /// Give a task back that you have claimed
    Release(ReleaseArgs),
    /// Say where a task is, or describe it anew
    Update(UpdateArgs),
    /// Say that a task needs a human, and what they are to do
    Flag(FlagArgs),
}

/// Where to look.
#[derive(Debug, Args)]
struct Place {
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// Only of this domain
    #[arg(long)]
    domain: Option<String>,
    /// Only of this workstream
    #[arg(long)]
    workstream: Option<String>,
    /// How many, 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

/// The arguments of `bellboard tasks ready`.
#[derive(Debug, Args)]
pub struct ReadyArgs {
    #[command(flatten)]
    place: Place,
    /// Without what is assigned to somebody else than this one
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
}

/// The arguments of `bellboard tasks list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// todo, in_progress, blocked, done, cancelled, open or all
    #[arg(long, default_value = "open")]
    status: String,
    /// Only those that need a human
    #[arg(long)]
    needs_human: bool,
}

/// Which task.
#[derive(Debug, Args)]
struct Which {
    /// The task's key, as CUST-WP-0005-T01, or its id
    task: String,
    /// The engagement, where the key alone names several: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// The number that the claim told; refuses when the claim was lost meanwhile
    #[arg(long, value_name = "NUMBER")]
    fence: Option<u32>,
}

/// The arguments of `bellboard tasks claim`.
#[derive(Debug, Args)]
pub struct ClaimArgs {
    #[command(flatten)]
    which: Which,
    /// For how many seconds it is yours without another word, 60 to 86400 [default: 1800]
    #[arg(long, value_name = "SECONDS")]
    lease: Option<u32>,
}

/// The arguments of `bellboard tasks release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    #[command(flatten)]
    which: Which,
}

/// The arguments of `bellboard tasks update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    #[command(flatten)]
    which: Which,
    /// todo, in_progress, blocked, done or cancelled
    #[arg(long)]
    status: Option<String>,
    /// Why it cannot go on, or why it was cancelled
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// In one line
    #[arg(long)]
    title: Option<String>,
    /// low, medium, high or critical
    #[arg(long)]
    priority: Option<String>,
    /// Who is to do it
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// The day until which it should be done, as 2026-11-21
    #[arg(long, value_name = "DAY")]
    due: Option<String>,
    /// Somebody has helped; it needs no human any more
    #[arg(long)]
    helped: bool,
}

/// The arguments of `bellboard tasks flag`.
#[derive(Debug, Args)]
pub struct FlagArgs {
    #[command(flatten)]
    which: Which,
    /// What the human is to do, and what was tried
    #[arg(long, short = 'm', alias = "message", value_name = "TEXT")]
    note: String,
}

/// Does it.
pub async fn run(command: TasksCommand, session: &Session) -> Result<u8> {
    match command {
        TasksCommand::Ready(args) => ready(args, session).await,
        TasksCommand::List(args) => list(args, session).await,
        TasksCommand::Claim(args) => claim(args, session).await,
        TasksCommand::Release(args) => {
            let input = args.which.input(session).await?;
            let words = "Gave back";
            tell("release_task", input, words, session).await
        }
        TasksCommand::Update(args) => update(args, session).await,
        TasksCommand::Flag(args) => {
            let mut input = args.which.input(session).await?;
            input["intervention_note"] = json!(args.note);
            tell("flag_for_human", input, "Asked for a human", session).await
        }
    }
}

impl Place {
    async fn input(&self, session: &Session) -> Result<Value> {
        let engagement = session
            .engagement_filter(self.engagement.as_deref())
            .await?;
        Ok(json!({
            "engagement": engagement,
            "domain": self.domain,
            "workstream": self.workstream,
            "limit": self.limit,
        }))
    }
}

impl Which {
    async fn input(&self, session: &Session) -> Result<Value> {
        let engagement = session.engagement_meant(self.engagement.as_deref()).await?;
        Ok(json!({"task_id": self.task, "engagement": engagement, "claim_fence": self.fence}))
    }
}

async fn ready(args: ReadyArgs, session: &Session) -> Result<u8> {
    let mut input = args.place.input(session).await?;
    input["assignee"] = json!(args.assignee);
    let found = session.client.call_raw("list_ready_tasks", input).await?;
    let nothing = "Nothing could be begun now: all is claimed, done, or waits for something.";
    show(&found, nothing, &session.output)
}

async fn list(args: ListArgs, session: &Session) -> Result<u8> {
    let mut input = args.place.input(session).await?;
    input["status"] = json!(args.status);
    if args.needs_human {
        input["needs_human"] = json!(true);
    }
    let found = session.client.call_raw("list_tasks", input).await?;
    show(&found, "No tasks match.", &session.output)
}

/// One line per task.
fn show(found: &Value, nothing: &str, output: &Output) -> Result<u8> {
    if output.form == Form::Json {
        print_json(found)?;
        return Ok(0);
    }
    let tasks = found["items"].as_array().map_or(&[][..], Vec::as_slice);
    for task in tasks {
        let text = |field: &str| task[field].as_str().unwrap_or_default();
        if output.form == Form::Plain {
            let (key, status) = (name_of(task), text("status"));
            let (workstream, priority) = (text("workstream"), text("priority"));
            print_plain(&[text("id"), key, status, priority, workstream, text("title")])?;
            continue;
        }
        let about = about(task);
        output.data(&format!(
            "{} {:<20}  {}  {}",
            output.mark(mark_of(task)),
            name_of(task),
            output.cut(text("title"), output.columns.saturating_sub(48).max(24)),
            output.faint(&about)
        ))?;
    }
    if tasks.is_empty() {
        output.say(Mark::Note, nothing);
    }
    let more = found["total_count"].as_u64().unwrap_or(0);
    if more > tasks.len() as u64 {
        output.say(Mark::Note, &format!("{more} in all. More with --limit."));
    }
    Ok(0)
}

/// Its key, or the end of its id.
fn name_of(task: &Value) -> &str {
    let id = task["id"].as_str().unwrap_or_default();
    let key = task["external_id"].as_str();
    key.unwrap_or_else(|| crate::runs::short_id(id))
}

/// Where it belongs, and what one should know before taking it.
fn about(task: &Value) -> String {
    let mut parts = vec![task["workstream"].as_str().unwrap_or_default().to_owned()];
    if let Some(priority @ ("critical" | "high" | "low")) = task["priority"].as_str() {
        parts.push(priority.to_owned());
    }
    if let Some(day) = task["due_date"].as_str() {
        parts.push(format!("due {day}"));
    }
    if let Some(who) = task["claimed_by_name"].as_str() {
        parts.push(format!("claimed by {who}"));
    }
    if task["needs_human"] == true {
        parts.push("needs a human".to_owned());
    }
    parts.join(" · ")
}

fn mark_of(task: &Value) -> Mark {
    match task["status"].as_str() {
        _ if task["needs_human"] == true => Mark::FollowUp,
        Some("in_progress") => Mark::Running,
        Some("blocked") => Mark::Silent,
        Some("done") => Mark::Done,
        Some("cancelled") => Mark::Cancelled,
        _ => Mark::Queued,
    }
}

async fn claim(args: ClaimArgs, session: &Session) -> Result<u8> {
    let mut input = args.which.input(session).await?;
    input["lease_seconds"] = json!(args.lease);
    let claimed = session.client.call_raw("claim_task", input).await?;
    let (task, output) = (&claimed["task"], &session.output);
    let fence = claimed["claim_fence"].to_string();
    let until = claimed["claim_until"].as_str().unwrap_or_default();
    match output.form {
        Form::Json => print_json(&claimed)?,
        Form::Plain => print_plain(&[name_of(task), &fence, until])?,
        Form::Human => output.say(
            Mark::Done,
            &format!(
                "{} is yours until {until}. Say how it goes: bellboard tasks update {} --fence {fence} --status in_progress",
                name_of(task),
                name_of(task)
            ),
        ),
    }
    Ok(0)
}

async fn update(args: UpdateArgs, session: &Session) -> Result<u8> {
    let mut input = args.which.input(session).await?;
    for (field, value) in [
        ("status", args.status),
        ("blocking_reason", args.reason),
        ("title", args.title),
        ("priority", args.priority),
        ("assignee", args.assignee),
        ("due_date", args.due),
    ] {
        input[field] = json!(value);
    }
    if args.helped {
        input["needs_human"] = json!(false);
    }
    tell("update_task", input, "Changed", session).await
}

/// Calls the verb and says where the task is now.
async fn tell(verb: &str, input: Value, words: &str, session: &Session) -> Result<u8> {
    let task = session.client.call_raw(verb, input).await?;
    let status = task["status"].as_str().unwrap_or_default();
    let output = &session.output;
    match output.form {
        Form::Json => print_json(&task)?,
        Form::Plain => print_plain(&[name_of(&task), status])?,
        Form::Human => output.say(
            Mark::Done,
            &format!("{words}: {}, {status}", name_of(&task)),
        ),
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_named_marked_and_described() {
        let id = "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7";
        let plain = json!({"id": id, "status": "todo", "workstream": "lay", "priority": "medium"});
        assert_eq!(
            (name_of(&plain), mark_of(&plain)),
            ("54c0e9d7", Mark::Queued)
        );
        assert_eq!(about(&plain), "lay");
        let flagged = json!({"id": id, "external_id": "T-1", "status": "in_progress", "workstream": "lay", "priority": "high",
                             "due_date": "2026-12-01", "claimed_by_name": "Agent", "needs_human": true});
        assert_eq!(
            (name_of(&flagged), mark_of(&flagged)),
            ("T-1", Mark::FollowUp)
        );
        assert_eq!(
            about(&flagged),
            "lay · high · due 2026-12-01 · claimed by Agent · needs a human"
        );
        for (status, mark) in [
            ("in_progress", Mark::Running),
            ("blocked", Mark::Silent),
            ("done", Mark::Done),
            ("cancelled", Mark::Cancelled),
        ] {
            assert_eq!(mark_of(&json!({"status": status})), mark);
        }
    }
}
