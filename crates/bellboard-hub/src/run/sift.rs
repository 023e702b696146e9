//! Lists by what a run looks like at this moment. Whether it is fresh or silent says a rule of the core and no column, so
//! candidates are read by their status and the rule picks among them. Those that are under way or wait for a look are
//! few and are all looked at; of those that ended only as many are read as the page needs.

use bellboard_core::page::Cursor;
use bellboard_core::run::Status;
use bellboard_core::run::liveness::Liveness;

use super::read::{ListRuns, place};
use super::store::{self, Candidates};
use super::view::RunView;
use crate::access::Reach;
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};

/// How many candidates are read at once.
const BATCH: u32 = 200;

/// The runs of one page, and one more where a further page follows; and how many there are in all.
pub(super) async fn sift(
    call: &Call,
    reach: Reach,
    asked: ListRuns,
    after: Option<Cursor>,
) -> Outcome<(Vec<RunView>, u64)> {
    let now = call.now;
    call.hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let among = candidates(&asked);
                let total = total(sql, &reach, &asked, among).await?;
                let wanted = asked.limit.get() as usize + 1;
                let (mut page, mut found) = (Vec::new(), 0);
                // Where the total is known, what stands before the page need not be read.
                let mut from = after.filter(|_| total.is_some());
                loop {
                    let rows = match among {
                        Some(among) => store::candidates(sql, &reach, among, from, BATCH).await?,
                        None => store::list(sql, &reach, &ended(&asked), from, BATCH).await?,
                    };
                    for row in &rows {
                        let run = RunView::read(row, now)?;
                        let at = place(&run);
                        from = Some(at);
                        if !is_asked_for(&asked, &run) {
                            continue;
                        }
                        found += 1;
                        if page.len() < wanted
                            && after.is_none_or(|after| (at.at, at.id) < (after.at, after.id))
                        {
                            page.push(run);
                        }
                    }
                    let is_enough = total.is_some() && page.len() >= wanted;
                    if is_enough || rows.len() < BATCH as usize {
                        return Ok::<_, Fault>((page, total.unwrap_or(found)));
                    }
                }
            })
        })
        .await
}

/// Where the runs that are asked for can be; `None` is among all that ended.
fn candidates(asked: &ListRuns) -> Option<Candidates> {
    match asked.liveness {
        Some(Liveness::Lost) => Some(Candidates::Lost),
        _ if asked.problem.is_set() => Some(Candidates::ActiveOrNeeded),
        Some(Liveness::Finished) => None,
        Some(Liveness::Fresh | Liveness::Stale | Liveness::Waiting) | None => {
            Some(Candidates::Active)
        }
    }
}

/// How many there are, where that is known without looking at each.
async fn total(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListRuns,
    among: Option<Candidates>,
) -> Outcome<Option<u64>> {
    match among {
        Some(Candidates::Lost) if !asked.problem.is_set() => {
            Ok(Some(store::lost_total(sql, reach, asked).await?))
        }
        Some(_) => Ok(None),
        None if asked
            .status
            .is_some_and(|status| status != Status::Completed) =>
        {
            Ok(Some(0))
        }
        None => {
            let lost = store::lost_total(sql, reach, asked).await?;
            let ended = store::list_total(sql, reach, &ended(asked)).await?;
            Ok(Some(ended.saturating_sub(lost)))
        }
    }
}

/// The same list, of what has ended.
fn ended(asked: &ListRuns) -> ListRuns {
    ListRuns {
        status: Some(Status::Completed),
        ..asked.clone()
    }
}

fn is_asked_for(asked: &ListRuns, run: &RunView) -> bool {
    asked.status.is_none_or(|status| run.status == status)
        && asked
            .outcome
            .is_none_or(|outcome| run.outcome == Some(outcome))
        && asked
            .run_type
            .as_ref()
            .is_none_or(|name| run.run_type == *name)
        && asked
            .liveness
            .is_none_or(|liveness| run.liveness == liveness)
        && (!asked.problem.is_set() || run.liveness == Liveness::Stale || run.needs_a_look())
}
