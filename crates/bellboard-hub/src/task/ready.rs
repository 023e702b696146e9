//! `list_ready_tasks`: what somebody could begin now.

use bellboard_core::number::Whole;
use bellboard_core::page::{Cursor, CursorScope, Limit};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{TaskView, store};
use crate::access::{self, Reach};
use crate::call::Call;
use crate::db::Sql;
use crate::domain::OfDomain;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of};
use crate::verbs::{View, WorkConcept};

/// So many are listed when nobody says how many.
const USUAL: u32 = 20;

/// For whom, and where.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListReadyTasks {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only of this workstream, by slug or id.
    pub workstream: Option<Bounded<100>>,
    /// Without what is assigned to somebody else than this one.
    pub assignee: Option<Bounded<100>>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 20 when absent.
    pub limit: Option<Whole<1, 100>>,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What could be begun now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReadyTasks {
    /// What matters most first, then what is due first, then what was planned first.
    pub items: Vec<TaskView>,
    /// How many there are in all.
    pub total_count: u64,
    /// What to pass as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl View for ReadyTasks {
    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// What a list holds; nil and an empty text for anything.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) domain: OfDomain,
    pub(super) workstream: Uuid,
    pub(super) assignee: String,
    pub(super) now: Timestamp,
}

/// Where a task stands in the list: priority from 0 on, day until which, time, position, id.
#[derive(Debug)]
pub(super) struct PlaceInList {
    pub(super) priority: i64,
    pub(super) due: String,
    pub(super) at: Timestamp,
    pub(super) position: i64,
    pub(super) id: Uuid,
}

impl PlaceInList {
    /// Before everything.
    const fn start() -> Self {
        Self {
            priority: -1,
            due: String::new(),
            at: Timestamp::from_micros(0),
            position: 0,
            id: Uuid::nil(),
        }
    }
}

/// `list_ready_tasks`.
pub async fn list_ready_tasks(call: Call, input: ListReadyTasks) -> Outcome<ReadyTasks> {
    let limit = Limit::new(input.limit.map_or(USUAL, Whole::get)).map_err(Fault::internal)?;
    let person = call.signed_in()?.person_id;
    let filter = [
        input.engagement.as_deref(),
        input.domain.as_deref(),
        input.workstream.as_deref(),
        input.assignee.as_deref(),
    ]
    .map(Option::unwrap_or_default)
    .join("\n");
    let scope = CursorScope {
        list: "tasks.ready",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let hub = call.hub.clone();
    let (found, total) = hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let (concept, name) = (WorkConcept::Workstream, input.workstream.as_deref());
                let assignee = input.assignee.map(Bounded::into_string);
                let wanted = Wanted {
                    domain: OfDomain::named(sql, &reach, input.domain.as_deref()).await?,
                    workstream: access::filter_by(sql, &call, &reach, concept, name).await?,
                    assignee: assignee.unwrap_or_default(),
                    now: call.now,
                };
                let place = place_after(sql, &reach, after).await?;
                let rows = store::ready(sql, &reach, &wanted, (&place, limit.get() + 1)).await?;
                let items = rows.iter().map(|row| TaskView::read(row, call.now));
                let items = items.collect::<Outcome<Vec<_>>>()?;
                Ok::<_, Fault>((items, store::ready_total(sql, &reach, &wanted).await?))
            })
        })
        .await?;
    let page = page_of(found, limit, total, &scope, |task| Cursor {
        at: task.created_at,
        id: task.id.uuid(),
    });
    Ok(ReadyTasks {
        items: page.items,
        total_count: page.total_count,
        next_cursor: page.next_cursor,
    })
}

/// Where the last task of the page before stands now; who has begun it meanwhile does not move it.
async fn place_after(
    sql: &mut Sql<'_>,
    reach: &Reach,
    after: Option<Cursor>,
) -> Outcome<PlaceInList> {
    let Some(after) = after else {
        return Ok(PlaceInList::start());
    };
    let row = store::place_of(sql, reach, after.id).await?;
    let row = row.ok_or_else(|| {
        let detail =
            "The task that the page before ended with is gone. Start again without a cursor.";
        Fault::invalid("cursor", detail).with_code("invalid_cursor")
    })?;
    Ok(PlaceInList {
        priority: row.int(0)?,
        due: row.text(1)?,
        at: row.time(2)?,
        position: row.int(3)?,
        id: after.id,
    })
}
