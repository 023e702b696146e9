//! What needs somebody is settled by plain forms.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::{Browser, finish, start};
use crate::house::{House, body};

on_each_engine!(
    a_follow_up_is_settled_by_a_plain_form,
    a_task_that_needs_a_human_is_settled_by_a_plain_form,
    a_question_is_answered_by_a_plain_form_and_taken_back,
);

async fn a_follow_up_is_settled_by_a_plain_form(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let run = start(&house, &founder, &aster, "Sync").await;
    finish(&house, &founder, &run, json!({"outcome": "failed"})).await;
    let browser = Browser::of(&house, &founder).await;
    let action = format!("/ui/needs/run_follow_up/{run}");
    let home = browser.page("/?e=aster").await;
    assert!(home.contains(&format!("action=\"{action}\"")), "{home}");
    assert!(home.contains("name=\"back\" value=\"/?e=aster\""), "{home}");

    let place = browser
        .submit(
            &action,
            "act=done&back=%2F%3Fe%3Daster&note=Asked+the+partner",
        )
        .await;
    assert_eq!(place, format!("/?e=aster&did=run_follow_up:{run}"));
    let receipt = browser.page(&place).await;
    assert!(receipt.contains("You dealt with <b>Sync</b>"), "{receipt}");
    assert!(browser.page("/").await.contains("You are clear."));
    let page = browser.page(&format!("/ui/runs/{run}")).await;
    assert!(
        page.contains("Acknowledged: Asked the partner, Founder"),
        "{page}"
    );
    assert!(page.contains("<dt>Dealt with</dt><dd>Founder"), "{page}");
    assert_eq!(
        browser
            .submit(&action, "act=done&back=https://example.com")
            .await,
        "/"
    );
    house.close().await;
}

async fn a_task_that_needs_a_human_is_settled_by_a_plain_form(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster").await;
    let domain = json!({"slug": "rail", "name": "Rail"});
    let lay = json!({"domain": "rail", "slug": "lay", "title": "Lay"});
    let task = json!({"workstream": "lay", "external_id": "T-1", "title": "Build the bridge", "needs_human": true,
                      "intervention_note": "Sign the permit"});
    for (path, what) in [
        ("/domains", domain),
        ("/workstreams", lay),
        ("/tasks", task),
    ] {
        body(house.post(&founder, path, &what), StatusCode::CREATED).await;
    }
    let task = body(house.get(&founder, "/tasks/T-1"), StatusCode::OK).await;
    let action = format!(
        "/ui/needs/task_needs_human/{}",
        task["id"].as_str().unwrap()
    );
    let browser = Browser::of(&house, &founder).await;
    let home = browser.page("/").await;
    assert!(home.contains(&format!("action=\"{action}\"")), "{home}");
    for words in ["Help with task: Build the bridge", "Sign the permit"] {
        assert!(home.contains(words), "{words}: {home}");
    }
    browser.submit(&action, "act=done&back=/").await;
    assert!(browser.page("/").await.contains("You are clear."));
    let task = body(house.get(&founder, "/tasks/T-1"), StatusCode::OK).await;
    assert_eq!(task["needs_human"], false);
    house.close().await;
}

async fn a_question_is_answered_by_a_plain_form_and_taken_back(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let ask = json!({"title": "Delete 14 rows?", "options": [
        {"key": "yes", "label": "Delete them", "consequence": "They are gone."},
        {"key": "no", "label": "Keep"}
    ]});
    let path = format!("/engagements/{aster}/asks");
    let ask = body(house.post(&founder, &path, &ask), StatusCode::CREATED).await;
    let id = ask["id"].as_str().unwrap();
    let browser = Browser::of(&house, &founder).await;
    let home = browser.page("/").await;
    assert!(home.contains("value=\"answer:yes\""), "{home}");
    let open = browser.page(&format!("/?item=ask:{id}")).await;
    assert!(open.contains("They are gone."), "{open}");

    let action = format!("/ui/needs/ask/{id}");
    let place = browser.submit(&action, "act=answer:yes&back=/").await;
    assert_eq!(place, format!("/?did=ask:{id}"));
    let receipt = browser.page(&place).await;
    assert!(
        receipt.contains("You answered <b>Delete 14 rows?</b>"),
        "{receipt}"
    );
    assert!(receipt.contains("value=\"undo\""), "{receipt}");
    assert_eq!(browser.submit(&action, "act=undo&back=/").await, "/");
    let home = browser.page("/").await;
    assert!(home.contains("value=\"answer:yes\""), "{home}");
    house.close().await;
}
