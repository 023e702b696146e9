//! Adds a comment to a thread.

use std::collections::BTreeSet;

use bellboard_core::id::{ArtifactId, CommentId, DashboardId, NotificationId, PersonId, RunId};
use bellboard_core::text::{Multiline, sanitise};
use schemars::JsonSchema;
use serde::Deserialize;

use super::list::{admitted, with_mentions};
use super::store::{self, NewComment};
use super::{CommentType, CommentView, Subject, SubjectKind};
use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::notification::{self, NewNotification, Place};

/// People mentioned in one comment, at most.
const MOST_MENTIONS: usize = 20;
/// How much of a comment stands in the inbox.
const EXCERPT: usize = 200;

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $id:ty })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: $id,
            /// What is said, as markdown, at most 10,000 characters. Raw HTML is shown as text.
            pub body: Multiline<10_000>,
            /// What it is; `discussion` when absent.
            #[serde(default)]
            pub comment_type: CommentType,
            /// The comment of the same thread that it answers.
            #[serde(default)]
            pub parent_id: Option<CommentId>,
            /// Who is to be told in their inbox: members, at most 20. Nobody is told of their own words.
            #[serde(default)]
            #[schemars(with = "Vec<PersonId>")]
            pub mentions: BTreeSet<PersonId>,
        }

        impl $name {
            fn said(self, kind: SubjectKind) -> (Subject, Said) {
                let subject = Subject { kind, id: self.$field.uuid() };
                let said = Said {
                    body: self.body,
                    comment_type: self.comment_type,
                    parent: self.parent_id,
                    mentions: self.mentions,
                };
                (subject, said)
            }
        }
    )*};
}

inputs! {
    /// What somebody says about a dashboard.
    AddDashboardComment {
        /// The dashboard.
        dashboard_id: DashboardId
    }
    /// What somebody says about a run.
    AddRunComment {
        /// The run.
        run_id: RunId
    }
    /// What somebody says about an artifact.
    AddArtifactComment {
        /// The artifact.
        artifact_id: ArtifactId
    }
}

struct Said {
    body: Multiline<10_000>,
    comment_type: CommentType,
    parent: Option<CommentId>,
    mentions: BTreeSet<PersonId>,
}

/// `add_dashboard_comment`.
pub async fn add_dashboard_comment(call: Call, input: AddDashboardComment) -> Outcome<CommentView> {
    let (subject, said) = input.said(SubjectKind::Dashboard);
    add(call, subject, said).await
}

/// `add_run_comment`.
pub async fn add_run_comment(call: Call, input: AddRunComment) -> Outcome<CommentView> {
    let (subject, said) = input.said(SubjectKind::Run);
    add(call, subject, said).await
}

/// `add_artifact_comment`.
pub async fn add_artifact_comment(call: Call, input: AddArtifactComment) -> Outcome<CommentView> {
    let (subject, said) = input.said(SubjectKind::Artifact);
    add(call, subject, said).await
}

async fn add(call: Call, subject: Subject, said: Said) -> Outcome<CommentView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = admitted(sql, &call, subject).await?;
                check(sql, &member, subject, &said).await?;
                let engagement = member.engagement_id();
                let id = CommentId::from_uuid(call.new_id());
                let comment = NewComment {
                    engagement,
                    id,
                    subject,
                    parent: said.parent,
                    comment_type: said.comment_type,
                    body: said.body.as_str(),
                    author: Some(member.person_id()),
                    author_name: member.name(),
                    now: call.now,
                };
                store::insert(sql, &comment).await?;
                for person in &said.mentions {
                    store::mention(sql, engagement, id, *person).await?;
                    if *person != member.person_id() {
                        tell(sql, &call, &comment, *person).await?;
                    }
                }
                let kind = HintKind::CommentAdded;
                event::store::append(sql, engagement, kind, subject.id, call.now).await?;
                let row = store::one(sql, engagement, id).await?;
                let rows: Vec<_> = row.into_iter().collect();
                let made = with_mentions(sql, engagement, subject, &rows).await?.pop();
                let made = made.ok_or_else(Fault::not_found)?;
                Ok(CommentView { new: true, ..made })
            })
        })
        .await
}

/// Refuses what belongs to nobody or to another thread.
async fn check(sql: &mut Sql<'_>, member: &Member, subject: Subject, said: &Said) -> Outcome<()> {
    if said.comment_type == CommentType::SnapshotAlert {
        return Err(Fault::invalid(
            "comment_type",
            "Only the hub writes `snapshot_alert`, when a bell rings. Leave it out, or name another type.",
        ));
    }
    if said.mentions.len() > MOST_MENTIONS {
        return Err(Fault::invalid(
            "mentions",
            format!(
                "At most {MOST_MENTIONS} people, this mentions {}.",
                said.mentions.len()
            ),
        ));
    }
    let engagement = member.engagement_id();
    if let Some(parent) = said.parent {
        let row = store::one(sql, engagement, parent).await?;
        let is_here = match &row {
            Some(row) => {
                row.text(2)? == subject.kind.as_str() && row.id::<uuid::Uuid>(3)? == subject.id
            }
            None => false,
        };
        if !is_here {
            return Err(Fault::invalid(
                "parent_id",
                "There is no such comment in this thread. Leave `parent_id` out to begin a new one.",
            ));
        }
    }
    for person in &said.mentions {
        if !store::belongs(sql, engagement, *person).await? {
            return Err(Fault::invalid(
                "mentions",
                format!(
                    "{person} is no member of this engagement, so they cannot be told. Leave them out."
                ),
            ));
        }
    }
    Ok(())
}

/// Puts the comment into somebody's inbox.
async fn tell(
    sql: &mut Sql<'_>,
    call: &Call,
    comment: &NewComment<'_>,
    person: PersonId,
) -> Outcome<()> {
    let about = store::title_of(sql, comment.engagement, comment.subject).await?;
    let notification = NewNotification {
        id: NotificationId::from_uuid(call.new_id()),
        engagement_id: comment.engagement,
        subject_id: comment.id.uuid(),
        place: Place::of(comment.subject),
        person_id: person,
        kind: "mentioned",
        title: format!("{} mentioned you: {about}", comment.author_name),
        detail: sanitise(comment.body, EXCERPT),
        created_at: call.now,
    };
    notification::store::insert(sql, &notification).await
}
