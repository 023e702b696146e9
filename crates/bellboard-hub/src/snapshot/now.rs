//! `get_dashboard_now`: what a dashboard answers at this moment. Nothing is kept and no bell rings.

use bellboard_core::dashboard::Number;
use bellboard_core::id::DashboardId;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::take::prepare;
use super::{MaterializedData, RankedRow};
use crate::access;
use crate::call::Call;
use crate::dashboard::OfDashboard;
use crate::fault::Outcome;
use crate::verbs::{ObjectConcept, View};

/// What a dashboard answers at one moment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NowView {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// When it was asked.
    pub as_of: Timestamp,
    /// The columns, the rows and how many there are.
    pub materialized_data: MaterializedData,
    /// The ids of the rows with their ranks, the first first.
    pub primary_rows: Vec<RankedRow>,
    /// The one number; absent when there was none.
    pub primary_metric: Option<Number>,
}

impl View for NowView {}

/// `get_dashboard_now`.
pub async fn get_dashboard_now(call: Call, input: OfDashboard) -> Outcome<NowView> {
    let hub = call.hub.clone();
    let id = input.dashboard_id;
    let as_of = call.now;
    let prepared = hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                prepare(sql, member.engagement_id(), id, as_of).await
            })
        })
        .await?;
    let picture = prepared.picture;
    Ok(NowView {
        dashboard_id: id,
        as_of,
        primary_rows: RankedRow::all(&picture),
        primary_metric: picture.primary_metric().value,
        materialized_data: MaterializedData(picture),
    })
}
