//! Decisions that are to be added to `DECISIONS.md` of their repo once they are made.

use bellboard_core::id::{EngagementId, RepoId};
use bellboard_core::work::MadeDecision;

use super::{PlanDecisionView, store};
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::workstream::day_of;

/// Those of a repo that are in effect, oldest first.
pub(crate) async fn made_for_file(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<MadeDecision>> {
    let mut rows = store::made_for_file(sql, engagement, repo).await?;
    rows.reverse();
    rows.iter().map(made).collect()
}

fn made(row: &Row) -> Outcome<MadeDecision> {
    let decision = PlanDecisionView::read(row)?;
    Ok(MadeDecision {
        id: decision.ask_id.uuid(),
        title: decision.title,
        day: decision.decided_at.map(day_of).unwrap_or_default(),
        by: decision.decided_by_name.unwrap_or_default(),
        answer: decision.option_label.unwrap_or_default(),
        rationale: decision.rationale.unwrap_or_default(),
    })
}
