//! The acceptance tests that artifacts carry.

use std::time::Duration;

use bellboard_hub::world::World as _;
use serde_json::{Value, json};

use super::{finish, page, start};
use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    test_needs_you_pending_shapes,
    test_needs_you_held_assertions,
    test_recent_completed_renders,
    test_recent_with_download_url,
);

async fn waits_until_decided(
    stage: &Stage,
    kind: &str,
    need: &str,
    title: &str,
    decisions: [&str; 2],
) {
    let made = stage.make(kind, json!({})).await;
    let shown = page(stage, "list_needs_you", json!({"kind": need})).await;
    assert_eq!(shown["total_count"], 1);
    let item = &shown["items"][0];
    assert_eq!(item["item_kind"], need);
    assert_eq!(item["item_id"], made["id"]);
    assert_eq!(item["item_label"], title);
    assert_eq!(item["engagement_name"], "Aster Bank");
    let offered: Vec<&str> = item["actions"].as_array().unwrap()[1..]
        .iter()
        .map(|action| action["body"]["decision"].as_str().unwrap())
        .collect();
    assert_eq!(offered, decisions);
    let body = json!({"artifact_id": made["id"], "decision": decisions[0], "expected_version": 1});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", body)
        .await;
    let shown = page(stage, "list_needs_you", json!({})).await;
    assert_eq!(shown["items"], json!([]));
    assert_eq!(shown["total_count"], 0);
}

async fn test_needs_you_pending_shapes(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let title = "Confirm shape: Target policy, version 1";
    let decisions = ["confirm", "reject"];
    waits_until_decided(&stage, "shape", "pending_shape", title, decisions).await;
}

async fn test_needs_you_held_assertions(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let title = "Commit assertion: Target policy";
    let decisions = ["commit", "discard"];
    waits_until_decided(&stage, "assertion", "held_assertion", title, decisions).await;
}

async fn test_recent_completed_renders(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = start(&stage, stage.engagement, "composition", "Compose").await;
    finish(&stage, run, "succeeded").await;
    let made = stage.make("render", json!({})).await;
    let shown = page(&stage, "list_recent", json!({})).await;
    assert_eq!(shown["total_count"], 2);
    assert_eq!(shown["items"][0]["artifact_kind"], "render");
    assert_eq!(shown["items"][0]["artifact_id"], made["id"]);
    assert_eq!(shown["items"][1]["artifact_kind"], "run");
    // Reviewing takes it out of needs-you only.
    let body = json!({"artifact_id": made["id"], "decision": "accept", "expected_version": 1});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", body)
        .await;
    let needs = page(&stage, "list_needs_you", json!({})).await;
    assert_eq!(needs["total_count"], 0);
    let renders = page(&stage, "list_recent", json!({"kind": "render"})).await;
    assert_eq!(renders["total_count"], 1);
    assert_eq!(renders["items"][0]["artifact_id"], made["id"]);
    let runs = stage.fixture.ok(&stage.owner, "list_runs", json!({})).await;
    assert_eq!(runs["total_count"], 1, "artifacts are no runs");
}

async fn test_recent_with_download_url(fixture: HubFixture) {
    let stage = fixture.stage().await;
    stage
        .fixture
        .execute(
            "insert into contents (engagement_id, digest, stored_as, size, uploaded_by, created_at)
             values ($1, $2, $1, 3, $3, $4)",
            vec![
                stage.engagement.into(),
                vec![7_u8; 32].into(),
                stage.owner.person_id.into(),
                stage.fixture.world.now().into(),
            ],
        )
        .await;
    let digest = format!("sha-256:{}", "07".repeat(32));
    let file = |name| json!({"name": name, "digest": digest});
    for (files, kind) in [
        (vec![file("a.pdf")], "binary_blob"),
        (vec![file("a.pdf"), file("b.pdf")], "multi_file"),
    ] {
        let made = stage
            .make("render", json!({"content": {"files": files}}))
            .await;
        assert_eq!(made["content_kind"], kind);
        let shown = page(&stage, "list_recent", json!({"limit": 1})).await;
        assert_eq!(shown["items"][0]["artifact_id"], made["id"]);
        let address = format!("/artifacts/{}/download", made["id"].as_str().unwrap());
        assert_eq!(shown["items"][0]["download_url"], address);
        stage.fixture.world.advance(Duration::from_secs(1));
    }
    let made = stage.make("transformed_artifact", json!({})).await;
    let shown = page(&stage, "list_recent", json!({"limit": 1})).await;
    assert_eq!(shown["items"][0]["artifact_id"], made["id"]);
    assert_eq!(shown["items"][0]["download_url"], Value::Null);
}
