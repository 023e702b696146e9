//! Takes runs from workers that are no longer heard.

use std::time::Duration;

use tokio::sync::watch;

use super::hearing::Hearing;
use super::rest;
use crate::Hub;
use crate::run::end_leases;

/// How often the loop looks: half of the shortest lease.
const PERIOD: Duration = Duration::from_secs(5);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    // After a start of the hub, or a time without its database, each worker has its whole lease to be heard again.
    let mut hearing = Hearing::from(hub.now());
    while rest(&mut stopped, PERIOD).await {
        match end_leases(&hub, hearing.since(hub.now(), PERIOD)).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "took runs from workers that stopped answering"),
            Err(fault) => {
                tracing::warn!(%fault, "leases could not be ended this time");
                hearing = Hearing::from(hub.now());
            }
        }
    }
}
