//! `decide_batch`: many decisions in one call, each on its own. One that is refused spoils no other.

use bellboard_core::artifact::Decision;
use bellboard_core::id::{ArtifactId, AskId};
use bellboard_core::text::Multiline;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{DecisionView, UndoTime, standing};
use crate::access;
use crate::artifact::{DecideArtifact, VersionNumber, decide_artifact};
use crate::ask::{AnswerAsk, answer_ask};
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::verbs::{self, View};

/// One call decides about at most this many things: what fits on a page.
const MOST_ITEMS: usize = 100;

/// Many decisions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideBatch {
    /// 1 to 100 of them, in the order in which they are tried.
    pub items: Vec<BatchItem>,
    /// For how many seconds each can be undone before anybody is told, 0 to 60; 0 when absent.
    #[serde(default)]
    pub undo_seconds: UndoTime,
}

/// One of them: about an artifact, with `decision` and `expected_version`, or about an ask, with `option`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItem {
    /// The artifact.
    #[serde(default)]
    pub artifact_id: Option<ArtifactId>,
    /// What is decided about the artifact.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The version of the artifact that was looked at.
    #[serde(default)]
    pub expected_version: Option<VersionNumber>,
    /// The ask.
    #[serde(default)]
    pub ask_id: Option<AskId>,
    /// The key of the option that answers the ask.
    #[serde(default)]
    pub option: Option<String>,
    /// Why, at most 2000 characters. Rejecting and returning need it.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
}

/// An item that says everything that its verb needs, and nothing of the other one.
enum Wanted {
    Decide(DecideArtifact),
    Answer(AnswerAsk),
}

impl Wanted {
    fn id(&self) -> Uuid {
        match self {
            Self::Decide(input) => input.artifact_id.uuid(),
            Self::Answer(input) => input.ask_id.uuid(),
        }
    }

    async fn make(self, call: &Call) -> Outcome<DecisionView> {
        match self {
            Self::Decide(input) => decide_artifact(as_verb(call, "decide_artifact")?, input).await,
            Self::Answer(input) => answer(call, input).await,
        }
    }
}

/// What came of each, in the order in which they were sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BatchView {
    /// One for each item.
    pub results: Vec<BatchResult>,
}

impl View for BatchView {}

/// What came of one: a decision or a problem.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BatchResult {
    /// What it is about.
    pub id: Uuid,
    /// The decision that this call has made.
    pub decision: Option<DecisionView>,
    /// Why it has not.
    pub problem: Option<BatchProblem>,
}

/// Why one was refused, as the verb for one alone would say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BatchProblem {
    /// Stable, for programs: `already_decided`.
    pub code: String,
    /// A sentence that names the cause and the way out.
    pub detail: String,
    /// The field of the item that is at fault.
    pub field: Option<String>,
    /// Further facts, such as who has decided, what and when.
    pub facts: Map<String, Value>,
}

/// `decide_batch`. Each item is decided as by `decide_artifact` or `answer_ask`, with the rights that the caller has there.
/// A fault of ours is the answer to the whole call while nothing was decided; later it is the problem of its item, so that
/// what was decided is told.
pub async fn decide_batch(call: Call, input: DecideBatch) -> Outcome<BatchView> {
    call.signed_in()?;
    if input.items.is_empty() || input.items.len() > MOST_ITEMS {
        return Err(Fault::invalid(
            "items",
            format!("1 to {MOST_ITEMS} items; this has {}.", input.items.len()),
        ));
    }
    let undo = input.undo_seconds;
    let wanted = input
        .items
        .into_iter()
        .enumerate()
        .map(|(place, item)| wanted(place, item, undo))
        .collect::<Outcome<Vec<_>>>()?;
    let mut results: Vec<BatchResult> = Vec::with_capacity(wanted.len());
    let mut stopped: Option<Fault> = None;
    for one in wanted {
        let id = one.id();
        let told = match &stopped {
            Some(fault) => Err(fault.clone()),
            None => one.make(&call).await,
        };
        if let Err(fault) = &told
            && !fault.is_refusal()
        {
            let nothing_done = results.iter().all(|result| result.decision.is_none());
            if nothing_done {
                return Err(fault.clone());
            }
            stopped = fault.is_of_the_database().then(|| fault.clone());
        }
        results.push(result(id, told));
    }
    Ok(BatchView { results })
}

/// Checks one item before anything is decided.
fn wanted(place: usize, item: BatchItem, undo_seconds: UndoTime) -> Outcome<Wanted> {
    let missing = |field: &str| {
        Fault::invalid(
            format!("items[{place}].{field}"),
            "An artifact needs `decision` and `expected_version`, an ask needs `option`; an item is about one of them.",
        )
    };
    match (item.artifact_id, item.ask_id) {
        (Some(artifact_id), None) if item.option.is_none() => Ok(Wanted::Decide(DecideArtifact {
            artifact_id,
            decision: item.decision.ok_or_else(|| missing("decision"))?,
            note: item.note,
            expected_version: item
                .expected_version
                .ok_or_else(|| missing("expected_version"))?,
            undo_seconds,
        })),
        (None, Some(ask_id)) if item.decision.is_none() && item.expected_version.is_none() => {
            Ok(Wanted::Answer(AnswerAsk {
                ask_id,
                option: Some(item.option.ok_or_else(|| missing("option"))?),
                values: None,
                note: item.note,
                undo_seconds,
            }))
        }
        (Some(_), None) => Err(missing("option")),
        (None, Some(_)) => Err(missing("decision")),
        (None, None) => Err(missing("artifact_id")),
        (Some(_), Some(_)) => Err(missing("ask_id")),
    }
}

/// Answers an ask and reads the decision that this has made.
async fn answer(call: &Call, input: AnswerAsk) -> Outcome<DecisionView> {
    let acting = as_verb(call, "answer_ask")?;
    let (reading, id) = (acting.clone(), input.ask_id);
    answer_ask(acting, input).await?;
    let hub = call.hub.clone();
    let stands = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of_ask(sql, &reading, id).await?;
                standing(sql, &member, id.uuid()).await
            })
        })
        .await?;
    stands.ok_or_else(|| Fault::internal("an answer was recorded and is not there"))
}

/// The same call of another verb, whose own rights count.
fn as_verb(call: &Call, name: &str) -> Outcome<Call> {
    let verb = verbs::find(name).ok_or_else(|| Fault::internal(format!("no verb {name}")))?;
    Ok(Call {
        verb,
        now: call.hub.now(),
        ..call.clone()
    })
}

fn result(id: Uuid, told: Outcome<DecisionView>) -> BatchResult {
    let (decision, problem) = match told {
        Ok(decision) => (Some(decision), None),
        Err(fault) => (None, Some(problem(fault))),
    };
    BatchResult {
        id,
        decision,
        problem,
    }
}

fn problem(fault: Fault) -> BatchProblem {
    BatchProblem {
        code: fault.code.to_owned(),
        detail: fault.detail,
        field: fault.field,
        facts: fault.extra,
    }
}
