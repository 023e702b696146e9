//! Forgets artifacts whose time is over. What still waits for somebody is kept however long it is over.

use bellboard_core::artifact::{Kind, State};
use bellboard_core::id::{ArtifactId, EngagementId};

use super::store;
use super::view::word;
use crate::Hub;
use crate::fault::Outcome;
use crate::home::{self, Zone};

/// How many artifacts one transaction removes, so that nobody waits long behind it.
const BATCH: u32 = 100;

/// Removes every artifact whose time is over; how many it were.
pub async fn forget_expired(hub: &Hub) -> Outcome<u64> {
    let mut forgotten = 0;
    loop {
        let gone = forget_batch(hub).await?;
        forgotten += gone;
        if gone < u64::from(BATCH) {
            return Ok(forgotten);
        }
    }
}

async fn forget_batch(hub: &Hub) -> Outcome<u64> {
    let now = hub.now();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let mut gone = 0;
                for row in store::expired(sql, now, BATCH).await? {
                    let (engagement, id): (EngagementId, ArtifactId) = (row.id(0)?, row.id(1)?);
                    let kind = word(&row, 2, Kind::parse)?;
                    let (version, state) = (row.int(3)?, word(&row, 4, State::parse)?);
                    if !store::delete(sql, engagement, id, version, state).await? {
                        continue;
                    }
                    gone += 1;
                    if kind.is_recent() {
                        let (zone, name) = (Zone::Recent, kind.as_str());
                        home::store::count(sql, engagement, zone, name, id.uuid(), -1).await?;
                    }
                }
                Ok(gone)
            })
        })
        .await
}
