//! What a person chooses for themselves.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::Browser;
use crate::house::{House, body};

on_each_engine!(settings_hold_on_every_browser,);

/// What a person chooses holds on all their browsers, and for nobody else; the address wins for one page.
async fn settings_hold_on_every_browser(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let other = house.human(&founder, "Mara").await;
    let browser = Browser::of(&house, &founder).await;
    let home = browser.page("/").await;
    assert!(
        !home.contains("data-theme") && !home.contains("data-keys"),
        "{home}"
    );
    assert!(home.contains("data-undo=\"8\""), "{home}");
    let chosen = "theme=light&undo_seconds=20";
    let place = browser.submit("/ui/settings", chosen).await;
    assert_eq!(place, "/ui/settings?saved=1");
    let page = browser.page(&place).await;
    assert!(
        page.contains("Saved") && page.contains("value=\"light\" checked"),
        "{page}"
    );

    let second = Browser::of(&house, &founder).await;
    let home = second.page("/").await;
    for words in [
        "data-theme=\"light\"",
        "data-keys=\"off\"",
        "data-undo=\"20\"",
    ] {
        assert!(home.contains(words), "{words}: {home}");
    }
    assert!(
        second
            .page("/?theme=dark")
            .await
            .contains("data-theme=\"dark\"")
    );
    let theirs = Browser::of(&house, &other).await.page("/").await;
    assert!(!theirs.contains("data-theme"), "{theirs}");

    for (fields, field) in [
        ("theme=pink&undo_seconds=8", "theme"),
        ("theme=dark&undo_seconds=9", "undo_seconds"),
        ("theme=dark&undo_seconds=soon", "undo_seconds"),
    ] {
        let refused = browser.post("/ui/settings", fields).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields}"
        );
        assert!(refused.text().await.unwrap().contains(field), "{fields}");
    }
    let kept = body(house.get(&founder, "/me/settings"), StatusCode::OK).await;
    let expected = json!({"theme": "light", "single_keys": false, "undo_seconds": 20});
    assert_eq!(kept, expected, "what was refused changed nothing");
    house.close().await;
}
