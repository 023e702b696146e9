//! Removes content that nobody names any more: first its record, then its bytes. What falls between the two, a crash or an
//! upload that never got its record, is found by the sweep, which looks from the bytes' side.

use std::time::Duration;

use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;

use super::place::Found;
use super::{Contents, fault_of, store};
use crate::Hub;
use crate::fault::Outcome;

/// Content that was just uploaded waits so long to be named; bytes without a record lie so long.
const KEPT: Duration = Duration::from_hours(24);
/// How many records one transaction removes or looks for.
const BATCH: u32 = 100;

/// Removes content that no artifact names; how many records it were.
pub async fn collect(hub: &Hub) -> Outcome<u64> {
    let Ok(contents) = hub.contents() else {
        return Ok(0);
    };
    let before = hub.now() - KEPT;
    let mut collected = 0;
    loop {
        let gone = hub
            .db()
            .write(move |sql| {
                Box::pin(async move { store::delete_unnamed(sql, before, BATCH).await })
            })
            .await?;
        for address in &gone {
            if let Err(error) = contents.place.remove(address).await {
                tracing::warn!(%error, "content without a record could not be removed; it will be swept");
            }
        }
        collected += gone.len() as u64;
        if gone.len() < BATCH as usize {
            return Ok(collected);
        }
    }
}

/// Removes bytes that no record speaks of; how many files it were.
pub async fn sweep(hub: &Hub) -> Outcome<u64> {
    let Ok(contents) = hub.contents() else {
        return Ok(0);
    };
    let before = hub.now() - KEPT;
    let swept = contents.place.sweep_drafts(before).await;
    swept.map_err(|error| fault_of(&error))?;
    let engagements = contents.place.engagements().await;
    let mut swept = 0;
    for engagement in engagements.map_err(|error| fault_of(&error))? {
        swept += sweep_engagement(hub, contents, engagement, before).await?;
    }
    Ok(swept)
}

async fn sweep_engagement(
    hub: &Hub,
    contents: &Contents,
    engagement: EngagementId,
    before: Timestamp,
) -> Outcome<u64> {
    let found = contents.place.older_than(engagement, before).await;
    let mut found = found.map_err(|error| fault_of(&error))?;
    let mut swept = 0;
    while !found.is_empty() {
        let rest = found.split_off(found.len().min(BATCH as usize));
        for stray in without_record(hub, found).await? {
            let removed = contents
                .place
                .remove_found(stray.engagement_id, &stray.name);
            removed.await.map_err(|error| fault_of(&error))?;
            swept += 1;
        }
        found = rest;
    }
    Ok(swept)
}

async fn without_record(hub: &Hub, found: Vec<Found>) -> Outcome<Vec<Found>> {
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let mut strays = Vec::new();
                for one in found {
                    if !store::is_recorded(sql, one.engagement_id, one.stored_as).await? {
                        strays.push(one);
                    }
                }
                Ok(strays)
            })
        })
        .await
}
