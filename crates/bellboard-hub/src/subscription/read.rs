//! `list_subscriptions`.

use bellboard_core::id::DashboardId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SubscriptionView, store};
use crate::access;
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of_rows};
use crate::verbs::ObjectConcept;

/// Which subscriptions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSubscriptions {
    /// Of which dashboard.
    pub dashboard_id: DashboardId,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// `list_subscriptions`.
pub async fn list_subscriptions(
    call: Call,
    input: ListSubscriptions,
) -> Outcome<Page<SubscriptionView>> {
    let person = call.signed_in()?.person_id;
    let id = input.dashboard_id;
    let filter = id.to_string();
    let scope = CursorScope {
        list: "subscriptions",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope);
    let limit = input.limit;
    let hub = call.hub.clone();
    let (member, found) = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let filters = vec![member.engagement_id().into(), id.into()];
                let found = paging::rows_of(sql, &store::LIST, filters, after?, limit).await?;
                Ok::<_, Fault>((member, found))
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| Ok(SubscriptionView::read(row)?.shown_to(&member)),
        |one| Cursor {
            at: one.created_at,
            id: one.id.uuid(),
        },
    )
}
