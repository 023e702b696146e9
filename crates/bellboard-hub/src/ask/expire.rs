//! Asks whose time is over: their fallback holds, and whoever waits learns that nobody answered. One ask, one transaction;
//! where replicas meet, or an answer comes at the last moment, the guarded statement lets one win.

use bellboard_core::ask::{Move, transition};
use bellboard_core::id::{AskId, EngagementId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::store::Moved;
use super::{Viewer, hint, hold_run, load, settle, store};
use crate::Hub;
use crate::access::Member;
use crate::fault::{Fault, Outcome};
use crate::run::{self, RunEvent};

/// How many asks one look takes.
const BATCH: u32 = 100;

/// Applies the fallback of every ask whose time is over; how many this call closed. One that cannot be closed is logged and
/// holds up no other; the fault is told at the end.
pub async fn expire_due(hub: &Hub) -> Outcome<u64> {
    let mut expired = 0;
    let mut fault = None;
    let mut after = (Timestamp::MIN, Uuid::nil());
    loop {
        let now = hub.now();
        let due = hub
            .db()
            .read(move |sql| Box::pin(async move { store::due(sql, now, after, BATCH).await }))
            .await?;
        for row in &due {
            let ask: AskId = row.id(1)?;
            after = (row.time(2)?, ask.uuid());
            match expire(hub, row.id(0)?, ask, now).await {
                Ok(done) => expired += u64::from(done),
                Err(failed) if failed.is_of_the_database() => return Err(failed),
                Err(failed) => {
                    tracing::error!(%ask, fault = %failed, "an ask could not be expired");
                    fault = Some(failed);
                }
            }
        }
        if due.len() < BATCH as usize {
            return fault.map_or(Ok(expired), Err);
        }
    }
}

async fn expire(hub: &Hub, engagement: EngagementId, id: AskId, now: Timestamp) -> Outcome<bool> {
    let acting = hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = Member::hub_itself(engagement);
                let viewer = Viewer::hub_itself(&member);
                let ask = load(sql, &member, viewer, id, now).await?;
                let Ok(state) = transition(ask.state, ask.expires_at, Move::Expire, now) else {
                    return Ok(false);
                };
                let fallback = ask
                    .fallback
                    .as_ref()
                    .map(|fallback| serde_json::to_string(fallback).map_err(Fault::internal))
                    .transpose()?;
                let change = Moved {
                    state,
                    answer: fallback.as_deref(),
                    decision: None,
                    closed_at: Some(now),
                };
                hold_run(sql, &ask).await?;
                if !store::advance(sql, &ask, &change).await? {
                    return Ok(false);
                }
                settle(sql, &ask).await?;
                if let Some(run) = ask.run_id {
                    run::store::wait_less(sql, engagement, run, now).await?;
                    let fallback = ask.fallback.as_ref();
                    let label = fallback.map(|fallback| ask.question.label(fallback));
                    let event = RunEvent {
                        kind: "ask_expired",
                        summary: format!(
                            "Nobody answered “{}” in time; the fallback holds: {}",
                            ask.title,
                            label.unwrap_or_default()
                        ),
                        diagnostics: None,
                        at: now,
                    };
                    let world = acting.world();
                    run::tell(sql, world, engagement, run, member.name(), &event).await?;
                }
                hint(sql, engagement, ask.id.uuid(), now).await?;
                Ok(true)
            })
        })
        .await
}
