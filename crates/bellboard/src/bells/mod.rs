//! `bellboard bells`: who is told of a dashboard, and beyond which threshold.

use std::time::Duration;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::by_part;
use crate::clock;
use crate::dashboards;
use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;
use crate::when;
use crate::wire;

mod trial;

/// What can be done with bells.
#[derive(Debug, Subcommand)]
pub enum BellsCommand {
    /// The bells of a dashboard, newest first
    List(OfDashboard),
    /// Tell somebody when it changes beyond a rule
    Add(AddArgs),
    /// When a rule would have rung, and how often at neighbouring thresholds; or send one bell a test
    Test(TestArgs),
    /// Hear nothing of a bell for a while
    Mute(MuteArgs),
}

#[derive(Debug, Args)]
pub struct OfDashboard {
    /// The dashboard: its title, its id, or a beginning or end of it
    dashboard: String,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// The dashboard: its title, its id, or a beginning or end of it
    dashboard: String,
    /// The rule as JSON: '{"value_delta_pct": 0.1, "on_field": "score"}'
    #[arg(long, value_name = "JSON")]
    rule: String,
    /// Who is told: the id of a person or agent, an address of the web or of mail [default: you]
    #[arg(long, value_name = "WHO")]
    to: Option<String>,
    /// What a new snapshot is compared with
    #[arg(long, value_enum, default_value = "previous", value_name = "SNAPSHOT")]
    baseline: BaselineWord,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// The dashboard: its title, its id, or a beginning or end of it
    dashboard: String,
    /// The rule as JSON: '{"value_delta_pct": 0.1, "on_field": "score"}'; nothing is saved
    #[arg(long, value_name = "JSON", required_unless_present = "send")]
    rule: Option<String>,
    /// Instead send a test message to this bell, and show what was sent and what came back
    #[arg(long, value_name = "BELL", conflicts_with = "rule")]
    send: Option<String>,
    /// What a new snapshot is compared with
    #[arg(long, value_enum, default_value = "previous", value_name = "SNAPSHOT")]
    baseline: BaselineWord,
    /// On the snapshots of so many days
    #[arg(long, default_value_t = 30)]
    days: u32,
}

#[derive(Debug, Args)]
pub struct MuteArgs {
    /// The dashboard: its title, its id, or a beginning or end of it
    dashboard: String,
    /// The bell, by its id or a beginning or end of it
    bell: String,
    /// For how long: 30m, 8h, 7d
    #[arg(long = "for", value_name = "SPAN", value_parser = when::parse_span, default_value = "8h")]
    span: Duration,
    /// Hear it again
    #[arg(long, conflicts_with = "span")]
    off: bool,
}

/// What a new snapshot is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BaselineWord {
    /// The one before it
    Previous,
    /// The last one that rang, which catches slow drift
    LastNotified,
}

impl BaselineWord {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::LastNotified => "last_notified",
        }
    }
}

/// Does it.
pub async fn run(command: BellsCommand, session: &Session) -> Result<u8> {
    match command {
        BellsCommand::List(args) => list(&args.dashboard, session).await,
        BellsCommand::Add(args) => add(args, session).await,
        BellsCommand::Test(args) => trial::test(args, session).await,
        BellsCommand::Mute(args) => mute(args, session).await,
    }
}

async fn list(named: &str, session: &Session) -> Result<u8> {
    let dashboard = dashboards::find(named, session).await?;
    let filters = json!({ "dashboard_id": dashboard.id });
    let items: Vec<Value> = wire::all(&session.client, "list_subscriptions", filters).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&json!({ "items": items, "total_count": items.len() }))?;
        return Ok(0);
    }
    for one in &items {
        let (id, rule) = (word(one, "id"), one["threshold_json"].to_string());
        let who = match one["subscriber_name"].as_str() {
            Some(name) => name.to_owned(),
            None => word(one, "subscriber_id"),
        };
        let (kind, baseline) = (word(one, "subscriber_kind"), word(one, "baseline"));
        let state = match dashboard.archived_at {
            Some(_) => State::Archived,
            None => State::of(one, clock::now()),
        };
        if output.form == Form::Plain {
            print_plain(&[&id, &kind, &who, &rule, &baseline, state.word()])?;
        } else {
            let stands = state.words(one);
            let about = output.faint(&format!("{kind} · {baseline} · {stands}"));
            output.data(&format!("{id}  {who}  {rule}  {about}"))?;
        }
    }
    if items.is_empty() {
        let words = format!("Nobody is told of {} yet.", dashboard.title);
        output.say(Mark::Note, &words);
    }
    Ok(0)
}

/// How a bell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Archived,
    Off,
    Unconfirmed,
    Muted,
    Failing,
    Listening,
}

impl State {
    fn of(bell: &Value, now: Timestamp) -> Self {
        let muted_until: Option<Timestamp> =
            bell["muted_until"].as_str().and_then(|at| at.parse().ok());
        if !bell["disabled_at"].is_null() {
            Self::Off
        } else if is_unconfirmed(bell) {
            Self::Unconfirmed
        } else if muted_until.is_some_and(|until| until > now) {
            Self::Muted
        } else if !bell["failing_since"].is_null() {
            Self::Failing
        } else {
            Self::Listening
        }
    }

    /// The word for programs.
    const fn word(self) -> &'static str {
        match self {
            Self::Archived => "archived",
            Self::Off => "off",
            Self::Unconfirmed => "unconfirmed",
            Self::Muted => "muted",
            Self::Failing => "failing",
            Self::Listening => "listening",
        }
    }

    fn words(self, bell: &Value) -> String {
        match self {
            Self::Archived => "the dashboard is archived".to_owned(),
            Self::Off => match bell["disabled_reason"].as_str() {
                Some(reason) => format!("off: {reason}"),
                None => "off".to_owned(),
            },
            Self::Unconfirmed => "waits for the address to say yes".to_owned(),
            Self::Muted => format!("muted until {}", when::words(&bell["muted_until"])),
            Self::Failing => "nothing arrives".to_owned(),
            Self::Listening => "listening".to_owned(),
        }
    }
}

/// Nothing goes to an address of mail before it has said yes.
fn is_unconfirmed(bell: &Value) -> bool {
    bell["subscriber_kind"] == "email" && bell["confirmed_at"].is_null()
}

fn word(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or_default().to_owned()
}

fn rule(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|fault| {
        Stop::usage(format!(
            "The rule is no JSON ({fault}). Write it like '{{\"top_n_reordering\": 3}}'."
        ))
        .into()
    })
}

async fn add(args: AddArgs, session: &Session) -> Result<u8> {
    let rule = rule(&args.rule)?;
    let dashboard = dashboards::find(&args.dashboard, session).await?;
    let (who, shown) = if let Some(who) = args.to {
        (who.clone(), who)
    } else {
        let me = session.client.call_raw("get_me", json!({})).await?;
        (word(&me, "id"), "you".to_owned())
    };
    let kind = match &who {
        web if web.starts_with("https://") || web.starts_with("http://") => "webhook",
        mail if mail.contains('@') => "email",
        _ => "persona",
    };
    let input = json!({
        "dashboard_id": dashboard.id, "subscriber_kind": kind, "subscriber_id": who,
        "threshold_json": rule, "baseline": args.baseline.as_str(),
    });
    let made = session
        .client
        .call_raw("create_subscription", input)
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&made)?;
        return Ok(0);
    }
    if output.form == Form::Plain {
        print_plain(&[&word(&made, "id"), &word(&made, "secret")])?;
        return Ok(0);
    }
    let words = format!("A bell of {} for {shown}", dashboard.title);
    output.say(Mark::Done, &words);
    output.data(&word(&made, "id"))?;
    if is_unconfirmed(&made) {
        let words = format!(
            "No bell goes to {shown} before it says yes to the mail that asks it. Whether that was sent: bellboard deliveries list"
        );
        output.say(Mark::Ask, &words);
    }
    if let Some(secret) = made["secret"].as_str() {
        output.say(
            Mark::Note,
            "What its messages are signed with is shown this once:",
        );
        output.data(secret)?;
    }
    Ok(0)
}

/// The bell of a dashboard whose id begins or ends like this.
async fn bell_of(dashboard: &str, part: &str, session: &Session) -> Result<String> {
    let part = part.trim().to_ascii_lowercase();
    if uuid::Uuid::try_parse(&part).is_ok() {
        return Ok(part);
    }
    let filters = json!({ "dashboard_id": dashboard });
    let found = by_part::rows(&session.client, "list_subscriptions", filters, &part).await?;
    let only = by_part::only(&part, &found)?.filter(|_| !part.is_empty());
    only.map(|bell| by_part::id(bell).to_owned()).ok_or_else(|| {
        let words = format!("No bell of this dashboard begins or ends with `{part}`. List them: bellboard bells list {dashboard}");
        Stop::usage(words).into()
    })
}

/// Sends one test, and shows it as it went: its headers, its body, and what came back.
async fn mute(args: MuteArgs, session: &Session) -> Result<u8> {
    let dashboard = dashboards::find(&args.dashboard, session).await?;
    let bell = bell_of(&dashboard.id, &args.bell, session).await?;
    let now = clock::now();
    let until = if args.off { now } else { now + args.span };
    let input =
        json!({ "dashboard_id": dashboard.id, "subscription_id": bell, "muted_until": until });
    let changed = session
        .client
        .call_raw("update_subscription", input)
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&changed)?;
        return Ok(0);
    }
    let words = if args.off {
        "It is heard again".to_owned()
    } else {
        format!(
            "Nothing is heard of it until {}",
            when::words(&changed["muted_until"])
        )
    };
    output.say(Mark::Done, &words);
    Ok(0)
}
