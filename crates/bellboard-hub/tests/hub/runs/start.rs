//! Starting once: what makes a run, and what is handed the one that is already there.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    a_fresh_start_is_created_and_says_what_it_is,
    the_same_work_is_not_started_twice_while_it_is_active,
    a_duplicate_start_leaves_the_initiator_alone,
    a_nonce_makes_every_start_its_own,
    a_slot_is_used_once_for_ever,
    a_start_sent_twice_with_its_own_id_is_one_start,
    an_id_of_another_engagement_is_refused,
    the_limits_of_a_start_are_refused_by_name,
    the_time_of_a_start_is_taken_when_it_can_be_right,
    starting_needs_the_capability,
);

fn capture(stage: &Stage) -> Value {
    json!({"engagement_id": stage.engagement, "type": "baseline.capture", "inputs": {"b": 1, "a": [2]}})
}

async fn a_fresh_start_is_created_and_says_what_it_is(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let answer = stage
        .fixture
        .answer(Some(&stage.operator), "start_run", capture(&stage))
        .await
        .unwrap();
    assert!(answer.created);
    let started: Value = serde_json::from_slice(&answer.json).unwrap();
    let run = &started["run"];
    assert_eq!(started["created"], true);
    assert_eq!(run["status"], "queued");
    assert_eq!(run["outcome"], Value::Null);
    assert_eq!(run["label"], "Capture baseline");
    assert_eq!(run["engagement_name"], "Aster Bank");
    assert_eq!(run["initiator_name"], "The operator");
    assert_eq!(run["initiator_id"], json!(stage.operator.person_id));
    assert_eq!(run["created_at"], "2026-11-20T17:40:00.000000Z");
    assert_eq!(run["started_at"], Value::Null);
    assert_eq!(run["liveness"], "fresh");
    assert_eq!(run["progress"]["label"], "Queued");
    assert_eq!(*run, stage.run(id_in(&run["id"])).await);
}

async fn the_same_work_is_not_started_twice_while_it_is_active(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let first = stage
        .fixture
        .ok(&stage.operator, "start_run", capture(&stage))
        .await;
    let mut same = capture(&stage);
    same["inputs"] = json!({"a": [2.0], "b": 1});
    same["label"] = json!("Another label");
    let answer = stage
        .fixture
        .answer(Some(&stage.operator), "start_run", same.clone())
        .await
        .unwrap();
    assert!(!answer.created);
    let second: Value = serde_json::from_slice(&answer.json).unwrap();
    assert_eq!(second["created"], false);
    assert_eq!(second["run"], first["run"]);

    let mut other = capture(&stage);
    other["inputs"] = json!({"a": [3], "b": 1});
    let third = stage.fixture.ok(&stage.operator, "start_run", other).await;
    assert_eq!(third["created"], true);

    stage.finish(id_in(&first["run"]["id"]), "cancelled").await;
    let again = stage.fixture.ok(&stage.operator, "start_run", same).await;
    assert_eq!(again["created"], true);
    assert_ne!(again["run"]["id"], first["run"]["id"]);
}

async fn a_duplicate_start_leaves_the_initiator_alone(fixture: HubFixture) {
    let stage = fixture.stage().await;
    stage
        .fixture
        .ok(&stage.operator, "start_run", capture(&stage))
        .await;
    let second = stage
        .fixture
        .ok(&stage.contributor, "start_run", capture(&stage))
        .await;
    let run = id_in(&second["run"]["id"]);
    assert_eq!(second["run"]["initiator_name"], "The operator");
    stage.finish(run, "failed").await;
    let told = |who| {
        stage
            .fixture
            .ok(who, "list_notifications", json!({"limit": 10}))
    };
    assert_eq!(told(&stage.operator).await["total_count"], 1);
    assert_eq!(told(&stage.contributor).await["total_count"], 0);
}

async fn a_nonce_makes_every_start_its_own(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut input = capture(&stage);
    input["identity_mode"] = json!("nonce");
    for _ in 0..3 {
        let started = stage
            .fixture
            .ok(&stage.operator, "start_run", input.clone())
            .await;
        assert_eq!(started["created"], true);
    }
}

async fn a_slot_is_used_once_for_ever(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut input = capture(&stage);
    input["identity_mode"] = json!("slot");
    let fault = stage
        .fixture
        .refused(&stage.operator, "start_run", input.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("slot"))
    );

    input["slot"] = json!("2026-11-20T09:00Z");
    let first = stage
        .fixture
        .ok(&stage.operator, "start_run", input.clone())
        .await;
    stage.finish(id_in(&first["run"]["id"]), "cancelled").await;
    let second = stage
        .fixture
        .ok(&stage.operator, "start_run", input.clone())
        .await;
    assert_eq!(second["created"], false);
    assert_eq!(second["run"]["id"], first["run"]["id"]);
    assert_eq!(second["run"]["status"], "completed");

    input["slot"] = json!("2026-11-20T10:00Z");
    let third = stage.fixture.ok(&stage.operator, "start_run", input).await;
    assert_eq!(third["created"], true);
}

async fn a_start_sent_twice_with_its_own_id_is_one_start(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.fixture.world.new_id();
    let input = json!({"engagement_id": stage.engagement, "type": "build", "identity_mode": "nonce",
        "id": id, "status": "running", "started_at": "2026-11-20T17:00:00Z"});
    let first = stage
        .fixture
        .ok(&stage.operator, "start_run", input.clone())
        .await;
    assert_eq!(first["created"], true);
    assert_eq!(first["run"]["id"], json!(id));
    assert_eq!(first["run"]["started_at"], "2026-11-20T17:00:00.000000Z");
    stage.finish(id, "succeeded").await;
    let second = stage.fixture.ok(&stage.operator, "start_run", input).await;
    assert_eq!(second["created"], false);
    assert_eq!(second["run"]["outcome"], "succeeded");
    assert_eq!(
        stage
            .fixture
            .count("select count(*) from runs", vec![])
            .await,
        1
    );
}

async fn an_id_of_another_engagement_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let elsewhere = stage.fixture.engagement(&stage.stranger, "Beryl").await;
    let id = stage.fixture.world.new_id();
    let start = |engagement| json!({"engagement_id": engagement, "type": "build", "identity_mode": "nonce", "id": id});
    stage
        .fixture
        .ok(&stage.stranger, "start_run", start(elsewhere))
        .await;
    let fault = stage
        .fixture
        .refused(&stage.operator, "start_run", start(stage.engagement))
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "id_taken", None));
}

async fn the_limits_of_a_start_are_refused_by_name(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let long = "x".repeat(201);
    let large = "x".repeat(64 * 1024);
    for (field, more) in [
        ("label", json!({ "label": long })),
        ("label", json!({"label": "\u{202e}dab"})),
        ("label", json!({"label": ""})),
        ("type", json!({"type": "Not A Type"})),
        ("type", json!({"type": "x".repeat(101)})),
        ("context", json!({"context": {"target": large}})),
        ("heartbeat_seconds", json!({"heartbeat_seconds": 0})),
        ("heartbeat_seconds", json!({"heartbeat_seconds": 86_401})),
        ("status", json!({"status": "completed"})),
        ("identity_mode", json!({"identity_mode": "always"})),
        ("initiator", json!({"initiator": "somebody"})),
        ("id", json!({"id": "00000000-0000-4000-8000-000000000000"})),
        ("colour", json!({"colour": "red"})),
    ] {
        let mut input = capture(&stage);
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let fault = stage
            .fixture
            .refused(&stage.operator, "start_run", input)
            .await;
        assert_eq!(fault.kind, FaultKind::Invalid, "{field}: {fault:?}");
        assert_eq!(fault.field.as_deref(), Some(field), "{fault:?}");
    }
    assert_eq!(
        stage
            .fixture
            .count("select count(*) from runs", vec![])
            .await,
        0
    );
}

async fn the_time_of_a_start_is_taken_when_it_can_be_right(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let now = stage.fixture.hub.now();
    let ahead = now + Duration::from_secs(301);
    for impossible in ["2019-12-31T23:59:59Z", &ahead.to_string()] {
        let mut input = capture(&stage);
        input["started_at"] = json!(impossible);
        let fault = stage
            .fixture
            .refused(&stage.operator, "start_run", input)
            .await;
        assert_eq!(fault.field.as_deref(), Some("started_at"), "{fault:?}");
        assert!(fault.detail.contains("Check the clock"), "{}", fault.detail);
    }
    let past = now - Duration::from_hours(30);
    let run = stage
        .start(json!({"status": "running", "started_at": past}))
        .await;
    assert_eq!(run["started_at"], json!(past));
    // A reporter whose clock runs a little ahead is believed to mean now.
    let soon = now + Duration::from_secs(200);
    let run = stage
        .start(json!({"status": "running", "started_at": soon}))
        .await;
    assert_eq!(run["started_at"], json!(now));
}

async fn starting_needs_the_capability(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let start = |who| stage.fixture.call(who, "start_run", capture(&stage));
    for may in [&stage.owner, &stage.operator, &stage.contributor] {
        assert!(start(may).await.is_ok());
    }
    for may_not in [&stage.domain_expert, &stage.reader] {
        let fault = start(may_not).await.unwrap_err();
        assert_eq!(
            told(&fault),
            (FaultKind::Forbidden, "capability_denied", None)
        );
    }
    let foreign = start(&stage.stranger).await.unwrap_err();
    let mut never = capture(&stage);
    never["engagement_id"] = json!(stage.fixture.world.new_id());
    let missing = stage
        .fixture
        .refused(&stage.owner, "start_run", never)
        .await;
    assert_eq!(told(&foreign), (FaultKind::NotFound, "not_found", None));
    assert_eq!(foreign, missing);
}
