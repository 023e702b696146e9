//! The list of dashboards, and what one of them answers now.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::{Scene, has, lacks};
use crate::house::body;
use crate::pages::Browser;

on_each_engine!(
    the_list_tells_what_changed_last_and_how_many_bells_hang_on_each,
    now_asks_the_question_at_this_moment_and_keeps_nothing,
    numbers_that_are_ids_are_names,
    what_is_not_yours_has_no_page,
);

async fn the_list_tells_what_changed_last_and_how_many_bells_hang_on_each(db: Db) {
    let scene = Scene::set(db).await;
    let list = scene.page("/ui/dashboards").await;
    has(
        &list,
        &[
            "1 dashboard. ",
            "Hypothesis &#60;board&#62;",
            "No snapshot yet.",
            "snapshot when somebody asks",
            "0 bells",
            "href=\"/ui/dashboards\" aria-current=\"page\"",
        ],
    );
    lacks(&list, &["<board>", "class=\"rib\""]);
    scene.push(&[("Apoe", 0.81), ("Tau", 0.79)]).await;
    let list = scene.page("/ui/dashboards").await;
    has(&list, &["One snapshot; nothing to compare it with yet."]);
    let changed = scene.push(&[("Apoe", 0.81), ("Tau", 0.9)]).await;
    // An unchanged one does not hide what changed last.
    scene.push(&[("Apoe", 0.81), ("Tau", 0.9)]).await;
    scene.bell().await;
    let list = scene.page("/ui/dashboards").await;
    has(
        &list,
        &[
            "Tau took the lead from second. 1 row changed score.",
            "1 bell<",
            &format!("/changes?b={changed}\">Hypothesis"),
        ],
    );
    assert_eq!(list.matches("rx=\"1.5\"/>").count(), 3, "{list}");
    scene
        .push(&[("Apoe", 0.81), ("Tau", 0.9), ("Sleep", 0.1)])
        .await;
    let list = scene.page("/ui/dashboards").await;
    has(&list, &["1 row is new.", "<rect class=\"ring\""]);
    scene.archive().await;
    lacks(&scene.page("/ui/dashboards").await, &["Hypothesis"]);
    let archived = scene.page("/ui/dashboards?archived=1").await;
    has(&archived, &["1 dashboard out of use.", "Hypothesis"]);
    scene.house.close().await;
}

async fn now_asks_the_question_at_this_moment_and_keeps_nothing(db: Db) {
    let scene = Scene::set(db).await;
    has(&scene.tab("").await, &["No rows yet."]);
    scene.push(&[("Apoe", 0.66), ("Tau <b>", 0.795)]).await;
    let now = scene.tab("").await;
    has(
        &now,
        &[
            "2 rows match.",
            "What it answers now",
            &format!("<code>bellboard dashboards show {}</code>", scene.board),
            "<th scope=\"row\">Tau &#60;b&#62;</th>",
            "<td class=\"r\">0.660</td>",
            "<td class=\"r\">0.795</td>",
            "aria-current=\"page\">Now</a>",
        ],
    );
    let snapshots = format!("/dashboard/{}/snapshots", scene.board);
    let kept = async || {
        let list = scene.house.get(&scene.founder, &snapshots);
        body(list, StatusCode::OK).await["total_count"].clone()
    };
    assert_eq!(kept().await, 1);
    let take = format!("/ui/dashboards/{}/snapshot", scene.board);
    let place = scene.browser().submit(&take, "").await;
    assert!(place.starts_with(&format!("/ui/dashboards/{}", scene.board)));
    assert_eq!(kept().await, 2);
    let many: Vec<(String, f64)> = (0..130).map(|n| (format!("R{n}"), f64::from(n))).collect();
    let many: Vec<(&str, f64)> = many.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    scene.push(&many).await;
    let first = scene.tab("").await;
    has(
        &first,
        &["130 rows match.", ">R30<", "?from=101\">Rows after"],
    );
    lacks(&first, &[">R29<", "Rows before"]);
    let rest = scene.tab("?from=101").await;
    has(&rest, &[">R29<", ">R0<", "?from=1\">Rows before"]);
    lacks(&rest, &[">R30<", "Rows after"]);
    scene.archive().await;
    let archived = scene.tab("").await;
    has(
        &archived,
        &["What it answered last", "stays readable", ">R129<"],
    );
    lacks(&archived, &["Take snapshot"]);
    let refused = scene.browser().post(&take, "").await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    has(
        &refused.text().await.unwrap(),
        &["role=\"alert\"", "No snapshot was taken."],
    );
    scene.house.close().await;
}

async fn numbers_that_are_ids_are_names(db: Db) {
    let scene = Scene::set(db).await;
    for score in [10_000, 20_000] {
        let row = json!({"id": 20_261_122, "name": "Apoe", "score": score});
        scene.push_rows(&json!([row])).await;
    }
    let now = scene.tab("").await;
    has(
        &now,
        &["<td>20261122</td>", "<td class=\"r\">20\u{202f}000</td>"],
    );
    let changes = scene.tab("/changes").await;
    has(&changes, &["Score was"]);
    let editor = scene.tab("/bells").await;
    has(&editor, &["<option value=\"score\" selected>"]);
    lacks(&editor, &["<option value=\"id\""]);
    scene.house.close().await;
}

async fn what_is_not_yours_has_no_page(db: Db) {
    let scene = Scene::set(db).await;
    let stranger = scene.house.human(&scene.founder, "Stranger").await;
    let reader = scene.member("Reader", &["reader"]).await;
    let page = format!("/ui/dashboards/{}", scene.board);
    let browser = Browser::of(&scene.house, &stranger).await;
    for path in [page.as_str(), "/ui/dashboards/no-id"] {
        assert_eq!(browser.open(path).await.status(), StatusCode::NOT_FOUND);
    }
    let take = format!("{page}/snapshot");
    let refused = browser.post(&take, "").await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    lacks(&browser.page("/ui/dashboards").await, &["Hypothesis"]);
    let browser = Browser::of(&scene.house, &reader).await;
    lacks(&browser.page(&page).await, &["Take snapshot"]);
    let refused = browser.post(&take, "").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    scene.house.close().await;
}
