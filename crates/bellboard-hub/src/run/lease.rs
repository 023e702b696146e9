//! Ending the leases of workers that are no longer heard. What becomes of such a run says a rule of the core; each run is
//! taken from its worker by one replica, however many look at once.

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::run::claim::{AtLeaseEnd, LeaseEnd, lease_end};
use bellboard_core::time::Timestamp;

use super::cancel::end_as_cancelled;
use super::lose::{complete_as_lost, or_leave};
use super::record::{self, RunEvent, note};
use super::store;
use super::view::RunView;
use crate::Hub;
use crate::access::Member;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};

/// How many are read at once.
const BATCH: u32 = 200;

/// Takes every run from its worker whose lease is over; how many it were. Workers could be heard since `heard_since`.
pub async fn end_leases(hub: &Hub, heard_since: Timestamp) -> Outcome<u64> {
    let mut ended = 0;
    loop {
        let over = expired(hub, heard_since).await?;
        let mut now_ended = 0;
        for &(engagement, run) in &over {
            let looked_at = end_lease(hub, engagement, run, heard_since).await;
            now_ended += u64::from(or_leave(looked_at, run)?);
        }
        ended += now_ended;
        // Those that somebody else has changed meanwhile are for the next time.
        if over.len() < BATCH as usize || now_ended == 0 {
            return Ok(ended);
        }
    }
}

async fn expired(hub: &Hub, heard_since: Timestamp) -> Outcome<Vec<(EngagementId, RunId)>> {
    let now = hub.now();
    let rows = hub
        .db()
        .read(move |sql| {
            Box::pin(async move { store::expired_leases(sql, heard_since, now, BATCH).await })
        })
        .await?;
    rows.iter()
        .map(|row| Ok((row.id(0)?, row.id(1)?)))
        .collect::<Outcome<Vec<_>>>()
}

/// Ends one lease if it is still over when the row is read again in the transaction that writes it.
async fn end_lease(
    hub: &Hub,
    engagement: EngagementId,
    run: RunId,
    heard_since: Timestamp,
) -> Outcome<bool> {
    let (now, acting) = (hub.now(), hub.clone());
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = Member::hub_itself(engagement);
                let run = record::load(sql, &member, run, now).await?;
                if run.waiting_for.is_some() {
                    return Ok(false);
                }
                let at = AtLeaseEnd {
                    status: run.status,
                    cancel_requested: run.cancel_requested_at.is_some(),
                    repeatable: !run.manual_review,
                    heard_since,
                };
                match lease_end(&run.claim, &at, now) {
                    None => Ok::<_, Fault>(false),
                    Some(LeaseEnd::OfferAgain) => {
                        offer_again(sql, &acting, &member, &run, now).await
                    }
                    Some(LeaseEnd::Cancel) => {
                        end_as_cancelled(sql, &acting, &member, &run, now).await
                    }
                    Some(LeaseEnd::Lose(reason)) => {
                        complete_as_lost(sql, &acting, &member, &run, reason, now).await
                    }
                }
            })
        })
        .await
}

async fn offer_again(
    sql: &mut Sql<'_>,
    hub: &Hub,
    member: &Member,
    run: &RunView,
    now: Timestamp,
) -> Outcome<bool> {
    if !store::offer_again(sql, member, run).await? {
        return Ok(false);
    }
    let worker = run.claimed_by.as_deref().unwrap_or_default();
    let happened = RunEvent {
        kind: "offered_again",
        summary: format!("Worker {worker} stopped answering; offered again"),
        diagnostics: None,
        at: now,
    };
    note(sql, run, member.name(), hub.world().new_id(), happened).await?;
    for hint in [HintKind::RunProgress, HintKind::RunOffered] {
        event::store::append(sql, run.engagement_id, hint, run.id.uuid(), now).await?;
    }
    Ok(true)
}
