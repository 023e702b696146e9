//! Many who decide the same thing at once: one does, and every other one is told who did.

use std::time::Duration;

use bellboard_hub::call::Caller;
use bellboard_hub::decision::release_due;
use bellboard_hub::fault::Fault;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage};
use crate::races::{at_once, calling, rounds};

on_each_engine!(
    of_32_who_decide_at_once_one_does,
    an_undo_and_the_effect_never_both_happen,
    makers_at_once_get_numbers_of_their_own,
);

const PEOPLE: usize = 32;

async fn crowd(stage: &Stage) -> Vec<Caller> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let who = stage
            .fixture
            .human(&stage.owner, &format!("Person {number}"))
            .await;
        stage
            .fixture
            .join(&stage.owner, stage.engagement, &who, &["domain_expert"])
            .await;
        people.push(who);
    }
    people
}

async fn of_32_who_decide_at_once_one_does(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let people = crowd(&stage).await;
    for round in 0..rounds() {
        stage.fixture.world.advance(Duration::from_secs(1));
        let id = stage.shape().await;
        let told = at_once(PEOPLE, |number| {
            let decision = ["confirm", "reject"][number % 2];
            let input = json!({"artifact_id": id, "decision": decision, "note": "Looked at it", "expected_version": 1,
                "undo_seconds": (round % 2) * 8});
            let answer = calling(&stage.fixture, &people[number], "decide_artifact", input);
            async move { (number, answer.await) }
        })
        .await;
        let shown = stage.artifact(id).await;
        judge(&told, &shown, round);
        let recorded = stage
            .fixture
            .count(
                "select count(*) from decisions where object_id = $1",
                vec![id.into()],
            )
            .await;
        assert_eq!(recorded, 1, "round {round}");
    }
    assert!(stage.waiting().await.is_empty());
    let kept =
        "select cast(coalesce(sum(held), 0) as bigint) from zone_counts where zone = 'needs_you'";
    assert_eq!(stage.fixture.count(kept, vec![]).await, 0);
}

/// One decision, and 31 answers that name it.
fn judge(told: &[(usize, Result<Value, Fault>)], shown: &Value, round: usize) {
    let stands = &shown["decision"];
    let mut decided = 0;
    for (number, one) in told {
        match one {
            Ok(decision) => {
                decided += 1;
                assert_eq!(decision, stands, "round {round}");
                assert_eq!(stands["decided_by_name"], format!("Person {number}"));
                let state = ["confirmed", "rejected"][number % 2];
                assert_eq!(shown["state"], state, "round {round}");
            }
            Err(fault) => {
                assert_eq!(fault.code, "already_decided", "round {round}: {fault:?}");
                assert_eq!(fault.extra["decided_by"], stands["decided_by_name"]);
                assert_eq!(fault.extra["decision"], stands["decision"]);
                assert_eq!(fault.extra["decided_at"], stands["decided_at"]);
                let name = stands["decided_by_name"].as_str().unwrap();
                let label = stands["label"].as_str().unwrap();
                assert!(
                    fault
                        .detail
                        .starts_with(&format!("{name} has decided already: {label}, at 2026-")),
                    "{}",
                    fault.detail
                );
            }
        }
    }
    assert_eq!(decided, 1, "round {round}");
}

/// An undo in the last moment races the loops of two replicas, whose clocks are a second ahead.
async fn an_undo_and_the_effect_never_both_happen(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let ahead = HubFixture::over(stage.fixture.hub.db().clone());
    let mut undone = 0;
    for round in 0..50 {
        let run = stage.running().await;
        let made = stage.make("shape", json!({"run_id": run})).await;
        let input = json!({"artifact_id": made["id"], "decision": "confirm", "expected_version": 1, "undo_seconds": 1});
        stage
            .fixture
            .ok(&stage.owner, "decide_artifact", input)
            .await;
        ahead.world.advance(Duration::from_secs(2));
        let told = at_once(3, |number| {
            let undo = calling(
                &stage.fixture,
                &stage.owner,
                "undo_artifact",
                json!({"artifact_id": made["id"]}),
            );
            let hub = ahead.hub.clone();
            async move {
                if number == round % 3 {
                    Some(undo.await)
                } else {
                    release_due(&hub).await.unwrap();
                    None
                }
            }
        })
        .await;
        let answer = told.into_iter().flatten().next().unwrap();
        let events = stage
            .fixture
            .count(
                "select count(*) from run_events where run_id = $1 and kind = 'decided'",
                vec![run.into()],
            )
            .await;
        let stands = stage
            .artifact(made["id"].as_str().unwrap().parse().unwrap())
            .await["state"]
            .clone();
        match answer {
            Ok(_) => {
                undone += 1;
                assert_eq!(
                    (events, stands),
                    (0, json!("pending_confirmation")),
                    "round {round}"
                );
            }
            Err(fault) => {
                assert_eq!(fault.code, "undo_over", "round {round}");
                assert_eq!((events, stands), (1, json!("confirmed")), "round {round}");
            }
        }
        stage.fixture.world.advance(Duration::from_secs(2));
    }
    println!("{undone} of 50 undos were in time");
}

async fn makers_at_once_get_numbers_of_their_own(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let told = at_once(PEOPLE, |number| {
        let input = json!({"engagement_id": stage.engagement, "kind": "shape", "label": format!("Shape {number}"),
            "content": {"inline": {}}});
        calling(&stage.fixture, &stage.operator, "create_artifact", input)
    })
    .await;
    let mut numbers: Vec<i64> = told
        .into_iter()
        .map(|one| one.unwrap()["number"].as_i64().unwrap())
        .collect();
    numbers.sort_unstable();
    let expected: Vec<i64> = (1..=32).collect();
    assert_eq!(numbers, expected);
}
