//! `list_ready_tasks`: what somebody could begin now.

use bellboard_core::number::Whole;
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{TaskView, store};
use crate::access;
use crate::call::Call;
use crate::domain::OfDomain;
use crate::fault::Outcome;
use crate::verbs::{View, WorkConcept};

/// So many are listed when nobody says how many.
const USUAL: u32 = 20;

/// For whom, and where.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListReadyTasks {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only of this workstream, by slug or id.
    pub workstream: Option<Bounded<100>>,
    /// Without what is assigned to somebody else than this one.
    pub assignee: Option<Bounded<100>>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 20 when absent.
    pub limit: Option<Whole<1, 100>>,
}

/// What could be begun now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReadyTasks {
    /// What matters most first, then what is due first, then what was planned first.
    pub items: Vec<TaskView>,
    /// How many there are in all.
    pub total_count: u64,
}

impl View for ReadyTasks {}

/// What a list holds; nil and an empty text for anything.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) domain: OfDomain,
    pub(super) workstream: Uuid,
    pub(super) assignee: String,
    pub(super) now: Timestamp,
}

/// `list_ready_tasks`.
pub async fn list_ready_tasks(call: Call, input: ListReadyTasks) -> Outcome<ReadyTasks> {
    let limit = input.limit.map_or(USUAL, Whole::get);
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let (concept, name) = (WorkConcept::Workstream, input.workstream.as_deref());
                let assignee = input.assignee.map(Bounded::into_string);
                let wanted = Wanted {
                    domain: OfDomain::named(sql, &reach, input.domain.as_deref()).await?,
                    workstream: access::filter_by(sql, &call, &reach, concept, name).await?,
                    assignee: assignee.unwrap_or_default(),
                    now: call.now,
                };
                let rows = store::ready(sql, &reach, &wanted, limit).await?;
                let items = rows.iter().map(|row| TaskView::read(row, call.now));
                Ok(ReadyTasks {
                    items: items.collect::<Outcome<Vec<_>>>()?,
                    total_count: store::ready_total(sql, &reach, &wanted).await?,
                })
            })
        })
        .await
}
