//! `bellboard snooze`: hides something from you for a while; nobody else's list changes.

use std::time::Duration;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::Args;
use serde_json::json;

use super::{ItemArgs, find, receipt};
use crate::clock;
use crate::runs::short_id;
use crate::session::Session;
use crate::stop::Stop;
use crate::when;

/// As the button on the page.
const USUAL: Duration = Duration::from_hours(1);

/// The arguments of `bellboard snooze`.
#[derive(Debug, Args)]
pub struct SnoozeArgs {
    #[command(flatten)]
    item: ItemArgs,
    /// For how long: 30m, 2h, 3d; at most 30 days [default: 1h]
    #[arg(long = "for", value_name = "TIME", value_parser = when::parse_span)]
    span: Option<Duration>,
    /// Until when: 17:40, 2026-11-30, 2026-11-30T08:00, on your own clock, or a time with its zone
    #[arg(long, value_name = "WHEN", conflicts_with = "span")]
    until: Option<String>,
}

/// Hides it.
pub async fn snooze(args: SnoozeArgs, session: &Session) -> Result<u8> {
    let now = clock::now();
    let until = match &args.until {
        Some(text) => read_until(text, now)?,
        None => now + args.span.unwrap_or(USUAL),
    };
    let item = find::item(&args.item.item, session).await?;
    let Some(kind) = &item.kind else {
        let label = &item.label;
        return Err(Stop::usage(format!(
            "{label}: this does not wait for you, so there is nothing to hide."
        ))
        .into());
    };
    let input = json!({
        "engagement_id": item.engagement_id,
        "kind": kind,
        "item_id": item.id,
        "until": until,
    });
    let view = session.client.call_raw("snooze_need", input).await?;
    let words = format!(
        "Hidden until {}: {} · earlier with: bellboard undo {}",
        when::clock_words(until, now),
        item.label,
        short_id(&item.id)
    );
    receipt(&words, &item.id, 0, &view, &session.output)
}

fn read_until(text: &str, now: Timestamp) -> Result<Timestamp, Stop> {
    when::parse_moment(text, now).ok_or_else(|| {
        Stop::usage(format!(
            "--until {text}: a time such as 17:40, 2026-11-30, 2026-11-30T08:00 or 2026-11-30T08:00:00Z."
        ))
    })
}
