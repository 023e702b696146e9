//! `get_summary`.

use super::fit::fit;
use super::{GetSummary, Scope, SummaryView, next_steps, read, store};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::Outcome;

/// The last events at most.
const EVENTS: u32 = 20;
/// Workstreams, tasks and decisions at most, of each.
const ENTRIES: u32 = 50;

/// `get_summary`: everything that the caller reaches, or one domain in few bytes.
pub async fn get_summary(call: Call, input: GetSummary) -> Outcome<SummaryView> {
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let named = (input.domain.as_deref(), input.engagement.as_deref());
                let scope = read::scope(sql, &call, named).await?;
                let whole = look(sql, &scope).await?;
                let shown = if scope.domain.is_some() {
                    fit(whole)?
                } else {
                    whole
                };
                Ok(SummaryView {
                    statements: sql.statements(),
                    ..shown
                })
            })
        })
        .await
}

async fn look(sql: &mut Sql<'_>, scope: &Scope) -> Outcome<SummaryView> {
    let totals = read::totals(sql, scope).await?;
    let domains = store::rows(sql, store::DOMAINS, scope, store::MOST_DOMAINS).await?;
    let decisions = store::rows(sql, store::OPEN_DECISIONS, scope, ENTRIES).await?;
    let blocked = store::rows(sql, store::BLOCKED_TASKS, scope, ENTRIES).await?;
    let open_workstreams = read::open_workstreams(sql, scope, ENTRIES).await?;
    let events = store::rows(sql, store::RECENT_EVENTS, scope, EVENTS).await?;
    let next_steps = next_steps::derive(sql, scope).await?;
    Ok(SummaryView {
        totals,
        domains: domains.iter().map(read::domain).collect::<Outcome<_>>()?,
        open_decisions: decisions
            .iter()
            .map(read::open_decision)
            .collect::<Outcome<_>>()?,
        blocked_tasks: blocked
            .iter()
            .map(read::blocked_task)
            .collect::<Outcome<_>>()?,
        open_workstreams,
        recent_events: events.iter().map(read::event).collect::<Outcome<_>>()?,
        next_steps,
        statements: 0,
    })
}
