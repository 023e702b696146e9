//! A credential that ends while its holder waits: what happens afterwards is not told to them.

use std::time::Duration;

use bellboard_hub::call::Caller;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::loops::Loops;
use bellboard_hub::session;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in, told};
use crate::runs::claim::offer;

on_each_engine!(
    a_revoked_token_waits_for_nothing,
    a_token_that_runs_out_waits_for_nothing,
    a_session_that_was_ended_waits_for_nothing,
);

/// The operator with a token of their own, and its id.
async fn with_token(stage: &Stage) -> (Caller, Uuid) {
    let input = json!({"name": "waits", "expires_in_days": 1});
    let made = stage
        .fixture
        .ok(&stage.operator, "create_token", input)
        .await;
    let secret = made["secret"].as_str().expect("a token is shown once");
    let caller = session::authenticate(&stage.fixture.hub, secret).await;
    let caller = caller.unwrap().expect("a new token is good");
    (caller, id_in(&made["token"]["id"]))
}

/// An ask, an artifact and the offers of a type, each with the verb that waits for it.
async fn waits(stage: &Stage) -> [(&'static str, Value); 3] {
    let question = json!({"engagement_id": stage.engagement, "title": "Go on?", "options": [
        {"key": "yes", "label": "Yes"}, {"key": "no", "label": "No"}]});
    let fixture = &stage.fixture;
    let asked = fixture.ok(&stage.operator, "create_ask", question).await;
    [
        ("get_answer", json!({"ask_id": asked["id"]})),
        (
            "get_artifact",
            json!({"artifact_id": stage.shape().await, "wait_seconds": 30}),
        ),
        (
            "claim_run",
            json!({"engagement_id": stage.engagement, "type": "composition", "worker": "ann", "wait_seconds": 20}),
        ),
    ]
}

/// Lets happen what this verb waits for.
async fn happen(stage: &Stage, verb: &str, input: &Value) {
    let (verb, input) = match verb {
        "get_answer" => (
            "answer_ask",
            json!({"ask_id": input["ask_id"], "option": "yes"}),
        ),
        "get_artifact" => (
            "decide_artifact",
            json!({"artifact_id": input["artifact_id"], "decision": "confirm", "expected_version": 1}),
        ),
        _ => {
            offer(stage, json!({})).await;
            return;
        }
    };
    stage.fixture.ok(&stage.owner, verb, input).await;
}

async fn a_revoked_token_waits_for_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    for (verb, input) in waits(&stage).await {
        let (caller, token) = with_token(&stage).await;
        let waiting = stage.fixture.refused(&caller, verb, input.clone());
        let (fault, ()) = tokio::join!(waiting, async {
            let revoke = json!({"token_id": token});
            stage
                .fixture
                .ok(&stage.operator, "revoke_token", revoke)
                .await;
            happen(&stage, verb, &input).await;
        });
        let expected = (FaultKind::Unauthenticated, "unauthenticated", None);
        assert_eq!(told(&fault), expected, "{verb}");
    }
    let claimed = "select count(*) from runs where claimed_by is not null";
    assert_eq!(stage.fixture.count(claimed, vec![]).await, 0);
    loops.stop().await;
}

async fn a_token_that_runs_out_waits_for_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    for (verb, input) in waits(&stage).await {
        let (caller, _) = with_token(&stage).await;
        let waiting = stage.fixture.refused(&caller, verb, input.clone());
        let (fault, ()) = tokio::join!(waiting, async {
            stage.fixture.world.advance(Duration::from_hours(24));
            happen(&stage, verb, &input).await;
        });
        assert_eq!(fault.kind, FaultKind::Unauthenticated, "{verb}");
    }
    loops.stop().await;
}

async fn a_session_that_was_ended_waits_for_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    let [(verb, input), ..] = waits(&stage).await;
    let waiting = stage.fixture.refused(&stage.operator, verb, input.clone());
    let (fault, ()) = tokio::join!(waiting, async {
        let ended = "delete from sessions where person_id = $1";
        let whose = vec![stage.operator.person_id.into()];
        assert_eq!(stage.fixture.execute(ended, whose).await, 1);
        happen(&stage, verb, &input).await;
    });
    assert_eq!(fault.kind, FaultKind::Unauthenticated);
    loops.stop().await;
}
