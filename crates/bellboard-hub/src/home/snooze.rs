//! What a person does not want to see for a while: it leaves their own list and count, and nobody else's.

use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store;
use crate::access::{self, Reach};
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// How long something can be put off.
const AT_MOST: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// What is not to be seen, and until when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnoozeNeed {
    /// Where it waits.
    pub engagement_id: EngagementId,
    /// `item_kind` of the item.
    pub kind: String,
    /// `item_id` of the item.
    pub item_id: Uuid,
    /// When it is to be seen again, at most 30 days from now.
    pub until: Timestamp,
}

/// What is to be seen again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnsnoozeNeed {
    /// Where it waits.
    pub engagement_id: EngagementId,
    /// `item_kind` of the item.
    pub kind: String,
    /// `item_id` of the item.
    pub item_id: Uuid,
}

/// Whether an item is put off.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SnoozeView {
    /// Where it waits.
    pub engagement_id: EngagementId,
    /// Its kind.
    pub kind: String,
    /// What waits.
    pub item_id: Uuid,
    /// When it is seen again; null when it is seen.
    pub until: Option<Timestamp>,
}

impl View for SnoozeView {}

/// `snooze_need`. Again with another end moves the end.
pub async fn snooze_need(call: Call, input: SnoozeNeed) -> Outcome<SnoozeView> {
    // Who may not call this at all is told so before anything about the input.
    let reach = Reach::of(&call, Some(input.engagement_id))?;
    if input.until <= call.now || input.until > call.now + AT_MOST {
        return Err(Fault::invalid(
            "until",
            "This must lie in the future, at most 30 days from now.",
        ));
    }
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                let (kind, item) = (&input.kind, input.item_id);
                let is_theirs = store::waits_for(sql, &reach, kind, item).await?;
                if !is_theirs || !store::hold_need(sql, &member, kind, item).await? {
                    return Err(Fault::not_found());
                }
                store::snooze(sql, &member, kind, item, input.until, call.now).await?;
                Ok(SnoozeView {
                    engagement_id: input.engagement_id,
                    kind: input.kind,
                    item_id: item,
                    until: Some(input.until),
                })
            })
        })
        .await
}

/// `unsnooze_need`. What is seen already stays so.
pub async fn unsnooze_need(call: Call, input: UnsnoozeNeed) -> Outcome<SnoozeView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                store::unsnooze(sql, &member, &input.kind, input.item_id).await?;
                Ok(SnoozeView {
                    engagement_id: input.engagement_id,
                    kind: input.kind,
                    item_id: input.item_id,
                    until: None,
                })
            })
        })
        .await
}
