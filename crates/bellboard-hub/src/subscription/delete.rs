//! `delete_subscription`.

use bellboard_core::id::{DashboardId, SubscriptionId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SubscriptionView, load, store};
use crate::access;
use crate::call::Call;
use crate::event::{self, HintKind};
use crate::fault::Outcome;
use crate::verbs::ObjectConcept;

/// Which subscription.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfSubscription {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// The subscription.
    pub subscription_id: SubscriptionId,
}

/// `delete_subscription`. What waits to be told to it is told no more; the ledger keeps what was decided.
pub async fn delete_subscription(call: Call, input: OfSubscription) -> Outcome<SubscriptionView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let dashboard = input.dashboard_id;
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, dashboard.uuid()).await?;
                let place = (member.engagement_id(), dashboard);
                let id = input.subscription_id;
                let gone = load(sql, place, id).await?;
                gone.require_theirs(sql, &member).await?;
                store::delete(sql, place.0, id, call.now).await?;
                let kind = HintKind::DashboardChanged;
                event::store::append(sql, place.0, kind, dashboard.uuid(), call.now).await?;
                Ok(gone.shown_to(&member))
            })
        })
        .await
}
