//! Many at one ask: it is closed once, and everybody else is told by what.

use std::time::Duration;

use bellboard_hub::ask::expire_due;
use serde_json::{Value, json};

use super::{ask, needs, question_with, seen};
use crate::fixture::{HubFixture, Stage, id_in};
use crate::races::at_once;

on_each_engine!(
    of_many_answers_one_stands,
    an_answer_and_a_withdrawal_leave_one_truth,
    a_key_used_by_many_at_once_is_one_ask,
    an_answer_in_time_and_the_deadline_leave_one_truth,
);

const ANSWERERS: usize = 32;
const ROUNDS: usize = 20;

async fn of_many_answers_one_stands(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for _ in 0..ROUNDS {
        let id = ask(&stage, &stage.operator, json!({"run_id": run})).await;
        let people = [
            &stage.owner,
            &stage.operator,
            &stage.contributor,
            &stage.domain_expert,
        ];
        let answers = at_once(ANSWERERS, |number| {
            let (fixture, who) = (stage.fixture.clone(), people[number % 4].clone());
            let given = json!({"ask_id": id, "option": if number % 2 == 0 { "yes" } else { "no" }, "note": "So."});
            async move { fixture.call(&who, "answer_ask", given).await }
        })
        .await;
        let won: Vec<&Value> = answers
            .iter()
            .filter_map(|answer| answer.as_ref().ok())
            .collect();
        // Of the four people one has answered, and said the same each time.
        assert_eq!(won.len(), ANSWERERS / people.len());
        assert!(won.iter().all(|one| one["answer"] == won[0]["answer"]));
        for fault in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert_eq!(fault.code, "already_answered", "{fault:?}");
            let who = won[0]["answered_by_name"].as_str().unwrap();
            assert!(fault.detail.starts_with(who), "{}", fault.detail);
        }
        let truth = seen(&stage, &stage.operator, id).await;
        assert_eq!(truth["answer"], won[0]["answer"]);
        assert_eq!(needs(&stage, id).await, 0);
    }
    counts_agree(&stage).await;
    let decisions = stage
        .fixture
        .count("select count(*) from decisions", vec![])
        .await;
    assert_eq!(decisions, i64::try_from(ROUNDS).unwrap());
    assert_eq!(stage.run(run).await["liveness"], "fresh");
}

async fn an_answer_and_a_withdrawal_leave_one_truth(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..ROUNDS {
        let id = ask(&stage, &stage.operator, json!({})).await;
        let answers = at_once(2, |number| {
            let (fixture, who) = (stage.fixture.clone(), stage.owner.clone());
            let (verb, given) = [
                ("answer_ask", json!({"ask_id": id, "option": "yes"})),
                ("withdraw_ask", json!({"ask_id": id})),
            ][number]
                .clone();
            async move { fixture.call(&who, verb, given).await }
        })
        .await;
        assert_eq!(
            answers.iter().filter(|answer| answer.is_ok()).count(),
            1,
            "{answers:?}"
        );
        let became = seen(&stage, &stage.owner, id).await["state"].clone();
        let lost = answers
            .iter()
            .find_map(|answer| answer.as_ref().err())
            .unwrap();
        let expected = if became == "answered" {
            "already_answered"
        } else {
            "ask_withdrawn"
        };
        assert_eq!(lost.code, expected);
    }
    counts_agree(&stage).await;
}

async fn a_key_used_by_many_at_once_is_one_ask(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = question_with(&stage, json!({"key": "one"}));
    let answers = at_once(ANSWERERS, |_| {
        let (fixture, who, input) = (stage.fixture.clone(), stage.operator.clone(), input.clone());
        async move { fixture.ok(&who, "create_ask", input).await }
    })
    .await;
    let first = id_in(&answers[0]["id"]);
    assert!(answers.iter().all(|made| id_in(&made["id"]) == first));
    assert_eq!(
        stage
            .fixture
            .count("select count(*) from asks", vec![])
            .await,
        1
    );
    counts_agree(&stage).await;
}

async fn an_answer_in_time_and_the_deadline_leave_one_truth(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for _ in 0..ROUNDS {
        let soon = json!({"expires_in_seconds": 60, "fallback": {"option": "no"}, "run_id": run});
        let id = ask(&stage, &stage.operator, soon).await;
        stage
            .fixture
            .world
            .advance(Duration::from_mins(1) - Duration::from_micros(1));
        let words = at_once(3, |number| {
            let (fixture, who) = (stage.fixture.clone(), stage.owner.clone());
            async move {
                let given = json!({"ask_id": id, "option": "yes"});
                match number {
                    0 => fixture
                        .call(&who, "answer_ask", given)
                        .await
                        .map_or_else(|fault| fault.code.to_owned(), |_| "won".to_owned()),
                    1 => {
                        fixture.world.advance(Duration::from_micros(1));
                        "moved".to_owned()
                    }
                    _ => match expire_due(&fixture.hub).await.unwrap() {
                        0 => "idle".to_owned(),
                        _ => "expired".to_owned(),
                    },
                }
            }
        })
        .await;
        expire_due(&stage.fixture.hub).await.unwrap();
        let became = seen(&stage, &stage.owner, id).await["state"].clone();
        let answered = words.iter().any(|word| word == "won");
        assert_eq!(
            became,
            if answered { "answered" } else { "expired" },
            "{words:?}"
        );
        assert!(
            !(answered && words.iter().any(|word| word == "expired")),
            "{words:?}"
        );
        assert_eq!(needs(&stage, id).await, 0);
    }
    let open = stage
        .fixture
        .count("select open_asks from runs", vec![])
        .await;
    assert_eq!(open, 0);
    counts_agree(&stage).await;
}

/// What is counted is what there is.
async fn counts_agree(stage: &Stage) {
    let held = stage
        .fixture
        .count(
            "select cast(coalesce(sum(held), 0) as bigint) from zone_counts where zone = 'needs_you'",
            vec![],
        )
        .await;
    let there = stage
        .fixture
        .count(
            "select count(*) from needs where for_person is null",
            vec![],
        )
        .await;
    assert_eq!(held, there);
}
