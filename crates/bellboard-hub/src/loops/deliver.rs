//! Sends what bells have written: at once what just became due, and later what is tried again. Receivers that did not answer
//! have a lane of their own, and whoever dawdles gives its place to the next, so that they hold up no others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::{REST, rest};
use crate::Hub;
use crate::delivery::{Lane, end_left_leases, send, take, wake_deferred};
use crate::fault::Outcome;

/// How often the loop looks without being woken: other replicas write too, and retries become due.
const PERIOD: Duration = Duration::from_secs(1);
/// A hub that ends waits so long for what is on its way; the lease of the rest ends by itself.
const LAST_TRIES: Duration = Duration::from_secs(2);
/// So many places of a lane are free before it is looked at again: looking costs much the same for one as for many.
const LOOKS_FOR: usize = 8;
/// Whoever has not answered after so long dawdles. An honest receiver answers within a few hundred milliseconds.
const DAWDLES: Duration = Duration::from_secs(1);

/// What is under way in a lane.
struct UnderWay {
    lane: Lane,
    tries: JoinSet<()>,
    /// Places of those that do not dawdle.
    places: Arc<Semaphore>,
}

impl UnderWay {
    fn new(lane: Lane) -> Self {
        Self {
            lane,
            tries: JoinSet::new(),
            places: Arc::new(Semaphore::new(lane.width())),
        }
    }

    /// How many may begin now; none while so few could that it is too early to look.
    fn room(&self) -> usize {
        let left = self.lane.most().saturating_sub(self.tries.len());
        let room = left.min(self.places.available_permits());
        if room < LOOKS_FOR { 0 } else { room }
    }
}

pub(super) async fn run(hub: Hub, mut stopped: watch::Receiver<bool>) {
    while let Err(fault) = take_over(&hub).await {
        tracing::warn!(%fault, "what an earlier hub left could not be looked at this time");
        if !rest(&mut stopped, REST).await {
            return;
        }
    }
    let mut due = hub.tries().due();
    let mut lanes = Lane::ALL.map(UnderWay::new);
    loop {
        let mut full = false;
        for lane in &mut lanes {
            match fill(&hub, lane).await {
                Ok(is_full) => full |= is_full,
                Err(fault) => {
                    tracing::warn!(%fault, "deliveries could not be taken this time");
                    if !rest(&mut stopped, REST).await {
                        return;
                    }
                }
            }
        }
        let [fresh, slow] = &mut lanes;
        let (fresh, slow) = (&mut fresh.tries, &mut slow.tries);
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            _ = due.changed() => {}
            // More waits than could be taken: whenever one is done there is room.
            Some(_) = fresh.join_next(), if full && !fresh.is_empty() => {}
            Some(_) = slow.join_next(), if full && !slow.is_empty() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
    let rest_of_them = async {
        for lane in &mut lanes {
            while lane.tries.join_next().await.is_some() {}
        }
    };
    let _ = tokio::time::timeout(LAST_TRIES, rest_of_them).await;
}

/// What only a start changes: leases that a dead hub left, and what waits for a hub with another key or a server of mail.
async fn take_over(hub: &Hub) -> Outcome<()> {
    end_left_leases(hub).await?;
    wake_deferred(hub).await
}

/// Takes as many as the lane has room for, and sends them side by side; whether more may wait.
async fn fill(hub: &Hub, lane: &mut UnderWay) -> Outcome<bool> {
    while lane.tries.try_join_next().is_some() {}
    let room = lane.room();
    if room == 0 {
        return Ok(true);
    }
    let taken = take(hub, lane.lane, room).await?;
    let is_full = taken.len() >= room;
    for one in taken {
        let (hub, place) = (hub.clone(), Arc::clone(&lane.places).try_acquire_owned());
        lane.tries.spawn(async move {
            let mut sending = Box::pin(send(&hub, one));
            if tokio::time::timeout(DAWDLES, &mut sending).await.is_err() {
                drop(place);
                hub.tries().wake();
                sending.await;
            }
        });
    }
    Ok(is_full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_looked_at_when_several_places_are_free() {
        let lane = UnderWay::new(Lane::Fresh);
        assert_eq!(lane.room(), Lane::Fresh.width());
        let all_but = Lane::Fresh.width() - LOOKS_FOR;
        let held = lane
            .places
            .try_acquire_many(u32::try_from(all_but).unwrap());
        assert_eq!(lane.room(), LOOKS_FOR);
        let one_more = lane.places.try_acquire();
        assert_eq!(lane.room(), 0);
        drop((held, one_more));
    }
}
