//! `bellboard demo count`: twenty seconds of counted work, to see what a run looks like everywhere at once.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::clock;
use crate::output::Mark;
use crate::runs::short_id;
use crate::session::Session;

/// The arguments of `bellboard demo count`.
#[derive(Debug, Args)]
pub struct CountArgs {
    /// The engagement that the run belongs to: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// How far to count
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=1000), hide = true)]
    to: u64,
    /// The pause between two counts
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=10_000), hide = true)]
    pause_ms: u64,
}

/// Counts.
pub async fn run(args: CountArgs, session: &Session) -> Result<u8> {
    let place = session.engagement(args.engagement.as_deref()).await?;
    let run_id = clock::new_id().to_string();
    let start = json!({
        "engagement_id": place.engagement_id,
        "id": run_id,
        "type": "demo.count",
        "label": format!("Count to {}", args.to),
        "identity_mode": "nonce",
        "status": "running",
        "heartbeat_seconds": 5,
    });
    session.client.call_raw("start_run", start).await?;
    let page = session.page_of_run(&run_id);
    session.output.say(
        Mark::Note,
        &format!("Counting as run {} · {page}", short_id(&run_id)),
    );
    for processed in 1..=args.to {
        tokio::time::sleep(Duration::from_millis(args.pause_ms)).await;
        let report =
            json!({"run_id": run_id, "processed": processed, "total": args.to, "unit": "numbers"});
        session.client.call_raw("report_run", report).await?;
    }
    session
        .client
        .call_raw(
            "finish_run",
            json!({"run_id": run_id, "outcome": "succeeded"}),
        )
        .await?;
    session.output.say(
        Mark::Done,
        &format!("Finished: {0} of {0} numbers", args.to),
    );
    Ok(0)
}
