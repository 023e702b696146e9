//! Forgets deliveries that were settled long ago, with their tries and their bytes.

use std::time::Duration;

use super::store;
use crate::Hub;
use crate::fault::Outcome;

/// For so long what was sent can be looked at, and what was given up can be replayed.
const KEPT: Duration = Duration::from_hours(24 * 90);
/// How many one transaction removes, so that nobody waits long behind it.
const BATCH: u32 = 500;

/// Removes everything whose time is over; how many deliveries it were.
pub(crate) async fn forget_settled(hub: &Hub) -> Outcome<u64> {
    let mut forgotten = 0;
    loop {
        let before = hub.now() - KEPT;
        let gone = hub
            .db()
            .write(move |sql| Box::pin(async move { store::forget(sql, before, BATCH).await }))
            .await?;
        forgotten += gone;
        if gone < u64::from(BATCH) {
            return Ok(forgotten);
        }
    }
}
