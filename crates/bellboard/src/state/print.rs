//! The summary as a person reads it, and as lines for scripts.

use std::io;

use anyhow::Result;
use bellboard_core::time::Timestamp;

use super::{Decision, Domain, Step, Summary, Workstream};
use crate::output::{Mark, Output, counted, print_plain};
use crate::runs::short_id;
use crate::when::clock_words;

/// How many rows a part shows.
const ROWS: usize = 10;

/// Prints what there is, what is stuck, what could be done next and what happened.
pub fn summary(summary: &Summary, output: &Output, now: Timestamp) -> Result<()> {
    output.data(&answer(summary))?;
    part(output, "DOMAINS", &summary.domains, domain_line)?;
    part(output, "OPEN DECISIONS", &summary.open_decisions, |one| {
        format!("{} {}", output.mark(Mark::Ask), decision_words(one, now))
    })?;
    part(output, "BLOCKED TASKS", &summary.blocked_tasks, |one| {
        let name = one.external_id.as_deref().unwrap_or(short_id(&one.id));
        let why = one.blocking_reason.as_deref().unwrap_or("no reason given");
        let words = format!("{name}  {}: {why}", one.title);
        format!(
            "{} {words}  {}",
            output.mark(Mark::FollowUp),
            output.faint(&one.workstream)
        )
    })?;
    part(
        output,
        "OPEN WORKSTREAMS",
        &summary.open_workstreams,
        |one| workstream_line(one, output),
    )?;
    part(output, "NEXT STEPS", &summary.next_steps, |one| {
        step_line(one, output)
    })?;
    part(output, "LAST", &summary.recent_events, |one| {
        let when = clock_words(one.at, now);
        format!("{when:<16}  {}  {}", one.summary, output.faint(&one.author))
    })
}

/// "4 domains · 11 repos · 9 open workstreams · 3 of 12 open tasks blocked · 2 decisions wait"
fn answer(summary: &Summary) -> String {
    let totals = &summary.totals;
    let open = totals.todo_tasks + totals.in_progress_tasks + totals.blocked_tasks;
    let mut words = vec![
        counted(totals.domains, "domain", "domains"),
        counted(totals.repos, "repo", "repos"),
        counted(
            totals.open_workstreams,
            "open workstream",
            "open workstreams",
        ),
        format!("{} of {open} open tasks blocked", totals.blocked_tasks),
    ];
    if totals.open_decisions > 0 {
        words.push(counted(
            totals.open_decisions,
            "decision waits",
            "decisions wait",
        ));
    }
    words.join(" · ")
}

fn part<T>(output: &Output, heading: &str, rows: &[T], line: impl Fn(&T) -> String) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    output.data(&format!("\n{}", output.heading(heading)))?;
    for row in rows.iter().take(ROWS) {
        output.data(&format!("  {}", line(row)))?;
    }
    if rows.len() > ROWS {
        let rest = format!("  and {} more: --json has them", rows.len() - ROWS);
        output.data(&output.faint(&rest))?;
    }
    Ok(())
}

fn domain_line(one: &Domain) -> String {
    let counts = [
        counted(one.repo_count, "repo", "repos"),
        counted(
            one.active_workstream_count,
            "active workstream",
            "active workstreams",
        ),
        counted(one.ep_count, "extension point", "extension points"),
        counted(one.td_count, "technical debt", "technical debts"),
    ];
    format!("{:<20}  {:<24}  {}", one.slug, one.name, counts.join(" · "))
}

fn decision_words(one: &Decision, now: Timestamp) -> String {
    let mut words = one.title.clone();
    if let Some(workstream) = &one.workstream {
        words = format!("{words}  ({workstream})");
    }
    if let Some(deadline) = one.deadline {
        words = format!("{words}  until {}", clock_words(deadline, now));
    }
    if one.escalated {
        words.push_str("  escalated");
    }
    words
}

fn workstream_line(one: &Workstream, output: &Output) -> String {
    let mut about = format!(
        "{} · {} · {} of {} tasks done",
        one.domain,
        one.status,
        one.done,
        one.done + one.open
    );
    if !one.depends_on.is_empty() {
        about = format!("{about} · waits for {}", one.depends_on.join(", "));
    }
    if !one.blocks.is_empty() {
        about = format!("{about} · before {}", one.blocks.join(", "));
    }
    format!("{:<28}  {}  {}", one.slug, one.title, output.faint(&about))
}

fn step_line(one: &Step, output: &Output) -> String {
    let why = format!("{}: {}", one.workstream, one.reason);
    format!(
        "{} {}  {}",
        output.mark(Mark::Note),
        one.task,
        output.faint(&why)
    )
}

/// One line per step.
pub fn steps(steps: &[Step], output: &Output) -> Result<()> {
    for step in steps {
        output.data(&step_line(step, output))?;
    }
    Ok(())
}

/// The same, tab-separated: task, workstream, reason, words.
pub fn step_lines(steps: &[Step]) -> io::Result<()> {
    for step in steps {
        print_plain(&[&step.task_id, &step.workstream, &step.reason, &step.task])?;
    }
    Ok(())
}

/// Every row of the summary as a tab-separated line that begins with what it is.
pub fn lines(summary: &Summary) -> io::Result<()> {
    for one in &summary.domains {
        print_plain(&[
            "domain",
            &one.slug,
            &one.name,
            &one.repo_count.to_string(),
            &one.active_workstream_count.to_string(),
            &one.ep_count.to_string(),
            &one.td_count.to_string(),
        ])?;
    }
    for one in &summary.open_decisions {
        let workstream = one.workstream.as_deref().unwrap_or_default();
        print_plain(&["decision", &one.ask_id, workstream, &one.title])?;
    }
    for one in &summary.blocked_tasks {
        let why = one.blocking_reason.as_deref().unwrap_or_default();
        print_plain(&["blocked", &one.id, &one.workstream, &one.title, why])?;
    }
    for one in &summary.open_workstreams {
        print_plain(&[
            "workstream",
            &one.slug,
            &one.domain,
            &one.status,
            &one.done.to_string(),
            &one.open.to_string(),
            &one.title,
        ])?;
    }
    for one in &summary.next_steps {
        print_plain(&[
            "next",
            &one.task_id,
            &one.workstream,
            &one.reason,
            &one.task,
        ])?;
    }
    for one in &summary.recent_events {
        print_plain(&["event", &one.at.to_string(), &one.author, &one.summary])?;
    }
    Ok(())
}
