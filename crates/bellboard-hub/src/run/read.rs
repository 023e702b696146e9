//! Reading runs: one, many, and what happened to one.

use bellboard_core::id::{EngagementId, EventId};
use bellboard_core::membership::{Capability, allows};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::run::liveness::Liveness;
use bellboard_core::run::{Outcome as RunOutcome, RunType, Status};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::sift::sift;
use super::view::RunView;
use super::{OfRun, PageOfRun, record, store};
use crate::access::{self, Member, Reach};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{self, Flag, page_of, page_of_rows};

/// Which runs.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListRuns {
    /// Only of this engagement.
    pub engagement: Option<EngagementId>,
    /// Only in this status.
    pub status: Option<Status>,
    /// Only with this outcome.
    pub outcome: Option<RunOutcome>,
    /// Only of this type.
    #[serde(rename = "type")]
    pub run_type: Option<RunType>,
    /// Only those that are `fresh`, `stale`, `waiting`, `lost` or `finished` at this moment.
    pub liveness: Option<Liveness>,
    /// Only those that somebody should look at: silent, or ended in a way that nobody has acknowledged yet.
    pub problem: Flag,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One thing that happened to a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunEventView {
    /// The entry.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// `queued`, `started`, `phase`, `total_grew`, `cancel_requested`, `claimed`, `offered_again`, `ended`, `lost`, `late`, `denied`,
    /// `acknowledged`, `settled`, `verified` or `decided`.
    pub kind: String,
    /// Who said so, by their name at that moment.
    pub actor_name: String,
    /// One line.
    pub summary: String,
    /// Raw detail for those who may report on runs: exit code, message, last lines of output.
    pub diagnostics: Option<Value>,
}

/// `get_run`.
pub async fn get_run(call: Call, input: OfRun) -> Outcome<RunView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                record::load(sql, &member, input.run_id, call.now).await
            })
        })
        .await
}

/// `list_runs`: newest first, over every engagement of the caller.
pub async fn list_runs(call: Call, input: ListRuns) -> Outcome<Page<RunView>> {
    let reach = Reach::of(&call, input.engagement)?;
    let filter = filter_text(&input);
    let person = call.signed_in()?.person_id;
    let scope = CursorScope {
        list: "runs",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let now = call.now;
    if input.liveness.is_some() || input.problem.is_set() {
        let (runs, total) = sift(&call, reach, input, after).await?;
        return Ok(page_of(runs, limit, total, &scope, place));
    }
    let found = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::list(sql, &reach, &input, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::list_total(sql, &reach, &input).await?))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, |row| RunView::read(row, now), place)
}

pub(super) fn place(run: &RunView) -> Cursor {
    Cursor {
        at: run.created_at,
        id: run.id.uuid(),
    }
}

fn filter_text(input: &ListRuns) -> String {
    let words = [
        input.engagement.map(|id| id.to_string()),
        input.status.map(|status| status.as_str().to_owned()),
        input.outcome.map(|outcome| outcome.as_str().to_owned()),
        input.run_type.as_ref().map(|name| name.as_str().to_owned()),
        input.liveness.map(|liveness| liveness.as_str().to_owned()),
        input.problem.is_set().then(|| "problem".to_owned()),
    ];
    words.map(Option::unwrap_or_default).join("|")
}

/// `list_run_events`: newest first.
pub async fn list_run_events(call: Call, input: PageOfRun) -> Outcome<Page<RunEventView>> {
    let person = call.signed_in()?.person_id;
    let filter = input.run_id.to_string();
    let scope = CursorScope {
        list: "run.events",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let (found, detail) = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                let rows =
                    store::events(sql, &member, input.run_id, after, limit.get() + 1).await?;
                let total = store::events_total(sql, &member, input.run_id).await?;
                Ok::<_, Fault>(((rows, total), Detail::for_member(&member)))
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| event_view(row, detail),
        |event| Cursor {
            at: event.at,
            id: event.id.uuid(),
        },
    )
}

/// How much of an event is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// The words that are for everybody.
    Plain,
    /// What was really said too.
    Raw,
}

impl Detail {
    /// Raw words name files, hosts and code; they are for those who could have reported them.
    fn for_member(member: &Member) -> Self {
        if allows(member.designations(), Capability::Report) {
            Self::Raw
        } else {
            Self::Plain
        }
    }
}

fn event_view(row: &Row, detail: Detail) -> Outcome<RunEventView> {
    let diagnostics = row.opt_text(5)?.filter(|_| detail == Detail::Raw);
    Ok(RunEventView {
        id: row.id(0)?,
        at: row.time(1)?,
        kind: row.text(2)?,
        actor_name: row.text(3)?,
        summary: row.text(4)?,
        diagnostics: diagnostics
            .map(|text| serde_json::from_str(&text).map_err(Fault::internal))
            .transpose()?,
    })
}

/// All of an engagement before this id, the newest id first, as they are at this moment.
pub(crate) async fn of_engagement(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    place: (Uuid, u32),
    now: Timestamp,
) -> Outcome<Vec<RunView>> {
    let rows = store::of_engagement(sql, engagement, place).await?;
    rows.iter().map(|row| RunView::read(row, now)).collect()
}
