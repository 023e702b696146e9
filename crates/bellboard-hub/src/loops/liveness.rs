//! Ends the runs that nobody reports on any more.

use std::time::Duration;

use tokio::sync::watch;

use super::rest;
use crate::Hub;
use crate::run::lose_abandoned;

/// How often the loop looks: a small part of the shortest limit.
const PERIOD: Duration = Duration::from_secs(10);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    while rest(&mut stopped, PERIOD).await {
        match lose_abandoned(&hub).await {
            Ok(0) => {}
            Ok(lost) => tracing::info!(lost, "completed runs that stopped reporting"),
            Err(fault) => tracing::warn!(%fault, "abandoned runs could not be completed this time"),
        }
    }
}
