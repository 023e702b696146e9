//! Takes the snapshots whose time has come, each once over all replicas.

use std::time::Duration;

use tokio::sync::watch;

use super::rest;
use crate::Hub;
use crate::snapshot::take_due;

/// How often the loop looks: a snapshot is taken this much after its time at most.
const PERIOD: Duration = Duration::from_secs(5);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    while rest(&mut stopped, PERIOD).await {
        match take_due(&hub).await {
            Ok(done) if done.missed > 0 => {
                tracing::warn!(missed = done.missed, "snapshots were not taken in time");
            }
            Ok(_) => {}
            Err(fault) => tracing::warn!(%fault, "snapshots could not be taken this time"),
        }
    }
}
