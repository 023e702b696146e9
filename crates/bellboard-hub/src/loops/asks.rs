//! Applies the fallback of asks whose time is over.

use std::time::Duration;

use tokio::sync::watch;

use super::rest;
use crate::Hub;
use crate::ask::expire_due;

/// How often the loop looks.
const PERIOD: Duration = Duration::from_secs(1);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    while rest(&mut stopped, PERIOD).await {
        match expire_due(&hub).await {
            Ok(0) => {}
            Ok(expired) => tracing::info!(expired, "applied the fallbacks of asks"),
            Err(fault) => tracing::warn!(%fault, "asks could not be expired this time"),
        }
    }
}
