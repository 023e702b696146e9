//! Decisions that must not wait any longer: because somebody says so, or because their deadline is over.

use bellboard_core::id::{AskId, EngagementId, ProgressEventId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{DecisionStatus, PlanDecisionView, load, store};
use crate::Hub;
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::progress_event::{self, Happened};
use crate::verbs::WorkConcept;

/// How many one look takes.
const BATCH: u32 = 100;

/// Which decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalateDecision {
    /// The ask behind it.
    pub ask_id: AskId,
}

/// `escalate_decision`. Said again it is answered as it is.
pub async fn escalate_decision(call: Call, input: EscalateDecision) -> Outcome<PlanDecisionView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (concept, name) = (WorkConcept::Decision, input.ask_id.to_string());
                let found = access::work(sql, &call, concept, &name, None).await?;
                let (member, ask) = (found.member, AskId::from_uuid(found.id));
                let id = call.new_id();
                if escalate(sql, &member, ask, (id, call.now)).await? {
                    return load(sql, member.engagement_id(), ask).await;
                }
                let decision = load(sql, member.engagement_id(), ask).await?;
                if decision.status == DecisionStatus::Escalated {
                    return Ok(decision);
                }
                Err(Fault::conflict(
                    "decision_closed",
                    format!("“{}” does not wait any more.", decision.title),
                )
                .with("status", decision.status.as_str()))
            })
        })
        .await
}

async fn escalate(
    sql: &mut Sql<'_>,
    member: &Member,
    ask: AskId,
    (id, now): (Uuid, Timestamp),
) -> Outcome<bool> {
    let engagement = member.engagement_id();
    if !store::escalate(sql, engagement, ask, now).await? {
        return Ok(false);
    }
    let decision = load(sql, engagement, ask).await?;
    let happened = Happened {
        what: "decision_escalated".into(),
        summary: format!("A decision must not wait any longer: {}", decision.title),
        domain: decision.domain_id,
        workstream: decision.workstream_id,
        ..Happened::default()
    };
    let id = ProgressEventId::from_uuid(id);
    progress_event::record(sql, member, (id, now), ask.uuid(), &happened).await?;
    Ok(true)
}

/// Escalates every decision whose deadline is over; how many this call escalated.
pub async fn escalate_due(hub: &Hub) -> Outcome<u64> {
    let mut escalated = 0;
    loop {
        let now = hub.now();
        let due = hub
            .db()
            .read(move |sql| Box::pin(async move { store::due(sql, now, BATCH).await }))
            .await?;
        for row in &due {
            escalated += u64::from(escalate_one(hub, row.id(0)?, row.id(1)?, now).await?);
        }
        if due.len() < BATCH as usize {
            return Ok(escalated);
        }
    }
}

async fn escalate_one(
    hub: &Hub,
    engagement: EngagementId,
    ask: AskId,
    now: Timestamp,
) -> Outcome<bool> {
    let id = hub.world().new_id();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = Member::hub_itself(engagement);
                escalate(sql, &member, ask, (id, now)).await
            })
        })
        .await
}
