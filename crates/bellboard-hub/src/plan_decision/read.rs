//! Reading decisions of the plan.

use bellboard_core::id::AskId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{DecisionStatus, PlanDecisionView, load, store};
use crate::access;
use crate::call::Call;
use crate::fault::Outcome;
use crate::paging::{self, page_of_rows};
use crate::verbs::WorkConcept;

/// Which decisions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListDecisions {
    /// Only about this workstream, by slug or id.
    pub workstream: Option<Bounded<100>>,
    /// Only about this topic, by slug or id.
    pub topic: Option<Bounded<100>>,
    /// Only in this status.
    pub status: Option<DecisionStatus>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetDecision {
    /// The ask behind it.
    pub ask_id: AskId,
}

/// What a list holds; nil for anything.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) workstream: Uuid,
    pub(super) topic: Uuid,
    pub(super) status: Option<DecisionStatus>,
}

/// `list_decisions`: newest first.
pub async fn list_decisions(call: Call, input: ListDecisions) -> Outcome<Page<PlanDecisionView>> {
    let person = call.signed_in()?.person_id;
    let filter = format!(
        "{} {} {} {}",
        input.engagement.as_deref().unwrap_or_default(),
        input.workstream.as_deref().unwrap_or_default(),
        input.topic.as_deref().unwrap_or_default(),
        input.status.map_or("", DecisionStatus::as_str),
    );
    let scope = CursorScope {
        list: "decisions",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let (workstream, topic) = (input.workstream.as_deref(), input.topic.as_deref());
                let (of_workstream, of_topic) = (WorkConcept::Workstream, WorkConcept::Topic);
                let which = Filter {
                    workstream: access::filter_by(sql, &call, &reach, of_workstream, workstream)
                        .await?,
                    topic: access::filter_by(sql, &call, &reach, of_topic, topic).await?,
                    status: input.status,
                };
                let filters = store::filters(&reach, &which);
                paging::rows_of(sql, &store::LIST, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, PlanDecisionView::read, |decision| {
        Cursor {
            at: decision.created_at,
            id: decision.ask_id.uuid(),
        }
    })
}

/// `get_decision`.
pub async fn get_decision(call: Call, input: GetDecision) -> Outcome<PlanDecisionView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, name) = (WorkConcept::Decision, input.ask_id.to_string());
                let found = access::work(sql, &call, concept, &name, None).await?;
                let ask = AskId::from_uuid(found.id);
                load(sql, found.member.engagement_id(), ask).await
            })
        })
        .await
}
