//! The list of snapshots: picked, downloaded and drawn.

use bellboard_hub::db::Db;
use reqwest::StatusCode;

use super::{Scene, has, lacks};

on_each_engine!(snapshots_are_picked_downloaded_and_drawn,);

async fn snapshots_are_picked_downloaded_and_drawn(db: Db) {
    let scene = Scene::set(db).await;
    has(&scene.tab("/snapshots").await, &["No snapshot yet."]);
    let first = scene.push(&[("Apoe", 3.0), ("Tau", 2.0)]).await;
    let second = scene.push(&[("Apoe", 3.0), ("Tau", 4.0)]).await;
    let few = scene.tab("/snapshots").await;
    has(
        &few,
        &[
            "2 snapshots, kept for 400 days.",
            "The first that is kept.",
            "1 row changed.",
            "pushed rows",
            &format!("name=\"a\" value=\"{first}\" checked"),
            &format!("name=\"b\" value=\"{second}\" checked"),
            &format!("href=\"/api/snapshots/{second}/download?form=csv\""),
            &format!("<code>bellboard dashboards snapshot {}</code>", scene.board),
        ],
    );
    lacks(&few, &["class=\"bump\""]);
    let csv = format!("/api/snapshots/{second}/download?form=csv");
    let csv = scene.browser().open(&csv).await;
    assert_eq!(csv.status(), StatusCode::OK);
    assert!(csv.text().await.unwrap().starts_with("id,name,score"));
    let third = scene.push(&[("Sleep", 9.0), ("Tau", 4.0)]).await;
    let many = scene.tab("/snapshots").await;
    has(
        &many,
        &[
            "How the first ranks moved over 3 snapshots",
            "class=\"bump\"",
            "<path class=\"mv\" d=\"M0 54C50 54 50 18 100 18\"/>",
            "not among the first",
            "Compare the two that are picked",
        ],
    );
    // The form is a plain address.
    let picked = scene.tab(&format!("/changes?a={first}&b={second}")).await;
    has(&picked, &["Tau took the lead from second."]);
    for number in 0..50 {
        scene.push(&[("Apoe", f64::from(number))]).await;
    }
    let newest = scene.tab("/snapshots").await;
    assert_eq!(newest.matches("name=\"a\"").count(), 48);
    let older = newest.split("snapshots?before=").nth(1).unwrap();
    let older = older.split('"').next().unwrap();
    let older = scene.tab(&format!("/snapshots?before={older}")).await;
    assert_eq!(older.matches("name=\"a\"").count(), 5);
    lacks(&older, &["class=\"bump\"", "Older snapshots"]);
    the_way_goes_on_behind_the_newest(&scene, &second, &third).await;
    scene.house.close().await;
}

/// From snapshots that stand in no list of the newest, links lead to the one before and to the one after.
async fn the_way_goes_on_behind_the_newest(scene: &Scene, second: &str, third: &str) {
    let link = |rel: &str, id: &str| {
        let board = &scene.board;
        format!("rel=\"{rel}\" href=\"/ui/dashboards/{board}/changes?b={id}\"")
    };
    let page = scene.tab(&format!("/changes?b={second}")).await;
    has(&page, &[&link("next", third)]);
    lacks(&page, &["rel=\"prev\""]);
    let page = scene.tab(&format!("/changes?b={third}")).await;
    has(&page, &[&link("prev", second), "rel=\"next\""]);
}
