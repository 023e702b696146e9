//! `bellboard dashboards`: saved questions, what they answer, and what changed.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use bellboard_core::time::Timestamp;
use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock;
use crate::output::{Form, Mark, Output, counted, print_json, print_plain};
use crate::runs::short_id;
use crate::session::Session;
use crate::stop::Stop;
use crate::when;
use crate::wire;

mod add;
mod diff;
mod show;

/// What can be done with dashboards.
#[derive(Debug, Subcommand)]
pub enum DashboardsCommand {
    /// The dashboards of your engagements, last changed first
    List(ListArgs),
    /// Save a question
    Add(add::AddArgs),
    /// What one answered last
    Show(OneArgs),
    /// Keep what it answers now, and ring the bells that this is worth
    Snapshot(OneArgs),
    /// What differs between two snapshots; between the newest two when none is named
    Diff(DiffArgs),
    /// Put rows in place of those before: JSON, NDJSON or CSV
    Push(PushArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Those out of use instead
    #[arg(long)]
    archived: bool,
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

#[derive(Debug, Args)]
pub struct OneArgs {
    /// The dashboard: its title, its id, or a beginning or end of it
    dashboard: String,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The dashboard: its title, its id, or a beginning or end of it
    dashboard: String,
    /// The earlier snapshot, by its id [default: the one before the later]
    #[arg(long, value_name = "SNAPSHOT")]
    from: Option<String>,
    /// The later snapshot, by its id [default: the newest]
    #[arg(long, value_name = "SNAPSHOT")]
    to: Option<String>,
}

#[derive(Debug, Args)]
pub struct PushArgs {
    /// The dashboard: its title, its id, or a beginning or end of it
    dashboard: String,
    /// The file; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How it is written [default: as the name of the file ends]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<RowsForm>,
    /// Take no snapshot of them
    #[arg(long)]
    no_snapshot: bool,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RowsForm {
    /// An array of objects
    Json,
    /// One object on each line
    Ndjson,
    /// With a header
    Csv,
}

impl RowsForm {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
        }
    }

    fn of(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// A dashboard, as far as it is told here.
#[derive(Debug, Clone, Deserialize)]
pub struct Dashboard {
    pub id: String,
    pub title: String,
    engagement_slug: String,
    view_spec_json: Value,
    metadata: Metadata,
    last_snapshot: Option<LastSnapshot>,
    subscriptions: u64,
    pub archived_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    snapshot_policy: String,
}

#[derive(Debug, Clone, Deserialize)]
struct LastSnapshot {
    id: String,
    captured_at: Timestamp,
    row_count: u64,
}

/// Does it.
pub async fn run(command: DashboardsCommand, session: &Session) -> Result<u8> {
    match command {
        DashboardsCommand::List(args) => list(args, session).await,
        DashboardsCommand::Add(args) => add::run(args, session).await,
        DashboardsCommand::Show(args) => show::run(&args.dashboard, session).await,
        DashboardsCommand::Snapshot(args) => snapshot(&args.dashboard, session).await,
        DashboardsCommand::Diff(args) => diff::run(args, session).await,
        DashboardsCommand::Push(args) => push(args, session).await,
    }
}

/// The dashboard that a person means; one out of use where none in use is called so.
pub async fn find(named: &str, session: &Session) -> Result<Dashboard> {
    for archived in [false, true] {
        let filters = json!({ "archived": archived });
        let all = wire::all(&session.client, "list_dashboards", filters).await?;
        if let Some(one) = meant(named, all)? {
            return Ok(one);
        }
    }
    Err(Stop::usage(format!(
        "None of your dashboards is called `{named}`. List them: bellboard dashboards list"
    ))
    .into())
}

/// The only one of them that is called so.
fn meant(named: &str, all: Vec<Dashboard>) -> Result<Option<Dashboard>, Stop> {
    let part = named.to_ascii_lowercase();
    let is_meant = |one: &Dashboard| {
        one.title.eq_ignore_ascii_case(named)
            || (part.len() >= 4 && (one.id.starts_with(&part) || one.id.ends_with(&part)))
    };
    let mut meant: Vec<Dashboard> = all.into_iter().filter(is_meant).collect();
    if meant.len() > 1 {
        let ids: Vec<&str> = meant.iter().map(|one| one.id.as_str()).collect();
        let words = format!("Several are meant by `{named}`: {}", ids.join(", "));
        return Err(Stop::usage(words));
    }
    Ok(meant.pop())
}

async fn list(args: ListArgs, session: &Session) -> Result<u8> {
    let filters = json!({
        "archived": args.archived,
        "engagement": session.engagement_filter(args.engagement.as_deref()).await?,
    });
    let items: Vec<Value> = wire::all(&session.client, "list_dashboards", filters).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&json!({ "items": items, "total_count": items.len() }))?;
        return Ok(0);
    }
    let dashboards: Vec<Dashboard> = serde_json::from_value(Value::Array(items))?;
    for one in &dashboards {
        let source = one.view_spec_json["source"].as_str().unwrap_or_default();
        if output.form == Form::Plain {
            let bells = one.subscriptions.to_string();
            print_plain(&[&one.id, &one.title, &one.engagement_slug, source, &bells])?;
        } else {
            output.data(&line(one, source, output))?;
        }
    }
    if dashboards.is_empty() {
        output.say(Mark::Note, "No dashboards match.");
    }
    Ok(0)
}

fn line(one: &Dashboard, source: &str, output: &Output) -> String {
    let last = one.last_snapshot.as_ref().map_or_else(
        || "no snapshot yet".to_owned(),
        |last| {
            let when = when::clock_words(last.captured_at, clock::now());
            format!("{}, {when}", counted(last.row_count, "row", "rows"))
        },
    );
    let bells = counted(one.subscriptions, "bell", "bells");
    let policy = &one.metadata.snapshot_policy;
    let about = format!(
        "{} · {source} · {policy} · {bells} · {last}",
        one.engagement_slug
    );
    let title = output.cut(&one.title, 32);
    format!(
        "{}  {title:<32}  {}",
        short_id(&one.id),
        output.faint(&about)
    )
}

async fn snapshot(named: &str, session: &Session) -> Result<u8> {
    let dashboard = find(named, session).await?;
    let input = json!({ "dashboard_id": dashboard.id });
    let taken = session.client.call_raw("take_snapshot", input).await?;
    told(session, &dashboard, &taken)
}

/// The view for programs, a sentence for people.
fn told(session: &Session, dashboard: &Dashboard, snapshot: &Value) -> Result<u8> {
    let output = &session.output;
    match output.form {
        Form::Json => print_json(snapshot)?,
        Form::Plain => print_plain(&[snapshot["id"].as_str().unwrap_or_default()])?,
        Form::Human => {
            let changed = match (snapshot["number"].as_u64(), snapshot["unchanged"].as_bool()) {
                (Some(1), _) => "the first",
                (_, Some(true)) => "unchanged",
                _ => "changed",
            };
            let words = format!(
                "Snapshot {} of {}: {}, {changed}",
                snapshot["number"],
                dashboard.title,
                rows(snapshot)
            );
            output.say(Mark::Done, &words);
        }
    }
    Ok(0)
}

fn rows(of: &Value) -> String {
    counted(of["row_count"].as_u64().unwrap_or_default(), "row", "rows")
}

/// Puts the rows of a file in place of those before.
pub async fn push(args: PushArgs, session: &Session) -> Result<u8> {
    let is_input = args.file.as_os_str() == "-";
    let form = args.format.or_else(|| RowsForm::of(&args.file));
    let form = form.ok_or_else(|| {
        Stop::usage("How the rows are written cannot be told from the name. Say --format json, ndjson or csv.")
    })?;
    let bytes = if is_input {
        let mut bytes = Vec::new();
        let most = bellboard_core::dashboard::PUSHED_BYTES_AT_MOST as u64 + 1;
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
        bytes
    } else {
        let shown = args.file.display();
        std::fs::read(&args.file).with_context(|| format!("{shown} cannot be read"))?
    };
    let dashboard = find(&args.dashboard, session).await?;
    let path = format!(
        "/api/dashboard/{}/rows?snapshot={}",
        dashboard.id, !args.no_snapshot
    );
    let answer = session
        .client
        .stream(reqwest::Method::POST, &path, |request| {
            request
                .header(reqwest::header::CONTENT_TYPE, form.media_type())
                .body(bytes)
        })
        .await?;
    let pushed = session.client.json(answer).await?;
    if session.output.form == Form::Json {
        print_json(&pushed)?;
        return Ok(0);
    }
    let words = format!("{} of {}", rows(&pushed), dashboard.title);
    session.output.say(Mark::Done, &words);
    if pushed["snapshot"].is_object() {
        return told(session, &dashboard, &pushed["snapshot"]);
    }
    Ok(0)
}
