//! The run that waits for a person, and the call that waits for the answer.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::ask::expire_due;
use bellboard_hub::decision::release_due;
use bellboard_hub::loops::Loops;
use bellboard_hub::run::{end_leases, lose_abandoned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{answer, ask, question_with, seen};
use crate::fixture::{HubFixture, Stage, id_in};
use crate::runs::claim::{claim, offer};

on_each_engine!(
    a_run_that_asked_waits_and_is_never_given_up,
    a_lease_holds_while_a_person_is_asked_and_ends_afterwards,
    what_is_asked_again_after_a_worker_died_has_its_answer,
    a_run_waits_until_its_last_ask_is_closed,
    what_happened_to_an_ask_stands_on_the_run,
    a_waiting_call_returns_with_the_answer,
    a_waiting_call_is_told_of_expiry,
);

const DAYS: Duration = Duration::from_hours(24 * 30);
/// What a worker has unless it asks for another.
const LEASE: Duration = Duration::from_mins(1);

async fn a_run_that_asked_waits_and_is_never_given_up(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let id = ask(&stage, &stage.operator, json!({"run_id": run})).await;
    stage.fixture.world.advance(DAYS);
    assert_eq!(lose(&stage).await, 0);
    let waiting = stage.run(run).await;
    assert_eq!(waiting["status"], "running");
    assert_eq!(waiting["liveness"], "waiting");
    assert_eq!(
        waiting["progress"]["label"],
        "Waiting for a person: Delete 14 rows?"
    );
    assert_eq!(waiting["progress"]["mode"], "none");
    assert_eq!(waiting["progress"]["stale"], false);
    let active = stage
        .fixture
        .ok(&stage.operator, "list_active", json!({}))
        .await;
    assert_eq!(
        active["items"][0]["progress_hint"],
        "Waiting for a person: Delete 14 rows?"
    );

    answer(&stage, &stage.owner, id, json!({"undo_seconds": 60})).await;
    assert_eq!(
        stage.run(run).await["liveness"],
        "waiting",
        "until the answer is in effect"
    );
    stage.fixture.world.advance(Duration::from_mins(1));
    assert_eq!(release_due(&stage.fixture.hub).await.unwrap(), 1);
    assert_eq!(lose(&stage).await, 0, "its silence begins now");
    let going = stage.run(run).await;
    assert_eq!(
        (&going["liveness"], &going["progress"]["label"]),
        (&json!("fresh"), &json!("Working"))
    );
    stage.fixture.world.advance(DAYS);
    assert_eq!(lose(&stage).await, 1, "and it is held against it again");
}

/// A run in the hands of a worker, who asks about it under a key.
async fn claimed_and_asked(stage: &Stage) -> (Uuid, Uuid) {
    let run = id_in(&offer(stage, json!({})).await["id"]);
    assert_eq!(claim(stage, "ann").await["fence"], 1);
    let begin = stage.on_run("report_run", run, json!({"fence": 1}));
    begin.await.unwrap();
    let asked = json!({"run_id": run, "key": "rows"});
    (run, ask(stage, &stage.operator, asked).await)
}

/// How many leases were over.
async fn ended(stage: &Stage) -> u64 {
    let hub = &stage.fixture.hub;
    end_leases(hub, hub.now() - DAYS).await.unwrap()
}

async fn a_lease_holds_while_a_person_is_asked_and_ends_afterwards(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (run, id) = claimed_and_asked(&stage).await;
    stage.fixture.world.advance(DAYS);
    assert_eq!(ended(&stage).await, 0, "nobody expects to hear of it");
    let waiting = stage.run(run).await;
    assert_eq!(waiting["claimed_by"], "ann");
    assert_eq!(waiting["liveness"], "waiting");

    answer(&stage, &stage.owner, id, json!({})).await;
    stage.fixture.world.advance(LEASE);
    assert_eq!(ended(&stage).await, 0, "a whole lease since the answer");
    stage.fixture.world.advance(Duration::from_micros(1));
    assert_eq!(ended(&stage).await, 1);
    assert_eq!(label(&stage, run).await, "Waiting for a worker again");
}

async fn what_is_asked_again_after_a_worker_died_has_its_answer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (run, id) = claimed_and_asked(&stage).await;
    answer(&stage, &stage.owner, id, json!({})).await;
    stage.fixture.world.advance(LEASE * 2);
    assert_eq!(ended(&stage).await, 1, "its worker died meanwhile");
    assert_eq!(claim(&stage, "bob").await["fence"], 2);
    let asked = question_with(&stage, json!({"run_id": run, "key": "rows"}));
    let again = stage.fixture.ok(&stage.operator, "ask_human", asked).await;
    assert_eq!(id_in(&again["id"]), id);
    assert_eq!(again["answer"]["option"], "yes");
    assert_eq!(stage.run(run).await["liveness"], "fresh");
}

async fn a_run_waits_until_its_last_ask_is_closed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let first = ask(
        &stage,
        &stage.operator,
        json!({"run_id": run, "title": "First?"}),
    )
    .await;
    let soon = json!({"run_id": run, "title": "Second?", "expires_in_seconds": 60, "fallback": {"option": "no"}});
    ask(&stage, &stage.operator, soon).await;
    let third = ask(
        &stage,
        &stage.operator,
        json!({"run_id": run, "title": "Third?"}),
    )
    .await;
    assert_eq!(label(&stage, run).await, "Waiting for a person: First?");
    answer(&stage, &stage.owner, first, json!({})).await;
    assert_eq!(label(&stage, run).await, "Waiting for a person: Second?");
    stage.fixture.world.advance(Duration::from_mins(1));
    assert_eq!(expire_due(&stage.fixture.hub).await.unwrap(), 1);
    assert_eq!(label(&stage, run).await, "Waiting for a person: Third?");
    stage
        .fixture
        .ok(&stage.operator, "withdraw_ask", json!({"ask_id": third}))
        .await;
    assert_eq!(label(&stage, run).await, "Working");
}

async fn label(stage: &Stage, run: Uuid) -> String {
    let shown = stage.run(run).await;
    shown["progress"]["label"].as_str().unwrap().to_owned()
}

async fn what_happened_to_an_ask_stands_on_the_run(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let id = ask(&stage, &stage.operator, json!({"run_id": run})).await;
    let to = json!({"ask_id": id, "person_id": stage.contributor.person_id});
    stage.fixture.ok(&stage.owner, "delegate_ask", to).await;
    let why = json!({"option": "no", "note": "The last copy."});
    answer(&stage, &stage.contributor, id, why).await;
    let events = stage
        .on_run("list_run_events", run, json!({}))
        .await
        .unwrap();
    let told: Vec<(&Value, &Value, &Value)> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (&event["kind"], &event["actor_name"], &event["summary"]))
        .collect();
    for (kind, who, what) in [
        ("asked", "The operator", "Asked: Delete 14 rows?"),
        (
            "ask_delegated",
            "The owner",
            "Delegated to The contributor: Delete 14 rows?",
        ),
        (
            "answered",
            "The contributor",
            "Answered “Delete 14 rows?”: Keep them. The last copy.",
        ),
    ] {
        let who = if who == "The owner" { "Olive" } else { who };
        let expected = (&json!(kind), &json!(who), &json!(what));
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
}

async fn a_waiting_call_returns_with_the_answer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    let id = ask(&stage, &stage.operator, json!({})).await;
    for (verb, wait) in [
        ("get_ask", json!({"ask_id": id, "wait_seconds": 30})),
        ("get_ask", json!({"ask_id": id, "wait": "30s"})),
        ("get_answer", json!({"ask_id": id})),
    ] {
        let waiting = stage.fixture.call(&stage.operator, verb, wait);
        let answering = answer(&stage, &stage.owner, id, json!({"undo_seconds": 60}));
        let (told, ()) = tokio::join!(waiting, async {
            if seen(&stage, &stage.owner, id).await["state"] == "open" {
                answering.await;
                stage.fixture.world.advance(Duration::from_mins(1));
            }
        });
        let told = told.unwrap();
        assert_eq!(told["answer"]["option"], "yes", "{verb}");
        assert_eq!(told["closed"], true);
    }
    loops.stop().await;
}

async fn a_waiting_call_is_told_of_expiry(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    let soon = json!({"expires_in_seconds": 60, "fallback": {"option": "no"}});
    let id = ask(&stage, &stage.operator, soon).await;
    let wait = json!({"ask_id": id, "wait_seconds": 30});
    let waiting = stage.fixture.call(&stage.operator, "get_ask", wait);
    let (told, ()) = tokio::join!(waiting, async {
        stage.fixture.world.advance(Duration::from_mins(1));
    });
    assert_eq!(told.unwrap()["state"], "expired");
    loops.stop().await;
}

/// Gives up every run that was silent for too long; how many it were.
async fn lose(stage: &Stage) -> u64 {
    lose_abandoned(&stage.fixture.hub, Timestamp::MIN)
        .await
        .unwrap()
}
