//! Asks that lost somebody: whom they were for, who can no longer answer, or the run that waited for the answer.

use bellboard_core::ask::{Move, State, transition};
use bellboard_core::id::{AskId, DecisionId, EngagementId, PersonId, RunId};

use super::close::{made, may_answer};
use super::store::Moved;
use super::view::AskView;
use super::{ROUNDS, Viewer, await_answer, hint, load, settle, store};
use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::decision;
use crate::fault::Outcome;
use crate::run::{self, RunEvent};
use crate::world::World;

/// Gives the open asks for somebody who can no longer answer to whoever may decide. Part of the change that took their
/// right away, and recorded as done by whoever made that change.
pub(crate) async fn give_back(
    sql: &mut Sql<'_>,
    call: &Call,
    by: &Member,
    person: PersonId,
) -> Outcome<()> {
    for ask in store::open_for(sql, by, person).await? {
        give_one_back(sql, call, by, ask).await?;
    }
    Ok(())
}

/// What an answer that was taken back leaves open: perhaps nobody who could answer, or nobody who waits.
pub(super) async fn settle_reopened(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    ask: &AskView,
) -> Outcome<()> {
    if let Some(run) = ask.run_id
        && run::store::has_ended(sql, ask.engagement_id, run).await?
    {
        return withdraw_of_run(sql, call.hub.world(), ask.engagement_id, run).await;
    }
    match ask.for_person {
        Some(person) if !may_answer(sql, member, person).await? => {
            give_one_back(sql, call, member, ask.id).await
        }
        _ => Ok(()),
    }
}

async fn give_one_back(sql: &mut Sql<'_>, call: &Call, by: &Member, id: AskId) -> Outcome<()> {
    let viewer = Viewer::hub_itself(&Member::hub_itself(by.engagement_id()));
    for _ in 0..ROUNDS {
        let ask = load(sql, by, viewer, id, call.now).await?;
        // Somebody was faster, or its time is over and its fallback holds.
        let goes_on = transition(ask.state, ask.expires_at, Move::Delegate, call.now).is_ok();
        if !goes_on || ask.for_person.is_none() {
            return Ok(());
        }
        if !store::delegate(sql, &ask, None).await? {
            continue;
        }
        let why = format!("{} can no longer answer", ask.for_words);
        let decision = DecisionId::from_uuid(call.new_id());
        let made = made(&ask, decision, "delegate", State::Open.as_str(), Some(&why));
        decision::record(sql, call.now, by, &made).await?;
        settle(sql, &ask).await?;
        let given = load(sql, by, viewer, id, call.now).await?;
        await_answer(sql, &given).await?;
        if let Some(run) = ask.run_id {
            let event = RunEvent {
                kind: "ask_delegated",
                summary: format!("Given to whoever may decide, because {why}: {}", ask.title),
                diagnostics: None,
                at: call.now,
            };
            let world = call.hub.world();
            run::tell(sql, world, ask.engagement_id, run, by.name(), &event).await?;
        }
        return hint(sql, ask.engagement_id, id.uuid(), call.now).await;
    }
    Err(run::too_busy())
}

/// Withdraws what a run asked that has ended: nobody waits for the answer any more.
pub(crate) async fn withdraw_of_run(
    sql: &mut Sql<'_>,
    world: &dyn World,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<()> {
    for ask in store::open_of(sql, engagement, run).await? {
        withdraw_one(sql, world, engagement, run, ask).await?;
    }
    Ok(())
}

async fn withdraw_one(
    sql: &mut Sql<'_>,
    world: &dyn World,
    engagement: EngagementId,
    run: RunId,
    id: AskId,
) -> Outcome<()> {
    const WHY: &str = "The run that waited for the answer has ended.";
    let now = world.now();
    let hub = Member::hub_itself(engagement);
    for _ in 0..ROUNDS {
        let ask = load(sql, &hub, Viewer::hub_itself(&hub), id, now).await?;
        let Ok(state) = transition(ask.state, ask.expires_at, Move::Withdraw, now) else {
            return Ok(());
        };
        let decision = DecisionId::from_uuid(world.new_id());
        let change = Moved {
            state,
            answer: None,
            decision: Some(decision),
            closed_at: Some(now),
        };
        if !store::advance(sql, &ask, &change).await? {
            continue;
        }
        let made = made(&ask, decision, "withdraw", state.as_str(), Some(WHY));
        decision::record(sql, now, &hub, &made).await?;
        settle(sql, &ask).await?;
        run::store::wait_less(sql, engagement, run, now).await?;
        let event = RunEvent {
            kind: "ask_withdrawn",
            summary: format!("Withdrew the ask, because the run has ended: {}", ask.title),
            diagnostics: None,
            at: now,
        };
        run::tell(sql, world, engagement, run, hub.name(), &event).await?;
        return hint(sql, engagement, id.uuid(), now).await;
    }
    Err(run::too_busy())
}
