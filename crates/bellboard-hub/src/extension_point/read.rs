//! Reading extension points.

use bellboard_core::id::ExtensionPointId;
use bellboard_core::page::{Cursor, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::work::{ExtensionStatus, ExtensionType};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ExtensionPointView, load, store};
use crate::access;
use crate::call::Call;
use crate::domain;
use crate::fault::Outcome;
use crate::verbs::WorkConcept;

/// Which extension points.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListExtensionPoints {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only with this status.
    pub status: Option<ExtensionStatus>,
    /// Only of this type.
    #[serde(rename = "type")]
    pub extension_type: Option<ExtensionType>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which extension point.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetExtensionPoint {
    /// The extension point, by its key or id.
    pub ep_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `list_extension_points`.
pub async fn list_extension_points(
    call: Call,
    input: ListExtensionPoints,
) -> Outcome<Page<ExtensionPointView>> {
    let asked = domain::Asked {
        list: "extension_points",
        domain: input.domain,
        words: vec![
            input.status.map_or("", ExtensionStatus::as_str),
            input.extension_type.map_or("", ExtensionType::as_str),
        ],
        engagement: input.engagement,
        limit: input.limit,
        cursor: input.cursor,
    };
    let place = |point: &ExtensionPointView| Cursor {
        at: point.changed_at,
        id: point.id.uuid(),
    };
    domain::list(call, &store::LIST, asked, ExtensionPointView::read, place).await
}

/// `get_extension_point`.
pub async fn get_extension_point(
    call: Call,
    input: GetExtensionPoint,
) -> Outcome<ExtensionPointView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, engagement) =
                    (WorkConcept::ExtensionPoint, input.engagement.as_deref());
                let found = access::work(sql, &call, concept, &input.ep_id, engagement).await?;
                let id = ExtensionPointId::from_uuid(found.id);
                load(sql, found.member.engagement_id(), id).await
            })
        })
        .await
}
