//! `list_deliveries` and `get_delivery`.

use bellboard_core::id::{DashboardId, DeliveryId};
use bellboard_core::membership::{Capability, holders};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{DeliveryDetail, DeliveryView, own, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of_rows};
use crate::verbs::ObjectConcept;

/// Every status that a list can be narrowed to.
const STATUSES: [&str; 6] = [
    "waiting",
    "sending",
    "delivered",
    "deferred",
    "dead",
    "cancelled",
];

/// Which deliveries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListDeliveries {
    /// Only of this status: `waiting`, `sending`, `delivered`, `deferred`, `dead` or `cancelled`.
    pub status: Option<Bounded<20>>,
    /// Only of this dashboard.
    pub dashboard_id: Option<DashboardId>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which delivery.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfDelivery {
    /// The delivery.
    pub delivery_id: DeliveryId,
}

/// Which delivery.
pub type GetDelivery = OfDelivery;

/// What a list is narrowed to.
pub(super) struct Narrowed {
    pub(super) status: String,
    pub(super) dashboard: Uuid,
    /// Whoever is one of these sees the bells of everybody.
    pub(super) managers: i64,
}

/// `list_deliveries`: of your own bells, and of all where you manage the engagement; newest first.
pub async fn list_deliveries(call: Call, input: ListDeliveries) -> Outcome<Page<DeliveryView>> {
    let person = call.signed_in()?.person_id;
    let status = input.status.map(Bounded::into_string).unwrap_or_default();
    if !status.is_empty() && !STATUSES.contains(&status.as_str()) {
        return Err(Fault::invalid(
            "status",
            format!(
                "`{status}` is no status; known are {}.",
                STATUSES.join(", ")
            ),
        ));
    }
    let narrowed = Narrowed {
        status,
        dashboard: input.dashboard_id.map_or(Uuid::nil(), DashboardId::uuid),
        managers: holders(Capability::Manage).bits().into(),
    };
    let filter = format!(
        "{} {} {}",
        input.engagement.as_deref().unwrap_or_default(),
        narrowed.status,
        narrowed.dashboard
    );
    let scope = CursorScope {
        list: "deliveries",
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
                let filters = store::filters(&reach, &narrowed);
                paging::rows_of(sql, &store::LIST, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, DeliveryView::read, |delivery| {
        Cursor {
            at: delivery.created_at,
            id: delivery.id.uuid(),
        }
    })
}

/// `get_delivery`.
pub async fn get_delivery(call: Call, input: GetDelivery) -> Outcome<DeliveryDetail> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (member, row) = one(sql, &call, input.delivery_id).await?;
                let tries = store::tries(sql, member.engagement_id(), input.delivery_id).await?;
                DeliveryDetail::read(&row, &tries)
            })
        })
        .await
}

/// A delivery of the caller's own, or of an engagement that they manage.
pub(super) async fn one(sql: &mut Sql<'_>, call: &Call, id: DeliveryId) -> Outcome<(Member, Row)> {
    let member = access::object(sql, call, ObjectConcept::Delivery, id.uuid()).await?;
    let row = store::one(sql, member.engagement_id(), id).await?;
    let row = row.ok_or_else(Fault::not_found)?;
    own::require(&member, &[row.opt_id(16)?, row.opt_id(17)?])?;
    Ok((member, row))
}
