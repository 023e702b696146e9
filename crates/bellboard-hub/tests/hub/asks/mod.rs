//! Asks: who may answer, what is an answer, the deadline, the wait, and the run that waits.

mod answers;
mod audience;
mod ends;
mod keys;
mod orphans;
mod races;
mod refusals;
mod waiting;

use bellboard_hub::call::Caller;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Stage, id_in, with_more};

/// What most asks of these tests are.
fn question(stage: &Stage) -> Value {
    json!({
        "engagement_id": stage.engagement,
        "title": "Delete 14 rows?",
        "detail": "They are older than a year.",
        "options": [
            {"key": "yes", "label": "Delete them", "consequence": "They are gone."},
            {"key": "no", "label": "Keep them", "needs_note": true},
        ],
    })
}

/// The same with more laid over it.
fn question_with(stage: &Stage, more: Value) -> Value {
    with_more(question(stage), &more)
}

/// Asks as this caller; the id.
async fn ask(stage: &Stage, asker: &Caller, more: Value) -> Uuid {
    let made = stage
        .fixture
        .ok(asker, "create_ask", question_with(stage, more))
        .await;
    id_in(&made["id"])
}

async fn seen(stage: &Stage, who: &Caller, ask: Uuid) -> Value {
    stage
        .fixture
        .ok(who, "get_ask", json!({"ask_id": ask}))
        .await
}

async fn answer(stage: &Stage, who: &Caller, ask: Uuid, more: Value) -> Value {
    let input = with_more(json!({"ask_id": ask, "option": "yes"}), &more);
    stage.fixture.ok(who, "answer_ask", input).await
}

/// How many needs of this ask there are.
async fn needs(stage: &Stage, ask: Uuid) -> i64 {
    stage
        .fixture
        .count(
            "select count(*) from needs where kind = 'ask' and item_id = $1",
            vec![ask.into()],
        )
        .await
}
