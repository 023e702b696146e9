//! The bells of one person over all dashboards, for the page that lists them: those that ring for them, and those that
//! they made.

use bellboard_core::page::{Cursor, CursorScope, Page};
use bellboard_core::time::Timestamp;

use super::{SubscriptionView, store};
use crate::access::Reach;
use crate::call::Call;
use crate::db::Row;
use crate::fault::Outcome;
use crate::paging::{self, PageInput, page_of_rows};

/// A bell with where it hangs.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnSubscription {
    /// The bell.
    pub subscription: SubscriptionView,
    /// The title of its dashboard.
    pub dashboard_title: String,
    /// Since when its dashboard is out of use; until then it rings.
    pub dashboard_archived_at: Option<Timestamp>,
    /// The name of its engagement.
    pub engagement_name: String,
}

impl OwnSubscription {
    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            subscription: SubscriptionView::read(row)?,
            dashboard_title: row.text(24)?,
            engagement_name: row.text(25)?,
            dashboard_archived_at: row.opt_time(26)?,
        })
    }
}

/// The newest first, in the engagements that the caller belongs to. Not a verb of its own: the lists of dashboards say the
/// same, one by one.
pub async fn own_subscriptions(call: Call, input: PageInput) -> Outcome<Page<OwnSubscription>> {
    let reach = Reach::of(&call, None)?;
    let scope = CursorScope {
        list: "own_subscriptions",
        person: call.signed_in()?.person_id,
        filter: "",
    };
    let after = input.after(&scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                paging::rows_of(sql, &store::OWN, reach.with([]), after, limit).await
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, OwnSubscription::read, |one| Cursor {
        at: one.subscription.created_at,
        id: one.subscription.id.uuid(),
    })
}
