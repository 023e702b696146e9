//! Reads the feed of hints in commit order and hands it to this replica's listeners.

use std::time::Duration;

use tokio::sync::watch;

use super::{REST, rest};
use crate::Hub;
use crate::event::{self, BATCH};
use crate::fault::Outcome;

/// Without a hint from the database the feed is read this often.
const PERIOD: Duration = Duration::from_secs(1);
/// Hints that come in a burst are read together: on PostgreSQL a row may stay unreadable for a moment after the commit.
const GATHER: Duration = Duration::from_millis(20);

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    let mut changes = hub.db().changes();
    loop {
        match event::newest(&hub).await {
            Ok(end) => {
                hub.feed().start_at(end);
                break;
            }
            Err(fault) => tracing::warn!(%fault, "the feed cannot be read yet"),
        }
        if !rest(&mut stopped, REST).await {
            return;
        }
    }
    loop {
        let pause = match read(&hub).await {
            Ok(()) => PERIOD,
            Err(fault) => {
                tracing::warn!(%fault, "the feed could not be read");
                REST
            }
        };
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = changes.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
        if !rest(&mut stopped, GATHER).await {
            return;
        }
        changes.mark_unchanged();
    }
}

async fn read(hub: &Hub) -> Outcome<()> {
    loop {
        let batch = event::read_after(hub, hub.feed().end()).await?;
        let full = batch.len() == BATCH as usize;
        hub.feed().publish(batch);
        if !full {
            return Ok(());
        }
    }
}
