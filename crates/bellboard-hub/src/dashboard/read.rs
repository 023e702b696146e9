//! Reading dashboards.

use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DashboardView, OfDashboard, load, store};
use crate::access;
use crate::call::Call;
use crate::fault::Outcome;
use crate::paging::{self, Flag, page_of_rows};
use crate::verbs::ObjectConcept;

/// Which dashboards.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListDashboards {
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// Those out of use instead of those in use.
    pub archived: Flag,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// `list_dashboards`.
pub async fn list_dashboards(call: Call, input: ListDashboards) -> Outcome<Page<DashboardView>> {
    let person = call.signed_in()?.person_id;
    let archived = input.archived.is_set();
    let filter = format!(
        "{} {archived}",
        input.engagement.as_deref().unwrap_or_default()
    );
    let scope = CursorScope {
        list: "dashboards",
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
                let filters = reach.with([archived.into()]);
                paging::rows_of(sql, &store::LIST, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, DashboardView::read, |one| Cursor {
        at: one.changed_at,
        id: one.id.uuid(),
    })
}

/// `get_dashboard`.
pub async fn get_dashboard(call: Call, input: OfDashboard) -> Outcome<DashboardView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let id = input.dashboard_id;
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                load(sql, member.engagement_id(), id).await
            })
        })
        .await
}
