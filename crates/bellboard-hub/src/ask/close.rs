//! `withdraw_ask` and `delegate_ask`.

use bellboard_core::ask::Move;
use bellboard_core::id::{AskId, DecisionId, PersonId};
use bellboard_core::membership::{Capability, allows};
use bellboard_core::text::Multiline;
use schemars::JsonSchema;
use serde::Deserialize;

use super::store::Moved;
use super::view::AskView;
use super::{ROUNDS, Viewer, await_answer, hint, hold_run, load, moved, settle, store};
use crate::access::{self, Member, designations};
use crate::call::{Call, PersonKind};
use crate::db::Sql;
use crate::decision::{self, Concept, Made, UndoTime};
use crate::fault::{Fault, Outcome};
use crate::run::{self, RunEvent};

/// Nobody needs the answer any more.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawAsk {
    /// The ask.
    pub ask_id: AskId,
    /// Why, at most 2000 characters.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
}

/// Somebody else is to answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegateAsk {
    /// The ask.
    pub ask_id: AskId,
    /// Who is to answer.
    pub person_id: PersonId,
    /// Why, at most 2000 characters.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
}

/// `withdraw_ask`.
pub async fn withdraw_ask(call: Call, input: WithdrawAsk) -> Outcome<AskView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of_ask(sql, &call, input.ask_id).await?;
                for _ in 0..ROUNDS {
                    if let Some(ask) = try_withdraw(sql, &call, &member, &input).await? {
                        return Ok(ask);
                    }
                }
                Err(run::too_busy())
            })
        })
        .await
}

async fn try_withdraw(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &WithdrawAsk,
) -> Outcome<Option<AskView>> {
    let viewer = Viewer::of(call, member)?;
    let ask = load(sql, member, viewer, input.ask_id, call.now).await?;
    if !is_asker_or_manager(&ask, viewer) {
        return Err(Fault::forbidden(
            "not_yours",
            format!(
                "{} asked this. They can withdraw it, and so can an owner of the engagement.",
                ask.asked_by_name
            ),
        ));
    }
    let to = moved(&ask, Move::Withdraw, call.now)?;
    hold_run(sql, &ask).await?;
    let id = DecisionId::from_uuid(call.new_id());
    let change = Moved {
        state: to,
        answer: None,
        decision: Some(id),
        closed_at: Some(call.now),
    };
    if !store::advance(sql, &ask, &change).await? {
        return Ok(None);
    }
    let made = made(&ask, id, "withdraw", to.as_str(), input.note.as_deref());
    decision::record(sql, call.now, member, &made).await?;
    settle(sql, &ask).await?;
    if let Some(run) = ask.run_id {
        run::store::wait_less(sql, ask.engagement_id, run, call.now).await?;
    }
    tell_run(
        sql,
        call,
        member,
        &ask,
        "ask_withdrawn",
        format!("Withdrew the ask: {}", ask.title),
    )
    .await?;
    hint(sql, ask.engagement_id, ask.id.uuid(), call.now).await?;
    let ask = load(sql, member, viewer, ask.id, call.now).await?;
    Ok(Some(ask))
}

/// `delegate_ask`: by whom it is for, who asked, or a manager.
pub async fn delegate_ask(call: Call, input: DelegateAsk) -> Outcome<AskView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of_ask(sql, &call, input.ask_id).await?;
                for _ in 0..ROUNDS {
                    if let Some(ask) = try_delegate(sql, &call, &member, &input).await? {
                        return Ok(ask);
                    }
                }
                Err(run::too_busy())
            })
        })
        .await
}

async fn try_delegate(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &DelegateAsk,
) -> Outcome<Option<AskView>> {
    let viewer = Viewer::of(call, member)?;
    let ask = load(sql, member, viewer, input.ask_id, call.now).await?;
    let may_answer = viewer.is_human && ask.is_for(viewer);
    if !may_answer && !is_asker_or_manager(&ask, viewer) {
        return Err(Fault::forbidden(
            "not_for_you",
            format!(
                "This ask is for somebody else: {}. They, who asked, or an owner can delegate it.",
                ask.for_words
            ),
        ));
    }
    let to = moved(&ask, Move::Delegate, call.now)?;
    require_answerer(sql, member, input.person_id, "person_id").await?;
    if !store::delegate(sql, &ask, Some(input.person_id)).await? {
        return Ok(None);
    }
    let id = DecisionId::from_uuid(call.new_id());
    let made = made(&ask, id, "delegate", to.as_str(), input.note.as_deref());
    decision::record(sql, call.now, member, &made).await?;
    settle(sql, &ask).await?;
    let ask = load(sql, member, viewer, ask.id, call.now).await?;
    await_answer(sql, &ask).await?;
    let words = format!("Delegated to {}: {}", ask.for_words, ask.title);
    tell_run(sql, call, member, &ask, "ask_delegated", words).await?;
    hint(sql, ask.engagement_id, ask.id.uuid(), call.now).await?;
    Ok(Some(ask))
}

/// Refuses somebody who could never answer. Their membership is held until the transaction ends, so that whoever ends it
/// finds this ask.
pub(super) async fn require_answerer(
    sql: &mut Sql<'_>,
    member: &Member,
    person: PersonId,
    field: &'static str,
) -> Outcome<()> {
    store::hold_membership(sql, member, person).await?;
    if may_answer(sql, member, person).await? {
        return Ok(());
    }
    Err(Fault::invalid(
        field,
        "Must be a person of this engagement who may decide: no agent, and nobody who only reads.",
    ))
}

/// Whether asks for this person would ever be answered.
pub(super) async fn may_answer(
    sql: &mut Sql<'_>,
    member: &Member,
    person: PersonId,
) -> Outcome<bool> {
    let Some(row) = store::answerer(sql, member, person).await? else {
        return Ok(false);
    };
    let is_human = row.text(0)? == PersonKind::Human.as_str();
    Ok(is_human && allows(designations(row.int(1)?)?, Capability::Decide))
}

fn is_asker_or_manager(ask: &AskView, viewer: Viewer) -> bool {
    ask.asked_by == viewer.person || allows(viewer.designations, Capability::Manage)
}

/// The audit of what was not an answer: in effect at once.
pub(super) fn made<'a>(
    ask: &'a AskView,
    id: DecisionId,
    decision: &'a str,
    to_state: &'a str,
    note: Option<&'a str>,
) -> Made<'a> {
    Made {
        id,
        concept: Concept::Ask,
        object: ask.id.uuid(),
        version: ask.version,
        decision,
        from_state: ask.state.as_str(),
        to_state,
        note,
        answer: None,
        undo: UndoTime::default(),
    }
}

async fn tell_run(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    ask: &AskView,
    kind: &'static str,
    summary: String,
) -> Outcome<()> {
    let Some(run) = ask.run_id else {
        return Ok(());
    };
    let event = RunEvent {
        kind,
        summary,
        diagnostics: None,
        at: call.now,
    };
    let world = call.hub.world();
    run::tell(sql, world, ask.engagement_id, run, member.name(), &event).await
}
