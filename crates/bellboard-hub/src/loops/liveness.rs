//! Ends the runs that nobody reports on any more.

use std::time::Duration;

use tokio::sync::watch;

use super::hearing::Hearing;
use super::rest;
use crate::Hub;
use crate::run::lose_abandoned;

/// How often the loop looks: a small part of the shortest limit.
const PERIOD: Duration = Duration::from_secs(10);

/// After a start of the hub, or a time without its database, reporters get this long to be heard again before their
/// silence is held against them.
const GRACE: Duration = Duration::from_mins(2);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    let mut hearing = Hearing::from(hub.now());
    let mut pause = GRACE;
    while rest(&mut stopped, pause).await {
        let heard_since = hearing.since(hub.now(), pause);
        pause = match lose_abandoned(&hub, heard_since).await {
            Ok(0) => PERIOD,
            Ok(lost) => {
                tracing::info!(lost, "completed runs that stopped reporting");
                PERIOD
            }
            Err(fault) => {
                tracing::warn!(%fault, "abandoned runs could not be completed this time");
                hearing = Hearing::from(hub.now());
                GRACE
            }
        };
    }
}
