//! Asks that lost whom they were for, or the run that waited.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{answer, ask, needs, seen};
use crate::fixture::{HubFixture, Stage, id_in};
use crate::races::at_once;

on_each_engine!(
    an_ask_for_somebody_who_leaves_goes_to_whoever_may_decide,
    an_answer_taken_back_waits_for_somebody_who_can_answer,
    the_end_of_a_run_withdraws_what_it_asked,
    an_answer_taken_back_after_the_end_is_no_question_any_more,
    an_answer_and_the_end_of_the_run_leave_one_truth,
);

async fn leave(stage: &Stage, how: usize) {
    let who = stage.contributor.person_id;
    let mut input = json!({"engagement_id": stage.engagement, "person_id": who});
    let verb = ["put_member", "delete_member"][how];
    if how == 0 {
        input["designations"] = json!(["reader"]);
    }
    stage.fixture.ok(&stage.owner, verb, input).await;
}

async fn decisions(stage: &Stage, ask: Uuid) -> Vec<(String, String)> {
    let text = "select decision, decided_by_name from decisions where object_id = $1 order by decided_at, id";
    let rows = stage.fixture.rows(text, vec![ask.into()]).await;
    rows.iter()
        .map(|row| (row.text(0).unwrap(), row.text(1).unwrap()))
        .collect()
}

async fn told(stage: &Stage, run: Uuid, kind: &str) -> Vec<Value> {
    let events = stage.on_run("list_run_events", run, json!({})).await;
    events.unwrap()["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == kind)
        .map(|event| json!([event["actor_name"], event["summary"]]))
        .collect()
}

fn for_the_contributor(stage: &Stage) -> Value {
    json!({"for": {"person_id": stage.contributor.person_id}})
}

async fn an_ask_for_somebody_who_leaves_goes_to_whoever_may_decide(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for how in 0..2 {
        stage
            .fixture
            .join(
                &stage.owner,
                stage.engagement,
                &stage.contributor,
                &["contributor"],
            )
            .await;
        let run = stage.running().await;
        let mut more = for_the_contributor(&stage);
        more["run_id"] = json!(run);
        let id = ask(&stage, &stage.operator, more).await;
        leave(&stage, how).await;
        let shown = seen(&stage, &stage.domain_expert, id).await;
        assert_eq!(
            (&shown["for"], &shown["may_answer"]),
            (&json!("Whoever may decide"), &json!(true))
        );
        let waiting = stage
            .fixture
            .ok(&stage.domain_expert, "list_needs_you", json!({}))
            .await;
        assert_eq!(
            (&waiting["total_count"], &waiting["items"][0]["item_id"]),
            (&json!(1), &json!(id))
        );
        assert_eq!(
            decisions(&stage, id).await,
            [("delegate".to_owned(), "Olive".to_owned())]
        );
        let what = "Given to whoever may decide, because The contributor can no longer answer: Delete 14 rows?";
        assert_eq!(
            told(&stage, run, "ask_delegated").await,
            [json!(["Olive", what])]
        );
        answer(&stage, &stage.domain_expert, id, json!({})).await;
        assert_eq!(needs(&stage, id).await, 0);
    }
}

async fn an_answer_taken_back_waits_for_somebody_who_can_answer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = ask(&stage, &stage.operator, for_the_contributor(&stage)).await;
    answer(&stage, &stage.contributor, id, json!({"undo_seconds": 60})).await;
    leave(&stage, 1).await;
    stage
        .fixture
        .ok(&stage.owner, "undo_ask", json!({"ask_id": id}))
        .await;
    assert_eq!(
        seen(&stage, &stage.domain_expert, id).await["may_answer"],
        true
    );
    assert_eq!(needs(&stage, id).await, 1);
}

async fn the_end_of_a_run_withdraws_what_it_asked(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let first = ask(&stage, &stage.operator, json!({"run_id": run})).await;
    let second = ask(&stage, &stage.operator, json!({"run_id": run})).await;
    let other = ask(&stage, &stage.operator, json!({})).await;
    answer(&stage, &stage.owner, second, json!({"undo_seconds": 60})).await;
    stage.finish(run, "succeeded").await;
    let shown = seen(&stage, &stage.operator, first).await;
    assert_eq!(
        (&shown["state"], &shown["closed"]),
        (&json!("withdrawn"), &json!(true))
    );
    assert_eq!(
        decisions(&stage, first).await,
        [("withdraw".to_owned(), "Bellboard".to_owned())]
    );
    let what = "Withdrew the ask, because the run has ended: Delete 14 rows?";
    assert_eq!(
        told(&stage, run, "ask_withdrawn").await,
        [json!(["Bellboard", what])]
    );
    assert_eq!(
        seen(&stage, &stage.operator, second).await["state"],
        "answered"
    );
    assert_eq!(seen(&stage, &stage.operator, other).await["state"], "open");
    assert_eq!(stage.waiting().await.len(), 1, "the one of no run");
}

async fn an_answer_taken_back_after_the_end_is_no_question_any_more(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let id = ask(&stage, &stage.operator, json!({"run_id": run})).await;
    answer(&stage, &stage.owner, id, json!({"undo_seconds": 60})).await;
    stage.finish(run, "succeeded").await;
    stage
        .fixture
        .ok(&stage.owner, "undo_ask", json!({"ask_id": id}))
        .await;
    assert_eq!(
        seen(&stage, &stage.operator, id).await["state"],
        "withdrawn"
    );
    assert!(stage.waiting().await.is_empty());
}

async fn an_answer_and_the_end_of_the_run_leave_one_truth(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..20 {
        let run = id_in(&stage.start(json!({"status": "running"})).await["id"]);
        let id = ask(&stage, &stage.operator, json!({"run_id": run})).await;
        let answers = at_once(2, |number| {
            let (fixture, who) = (stage.fixture.clone(), stage.operator.clone());
            let (verb, input) = [
                ("answer_ask", json!({"ask_id": id, "option": "yes"})),
                ("finish_run", json!({"run_id": run, "outcome": "succeeded"})),
            ][number]
                .clone();
            async move { fixture.call(&who, verb, input).await }
        })
        .await;
        assert!(answers[1].is_ok(), "{answers:?}");
        let closed = if answers[0].is_ok() {
            "answered"
        } else {
            "withdrawn"
        };
        assert_eq!(seen(&stage, &stage.operator, id).await["state"], closed);
        if let Err(fault) = &answers[0] {
            assert_eq!(fault.code, "ask_withdrawn");
        }
        assert_eq!(needs(&stage, id).await, 0);
    }
}
