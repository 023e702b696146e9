//! `bellboard workstreams`: list, show, and close with a review of every open task.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;
use crate::sync;

/// What can be done with workstreams.
#[derive(Debug, Subcommand)]
pub enum WorkstreamsCommand {
    /// The workstreams, last changed first
    List(ListArgs),
    /// One workstream with its open tasks
    Show(ShowArgs),
    /// Complete a workstream; every open task is done, cancelled with a reason, or carried to another
    Close(CloseArgs),
}

/// The arguments of `bellboard workstreams list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// Only of this domain
    #[arg(long)]
    domain: Option<String>,
    /// Only of this repo
    #[arg(long)]
    repo: Option<String>,
    /// proposed, ready, active, blocked, backlog, completed, archived, open or all
    #[arg(long, default_value = "open")]
    status: String,
    /// How many, 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

/// Which workstream.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Its slug or id
    workstream: String,
    /// The engagement, where the slug alone names several: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

/// The arguments of `bellboard workstreams close`.
#[derive(Debug, Args)]
pub struct CloseArgs {
    #[command(flatten)]
    which: ShowArgs,
    /// A task that is done; may be given more than once
    #[arg(long, value_name = "TASK")]
    done: Vec<String>,
    /// A task that is cancelled, and why; may be given more than once
    #[arg(long, value_name = "TASK=REASON")]
    cancel: Vec<String>,
    /// A task that goes on in another workstream; may be given more than once
    #[arg(long, value_name = "TASK=WORKSTREAM")]
    carry: Vec<String>,
    /// Write the review into the workstream's file in the repository at this folder, as `sync --write-back` does
    #[arg(long, value_name = "REPO", num_args = 0..=1, default_missing_value = ".")]
    write_section: Option<PathBuf>,
}

/// Does it.
pub async fn run(command: WorkstreamsCommand, session: &Session) -> Result<u8> {
    match command {
        WorkstreamsCommand::List(args) => list(args, session).await,
        WorkstreamsCommand::Show(args) => show(args, session).await,
        WorkstreamsCommand::Close(args) => close(args, session).await,
    }
}

async fn list(args: ListArgs, session: &Session) -> Result<u8> {
    let input = json!({
        "engagement": session.engagement_filter(args.engagement.as_deref()).await?,
        "domain": args.domain,
        "repo": args.repo,
        "status": args.status,
        "limit": args.limit,
    });
    let page = session.client.call_raw("list_workstreams", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&page)?;
        return Ok(0);
    }
    let found = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    for one in found {
        let text = |field: &str| one[field].as_str().unwrap_or_default();
        let (slug, status, counts) = (text("slug"), text("status"), counts_of(one));
        if output.form == Form::Plain {
            print_plain(&[
                slug,
                status,
                text("label"),
                &counts,
                text("domain_slug"),
                text("title"),
            ])?;
        } else {
            let state = state_of(one);
            output.data(&format!(
                "{slug:<28}  {state:<20}  {counts}  {}",
                output.faint(text("title"))
            ))?;
        }
    }
    if found.is_empty() {
        output.say(Mark::Note, "No workstreams match.");
    }
    Ok(0)
}

/// `3 of 7 done, 1 in progress, 2 blocked`: the counts in words, those that are none left out.
fn counts_of(workstream: &Value) -> String {
    let count = |field: &str| workstream["tasks"][field].as_u64().unwrap_or(0);
    let open = count("todo") + count("in_progress") + count("blocked");
    let all = open + count("done") + count("cancelled");
    if all == 0 {
        return "no tasks".to_owned();
    }
    let others = [
        ("in_progress", "in progress"),
        ("blocked", "blocked"),
        ("todo", "todo"),
        ("cancelled", "cancelled"),
    ];
    let others = others.into_iter().filter(|(field, _)| count(field) > 0);
    let others = others.map(|(field, name)| format!("{} {name}", count(field)));
    let done = format!("{} of {all} done", count("done"));
    let words: Vec<String> = std::iter::once(done).chain(others).collect();
    words.join(", ")
}

/// The status, and what it looks like if there is something to say.
fn state_of(workstream: &Value) -> String {
    let status = workstream["status"].as_str().unwrap_or_default();
    match workstream["label"].as_str() {
        Some(label) => format!("{status}, {label}"),
        None => status.to_owned(),
    }
}

async fn show(args: ShowArgs, session: &Session) -> Result<u8> {
    let engagement = session.engagement_meant(args.engagement.as_deref()).await?;
    let input = json!({"slug": args.workstream, "engagement": engagement});
    let one = session.client.call_raw("get_workstream", input).await?;
    let tasks = json!({"workstream": one["id"], "status": "open", "limit": 100});
    let tasks = session.client.call_raw("list_tasks", tasks).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&json!({"workstream": one, "open_tasks": tasks["items"]}))?;
        return Ok(0);
    }
    if output.form == Form::Plain {
        return show_plain(&one, &tasks);
    }
    let text = |field: &str| one[field].as_str().unwrap_or_default();
    output.data(&output.heading(&format!("{}  {}", text("slug"), text("title"))))?;
    output.data(&format!(
        "{} · {} · {}",
        state_of(&one),
        counts_of(&one),
        text("domain_slug")
    ))?;
    for (field, words) in [("depends_on", "waits for"), ("blocks", "is waited for by")] {
        let slugs = one[field].as_array().into_iter().flatten();
        let slugs: Vec<&str> = slugs.filter_map(Value::as_str).collect();
        if !slugs.is_empty() {
            output.data(&format!("{words} {}", slugs.join(", ")))?;
        }
    }
    for task in tasks["items"].as_array().into_iter().flatten() {
        let text = |field: &str| task[field].as_str().unwrap_or_default();
        let key = task["external_id"].as_str().unwrap_or(text("id"));
        output.data(&format!("  {key}  {}  {}", text("status"), text("title")))?;
    }
    Ok(0)
}

/// One line for each thing, whose first field says what it is.
fn show_plain(one: &Value, tasks: &Value) -> Result<u8> {
    let text = |field: &str| one[field].as_str().unwrap_or_default();
    print_plain(&[
        "workstream",
        text("slug"),
        text("status"),
        text("label"),
        &counts_of(one),
        text("domain_slug"),
        text("title"),
    ])?;
    for field in ["depends_on", "blocks"] {
        let slugs = one[field].as_array().into_iter().flatten();
        for slug in slugs.filter_map(Value::as_str) {
            print_plain(&[field, slug])?;
        }
    }
    for task in tasks["items"].as_array().into_iter().flatten() {
        let text = |field: &str| task[field].as_str().unwrap_or_default();
        print_plain(&[
            "task",
            text("id"),
            text("external_id"),
            text("status"),
            text("priority"),
            text("title"),
        ])?;
    }
    Ok(0)
}

async fn close(args: CloseArgs, session: &Session) -> Result<u8> {
    let mut review = Vec::new();
    for task in &args.done {
        review.push(json!({"task_id": task, "as": "done"}));
    }
    for said in &args.cancel {
        let (task, reason) = pair(said, "--cancel TASK=REASON")?;
        review.push(json!({"task_id": task, "as": "cancelled", "reason": reason}));
    }
    for said in &args.carry {
        let (task, target) = pair(said, "--carry TASK=WORKSTREAM")?;
        review.push(json!({"task_id": task, "as": "carry_forward", "target": target}));
    }
    let input = json!({
        "slug": args.which.workstream,
        "engagement": session.engagement_meant(args.which.engagement.as_deref()).await?,
        "review": review,
        "write_section": args.write_section.is_some(),
    });
    let closed = session.client.call_raw("close_workstream", input).await?;
    let output = &session.output;
    match output.form {
        Form::Json => print_json(&closed)?,
        Form::Plain => print_plain(&[
            closed["workstream"]["slug"].as_str().unwrap_or_default(),
            "completed",
        ])?,
        Form::Human => output.say(
            Mark::Done,
            &format!(
                "Completed {}: {}",
                closed["workstream"]["slug"].as_str().unwrap_or_default(),
                counts_of(&closed["workstream"])
            ),
        ),
    }
    let Some(repo) = args.write_section else {
        return Ok(0);
    };
    if closed["workstream"]["file_path"].is_null() {
        output.warn("The workstream is read from no file, so the review stands in the hub only.");
        return Ok(0);
    }
    sync::write_back_into(repo, session).await
}

/// `T-1=because` as its two parts.
fn pair<'a>(said: &'a str, form: &str) -> Result<(&'a str, &'a str)> {
    let parts = said.split_once('=');
    let parts = parts.filter(|(task, words)| !task.is_empty() && !words.trim().is_empty());
    Ok(parts.ok_or_else(|| Stop::usage(format!("`{said}` is not of the form {form}.")))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_words() {
        let of = |tasks: Value| counts_of(&json!({"tasks": tasks}));
        assert_eq!(of(json!({})), "no tasks");
        assert_eq!(
            of(json!({"todo": 2, "in_progress": 1, "blocked": 1, "done": 3, "cancelled": 1})),
            "3 of 8 done, 1 in progress, 1 blocked, 2 todo, 1 cancelled"
        );
        assert_eq!(
            state_of(&json!({"status": "active", "label": "stalled"})),
            "active, stalled"
        );
        assert_eq!(state_of(&json!({"status": "ready"})), "ready");
    }

    #[test]
    fn a_pair_has_both_parts() {
        assert_eq!(pair("T-1=no = longer", "").unwrap(), ("T-1", "no = longer"));
        for said in ["T-1", "=why", "T-1=", "T-1= "] {
            assert!(pair(said, "--cancel TASK=REASON").is_err(), "{said}");
        }
    }
}
