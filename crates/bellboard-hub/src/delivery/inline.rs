//! The short wait of whoever took a snapshot: bells that can be told at once have been told when the answer comes, and
//! receivers that dawdle hold nobody up.

use std::time::Duration;

use bellboard_core::id::{EngagementId, SnapshotId};
use bellboard_core::time::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::store;
use crate::Hub;
use crate::fault::Outcome;

/// How long after the beginning of its call the answer of a snapshot waits for its bells.
const BUDGET: Duration = Duration::from_millis(100);

/// So many senders look at the database at once: a crowd of them would take every connection and every turn from whoever
/// waits for an answer, and be no sooner done.
const LOOKING: usize = 4;

/// How the loop that sends is woken, and how it says that a try has ended. Hints: whoever is woken reads the tables.
#[derive(Debug)]
pub struct Tries {
    due: watch::Sender<u64>,
    ended: watch::Sender<u64>,
    looking: Semaphore,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            due: watch::Sender::new(0),
            ended: watch::Sender::new(0),
            looking: Semaphore::new(LOOKING),
        }
    }
}

impl Tries {
    /// Something became due.
    pub(crate) fn wake(&self) {
        self.due.send_modify(|count| *count += 1);
    }

    /// Comes back when something became due.
    pub(crate) fn due(&self) -> watch::Receiver<u64> {
        self.due.subscribe()
    }

    /// A sender's turn to look; it is over when this is dropped.
    pub(super) async fn turn_to_look(&self) -> Option<SemaphorePermit<'_>> {
        self.looking.acquire().await.ok()
    }

    /// A try ended.
    pub(super) fn end(&self) {
        self.ended.send_modify(|count| *count += 1);
    }
}

/// Waits until every delivery of a snapshot was tried once, and no longer than what is left of the budget since the call
/// began. It never fails: what could not be sent now is sent by the loop, and where no loop runs nobody waits for it.
pub async fn inline(hub: &Hub, engagement: EngagementId, snapshot: SnapshotId, begun: Timestamp) {
    if hub.tries().due.receiver_count() == 0 {
        return;
    }
    let mut ended = hub.tries().ended.subscribe();
    hub.tries().wake();
    let all = async {
        while !matches!(is_untried(hub, engagement, snapshot).await, Ok(false)) {
            if ended.changed().await.is_err() {
                return;
            }
        }
    };
    let left = BUDGET.saturating_sub(hub.now().saturating_since(begun));
    let _ = tokio::time::timeout(left, all).await;
}

async fn is_untried(hub: &Hub, engagement: EngagementId, snapshot: SnapshotId) -> Outcome<bool> {
    let now = hub.now();
    hub.db()
        .read(move |sql| {
            Box::pin(async move { store::is_untried(sql, engagement, snapshot, now).await })
        })
        .await
}
