//! Putting runs that fell silent before people, and taking them away when they are heard again. Whether a run is silent
//! stays a question to its times; stored is only that needs-you holds it, so that a report of a run that was never silent
//! costs nothing more.

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::membership::{Capability, holders};
use bellboard_core::page::Cursor;
use bellboard_core::run::Status;
use bellboard_core::run::liveness::{Liveness, LivenessPolicy, fresh_until, liveness};
use bellboard_core::time::Timestamp;

use super::lose::{or_leave, signs_weighed};
use super::record;
use super::store;
use super::view::RunView;
use crate::Hub;
use crate::access::Member;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::home::{self, store::Need};

/// How many candidates are read at once.
const BATCH: u32 = 200;
/// The kind of the need.
const NEED: &str = "run_stale";
/// Why it waits. How long it has been silent is said where the run is shown.
const DETAIL: &str = "Silent for longer than expected. It may still be working.";

/// Puts every running run that fell silent into needs-you; how many it were. Several replicas may do this at once.
/// Reporters could be heard since `heard_since`, as for `lose_abandoned`.
pub async fn await_silent(hub: &Hub, heard_since: Timestamp) -> Outcome<u64> {
    let (mut put, mut after) = (0, None);
    loop {
        let silent = candidates(hub, after).await?;
        for run in &silent {
            put += u64::from(or_leave(put_one(hub, run, heard_since).await, run.id)?);
        }
        match silent.last() {
            Some(end) if silent.len() == BATCH as usize => {
                after = Some(Cursor {
                    at: end.heard_at,
                    id: end.id.uuid(),
                });
            }
            _ => return Ok(put),
        }
    }
}

async fn candidates(hub: &Hub, after: Option<Cursor>) -> Outcome<Vec<RunView>> {
    let now = hub.now();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let policy = LivenessPolicy::default();
                let rows = store::fallen_silent(sql, now, &policy, after, BATCH).await?;
                rows.iter().map(|row| RunView::read(row, now)).collect()
            })
        })
        .await
}

/// Puts one run there if it is still silent when its row is read again in the transaction that writes it.
async fn put_one(hub: &Hub, run: &RunView, heard_since: Timestamp) -> Outcome<bool> {
    let now = hub.now();
    if silent_since(run, heard_since, now).is_none() {
        return Ok(false);
    }
    let (id, engagement) = (run.id, run.engagement_id);
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = Member::hub_itself(engagement);
                let run = record::load(sql, &member, id, now).await?;
                let Some(since) = silent_since(&run, heard_since, now) else {
                    return Ok::<_, Fault>(false);
                };
                if !store::mark_silent(sql, &member, &run).await? {
                    return Ok(false);
                }
                let need = Need {
                    kind: NEED,
                    item_id: id.uuid(),
                    label: &run.label,
                    detail: DETAIL,
                    subject: None,
                    created_at: since,
                    audience: holders(Capability::Decide),
                    for_person: None,
                };
                home::store::need(sql, engagement, &need).await?;
                hint(sql, engagement, id, now).await?;
                Ok(true)
            })
        })
        .await
}

/// Since when it is silent beyond its patience; `None` when it is not, or is not to be put before people: it is there
/// already, or a worker holds it and its lease will tell.
fn silent_since(run: &RunView, heard_since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    if run.status != Status::Running || run.silent_need || run.claim.is_held() {
        return None;
    }
    let signs = signs_weighed(run, heard_since);
    (liveness(&signs, &run.policy, now) == Liveness::Stale)
        .then(|| fresh_until(&signs, &run.policy))
        .flatten()
}

/// Takes the run out of needs-you, because it was heard or has ended. Nothing is asked of the database for a run that was
/// not there when it was read.
pub(super) async fn no_longer_silent(
    sql: &mut Sql<'_>,
    run: &RunView,
    now: Timestamp,
) -> Outcome<()> {
    if !run.silent_need {
        return Ok(());
    }
    may_be_silent(sql, run.engagement_id, run.id, now).await
}

/// The same for a run that nobody has read, because it begins to wait for a person.
pub(crate) async fn may_be_silent(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
    now: Timestamp,
) -> Outcome<()> {
    if store::unmark_silent(sql, engagement, run).await? {
        home::store::settle(sql, engagement, NEED, run.uuid()).await?;
        hint(sql, engagement, run, now).await?;
    }
    Ok(())
}

async fn hint(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
    now: Timestamp,
) -> Outcome<()> {
    let kind = HintKind::NeedsYouChanged;
    event::store::append(sql, engagement, kind, run.uuid(), now).await
}
