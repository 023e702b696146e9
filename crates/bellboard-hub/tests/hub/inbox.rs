//! The inbox, and one engagement in a handful of numbers.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use crate::crowd::{Crowd, field};
use crate::fixture::{HubFixture, id_in, told};

on_each_engine!(
    the_inbox_comes_in_pages_newest_first,
    reading_is_remembered_and_settles_nothing,
    somebody_elses_notification_does_not_exist,
    the_summary_counts_what_the_zones_hold,
);

async fn the_inbox_comes_in_pages_newest_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut runs = Vec::new();
    for number in 0..9 {
        let run = stage.running().await;
        stage.finish(run, "succeeded").await;
        runs.insert(0, json!(run));
        stage
            .fixture
            .world
            .advance(Duration::from_micros(number % 2));
    }
    for limit in [1, 2, 4, 9, 50] {
        let shown = stage
            .fixture
            .pages(&stage.operator, "list_notifications", json!({}), limit)
            .await;
        assert_eq!(field(&shown, "run_id"), runs, "by {limit}");
    }
}

async fn reading_is_remembered_and_settles_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..3 {
        let run = stage.running().await;
        stage.finish(run, "failed").await;
    }
    let unread = || async {
        let count = stage
            .fixture
            .ok(&stage.operator, "get_unread_count", json!({}))
            .await;
        let input = json!({"unread": "true"});
        let page = stage
            .fixture
            .ok(&stage.operator, "list_notifications", input)
            .await;
        assert_eq!(page["total_count"], count["unread"]);
        count["unread"].as_u64().unwrap()
    };
    assert_eq!(unread().await, 3);
    let all = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    let one = json!({"notification_id": all["items"][1]["id"]});
    let left = stage
        .fixture
        .ok(&stage.operator, "read_notification", one.clone())
        .await;
    assert_eq!(left["unread"], 2);
    let read_at = stage.fixture.hub.now();
    stage.fixture.world.advance(Duration::from_secs(1));
    stage
        .fixture
        .ok(&stage.operator, "read_notification", one)
        .await;
    let all = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    assert_eq!(
        all["items"][1]["read_at"],
        json!(read_at),
        "the first reading stands"
    );
    stage
        .fixture
        .ok(&stage.operator, "read_all_notifications", json!({}))
        .await;
    assert_eq!(unread().await, 0);
    let waits = stage
        .fixture
        .ok(&stage.operator, "get_badge", json!({}))
        .await;
    assert_eq!(waits["needs_you"], 3);
}

async fn somebody_elses_notification_does_not_exist(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "failed").await;
    let all = stage
        .fixture
        .ok(&stage.operator, "list_notifications", json!({}))
        .await;
    let foreign = json!({"notification_id": all["items"][0]["id"]});
    let never = json!({"notification_id": "01a1fa0b-3180-7000-8000-000000000000"});
    let fault = stage
        .fixture
        .refused(&stage.owner, "read_notification", foreign)
        .await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
    let missing = stage
        .fixture
        .refused(&stage.owner, "read_notification", never)
        .await;
    assert_eq!(fault, missing);
    stage
        .fixture
        .ok(&stage.owner, "read_all_notifications", json!({}))
        .await;
    let unread = stage
        .fixture
        .ok(&stage.operator, "get_unread_count", json!({}))
        .await;
    assert_eq!(unread["unread"], 1);
}

async fn the_summary_counts_what_the_zones_hold(fixture: HubFixture) {
    let mut crowd = Crowd::gather(fixture, 2, 11).await;
    crowd.happen_often(120).await;
    for place in crowd.places.clone() {
        let input = json!({"engagement_id": place});
        let summary = crowd
            .fixture
            .ok(&crowd.owner, "get_activity_summary", input)
            .await;
        let held = |zone: &'static str, kind: &'static str| {
            let crowd = &crowd;
            async move {
                let input = json!({"engagement": place, "kind": kind, "limit": 1});
                crowd.fixture.ok(&crowd.owner, zone, input).await["total_count"].clone()
            }
        };
        assert_eq!(
            summary["shaping"]["running"],
            held("list_active", "shape_production").await
        );
        assert_eq!(
            summary["rendering"]["running"],
            held("list_active", "render_production").await
        );
        let others = "run,composition,external_polling";
        assert_eq!(
            summary["runs"]["running"],
            held("list_active", others).await
        );
        let waiting = "run_follow_up,external_failure";
        assert_eq!(
            summary["runs"]["pending_action"],
            held("list_needs_you", waiting).await
        );
    }
    let stranger = crowd.fixture.human(&crowd.owner, "Nobody here").await;
    let input = json!({"engagement_id": crowd.places[0]});
    let fault = crowd
        .fixture
        .refused(&stranger, "get_activity_summary", input)
        .await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
    let invented = id_in(&json!("01a1fa0b-3180-7000-8000-000000000000"));
    let input = json!({"engagement_id": invented});
    let missing = crowd
        .fixture
        .refused(&stranger, "get_activity_summary", input)
        .await;
    assert_eq!(fault, missing);
}
