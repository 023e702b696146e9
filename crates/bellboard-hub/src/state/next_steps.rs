//! What could be done next, derived on request: after a decision the first open task of its workstream, after the last
//! dependency was cleared the first task that nobody has begun.

use std::collections::BTreeSet;

use super::{Because, ListNextSteps, NextStep, NextStepsView, Scope, store};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::Outcome;

/// So many of each kind.
const MOST: u32 = 20;

/// `list_next_steps`.
pub async fn list_next_steps(call: Call, input: ListNextSteps) -> Outcome<NextStepsView> {
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let named = (input.domain.as_deref(), input.engagement.as_deref());
                let scope = super::read::scope(sql, &call, named).await?;
                let items = derive(sql, &scope).await?;
                Ok(NextStepsView { items })
            })
        })
        .await
}

/// Each task once, for the first reason.
pub(super) async fn derive(sql: &mut Sql<'_>, scope: &Scope) -> Outcome<Vec<NextStep>> {
    let mut steps = Vec::new();
    for row in store::rows(sql, store::AFTER_DECISIONS, scope, MOST).await? {
        steps.push(NextStep {
            because: Because::DecisionResolved,
            reason: format!("Decided: {}", row.text(0)?),
            engagement: row.text(1)?,
            workstream: row.text(2)?,
            task_id: row.id(3)?,
            task: row.text(4)?,
        });
    }
    for row in store::rows(sql, store::AFTER_DEPENDENCIES, scope, MOST).await? {
        steps.push(NextStep {
            because: Because::DependencyCleared,
            reason: "Everything that it waited for is closed".to_owned(),
            engagement: row.text(0)?,
            workstream: row.text(1)?,
            task_id: row.id(2)?,
            task: row.text(3)?,
        });
    }
    let mut seen = BTreeSet::new();
    steps.retain(|step| seen.insert(step.task_id));
    Ok(steps)
}
