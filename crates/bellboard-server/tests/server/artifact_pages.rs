//! The page of an artifact, as a browser without JavaScript meets it.

use std::time::Duration;

use bellboard_hub::db::Db;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::{Browser, start};

on_each_engine!(
    an_artifact_is_decided_and_taken_back_by_plain_forms,
    an_undo_that_comes_too_late_is_refused_in_place,
    who_comes_second_is_told_who_was_first,
    a_reader_of_an_artifact_sees_no_decisions,
    a_run_names_what_it_made,
    what_content_hides_is_shown,
    a_version_of_the_history_is_downloaded_if_it_has_files,
);

/// Makes a shape and gives its page.
pub async fn shape(house: &House, person: &Person, engagement: &str, fields: Value) -> String {
    let mut input = json!({
        "kind": "shape", "label": "Guest access policy",
        "content": {"inline": {"guests": "must use a compliant device", "session": {"hours": 12}}},
    });
    for (name, value) in fields.as_object().unwrap() {
        input[name] = value.clone();
    }
    let path = format!("/engagements/{engagement}/artifacts");
    let made = body(house.post(person, &path, &input), StatusCode::CREATED).await;
    format!("/ui/artifacts/{}", made["id"].as_str().unwrap())
}

async fn an_artifact_is_decided_and_taken_back_by_plain_forms(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let page = shape(
        &house,
        &founder,
        &aster,
        json!({"detail": "<b>Who</b> may come in"}),
    )
    .await;
    let browser = Browser::of(&house, &founder).await;
    let shown = browser.page(&page).await;
    for words in [
        "Pending confirmation",
        "must use a compliant device",
        "&#60;b&#62;Who",
        "value=\"confirm\"",
        "Version 1 by Founder",
        "Shape 1",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let decide = format!("{page}/decide");
    let refused = browser
        .post(&decide, "decision=reject&note=&expected_version=1")
        .await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told = refused.text().await.unwrap();
    assert!(told.contains("needs a note"), "{told}");
    assert!(
        told.contains("value=\"reject\""),
        "the form is still there: {told}"
    );

    let sent = "decision=reject&note=Guests+need+a+device&expected_version=1";
    assert_eq!(browser.submit(&decide, sent).await, page);
    let shown = browser.page(&page).await;
    for words in [
        "You rejected it",
        "Takes effect at",
        "17:40:08",
        "Guests need a device",
        ">Undo<",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("value=\"confirm\""), "{shown}");
    let undo = format!("{page}/undo");
    assert_eq!(browser.submit(&undo, "").await, page);
    let shown = browser.page(&page).await;
    assert!(
        shown.contains("value=\"confirm\"") && shown.contains("and took it back"),
        "{shown}"
    );

    house.close().await;
}

async fn what_content_hides_is_shown(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let browser = Browser::of(&house, &founder).await;
    let hidden = json!({"amo\u{202E}unt": "10\u{200B}0\u{7}"});
    for content in [hidden.clone(), json!({"below": hidden})] {
        let page = shape(
            &house,
            &founder,
            &aster,
            json!({"content": {"inline": content}}),
        )
        .await;
        let shown = browser.page(&page).await;
        let bare = ['\u{202E}', '\u{200B}', '\u{7}'];
        assert!(!shown.contains(bare), "{shown}");
        assert!(
            shown.contains("amo[U+202E]unt") && shown.contains("10[U+200B]0"),
            "{shown}"
        );
    }
    house.close().await;
}

async fn a_version_of_the_history_is_downloaded_if_it_has_files(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let put = house
        .request(Method::PUT, &format!("/engagements/{aster}/content"))
        .bearer_auth(&founder.token)
        .body("days: 14");
    let digest = body(put, StatusCode::CREATED).await["digest"].clone();
    let files = json!({"files": [{"name": "policy.txt", "digest": digest}]});
    let browser = Browser::of(&house, &founder).await;
    let inline = json!({"inline": {"days": 7}});
    for (first, second, downloads) in [
        (files.clone(), inline.clone(), [true, false]),
        (inline, files, [false, true]),
    ] {
        let page = shape(&house, &founder, &aster, json!({"content": first})).await;
        let id = page.rsplit('/').next().unwrap();
        let next = json!({"content": second, "expected_version": 1});
        let path = format!("/artifacts/{id}/versions");
        body(house.post(&founder, &path, &next), StatusCode::CREATED).await;
        let shown = browser.page(&page).await;
        for (version, there) in (1..).zip(downloads) {
            let link = format!("/artifacts/{id}/download?version={version}\"");
            assert_eq!(shown.contains(&link), there, "{link}: {shown}");
        }
    }
    house.close().await;
}

async fn an_undo_that_comes_too_late_is_refused_in_place(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let page = shape(&house, &founder, &aster, json!({})).await;
    let browser = Browser::of(&house, &founder).await;
    let (decide, undo) = (format!("{page}/decide"), format!("{page}/undo"));
    browser
        .submit(&decide, "decision=confirm&expected_version=1")
        .await;
    house.advance(Duration::from_secs(9));
    let shown = browser.page(&page).await;
    assert!(
        shown.contains("You confirmed it") && !shown.contains(">Undo<"),
        "{shown}"
    );
    let late = browser.post(&undo, "").await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert_eq!(
        browser.open(&undo).await.headers()["location"],
        page.as_str()
    );
    assert_eq!(
        browser.open("/ui/artifacts/nothing").await.status(),
        StatusCode::NOT_FOUND
    );
    house.close().await;
}

async fn who_comes_second_is_told_who_was_first(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let jonas = house.member(&founder, &aster, "Jonas", &["operator"]).await;
    let page = shape(&house, &founder, &aster, json!({})).await;
    let decide = format!("{page}/decide");
    let theirs = Browser::of(&house, &jonas).await;
    theirs
        .submit(&decide, "decision=confirm&expected_version=1")
        .await;
    let mine = Browser::of(&house, &founder).await;
    let sent = "decision=reject&note=no&expected_version=1";
    let second = mine.post(&decide, sent).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    let told = second.text().await.unwrap();
    for words in ["Jonas confirmed", "role=\"alert\"", "Guest access policy"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("Go to Home"), "no error page: {told}");
    house.close().await;
}

async fn a_reader_of_an_artifact_sees_no_decisions(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let rita = house.member(&founder, &aster, "Rita", &["reader"]).await;
    let stranger = house.human(&founder, "Stranger").await;
    let page = shape(&house, &founder, &aster, json!({})).await;
    let theirs = Browser::of(&house, &rita).await;
    let shown = theirs.page(&page).await;
    assert!(shown.contains("You read here"), "{shown}");
    assert!(!shown.contains("name=\"decision\""), "{shown}");
    let sent = "decision=confirm&expected_version=1";
    let refused = theirs.post(&format!("{page}/decide"), sent).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let unseen = Browser::of(&house, &stranger).await.open(&page).await;
    assert_eq!(unseen.status(), StatusCode::NOT_FOUND);
    house.close().await;
}

async fn a_run_names_what_it_made(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let run = start(&house, &founder, &aster, "Shape it").await;
    let page = shape(&house, &founder, &aster, json!({"run_id": run})).await;
    let browser = Browser::of(&house, &founder).await;
    let shown = browser.page(&format!("/ui/runs/{run}")).await;
    assert!(
        shown.contains(&page) && shown.contains("pending confirmation"),
        "{shown}"
    );
    let link = format!("/ui/runs/{run}");
    assert!(browser.page(&page).await.contains(&link));
    let found = browser.page("/_ui/found?q=guest").await;
    assert!(found.contains(&page), "{found}");
    house.close().await;
}
