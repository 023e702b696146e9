//! A dashboard is made, changed and archived with a form.

use bellboard_hub::db::Db;
use reqwest::StatusCode;

use super::{Scene, has, lacks};
use crate::pages::Browser;

on_each_engine!(
    every_fault_of_a_question_is_named_in_the_form,
    a_dashboard_is_made_changed_and_archived_with_a_form,
    who_only_reads_is_offered_no_form,
);

/// A question about runs, as a form sends it.
const RUNS: &str = "%7B%22source%22%3A%22runs%22%2C%22id_field%22%3A%22id%22%7D";

async fn every_fault_of_a_question_is_named_in_the_form(db: Db) {
    let scene = Scene::set(db).await;
    let list = scene.page("/ui/dashboards").await;
    has(&list, &["href=\"/ui/dashboards/new\">New dashboard</a>"]);
    let blank = scene.page("/ui/dashboards/new").await;
    has(
        &blank,
        &[
            "<input type=\"hidden\" name=\"at\" value=\"lindgren-lab\">",
            "&#34;source&#34;: &#34;runs&#34;",
            "Sources and their fields",
            "duration_seconds",
        ],
    );
    let wrong = "title=Runs+%3Cnow%3E&policy=hourly&keep_days=30&zone=UTC&description=&at=lindgren-lab&spec=";
    let refused = async |spec: &str, said: &[&str]| {
        let answer = scene
            .browser()
            .post("/ui/dashboards/new", &format!("{wrong}{spec}"))
            .await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        has(
            &page,
            &[
                "role=\"alert\"",
                "Nothing was made.",
                "value=\"Runs &#60;now&#62;\"",
            ],
        );
        has(&page, said);
    };
    refused("%7B", &["view_spec_json: This is no JSON"]).await;
    let near = "%7B%22source%22%3A%22runs%22%2C%22id_field%22%3A%22id%22%2C%22columns%22%3A%5B%22labl%22%2C%22nowhere%22%5D%7D";
    refused(
        near,
        &[
            "view_spec_json.columns[0]",
            "label",
            "view_spec_json.columns[1]",
        ],
    )
    .await;
    scene.house.close().await;
}

async fn a_dashboard_is_made_changed_and_archived_with_a_form(db: Db) {
    let scene = Scene::set(db).await;
    let right = RUNS;
    let typed = "title=Runs+%3Cnow%3E&policy=hourly&keep_days=30&zone=UTC&description=&at=lindgren-lab&spec=";
    let place = scene
        .browser()
        .submit("/ui/dashboards/new", &format!("{typed}{right}"))
        .await;
    let made = scene.page(&place).await;
    has(
        &made,
        &[
            "Runs &#60;now&#62;",
            "snapshot every hour",
            &format!("{place}/edit"),
        ],
    );
    let form = scene.page(&format!("{place}/edit")).await;
    has(
        &form,
        &["value=\"hourly\"", "value=\"30\"", "Archive the dashboard"],
    );
    let change = format!("title=Runs&policy=often&keep_days=30&zone=UTC&spec={right}");
    let answer = scene
        .browser()
        .post(&format!("{place}/edit"), &change)
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    has(
        &answer.text().await.unwrap(),
        &[
            "metadata.snapshot_policy",
            "Nothing was changed.",
            "value=\"often\"",
        ],
    );
    let change = format!("title=All+runs&policy=every%3A15m&keep_days=30&zone=UTC&spec={right}");
    assert_eq!(
        scene
            .browser()
            .submit(&format!("{place}/edit"), &change)
            .await,
        place
    );
    has(
        &scene.page(&place).await,
        &["All runs", "snapshot every 15 min"],
    );
    let back = scene
        .browser()
        .submit(&format!("{place}/archive"), "")
        .await;
    assert_eq!(back, place);
    let archived = scene.page(&place).await;
    has(&archived, &["stays readable"]);
    lacks(&archived, &["/edit\"", "Take snapshot"]);
    scene.house.close().await;
}

async fn who_only_reads_is_offered_no_form(db: Db) {
    let scene = Scene::set(db).await;
    let reader = scene.member("Reader", &["reader"]).await;
    let browser = Browser::of(&scene.house, &reader).await;
    lacks(&browser.page("/ui/dashboards").await, &["New dashboard"]);
    for path in [
        "/ui/dashboards/new".to_owned(),
        format!("/ui/dashboards/{}/edit", scene.board),
    ] {
        assert_eq!(
            browser.open(&path).await.status(),
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    scene.house.close().await;
}
