//! Lists of runs, one run, and what its end rings.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::{Browser, finish, main_of, start};
use crate::house::House;

on_each_engine!(
    the_list_of_runs_is_filtered_by_its_address,
    a_run_can_be_followed_and_asked_to_stop,
    notifications_are_read_one_by_one_or_all,
);

async fn the_list_of_runs_is_filtered_by_its_address(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let north = house.engagement(&founder, "Northrail").await;
    let failed = start(&house, &founder, &aster, "Broken").await;
    finish(&house, &founder, &failed, json!({"outcome": "failed"})).await;
    start(&house, &founder, &north, "Moving").await;
    let browser = Browser::of(&house, &founder).await;
    let listed = |html: &str| {
        let main = main_of(html);
        (main.contains(">Broken</a>"), main.contains(">Moving</a>"))
    };
    for (query, expected) in [
        ("", (true, true)),
        ("?show=now", (false, true)),
        ("?show=ended", (true, false)),
        ("?show=failed&e=aster", (true, false)),
        ("?e=northrail", (false, true)),
        ("?type=test.work", (true, true)),
        ("?type=other.work", (false, false)),
        ("?show=queued", (false, false)),
    ] {
        let html = browser.page(&format!("/ui/runs{query}")).await;
        assert_eq!(listed(&html), expected, "{query}");
    }
    assert!(
        browser
            .page("/ui/runs?show=queued")
            .await
            .contains("No runs match these filters.")
    );
    for query in ["?show=nonsense", "?type=No%20Type", "?before=abc"] {
        let response = browser.open(&format!("/ui/runs{query}")).await;
        assert_eq!(
            response.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{query}"
        );
    }
    house.close().await;
}

async fn a_run_can_be_followed_and_asked_to_stop(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    let run = start(&house, &founder, &aster, "Compare").await;
    let path = format!("/ui/runs/{run}");
    let own = Browser::of(&house, &founder).await;
    assert!(
        own.page(&path)
            .await
            .contains("You will be told when it ends")
    );

    let browser = Browser::of(&house, &mara).await;
    assert!(browser.page(&path).await.contains("aria-pressed=\"false\""));
    let back = format!("back={path}");
    assert_eq!(browser.submit(&format!("{path}/watch"), &back).await, path);
    assert!(browser.page(&path).await.contains("aria-pressed=\"true\""));
    browser.submit(&format!("{path}/unwatch"), &back).await;
    assert!(browser.page(&path).await.contains("aria-pressed=\"false\""));
    browser.submit(&format!("{path}/cancel"), &back).await;
    let html = browser.page(&path).await;
    assert!(html.contains("Mara asked it to stop at"), "{html}");
    assert!(!html.contains("/cancel\""), "{html}");
    let nothing = browser.post(&format!("{path}/explode"), "").await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    house.close().await;
}

async fn notifications_are_read_one_by_one_or_all(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    for label in ["One", "Two", "Three"] {
        let run = start(&house, &founder, &aster, label).await;
        finish(&house, &founder, &run, json!({"outcome": "succeeded"})).await;
    }
    let browser = Browser::of(&house, &founder).await;
    let html = browser.page("/ui/notifications").await;
    assert!(html.contains("3 unread"), "{html}");
    // A phone finds it below *More*, with the same count on the way.
    let more = browser.page("/ui/more").await;
    let link = "</svg>Notifications<span class=\"c\">3<span class=\"vh\"> unread</span>";
    assert!(more.contains(link), "{more}");
    let action = html
        .split("action=\"")
        .filter_map(|part| part.split('"').next())
        .find(|action| action.starts_with("/ui/notifications/0"))
        .unwrap();
    browser.submit(action, "").await;
    assert!(browser.page("/ui/notifications").await.contains("2 unread"));
    browser.submit("/ui/notifications/read", "").await;
    let html = browser.page("/ui/notifications").await;
    assert!(
        html.contains("0 unread") && !html.contains("Mark all read"),
        "{html}"
    );
    house.close().await;
}
