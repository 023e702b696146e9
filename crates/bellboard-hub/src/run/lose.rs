//! Ending what nobody reports on any more. A run that fell silent is stale first, which is only said; after its limit the
//! hub completes it as failed, for a reason, and that is what the pages call lost.

use bellboard_core::id::RunId;
use bellboard_core::page::Cursor;
use bellboard_core::run::lifecycle::{Change as Decided, Command, transition};
use bellboard_core::run::liveness::{LivenessPolicy, LostReason, SignsOfLife, abandoned};
use bellboard_core::run::{Failure, FailureCode, Failures, Grade, Outcome as RunOutcome, Status};
use bellboard_core::time::Timestamp;

use super::record::{self, Change, RunEvent, note};
use super::store;
use super::view::RunView;
use crate::Hub;
use crate::access::Member;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};

/// How many candidates are read at once.
const BATCH: u32 = 200;
/// No promise of heartbeats is lost sooner than this.
const SOONEST: std::time::Duration = std::time::Duration::from_mins(2);

/// Completes every run that has been silent beyond its limit; how many it were. Several replicas may do this at once:
/// each run is completed by one of them. Reporters could be heard since `heard_since`; whoever promised to be heard has its
/// whole patience from then on.
pub async fn lose_abandoned(hub: &Hub, heard_since: Timestamp) -> Outcome<u64> {
    let mut lost = 0;
    for promised in [true, false] {
        let mut after = None;
        loop {
            let silent = silent_runs(hub, promised, after).await?;
            for run in &silent {
                lost += u64::from(or_leave(lose(hub, run, heard_since).await, run.id)?);
            }
            match silent.last() {
                Some(end) if silent.len() == BATCH as usize => {
                    after = Some(Cursor {
                        at: end.heard_at,
                        id: end.id.uuid(),
                    });
                }
                _ => break,
            }
        }
    }
    Ok(lost)
}

async fn silent_runs(hub: &Hub, promised: bool, after: Option<Cursor>) -> Outcome<Vec<RunView>> {
    let now = hub.now();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = if promised {
                    store::silent_promised(sql, now - SOONEST, after, BATCH).await?
                } else {
                    let general = LivenessPolicy::default().abandon_after;
                    store::silent(sql, now, general, after, BATCH).await?
                };
                rows.iter().map(|row| RunView::read(row, now)).collect()
            })
        })
        .await
}

/// Completes one run if it is still abandoned when its row is read again in the transaction that writes it.
async fn lose(hub: &Hub, run: &RunView, heard_since: Timestamp) -> Outcome<bool> {
    let now = hub.now();
    if reason_to_lose(run, heard_since, now).is_none() {
        return Ok(false);
    }
    let (id, engagement, acting) = (run.id, run.engagement_id, hub.clone());
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = Member::hub_itself(engagement);
                let run = record::load(sql, &member, id, now).await?;
                match reason_to_lose(&run, heard_since, now) {
                    Some(reason) => {
                        complete_as_lost(sql, &acting, &member, &run, reason, now).await
                    }
                    None => Ok(false),
                }
            })
        })
        .await
}

/// One run that cannot be ended now never keeps the others from their end; it is looked at again the next time.
pub(super) fn or_leave(ended: Outcome<bool>, run: RunId) -> Outcome<bool> {
    match ended {
        Err(fault) if !fault.is_of_the_database() => {
            tracing::warn!(%run, %fault, "left a silent run for the next time");
            Ok(false)
        }
        ended => ended,
    }
}

/// A run that a worker holds is the lease's business.
fn reason_to_lose(run: &RunView, heard_since: Timestamp, now: Timestamp) -> Option<LostReason> {
    if run.claim.is_held() {
        return None;
    }
    abandoned(&signs_weighed(run, heard_since), &run.policy, now)
}

/// The signs of life as they are held against a run: whoever promised to be heard could be only since `heard_since`.
pub(super) fn signs_weighed(run: &RunView, heard_since: Timestamp) -> SignsOfLife {
    let mut signs = run.signs_received();
    if signs.status == Status::Running && signs.heartbeat_interval.is_some() {
        signs.last_seen_at = signs.last_seen_at.max(Some(heard_since));
    }
    signs
}

/// Completes a run for a reason that the hub has found by itself; `false` when somebody else changed the row meanwhile.
pub(super) async fn complete_as_lost(
    sql: &mut Sql<'_>,
    hub: &Hub,
    member: &Member,
    run: &RunView,
    reason: LostReason,
    now: Timestamp,
) -> Outcome<bool> {
    let Ok(Decided::Moved { status, outcome }) =
        transition(run.state(), Command::Finish(RunOutcome::Failed))
    else {
        return Ok(false);
    };
    let failure = Failure::once(FailureCode::known(reason.code()), reason.message());
    let mut change = Change::to(run)?;
    change.status = status;
    change.outcome = outcome;
    change.grade = Some(Grade::Observed);
    change.lost = true;
    change.failures = record::json(&Failures::new(vec![failure]).map_err(Fault::internal)?)?;
    change.completed_at = Some(now);
    if !store::advance(sql, member, run, &change).await? {
        return Ok(false);
    }
    let ended = record::load(sql, member, run.id, now).await?;
    record::settle_end(
        sql,
        hub.world(),
        &ended,
        RunOutcome::Failed,
        Some(reason),
        now,
    )
    .await?;
    let event = RunEvent {
        kind: "lost",
        summary: format!("Lost: {}", reason.message().to_lowercase()),
        diagnostics: None,
        at: now,
    };
    note(sql, &ended, member.name(), hub.world().new_id(), event).await?;
    Ok(true)
}
