//! Closure: no workstream is completed while a task is open that nobody classified.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{domain, last_events, task, update, workstream};
use crate::fixture::{HubFixture, Stage, told};
use crate::races::{at_once, calling};

on_each_engine!(
    completing_without_a_full_classification_is_refused_with_the_list,
    a_review_does_to_each_task_what_it_says,
    a_review_is_kept_and_told,
    entries_of_a_review_that_cannot_be_followed_are_named,
    no_task_is_carried_to_a_workstream_that_is_completed_meanwhile,
);

/// A workstream with one task that is done and three that are open, and another that takes tasks.
async fn set(stage: &Stage) {
    domain(stage, "railiance").await;
    workstream(stage, "railiance", "lay").await;
    workstream(stage, "railiance", "later").await;
    for key in ["T-1", "T-2", "T-3", "T-4"] {
        task(stage, "lay", key).await;
    }
    task(stage, "later", "L-1").await;
    update(stage, "T-1", json!({"status": "done"})).await;
}

async fn completing_without_a_full_classification_is_refused_with_the_list(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let some = json!([{"task_id": "T-3", "as": "done"}]);
    for (verb, input, missing) in [
        (
            "update_workstream",
            json!({"slug": "lay", "status": "completed"}),
            vec!["T-2", "T-3", "T-4"],
        ),
        (
            "update_workstream",
            json!({"slug": "lay", "status": "done"}),
            vec!["T-2", "T-3", "T-4"],
        ),
        (
            "close_workstream",
            json!({"slug": "lay"}),
            vec!["T-2", "T-3", "T-4"],
        ),
        (
            "close_workstream",
            json!({"slug": "lay", "review": some}),
            vec!["T-2", "T-4"],
        ),
    ] {
        let fault = hub.refused(&stage.operator, verb, input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Conflict, "closure_review_missing", None)
        );
        let listed = fault.extra["unclassified"].as_array().unwrap().iter();
        let listed: Vec<&str> = listed
            .map(|task| task["external_id"].as_str().unwrap())
            .collect();
        assert_eq!(listed, missing);
        assert!(
            fault.detail.contains(&missing.join(", ")),
            "{}",
            fault.detail
        );
    }
    let seen = hub
        .ok(&stage.reader, "get_workstream", json!({"slug": "lay"}))
        .await;
    assert_eq!(
        (&seen["status"], &seen["tasks"]["todo"]),
        (&json!("active"), &json!(3)),
        "nothing was changed"
    );
    let reviews = hub
        .count("select count(*) from closure_reviews", vec![])
        .await;
    assert_eq!(reviews, 0);
}

/// One task done, one cancelled, one carried forward.
async fn close(stage: &Stage) -> Value {
    let review = json!([
        {"task_id": "T-2", "as": "done"},
        {"task_id": "T-3", "as": "cancelled", "reason": "No longer wanted"},
        {"task_id": "T-4", "as": "carry_forward", "target": "later"},
    ]);
    let close = json!({"slug": "lay", "review": review});
    stage
        .fixture
        .ok(&stage.operator, "close_workstream", close)
        .await
}

async fn a_review_does_to_each_task_what_it_says(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let claim = json!({"task_id": "T-2"});
    hub.ok(&stage.contributor, "claim_task", claim).await;
    let flag = json!({"needs_human": true, "intervention_note": "Sign"});
    update(&stage, "T-3", flag).await;
    let closed = close(&stage).await;
    assert_eq!(closed["workstream"]["status"], "completed");
    let look = async |key: &str| {
        hub.ok(&stage.reader, "get_task", json!({"task_id": key}))
            .await
    };
    let done = look("T-2").await;
    assert_eq!(
        (&done["status"], &done["claimed_by"]),
        (&json!("done"), &json!(null))
    );
    let cancelled = look("T-3").await;
    assert_eq!(
        (&cancelled["status"], &cancelled["blocking_reason"]),
        (&json!("cancelled"), &json!("No longer wanted"))
    );
    assert_eq!(cancelled["needs_human"], false);
    let carried = look("T-4").await;
    assert_eq!(
        (&carried["status"], &carried["workstream"]),
        (&json!("todo"), &json!("later"))
    );
    let badge = hub.ok(&stage.operator, "get_badge", json!({})).await;
    assert_eq!(badge["needs_you"], 0, "nobody is needed for what is closed");
    let again = json!({"slug": "lay"});
    let fault = hub
        .refused(&stage.operator, "close_workstream", again)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "workstream_closed", None)
    );
}

async fn a_review_is_kept_and_told(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let closed = close(&stage).await;
    assert_eq!(closed["reviewed_by_name"], "The operator");
    let lines = closed["review"].as_array().unwrap().iter();
    let lines: Vec<Value> = lines
        .map(|line| {
            json!([
                line["external_id"],
                line["as"],
                line["reason"],
                line["target"]
            ])
        })
        .collect();
    let expected = json!([
        ["T-2", "done", null, null],
        ["T-3", "cancelled", "No longer wanted", null],
        ["T-4", "carry_forward", null, "later"],
    ]);
    assert_eq!(json!(lines), expected);
    let stored = hub.rows("select review from closure_reviews", vec![]).await;
    let stored: Value = serde_json::from_str(&stored[0].text(0).unwrap()).unwrap();
    assert_eq!(stored, closed["review"], "the review is kept");
    assert_eq!(
        last_events(&stage, 4).await,
        [
            "workstream_closed",
            "task_carried_forward",
            "task_updated",
            "task_updated"
        ]
    );
}

async fn entries_of_a_review_that_cannot_be_followed_are_named(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    workstream(&stage, "railiance", "over").await;
    let archive = json!({"slug": "over", "status": "archived"});
    hub.ok(&stage.operator, "update_workstream", archive).await;
    for (entry, field) in [
        (json!({"task_id": "T-1", "as": "done"}), "review.0.task_id"),
        (json!({"task_id": "L-1", "as": "done"}), "review.0.task_id"),
        (json!({"task_id": "T-9", "as": "done"}), "review.0.task_id"),
        (
            json!({"task_id": "T-2", "as": "cancelled"}),
            "review.0.reason",
        ),
        (
            json!({"task_id": "T-2", "as": "carry_forward"}),
            "review.0.target",
        ),
        (
            json!({"task_id": "T-2", "as": "carry_forward", "target": "lay"}),
            "review.0.target",
        ),
        (
            json!({"task_id": "T-2", "as": "carry_forward", "target": "over"}),
            "review.0.target",
        ),
        (
            json!({"task_id": "T-2", "as": "carry_forward", "target": "unknown"}),
            "review.0.target",
        ),
        (json!({"task_id": "T-2", "as": "forgotten"}), "review[0].as"),
    ] {
        let close = json!({"slug": "lay", "review": [entry]});
        let fault = hub
            .refused(&stage.operator, "close_workstream", close)
            .await;
        assert_eq!(
            (fault.kind, fault.field.as_deref()),
            (FaultKind::Invalid, Some(field)),
            "{}",
            fault.detail
        );
    }
    let many: Vec<Value> = (0..1_001)
        .map(|_| json!({"task_id": "T-2", "as": "done"}))
        .collect();
    let close = json!({"slug": "lay", "review": many});
    let fault = hub
        .refused(&stage.operator, "close_workstream", close)
        .await;
    assert_eq!(fault.field.as_deref(), Some("review"));
}

async fn no_task_is_carried_to_a_workstream_that_is_completed_meanwhile(fixture: HubFixture) {
    const ROUNDS: usize = 20;
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    for round in 0..ROUNDS {
        let (from, to) = (format!("from-{round}"), format!("to-{round}"));
        workstream(&stage, "railiance", &from).await;
        workstream(&stage, "railiance", &to).await;
        let key = format!("T-{round}");
        task(&stage, &from, &key).await;
        let told = at_once(2, |number| {
            let (verb, input) = if number == 0 {
                let review = json!([{"task_id": key, "as": "carry_forward", "target": to}]);
                ("close_workstream", json!({"slug": from, "review": review}))
            } else {
                let completed = json!({"slug": to, "status": "completed"});
                ("update_workstream", completed)
            };
            calling(hub, &stage.operator, verb, input)
        })
        .await;
        let codes = told.iter().map(|told| match told {
            Ok(_) => "",
            Err(fault) => fault.code,
        });
        let codes: Vec<&str> = codes.collect();
        assert!(
            codes == ["invalid_input", ""] || codes == ["", "closure_review_missing"],
            "round {round}: one comes first: {codes:?}"
        );
    }
    let lost = "select count(*) from tasks k
                  join workstreams w on w.engagement_id = k.engagement_id and w.id = k.workstream_id
                 where k.rank < 2 and w.status = 'completed'";
    assert_eq!(hub.count(lost, vec![]).await, 0);
}
