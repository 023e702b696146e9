//! The short wait of whoever took a snapshot: bells that can be told at once have been told when the answer comes, and
//! receivers that dawdle hold nobody up.

use std::time::Duration;

use bellboard_core::id::{EngagementId, SnapshotId};
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::store;
use crate::Hub;
use crate::db::Engine;
use crate::fault::Outcome;

/// How long the answer of a snapshot waits for its bells once they are written.
const BUDGET: Duration = Duration::from_millis(100);

/// So many senders look at the database at once: a crowd of them would take every connection and every turn from whoever
/// waits for an answer, and be no sooner done.
const LOOKING: usize = 4;

/// So many write what came of their tries at once: when a crowd fails together, whoever takes a snapshot then waits for few
/// of them. The one writer of SQLite takes all of these along in one commit; PostgreSQL works on each beside the snapshot.
const fn storing(engine: Engine) -> usize {
    match engine {
        Engine::Sqlite => 32,
        Engine::Postgres => 4,
    }
}

/// Snapshots that follow one another without a pause for so long are given way to no more, until there is a pause: bells
/// are told however many snapshots there are.
const GIVES_WAY: Duration = Duration::from_millis(250);

/// How the loop that sends is woken, and how it says that a try has ended. Hints: whoever is woken reads the tables.
#[derive(Debug)]
pub struct Tries {
    due: watch::Sender<u64>,
    ended: watch::Sender<u64>,
    looking: Semaphore,
    storing: Semaphore,
    writing: watch::Sender<Crowd>,
}

/// Those who take snapshots.
#[derive(Debug, Default)]
struct Crowd {
    /// How many are being taken.
    snapshots: usize,
    /// Senders have given way to them for long enough.
    outlasted: bool,
}

/// A snapshot is being taken until this is dropped; senders give way to it. By hand and by the timer it is from before its
/// picture is made; a push takes as long as its rows need to come, and is given way to while they are kept.
#[must_use]
pub(crate) struct Writing<'t>(&'t Tries);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.writing.send_modify(|crowd| {
            crowd.snapshots -= 1;
            crowd.outlasted &= crowd.snapshots > 0;
        });
    }
}

impl Tries {
    /// Of a hub over such a database.
    pub(crate) fn over(engine: Engine) -> Self {
        Self {
            due: watch::Sender::new(0),
            ended: watch::Sender::new(0),
            looking: Semaphore::new(LOOKING),
            storing: Semaphore::new(storing(engine)),
            writing: watch::Sender::default(),
        }
    }

    /// Somebody waits for a snapshot that is about to be taken, and nobody for what senders do meanwhile.
    pub(crate) fn write_first(&self) -> Writing<'_> {
        self.writing.send_modify(|crowd| crowd.snapshots += 1);
        Writing(self)
    }

    /// Comes back when no snapshot is being taken, or when they have been given way to for long enough.
    pub(super) async fn give_way(&self) {
        let mut writing = self.writing.subscribe();
        let free = writing.wait_for(|crowd| crowd.snapshots == 0 || crowd.outlasted);
        if tokio::time::timeout(GIVES_WAY, free).await.is_err() {
            let outlast = |crowd: &mut Crowd| crowd.outlasted = crowd.snapshots > 0;
            self.writing.send_modify(outlast);
        }
    }

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
        let turn = self.looking.acquire().await.ok();
        self.give_way().await;
        turn
    }

    /// A sender's turn to write what came of its try; it is over when this is dropped.
    pub(super) async fn turn_to_store(&self) -> Option<SemaphorePermit<'_>> {
        let turn = self.storing.acquire().await.ok();
        self.give_way().await;
        turn
    }

    /// A try ended.
    pub(super) fn end(&self) {
        self.ended.send_modify(|count| *count += 1);
    }
}

/// Waits until every delivery of a snapshot that stands in the fast lane was tried once, and no longer than the budget: a
/// receiver that failed the last time, or has not answered to an earlier bell yet, is not waited for. It never fails: what
/// could not be sent now is sent by the loop, and where no loop runs nobody waits for it.
pub async fn inline(hub: &Hub, engagement: EngagementId, snapshot: SnapshotId) {
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
    let _ = tokio::time::timeout(BUDGET, all).await;
}

async fn is_untried(hub: &Hub, engagement: EngagementId, snapshot: SnapshotId) -> Outcome<bool> {
    let now = hub.now();
    hub.db()
        .read(move |sql| {
            Box::pin(async move { store::is_untried(sql, engagement, snapshot, now).await })
        })
        .await
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn senders_give_way_until_the_last_snapshot_is_written() {
        let tries = Tries::over(Engine::Sqlite);
        let (first, second) = (tries.write_first(), tries.write_first());
        let mut sender = Box::pin(tries.turn_to_store());
        for snapshot in [Some(first), Some(second), None] {
            let is_last = snapshot.is_none();
            let goes_on = tokio::select! {
                biased;
                turn = &mut sender => turn.is_some(),
                () = ready(()) => false,
            };
            assert_eq!(goes_on, is_last);
            drop(snapshot);
        }
    }

    #[tokio::test]
    async fn snapshots_without_a_pause_are_given_way_to_once() {
        let tries = Tries::over(Engine::Sqlite);
        let first = tries.write_first();
        tries.give_way().await;
        // Nobody waits for those any more, nor for the next.
        let next = tries.write_first();
        drop(first);
        assert!(tries.writing.borrow().outlasted);
        tries.give_way().await;
        drop(next);
        // After a pause they come first again.
        let later = tries.write_first();
        assert!(!tries.writing.borrow().outlasted);
        drop(later);
    }
}
