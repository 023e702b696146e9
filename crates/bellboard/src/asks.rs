//! `bellboard asks`: what people were asked, and taking a question back.

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::by_part;
use crate::clock;
use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::runs::short_id;
use crate::session::Session;
use crate::stop::Stop;
use crate::when;
use crate::wire::Page;

/// What can be done with asks.
#[derive(Debug, Subcommand)]
pub enum AsksCommand {
    /// The newest questions, with filters
    List(ListArgs),
    /// Take a question back: nobody needs the answer any more
    Withdraw(WithdrawArgs),
}

/// The arguments of `bellboard asks list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// Only in this state: open, answered, withdrawn or expired
    #[arg(long)]
    state: Option<String>,
    /// Only what this run asked
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// How many, 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

/// The arguments of `bellboard asks withdraw`.
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The id of the ask, or a beginning or end of it
    ask: String,
    /// Why
    #[arg(long, short = 'm', alias = "message", value_name = "TEXT")]
    note: Option<String>,
}

/// An ask, as far as these commands read it.
#[derive(Debug, Clone, Deserialize)]
struct Ask {
    id: String,
    engagement_name: String,
    state: String,
    title: String,
    asked_by_name: String,
    #[serde(rename = "for", default)]
    for_words: String,
    #[serde(default)]
    answer: Option<Answer>,
    #[serde(default)]
    answered_by_name: Option<String>,
    created_at: Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
struct Answer {
    label: String,
}

impl Ask {
    /// Whom it waits for, or what became of it.
    fn state_words(&self) -> String {
        let label = self.answer.as_ref().map(|answer| answer.label.as_str());
        match (self.state.as_str(), label, &self.answered_by_name) {
            ("open", ..) => format!("for: {}", self.for_words),
            ("answered", Some(label), Some(who)) => format!("{who}: {label}"),
            ("answered", None, Some(who)) => format!("{who} answered"),
            ("expired", Some(label), _) => format!("nobody answered: {label}"),
            (state, ..) => state.to_owned(),
        }
    }

    fn mark(&self) -> Mark {
        if self.state == "open" {
            Mark::Ask
        } else {
            Mark::Done
        }
    }
}

/// Does it.
pub async fn run(command: AsksCommand, session: &Session) -> Result<u8> {
    match command {
        AsksCommand::List(args) => list(args, session).await,
        AsksCommand::Withdraw(args) => withdraw(args, session).await,
    }
}

/// Lists asks, the newest first.
async fn list(args: ListArgs, session: &Session) -> Result<u8> {
    let engagement = session
        .engagement_filter(args.engagement.as_deref())
        .await?;
    let run_id = match &args.run {
        Some(run) => json!(session.run_id(Some(run)).await?),
        None => Value::Null,
    };
    let input = json!({
        "engagement": engagement,
        "state": args.state,
        "run_id": run_id,
        "limit": args.limit,
        "cursor": args.cursor,
    });
    let page = session.client.call_raw("list_asks", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&page)?;
        return Ok(0);
    }
    let page: Page<Ask> = serde_json::from_value(page)?;
    if output.form == Form::Plain {
        for one in &page.items {
            print_plain(&[
                &one.id,
                &one.state,
                &one.engagement_name,
                &one.title,
                &one.asked_by_name,
                &one.created_at.to_string(),
            ])?;
        }
        return Ok(0);
    }
    print_table(&page, output)
}

fn print_table(page: &Page<Ask>, output: &Output) -> Result<u8> {
    if page.items.is_empty() {
        output.data("No asks match. Ask one: bellboard ask QUESTION --option KEY=LABEL ...")?;
    }
    let now = clock::now();
    // mark, id, spaces and the time take 29 columns; the title, who asked and what became of it share the rest.
    let room = output.columns.saturating_sub(29).max(36);
    let (who, rest) = (room / 5, room - room / 5);
    let width = rest / 2;
    for one in &page.items {
        let line = format!(
            "{} {}  {:<width$}  {:<who$}  {:<width$}  {}",
            output.mark(one.mark()),
            output.faint(short_id(&one.id)),
            output.cut(&one.title, width),
            output.cut(&one.asked_by_name, who),
            output.cut(&one.state_words(), width),
            output.faint(&when::clock_words(one.created_at, now)),
        );
        output.data(line.trim_end())?;
    }
    if let Some(cursor) = &page.next_cursor {
        let words = format!("{} in all. The next: --cursor {cursor}", page.total_count);
        output.say(Mark::Note, &words);
    }
    Ok(0)
}

/// Withdraws one, by who asked or an owner of the engagement.
async fn withdraw(args: WithdrawArgs, session: &Session) -> Result<u8> {
    let id = open_ask(session, &args.ask).await?;
    let input = json!({"ask_id": id, "note": args.note});
    let view = session.client.call_raw("withdraw_ask", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let ask: Ask = serde_json::from_value(view)?;
    if output.form == Form::Plain {
        print_plain(&[&ask.id, &ask.state])?;
        return Ok(0);
    }
    output.say(Mark::Done, &format!("Withdrew “{}”", ask.title));
    Ok(0)
}

/// The open ask whose id begins or ends like this; a whole id is taken as it is.
async fn open_ask(session: &Session, reference: &str) -> Result<String> {
    let part = reference.trim().to_ascii_lowercase();
    if part.is_empty() {
        return Err(Stop::usage("Name the ask by its id, or by a beginning or end of it.").into());
    }
    if uuid::Uuid::try_parse(&part).is_ok() {
        return Ok(part);
    }
    let open = json!({"state": "open"});
    let found = by_part::rows(&session.client, "list_asks", open, &part).await?;
    let only = by_part::only(&part, &found)?;
    only.map(|ask| by_part::id(ask).to_owned()).ok_or_else(|| {
        Stop::usage(format!(
            "No open ask of yours begins or ends with {part}. `bellboard asks list --state open` shows the newest."
        ))
        .into()
    })
}
