//! Reading tasks: one, and many.

use bellboard_core::id::TaskId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::work::TaskStatus;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{TaskView, load, store};
use crate::access;
use crate::call::Call;
use crate::domain::OfDomain;
use crate::fault::Outcome;
use crate::paging::{self, Flag, page_of_rows};
use crate::verbs::WorkConcept;
use crate::words::WhichWords;

/// Which tasks.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListTasks {
    /// Only of this workstream, by slug or id.
    pub workstream: Option<Bounded<100>>,
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only in this status; `open` for those that are not closed; `all` when absent.
    pub status: WhichWords<TaskStatus>,
    /// Only for this assignee, word for word.
    pub assignee: Option<Bounded<100>>,
    /// Only those that need a human, or only those that do not.
    pub needs_human: Option<Flag>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetTask {
    /// The task, by its key or id.
    pub task_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// What a list holds; nil and an empty text for anything.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) domain: OfDomain,
    pub(super) workstream: Uuid,
    pub(super) status: WhichWords<TaskStatus>,
    pub(super) assignee: String,
    pub(super) needs_human: Option<bool>,
}

/// `list_tasks`: last changed first.
pub async fn list_tasks(call: Call, input: ListTasks) -> Outcome<Page<TaskView>> {
    let person = call.signed_in()?.person_id;
    let now = call.now;
    let named = |name: &Option<Bounded<100>>| name.as_deref().unwrap_or_default().to_owned();
    let needs_human = input.needs_human.map(Flag::is_set);
    let filter = format!(
        "{} {} {} {} {needs_human:?} {}",
        input.engagement.as_deref().unwrap_or_default(),
        named(&input.workstream),
        named(&input.domain),
        input.status.pattern(),
        named(&input.assignee),
    );
    let scope = CursorScope {
        list: "tasks",
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
                let (concept, name) = (WorkConcept::Workstream, input.workstream.as_deref());
                let which = Filter {
                    domain: OfDomain::named(sql, &reach, input.domain.as_deref()).await?,
                    workstream: access::filter_by(sql, &call, &reach, concept, name).await?,
                    status: input.status,
                    assignee: named(&input.assignee),
                    needs_human,
                };
                let filters = store::filters(&reach, &which);
                paging::rows_of(sql, &store::LIST, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| TaskView::read(row, now),
        |task| Cursor {
            at: task.changed_at,
            id: task.id.uuid(),
        },
    )
}

/// `get_task`.
pub async fn get_task(call: Call, input: GetTask) -> Outcome<TaskView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, engagement) = (WorkConcept::Task, input.engagement.as_deref());
                let found = access::work(sql, &call, concept, &input.task_id, engagement).await?;
                let id = TaskId::from_uuid(found.id);
                load(sql, found.member.engagement_id(), id, call.now).await
            })
        })
        .await
}
