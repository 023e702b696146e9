//! The source system's acceptance tests, under the names that it gave them, as far as runs carry them; what artifacts
//! carry stands beside them.

mod artifacts;

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::crowd::field;
use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    test_active_single_engagement,
    test_active_multiple_engagements,
    test_active_no_membership,
    test_active_empty,
    test_active_external_polling,
    test_needs_you_cross_engagement,
    test_needs_you_empty,
    test_needs_you_read_only_filtered,
    test_recent_without_download_url,
    test_recent_cross_engagement,
    test_pagination_limit,
    test_pagination_cursor,
    test_pagination_exhausted,
    test_unauthenticated_401,
);

/// Starts a run as the owner, who belongs everywhere here.
async fn start(stage: &Stage, place: Uuid, run_type: &str, label: &str) -> Uuid {
    let input = json!({"engagement_id": place, "type": run_type, "label": label, "identity_mode": "nonce",
        "status": "running"});
    let started = stage.fixture.ok(&stage.owner, "start_run", input).await;
    stage.fixture.world.advance(Duration::from_secs(1));
    id_in(&started["run"]["id"])
}

async fn finish(stage: &Stage, run: Uuid, outcome: &str) {
    let input = json!({"run_id": run, "outcome": outcome});
    stage.fixture.ok(&stage.owner, "finish_run", input).await;
    stage.fixture.world.advance(Duration::from_secs(1));
}

async fn page(stage: &Stage, zone: &str, input: Value) -> Value {
    stage.fixture.ok(&stage.owner, zone, input).await
}

async fn test_active_single_engagement(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = start(&stage, stage.engagement, "shape.production", "Shape Q4").await;
    let report = json!({"processed": 214, "total": 512, "unit": "policies"});
    stage.on_run("report_run", run, report).await.unwrap();
    let shown = page(&stage, "list_active", json!({})).await;
    let expected = json!({
        "items": [{
            "engagement_id": stage.engagement,
            "engagement_name": "Aster Bank",
            "item_kind": "shape_production",
            "item_id": run,
            "item_label": "Shape Q4",
            "started_at": "2026-11-20T17:40:00.000000Z",
            "progress_hint": "214 of 512 policies",
        }],
        "total_count": 1,
        "next_cursor": null,
    });
    assert_eq!(shown, expected);
}

async fn test_active_multiple_engagements(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let other = stage.fixture.engagement(&stage.owner, "Beryl").await;
    let first = start(&stage, stage.engagement, "build", "First").await;
    let second = start(&stage, other, "build", "Second").await;
    let third = start(&stage, stage.engagement, "build", "Third").await;
    let shown = page(&stage, "list_active", json!({})).await;
    let items = shown["items"].as_array().unwrap();
    assert_eq!(
        field(items, "item_id"),
        [third, second, first].map(|id| json!(id))
    );
    assert_eq!(
        field(items, "engagement_name"),
        ["Aster Bank", "Beryl", "Aster Bank"]
    );
    assert_eq!(shown["total_count"], 3);
}

async fn test_active_no_membership(fixture: HubFixture) {
    let stage = fixture.stage().await;
    start(&stage, stage.engagement, "build", "Not yours").await;
    for zone in ["list_active", "list_needs_you", "list_recent"] {
        let shown = stage.fixture.ok(&stage.stranger, zone, json!({})).await;
        assert_eq!(shown["items"], json!([]));
        assert_eq!(shown["total_count"], 0);
    }
}

async fn test_active_empty(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let shown = page(&stage, "list_active", json!({})).await;
    assert_eq!(
        shown,
        json!({"items": [], "total_count": 0, "next_cursor": null})
    );
}

async fn test_active_external_polling(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = start(&stage, stage.engagement, "external.production", "Plates").await;
    start(&stage, stage.engagement, "build", "Build").await;
    let input = json!({"kind": "external_polling"});
    let shown = page(&stage, "list_active", input).await;
    assert_eq!(shown["total_count"], 1);
    assert_eq!(shown["items"][0]["item_kind"], "external_polling");
    assert_eq!(shown["items"][0]["item_id"], json!(run));
    finish(&stage, run, "failed").await;
    assert_eq!(
        page(&stage, "list_active", json!({})).await["total_count"],
        1
    );
    let waits = page(
        &stage,
        "list_needs_you",
        json!({"kind": "external_failure"}),
    )
    .await;
    assert_eq!(waits["items"][0]["item_id"], json!(run));
}

async fn test_needs_you_cross_engagement(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let other = stage.fixture.engagement(&stage.owner, "Beryl").await;
    let mut failed = Vec::new();
    for (place, label) in [(stage.engagement, "First"), (other, "Second")] {
        let run = start(&stage, place, "build", label).await;
        finish(&stage, run, "failed").await;
        failed.push(run);
    }
    let shown = page(&stage, "list_needs_you", json!({})).await;
    let items = shown["items"].as_array().unwrap();
    assert_eq!(
        field(items, "item_id"),
        [json!(failed[1]), json!(failed[0])]
    );
    assert_eq!(field(items, "item_label"), ["Second", "First"]);
    assert_eq!(items[0]["engagement_name"], "Beryl");
    assert_eq!(items[0]["item_kind"], "run_follow_up");
    assert_eq!(items[0]["detail"], "failed");
    assert_eq!(shown["total_count"], 2);
}

async fn test_needs_you_empty(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = start(&stage, stage.engagement, "build", "Fine").await;
    finish(&stage, run, "succeeded").await;
    let shown = page(&stage, "list_needs_you", json!({})).await;
    assert_eq!(
        shown,
        json!({"items": [], "total_count": 0, "next_cursor": null})
    );
}

async fn test_needs_you_read_only_filtered(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = start(&stage, stage.engagement, "build", "Broken").await;
    finish(&stage, run, "failed").await;
    let seen_by = |who| stage.fixture.ok(who, "list_needs_you", json!({}));
    for (who, waits) in [
        (&stage.reader, 0),
        (&stage.domain_expert, 1),
        (&stage.owner, 1),
    ] {
        let shown = seen_by(who).await;
        assert_eq!(shown["total_count"], waits);
        assert_eq!(shown["items"].as_array().unwrap().len(), waits);
        let badge = stage.fixture.ok(who, "get_badge", json!({})).await;
        assert_eq!(badge["needs_you"], waits);
        let memberships = stage.fixture.ok(who, "list_memberships", json!({})).await;
        assert_eq!(memberships["items"][0]["needs_you"], waits);
    }
    // Somebody who reads and also decides is no mere reader.
    let both = ["reader", "domain_expert"];
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &stage.reader, &both)
        .await;
    assert_eq!(seen_by(&stage.reader).await["total_count"], 1);
}

async fn test_recent_without_download_url(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = start(&stage, stage.engagement, "render.production", "Report.pdf").await;
    finish(&stage, run, "succeeded").await;
    let shown = page(&stage, "list_recent", json!({})).await;
    let expected = json!({
        "items": [{
            "engagement_id": stage.engagement,
            "engagement_name": "Aster Bank",
            "artifact_kind": "run",
            "artifact_id": run,
            "artifact_label": "Report.pdf",
            "completed_at": "2026-11-20T17:40:01.000000Z",
            "download_url": null,
        }],
        "total_count": 1,
        "next_cursor": null,
    });
    assert_eq!(shown, expected);
}

async fn test_recent_cross_engagement(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let other = stage.fixture.engagement(&stage.owner, "Beryl").await;
    let first = start(
        &stage,
        stage.engagement,
        "build",
        "Started first, ended last",
    )
    .await;
    let second = start(&stage, other, "build", "Started last, ended first").await;
    finish(&stage, second, "cancelled").await;
    finish(&stage, first, "succeeded").await;
    let shown = page(&stage, "list_recent", json!({})).await;
    let items = shown["items"].as_array().unwrap();
    assert_eq!(field(items, "artifact_id"), [json!(first), json!(second)]);
    assert_eq!(field(items, "engagement_name"), ["Aster Bank", "Beryl"]);
}

/// Ten runs over two engagements, newest first.
async fn ten(stage: &Stage) -> Vec<Value> {
    let other = stage.fixture.engagement(&stage.owner, "Beryl").await;
    let mut runs = Vec::new();
    for number in 0..10 {
        let place = [stage.engagement, other][number % 2];
        let run = start(stage, place, "build", &format!("Run {number}")).await;
        runs.insert(0, json!(run));
    }
    runs
}

async fn test_pagination_limit(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let runs = ten(&stage).await;
    let shown = page(&stage, "list_active", json!({"limit": 3})).await;
    assert_eq!(
        field(shown["items"].as_array().unwrap(), "item_id"),
        runs[..3]
    );
    assert_eq!(shown["total_count"], 10);
    assert!(shown["next_cursor"].is_string());
    let call = stage
        .fixture
        .answer(Some(&stage.owner), "list_active", json!({"limit": "3"}));
    let answer = call.await.unwrap();
    assert_eq!(answer.next_cursor.as_deref(), shown["next_cursor"].as_str());
    for bad in [
        json!(0),
        json!(101),
        json!(-1),
        json!(1.5),
        json!("many"),
        json!(""),
    ] {
        let input = json!({"limit": bad});
        let fault = stage
            .fixture
            .refused(&stage.owner, "list_active", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("limit"))
        );
    }
}

async fn test_pagination_cursor(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let runs = ten(&stage).await;
    for limit in [1, 2, 3, 4, 7, 9, 10, 11, 100] {
        let shown = stage
            .fixture
            .pages(&stage.owner, "list_active", json!({}), limit)
            .await;
        assert_eq!(field(&shown, "item_id"), runs, "by {limit}");
    }
}

async fn test_pagination_exhausted(fixture: HubFixture) {
    let stage = fixture.stage().await;
    ten(&stage).await;
    // The last page may be exactly full, and still says that nothing follows.
    for limit in [10, 5] {
        let mut cursor = Value::Null;
        for _ in 0..10 / limit {
            let input = json!({"limit": limit, "cursor": cursor});
            let shown = page(&stage, "list_active", input).await;
            assert_eq!(shown["items"].as_array().unwrap().len(), limit);
            cursor = shown["next_cursor"].clone();
        }
        assert_eq!(cursor, Value::Null);
    }
}

async fn test_unauthenticated_401(fixture: HubFixture) {
    for zone in [
        "list_active",
        "list_needs_you",
        "list_recent",
        "get_badge",
        "list_runs",
    ] {
        let fault = fixture.answer(None, zone, json!({})).await.unwrap_err();
        assert_eq!(
            told(&fault),
            (FaultKind::Unauthenticated, "unauthenticated", None)
        );
    }
}
