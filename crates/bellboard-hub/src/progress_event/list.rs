//! `list_progress`.

use bellboard_core::id::PersonId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{ProgressEventView, store};
use crate::access::{self, filter_by};
use crate::call::Call;
use crate::domain::OfDomain;
use crate::fault::Outcome;
use crate::paging::{self, page_of_rows};
use crate::verbs::WorkConcept;

/// Which events.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListProgress {
    /// Only about this workstream, by slug or id.
    pub workstream: Option<Bounded<100>>,
    /// Only about this task, by its key or id.
    pub task: Option<Bounded<100>>,
    /// Only about this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only by this person.
    pub author: Option<PersonId>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What a list is about; nil for anything.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) domain: OfDomain,
    pub(super) workstream: Uuid,
    pub(super) task: Uuid,
    pub(super) author: Uuid,
}

/// `list_progress`: newest first.
pub async fn list_progress(call: Call, input: ListProgress) -> Outcome<Page<ProgressEventView>> {
    let person = call.signed_in()?.person_id;
    let filter = format!(
        "{} {} {} {} {}",
        input.engagement.as_deref().unwrap_or_default(),
        input.workstream.as_deref().unwrap_or_default(),
        input.task.as_deref().unwrap_or_default(),
        input.domain.as_deref().unwrap_or_default(),
        input.author.map(|id| id.to_string()).unwrap_or_default(),
    );
    let scope = CursorScope {
        list: "progress",
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
                let (workstream, task) = (input.workstream.as_deref(), input.task.as_deref());
                let about = About {
                    domain: OfDomain::named(sql, &reach, input.domain.as_deref()).await?,
                    workstream: filter_by(sql, &call, &reach, WorkConcept::Workstream, workstream)
                        .await?,
                    task: filter_by(sql, &call, &reach, WorkConcept::Task, task).await?,
                    author: input.author.map_or(Uuid::nil(), PersonId::uuid),
                };
                let filters = store::filters(&reach, &about);
                paging::rows_of(sql, &store::LIST, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, ProgressEventView::read, |event| {
        Cursor {
            at: event.happened_at,
            id: event.id.uuid(),
        }
    })
}
