//! `bellboard deliveries`: what bells sent or gave up, and sending it again.

use std::time::Duration;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use crate::by_part;
use crate::clock;
use crate::dashboards;
use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::runs::short_id;
use crate::session::Session;
use crate::stop::Stop;
use crate::when;
use crate::wire::Page;

/// What can be done with deliveries.
#[derive(Debug, Subcommand)]
pub enum DeliveriesCommand {
    /// What bells sent, will send or gave up, newest first
    List(ListArgs),
    /// Send again what was given up: one, or all of a time; same ids, same bytes
    Replay(ReplayArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// Only of this dashboard: its title, its id, or a beginning or end of it
    #[arg(long)]
    dashboard: Option<String>,
    /// Only of this status: waiting, sending, delivered, deferred, dead or cancelled
    #[arg(long)]
    status: Option<String>,
    /// How many, 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The delivery, by its id or a beginning or end of it
    #[arg(required_unless_present = "last")]
    delivery: Option<String>,
    /// Instead all that were given up in the last 12h, 3d
    #[arg(long, value_name = "SPAN", value_parser = when::parse_span, conflicts_with = "delivery")]
    last: Option<Duration>,
    /// With --last: only of this dashboard
    #[arg(long, conflicts_with = "delivery")]
    dashboard: Option<String>,
    /// With --last: of this engagement [default: $BELLBOARD_ENGAGEMENT, or your only one]
    #[arg(long = "in", value_name = "ENGAGEMENT", conflicts_with = "delivery")]
    engagement: Option<String>,
}

/// A delivery, as far as these commands read it.
#[derive(Debug, Deserialize)]
struct Delivery {
    id: String,
    dashboard_title: Option<String>,
    kind: String,
    target: String,
    status: String,
    is_test: bool,
    attempts: u64,
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl Delivery {
    /// What became of it, in words.
    fn state_words(&self, now: Timestamp) -> String {
        match (self.status.as_str(), self.next_attempt_at) {
            ("waiting", Some(at)) if self.attempts > 0 => {
                let next = when::clock_words(at, now);
                format!("{} failed, next {next}", self.attempts)
            }
            (status @ ("dead" | "delivered"), _) if self.attempts > 1 => {
                format!("{status} after {} tries", self.attempts)
            }
            (status, _) => status.to_owned(),
        }
    }

    /// Who gets it. The id of a person says nothing to people.
    fn receiver(&self, me: &str) -> String {
        match self.kind.as_str() {
            "persona" if self.target == me => "you".to_owned(),
            "persona" => format!("somebody ({})", short_id(&self.target)),
            kind => format!("{kind} {}", self.target),
        }
    }

    fn mark(&self) -> Mark {
        match self.status.as_str() {
            "delivered" => Mark::Done,
            "dead" => Mark::Failed,
            "cancelled" => Mark::Cancelled,
            "sending" => Mark::Running,
            _ => Mark::Queued,
        }
    }
}

/// Does it.
pub async fn run(command: DeliveriesCommand, session: &Session) -> Result<u8> {
    match command {
        DeliveriesCommand::List(args) => list(args, session).await,
        DeliveriesCommand::Replay(args) => replay(args, session).await,
    }
}

async fn dashboard_id(named: Option<&str>, session: &Session) -> Result<Option<String>> {
    match named {
        Some(named) => Ok(Some(dashboards::find(named, session).await?.id)),
        None => Ok(None),
    }
}

async fn list(args: ListArgs, session: &Session) -> Result<u8> {
    let input = json!({
        "engagement": session.engagement_filter(args.engagement.as_deref()).await?,
        "dashboard_id": dashboard_id(args.dashboard.as_deref(), session).await?,
        "status": args.status,
        "limit": args.limit,
        "cursor": args.cursor,
    });
    let page = session.client.call_raw("list_deliveries", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&page)?;
        return Ok(0);
    }
    let page: Page<Delivery> = serde_json::from_value(page)?;
    if output.form == Form::Plain {
        for one in &page.items {
            print_plain(&[
                &one.id,
                &one.status,
                &one.kind,
                &one.target,
                one.dashboard_title.as_deref().unwrap_or_default(),
                &one.attempts.to_string(),
                &one.created_at.to_string(),
            ])?;
        }
        return Ok(0);
    }
    // A token that may not ask who its person is reads the list all the same.
    let me = session.client.call_raw("get_me", json!({})).await;
    let me = me.unwrap_or_default();
    print_table(&page, me["id"].as_str().unwrap_or_default(), output)
}

fn print_table(page: &Page<Delivery>, me: &str, output: &Output) -> Result<u8> {
    if page.items.is_empty() {
        output.say(Mark::Note, "No deliveries match.");
    }
    let now = clock::now();
    // mark, id, spaces and the time take 29 columns; title, receiver and what became of it share the rest.
    let width = output.columns.saturating_sub(29).max(36) / 3;
    for one in &page.items {
        let title = one.dashboard_title.as_deref().unwrap_or("mail that asks");
        let title = if one.is_test {
            format!("Test: {title}")
        } else {
            title.to_owned()
        };
        let line = format!(
            "{} {}  {:<width$}  {:<width$}  {:<width$}  {}",
            output.mark(one.mark()),
            output.faint(short_id(&one.id)),
            output.cut(&title, width),
            output.cut(&one.receiver(me), width),
            output.cut(&one.state_words(now), width),
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

async fn replay(args: ReplayArgs, session: &Session) -> Result<u8> {
    let output = &session.output;
    if let Some(span) = args.last {
        let input = json!({
            "from": clock::now() - span,
            "dashboard_id": dashboard_id(args.dashboard.as_deref(), session).await?,
            "engagement": session.engagement_meant(args.engagement.as_deref()).await?,
        });
        let done = session.client.call_raw("replay_deliveries", input).await?;
        match output.form {
            Form::Json => print_json(&done)?,
            Form::Plain => print_plain(&[&done["replayed"].to_string()])?,
            Form::Human => {
                let words = format!("{} will be sent again", done["replayed"]);
                output.say(Mark::Done, &words);
                if done["more"] == true {
                    let left = "Others of that time may be left: call it again";
                    output.say(Mark::Note, left);
                }
            }
        }
        return Ok(0);
    }
    let id = given_up(session, args.delivery.as_deref().unwrap_or_default()).await?;
    let input = json!({ "delivery_id": id });
    let view = session.client.call_raw("replay_delivery", input).await?;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let one: Delivery = serde_json::from_value(view)?;
    if output.form == Form::Plain {
        print_plain(&[&one.id, &one.status])?;
        return Ok(0);
    }
    let words = format!("It is sent again to {} {}", one.kind, one.target);
    output.say(Mark::Done, &words);
    Ok(0)
}

/// The delivery whose id begins or ends like this; a whole id is taken as it is.
async fn given_up(session: &Session, reference: &str) -> Result<String> {
    let part = reference.trim().to_ascii_lowercase();
    if part.is_empty() {
        return Err(
            Stop::usage("Name the delivery by its id, or by a beginning or end of it.").into(),
        );
    }
    if uuid::Uuid::try_parse(&part).is_ok() {
        return Ok(part);
    }
    let found = by_part::rows(&session.client, "list_deliveries", json!({}), &part).await?;
    let only = by_part::only(&part, &found)?;
    only.map(|one| by_part::id(one).to_owned()).ok_or_else(|| {
        Stop::usage(format!(
            "No delivery of yours begins or ends with {part}. `bellboard deliveries list --status dead` shows what was given up."
        ))
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(now: Timestamp) -> Delivery {
        Delivery {
            id: String::new(),
            dashboard_title: None,
            kind: "webhook".to_owned(),
            target: "https://example.com".to_owned(),
            status: "waiting".to_owned(),
            is_test: false,
            attempts: 0,
            next_attempt_at: Some(now + Duration::from_mins(5)),
            created_at: now,
        }
    }

    #[test]
    fn a_person_is_told_without_an_id() {
        let mut one = delivery("2026-11-20T17:40:00Z".parse().unwrap());
        assert_eq!(one.receiver("me"), "webhook https://example.com");
        one.kind = "persona".to_owned();
        one.target = "01a2b3c4-0000-7000-8000-00000000f00d".to_owned();
        assert_eq!(one.receiver(&one.target), "you");
        let somebody = format!("somebody ({})", short_id(&one.target));
        assert_eq!(one.receiver("me"), somebody);
    }

    #[test]
    fn what_became_of_it_is_said() {
        let now: Timestamp = "2026-11-20T17:40:00Z".parse().unwrap();
        let words = |status: &str, attempts: u64| {
            let one = Delivery {
                status: status.to_owned(),
                attempts,
                ..delivery(now)
            };
            one.state_words(now)
        };
        assert_eq!(words("waiting", 0), "waiting");
        let next = when::clock_words(now + Duration::from_mins(5), now);
        assert_eq!(words("waiting", 2), format!("2 failed, next {next}"));
        assert_eq!(words("delivered", 1), "delivered");
        assert_eq!(words("delivered", 2), "delivered after 2 tries");
        assert_eq!(words("dead", 10), "dead after 10 tries");
        assert_eq!(words("cancelled", 3), "cancelled");
    }
}
