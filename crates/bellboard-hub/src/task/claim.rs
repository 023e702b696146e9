//! `claim_task` and `release_task`: of any number who want a task one has it, until it is given back, closed, or the
//! time of the claim is over.

use std::time::Duration;

use bellboard_core::number::Whole;
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use bellboard_core::work::{
    CLAIM_SECONDS, Claim, ClaimRefusal, USUAL_CLAIM_SECONDS, may_claim, may_speak,
    status_given_back,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{save, tell};
use super::{TaskView, claimer, find, refused, store};
use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::Outcome;
use crate::verbs::View;

/// Somebody who wants to do a task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimTask {
    /// The task, by its key or id.
    pub task_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// For how many seconds it is yours without another word, 60 to 86400; 1800 when absent. Claim again to have it
    /// longer.
    #[serde(default)]
    pub lease_seconds: Option<Whole<{ CLAIM_SECONDS.0 }, { CLAIM_SECONDS.1 }>>,
    /// The number of the claim that you renew, so that you are told when it was lost.
    #[serde(default)]
    pub claim_fence: Option<u32>,
}

/// A task to be given back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseTask {
    /// The task, by its key or id.
    pub task_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// The number of your claim, so that nothing is taken from you after the claim was lost.
    #[serde(default)]
    pub claim_fence: Option<u32>,
}

/// A task in the hands of who claimed it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClaimedTask {
    /// The task.
    pub task: TaskView,
    /// Goes with what you say of it: it tells this claim from every other one of the task.
    pub claim_fence: u32,
    /// Without another claim until then it is nobody's again.
    pub claim_until: Timestamp,
}

impl View for ClaimedTask {}

/// `claim_task`.
pub async fn claim_task(call: Call, input: ClaimTask) -> Outcome<ClaimedTask> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let engagement = input.engagement.as_deref();
                let (member, before) = find(sql, &call, &input.task_id, engagement).await?;
                let who = claimer(&call, input.claim_fence)?;
                let (task, now) = (before.claimable(), call.now);
                if who.fence.is_some() {
                    may_speak(&task, who, now).map_err(|refusal| refused(&before, refusal))?;
                }
                may_claim(&task, who, now).map_err(|refusal| refused(&before, refusal))?;
                let seconds = input.lease_seconds.map_or(USUAL_CLAIM_SECONDS, Whole::get);
                let until = now + Duration::from_secs(seconds.into());
                give(sql, &call, &member, before, until).await
            })
        })
        .await
}

/// Gives the task to the caller, or lets them have it for longer.
async fn give(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    before: TaskView,
    until: Timestamp,
) -> Outcome<ClaimedTask> {
    let is_theirs = before.claimed_by == Some(member.person_id());
    let mut task = before;
    task.last_claim = Some(Claim {
        by: member.person_id(),
        until,
    });
    task.claimed_by = Some(member.person_id());
    task.claimed_by_name = Some(member.name().to_owned());
    task.claim_until = Some(until);
    task.changed_at = call.now;
    if !is_theirs {
        task.fence = task.fence.saturating_add(1);
    }
    store::update(sql, &task).await?;
    if is_theirs {
        let (kind, id) = (HintKind::WorkChanged, task.id.uuid());
        event::store::append(sql, task.engagement_id, kind, id, call.now).await?;
    } else {
        let summary = format!("{} claimed task {}", member.name(), task.name());
        tell(sql, call, member, &task, ("task_claimed", summary)).await?;
    }
    Ok(ClaimedTask {
        claim_fence: task.fence,
        claim_until: until,
        task,
    })
}

/// `release_task`: what nobody has any more is answered as it is.
pub async fn release_task(call: Call, input: ReleaseTask) -> Outcome<TaskView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let engagement = input.engagement.as_deref();
                let (member, before) = find(sql, &call, &input.task_id, engagement).await?;
                let who = claimer(&call, input.claim_fence)?;
                match may_speak(&before.claimable(), who, call.now) {
                    Ok(()) => {}
                    Err(ClaimRefusal::Lost) if before.last_claim.is_none() => return Ok(before),
                    Err(refusal) => return Err(refused(&before, refusal)),
                }
                if before.last_claim.is_none() {
                    return Ok(before);
                }
                let mut after = before.clone();
                after.let_go();
                after.status = status_given_back(before.status);
                let summary = format!("{} gave task {} back", member.name(), after.name());
                let told = ("task_released", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}
