//! "Tell me when it ends": one notification for each who asked, in the same transaction as the end.

use bellboard_hub::call::Caller;
use bellboard_hub::fault::FaultKind;
use serde_json::json;

use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    who_watches_is_told_once,
    the_initiator_is_told_anyway_and_not_twice,
    who_stopped_watching_or_left_is_not_told,
    what_has_ended_cannot_be_watched,
    an_end_and_a_watcher_at_once_miss_nothing,
);

async fn watch(stage: &Stage, who: &Caller, run: uuid::Uuid) -> bool {
    let input = json!({"run_id": run});
    let shown = stage.fixture.ok(who, "get_watch", input).await;
    shown["watching"].as_bool().unwrap()
}

async fn rung(stage: &Stage, who: &Caller) -> u64 {
    let page = stage.fixture.ok(who, "list_notifications", json!({})).await;
    page["total_count"].as_u64().unwrap()
}

async fn who_watches_is_told_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    assert!(!watch(&stage, &stage.reader, run).await);
    for _ in 0..2 {
        let input = json!({"run_id": run});
        stage.fixture.ok(&stage.reader, "watch_run", input).await;
    }
    assert!(watch(&stage, &stage.reader, run).await);
    stage.finish(run, "failed").await;
    assert_eq!(rung(&stage, &stage.reader).await, 1);
    assert_eq!(rung(&stage, &stage.owner).await, 0);
    assert!(!watch(&stage, &stage.reader, run).await);
}

async fn the_initiator_is_told_anyway_and_not_twice(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    assert!(watch(&stage, &stage.operator, run).await);
    stage.on_run("watch_run", run, json!({})).await.unwrap();
    stage.on_run("unwatch_run", run, json!({})).await.unwrap();
    stage.finish(run, "succeeded").await;
    assert_eq!(rung(&stage, &stage.operator).await, 1);
}

async fn who_stopped_watching_or_left_is_not_told(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let input = json!({"run_id": run});
    for who in [&stage.reader, &stage.contributor] {
        stage.fixture.ok(who, "watch_run", input.clone()).await;
    }
    stage.fixture.ok(&stage.reader, "unwatch_run", input).await;
    let left = json!({"engagement_id": stage.engagement, "person_id": stage.contributor.person_id});
    stage.fixture.ok(&stage.owner, "delete_member", left).await;
    stage.finish(run, "failed").await;
    let stored = "select count(*) from notifications";
    assert_eq!(
        stage.fixture.count(stored, vec![]).await,
        1,
        "the initiator's"
    );
}

async fn what_has_ended_cannot_be_watched(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "failed").await;
    let input = json!({"run_id": run});
    let fault = stage
        .fixture
        .refused(&stage.reader, "watch_run", input.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "already_completed", None)
    );
    for verb in ["watch_run", "unwatch_run", "get_watch"] {
        let fault = stage
            .fixture
            .refused(&stage.stranger, verb, input.clone())
            .await;
        assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
    }
}

async fn an_end_and_a_watcher_at_once_miss_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut expected = 0;
    for _ in 0..30 {
        let run = stage.running().await;
        let input = json!({"run_id": run});
        let (watching, _) = tokio::join!(
            stage.fixture.call(&stage.reader, "watch_run", input),
            stage.finish(run, "failed")
        );
        expected += u64::from(watching.is_ok());
        assert_eq!(
            rung(&stage, &stage.reader).await,
            expected,
            "promised and not told"
        );
    }
}
