//! An ask between several: handed over, answered by somebody else first, only read, and waited for by a run.

use std::time::Duration;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::{question, refused, shows};
use crate::house::House;
use crate::pages::{Browser, start};

on_each_engine!(
    an_ask_is_handed_over_and_withdrawn,
    who_answers_second_reads_who_was_first_and_what_they_wrote,
    a_reader_sees_the_question_and_no_form,
    a_run_shows_for_whom_it_waits,
);

async fn an_ask_is_handed_over_and_withdrawn(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    let rita = house.member(&founder, &aster, "Rita", &["reader"]).await;
    let page = question(&house, &founder, &aster, json!({})).await;
    let browser = Browser::of(&house, &founder).await;
    let shown = browser.page(&page).await;
    shows(&shown, &[">Mara</option>", ">Founder, you</option>"]);
    assert!(
        !shown.contains(">Rita</option>"),
        "readers answer nothing: {shown}"
    );

    let (delegate, withdraw) = (format!("{page}/delegate"), format!("{page}/withdraw"));
    let sent = "person_id=&note=You+know+the+rows";
    let told = refused(&browser, &delegate, sent, StatusCode::UNPROCESSABLE_ENTITY).await;
    shows(
        &told,
        &["Choose who is to answer.", ">You know the rows</textarea>"],
    );
    let sent = format!("person_id={}&note=", rita.id);
    refused(&browser, &delegate, &sent, StatusCode::UNPROCESSABLE_ENTITY).await;
    let sent = format!("person_id={}&note=", mara.id);
    assert_eq!(browser.submit(&delegate, &sent).await, page);
    let shown = browser.page(&page).await;
    shows(
        &shown,
        &["For: Mara", "It waits for others to answer: Mara."],
    );
    assert!(!shown.contains("name=\"option\""), "{shown}");

    let theirs = Browser::of(&house, &mara).await;
    let shown = theirs.page(&page).await;
    shows(&shown, &["name=\"option\""]);
    assert!(
        !shown.contains("/withdraw\""),
        "only who asked, and owners: {shown}"
    );
    refused(&theirs, &withdraw, "note=", StatusCode::FORBIDDEN).await;
    assert_eq!(
        browser.submit(&withdraw, "note=Found+out+myself").await,
        page
    );
    let shown = theirs.page(&page).await;
    shows(
        &shown,
        &["Withdrawn", "Founder withdrew it", "Found out myself"],
    );
    for form in ["/answer\"", "/delegate\"", "/withdraw\""] {
        assert!(!shown.contains(form), "{form}: {shown}");
    }
    refused(
        &theirs,
        &format!("{page}/answer"),
        "option=yes",
        StatusCode::CONFLICT,
    )
    .await;
    house.close().await;
}

async fn who_answers_second_reads_who_was_first_and_what_they_wrote(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    let page = question(&house, &founder, &aster, json!({})).await;
    let answer = format!("{page}/answer");
    Browser::of(&house, &mara)
        .await
        .submit(&answer, "option=yes&note=")
        .await;
    let browser = Browser::of(&house, &founder).await;
    let shown = browser.page(&page).await;
    shows(
        &shown,
        &["Mara answered it", "is told when it takes effect", ">Undo<"],
    );
    assert!(!shown.contains("class=\"reply"), "kept back: {shown}");
    let sent = "option=no&note=I+would+keep+them";
    let told = refused(&browser, &answer, sent, StatusCode::CONFLICT).await;
    shows(
        &told,
        &[
            "Mara has answered already",
            "I would keep them",
            "Delete 14 rows?",
        ],
    );
    house.close().await;
}

async fn a_reader_sees_the_question_and_no_form(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let rita = house.member(&founder, &aster, "Rita", &["reader"]).await;
    let stranger = house.human(&founder, "Stranger").await;
    let page = question(&house, &founder, &aster, json!({})).await;
    let theirs = Browser::of(&house, &rita).await;
    let shown = theirs.page(&page).await;
    shows(&shown, &["It waits for others to answer"]);
    assert!(
        !shown.contains("<form method=\"post\" action=\"/ui/asks"),
        "{shown}"
    );
    refused(
        &theirs,
        &format!("{page}/answer"),
        "option=yes",
        StatusCode::FORBIDDEN,
    )
    .await;
    let theirs = Browser::of(&house, &stranger).await;
    assert_eq!(theirs.open(&page).await.status(), StatusCode::NOT_FOUND);
    let sent = theirs.post(&format!("{page}/answer"), "option=yes").await;
    assert_eq!(sent.status(), StatusCode::NOT_FOUND);
    house.close().await;
}

async fn a_run_shows_for_whom_it_waits(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let run = start(&house, &founder, &aster, "Tidy the rows").await;
    let page = question(&house, &founder, &aster, json!({"run_id": run})).await;
    let browser = Browser::of(&house, &founder).await;
    let address = format!("/ui/runs/{run}");
    let link = format!("href=\"{page}\"");
    let shown = browser.page(&address).await;
    shows(
        &shown,
        &[
            "<h2 id=\"h-waits\">Waiting for a person",
            &link,
            ">Answer<span",
        ],
    );
    let asking = browser.page(&page).await;
    shows(&asking, &[&format!("href=\"{address}\""), "Tidy the rows"]);
    browser
        .submit(&format!("{page}/answer"), "option=yes&note=")
        .await;
    house.advance(Duration::from_secs(9));
    let shown = browser.page(&address).await;
    assert!(!shown.contains("h-waits"), "{shown}");
    shows(
        &shown,
        &[
            "<h2 id=\"h-asked\">Questions",
            &link,
            "Founder answered: Delete them",
        ],
    );
    house.close().await;
}
