//! A running run that fell silent waits for a look until it is heard, ends, or waits for a person.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::run::{await_silent, lose_abandoned};
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    a_silent_run_waits_for_a_look_until_it_is_heard,
    however_a_silent_run_ends_nobody_has_to_look_for_its_silence,
    a_run_that_waits_for_a_person_is_not_silent,
    a_run_is_silent_after_its_own_patience,
    silence_that_is_the_hubs_own_is_not_put_before_people,
    keeping_to_wait_ends_when_the_run_is_heard,
    a_report_at_the_same_moment_leaves_nothing_behind,
);

const NEVER_HEARD: Duration = Duration::from_hours(6);
const MOMENT: Duration = Duration::from_micros(1);

async fn put(stage: &Stage) -> u64 {
    await_silent(&stage.fixture.hub, Timestamp::MIN)
        .await
        .unwrap()
}

/// A running run that has just been put into needs-you.
async fn silent(stage: &Stage) -> Uuid {
    let run = stage.running().await;
    stage.fixture.world.advance(NEVER_HEARD + MOMENT);
    assert_eq!(put(stage).await, 1);
    run
}

async fn kinds(stage: &Stage) -> Vec<Value> {
    let waiting = stage.waiting().await;
    waiting
        .iter()
        .map(|item| item["item_kind"].clone())
        .collect()
}

async fn a_silent_run_waits_for_a_look_until_it_is_heard(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.fixture.world.advance(NEVER_HEARD);
    let edge = stage.fixture.world.now();
    assert_eq!(put(&stage).await, 0);
    stage.fixture.world.advance(MOMENT);
    assert_eq!(put(&stage).await, 1);
    assert_eq!(put(&stage).await, 0, "once");
    let waiting = stage.waiting().await;
    assert_eq!(waiting.len(), 1);
    let item = &waiting[0];
    assert_eq!(item["item_kind"], "run_stale");
    assert_eq!(item["item_id"], json!(run));
    assert_eq!(item["created_at"], json!(edge));
    let verbs: Vec<&Value> = item["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| &action["verb"])
        .collect();
    assert_eq!(verbs, ["get_run", "snooze_need"]);
    let shown = stage.run(run).await;
    assert_eq!(
        (&shown["status"], &shown["liveness"]),
        (&json!("running"), &json!("stale"))
    );
    stage.on_run("report_run", run, json!({})).await.unwrap();
    assert_eq!(stage.waiting().await, Vec::<Value>::new());
    stage.fixture.world.advance(NEVER_HEARD);
    assert_eq!(put(&stage).await, 1, "silent again");
}

async fn however_a_silent_run_ends_nobody_has_to_look_for_its_silence(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = silent(&stage).await;
    stage.finish(run, "succeeded").await;
    assert_eq!(kinds(&stage).await, Vec::<Value>::new());
    let run = silent(&stage).await;
    stage.finish(run, "failed").await;
    assert_eq!(kinds(&stage).await, ["run_follow_up"]);
    stage
        .on_run("acknowledge_run", run, json!({}))
        .await
        .unwrap();
    silent(&stage).await;
    stage.fixture.world.advance(Duration::from_hours(24));
    let lost = lose_abandoned(&stage.fixture.hub, Timestamp::MIN).await;
    assert_eq!(lost.unwrap(), 1);
    assert_eq!(kinds(&stage).await, ["run_follow_up"]);
}

async fn a_run_that_waits_for_a_person_is_not_silent(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = silent(&stage).await;
    let ask = json!({"engagement_id": stage.engagement, "title": "Go on?", "run_id": run,
        "options": [{"key": "yes", "label": "Yes"}, {"key": "no", "label": "No"}]});
    let asked = stage.fixture.ok(&stage.operator, "create_ask", ask).await;
    assert_eq!(kinds(&stage).await, ["ask"]);
    stage.fixture.world.advance(Duration::from_hours(48));
    assert_eq!(put(&stage).await, 0);
    let answer = json!({"ask_id": id_in(&asked["id"]), "option": "yes"});
    stage.fixture.ok(&stage.owner, "answer_ask", answer).await;
    assert_eq!(put(&stage).await, 0, "its silence begins now");
    stage.fixture.world.advance(NEVER_HEARD);
    assert_eq!(put(&stage).await, 1);
}

async fn a_run_is_silent_after_its_own_patience(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let promised = json!({"status": "running", "heartbeat_seconds": 20});
    stage.start(promised).await;
    stage.fixture.world.advance(Duration::from_mins(1));
    assert_eq!(put(&stage).await, 0, "three beats may be missed");
    stage.fixture.world.advance(MOMENT);
    assert_eq!(put(&stage).await, 1);
    let heard = stage.running().await;
    stage.fixture.world.advance(MOMENT);
    stage.on_run("report_run", heard, json!({})).await.unwrap();
    stage.fixture.world.advance(Duration::from_mins(10));
    assert_eq!(put(&stage).await, 0);
    stage.fixture.world.advance(MOMENT);
    assert_eq!(put(&stage).await, 1, "who was heard once is missed sooner");
    stage.start(json!({"status": "queued"})).await;
    stage.fixture.world.advance(Duration::from_hours(3));
    assert_eq!(put(&stage).await, 0, "what is queued reports nothing");
}

async fn silence_that_is_the_hubs_own_is_not_put_before_people(fixture: HubFixture) {
    let stage = fixture.stage().await;
    stage
        .start(json!({"status": "running", "heartbeat_seconds": 20}))
        .await;
    stage.fixture.world.advance(Duration::from_hours(1));
    let hub = &stage.fixture.hub;
    assert_eq!(await_silent(hub, hub.now()).await.unwrap(), 0);
    assert_eq!(put(&stage).await, 1);
}

async fn keeping_to_wait_ends_when_the_run_is_heard(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = silent(&stage).await;
    let waiting = stage.waiting().await;
    let keep_waiting = &waiting[0]["actions"][1];
    assert_eq!(keep_waiting["label"], "Keep waiting");
    let body = keep_waiting["body"].clone();
    stage.fixture.ok(&stage.owner, "snooze_need", body).await;
    assert_eq!(stage.waiting().await, Vec::<Value>::new());
    stage.on_run("report_run", run, json!({})).await.unwrap();
    stage
        .fixture
        .world
        .advance(Duration::from_mins(10) + MOMENT);
    assert_eq!(put(&stage).await, 1);
    assert_eq!(kinds(&stage).await, ["run_stale"], "a new silence is news");
}

async fn a_report_at_the_same_moment_leaves_nothing_behind(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..30 {
        let run = stage.running().await;
        stage.fixture.world.advance(NEVER_HEARD + MOMENT);
        let (reported, _) = tokio::join!(stage.on_run("report_run", run, json!({})), put(&stage));
        assert_eq!(reported.unwrap()["changed"], true);
        let left = "select count(*) from needs n join runs r on r.id = n.item_id where r.id = $1";
        assert_eq!(stage.fixture.count(left, vec![run.into()]).await, 0);
        stage.finish(run, "succeeded").await;
    }
    assert_eq!(stage.waiting().await, Vec::<Value>::new());
}
