//! Reading extension points.

use bellboard_core::id::ExtensionPointId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::work::{ExtensionStatus, ExtensionType};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ExtensionPointView, load, store};
use crate::access;
use crate::call::Call;
use crate::domain::OfDomain;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of};
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
    let person = call.signed_in()?.person_id;
    let status = input.status.map_or("", ExtensionStatus::as_str);
    let of_type = input.extension_type.map_or("", ExtensionType::as_str);
    let filter = format!(
        "{} {} {status} {of_type}",
        input.engagement.as_deref().unwrap_or_default(),
        input.domain.as_deref().unwrap_or_default(),
    );
    let scope = CursorScope {
        list: "extension_points",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let (rows, total) = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let of = OfDomain::named(sql, &reach, input.domain.as_deref()).await?;
                let which = (&of, status, of_type);
                let rows = store::list(sql, &reach, which, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::list_total(sql, &reach, which).await?))
            })
        })
        .await?;
    let found = rows
        .iter()
        .map(ExtensionPointView::read)
        .collect::<Outcome<Vec<_>>>()?;
    Ok(page_of(found, limit, total, &scope, |one| Cursor {
        at: one.changed_at,
        id: one.id.uuid(),
    }))
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
