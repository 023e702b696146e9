//! The page of an ask, as a browser without JavaScript meets it.

use std::time::Duration;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::{Browser, start};

on_each_engine!(
    an_ask_is_answered_and_taken_back_by_plain_forms,
    a_form_keeps_what_was_typed_and_says_what_is_wrong,
    an_ask_is_handed_on_and_withdrawn,
    an_expired_ask_says_what_holds,
    a_run_names_what_it_asks,
);

/// Asks something and gives the page of the question.
pub async fn ask(house: &House, person: &Person, engagement: &str, fields: Value) -> String {
    let mut input = json!({ "title": "Delete 14 rows?" });
    if fields.get("form").is_none() {
        input["options"] = json!([
            { "key": "yes", "label": "Delete them", "consequence": "They are gone", "needs_note": true },
            { "key": "no", "label": "Keep them" },
        ]);
    }
    for (name, value) in fields.as_object().unwrap() {
        input[name] = value.clone();
    }
    let path = format!("/engagements/{engagement}/asks");
    let made = body(house.post(person, &path, &input), StatusCode::CREATED).await;
    format!("/ui/asks/{}", made["id"].as_str().unwrap())
}

async fn an_ask_is_answered_and_taken_back_by_plain_forms(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let detail = json!({"detail": "<b>From</b> the archive"});
    let page = ask(&house, &founder, &aster, detail).await;
    let browser = Browser::of(&house, &founder).await;
    let shown = browser.page(&page).await;
    for words in [
        "Waits for an answer",
        "&#60;b&#62;From",
        "They are gone Needs a note.",
        "value=\"no\"",
        "Founder asked at",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    let answer = format!("{page}/answer");
    let refused = browser.post(&answer, "option=yes&note=").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told = refused.text().await.unwrap();
    assert!(told.contains("id=\"w-note\""), "at the note: {told}");
    let unknown = browser.post(&answer, "option=perhaps&note=because").await;
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told = unknown.text().await.unwrap();
    assert!(
        told.contains("role=\"alert\"") && told.contains(">because<"),
        "{told}"
    );

    let sent = "option=yes&note=They+are+copies";
    assert_eq!(browser.submit(&answer, sent).await, page);
    let shown = browser.page(&page).await;
    for words in [
        "You answered: Delete them",
        "Takes effect at",
        "They are copies",
        ">Undo<",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("id=\"h-answer\""), "{shown}");
    assert_eq!(browser.submit(&format!("{page}/undo"), "").await, page);
    assert!(browser.page(&page).await.contains("Waits for an answer"));

    browser.submit(&answer, "option=no").await;
    house.advance(Duration::from_secs(9));
    let second = browser.post(&answer, "option=no").await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    let told = second.text().await.unwrap();
    assert!(
        told.contains("Founder has answered already") && !told.contains(">Undo<"),
        "{told}"
    );
    house.close().await;
}

async fn a_form_keeps_what_was_typed_and_says_what_is_wrong(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let form = json!({"form": {
        "type": "object",
        "properties": {
            "rows": {"type": "integer", "minimum": 1, "maximum": 20, "description": "As counted"},
            "keep": {"type": "boolean", "title": "Keep a copy"},
        },
        "required": ["rows"],
    }});
    let page = ask(&house, &founder, &aster, form).await;
    let browser = Browser::of(&house, &founder).await;
    let shown = browser.page(&page).await;
    for words in ["Keep a copy (optional)", "max=\"20\"", "As counted"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let answer = format!("{page}/answer");
    let refused = browser.post(&answer, "v.rows=21&v.keep=yes").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told = refused.text().await.unwrap();
    for words in [
        "Must be a whole number from 1 to 20",
        "value=\"21\"",
        "value=\"yes\" selected",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!(browser.submit(&answer, "v.rows=14&v.keep=no").await, page);
    let shown = browser.page(&page).await;
    assert!(
        shown.contains("You answered: Keep a copy: no, Rows: 14"),
        "{shown}"
    );
    house.close().await;
}

async fn an_ask_is_handed_on_and_withdrawn(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let jonas = house.human(&founder, "Jonas").await;
    house
        .put_member(&founder, &aster, jonas.id, &["operator"])
        .await;
    let page = ask(&house, &founder, &aster, json!({})).await;
    let (mine, theirs) = (
        Browser::of(&house, &founder).await,
        Browser::of(&house, &jonas).await,
    );
    assert!(
        mine.page(&page)
            .await
            .contains(&format!("value=\"{}\"", jonas.id))
    );
    let sent = format!("person_id={}", jonas.id);
    assert_eq!(mine.submit(&format!("{page}/delegate"), &sent).await, page);
    let shown = mine.page(&page).await;
    assert!(shown.contains("It is for somebody else: Jonas"), "{shown}");
    assert!(theirs.page(&page).await.contains("Your answer"));
    let refused = theirs.post(&format!("{page}/withdraw"), "").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().await.unwrap().contains("Founder asked this"));
    assert_eq!(
        mine.submit(&format!("{page}/withdraw"), "note=Done+by+hand")
            .await,
        page
    );
    let shown = theirs.page(&page).await;
    assert!(
        shown.contains("Withdrawn") && !shown.contains("Your answer"),
        "{shown}"
    );
    house.close().await;
}

async fn an_expired_ask_says_what_holds(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let wish = json!({"expires_in_seconds": 3600, "fallback": {"option": "no"}});
    let page = ask(&house, &founder, &aster, wish).await;
    let browser = Browser::of(&house, &founder).await;
    let shown = browser.page(&page).await;
    assert!(shown.contains("“Keep them” holds"), "{shown}");
    house.advance(Duration::from_secs(3601));
    bellboard_hub::ask::expire_due(&house.hub).await.unwrap();
    let shown = browser.page(&page).await;
    for words in [
        "Nobody answered in time",
        "“Keep them” holds, as Founder declared",
        "Expired",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    house.close().await;
}

async fn a_run_names_what_it_asks(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let run = start(&house, &founder, &aster, "Tidy up").await;
    let page = ask(&house, &founder, &aster, json!({"run_id": run})).await;
    let browser = Browser::of(&house, &founder).await;
    let link = format!("/ui/runs/{run}");
    let shown = browser.page(&link).await;
    assert!(
        shown.contains(&page) && shown.contains("Waiting for a person: Delete 14 rows?"),
        "{shown}"
    );
    assert!(browser.page(&page).await.contains(&link));
    house.close().await;
}
