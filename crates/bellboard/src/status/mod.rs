//! `bellboard status`: the three zones of the home page in a terminal.

mod print;

use std::collections::HashMap;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::clock;
use crate::output::{Form, print_json};
use crate::session::Session;
use crate::stop;
use crate::wire::{self, Page, Run};

/// The arguments of `bellboard status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Two numbers for a prompt: what needs you and what is active
    #[arg(long)]
    short: bool,
    /// End with 10 when something needs you
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Deserialize)]
struct ActiveItem {
    engagement_name: String,
    item_id: String,
    item_label: String,
    started_at: Timestamp,
    progress_hint: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NeedsYouItem {
    engagement_name: String,
    item_kind: String,
    item_id: String,
    item_label: String,
    detail: Option<String>,
    created_at: Timestamp,
    #[serde(default)]
    actions: Vec<Action>,
}

/// What can be done about it.
#[derive(Debug, Deserialize)]
struct Action {
    verb: String,
    #[serde(default)]
    body: serde_json::Value,
}

#[derive(Debug, Deserialize)]
struct RecentItem {
    engagement_name: String,
    artifact_kind: String,
    artifact_id: String,
    artifact_label: String,
    completed_at: Timestamp,
}

/// The three zones, each as it came and as it is read.
struct Zones {
    needs_you: Page<NeedsYouItem>,
    active: Page<ActiveItem>,
    recent: Page<RecentItem>,
}

/// Shows the zones.
pub async fn run(args: StatusArgs, session: &Session) -> Result<u8> {
    session.deliver_spooled().await;
    let client = &session.client;
    let zone = |verb: &'static str| client.call_raw(verb, json!({"limit": wire::PAGE}));
    let (needs_you, active, recent) = tokio::try_join!(
        zone("list_needs_you"),
        zone("list_active"),
        zone("list_recent")
    )?;
    let waiting = needs_you["total_count"].as_u64().unwrap_or(0);
    let code = if args.exit_code && waiting > 0 {
        stop::NEEDS_YOU
    } else {
        0
    };
    let output = &session.output;
    if args.short {
        let running = active["total_count"].as_u64().unwrap_or(0);
        output.data(&format!("{waiting}! {running}▸"))?;
        return Ok(code);
    }
    if output.form == Form::Json {
        print_json(&json!({"needs_you": needs_you, "active": active, "recent": recent}))?;
        return Ok(code);
    }
    let zones = Zones {
        needs_you: serde_json::from_value(needs_you)?,
        active: serde_json::from_value(active)?,
        recent: serde_json::from_value(recent)?,
    };
    if output.form == Form::Plain {
        print::lines(&zones)?;
        return Ok(code);
    }
    let runs = runs_by_id(session, &zones).await?;
    print::zones(&zones, &runs, output, clock::now())?;
    Ok(code)
}

/// The runs behind the rows, for their bars and marks; a row whose run is not among the newest goes without.
async fn runs_by_id(session: &Session, zones: &Zones) -> Result<HashMap<String, Run>> {
    if zones.active.items.is_empty() && zones.recent.items.is_empty() {
        return Ok(HashMap::new());
    }
    let list = |status: &'static str| {
        session
            .client
            .call::<Page<Run>>("list_runs", json!({"limit": wire::PAGE, "status": status}))
    };
    let (running, queued, completed) =
        tokio::try_join!(list("running"), list("queued"), list("completed"))?;
    let all = running
        .items
        .into_iter()
        .chain(queued.items)
        .chain(completed.items);
    Ok(all.map(|run| (run.id.clone(), run)).collect())
}
