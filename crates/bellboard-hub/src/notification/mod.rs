//! The inbox: one notification per person and thing that rang, stored in the transaction that makes it ring: a run that
//! ended, a comment that mentions, a bell of a dashboard. Queued and running never store one.

use bellboard_core::id::{EngagementId, NotificationId, PersonId, RunId};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Reach;
use crate::call::Call;
use crate::comment::Subject;
use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, Flag, page_of_rows};
use crate::person::NoInput;
use crate::verbs::View;

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
    /// `run_finished`: done, nothing to do; `run_follow_up`: finished, needs a look; `mentioned`: in a comment;
    /// `snapshot_alert`: a bell rang; `bell_disabled`: a bell of yours cannot be delivered any more.
    pub kind: String,
    /// The run that ended, when it is about a run.
    pub run_id: Option<RunId>,
    /// Where to look: `run`, `artifact` or `dashboard`.
    pub concept: String,
    /// Which one.
    pub object_id: Uuid,
    /// What rang.
    pub title: String,
    /// What there is to do, or the beginning of what was said.
    pub detail: String,
    /// When it rang.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// Which notification.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfNotification {
    /// The notification.
    pub notification_id: NotificationId,
}

/// Which notifications.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListNotifications {
    /// Only those that were not read.
    pub unread: Flag,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How many notifications were not read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnreadView {
    /// How many.
    pub unread: u64,
}

impl View for UnreadView {}

/// Where a notification leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) concept: &'static str,
    pub(crate) object_id: Uuid,
}

impl Place {
    /// The page of a run.
    pub(crate) fn run(run: RunId) -> Self {
        Self {
            concept: "run",
            object_id: run.uuid(),
        }
    }

    /// The page of what a comment is about.
    pub(crate) fn of(subject: Subject) -> Self {
        Self {
            concept: subject.kind.as_str(),
            object_id: subject.id,
        }
    }
}

/// A notification about to be stored.
pub(crate) struct NewNotification {
    pub(crate) id: NotificationId,
    pub(crate) engagement_id: EngagementId,
    /// What rings: once for each person.
    pub(crate) subject_id: Uuid,
    pub(crate) place: Place,
    pub(crate) person_id: PersonId,
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) created_at: Timestamp,
}

/// `list_notifications`: those of engagements that the caller still belongs to.
pub async fn list_notifications(
    call: Call,
    input: ListNotifications,
) -> Outcome<Page<NotificationView>> {
    let person = call.signed_in()?.person_id;
    let reach = Reach::of(&call, None)?;
    let unread = input.unread.is_set();
    let scope = CursorScope {
        list: "me.notifications",
        person,
        filter: if unread { "unread" } else { "" },
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let found = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::list(sql, &reach, unread, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::total(sql, &reach, unread).await?))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, view, |notification| Cursor {
        at: notification.created_at,
        id: notification.id.uuid(),
    })
}

/// `get_unread_count`.
pub async fn get_unread_count(call: Call, _: NoInput) -> Outcome<UnreadView> {
    let reach = Reach::of(&call, None)?;
    let unread = call
        .hub
        .db()
        .read(move |sql| Box::pin(async move { store::total(sql, &reach, true).await }))
        .await?;
    Ok(UnreadView { unread })
}

/// `read_notification`: reading twice is reading once. What it tells of does not leave needs-you by being read.
pub async fn read_notification(call: Call, input: OfNotification) -> Outcome<UnreadView> {
    let reach = Reach::of(&call, None)?;
    let now = call.now;
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                if !store::read(sql, &reach, input.notification_id, now).await? {
                    return Err(Fault::not_found());
                }
                let unread = store::total(sql, &reach, true).await?;
                Ok(UnreadView { unread })
            })
        })
        .await
}

/// `read_all_notifications`.
pub async fn read_all_notifications(call: Call, _: NoInput) -> Outcome<UnreadView> {
    let reach = Reach::of(&call, None)?;
    let now = call.now;
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                store::read_all(sql, &reach, now).await?;
                let unread = store::total(sql, &reach, true).await?;
                Ok(UnreadView { unread })
            })
        })
        .await
}

fn view(row: &Row) -> Outcome<NotificationView> {
    let (concept, object_id): (String, Uuid) = (row.text(9)?, row.id(4)?);
    Ok(NotificationView {
        id: NotificationId::from_uuid(row.id(0)?),
        engagement_id: EngagementId::from_uuid(row.id(1)?),
        engagement_name: row.text(2)?,
        kind: row.text(3)?,
        run_id: (concept == "run").then(|| RunId::from_uuid(object_id)),
        concept,
        object_id,
        title: row.text(5)?,
        detail: row.text(6)?,
        created_at: row.time(7)?,
        read_at: row.opt_time(8)?,
    })
}
