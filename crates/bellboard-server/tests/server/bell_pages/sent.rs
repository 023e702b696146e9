//! What bells sent: the deliveries, tried again or waiting, and the ledger of what was decided.

use std::time::Duration;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::{address, deliveries, history, rows_changed};
use crate::dashboard_pages::{Scene, has, lacks};
use crate::house::body;
use crate::pages::Browser;

on_each_engine!(
    p6_8_what_was_given_up_is_tried_again_from_its_page,
    a_test_that_died_is_not_offered_again,
    the_ledger_says_what_was_decided,
    the_ledger_says_for_whom_as_far_as_the_reader_may_know,
);

async fn p6_8_what_was_given_up_is_tried_again_from_its_page(db: Db) {
    let scene = Scene::set(db).await;
    scene.bell().await;
    scene.push(&[("Amber", 1.0)]).await;
    // A picture of the same moment would be dated a little later, and its bells with it.
    scene.house.advance(Duration::from_hours(1));
    scene.push(&[("Amber", 1.0), ("Birch", 2.0)]).await;
    settled(&scene, "delivered").await;
    let list = scene
        .page(&format!("/ui/deliveries?d={}", scene.board))
        .await;
    has(
        &list,
        &[
            "1 delivery matches.",
            "Delivered",
            "To you in Bellboard",
            "1 try",
        ],
    );
    let delivery = deliveries(&scene).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = scene.page(&format!("/ui/deliveries/{delivery}")).await;
    has(&page, &["Arrived", "dashboard.diverged", "See change"]);
    the_first_snapshot_is_forgotten(&scene, &delivery).await;
    let replay = format!("/ui/deliveries/{delivery}/replay");
    let answer = scene.browser().post(&replay, "").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    has(
        &answer.text().await.unwrap(),
        &["Only what is dead or cancelled is replayed."],
    );

    give_up(&scene).await;
    let list = scene.page("/ui/deliveries?status=dead").await;
    has(&list, &["Given up", "Try again", "Try them again"]);
    let to = scene.browser().submit(&replay, "").await;
    has(
        &scene.page(&to).await,
        &["It is tried again, with the same id"],
    );
    settled(&scene, "delivered").await;
    give_up(&scene).await;
    scene.house.advance(Duration::from_mins(1));
    let range = format!("hours=24&d={}", scene.board);
    let to = scene
        .browser()
        .submit("/ui/deliveries/replay", &range)
        .await;
    has(&scene.page(&to).await, &["1 delivery is tried again."]);
    settled(&scene, "delivered").await;
    let to = scene
        .browser()
        .submit("/ui/deliveries/replay", &range)
        .await;
    has(
        &scene.page(&to).await,
        &["Nothing that can be sent again was given up in that time."],
    );
    let answer = scene
        .browser()
        .post("/ui/deliveries/replay", "hours=0")
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    scene.house.close().await;
}

async fn a_test_that_died_is_not_offered_again(db: Db) {
    let scene = Scene::set(db).await;
    let bell = scene.bell().await;
    let test = address(&scene, &format!("/{bell}/test"));
    let answer = scene.browser().post(&test, "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    give_up(&scene).await;
    let list = scene.page("/ui/deliveries?status=dead").await;
    has(&list, &["Test: Hypothesis", "Given up"]);
    lacks(&list, &["Try again", "Try them again"]);
    let sent = deliveries(&scene).await;
    let delivery = sent[0]["id"].as_str().unwrap();
    let page = scene.page(&format!("/ui/deliveries/{delivery}")).await;
    has(&page, &["Test: Hypothesis", "Given up"]);
    lacks(&page, &["Try again"]);
    scene.house.close().await;
}

async fn the_ledger_says_what_was_decided(db: Db) {
    let scene = Scene::set(db).await;
    scene.bell().await;
    history(&scene).await;
    let all = scene
        .page(&format!("/ui/dashboards/{}/ledger", scene.board))
        .await;
    has(&all, &["First snapshot", "Not met", "Rang"]);
    let ledger = scene
        .page(&format!("/ui/dashboards/{}/ledger?which=met", scene.board))
        .await;
    has(&ledger, &["Rang", "Cedar", "See change"]);
    lacks(&ledger, &["First snapshot"]);
    scene.house.close().await;
}

async fn the_ledger_says_for_whom_as_far_as_the_reader_may_know(db: Db) {
    let scene = Scene::set(db).await;
    let bell = scene.bell().await;
    let hook = json!({"subscriber_kind": "webhook", "subscriber_id": "https://example.com/bells",
        "threshold_json": {"set_added_min": 1}});
    let path = format!("/dashboard/{}/subscriptions", scene.board);
    let request = scene.house.post(&scene.founder, &path, &hook);
    body(request, StatusCode::CREATED).await;
    // More bells than the page lists stand before these.
    for least in 2..=51 {
        scene.house.advance(Duration::from_secs(1));
        let one = json!({"subscriber_kind": "persona", "subscriber_id": scene.founder.id,
            "threshold_json": {"set_added_min": least}});
        let request = scene.house.post(&scene.founder, &path, &one);
        body(request, StatusCode::CREATED).await;
    }
    history(&scene).await;
    let url = format!("/ui/dashboards/{}/ledger?which=met", scene.board);
    let ledger = scene.page(&url).await;
    let hooked = "https://example.com/bells by signed webhook";
    has(&ledger, &["<span class=\"dim\">You in Bellboard", hooked]);
    lacks(&ledger, &["a bell that is gone"]);
    let reader = scene.member("Rea", &["reader"]).await;
    let seen = Browser::of(&scene.house, &reader).await.page(&url).await;
    has(&seen, &["https://example.com/\u{2026} by signed webhook"]);
    lacks(&seen, &["example.com/bells"]);
    let remove = address(&scene, &format!("/{bell}/remove"));
    scene.browser().submit(&remove, "").await;
    has(&scene.page(&url).await, &["a bell that is gone", hooked]);
    scene.house.close().await;
}

/// From then on nothing leads to it.
async fn the_first_snapshot_is_forgotten(scene: &Scene, delivery: &str) {
    let url = format!("/ui/dashboards/{}/ledger", scene.board);
    has(&scene.page(&url).await, &["See change"]);
    let forgotten = "delete from snapshots where number = 1";
    assert_eq!(rows_changed(scene, forgotten).await, 1);
    let page = scene.page(&format!("/ui/deliveries/{delivery}")).await;
    has(&page, &["Arrived", "dashboard.diverged"]);
    lacks(&page, &["See change"]);
    lacks(&scene.page(&url).await, &["See change"]);
}

/// Waits until the one delivery stands so.
async fn settled(scene: &Scene, status: &str) {
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while deliveries(scene).await[0]["status"] != status {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "{:?}", deliveries(scene).await);
}

/// As if it had been tried for days.
async fn give_up(scene: &Scene) {
    let text = "update deliveries set status = 'dead', next_attempt_at = null";
    assert_eq!(rows_changed(scene, text).await, 1);
}
