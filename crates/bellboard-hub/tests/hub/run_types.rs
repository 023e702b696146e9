//! The registry of run types: what is declared holds from the next start on, nearest first, and nothing has to be.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    a_type_that_nobody_declared_works,
    the_types_that_bellboard_knows_are_declared,
    the_nearest_declaration_holds,
    a_run_carries_what_held_when_it_was_started,
    declaring_needs_the_right_to,
    what_cannot_be_declared_is_refused_by_name,
    the_types_to_choose_from_are_those_that_hold_here,
);

async fn what_holds(stage: &Stage, run_type: &str) -> Value {
    let input = json!({"engagement_id": stage.engagement, "type": run_type});
    stage
        .fixture
        .ok(&stage.reader, "get_engagement_run_type", input)
        .await
}

async fn a_type_that_nobody_declared_works(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let shown = what_holds(&stage, "nightly.sync_all").await;
    assert_eq!(shown["registered"], false);
    assert_eq!(shown["label"], "Nightly sync all");
    assert_eq!(shown["capability"], "start_runs");
    assert_eq!(shown["phases"], json!([]));
    assert_eq!(shown["manual_review"], true);
    assert_eq!(shown["retention_days"], 90);
    let run = stage.start(json!({"type": "nightly.sync_all"})).await;
    assert_eq!(run["label"], "Nightly sync all");
}

async fn the_types_that_bellboard_knows_are_declared(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let shown = what_holds(&stage, "baseline.capture").await;
    assert_eq!(shown["registered"], true);
    assert_eq!(shown["manual_review"], false);
    assert_eq!(shown["phases"][1]["label"], "Capturing evidence");
    let input = json!({"type": "baseline.capture"});
    let hub_wide = stage
        .fixture
        .ok(&stage.stranger, "get_run_type", input)
        .await;
    assert_eq!(hub_wide, shown);
}

async fn the_nearest_declaration_holds(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let everywhere = json!({"type": "sync", "label": "Sync everywhere", "retention_days": 5});
    stage
        .fixture
        .ok(&stage.owner, "put_run_type", everywhere)
        .await;
    assert_eq!(what_holds(&stage, "sync").await["label"], "Sync everywhere");
    let here = json!({"engagement_id": stage.engagement, "type": "sync", "label": "Sync here"});
    stage
        .fixture
        .ok(&stage.owner, "put_engagement_run_type", here)
        .await;
    let shown = what_holds(&stage, "sync").await;
    assert_eq!(shown["label"], "Sync here");
    assert_eq!(
        shown["retention_days"], 90,
        "a declaration is whole, and takes nothing from another"
    );
    let other = stage.fixture.engagement(&stage.owner, "Beryl").await;
    let elsewhere = json!({"engagement_id": other, "type": "sync"});
    let shown = stage
        .fixture
        .ok(&stage.owner, "get_engagement_run_type", elsewhere)
        .await;
    assert_eq!(shown["label"], "Sync everywhere");
}

async fn a_run_carries_what_held_when_it_was_started(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let phases = json!([{"key": "read", "label": "Reading"}, {"key": "write", "label": "Writing"}]);
    let declare = |phases: Value, silent_after_seconds: u32| {
        let input = json!({"engagement_id": stage.engagement, "type": "sync", "phases": phases,
            "silent_after_seconds": silent_after_seconds});
        stage
            .fixture
            .ok(&stage.owner, "put_engagement_run_type", input)
    };
    declare(phases, 30).await;
    let started = stage
        .start(json!({"type": "sync", "status": "running"}))
        .await;
    let run = id_in(&started["id"]);
    declare(json!([]), 3_000).await;
    let reported = stage
        .on_run(
            "report_run",
            run,
            json!({"phase": {"key": "write", "label": "Writing"}}),
        )
        .await
        .unwrap();
    assert_eq!(
        reported["run"]["progress"]["label"],
        "Phase 2 of 2: writing"
    );
    stage.fixture.world.advance(Duration::from_secs(31));
    assert_eq!(stage.run(run).await["liveness"], "stale");
}

async fn declaring_needs_the_right_to(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let everywhere = json!({"type": "sync"});
    let fault = stage
        .fixture
        .refused(&stage.operator, "put_run_type", everywhere)
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "hub_owner_only", None));
    let here = json!({"engagement_id": stage.engagement, "type": "sync"});
    for (who, kind) in [
        (&stage.operator, FaultKind::Forbidden),
        (&stage.reader, FaultKind::Forbidden),
        (&stage.stranger, FaultKind::NotFound),
    ] {
        let fault = stage
            .fixture
            .refused(who, "put_engagement_run_type", here.clone())
            .await;
        assert_eq!(fault.kind, kind);
    }
    let fault = stage
        .fixture
        .refused(&stage.stranger, "get_engagement_run_type", here)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn what_cannot_be_declared_is_refused_by_name(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let phase = json!({"key": "a", "label": "A"});
    for (field, mut input) in [
        ("type", json!({"type": "Not A Type"})),
        ("label", json!({"label": "x".repeat(101)})),
        ("capability", json!({"capability": "fly"})),
        ("phases", json!({"phases": vec![phase.clone(); 21]})),
        ("phases", json!({"phases": [phase, phase]})),
        ("phases[0].label", json!({"phases": [{"key": "a"}]})),
        ("queued_stale_seconds", json!({"queued_stale_seconds": 0})),
        (
            "silent_after_seconds",
            json!({"silent_after_seconds": 366 * 86_400 + 1}),
        ),
        (
            "abandon_after_seconds",
            json!({"abandon_after_seconds": -1}),
        ),
        ("retention_days", json!({"retention_days": 3_661})),
        ("colour", json!({"colour": "red"})),
    ] {
        if input.get("type").is_none() {
            input["type"] = json!("sync");
        }
        let hub_wide = stage
            .fixture
            .refused(&stage.owner, "put_run_type", input.clone())
            .await;
        input["engagement_id"] = json!(stage.engagement);
        let here = stage
            .fixture
            .refused(&stage.owner, "put_engagement_run_type", input)
            .await;
        for fault in [hub_wide, here] {
            assert_eq!(fault.kind, FaultKind::Invalid, "{fault:?}");
            assert_eq!(fault.field.as_deref(), Some(field), "{fault:?}");
        }
    }
}

/// The types that the test below declares and those that are built in, with their labels.
const ALL: [&str; 10] = [
    "baseline.capture Capture baseline",
    "baseline.compare Compare baseline",
    "composition Composition",
    "external.production External production",
    "nightly Here",
    "payroll Payroll",
    "render.production Render production",
    "shape.production Shape production",
    "tenant.review.compose Compose tenant review",
    "weekly Weekly",
];

async fn the_types_to_choose_from_are_those_that_hold_here(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let here = stage.engagement;
    let declare = async |verb: &str, input: Value| {
        stage.fixture.ok(&stage.owner, verb, input).await;
    };
    declare(
        "put_run_type",
        json!({"type": "nightly", "label": "Everywhere"}),
    )
    .await;
    declare("put_run_type", json!({"type": "weekly", "label": "Weekly"})).await;
    declare(
        "put_engagement_run_type",
        json!({"engagement_id": here, "type": "nightly", "label": "Here"}),
    )
    .await;
    declare(
        "put_engagement_run_type",
        json!({"engagement_id": here, "type": "payroll", "capability": "manage"}),
    )
    .await;
    let elsewhere = stage.fixture.engagement(&stage.owner, "Elsewhere").await;
    declare(
        "put_engagement_run_type",
        json!({"engagement_id": elsewhere, "type": "secret.type"}),
    )
    .await;
    let names = async |who, only: Value| {
        let input = json!({"engagement_id": here, "only": only});
        let shown = stage.fixture.ok(who, "list_run_types", input).await;
        assert_eq!(shown["more"], false);
        let items = shown["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| {
                format!(
                    "{} {}",
                    item["type"].as_str().unwrap(),
                    item["label"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&stage.reader, Value::Null).await, ALL);
    let startable = json!("startable");
    assert_eq!(names(&stage.owner, startable.clone()).await, ALL);
    let without_payroll: Vec<_> = ALL
        .iter()
        .filter(|name| !name.starts_with("payroll"))
        .collect();
    let of_operator = names(&stage.operator, startable.clone()).await;
    assert_eq!(of_operator.iter().collect::<Vec<_>>(), without_payroll);
    assert!(names(&stage.reader, startable).await.is_empty());
}
