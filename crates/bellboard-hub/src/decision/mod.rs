//! Decisions: who decided what and when, the same for artifacts and asks. A decision stands at once; what follows from it
//! is released when its undo time is over, and until then it can be taken back without a trace of an effect.
//!
//! The rows are the audit too: they are added and marked, and go only with what they are about.

use std::time::Duration;

use bellboard_core::artifact::Decision;
use bellboard_core::ask::State;
use bellboard_core::id::{DecisionId, PersonId};
use bellboard_core::membership::{Capability, allows};
use bellboard_core::number::Whole;
use bellboard_core::text::capital_first;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::access::Member;
use crate::call::{Call, PersonKind};
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod batch;
mod list;
mod release;
pub mod store;

pub use batch::{BatchItem, BatchProblem, BatchResult, BatchView, DecideBatch, decide_batch};
pub(crate) use list::{Object, list_about};
pub(crate) use release::Released;
pub use release::release_due;

/// For how many seconds a decision can be taken back, 0 to 60.
pub type UndoTime = Whole<0, 60>;

/// What a decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Concept {
    /// An artifact.
    Artifact,
    /// An ask.
    Ask,
}

impl Concept {
    /// The word in the store.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Artifact => "artifact",
            Self::Ask => "ask",
        }
    }

    fn parse(text: &str) -> Outcome<Self> {
        match text {
            "artifact" => Ok(Self::Artifact),
            "ask" => Ok(Self::Ask),
            other => Err(Fault::internal(format!("decisions.concept holds {other}"))),
        }
    }
}

/// A decision about to be recorded.
pub(crate) struct Made<'a> {
    /// Made by the caller, who has put it into the object's row already.
    pub(crate) id: DecisionId,
    pub(crate) concept: Concept,
    pub(crate) object: Uuid,
    pub(crate) version: i64,
    pub(crate) decision: &'a str,
    pub(crate) from_state: &'a str,
    pub(crate) to_state: &'a str,
    pub(crate) note: Option<&'a str>,
    /// The JSON of an answer; none for artifacts.
    pub(crate) answer: Option<&'a str>,
    pub(crate) undo: UndoTime,
}

/// A decision, as everybody who may see its object sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DecisionView {
    /// The decision.
    pub id: DecisionId,
    /// Which version it is about.
    pub version: i64,
    /// `confirm`, `reject` and so on; for an ask the key of the option, or `values`.
    pub decision: String,
    /// The same as a person reads it: `Confirmed`; of an ask what was done: `Answered`, `Delegated`, `Withdrawn`.
    pub label: String,
    /// Why.
    pub note: Option<String>,
    /// Who, by their name at that moment.
    pub decided_by_name: String,
    /// Who.
    pub decided_by: PersonId,
    /// When.
    pub decided_at: Timestamp,
    /// When what follows from it is released; until then it can be undone.
    pub effective_at: Timestamp,
    /// Whether what follows from it was released. Whoever waits for a decision acts on released ones only.
    pub released: bool,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
}

impl View for DecisionView {}

impl DecisionView {
    /// Reads `decision_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        Self::read_from(row, 0)
    }

    /// The same where they begin at this column; none when the join found no decision.
    pub(crate) fn read_joined(row: &Row, first: usize) -> Outcome<Option<Self>> {
        let id: Option<DecisionId> = row.opt_id(first)?;
        id.map(|_| Self::read_from(row, first)).transpose()
    }

    fn read_from(row: &Row, first: usize) -> Outcome<Self> {
        let decision = row.text(first + 2)?;
        let label = match Concept::parse(&row.text(first + 10)?)? {
            Concept::Artifact => Decision::parse(&decision)
                .map(|known| capital_first(known.done()))
                .ok_or_else(|| Fault::internal(format!("decisions.decision holds {decision}")))?,
            // The word of an answer is whatever key its asker gave it.
            Concept::Ask => done_to_ask(&row.text(first + 11)?).to_owned(),
        };
        Ok(Self {
            id: row.id(first)?,
            version: row.int(first + 1)?,
            decision,
            label,
            note: row.opt_text(first + 3)?,
            decided_by: row.id(first + 4)?,
            decided_by_name: row.text(first + 5)?,
            decided_at: row.time(first + 6)?,
            effective_at: row.time(first + 7)?,
            released: row.opt_time(first + 8)?.is_some(),
            undone_at: row.opt_time(first + 9)?,
        })
    }
}

/// What was done to an ask that is in this state from then on.
fn done_to_ask(state: &str) -> &'static str {
    match State::parse(state) {
        Some(State::Open) => "Delegated",
        Some(State::Withdrawn) => "Withdrawn",
        Some(State::Answered | State::Expired) | None => "Answered",
    }
}

/// Records a decision whose object was moved in this very transaction. Without undo time the caller releases what follows
/// from it in the same transaction; with it, the loop does.
pub(crate) async fn record(
    sql: &mut Sql<'_>,
    now: Timestamp,
    member: &Member,
    made: &Made<'_>,
) -> Outcome<DecisionView> {
    let seconds = made.undo.get();
    let times = store::Times {
        decided: now,
        effective: now + Duration::from_secs(seconds.into()),
        released: (seconds == 0).then_some(now),
    };
    store::insert(sql, member, made, &times).await?;
    let row = store::one(sql, member.engagement_id(), made.id).await?;
    let row = row.ok_or_else(|| Fault::internal("a decision was recorded and is not there"))?;
    DecisionView::read(&row)
}

/// The decision that stands for an object, if there is one: the newest that was not taken back.
pub(crate) async fn standing(
    sql: &mut Sql<'_>,
    member: &Member,
    object: Uuid,
) -> Outcome<Option<DecisionView>> {
    let row = store::standing(sql, member.engagement_id(), object).await?;
    row.as_ref().map(DecisionView::read).transpose()
}

/// Takes back the decision that stands for an object: by whoever decided, or a person who manages, until it is in effect.
/// An agent takes back nothing but its own. The concept
/// moves its state back in the same transaction.
pub(crate) async fn undo(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    concept: Concept,
    object: Uuid,
) -> Outcome<DecisionView> {
    let Some(decision) = standing(sql, member, object).await? else {
        return Err(Fault::conflict(
            "not_decided",
            format!(
                "Nothing is decided about this {}, so there is nothing to undo.",
                concept.as_str()
            ),
        ));
    };
    let theirs = decision.decided_by == member.person_id();
    let manages = allows(member.designations(), Capability::Manage)
        && call.signed_in()?.kind == PersonKind::Human;
    if !theirs && !manages {
        return Err(Fault::forbidden(
            "not_yours",
            format!(
                "{} decided this. They can undo it, and so can a person who owns the engagement; no agent can.",
                decision.decided_by_name
            ),
        ));
    }
    let is_over = decision.released || call.now >= decision.effective_at;
    if is_over || !store::mark_undone(sql, member, decision.id, call.now).await? {
        return Err(undo_over(&decision));
    }
    Ok(DecisionView {
        undone_at: Some(call.now),
        ..decision
    })
}

fn undo_over(decision: &DecisionView) -> Fault {
    Fault::conflict(
        "undo_over",
        format!(
            "The time to undo ended at {}; what follows from the decision is under way.",
            decision.effective_at
        ),
    )
    .with("effective_at", decision.effective_at.to_string())
}

/// The answer to whoever comes second: it names who, what and when.
pub(crate) fn already_decided(code: &'static str, decision: &DecisionView) -> Fault {
    Fault::conflict(
        code,
        format!(
            "{} has decided already: {}, at {}.",
            decision.decided_by_name, decision.label, decision.decided_at
        ),
    )
    .with("decided_by", decision.decided_by_name.as_str())
    .with("decision", decision.decision.as_str())
    .with("decided_at", decision.decided_at.to_string())
}
