//! `rotate_secret`: a new secret for a webhook. For a day the former one signs too, so that the receiver can change over
//! without losing a message.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::own::own;
use super::{Kind, OfBell, secret, store};
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// How long the former secret signs beside the new one.
const BOTH: Duration = Duration::from_hours(24);

/// The new secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RotatedView {
    /// The new secret, shown this once.
    pub secret: String,
    /// Until then messages are signed with the former one as well.
    pub former_until: Timestamp,
}

impl View for RotatedView {}

/// `rotate_secret`.
pub async fn rotate_secret(call: Call, input: OfBell) -> Outcome<RotatedView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let own = own(sql, &call, input.dashboard_id, input.subscription_id).await?;
                if own.kind != Kind::Webhook {
                    return Err(Fault::conflict("no_secret", "Only webhooks have a secret."));
                }
                let (secret, sealed) =
                    secret::new_webhook_secret(&call.hub, own.engagement, own.id)?;
                let former_until = call.now + BOTH;
                store::rotate(sql, own.engagement, own.id, sealed, former_until).await?;
                Ok(RotatedView {
                    secret,
                    former_until,
                })
            })
        })
        .await
}
