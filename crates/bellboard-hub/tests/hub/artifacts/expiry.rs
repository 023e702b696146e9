//! Retention: what has expired is forgotten with everything that hangs on it, unless it still waits for somebody.

use std::time::Duration;

use bellboard_hub::artifact::forget_expired;
use bellboard_hub::decision::release_due;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::world::World as _;
use serde_json::json;

use crate::fixture::{HubFixture, id_in, told};
use crate::races::at_once;

on_each_engine!(
    what_has_expired_is_forgotten_once_nobody_waits,
    what_is_made_anew_while_it_is_forgotten_leaves_nothing_behind,
    what_never_expires_stays,
    an_end_in_the_past_is_refused,
);

const EXPIRY: &str = "2026-11-20T18:40:00Z";

async fn what_has_expired_is_forgotten_once_nobody_waits(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let waits = stage.make("render", json!({"expires_at": EXPIRY})).await;
    let hub = &stage.fixture.hub;
    stage.fixture.world.advance(Duration::from_mins(59));
    assert_eq!(forget_expired(hub).await.unwrap(), 0);
    stage.fixture.world.advance(Duration::from_mins(2));
    assert_eq!(
        forget_expired(hub).await.unwrap(),
        0,
        "it waits for a review"
    );

    let accept = json!({"artifact_id": waits["id"], "decision": "accept", "expected_version": 1, "undo_seconds": 20});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", accept)
        .await;
    assert_eq!(forget_expired(hub).await.unwrap(), 0, "it could be undone");
    stage.fixture.world.advance(Duration::from_secs(20));
    release_due(hub).await.unwrap();
    assert_eq!(forget_expired(hub).await.unwrap(), 1);

    let input = json!({"artifact_id": waits["id"]});
    let fault = stage
        .fixture
        .refused(&stage.owner, "get_artifact", input)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    for nothing in [
        "select count(*) from artifacts",
        "select count(*) from artifact_versions",
        "select count(*) from decisions",
        "select cast(coalesce(sum(held), 0) as bigint) from zone_counts",
    ] {
        assert_eq!(stage.fixture.count(nothing, vec![]).await, 0, "{nothing}");
    }
}

async fn what_is_made_anew_while_it_is_forgotten_leaves_nothing_behind(fixture: HubFixture) {
    const ROUNDS: usize = 20;
    const SHAPES: usize = 8;
    let stage = fixture.stage().await;
    for _ in 0..ROUNDS {
        let mut shapes = Vec::new();
        for _ in 0..SHAPES {
            let soon = stage.fixture.world.now() + Duration::from_secs(1);
            let made = stage
                .make("shape", json!({"expires_at": soon.to_string()}))
                .await;
            let confirm =
                json!({"artifact_id": made["id"], "decision": "confirm", "expected_version": 1});
            stage
                .fixture
                .ok(&stage.owner, "decide_artifact", confirm)
                .await;
            shapes.push(id_in(&made["id"]));
        }
        stage.fixture.world.advance(Duration::from_secs(2));
        let kept = at_once(SHAPES + 1, |number| {
            let (fixture, who) = (stage.fixture.clone(), stage.operator.clone());
            let input = shapes.get(number).map(
                |id| json!({"artifact_id": id, "content": {"inline": {}}, "expected_version": 1}),
            );
            async move {
                match input {
                    Some(input) => fixture
                        .call(&who, "add_artifact_version", input)
                        .await
                        .is_ok(),
                    None => forget_expired(&fixture.hub).await.is_err(),
                }
            }
        })
        .await;
        for (id, renewed) in shapes.iter().zip(&kept) {
            for table in [
                "select count(*) from artifacts where id = $1",
                "select count(*) from needs where item_id = $1",
            ] {
                let held = stage.fixture.count(table, vec![(*id).into()]).await;
                assert_eq!(held, i64::from(*renewed), "{table}");
            }
        }
    }
}

async fn what_never_expires_stays(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = stage.make("transformed_artifact", json!({})).await;
    stage
        .fixture
        .world
        .advance(Duration::from_hours(24 * 3_650));
    assert_eq!(forget_expired(&stage.fixture.hub).await.unwrap(), 0);
    let shown = stage.artifact(id_in(&made["id"])).await;
    assert_eq!(shown, made);
}

async fn an_end_in_the_past_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for at in ["2026-11-20T17:40:00Z", "2020-01-01T00:00:00Z"] {
        let input = json!({"engagement_id": stage.engagement, "kind": "shape", "label": "S",
            "content": {"inline": {}}, "expires_at": at});
        let fault = stage
            .fixture
            .refused(&stage.owner, "create_artifact", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("expires_at"))
        );
    }
}
