//! `resolve_decision`, and what the plan notes when a decision is in effect, wherever it was made.

use bellboard_core::ask::Answer;
use bellboard_core::id::{AskId, ProgressEventId};
use bellboard_core::text::Multiline;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DecisionStatus, PlanDecisionView, load, store};
use crate::access::{self, Member};
use crate::ask::{self, AnswerAsk};
use crate::call::Call;
use crate::db::Sql;
use crate::decision::{Released, UndoTime};
use crate::fault::Outcome;
use crate::progress_event::{self, Happened};
use crate::verbs::WorkConcept;
use crate::world::World;

/// A decision that is made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveDecision {
    /// The ask behind it.
    pub ask_id: AskId,
    /// The key of the chosen option.
    pub option: String,
    /// Why, at most 2000 characters.
    pub rationale: Multiline<2000>,
    /// For how many seconds it can be undone before anybody is told, 0 to 60; 0 when absent.
    #[serde(default)]
    pub undo_seconds: UndoTime,
}

/// `resolve_decision`: answers the ask.
pub async fn resolve_decision(call: Call, input: ResolveDecision) -> Outcome<PlanDecisionView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (concept, name) = (WorkConcept::Decision, input.ask_id.to_string());
                let found = access::work(sql, &call, concept, &name, None).await?;
                let answer = Answer::Option(input.option.clone());
                let given = AnswerAsk {
                    ask_id: input.ask_id,
                    option: Some(input.option),
                    values: None,
                    note: Some(input.rationale),
                    undo_seconds: input.undo_seconds,
                };
                ask::answer_in(sql, &call, &found.member, (&given, &answer)).await?;
                load(sql, found.member.engagement_id(), input.ask_id).await
            })
        })
        .await
}

/// Notes that a decision of the plan is in effect; an ask that is none concerns nobody here.
pub(crate) async fn resolved(
    sql: &mut Sql<'_>,
    world: &dyn World,
    released: &Released,
) -> Outcome<()> {
    let (engagement, ask) = (released.engagement, AskId::from_uuid(released.object));
    let Some(row) = store::one(sql, engagement, ask).await? else {
        return Ok(());
    };
    let decision = PlanDecisionView::read(&row)?;
    if decision.status != DecisionStatus::Resolved {
        return Ok(());
    }
    store::keep_rationale(sql, engagement, ask, released.note.as_deref()).await?;
    let happened = Happened {
        what: "decision_resolved".into(),
        summary: format!(
            "{} decided “{}”: {}",
            released.decided_by_name,
            decision.title,
            decision.option_label.as_deref().unwrap_or_default()
        ),
        domain: decision.domain_id,
        workstream: decision.workstream_id,
        ..Happened::default()
    };
    let id = ProgressEventId::from_uuid(world.new_id());
    let member = Member::hub_itself(engagement);
    progress_event::record(sql, &member, (id, released.at), released.object, &happened).await
}
