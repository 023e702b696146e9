//! `delete_subscription`.

use bellboard_core::id::{DashboardId, SubscriptionId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SubscriptionView, load, store};
use crate::access;
use crate::call::Call;
use crate::dashboard;
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
                let concept = ObjectConcept::Dashboard;
                let of = input.dashboard_id.uuid();
                let member = access::object(sql, &call, concept, of).await?;
                let place = (member.engagement_id(), input.dashboard_id);
                let id = input.subscription_id;
                // What a snapshot that is being taken writes for this bell is there before it is cancelled.
                dashboard::store::hold(sql, place.0, place.1).await?;
                store::hold(sql, place.0, id).await?;
                let gone = load(sql, place, id).await?;
                gone.require_theirs(sql, &member).await?;
                store::delete(sql, place.0, id, call.now).await?;
                let kind = HintKind::DashboardChanged;
                event::store::append(sql, place.0, kind, of, call.now).await?;
                Ok(gone.shown_to(&member))
            })
        })
        .await
}
