//! Forgets what no longer serves anybody: hints that nobody resumes from, sessions and links that have
//! ended, completed runs beyond the time of their type.

use std::time::Duration;

use tokio::sync::watch;

use super::rest;
use crate::Hub;
use crate::fault::{Fault, Outcome};
use crate::{event, run, session};

/// How often the loop looks.
const PERIOD: Duration = Duration::from_hours(1);
/// A stream can resume from hints of the last day.
const HINTS_KEPT: Duration = Duration::from_hours(24);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    while rest(&mut stopped, PERIOD).await {
        if let Err(fault) = forget(&hub).await {
            tracing::warn!(%fault, "nothing could be forgotten this time");
        }
    }
}

async fn forget(hub: &Hub) -> Outcome<()> {
    let now = hub.now();
    let gone = hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let hints = event::store::delete_before(sql, now - HINTS_KEPT).await?;
                let sessions = session::store::delete_expired(sql, now).await?;
                Ok::<_, Fault>(hints + sessions)
            })
        })
        .await?;
    let runs = run::forget_expired(hub).await?;
    if gone + runs > 0 {
        tracing::info!(
            rows = gone,
            runs,
            "forgot old hints, sessions, links and runs"
        );
    }
    Ok(())
}
