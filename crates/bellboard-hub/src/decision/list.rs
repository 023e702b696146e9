//! Everything that was ever decided about one artifact or ask, a page at a time: its audit.

use bellboard_core::id::{ArtifactId, AskId};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use uuid::Uuid;

use super::{DecisionView, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of_rows};

/// What the decisions are about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Object {
    Artifact(ArtifactId),
    Ask(AskId),
}

impl Object {
    const fn list(self) -> &'static str {
        match self {
            Self::Artifact(_) => "artifact.decisions",
            Self::Ask(_) => "ask.decisions",
        }
    }

    const fn uuid(self) -> Uuid {
        match self {
            Self::Artifact(id) => id.uuid(),
            Self::Ask(id) => id.uuid(),
        }
    }

    async fn member(self, sql: &mut Sql<'_>, call: &Call) -> Outcome<Member> {
        match self {
            Self::Artifact(id) => access::in_engagement_of_artifact(sql, call, id).await,
            Self::Ask(id) => access::in_engagement_of_ask(sql, call, id).await,
        }
    }
}

/// Newest first, also what was taken back. An answer to an ask that is not in effect yet is there for whoever gave it only.
pub(crate) async fn list_about(
    call: Call,
    object: Object,
    limit: Limit,
    cursor: Option<&str>,
) -> Outcome<Page<DecisionView>> {
    let filter = object.uuid().to_string();
    let scope = CursorScope {
        list: object.list(),
        person: call.signed_in()?.person_id,
        filter: &filter,
    };
    let after = paging::after(cursor, &scope)?;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let member = object.member(sql, &call).await?;
                let id = object.uuid();
                let rows = store::of_object(sql, &member, id, after, limit.get() + 1).await?;
                let total = store::total_of_object(sql, &member, id).await?;
                Ok::<_, Fault>((rows, total))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, DecisionView::read, |decision| {
        Cursor {
            at: decision.decided_at,
            id: decision.id.uuid(),
        }
    })
}
