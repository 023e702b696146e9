//! A worker that is not heard any more loses its run, and what becomes of the run.

use std::time::Duration;

use bellboard_core::run::claim::MOST_CLAIMS;
use bellboard_core::time::Timestamp;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::run::{end_leases, lose_abandoned};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{LEASE, claim, offer, try_claim};
use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    a_dead_workers_run_is_offered_again_and_the_zombie_is_not_heard,
    a_run_that_must_not_be_done_twice_is_lost_with_its_worker,
    a_report_renews_the_lease_and_the_lease_only,
    many_that_look_at_once_end_each_lease_once,
    a_run_that_kills_its_workers_is_not_offered_for_ever,
    after_a_time_without_the_hub_workers_have_their_lease_again,
    an_offer_that_nobody_takes_never_started,
    a_waiting_run_is_cancelled_at_once_and_a_held_one_by_its_worker,
);

const MOMENT: Duration = Duration::from_micros(1);

async fn end(stage: &Stage) -> u64 {
    let long_ago = stage.fixture.hub.now() - Duration::from_hours(24);
    end_leases(&stage.fixture.hub, long_ago).await.unwrap()
}

/// Lets the lease of the only held run run out.
async fn outlast(stage: &Stage) {
    stage.fixture.world.advance(LEASE);
    assert_eq!(end(stage).await, 0, "the lease holds to its last moment");
    stage.fixture.world.advance(MOMENT);
    assert_eq!(end(stage).await, 1);
    assert_eq!(end(stage).await, 0);
}

/// What a later version of itself shows of a run: all but the moment at which it was looked at.
async fn without_moment(stage: &Stage, run: Uuid) -> Value {
    let mut shown = stage.run(run).await;
    shown["progress"]["as_of"] = Value::Null;
    let events = stage.on_run("list_run_events", run, json!({})).await;
    json!([shown, events.unwrap()])
}

async fn summaries(stage: &Stage, run: Uuid) -> Vec<String> {
    let events = stage.on_run("list_run_events", run, json!({})).await;
    let items = events.unwrap()["items"].as_array().unwrap().clone();
    let mut summaries: Vec<String> = items
        .iter()
        .map(|event| event["summary"].as_str().unwrap().to_owned())
        .collect();
    summaries.reverse();
    summaries
}

async fn a_dead_workers_run_is_offered_again_and_the_zombie_is_not_heard(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&offer(&stage, json!({})).await["id"]);
    assert_eq!(claim(&stage, "ann").await["fence"], 1);
    let report = json!({"fence": 1, "sequence": 9, "processed": 3, "total": 8});
    stage.on_run("report_run", run, report).await.unwrap();
    outlast(&stage).await;
    let free = stage.run(run).await;
    assert_eq!(free["status"], "running", "a status never goes back");
    assert_eq!(free["claimed_by"], Value::Null);
    assert_eq!(free["progress"]["label"], "Waiting for a worker again");
    let zombie = [
        (
            "report_run",
            json!({"fence": 1, "sequence": 10, "processed": 4}),
        ),
        ("report_run", json!({"processed": 4})),
        ("finish_run", json!({"fence": 1, "outcome": "succeeded"})),
        ("finish_run", json!({"outcome": "succeeded"})),
        ("finish_run", json!({"fence": 3, "outcome": "succeeded"})),
    ];
    for claimed_again in [false, true] {
        if claimed_again {
            assert_eq!(claim(&stage, "bob").await["fence"], 2);
        }
        let before = without_moment(&stage, run).await;
        for (verb, input) in &zombie {
            let fault = stage.on_run(verb, run, input.clone()).await.unwrap_err();
            assert_eq!(told(&fault), (FaultKind::Conflict, "claim_lost", None));
        }
        assert_eq!(without_moment(&stage, run).await, before);
    }
    // The second worker counts its reports anew.
    let report = json!({"fence": 2, "sequence": 1, "processed": 5});
    let reported = stage.on_run("report_run", run, report).await.unwrap();
    assert_eq!(reported["changed"], true);
    let finish = json!({"fence": 2, "outcome": "succeeded"});
    for changed in [true, false] {
        let finished = stage.on_run("finish_run", run, finish.clone()).await;
        assert_eq!(finished.unwrap()["changed"], changed);
    }
    for (verb, input) in &zombie {
        let fault = stage.on_run(verb, run, input.clone()).await.unwrap_err();
        assert_eq!(fault.code, "claim_lost", "also after the end");
    }
    let shown = stage.run(run).await;
    assert_eq!(shown["outcome"], "succeeded");
    assert_eq!(shown["claimed_by"], "bob");
    assert_eq!(
        summaries(&stage, run).await,
        [
            "Queued",
            "Claimed by ann",
            "Started",
            "Worker ann stopped answering; offered again",
            "Claimed by bob",
            "Finished"
        ]
    );
    assert_eq!(claim(&stage, "cid").await, Value::Null);
}

async fn a_run_that_must_not_be_done_twice_is_lost_with_its_worker(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&offer(&stage, json!({"type": "external.production"})).await["id"]);
    let claimed = try_claim(&stage, "external.production", "ann").await;
    assert_eq!(claimed.unwrap()["fence"], 1);
    let begin = stage.on_run("report_run", run, json!({"fence": 1})).await;
    begin.unwrap();
    outlast(&stage).await;
    let shown = stage.run(run).await;
    assert_eq!(shown["outcome"], "failed");
    assert_eq!(shown["liveness"], "lost");
    assert_eq!(shown["failures"][0]["code"], "run.host_lost");
    assert_eq!(shown["failures"][0]["message"], "Host was lost");
    assert_eq!(shown["claimed_by"], "ann");
    let again = try_claim(&stage, "external.production", "bob").await;
    assert_eq!(again.unwrap(), Value::Null);
    // Its worker was only slow: what it says is kept beside the outcome, and rings no second bell.
    let late = json!({"fence": 1, "outcome": "succeeded"});
    let late = stage.on_run("finish_run", run, late).await.unwrap();
    assert_eq!(
        (&late["late"], &late["changed"]),
        (&json!(true), &json!(false))
    );
    let rung = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    assert_eq!(rung["total_count"], 1);
    assert_eq!(rung["items"][0]["kind"], "run_follow_up");
}

async fn a_report_renews_the_lease_and_the_lease_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // Its type gives a silent run up sooner than the worker's lease does; the lease goes before.
    let declared =
        json!({"engagement_id": stage.engagement, "type": "slow", "abandon_after_seconds": 20});
    stage
        .fixture
        .ok(&stage.owner, "put_engagement_run_type", declared)
        .await;
    let run = id_in(&offer(&stage, json!({"type": "slow"})).await["id"]);
    try_claim(&stage, "slow", "ann").await.unwrap();
    for processed in 1..=5 {
        stage.fixture.world.advance(LEASE);
        assert_eq!(end(&stage).await, 0);
        assert_eq!(
            lose_abandoned(&stage.fixture.hub, Timestamp::MIN)
                .await
                .unwrap(),
            0
        );
        let report = json!({"fence": 1, "processed": processed});
        stage.on_run("report_run", run, report).await.unwrap();
    }
    outlast(&stage).await;
    assert_eq!(stage.run(run).await["status"], "running");
    assert_eq!(
        lose_abandoned(&stage.fixture.hub, Timestamp::MIN)
            .await
            .unwrap(),
        1,
        "offered again, it has the patience of its type"
    );
    let reason = &stage.run(run).await["failures"][0]["code"];
    assert_eq!(reason, "run.stopped_reporting");
}

async fn many_that_look_at_once_end_each_lease_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for number in 0..30 {
        let run_type = ["composition", "external.production"][number % 2];
        offer(&stage, json!({"type": run_type})).await;
        try_claim(&stage, run_type, "ann").await.unwrap();
    }
    stage.fixture.world.advance(LEASE + MOMENT);
    let ended = join_all((0..4).map(|_| end(&stage))).await;
    assert_eq!(ended.iter().sum::<u64>(), 30);
    let count = async |text| stage.fixture.count(text, vec![]).await;
    assert_eq!(count("select count(*) from notifications").await, 15);
    let again = "select count(*) from run_events where kind = 'offered_again'";
    assert_eq!(count(again).await, 15);
    let held = "select count(*) from runs where lease_until is not null";
    assert_eq!(count(held).await, 0);
}

async fn a_run_that_kills_its_workers_is_not_offered_for_ever(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&offer(&stage, json!({})).await["id"]);
    for fence in 1..=MOST_CLAIMS {
        assert_eq!(claim(&stage, "ann").await["fence"], fence);
        outlast(&stage).await;
    }
    assert_eq!(claim(&stage, "ann").await, Value::Null);
    let shown = stage.run(run).await;
    assert_eq!(shown["failures"][0]["code"], "run.host_lost");
}

async fn after_a_time_without_the_hub_workers_have_their_lease_again(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&offer(&stage, json!({})).await["id"]);
    claim(&stage, "ann").await;
    stage.fixture.world.advance(Duration::from_hours(1));
    let hub = &stage.fixture.hub;
    let back = hub.now();
    stage.fixture.world.advance(LEASE);
    assert_eq!(end_leases(hub, back).await.unwrap(), 0);
    let report = stage.on_run("report_run", run, json!({"fence": 1})).await;
    assert_eq!(report.unwrap()["changed"], true, "it is still the worker's");
    stage.fixture.world.advance(LEASE + MOMENT);
    assert_eq!(end_leases(hub, back).await.unwrap(), 1);
}

async fn an_offer_that_nobody_takes_never_started(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&offer(&stage, json!({"inputs": {"a": 1}})).await["id"]);
    stage.fixture.world.advance(Duration::from_hours(24));
    assert_eq!(
        lose_abandoned(&stage.fixture.hub, Timestamp::MIN)
            .await
            .unwrap(),
        0
    );
    stage.fixture.world.advance(MOMENT);
    assert_eq!(end(&stage).await, 0);
    assert_eq!(
        lose_abandoned(&stage.fixture.hub, Timestamp::MIN)
            .await
            .unwrap(),
        1
    );
    let shown = stage.run(run).await;
    assert_eq!(shown["failures"][0]["code"], "run.never_started");
    let kept = "select count(*) from run_inputs";
    assert_eq!(stage.fixture.count(kept, vec![]).await, 0);
}

async fn a_waiting_run_is_cancelled_at_once_and_a_held_one_by_its_worker(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let waiting = id_in(&offer(&stage, json!({})).await["id"]);
    let note = json!({"note": "not today"});
    let shown = stage.on_run("cancel_run", waiting, note).await.unwrap();
    assert_eq!(shown["outcome"], "cancelled");
    assert_eq!(shown["cancel_requested_by"], "The operator");
    assert_eq!(
        summaries(&stage, waiting).await,
        [
            "Queued",
            "Cancel requested: not today",
            "Cancelled; nobody was working on it"
        ]
    );
    let again = stage.on_run("cancel_run", waiting, json!({})).await;
    assert_eq!(again.unwrap_err().code, "already_completed");

    let held = id_in(&offer(&stage, json!({})).await["id"]);
    claim(&stage, "ann").await;
    let asked = stage.on_run("cancel_run", held, json!({})).await.unwrap();
    assert_eq!(asked["status"], "queued", "its worker is asked");
    let told = stage.on_run("report_run", held, json!({"fence": 1})).await;
    assert_eq!(told.unwrap()["cancel_requested"], true);
    // And if it dies over it, nobody else begins.
    outlast(&stage).await;
    assert_eq!(stage.run(held).await["outcome"], "cancelled");
    assert_eq!(claim(&stage, "bob").await, Value::Null);
}
