//! Releases what follows from decisions when their undo time is over.

use std::time::Duration;

use tokio::sync::watch;

use super::rest;
use crate::Hub;
use crate::decision::release_due;

/// How often the loop looks: whoever waits for a decision waits this much longer at most.
const PERIOD: Duration = Duration::from_millis(500);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    while rest(&mut stopped, PERIOD).await {
        if let Err(fault) = release_due(&hub).await {
            tracing::warn!(%fault, "decisions could not be released this time");
        }
    }
}
