//! Asks: questions of people and agents that wait for a person, with one answer, a deadline and what holds after it.
//!
//! Everything that closes an ask goes through the guarded statement [`store::advance`]: of an answer, a withdrawal and the
//! deadline at the same moment one wins. An ask is closed (`closed_at`) when whoever asked may act on it: at once when it
//! is withdrawn or expires, and when the undo time is over for an answer.

use bellboard_core::ask::{Move, Refusal, State, transition};
use bellboard_core::id::{AskId, EngagementId};
use bellboard_core::membership::Designations;
use bellboard_core::page::Limit;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::Member;
use crate::call::{Call, PersonKind};
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::home;
use bellboard_core::time::Timestamp;

mod answer;
mod close;
mod create;
mod expire;
mod orphan;
mod read;
pub mod store;
mod view;

pub use answer::{AnswerAsk, answer_ask, undo_ask};
pub(crate) use answer::{answer_in, released};
pub use close::{DelegateAsk, WithdrawAsk, delegate_ask, withdraw_ask};
pub(crate) use create::ask_in;
pub use create::{CreateAsk, ask_human, create_ask};
pub use expire::expire_due;
pub(crate) use orphan::{give_back, withdraw_of_run};
pub use read::{
    GetAnswer, GetAsk, ListAsks, WaitWord, get_answer, get_ask, list_ask_decisions, list_asks,
};
use view::Given;
pub use view::{AnswerView, AskMade, AskView, Withdrawn};

/// The kind under which an ask waits in needs-you.
const NEED: &str = "ask";
/// How often somebody who was outrun looks again. Of those who race for one ask the first closes it, so the second look
/// finds it closed; only delegating and undoing leave it open.
const ROUNDS: usize = 20;

/// Which ask.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfAsk {
    /// The ask.
    pub ask_id: AskId,
}

/// A page of something about one ask.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageOfAsk {
    /// The ask.
    pub ask_id: AskId,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Where the ask is after the move, or the refusal in words.
fn moved(ask: &AskView, what: Move, now: Timestamp) -> Outcome<State> {
    transition(ask.state, ask.expires_at, what, now).map_err(|refusal| refused(ask, refusal))
}

fn refused(ask: &AskView, refusal: Refusal) -> Fault {
    match (refusal, &ask.given) {
        (Refusal::AlreadyAnswered, Some(given)) => already_answered(ask, given),
        (Refusal::Withdrawn, _) => Fault::conflict(
            "ask_withdrawn",
            "This ask was withdrawn; nobody waits for an answer any more.",
        ),
        (Refusal::Expired, _) => {
            let until = ask.expires_at.map(|at| at.to_string()).unwrap_or_default();
            Fault::conflict(
                "ask_expired",
                format!("This ask could be answered until {until}; its fallback holds."),
            )
            .with("expires_at", until)
        }
        (Refusal::NotAnswered, _) => Fault::conflict(
            "not_decided",
            "Nobody has answered this ask, so there is nothing to undo.",
        ),
        (refusal, _) => Fault::internal(format!("ask {} refuses with {refusal:?}", ask.id)),
    }
}

/// Who has answered and when, and what to those who may read it already: until an answer is in effect it can be undone,
/// and whoever asked must not learn of it by trying something else.
fn already_answered(ask: &AskView, given: &Given) -> Fault {
    let told = |what: String| {
        Fault::conflict("already_answered", what)
            .with("decided_by", given.by_name.as_str())
            .with("decided_at", given.at.to_string())
    };
    let (who, at) = (&given.by_name, given.at);
    match (&ask.answer, ask.effective_at) {
        (None, Some(effective_at)) => told(format!(
            "{who} has answered already, at {at}; the answer can be read from {effective_at} on."
        ))
        .with("effective_at", effective_at.to_string()),
        _ => told(format!(
            "{who} has answered already: {}, at {at}.",
            given.label
        ))
        .with("decision", given.label.as_str()),
    }
}

/// Puts the ask into needs-you of those whom it is for, since it was asked.
async fn await_answer(sql: &mut Sql<'_>, ask: &AskView) -> Outcome<()> {
    let need = home::store::Need {
        kind: NEED,
        item_id: ask.id.uuid(),
        label: &ask.title,
        detail: &ask.detail,
        subject: None,
        created_at: ask.created_at,
        audience: ask.audience,
        for_person: ask.for_person,
    };
    home::store::need(sql, ask.engagement_id, &need).await
}

/// Holds the run that waits before its ask is closed: whoever ends a run takes the two in this order too.
async fn hold_run(sql: &mut Sql<'_>, ask: &AskView) -> Outcome<()> {
    match ask.run_id {
        Some(run) => crate::run::store::hold_asked(sql, ask.engagement_id, run).await,
        None => Ok(()),
    }
}

/// Takes it out.
async fn settle(sql: &mut Sql<'_>, ask: &AskView) -> Outcome<()> {
    home::store::settle(sql, ask.engagement_id, NEED, ask.id.uuid()).await?;
    Ok(())
}

/// Hints that the ask, and what waits, have changed.
async fn hint(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    ask: Uuid,
    at: Timestamp,
) -> Outcome<()> {
    for kind in [HintKind::AskChanged, HintKind::NeedsYouChanged] {
        event::store::append(sql, engagement, kind, ask, at).await?;
    }
    Ok(())
}

/// Who looks at an ask: what they may do with it depends on it.
#[derive(Debug, Clone, Copy)]
struct Viewer {
    person: bellboard_core::id::PersonId,
    is_human: bool,
    designations: Designations,
}

impl Viewer {
    fn of(call: &Call, member: &Member) -> Outcome<Self> {
        Ok(Self {
            person: member.person_id(),
            is_human: call.signed_in()?.kind == PersonKind::Human,
            designations: member.designations(),
        })
    }

    fn hub_itself(member: &Member) -> Self {
        Self {
            person: member.person_id(),
            is_human: false,
            designations: member.designations(),
        }
    }
}

/// The ask, which the proof says the caller may see.
async fn load(
    sql: &mut Sql<'_>,
    member: &Member,
    viewer: Viewer,
    ask: AskId,
    now: Timestamp,
) -> Outcome<AskView> {
    let row = store::one(sql, member.engagement_id(), ask)
        .await?
        .ok_or_else(Fault::not_found)?;
    AskView::read(&row, viewer, now)
}
