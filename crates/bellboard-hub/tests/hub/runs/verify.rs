//! An outcome that somebody else has checked: the outcome stays, how it is known changes once.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, told};

on_each_engine!(
    another_party_verifies_with_evidence,
    the_first_verification_stands,
    who_started_a_run_cannot_verify_it,
    who_told_the_end_cannot_verify_it,
    only_what_has_ended_can_be_verified,
    evidence_is_refused_by_name,
);

async fn another_party_verifies_with_evidence(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "succeeded").await;
    let input = json!({"run_id": run, "link": "https://ci.example/7", "digest": "sha256:9f86", "note": "looked\ntwice"});
    let shown = stage
        .fixture
        .ok(&stage.domain_expert, "verify_run", input)
        .await;
    assert_eq!(shown["grade"], "verified");
    assert_eq!(shown["outcome"], "succeeded");
    let evidence = json!({"by": "The domain_expert", "at": stage.fixture.hub.now(), "link": "https://ci.example/7",
        "digest": "sha256:9f86", "note": "looked\ntwice"});
    assert_eq!(shown["evidence"], evidence);
    let again = stage.finish(run, "succeeded").await;
    assert_eq!(
        again["run"]["grade"], "verified",
        "a repeated end takes nothing back"
    );
}

async fn the_first_verification_stands(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "failed").await;
    let by = |who, note: &'static str| {
        let input = json!({"run_id": run, "note": note});
        stage.fixture.ok(who, "verify_run", input)
    };
    let first = by(&stage.owner, "first").await;
    stage.fixture.world.advance(Duration::from_secs(5));
    let second = by(&stage.domain_expert, "second").await;
    assert_eq!(second["evidence"], first["evidence"]);
    let noted = "select count(*) from run_events where kind = 'verified'";
    assert_eq!(stage.fixture.count(noted, vec![]).await, 1);
}

async fn who_started_a_run_cannot_verify_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "succeeded").await;
    let fault = stage
        .on_run("verify_run", run, json!({"note": "trust me"}))
        .await
        .unwrap_err();
    assert_eq!(told(&fault), (FaultKind::Forbidden, "own_run", None));
    for (who, kind) in [
        (&stage.reader, FaultKind::Forbidden),
        (&stage.stranger, FaultKind::NotFound),
    ] {
        let input = json!({"run_id": run, "note": "x"});
        let fault = stage.fixture.refused(who, "verify_run", input).await;
        assert_eq!(fault.kind, kind);
    }
    assert_eq!(stage.run(run).await["evidence"], Value::Null);
}

async fn who_told_the_end_cannot_verify_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let told_end = json!({"run_id": run, "outcome": "succeeded"});
    stage
        .fixture
        .ok(&stage.contributor, "finish_run", told_end)
        .await;
    let input = json!({"run_id": run, "note": "I looked"});
    let fault = stage
        .fixture
        .refused(&stage.contributor, "verify_run", input.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "own_run", None));
    let verified = stage.fixture.ok(&stage.owner, "verify_run", input).await;
    assert_eq!(verified["grade"], "verified");
}

async fn only_what_has_ended_can_be_verified(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let input = json!({"run_id": run, "note": "early"});
    let fault = stage
        .fixture
        .refused(&stage.owner, "verify_run", input)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "not_completed", None));
}

async fn evidence_is_refused_by_name(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "succeeded").await;
    for (field, mut input) in [
        ("note", json!({})),
        ("link", json!({"link": "javascript:alert(1)"})),
        (
            "link",
            json!({"link": format!("https://{}", "x".repeat(2000))}),
        ),
        ("digest", json!({"digest": "x".repeat(201)})),
        ("note", json!({"note": "x".repeat(2001)})),
    ] {
        input["run_id"] = json!(run);
        let fault = stage
            .fixture
            .refused(&stage.owner, "verify_run", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
}
