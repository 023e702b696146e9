//! Forgets what no longer serves anybody: hints that nobody resumes from, sessions and links that have
//! ended, keys of starts, puttings-off that are over, completed runs beyond the time of their type, deliveries that were settled
//! long ago, content that no artifact names, snapshots beyond the time of their dashboard.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use tokio::sync::watch;

use super::rest;
use crate::Hub;
use crate::fault::Outcome;
use crate::{artifact, content, delivery, event, home, idempotency, run, session, snapshot};

/// How often the loop looks.
const PERIOD: Duration = Duration::from_hours(1);
/// Bytes without a record are looked for in every so manieth round: it looks at every file.
const SWEEP_ROUNDS: u64 = 24;
/// How many hints one transaction forgets.
const BATCH: u32 = 5_000;
/// A start can be sent again under its key for a day.
const KEYS_KEPT: Duration = Duration::from_hours(24);
/// A stream can resume from hints of the last day.
const HINTS_KEPT: Duration = Duration::from_hours(24);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    let mut round = 0_u64;
    while rest(&mut stopped, PERIOD).await {
        if let Err(fault) = forget(&hub).await {
            tracing::warn!(%fault, "nothing could be forgotten this time");
        }
        if round.is_multiple_of(SWEEP_ROUNDS) {
            match content::sweep(&hub).await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "removed content without a record"),
                Err(fault) => tracing::warn!(%fault, "content could not be swept this time"),
            }
        }
        round += 1;
    }
}

/// Removes everything whose time is over.
pub async fn forget(hub: &Hub) -> Outcome<()> {
    let now = hub.now();
    let hints = forget_hints(hub, now).await?;
    let sessions = hub
        .db()
        .write(move |sql| Box::pin(async move { session::store::delete_expired(sql, now).await }))
        .await?;
    let keys = hub
        .db()
        .write(move |sql| {
            Box::pin(async move { idempotency::store::delete_before(sql, now - KEYS_KEPT).await })
        })
        .await?;
    hub.db()
        .write(move |sql| Box::pin(async move { home::store::forget_snoozes(sql, now).await }))
        .await?;
    let runs = run::forget_expired(hub).await?;
    let artifacts = artifact::forget_expired(hub).await?;
    let deliveries = delivery::forget_settled(hub).await?;
    let contents = content::collect(hub).await?;
    let snapshots = snapshot::forget_expired(hub).await?;
    if hints + sessions + keys + runs + artifacts + deliveries + contents + snapshots > 0 {
        tracing::info!(
            hints,
            sessions,
            keys,
            runs,
            artifacts,
            deliveries,
            contents,
            snapshots,
            "forgot old hints, sessions, links, keys, runs, artifacts, deliveries, content and snapshots"
        );
    }
    Ok(())
}

/// In batches, so that nobody waits long behind one of them.
async fn forget_hints(hub: &Hub, now: Timestamp) -> Outcome<u64> {
    let mut forgotten = 0;
    loop {
        let gone: Outcome<u64> = hub
            .db()
            .write(move |sql| {
                Box::pin(
                    async move { event::store::delete_before(sql, now - HINTS_KEPT, BATCH).await },
                )
            })
            .await;
        let gone = gone?;
        forgotten += gone;
        if gone < u64::from(BATCH) {
            return Ok(forgotten);
        }
    }
}
