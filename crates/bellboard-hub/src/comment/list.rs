//! The threads of dashboards, runs and artifacts, newest comment first.

use bellboard_core::id::{ArtifactId, DashboardId, EngagementId, RunId};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{CommentView, Subject, SubjectKind, store, views};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::{DbFault, Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of};
use crate::verbs::ObjectConcept;

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $id:ty })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: $id,
            /// How many at most, 1 to 100; 50 when absent.
            #[serde(default)]
            pub limit: Limit,
            /// Where to go on: `next_cursor` of the page before.
            #[serde(default)]
            pub cursor: Option<String>,
        }
    )*};
}

inputs! {
    /// Which thread.
    ListDashboardComments {
        /// The dashboard.
        dashboard_id: DashboardId
    }
    /// Which thread.
    ListRunComments {
        /// The run.
        run_id: RunId
    }
    /// Which thread.
    ListArtifactComments {
        /// The artifact.
        artifact_id: ArtifactId
    }
}

/// `list_dashboard_comments`.
pub async fn list_dashboard_comments(
    call: Call,
    input: ListDashboardComments,
) -> Outcome<Page<CommentView>> {
    let subject = Subject {
        kind: SubjectKind::Dashboard,
        id: input.dashboard_id.uuid(),
    };
    list(call, subject, input.limit, input.cursor).await
}

/// `list_run_comments`.
pub async fn list_run_comments(call: Call, input: ListRunComments) -> Outcome<Page<CommentView>> {
    let subject = Subject {
        kind: SubjectKind::Run,
        id: input.run_id.uuid(),
    };
    list(call, subject, input.limit, input.cursor).await
}

/// `list_artifact_comments`.
pub async fn list_artifact_comments(
    call: Call,
    input: ListArtifactComments,
) -> Outcome<Page<CommentView>> {
    let subject = Subject {
        kind: SubjectKind::Artifact,
        id: input.artifact_id.uuid(),
    };
    list(call, subject, input.limit, input.cursor).await
}

/// Proves that the caller may call this verb on the subject.
pub(super) async fn admitted(sql: &mut Sql<'_>, call: &Call, subject: Subject) -> Outcome<Member> {
    match subject.kind {
        SubjectKind::Dashboard => {
            access::object(sql, call, ObjectConcept::Dashboard, subject.id).await
        }
        SubjectKind::Run => access::in_engagement_of(sql, call, RunId::from_uuid(subject.id)).await,
        SubjectKind::Artifact => {
            let id = ArtifactId::from_uuid(subject.id);
            access::in_engagement_of_artifact(sql, call, id).await
        }
    }
}

async fn list(
    call: Call,
    subject: Subject,
    limit: Limit,
    cursor: Option<String>,
) -> Outcome<Page<CommentView>> {
    let person = call.signed_in()?.person_id;
    let filter = format!("{} {}", subject.kind.as_str(), subject.id);
    let scope = CursorScope {
        list: "comments",
        person,
        filter: &filter,
    };
    let after = paging::after(cursor.as_deref(), &scope)?;
    let hub = call.hub.clone();
    let (comments, total) = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let member = admitted(sql, &call, subject).await?;
                let engagement = member.engagement_id();
                let kind = subject.kind.as_str();
                let filters = vec![engagement.into(), kind.into(), subject.id.into()];
                let (rows, total) =
                    paging::rows_of(sql, &store::LIST, filters, after, limit).await?;
                let comments = with_mentions(sql, engagement, subject, &rows).await?;
                Ok::<_, Fault>((comments, total))
            })
        })
        .await?;
    Ok(page_of(comments, limit, total, &scope, |comment| Cursor {
        at: comment.created_at,
        id: comment.id.uuid(),
    }))
}

/// The rows of one page, newest first, with who is mentioned in them.
pub(super) async fn with_mentions(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subject: Subject,
    rows: &[Row],
) -> Outcome<Vec<CommentView>> {
    let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) else {
        return Ok(Vec::new());
    };
    let place = |row: &Row| {
        Ok::<_, DbFault>(Cursor {
            at: row.time(9)?,
            id: row.id(1)?,
        })
    };
    let between = (place(oldest)?, place(newest)?);
    let mentions = store::mentions(sql, engagement, subject, between).await?;
    views(rows, &mentions)
}
