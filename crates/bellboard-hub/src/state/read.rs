//! From rows to the lists of the summary.

use std::collections::BTreeMap;

use bellboard_core::id::DomainId;
use bellboard_core::work::WorkstreamStatus;
use uuid::Uuid;

use super::{
    BlockedTask, DomainSummary, OpenDecision, OpenWorkstream, RecentEvent, Scope, Totals, store,
};
use crate::access::{self, Reach};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::domain;
use crate::fault::{Fault, Outcome};
use crate::paging::count;

/// More neighbours of one workstream are not named.
const NEIGHBOURS: usize = 20;

/// How far the answer reaches: what was named, or everything of the caller's.
pub(super) async fn scope(
    sql: &mut Sql<'_>,
    call: &Call,
    (domain, engagement): (Option<&str>, Option<&str>),
) -> Outcome<Scope> {
    let reach = access::reach_named(sql, call, engagement).await?;
    let Some(name) = domain else {
        return Ok(Scope {
            reach,
            domain: None,
        });
    };
    let found = domain::known(sql, call, &reach, name).await?;
    Ok(Scope {
        reach: Reach::of(call, Some(found.member.engagement_id()))?,
        domain: Some(DomainId::from_uuid(found.id)),
    })
}

pub(super) async fn totals(sql: &mut Sql<'_>, scope: &Scope) -> Outcome<Totals> {
    let row = store::totals(sql, scope).await?;
    Ok(Totals {
        domains: count(&row, 0)?,
        repos: count(&row, 1)?,
        topics: count(&row, 2)?,
        open_workstreams: count(&row, 3)?,
        todo_tasks: count(&row, 4)?,
        in_progress_tasks: count(&row, 5)?,
        blocked_tasks: count(&row, 6)?,
        open_decisions: count(&row, 7)?,
        extension_points: count(&row, 8)?,
        technical_debts: count(&row, 9)?,
    })
}

pub(super) fn domain(row: &Row) -> Outcome<DomainSummary> {
    Ok(DomainSummary {
        slug: row.text(0)?,
        name: row.text(1)?,
        engagement: row.text(2)?,
        repo_count: count(row, 3)?,
        active_workstream_count: count(row, 4)?,
        ep_count: count(row, 5)?,
        td_count: count(row, 6)?,
    })
}

pub(super) fn open_decision(row: &Row) -> Outcome<OpenDecision> {
    Ok(OpenDecision {
        ask_id: row.id(0)?,
        title: row.text(1)?,
        engagement: row.text(2)?,
        workstream: row.opt_text(3)?,
        deadline: row.opt_time(4)?,
        escalated: row.opt_time(5)?.is_some(),
    })
}

pub(super) fn blocked_task(row: &Row) -> Outcome<BlockedTask> {
    Ok(BlockedTask {
        id: row.id(0)?,
        external_id: row.opt_text(1)?,
        title: row.text(2)?,
        engagement: row.text(3)?,
        workstream: row.text(4)?,
        blocking_reason: row.opt_text(5)?,
    })
}

pub(super) fn event(row: &Row) -> Outcome<RecentEvent> {
    Ok(RecentEvent {
        id: row.id(0)?,
        event_type: row.text(1)?,
        summary: row.text(2)?,
        author: row.text(3)?,
        at: row.time(4)?,
    })
}

/// The open workstreams with their neighbours: one statement for them, and one for all their dependencies together.
pub(super) async fn open_workstreams(
    sql: &mut Sql<'_>,
    scope: &Scope,
    limit: u32,
) -> Outcome<Vec<OpenWorkstream>> {
    let rows = store::rows(sql, store::OPEN_WORKSTREAMS, scope, limit).await?;
    let mut depends_on: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    let mut blocks: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    let most = store::MOST_DEPENDENCIES;
    for edge in store::rows(sql, store::DEPENDENCIES, scope, most).await? {
        depends_on
            .entry(edge.id(0)?)
            .or_default()
            .push(edge.text(3)?);
        blocks.entry(edge.id(2)?).or_default().push(edge.text(1)?);
    }
    let neighbours = |all: &mut BTreeMap<Uuid, Vec<String>>, id: Uuid| {
        let mut slugs = all.remove(&id).unwrap_or_default();
        slugs.truncate(NEIGHBOURS);
        slugs
    };
    let mut found = Vec::new();
    for row in &rows {
        let (id, status): (Uuid, String) = (row.id(0)?, row.text(5)?);
        found.push(OpenWorkstream {
            slug: row.text(1)?,
            title: row.text(2)?,
            engagement: row.text(3)?,
            domain: row.text(4)?,
            status: WorkstreamStatus::parse(&status)
                .ok_or_else(|| Fault::internal("workstreams.status holds no word"))?,
            done: count(row, 6)?,
            open: count(row, 7)?,
            depends_on: neighbours(&mut depends_on, id),
            blocks: neighbours(&mut blocks, id),
        });
    }
    Ok(found)
}
