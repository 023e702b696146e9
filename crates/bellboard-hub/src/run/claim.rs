//! `claim_run`: a worker takes the run of a type that has waited longest, or waits until one is offered. It has the run for
//! as long as its lease, which every report renews; what it says carries the fence of its claim.

use std::time::Duration;

use bellboard_core::id::EngagementId;
use bellboard_core::run::RunType;
use bellboard_core::run::claim::{self, LEASE_SECONDS, Saying, USUAL_LEASE_SECONDS};
use bellboard_core::run::liveness::LostReason;
use bellboard_core::text::{Bounded, capital_first};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::authority::{self, Asked};
use super::lose::complete_as_lost;
use super::record::{self, ROUNDS, RunEvent, note};
use super::view::RunView;
use super::{inputs, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, Batch, HintKind};
use crate::fault::{Fault, Outcome};
use crate::session;
use crate::verbs::View;

/// The longest wait: well below the time that a request may take.
const WAIT_SECONDS: u32 = 20;

/// A worker that has its hands free.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRun {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// The dotted type that the worker does.
    #[serde(rename = "type")]
    pub run_type: RunType,
    /// What people read as the worker's name, at most 100 characters.
    pub worker: Bounded<100>,
    /// How many seconds to wait for a run, 0 to 20; 0 when absent.
    #[serde(default)]
    pub wait_seconds: u32,
    /// For how many seconds the run is the worker's without a report, 10 to 3600; 60 when absent.
    #[serde(default)]
    pub lease_seconds: Option<u32>,
}

/// What there was to do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClaimedRun {
    /// The run that is now the worker's; absent when none was offered.
    pub claim: Option<RunClaim>,
}

impl View for ClaimedRun {}

/// A run in the hands of a worker.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunClaim {
    /// The run.
    pub run: RunView,
    /// What it is to be done with, as its start told.
    pub inputs: Value,
    /// Goes with every report and with the finish: it tells this claim from every other one of the run.
    pub fence: u32,
    /// Without a report until then the run is no longer the worker's.
    pub lease_until: Timestamp,
}

/// `claim_run`. Comes back with nothing after the wait, or when the hub ends.
pub async fn claim_run(call: Call, input: ClaimRun) -> Outcome<ClaimedRun> {
    check(&input)?;
    let hub = call.hub.clone();
    // From before the first look, so that nothing is offered unseen between a look and the wait.
    let mut hints = hub.feed().subscribe();
    let mut over = std::pin::pin!(tokio::time::sleep(Duration::from_secs(
        input.wait_seconds.into()
    )));
    loop {
        // Each look is at its own present moment: the lease counts from there.
        let look = Call {
            now: hub.now(),
            ..call.clone()
        };
        let claim = claim_one(&look, &input).await?;
        if claim.is_some() || input.wait_seconds == 0 {
            return Ok(ClaimedRun { claim });
        }
        let is_over = tokio::select! {
            () = &mut over => true,
            () = hub.feed().closed() => true,
            () = next_offer(&mut hints, input.engagement_id) => false,
        };
        if is_over {
            session::prove_again(&call).await?;
            return Ok(ClaimedRun { claim: None });
        }
    }
}

fn check(input: &ClaimRun) -> Outcome<()> {
    if input.wait_seconds > WAIT_SECONDS {
        return Err(Fault::invalid(
            "wait_seconds",
            format!(
                "0 to {WAIT_SECONDS} seconds; this says {}. Ask again after each wait.",
                input.wait_seconds
            ),
        ));
    }
    if let Some(seconds) = input.lease_seconds
        && !LEASE_SECONDS.contains(&seconds)
    {
        return Err(Fault::invalid(
            "lease_seconds",
            format!(
                "{} to {} seconds; this says {seconds}.",
                LEASE_SECONDS.start(),
                LEASE_SECONDS.end()
            ),
        ));
    }
    Ok(())
}

/// Waits until a run of the engagement is offered, or might have been.
async fn next_offer(hints: &mut broadcast::Receiver<Batch>, engagement: EngagementId) {
    loop {
        match hints.recv().await {
            Ok(batch) => {
                let offered = batch.iter().any(|hint| {
                    hint.engagement_id == engagement && hint.kind == HintKind::RunOffered.as_str()
                });
                if offered {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => return,
            // The feed lives as long as the hub that this call holds.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// What came of one candidate.
enum Taken {
    Claim(Box<RunClaim>),
    /// It ended, or another worker was faster: look again.
    NotThisOne,
    /// There is none.
    Nothing,
}

/// Looks first without asking for the writer; then one transaction per candidate, so that what becomes of one of them
/// stands whatever becomes of the next.
async fn claim_one(call: &Call, input: &ClaimRun) -> Outcome<Option<RunClaim>> {
    let (looking, wanted) = (call.clone(), input.clone());
    let waits = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &looking, wanted.engagement_id).await?;
                Ok::<_, Fault>(
                    store::offered(sql, &member, &wanted.run_type)
                        .await?
                        .is_some(),
                )
            })
        })
        .await?;
    if !waits {
        return Ok(None);
    }
    for _ in 0..ROUNDS {
        let (acting, wanted) = (call.clone(), input.clone());
        let taken = call
            .hub
            .db()
            .write(move |sql| Box::pin(async move { take(sql, &acting, &wanted).await }))
            .await?;
        match taken {
            Taken::Claim(claim) => return Ok(Some(*claim)),
            Taken::Nothing => return Ok(None),
            Taken::NotThisOne => {}
        }
    }
    Err(record::too_busy())
}

async fn take(sql: &mut Sql<'_>, call: &Call, input: &ClaimRun) -> Outcome<Taken> {
    let member = access::in_engagement(sql, call, input.engagement_id).await?;
    let Some(row) = store::offered(sql, &member, &input.run_type).await? else {
        return Ok(Taken::Nothing);
    };
    // After the look, so that whoever sees an offer sees also that their token was revoked before it.
    session::prove_again_in(sql, call).await?;
    let run = RunView::read(&row, call.now)?;
    match authority::ask(sql, call, &member, &run, call.now).await? {
        Asked::Granted => {}
        Asked::Blocked | Asked::Outrun => return Ok(Taken::NotThisOne),
    }
    let inputs = match inputs::of(sql, &call.hub, &member, &run).await? {
        Ok(inputs) => inputs,
        Err(cause) => {
            tracing::error!(run_id = %run.id, %cause, "a run could not be handed to its worker");
            let hub = Member::hub_itself(run.engagement_id);
            let reason = LostReason::DispatchFailed;
            complete_as_lost(sql, &call.hub, &hub, &run, reason, call.now).await?;
            return Ok(Taken::NotThisOne);
        }
    };
    let seconds = input.lease_seconds.unwrap_or(USUAL_LEASE_SECONDS);
    let lease = Duration::from_secs(seconds.into());
    let worker = input.worker.as_str();
    if !store::claim(sql, &member, &run, worker, lease, call.now).await? {
        return Ok(Taken::NotThisOne);
    }
    let run = record::load(sql, &member, run.id, call.now).await?;
    tell(sql, call, &member, &run, worker).await?;
    Ok(Taken::Claim(Box::new(RunClaim {
        fence: run.claim.fence,
        lease_until: call.now + lease,
        inputs,
        run,
    })))
}

async fn tell(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    run: &RunView,
    worker: &str,
) -> Outcome<()> {
    let happened = RunEvent {
        kind: "claimed",
        summary: format!("Claimed by {worker}"),
        diagnostics: None,
        at: call.now,
    };
    note(sql, run, member.name(), call.new_id(), happened).await?;
    event::store::append(
        sql,
        run.engagement_id,
        HintKind::RunProgress,
        run.id.uuid(),
        call.now,
    )
    .await
}

/// Refuses whoever does not hold a claimed run.
pub(super) fn hear(run: &RunView, saying: Saying, fence: Option<u32>) -> Outcome<()> {
    claim::hear(&run.claim, run.status, saying, fence).map_err(|refusal| {
        Fault::conflict(
            refusal.code(),
            format!("{}.", capital_first(&refusal.to_string())),
        )
    })
}
