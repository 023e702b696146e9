//! Threads on the pages of dashboards, runs and artifacts, as a browser without JavaScript meets them.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::dashboard_pages::{Scene, has, lacks};
use crate::house::body;
use crate::pages::{Browser, start};

on_each_engine!(
    a_thread_stands_on_the_page_and_tells_whom_it_mentions,
    what_is_refused_stays_in_the_form,
    runs_and_artifacts_have_threads_too,
);

async fn comments(scene: &Scene, path: &str) -> Vec<Value> {
    let list = body(scene.house.get(&scene.founder, path), StatusCode::OK).await;
    list["items"].as_array().unwrap().clone()
}

async fn a_thread_stands_on_the_page_and_tells_whom_it_mentions(db: Db) {
    let scene = Scene::set(db).await;
    let jonas = scene.member("Jonas", &["reader"]).await;
    let empty = scene.tab("").await;
    has(&empty, &["0 comments", "Tell somebody", ">Jonas</label>"]);
    let place = format!("/ui/comments/dashboards/{}", scene.board);
    let said = format!(
        "body=Is+*this*+right%3F+%3Cb%3E&comment_type=question&mention={}",
        jonas.id
    );
    let back = scene.browser().submit(&place, &said).await;
    assert_eq!(back, format!("/ui/dashboards/{}#thread", scene.board));
    let page = scene.tab("").await;
    has(
        &page,
        &[
            "1 comment",
            "<em>this</em>",
            "&lt;b&gt;",
            "Question",
            "told Jonas",
        ],
    );
    lacks(&page, &["<b>&", "right? <b>"]);
    let asked = comments(&scene, &format!("/dashboard/{}/comments", scene.board)).await;
    let parent = asked[0]["id"].as_str().unwrap();
    let browser = Browser::of(&scene.house, &jonas).await;
    has(&browser.page("/ui/notifications").await, &["mentioned you"]);
    let reply = format!("body=Yes&parent={parent}&mention={}", scene.founder.id);
    browser.submit(&place, &reply).await;
    scene
        .browser()
        .submit(&place, "body=Another+thing&comment_type=")
        .await;
    let page = scene.tab("/changes").await;
    has(&page, &["3 comments", "class=\"answers\""]);
    let order: Vec<usize> = ["<em>this</em>", "<p>Yes</p>", "Another thing"]
        .map(|words| page.find(words).unwrap())
        .into();
    assert!(order.is_sorted(), "{order:?}");
    has(
        &scene.page("/ui/notifications").await,
        &["Jonas mentioned you"],
    );
    scene.house.close().await;
}

async fn what_is_refused_stays_in_the_form(db: Db) {
    let scene = Scene::set(db).await;
    let stranger = scene.house.human(&scene.founder, "Stranger").await;
    let place = format!("/ui/comments/dashboards/{}", scene.board);
    let said = format!(
        "body=Look+at+this&comment_type=evidence&mention={}",
        stranger.id
    );
    let refused = scene.browser().post(&place, &said).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    has(
        &refused.text().await.unwrap(),
        &[
            "role=\"alert\"",
            "is no member of this engagement",
            "Nothing was posted.",
            ">Look at this</textarea>",
            "<option value=\"evidence\" selected>",
        ],
    );
    let alert = scene
        .browser()
        .post(&place, "body=x&comment_type=snapshot_alert")
        .await;
    assert_eq!(alert.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let browser = Browser::of(&scene.house, &stranger).await;
    assert_eq!(browser.open(&place).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        browser.post(&place, "body=x").await.status(),
        StatusCode::NOT_FOUND
    );
    for path in ["/ui/comments/tasks/x", "/ui/comments/runs/x"] {
        assert_eq!(
            scene.browser().open(path).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    has(&scene.tab("").await, &["0 comments"]);
    for number in 0..60 {
        scene
            .browser()
            .submit(&place, &format!("body=Line+{number}."))
            .await;
    }
    let page = scene.tab("").await;
    has(&page, &["60 comments", "Line 59.", "Earlier comments"]);
    lacks(&page, &["Line 9."]);
    let older = page.split(&format!("{place}?before=")).nth(1).unwrap();
    let older = older.split('"').next().unwrap();
    let older = scene.page(&format!("{place}?before={older}")).await;
    has(&older, &["Line 9.", "Line 0."]);
    lacks(&older, &["Line 10."]);
    scene.house.close().await;
}

async fn runs_and_artifacts_have_threads_too(db: Db) {
    let scene = Scene::set(db).await;
    let run = start(&scene.house, &scene.founder, &scene.engagement, "Compare").await;
    let shape = json!({
        "kind": "shape", "label": "Guest policy", "content": {"inline": {"rules": 3}}, "run_id": run,
    });
    let path = format!("/engagements/{}/artifacts", scene.engagement);
    let made = body(
        scene.house.post(&scene.founder, &path, &shape),
        StatusCode::CREATED,
    )
    .await;
    let artifact = made["id"].as_str().unwrap();
    for subject in [format!("runs/{run}"), format!("artifacts/{artifact}")] {
        let place = format!("/ui/comments/{subject}");
        let back = scene.browser().submit(&place, "body=Well+done").await;
        assert_eq!(back, format!("/ui/{subject}#thread"));
        has(
            &scene.page(&format!("/ui/{subject}")).await,
            &["<p>Well done</p>", "1 comment"],
        );
    }
    scene.house.close().await;
}
