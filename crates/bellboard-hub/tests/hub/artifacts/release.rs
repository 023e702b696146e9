//! What follows from a decision: the run that made the artifact is told, and whoever waits is woken, when the undo time is
//! over and not before.

use std::time::Duration;

use bellboard_hub::decision::release_due;
use bellboard_hub::loops::Loops;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::fixture::{HubFixture, Stage, id_in};
use crate::races::calling;

on_each_engine!(
    one_that_cannot_be_released_holds_up_no_other,
    the_run_is_told_when_the_time_is_over,
    replicas_tell_it_once,
    whoever_waits_is_answered_when_it_is_in_effect,
    nobody_waits_for_what_is_not_decided_about,
    a_wait_ends_when_a_new_version_comes,
);

async fn decided(stage: &Stage, run: uuid::Uuid) -> Vec<Value> {
    stage
        .fixture
        .pages(&stage.reader, "list_run_events", json!({"run_id": run}), 20)
        .await
        .into_iter()
        .filter(|event| event["kind"] == "decided")
        .collect()
}

async fn the_run_is_told_when_the_time_is_over(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.shape().await;
    let made = stage.make("shape", json!({"run_id": run})).await;
    let input = json!({"artifact_id": made["id"], "decision": "reject", "note": "Keep it\nlonger", "expected_version": 1,
        "undo_seconds": 8});
    stage
        .fixture
        .ok(&stage.domain_expert, "decide_artifact", input)
        .await;
    release_due(&stage.fixture.hub).await.unwrap();
    assert!(decided(&stage, run).await.is_empty());
    stage.fixture.world.advance(Duration::from_secs(8));
    assert_eq!(release_due(&stage.fixture.hub).await.unwrap(), 1);
    let told = decided(&stage, run).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["summary"], "Rejected shape 2: Keep it longer");
    assert_eq!(told[0]["actor_name"], "The domain_expert");
    assert_eq!(told[0]["at"], "2026-11-20T17:40:08.000000Z");
    assert_eq!(release_due(&stage.fixture.hub).await.unwrap(), 0);
}

async fn replicas_tell_it_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for _ in 0..30 {
        let made = stage.make("review_report", json!({"run_id": run})).await;
        let input = json!({"artifact_id": made["id"], "decision": "acknowledge", "expected_version": 1, "undo_seconds": 1});
        stage
            .fixture
            .ok(&stage.owner, "decide_artifact", input)
            .await;
    }
    stage.fixture.world.advance(Duration::from_secs(1));
    let released = crate::races::at_once(4, |_| {
        let hub = stage.fixture.hub.clone();
        async move { release_due(&hub).await.unwrap() }
    })
    .await;
    assert_eq!(released.iter().sum::<u64>(), 30, "{released:?}");
    let told = "select count(*) from run_events where kind = 'decided'";
    assert_eq!(stage.fixture.count(told, vec![]).await, 30);
}

async fn whoever_waits_is_answered_when_it_is_in_effect(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    let id = stage.shape().await;
    let wait = json!({"artifact_id": id, "wait_seconds": "25"});
    let mut waiting = JoinSet::new();
    waiting.spawn(calling(
        &stage.fixture,
        &stage.operator,
        "get_artifact",
        wait.clone(),
    ));
    let input =
        json!({"artifact_id": id, "decision": "confirm", "expected_version": 1, "undo_seconds": 8});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", input)
        .await;
    let early = stage
        .fixture
        .ok(&stage.operator, "get_artifact", json!({"artifact_id": id}))
        .await;
    assert_eq!(early["decision"]["released"], false);
    assert!(waiting.try_join_next().is_none());
    stage.fixture.world.advance(Duration::from_secs(8));
    let told = waiting.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(told["decision"]["released"], true);
    assert_eq!(told["decision"]["decision"], "confirm");
    // What is in effect already keeps nobody waiting.
    let again = stage
        .fixture
        .ok(&stage.operator, "get_artifact", wait)
        .await;
    assert_eq!(again, told);
    loops.stop().await;
}

async fn nobody_waits_for_what_is_not_decided_about(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = stage.make("transformed_artifact", json!({})).await;
    let wait = json!({"artifact_id": made["id"], "wait_seconds": 30});
    let told = stage
        .fixture
        .ok(&stage.operator, "get_artifact", wait)
        .await;
    assert_eq!(told, made);
}

async fn a_wait_ends_when_a_new_version_comes(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    let id = id_in(&stage.make("render", json!({})).await["id"]);
    let wait = json!({"artifact_id": id, "wait_seconds": 25});
    let mut waiting = JoinSet::new();
    waiting.spawn(calling(
        &stage.fixture,
        &stage.operator,
        "get_artifact",
        wait,
    ));
    let mut version = 1;
    let told = loop {
        if let Some(told) = waiting.try_join_next() {
            break told.unwrap().unwrap();
        }
        let input = json!({"artifact_id": id, "content": {"inline": {"v": version}}, "expected_version": version});
        stage
            .fixture
            .ok(&stage.operator, "add_artifact_version", input)
            .await;
        version += 1;
    };
    assert!(told["version"].as_i64().unwrap() > 1);
    assert_eq!(told["decision"], json!(null));
    loops.stop().await;
}

async fn one_that_cannot_be_released_holds_up_no_other(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut decided = Vec::new();
    for _ in 0..3 {
        let id = stage.shape().await;
        let input = json!({"artifact_id": id, "decision": "confirm", "expected_version": 1, "undo_seconds": 8});
        stage
            .fixture
            .ok(&stage.owner, "decide_artifact", input)
            .await;
        decided.push(id);
    }
    let broken = "update decisions set concept = 'nonsense' where object_id = $1";
    let parameters = vec![decided[0].into()];
    assert_eq!(stage.fixture.execute(broken, parameters).await, 1);
    stage.fixture.world.advance(Duration::from_secs(8));
    let told = release_due(&stage.fixture.hub).await;
    assert_eq!(told.unwrap_err().code, "internal");
    for (place, id) in decided.iter().enumerate() {
        let released = stage.fixture.count(
            "select count(*) from decisions where object_id = $1 and released_at is not null",
            vec![(*id).into()],
        );
        assert_eq!(released.await, i64::from(place > 0), "{place}");
    }
}
