//! Lists of artifacts: newest version first, over every engagement of the caller and no other.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fixture::{HubFixture, told};

on_each_engine!(
    lists_are_filtered_and_paged,
    nobody_lists_what_is_not_theirs,
    an_unknown_kind_or_state_is_refused,
);

fn ids(items: &[Value]) -> Vec<Value> {
    items.iter().map(|item| item["id"].clone()).collect()
}

async fn lists_are_filtered_and_paged(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let elsewhere = stage.fixture.engagement(&stage.owner, "Elsewhere").await;
    let run = stage.running().await;
    let mut made = Vec::new();
    for number in 0..9 {
        // Three of each moment.
        if number % 3 == 0 {
            stage.fixture.world.advance(Duration::from_secs(1));
        }
        let kind = ["shape", "render", "assertion"][number % 3];
        let more = if kind == "render" {
            json!({"run_id": run})
        } else {
            json!({})
        };
        made.push(stage.make(kind, more).await);
    }
    let input = json!({"engagement_id": elsewhere, "kind": "shape", "label": "S", "content": {"inline": {}}});
    let other = stage
        .fixture
        .ok(&stage.owner, "create_artifact", input)
        .await;
    let confirm =
        json!({"artifact_id": made[0]["id"], "decision": "confirm", "expected_version": 1});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", confirm)
        .await;

    let list = async |filter: Value, limit| {
        stage
            .fixture
            .pages(&stage.owner, "list_artifacts", filter, limit)
            .await
    };
    for limit in [2, 4, 100] {
        let all = list(json!({}), limit).await;
        assert_eq!(all.len(), 10);
        let times: Vec<&str> = all
            .iter()
            .map(|one| one["made_at"].as_str().unwrap())
            .collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
        assert_eq!(
            list(json!({"engagement": stage.engagement}), limit)
                .await
                .len(),
            9
        );
        assert_eq!(list(json!({"kind": "shape"}), limit).await.len(), 4);
        assert_eq!(list(json!({"run_id": run}), limit).await.len(), 3);
        let confirmed = list(json!({"state": "confirmed"}), limit).await;
        assert_eq!(ids(&confirmed), [made[0]["id"].clone()]);
        assert_eq!(confirmed[0]["decision"]["decided_by_name"], "Olive");
        assert_eq!(
            confirmed[0]["content"],
            json!(null),
            "a list is no place for content"
        );
        let there = list(json!({"engagement": elsewhere, "kind": "shape"}), limit).await;
        assert_eq!(ids(&there), [other["id"].clone()]);
    }
}

async fn nobody_lists_what_is_not_theirs(fixture: HubFixture) {
    let stage = fixture.stage().await;
    stage.shape().await;
    let seen = async |who| {
        stage
            .fixture
            .pages(who, "list_artifacts", json!({}), 10)
            .await
            .len()
    };
    assert_eq!(seen(&stage.reader).await, 1);
    assert_eq!(seen(&stage.stranger).await, 0);
}

async fn an_unknown_kind_or_state_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for field in ["kind", "state"] {
        let fault = stage
            .fixture
            .refused(&stage.owner, "list_artifacts", json!({field: "finished"}))
            .await;
        assert_eq!(told(&fault).2, Some(field), "{fault:?}");
        assert!(
            fault.detail.contains("shape") || fault.detail.contains("held"),
            "{fault:?}"
        );
    }
    let id = stage.shape().await;
    for wait in [json!(31), json!(-1), json!("soon")] {
        let fault = stage
            .fixture
            .refused(
                &stage.owner,
                "get_artifact",
                json!({"artifact_id": id, "wait_seconds": wait}),
            )
            .await;
        assert_eq!(told(&fault).2, Some("wait_seconds"));
    }
}
