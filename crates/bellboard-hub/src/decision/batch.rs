//! `decide_batch`: many decisions in one call, each on its own. One that is refused spoils no other.

use bellboard_core::artifact::Decision;
use bellboard_core::id::ArtifactId;
use bellboard_core::text::Multiline;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{DecisionView, UndoTime};
use crate::artifact::{DecideArtifact, VersionNumber, decide_artifact};
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

/// One of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItem {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// What is decided.
    pub decision: Decision,
    /// Why, at most 2000 characters. Rejecting and returning need it.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
    /// The version that was looked at.
    pub expected_version: VersionNumber,
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

/// `decide_batch`. Each item is decided as by `decide_artifact`, with the rights that the caller has there.
pub async fn decide_batch(call: Call, input: DecideBatch) -> Outcome<BatchView> {
    call.signed_in()?;
    if input.items.is_empty() || input.items.len() > MOST_ITEMS {
        return Err(Fault::invalid(
            "items",
            format!("1 to {MOST_ITEMS} items; this has {}.", input.items.len()),
        ));
    }
    let mut results = Vec::with_capacity(input.items.len());
    for item in input.items {
        results.push(decide_one(&call, item, input.undo_seconds).await?);
    }
    Ok(BatchView { results })
}

/// A refusal is the item's own; a hub that cannot be reached ends the whole call.
async fn decide_one(call: &Call, item: BatchItem, undo_seconds: UndoTime) -> Outcome<BatchResult> {
    let id = item.artifact_id.uuid();
    let input = DecideArtifact {
        artifact_id: item.artifact_id,
        decision: item.decision,
        note: item.note,
        expected_version: item.expected_version,
        undo_seconds,
    };
    let told = decide_artifact(as_verb(call, "decide_artifact")?, input).await;
    result(id, told)
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

fn result(id: Uuid, told: Outcome<DecisionView>) -> Outcome<BatchResult> {
    let (decision, problem) = match told {
        Ok(decision) => (Some(decision), None),
        Err(fault) if fault.is_refusal() => (None, Some(problem(fault))),
        Err(fault) => return Err(fault),
    };
    Ok(BatchResult {
        id,
        decision,
        problem,
    })
}

fn problem(fault: Fault) -> BatchProblem {
    BatchProblem {
        code: fault.code.to_owned(),
        detail: fault.detail,
        field: fault.field,
        facts: fault.extra,
    }
}
