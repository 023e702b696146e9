//! Runs that wait for a worker: one worker has each of them, for as long as it is heard.

mod leases;
mod offers;

use std::time::Duration;

use bellboard_hub::fault::Fault;
use serde_json::{Value, json};

use crate::fixture::{Stage, with_more};

const LEASE: Duration = Duration::from_mins(1);

/// Offers a run of a type that may be done twice; `more` is laid over the input.
pub async fn offer(stage: &Stage, more: Value) -> Value {
    let input = with_more(json!({"type": "composition", "claimable": true}), &more);
    stage.start(input).await
}

/// Asks once for work of the type, under this name.
pub async fn try_claim(stage: &Stage, run_type: &str, worker: &str) -> Result<Value, Fault> {
    let input = json!({"engagement_id": stage.engagement, "type": run_type, "worker": worker});
    let told = stage.fixture.call(&stage.operator, "claim_run", input);
    Ok(told.await?["claim"].clone())
}

/// The claim of a composition, or null.
pub async fn claim(stage: &Stage, worker: &str) -> Value {
    try_claim(stage, "composition", worker).await.unwrap()
}
