//! The inbox: one notification per run and person, stored in the transaction that completes the run. Queued and running
//! never store one.

use bellboard_core::id::{EngagementId, NotificationId, PersonId, RunId};
use bellboard_core::page::{Cursor, CursorScope, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Reach;
use crate::call::Call;
use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::paging::{PageInput, page_of};

pub mod store;

/// One ring in one person's inbox.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotificationView {
    /// The notification.
    pub id: NotificationId,
    /// Where it happened.
    pub engagement_id: EngagementId,
    /// Its name today.
    pub engagement_name: String,
    /// `run_finished`: done, nothing to do; `run_follow_up`: finished, needs a look.
    pub kind: String,
    /// The run that ended.
    pub run_id: RunId,
    /// What ended and how.
    pub title: String,
    /// What there is to do.
    pub detail: String,
    /// When the run ended.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// A notification about to be stored.
pub(crate) struct NewNotification {
    pub(crate) id: NotificationId,
    pub(crate) engagement_id: EngagementId,
    pub(crate) run_id: RunId,
    pub(crate) person_id: PersonId,
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) created_at: Timestamp,
}

/// `list_notifications`: those of engagements that the caller still belongs to.
pub async fn list_notifications(call: Call, input: PageInput) -> Outcome<Page<NotificationView>> {
    let person = call.signed_in()?.person_id;
    let reach = Reach::of(&call, None)?;
    let scope = CursorScope {
        list: "me.notifications",
        person,
        filter: "",
    };
    let after = input.after(&scope)?;
    let limit = input.limit;
    let (rows, total) = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::list(sql, &reach, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::total(sql, &reach).await?))
            })
        })
        .await?;
    let notifications = rows.iter().map(view).collect::<Outcome<Vec<_>>>()?;
    Ok(page_of(
        notifications,
        limit,
        total,
        &scope,
        |notification| Cursor {
            at: notification.created_at,
            id: notification.id.uuid(),
        },
    ))
}

fn view(row: &Row) -> Outcome<NotificationView> {
    Ok(NotificationView {
        id: NotificationId::from_uuid(row.id(0)?),
        engagement_id: EngagementId::from_uuid(row.id(1)?),
        engagement_name: row.text(2)?,
        kind: row.text(3)?,
        run_id: RunId::from_uuid(row.id(4)?),
        title: row.text(5)?,
        detail: row.text(6)?,
        created_at: row.time(7)?,
        read_at: row.opt_time(8)?,
    })
}
