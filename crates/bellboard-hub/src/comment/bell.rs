//! A bell as a comment: the hub says in the dashboard's thread what has changed, mentions whom the bell is for, and puts
//! it into their inbox, because a comment alone rings no bell.

use bellboard_core::id::{CommentId, DashboardId, EngagementId, NotificationId, PersonId};
use bellboard_core::time::Timestamp;

use super::store::{self, NewComment};
use super::{CommentType, Subject, SubjectKind};
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::Outcome;
use crate::notification::{self, NewNotification, Place};
use crate::world::World;

/// What is told to whom.
pub(crate) struct Bell<'a> {
    pub(crate) engagement: EngagementId,
    pub(crate) dashboard: DashboardId,
    pub(crate) person: PersonId,
    /// One line.
    pub(crate) title: &'a str,
    /// What changed, in one line for the inbox.
    pub(crate) detail: &'a str,
    /// The same as markdown for the thread.
    pub(crate) body: &'a str,
    pub(crate) now: Timestamp,
}

/// Writes the comment, its mention and the notification, in the transaction that says the delivery is done.
pub(crate) async fn ring(sql: &mut Sql<'_>, world: &dyn World, bell: &Bell<'_>) -> Outcome<()> {
    let id = CommentId::from_uuid(world.new_id());
    let subject = Subject {
        kind: SubjectKind::Dashboard,
        id: bell.dashboard.uuid(),
    };
    let comment = NewComment {
        engagement: bell.engagement,
        id,
        subject,
        parent: None,
        comment_type: CommentType::SnapshotAlert,
        body: bell.body,
        author: None,
        author_name: "Bellboard",
        now: bell.now,
    };
    store::insert(sql, &comment).await?;
    store::mention(sql, bell.engagement, id, bell.person).await?;
    let notification = NewNotification {
        id: NotificationId::from_uuid(world.new_id()),
        engagement_id: bell.engagement,
        subject_id: id.uuid(),
        place: Place::of(subject),
        person_id: bell.person,
        kind: "snapshot_alert",
        title: bell.title.to_owned(),
        detail: bell.detail.to_owned(),
        created_at: bell.now,
    };
    notification::store::insert(sql, &notification).await?;
    let kind = HintKind::CommentAdded;
    event::store::append(sql, bell.engagement, kind, subject.id, bell.now).await
}
