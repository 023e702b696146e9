//! `archive_dashboard`.

use bellboard_core::id::DashboardId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DashboardView, load, store};
use crate::access;
use crate::call::Call;
use crate::event::{self, HintKind};
use crate::fault::Outcome;
use crate::verbs::ObjectConcept;

/// Which dashboard.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfDashboard {
    /// The dashboard.
    pub dashboard_id: DashboardId,
}

/// `archive_dashboard`. Archiving twice is archiving once.
pub async fn archive_dashboard(call: Call, input: OfDashboard) -> Outcome<DashboardView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let id = input.dashboard_id;
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let engagement = member.engagement_id();
                if store::archive(sql, engagement, id, call.now).await? {
                    let kind = HintKind::DashboardChanged;
                    event::store::append(sql, engagement, kind, id.uuid(), call.now).await?;
                }
                load(sql, engagement, id).await
            })
        })
        .await
}
