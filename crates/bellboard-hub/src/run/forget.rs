//! Forgets completed runs whose time is over. What still waits for somebody is kept however old it is.

use bellboard_core::id::{EngagementId, RunId};

use super::store;
use crate::Hub;
use crate::fault::Outcome;
use crate::home::{self, Zone};

/// How many runs one transaction removes, so that nobody waits long behind it.
const BATCH: u32 = 100;

/// Removes every run whose time is over; how many it were.
pub async fn forget_expired(hub: &Hub) -> Outcome<u64> {
    let mut forgotten = 0;
    for own_time in [true, false] {
        loop {
            let gone = forget_batch(hub, own_time).await?;
            forgotten += gone;
            if gone < u64::from(BATCH) {
                break;
            }
        }
    }
    Ok(forgotten)
}

async fn forget_batch(hub: &Hub, own_time: bool) -> Outcome<u64> {
    let now = hub.now();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let mut gone = 0;
                for row in store::expired(sql, own_time, now, BATCH).await? {
                    let (engagement, run): (EngagementId, RunId) = (row.id(0)?, row.id(1)?);
                    if store::delete(sql, engagement, run).await? {
                        home::store::count(sql, engagement, Zone::Recent, "run", run.uuid(), -1)
                            .await?;
                        gone += 1;
                    }
                }
                Ok(gone)
            })
        })
        .await
}
