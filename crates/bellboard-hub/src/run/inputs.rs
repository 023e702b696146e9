//! What an offered run is to be done with. Inputs are kept for such runs only, sealed with the hub's key, handed to the
//! worker that claims the run, and removed at its end.

use serde_json::Value;
use uuid::Uuid;

use super::record::json;
use super::start::StartRun;
use super::store;
use super::view::RunView;
use crate::Hub;
use crate::access::Member;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::seal::Sealed;
use bellboard_core::id::RunId;

/// The inputs travel to the work in one environment variable, which on Linux holds 128 KiB.
const INPUTS_BYTES: usize = 64 * 1024;

/// Refuses what a run for workers cannot have.
pub(super) fn check(hub: &Hub, input: &StartRun) -> Outcome<()> {
    let length = json(&input.inputs)?.len();
    if length > INPUTS_BYTES {
        return Err(Fault::invalid(
            "inputs",
            format!(
                "At most {INPUTS_BYTES} bytes of JSON for a run that a worker claims; this has {length}. \
                 Put the bulk elsewhere and name the place."
            ),
        ));
    }
    if !input.inputs.is_null() && hub.input_key().is_none() {
        return Err(Fault::invalid(
            "inputs",
            "This hub has no key to keep inputs with: start it with --key-file. Runs without inputs can be offered.",
        ));
    }
    Ok(())
}

/// Keeps the inputs of a run that was just stored; those of a run without any are not kept.
pub(super) async fn keep(
    sql: &mut Sql<'_>,
    hub: &Hub,
    member: &Member,
    run: RunId,
    inputs: &Value,
) -> Outcome<()> {
    let Some(key) = hub.input_key().filter(|_| !inputs.is_null()) else {
        return Ok(());
    };
    let owner = [member.engagement_id().uuid(), run.uuid()];
    let sealed = key.seal(
        &owner,
        &hub.world().secret_bytes(),
        json(inputs)?.as_bytes(),
    );
    store::insert_inputs(sql, member, run, sealed).await
}

/// The inputs as they were told, or why they cannot be read any more.
pub(super) async fn of(
    sql: &mut Sql<'_>,
    hub: &Hub,
    member: &Member,
    run: &RunView,
) -> Outcome<Result<Value, Sealed>> {
    let Some(sealed) = store::sealed_inputs(sql, member, run.id).await? else {
        return Ok(Ok(Value::Null));
    };
    let owner: [Uuid; 2] = [run.engagement_id.uuid(), run.id.uuid()];
    let Some(key) = hub.input_key() else {
        return Ok(Err(Sealed::OtherKey));
    };
    let opened = key.open(&owner, &sealed).and_then(|text| {
        // What opens was JSON when it was sealed.
        serde_json::from_slice(&text).map_err(|_| Sealed::Damaged)
    });
    Ok(opened)
}
