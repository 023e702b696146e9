//! A start that is sent twice under a key of its caller.

use std::time::Duration;

use bellboard_hub::call::Caller;
use bellboard_hub::fault::{Fault, FaultKind};
use bellboard_hub::idempotency::KeyedRequest;
use bellboard_hub::loops;
use bellboard_hub::verbs;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::fixture::{HubFixture, Stage, told};
use crate::support::TestDb;

on_each_engine!(
    the_same_start_under_the_same_key_is_answered_as_the_first,
    a_found_run_stays_found,
    another_start_under_the_same_key_is_refused,
    a_key_belongs_to_a_caller_and_an_engagement,
    a_refused_start_leaves_its_key_free,
    a_key_is_forgotten_after_a_day,
    two_at_once_make_one_run,
);

async fn start(
    fixture: &HubFixture,
    who: &Caller,
    key: &str,
    input: Value,
) -> Result<(bool, Value), Fault> {
    let verb = verbs::find("start_run").unwrap();
    let mut call = fixture.hub.call(Some(who.clone()), verb);
    call.keyed = Some(KeyedRequest::parse(key, &input)?);
    let answer = (verb.run)(call, input).await?;
    Ok((
        answer.created,
        serde_json::from_slice(&answer.json).unwrap(),
    ))
}

fn nonce(stage: &Stage) -> Value {
    json!({"engagement_id": stage.engagement, "type": "build", "identity_mode": "nonce", "status": "running"})
}

async fn runs(fixture: &HubFixture) -> i64 {
    fixture.count("select count(*) from runs", vec![]).await
}

async fn the_same_start_under_the_same_key_is_answered_as_the_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let first = start(&stage.fixture, &stage.operator, "k1", nonce(&stage))
        .await
        .unwrap();
    let again = start(&stage.fixture, &stage.operator, "\"k1\"", nonce(&stage))
        .await
        .unwrap();
    assert!(first.0 && again.0, "201 both times");
    assert_eq!(first, again);
    let other = start(&stage.fixture, &stage.operator, "k2", nonce(&stage))
        .await
        .unwrap();
    assert_ne!(other.1["run"]["id"], first.1["run"]["id"]);
    assert_eq!(runs(&stage.fixture).await, 2);

    // The run is shown as it stands by now.
    let id = crate::fixture::id_in(&first.1["run"]["id"]);
    stage.finish(id, "succeeded").await;
    let later = start(&stage.fixture, &stage.operator, "k1", nonce(&stage))
        .await
        .unwrap();
    assert_eq!((later.0, &later.1["created"]), (true, &json!(true)));
    assert_eq!(later.1["run"]["outcome"], "succeeded");
    assert_eq!(runs(&stage.fixture).await, 2);
}

async fn a_found_run_stays_found(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = json!({"engagement_id": stage.engagement, "type": "build", "inputs": {"a": 1}, "status": "running"});
    stage
        .fixture
        .ok(&stage.contributor, "start_run", input.clone())
        .await;
    let first = start(&stage.fixture, &stage.operator, "k1", input.clone())
        .await
        .unwrap();
    let again = start(&stage.fixture, &stage.operator, "k1", input.clone())
        .await
        .unwrap();
    assert!(!first.0 && !again.0, "200 both times");
    assert_eq!(first, again);
    // Even when the same identity would by now be a new run.
    stage
        .finish(crate::fixture::id_in(&first.1["run"]["id"]), "failed")
        .await;
    let later = start(&stage.fixture, &stage.operator, "k1", input)
        .await
        .unwrap();
    assert_eq!(
        (later.0, &later.1["run"]["id"]),
        (false, &first.1["run"]["id"])
    );
    assert_eq!(runs(&stage.fixture).await, 1);
}

async fn another_start_under_the_same_key_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    start(&stage.fixture, &stage.operator, "k1", nonce(&stage))
        .await
        .unwrap();
    let mut other = nonce(&stage);
    other["label"] = json!("Another");
    let fault = start(&stage.fixture, &stage.operator, "k1", other)
        .await
        .unwrap_err();
    let expected = (
        FaultKind::Invalid,
        "idempotency_key_reused",
        Some("Idempotency-Key"),
    );
    assert_eq!(told(&fault), expected);
    assert_eq!(runs(&stage.fixture).await, 1);
}

async fn a_key_belongs_to_a_caller_and_an_engagement(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let second = stage.fixture.engagement(&stage.operator, "Second").await;
    start(&stage.fixture, &stage.operator, "k1", nonce(&stage))
        .await
        .unwrap();
    start(&stage.fixture, &stage.contributor, "k1", nonce(&stage))
        .await
        .unwrap();
    let mut elsewhere = nonce(&stage);
    elsewhere["engagement_id"] = json!(second);
    start(&stage.fixture, &stage.operator, "k1", elsewhere)
        .await
        .unwrap();
    assert_eq!(runs(&stage.fixture).await, 3);
    // Who may not start learns nothing from a key.
    let fault = start(&stage.fixture, &stage.stranger, "k1", nonce(&stage))
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound);
    let fault = start(&stage.fixture, &stage.reader, "k1", nonce(&stage))
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Forbidden);
}

async fn a_refused_start_leaves_its_key_free(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut wrong = nonce(&stage);
    wrong["started_at"] = json!("2001-01-01T00:00:00Z");
    start(&stage.fixture, &stage.operator, "k1", wrong)
        .await
        .unwrap_err();
    let right = start(&stage.fixture, &stage.operator, "k1", nonce(&stage))
        .await
        .unwrap();
    assert!(right.0);
}

async fn a_key_is_forgotten_after_a_day(fixture: HubFixture) {
    let stage = fixture.stage().await;
    start(&stage.fixture, &stage.operator, "k1", nonce(&stage))
        .await
        .unwrap();
    for (hours, runs_after) in [(23, 1), (2, 2)] {
        stage.fixture.world.advance(Duration::from_hours(hours));
        loops::forget(&stage.fixture.hub).await.unwrap();
        start(&stage.fixture, &stage.operator, "k1", nonce(&stage))
            .await
            .unwrap();
        assert_eq!(
            runs(&stage.fixture).await,
            runs_after,
            "after {hours} more hours"
        );
    }
}

async fn two_at_once_make_one_run(test: TestDb) {
    let stage = HubFixture::over(test.db.clone()).stage().await;
    let mut racers = JoinSet::new();
    for racer in 0..8 {
        // Half of them call another replica.
        let db = if racer % 2 == 0 {
            test.db.clone()
        } else {
            test.open_again().await
        };
        let (fixture, who, input) = (HubFixture::over(db), stage.operator.clone(), nonce(&stage));
        racers.spawn(async move { start(&fixture, &who, "k1", input).await.unwrap() });
    }
    let answers = racers.join_all().await;
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
    assert!(answers[0].0);
    assert_eq!(runs(&stage.fixture).await, 1);
}
