//! The page of an ask, as a browser without JavaScript meets it.

mod others;

use std::time::Duration;

use bellboard_hub::ask::expire_due;
use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::Browser;

on_each_engine!(
    an_ask_is_answered_and_taken_back_on_its_page,
    an_undo_that_comes_too_late_is_refused_in_place,
    a_form_is_filled_in_and_keeps_what_was_refused,
    an_expired_ask_says_what_holds,
);

/// A question with two options, of which the second asks why, with `fields` beside; the address of its page.
pub async fn question(house: &House, by: &Person, engagement: &str, fields: Value) -> String {
    let mut input = json!({"title": "Delete 14 rows?"});
    if fields.get("form").is_none() {
        input["options"] = json!([
            {"key": "yes", "label": "Delete them", "consequence": "They are gone for good."},
            {"key": "no", "label": "Keep them", "needs_note": true},
        ]);
    }
    for (name, value) in fields.as_object().unwrap() {
        input[name] = value.clone();
    }
    let path = format!("/engagements/{engagement}/asks");
    let made = body(house.post(by, &path, &input), StatusCode::CREATED).await;
    format!("/ui/asks/{}", made["id"].as_str().unwrap())
}

/// A form with a field of each type.
pub fn form() -> Value {
    json!({
        "type": "object",
        "properties": {
            "days": {"type": "integer", "title": "Days", "minimum": 1, "maximum": 365},
            "keep": {"type": "boolean", "title": "Keep a copy"},
            "why": {"type": "string", "title": "Reason"},
            "where": {"type": "string", "title": "Where", "enum": ["Archive", "Vault"]},
        },
        "required": ["days"],
    })
}

fn shows(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "{words}: {page}");
    }
}

async fn refused(browser: &Browser<'_>, path: &str, sent: &str, status: StatusCode) -> String {
    let answer = browser.post(path, sent).await;
    let given = answer.status();
    let page = answer.text().await.unwrap();
    assert_eq!(given, status, "{page}");
    assert!(page.contains("role=\"alert\""), "{page}");
    page
}

async fn an_ask_is_answered_and_taken_back_on_its_page(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let detail = json!({"detail": "<b>14</b> rows are older than a year"});
    let page = question(&house, &founder, &aster, detail).await;
    let browser = Browser::of(&house, &founder).await;
    let home = browser.page("/").await;
    let id = page.strip_prefix("/ui/asks/").unwrap();
    shows(&home, &[&format!("/?item=ask:{id}")]);
    let open = browser.page(&format!("/?item=ask:{id}")).await;
    shows(&open, &[&format!("href=\"{page}\"")]);
    shows(
        &browser.page(&page).await,
        &[
            "Delete 14 rows?",
            "Waits for an answer",
            "&#60;b&#62;14",
            "Founder asked at",
            "For: Whoever may decide",
            "They are gone for good.",
            "needed for “Keep them”",
            "None, it waits until somebody answers",
            "Snooze for 1 hour",
        ],
    );

    let (answer, undo) = (format!("{page}/answer"), format!("{page}/undo"));
    let told = refused(
        &browser,
        &answer,
        "option=no&note=",
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    shows(
        &told,
        &["needs a note", "aria-invalid=\"true\"", "value=\"no\""],
    );
    let unknown = refused(
        &browser,
        &answer,
        "option=perhaps&note=Not+sure",
        StatusCode::UNPROCESSABLE_ENTITY,
    );
    shows(&unknown.await, &[">Not sure</textarea>", "`yes`, `no`"]);

    let sent = "option=no&note=The+audit+needs+them";
    assert_eq!(browser.submit(&answer, sent).await, page);
    let shown = browser.page(&page).await;
    shows(
        &shown,
        &[
            "The answer",
            "Keep them",
            "You answered it",
            "The audit needs them",
            "17:40:08",
            ">Undo<",
        ],
    );
    assert!(!shown.contains("name=\"option\""), "{shown}");
    assert_eq!(browser.submit(&undo, "").await, page);
    shows(&browser.page(&page).await, &["name=\"option\""]);
    house.close().await;
}

async fn an_undo_that_comes_too_late_is_refused_in_place(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let page = question(&house, &founder, &aster, json!({})).await;
    let browser = Browser::of(&house, &founder).await;
    let (answer, undo) = (format!("{page}/answer"), format!("{page}/undo"));
    browser.submit(&answer, "option=yes&note=").await;
    house.advance(Duration::from_secs(9));
    let shown = browser.page(&page).await;
    assert!(!shown.contains(">Undo<"), "{shown}");
    refused(&browser, &undo, "", StatusCode::CONFLICT).await;
    assert_eq!(
        browser.open(&undo).await.headers()["location"],
        page.as_str()
    );
    let nothing = browser.open("/ui/asks/nothing").await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    house.close().await;
}

async fn a_form_is_filled_in_and_keeps_what_was_refused(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let page = question(&house, &founder, &aster, json!({"form": form()})).await;
    let browser = Browser::of(&house, &founder).await;
    // A form is filled in on its page; the row leads there.
    shows(
        &browser.page("/").await,
        &[&format!("href=\"{page}\">Answer")],
    );
    shows(
        &browser.page(&page).await,
        &[
            "A whole number from 1 to 365.",
            "<option>Vault</option>",
            "Leave it open",
        ],
    );
    let answer = format!("{page}/answer");
    let wrong =
        "value.days=many&value.keep=true&value.why=%3Cold%3E&value.where=Vault&note=So+be+it";
    let told = refused(&browser, &answer, wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    shows(
        &told,
        &[
            "Days: Must be a whole number from 1 to 365.",
            "value=\"many\"",
            "value=\"true\" checked",
            "&#60;old&#62;</textarea>",
            "<option selected>Vault",
            ">So be it</textarea>",
        ],
    );
    assert_eq!(told.matches("aria-invalid").count(), 1, "{told}");
    let missing = refused(
        &browser,
        &answer,
        "value.days=+",
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    shows(&missing, &["Must be given"]);

    let right = "value.days=30&value.keep=false&value.why=&value.where=&note=";
    browser.submit(&answer, right).await;
    shows(&browser.page(&page).await, &["Days: 30, Keep a copy: no"]);
    let id = page.strip_prefix("/ui/asks/").unwrap();
    let told = body(house.get(&founder, &format!("/asks/{id}")), StatusCode::OK).await;
    assert_eq!(told["answer"]["values"], json!({"days": 30, "keep": false}));
    house.close().await;
}

async fn an_expired_ask_says_what_holds(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let fields = json!({"expires_in_seconds": 600, "fallback": {"option": "no"}});
    let page = question(&house, &founder, &aster, fields).await;
    let browser = Browser::of(&house, &founder).await;
    shows(
        &browser.page(&page).await,
        &[
            "It can be answered until",
            "17:50",
            "Without an answer",
            "Keep them",
            "data-look-in=\"600250\"",
        ],
    );
    house.advance(Duration::from_secs(601));
    expire_due(&house.hub).await.unwrap();
    let shown = browser.page(&page).await;
    shows(
        &shown,
        &[
            "Expired",
            "What holds",
            "Nobody answered in time",
            "Keep them",
        ],
    );
    assert!(!shown.contains("/answer\""), "{shown}");
    let sent = "option=yes&note=Too+late";
    let told = refused(
        &browser,
        &format!("{page}/answer"),
        sent,
        StatusCode::CONFLICT,
    )
    .await;
    shows(&told, &["could be answered until", "Not sent:", "Too late"]);
    house.close().await;
}
