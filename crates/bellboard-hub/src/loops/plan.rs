//! Looks after the plan: decisions whose deadline is over are escalated, and once a day the open tasks of closed
//! workstreams are cancelled.

use std::time::Duration;

use tokio::sync::watch;

use super::rest;
use crate::Hub;
use crate::cleanup::clean_up_daily;
use crate::plan_decision::escalate_due;

/// How often the loop looks for deadlines.
const PERIOD: Duration = Duration::from_mins(1);
/// In every so manieth round it cleans up: once a day. The first round after a start is one of them, and finds nothing
/// where another replica was before.
const CLEAN_UP_ROUNDS: u64 = 24 * 60;

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    let mut round = 0_u64;
    while rest(&mut stopped, PERIOD).await {
        match escalate_due(&hub).await {
            Ok(0) => {}
            Ok(escalated) => tracing::info!(escalated, "escalated decisions of the plan"),
            Err(fault) => tracing::warn!(%fault, "decisions could not be escalated this time"),
        }
        if round.is_multiple_of(CLEAN_UP_ROUNDS) {
            match clean_up_daily(&hub).await {
                Ok(0) => {}
                Ok(tasks) => tracing::info!(tasks, "cancelled open tasks of closed workstreams"),
                Err(fault) => tracing::warn!(%fault, "the plan could not be cleaned up this time"),
            }
        }
        round += 1;
    }
}
