//! What is offered, and who gets it.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use bellboard_hub::loops::Loops;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{LEASE, claim, offer};
use crate::fixture::{HubFixture, id_in, told, with_more};

on_each_engine!(
    of_workers_that_race_each_run_has_one,
    the_longest_waiting_run_goes_first_and_other_types_stay,
    nobody_reports_on_what_nobody_claimed,
    authority_is_asked_again_when_a_worker_claims,
    a_worker_that_waits_is_woken_by_the_offer,
    a_hub_that_ends_lets_no_worker_wait,
    what_cannot_be_offered_or_claimed_is_refused,
);

async fn of_workers_that_race_each_run_has_one(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for workers in [2, 16] {
        let run = id_in(&offer(&stage, json!({})).await["id"]);
        let names: Vec<String> = (0..workers).map(|number| format!("w{number}")).collect();
        let claims = join_all(names.iter().map(|name| claim(&stage, name))).await;
        let won: Vec<&Value> = claims.iter().filter(|claim| !claim.is_null()).collect();
        assert_eq!(won.len(), 1, "{workers} workers");
        assert_eq!(id_in(&won[0]["run"]["id"]), run);
        assert_eq!(won[0]["fence"], 1);
        assert_eq!(
            won[0]["run"]["claimed_by"],
            stage.run(run).await["claimed_by"]
        );
    }
}

async fn the_longest_waiting_run_goes_first_and_other_types_stay(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut offered = Vec::new();
    for _ in 0..3 {
        offered.push(id_in(&offer(&stage, json!({})).await["id"]));
        stage.fixture.world.advance(Duration::from_secs(1));
    }
    offer(&stage, json!({"type": "baseline.capture"})).await;
    stage.start(json!({"type": "composition"})).await;
    for run in offered {
        let claimed = claim(&stage, "w").await;
        assert_eq!(id_in(&claimed["run"]["id"]), run);
        assert_eq!(claimed["run"]["claimable"], true);
        assert_eq!(
            claimed["lease_until"],
            json!(stage.fixture.hub.now() + LEASE)
        );
        assert_eq!(
            claimed["run"]["status"], "queued",
            "it begins with a report"
        );
    }
    assert_eq!(claim(&stage, "w").await, Value::Null);
    let elsewhere = stage.fixture.engagement(&stage.owner, "Another bank").await;
    let input = json!({"engagement_id": elsewhere, "type": "baseline.capture", "worker": "w"});
    let told = stage.fixture.ok(&stage.owner, "claim_run", input).await;
    assert_eq!(told["claim"], Value::Null);
}

async fn nobody_reports_on_what_nobody_claimed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&offer(&stage, json!({})).await["id"]);
    let fault = stage.on_run("report_run", run, json!({})).await;
    let fault = fault.unwrap_err();
    assert_eq!(told(&fault), (FaultKind::Conflict, "not_claimed", None));
    assert!(fault.detail.contains("claim it"), "{}", fault.detail);
    // Whoever found that it cannot be handed over may say so.
    let failed = json!({"outcome": "failed", "failures": [{"code": "queue.dispatch_failed", "message": "no"}]});
    let ended = stage.on_run("finish_run", run, failed).await.unwrap();
    assert_eq!(ended["changed"], true);
    assert_eq!(claim(&stage, "ann").await, Value::Null);
}

async fn authority_is_asked_again_when_a_worker_claims(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let refused = id_in(&offer(&stage, json!({})).await["id"]);
    stage.fixture.world.advance(Duration::from_secs(1));
    let system = id_in(&offer(&stage, json!({"initiator": "system"})).await["id"]);
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &stage.operator, &["reader"])
        .await;
    let input = json!({"engagement_id": stage.engagement, "type": "composition", "worker": "ann"});
    let claimed = stage.fixture.ok(&stage.owner, "claim_run", input).await;
    assert_eq!(id_in(&claimed["claim"]["run"]["id"]), system);
    let blocked = stage.run(refused).await;
    assert_eq!(blocked["outcome"], "blocked");
    assert_eq!(blocked["failures"][0]["code"], "capability_denied");
    assert_eq!(blocked["claimed_by"], Value::Null);
}

async fn a_worker_that_waits_is_woken_by_the_offer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let loops = Loops::start(&stage.fixture.hub);
    let asked = |run_type: &str| json!({"engagement_id": stage.engagement, "type": run_type, "worker": "ann", "wait_seconds": 20});
    let waiting = stage
        .fixture
        .ok(&stage.operator, "claim_run", asked("composition"));
    let (claimed, offered) = tokio::join!(waiting, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        // What is offered to others wakes nobody for good.
        offer(&stage, json!({"type": "baseline.capture"})).await;
        offer(&stage, json!({})).await
    });
    assert_eq!(claimed["claim"]["run"]["id"], offered["id"]);
    loops.stop().await;
}

async fn a_hub_that_ends_lets_no_worker_wait(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = json!({"engagement_id": stage.engagement, "type": "composition", "worker": "ann", "wait_seconds": 20});
    let waiting = stage.fixture.ok(&stage.operator, "claim_run", input);
    let soon = tokio::time::timeout(Duration::from_secs(10), async {
        tokio::join!(waiting, async { stage.fixture.hub.feed().close() })
    });
    let (answer, ()) = soon.await.expect("it does not wait for twenty seconds");
    assert_eq!(answer["claim"], Value::Null);
}

async fn what_cannot_be_offered_or_claimed_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let long = "x".repeat(70_000);
    let starts = [
        (
            "type",
            json!({"type": "nobody.declared.this"}),
            "put_run_type",
        ),
        (
            "status",
            json!({"type": "composition", "status": "running"}),
            "Leave `status` out",
        ),
        (
            "heartbeat_seconds",
            json!({"type": "composition", "heartbeat_seconds": 9}),
            "lease",
        ),
        (
            "inputs",
            json!({"type": "composition", "inputs": long}),
            "65536",
        ),
    ];
    for (field, more, way_out) in starts {
        let input = json!({"engagement_id": stage.engagement, "claimable": true});
        let input = with_more(input, &more);
        let fault = stage
            .fixture
            .refused(&stage.operator, "start_run", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
        assert!(fault.detail.contains(way_out), "{}", fault.detail);
    }
    let claims = [
        ("wait_seconds", json!({"wait_seconds": 21})),
        ("lease_seconds", json!({"lease_seconds": 9})),
        ("lease_seconds", json!({"lease_seconds": 3601})),
        ("worker", json!({"worker": " "})),
        ("type", json!({"type": "No Type"})),
    ];
    for (field, more) in claims {
        let input =
            json!({"engagement_id": stage.engagement, "type": "composition", "worker": "ann"});
        let input = with_more(input, &more);
        let fault = stage
            .fixture
            .refused(&stage.operator, "claim_run", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
    let nothing = stage
        .fixture
        .count("select count(*) from runs", vec![])
        .await;
    assert_eq!(nothing, 0);
}
