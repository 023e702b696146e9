//! Ends the runs that nobody reports on any more, and puts before people those that are merely silent.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use tokio::sync::watch;

use super::hearing::Hearing;
use super::rest;
use crate::Hub;
use crate::fault::Outcome;
use crate::run::{await_silent, lose_abandoned};

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
        pause = match look(&hub, heard_since).await {
            Ok((0, 0)) => PERIOD,
            Ok((lost, silent)) => {
                tracing::info!(
                    lost,
                    silent,
                    "completed runs that stopped reporting, and put silent ones before people"
                );
                PERIOD
            }
            Err(fault) => {
                tracing::warn!(%fault, "abandoned and silent runs could not be dealt with this time");
                hearing = Hearing::from(hub.now());
                GRACE
            }
        };
    }
}

/// How many runs it completed, and how many it put into needs-you.
async fn look(hub: &Hub, heard_since: Timestamp) -> Outcome<(u64, u64)> {
    let lost = lose_abandoned(hub, heard_since).await?;
    Ok((lost, await_silent(hub, heard_since).await?))
}
