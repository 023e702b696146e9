//! The list of bells: each with its state, and what can be done with it by whom.

use std::time::Duration;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::{address, set_bells, subscriptions};
use crate::dashboard_pages::{Scene, has, lacks};
use crate::house::body;
use crate::pages::Browser;

on_each_engine!(
    a_bell_is_muted_tested_and_removed,
    who_only_looks_on_changes_no_bell_of_others,
    each_state_of_a_bell_has_its_word,
    an_archived_dashboard_shows_its_bells_and_no_editor,
    many_bells_come_in_pages,
    the_pages_of_bells_are_small,
);

async fn a_bell_is_muted_tested_and_removed(db: Db) {
    let scene = Scene::set(db).await;
    let bell = scene.bell().await;
    let form = |action: &str| address(&scene, &format!("/{bell}/{action}"));
    let to = scene.browser().submit(&form("mute"), "hours=8").await;
    assert_eq!(to, address(&scene, "?did=mute"));
    has(
        &scene.page(&to).await,
        &[
            "Muted until",
            "Hear it again",
            "Rings when at least 1 row is new.",
        ],
    );
    assert_eq!(
        subscriptions(&scene).await[0]["muted_until"],
        "2026-11-21T01:40:00.000000Z"
    );
    let answer = scene.browser().post(&form("mute"), "hours=1000").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let to = scene.browser().submit(&form("unmute"), "").await;
    has(
        &scene.page(&to).await,
        &["It can be heard again.", "Mute for"],
    );

    let answer = scene.browser().post(&form("test"), "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    has(
        &answer.text().await.unwrap(),
        &[
            "The test arrived.",
            "nothing has changed",
            "it was put into the inbox and the thread",
        ],
    );
    let answer = scene.browser().post(&form("rotate"), "").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    has(
        &answer.text().await.unwrap(),
        &["Only webhooks have a secret.", "role=\"alert\""],
    );
    let answer = scene.browser().post(&form("sell"), "").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);

    has(
        &scene.page("/ui/bells").await,
        &[
            "1 bell that is for you or that you made.",
            "Hypothesis &#60;board&#62;",
        ],
    );
    let to = scene.browser().submit(&form("remove"), "").await;
    has(
        &scene.page(&to).await,
        &["Removed.", "Nobody is told when it changes."],
    );
    has(&scene.page("/ui/bells").await, &["No bell rings for you."]);
    scene.house.close().await;
}

async fn who_only_looks_on_changes_no_bell_of_others(db: Db) {
    let scene = Scene::set(db).await;
    let bell = scene.bell().await;
    let reader = scene.member("Rea", &["reader"]).await;
    let browser = Browser::of(&scene.house, &reader).await;
    let page = browser.page(&address(&scene, "")).await;
    has(
        &page,
        &["Rings when at least 1 row is new.", "in Bellboard"],
    );
    lacks(&page, &["/remove", "by signed webhook", "name=\"mail\""]);
    let form = address(&scene, &format!("/{bell}/remove"));
    let answer = browser.post(&form, "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(subscriptions(&scene).await.len(), 1);
    // Their own bell they may hang up.
    let sent = "kind-0=order&on-0=1&n-0=5&sends=1&to-me=1&act=save";
    let to = browser.submit(&address(&scene, ""), sent).await;
    has(
        &browser.page(&to).await,
        &["<b class=\"name\">You</b>", "/remove"],
    );
    let stranger = scene.house.human(&scene.founder, "Sten").await;
    let browser = Browser::of(&scene.house, &stranger).await;
    for path in [
        address(&scene, ""),
        format!("/ui/deliveries?d={}", scene.board),
    ] {
        assert_eq!(
            browser.open(&path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    scene.house.close().await;
}

async fn each_state_of_a_bell_has_its_word(db: Db) {
    let scene = Scene::set(db).await;
    scene.bell().await;
    let shown = async || scene.page(&address(&scene, "")).await;
    has(&shown().await, &["· Listening", "has not rung"]);
    set_bells(&scene, "update subscriptions set failing_since = 1").await;
    has(
        &shown().await,
        &[
            "· Nothing arrives",
            "What is sent does not arrive; it is tried again.",
        ],
    );
    set_bells(
        &scene,
        "update subscriptions set disabled_at = 2, disabled_reason = 'nothing has arrived for five days'",
    )
    .await;
    has(
        &shown().await,
        &[
            "· Off",
            "Nothing has arrived for five days. A test that arrives switches it on again.",
        ],
    );
    set_bells(
        &scene,
        "update subscriptions set disabled_at = null, failing_since = null, last_rang_at = 1795200000000000,
                                  digest_seconds = 86400, at_most_every_seconds = 5400",
    )
    .await;
    has(
        &shown().await,
        &[
            "At most once per 90 min, told together, every day.",
            "rang <time",
        ],
    );
    has(
        &scene.page("/ui/bells").await,
        &["At most once per 90 min, told together, every day."],
    );
    // A person whose name is known is called by it.
    let reader = scene.member("Rea <b>", &["owner"]).await;
    let browser = Browser::of(&scene.house, &reader).await;
    let page = browser.page(&address(&scene, "")).await;
    has(&page, &["in Bellboard", "/remove"]);
    lacks(&page, &["<b class=\"name\">You</b>"]);
    scene.house.close().await;
}

async fn an_archived_dashboard_shows_its_bells_and_no_editor(db: Db) {
    let scene = Scene::set(db).await;
    scene.bell().await;
    scene.archive().await;
    let page = scene.page(&address(&scene, "")).await;
    has(
        &page,
        &["Rings when at least 1 row is new.", "· Dashboard archived"],
    );
    lacks(
        &page,
        &["Save bell", "This rule would have rung", "· Listening"],
    );
    // What stops it otherwise has no say any more.
    set_bells(
        &scene,
        "update subscriptions set failing_since = 1, muted_until = 4102444800000000",
    )
    .await;
    let own = scene.page("/ui/bells").await;
    has(&own, &["· Dashboard archived"]);
    lacks(
        &own,
        &["· Listening", "it is tried again", "archived until"],
    );
    let sent = "kind-0=order&on-0=1&n-0=5&sends=1&to-me=1&act=save";
    let answer = scene.browser().post(&address(&scene, ""), sent).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    has(
        &answer.text().await.unwrap(),
        &["This dashboard was archived at", "role=\"alert\""],
    );
    assert_eq!(subscriptions(&scene).await.len(), 1);
    scene.house.close().await;
}

async fn many_bells_come_in_pages(db: Db) {
    let scene = Scene::set(db).await;
    let oldest = scene.bell().await;
    let path = format!("/dashboard/{}/subscriptions", scene.board);
    for least in 2..=51 {
        scene.house.advance(Duration::from_secs(1));
        let bell = json!({"subscriber_kind": "persona", "subscriber_id": scene.founder.id,
            "threshold_json": {"set_added_min": least}});
        let request = scene.house.post(&scene.founder, &path, &bell);
        body(request, StatusCode::CREATED).await;
    }
    let page = scene.page(&address(&scene, "")).await;
    let all = format!("bellboard bells list {}</code>", scene.board);
    has(&page, &["<span class=\"n\">51</span>", "Older bells", &all]);
    let row = format!("id=\"bell-{oldest}\"");
    lacks(&page, &[&row]);
    let (_, before) = page.split_once("/bells?before=").unwrap();
    let (before, _) = before.split_once('"').unwrap();
    let page = scene
        .page(&address(&scene, &format!("?before={before}")))
        .await;
    // What is tried in the editor keeps the place in the list.
    let kept = format!("name=\"before\" value=\"{before}\"");
    has(&page, &[&row, "<span class=\"n\">51</span>", &kept]);
    lacks(&page, &["Older bells"]);
    let never = address(&scene, "?before=never");
    let status = scene.browser().open(&never).await.status();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    scene.house.close().await;
}

async fn the_pages_of_bells_are_small(db: Db) {
    let scene = Scene::set(db).await;
    for number in 0..60_u32 {
        let score = 100.0 + f64::from(number % 7) * 9.0;
        scene.push(&[("Amber", score), ("Birch", 90.0)]).await;
        scene.house.advance(Duration::from_hours(1));
    }
    scene.bell().await;
    for path in [
        address(&scene, ""),
        "/ui/bells".to_owned(),
        "/ui/deliveries".to_owned(),
    ] {
        let bytes = scene.browser().bytes_of(&path).await;
        assert!(bytes <= 20 * 1024, "{bytes} bytes of {path}");
    }
    scene.house.close().await;
}
