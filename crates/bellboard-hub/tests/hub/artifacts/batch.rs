//! Many decisions in one call: each stands or falls alone.

use bellboard_hub::call::{Caller, Credential};
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    one_that_is_refused_spoils_no_other,
    asks_and_artifacts_in_one_batch,
    a_fault_of_ours_hides_no_decision,
    the_bounds_of_a_batch,
    a_token_for_batches_alone_decides_nothing,
);

fn confirm(id: Uuid) -> Value {
    json!({"artifact_id": id, "decision": "confirm", "expected_version": 1})
}

async fn one_that_is_refused_spoils_no_other(fixture: HubFixture) {
    let stage: Stage = fixture.stage().await;
    let (first, taken, last) = (
        stage.shape().await,
        stage.shape().await,
        stage.shape().await,
    );
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", confirm(taken))
        .await;
    let elsewhere = stage.fixture.engagement(&stage.stranger, "Elsewhere").await;
    let input = json!({"engagement_id": elsewhere, "kind": "shape", "label": "S", "content": {"inline": {}}});
    let foreign = stage
        .fixture
        .ok(&stage.stranger, "create_artifact", input)
        .await;
    let foreign: Uuid = foreign["id"].as_str().unwrap().parse().unwrap();

    let mut without_note = confirm(first);
    without_note["decision"] = json!("reject");
    let mut old = confirm(last);
    old["expected_version"] = json!(2);
    let items = json!([
        without_note,
        confirm(first),
        confirm(taken),
        confirm(foreign),
        old,
        confirm(last)
    ]);
    let answer = stage
        .fixture
        .ok(
            &stage.domain_expert,
            "decide_batch",
            json!({"items": items, "undo_seconds": 8}),
        )
        .await;
    let results = answer["results"].as_array().unwrap();
    let codes: Vec<&Value> = results.iter().map(|one| &one["problem"]["code"]).collect();
    assert_eq!(
        codes,
        [
            &json!("note_missing"),
            &Value::Null,
            &json!("already_decided"),
            &json!("not_found"),
            &json!("version_changed"),
            &Value::Null,
        ]
    );
    assert_eq!(results[0]["problem"]["field"], "note");
    assert_eq!(results[2]["problem"]["facts"]["decided_by"], "Olive");
    assert_eq!(results[1]["id"], json!(first));
    assert_eq!(results[1]["decision"]["label"], "Confirmed");
    assert_eq!(results[1]["decision"]["released"], false);
    for id in [first, last] {
        assert_eq!(stage.artifact(id).await["state"], "confirmed");
    }
    assert!(stage.waiting().await.is_empty());
}

async fn asks_and_artifacts_in_one_batch(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let shape = stage.shape().await;
    let input = json!({"engagement_id": stage.engagement, "title": "Delete 14 rows?", "options": [
        {"key": "yes", "label": "Delete them"}, {"key": "no", "label": "Keep them"}]});
    let asked = stage.fixture.ok(&stage.operator, "create_ask", input).await;
    let answer = |option: &str| json!({"ask_id": asked["id"], "option": option});
    let items = json!([
        answer("perhaps"),
        answer("yes"),
        confirm(shape),
        answer("no")
    ]);
    let told = stage
        .fixture
        .ok(
            &stage.domain_expert,
            "decide_batch",
            json!({"items": items}),
        )
        .await;
    let results = told["results"].as_array().unwrap();
    assert_eq!(results[0]["problem"]["field"], "option");
    assert_eq!(results[1]["id"], asked["id"]);
    assert_eq!(results[1]["decision"]["decision"], "yes");
    assert_eq!(
        results[1]["decision"]["decided_by_name"],
        "The domain_expert"
    );
    assert_eq!(results[2]["decision"]["decision"], "confirm");
    assert_eq!(results[3]["problem"]["code"], "already_answered");
}

async fn a_fault_of_ours_hides_no_decision(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (first, last) = (stage.shape().await, stage.shape().await);
    let question = json!({"engagement_id": stage.engagement, "title": "Go on?", "options": [
        {"key": "yes", "label": "Yes"}, {"key": "no", "label": "No"}]});
    let fixture = &stage.fixture;
    let asked = fixture.ok(&stage.operator, "create_ask", question).await;
    let broken = "update asks set options = 'nonsense' where id = $1";
    let which = vec![id_in(&asked["id"]).into()];
    assert_eq!(fixture.execute(broken, which).await, 1);
    let answer = json!({"ask_id": asked["id"], "option": "yes"});

    let alone = json!({"items": [answer, confirm(last)]});
    let fault = fixture.refused(&stage.owner, "decide_batch", alone).await;
    assert_eq!(fault.code, "internal", "nothing was decided");
    let items = json!({"items": [confirm(first), answer, confirm(last)]});
    let told = fixture.ok(&stage.owner, "decide_batch", items).await;
    let results = told["results"].as_array().unwrap();
    let codes: Vec<&Value> = results.iter().map(|one| &one["problem"]["code"]).collect();
    assert_eq!(codes, [&Value::Null, &json!("internal"), &Value::Null]);
    for id in [first, last] {
        assert_eq!(stage.artifact(id).await["state"], "confirmed");
    }
}

async fn the_bounds_of_a_batch(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let mut unknown = confirm(id);
    unknown["decision"] = json!("approve");
    for (items, field) in [
        (vec![], "items"),
        (vec![confirm(id); 101], "items"),
        (vec![confirm(id), unknown], "items[1].decision"),
        (
            vec![
                confirm(id),
                json!({"artifact_id": id, "decision": "confirm"}),
            ],
            "items[1].expected_version",
        ),
        (vec![json!({"artifact_id": id})], "items[0].decision"),
        (vec![json!({"ask_id": id})], "items[0].option"),
        (
            vec![json!({"ask_id": id, "artifact_id": id})],
            "items[0].ask_id",
        ),
        (vec![json!({"option": "yes"})], "items[0].artifact_id"),
    ] {
        let fault = stage
            .fixture
            .refused(&stage.owner, "decide_batch", json!({"items": items}))
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
    assert_eq!(stage.artifact(id).await["state"], "pending_confirmation");
}

async fn a_token_for_batches_alone_decides_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = stage.shape().await;
    let Credential::Session(session) = &stage.owner.credential else {
        panic!("the fixture signs in with sessions");
    };
    let narrowed = Caller {
        credential: Credential::Token {
            id: session.uuid().into(),
            narrowed: false,
            verbs: Some(vec!["decide_batch".to_owned()]),
        },
        ..stage.owner.clone()
    };
    let answer = stage
        .fixture
        .ok(&narrowed, "decide_batch", json!({"items": [confirm(id)]}))
        .await;
    assert_eq!(answer["results"][0]["problem"]["code"], "token_scope");
    assert_eq!(stage.artifact(id).await["state"], "pending_confirmation");
}
