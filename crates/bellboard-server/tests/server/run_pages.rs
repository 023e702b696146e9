//! What a run's page says and lets one do, and what the bell offers, as a browser without JavaScript meets it.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::db::Db;
use bellboard_hub::run::lose_abandoned;
use reqwest::StatusCode;
use serde_json::json;

use crate::house::{House, body};
use crate::pages::{Browser, finish, start};

on_each_engine!(
    an_outcome_is_verified_by_somebody_else,
    a_late_report_stands_beside_the_loss,
    raw_words_are_for_those_who_operate,
    a_toast_tells_only_what_is_yours_and_true,
    a_bell_is_reviewed_or_dismissed,
);

async fn an_outcome_is_verified_by_somebody_else(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house
        .member(&founder, &aster, "Mara", &["domain_expert"])
        .await;
    let run = start(&house, &founder, &aster, "Compare").await;
    let path = format!("/ui/runs/{run}");
    let action = format!("action=\"{path}/verify\"");
    let hers = Browser::of(&house, &mara).await;
    assert!(
        !hers.page(&path).await.contains(&action),
        "there is no outcome yet"
    );
    finish(&house, &founder, &run, json!({"outcome": "succeeded"})).await;
    let page = hers.page(&path).await;
    assert!(page.contains(&action), "{page}");
    assert!(page.contains("<dt>Known by</dt><dd>Claimed <small>the worker said so itself</small>"));
    let own = Browser::of(&house, &founder).await.page(&path).await;
    assert!(
        !own.contains(&action),
        "whoever started it does not verify it"
    );

    let refused = hers.post(&format!("{path}/verify"), "note=").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let said = refused.text().await.unwrap();
    assert!(said.contains("a link, a digest or a note"), "{said}");
    let evidence = format!(
        "back={path}&link=https%3A%2F%2Fexample.com%2Fe&digest=sha256%3A9f86&note=Compared+both+lists"
    );
    let place = hers.submit(&format!("{path}/verify"), &evidence).await;
    assert_eq!(place, path);
    let page = hers.page(&path).await;
    for words in [
        "<dt>Known by</dt><dd>Verified <small>another party checked</small>",
        "<dt>Checked</dt><dd>Mara <small>",
        "Compared both lists",
        "href=\"https://example.com/e\"",
        "sha256:9f86",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(&action), "the first verification stands");
    house.close().await;
}

async fn a_late_report_stands_beside_the_loss(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let path = format!("/engagements/{aster}/runs");
    let browser = Browser::of(&house, &founder).await;
    for (told_at, expected) in [
        (None, "reported succeeded at "),
        (
            Some("2026-11-20T17:46:00Z"),
            "reported later: succeeded at ",
        ),
    ] {
        let beating = json!({
            "type": "test.work", "identity_mode": "nonce", "status": "running", "heartbeat_seconds": 60
        });
        let made = body(house.post(&founder, &path, &beating), StatusCode::CREATED).await;
        let run = made["run"]["id"].as_str().unwrap();
        house.advance(Duration::from_secs(181));
        lose_abandoned(&house.hub, Timestamp::MIN).await.unwrap();
        house.advance(Duration::from_mins(7));
        let mut end = json!({"outcome": "succeeded"});
        if let Some(at) = told_at {
            end["at"] = json!(at);
        }
        finish(&house, &founder, run, end).await;
        let page = browser.page(&format!("/ui/runs/{run}")).await;
        let lede = page.split("<p class=\"lede\">").nth(2).unwrap();
        let lede = lede.split("</p>").next().unwrap();
        assert!(lede.starts_with("Lost at <time "), "{lede}");
        assert!(lede.contains(expected), "{lede}");
        assert_eq!(lede.matches("<time ").count(), 2, "{lede}");
        assert!(
            page.contains("</svg>Lost</span>"),
            "the outcome stands: {page}"
        );
    }
    house.close().await;
}

async fn raw_words_are_for_those_who_operate(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let reader = house.member(&founder, &aster, "Mara", &["reader"]).await;
    let made = json!({
        "type": "test.work", "status": "running", "label": "Compare",
        "context": {
            "raw": "/srv/secret/path", "target": "Tenant 7", "trigger": "/srv/hook.sh",
            "links": {"Report": "https://example.com/report.pdf", "Shell": "file:///etc/passwd"}
        }
    });
    let path = format!("/engagements/{aster}/runs");
    let made = body(house.post(&founder, &path, &made), StatusCode::CREATED).await;
    let path = format!("/ui/runs/{}", made["run"]["id"].as_str().unwrap());
    let operators = Browser::of(&house, &founder).await.page(&path).await;
    let readers = Browser::of(&house, &reader).await.page(&path).await;
    assert!(operators.contains("<summary>Diagnostics</summary>"));
    assert!(operators.contains("/srv/secret/path"));
    assert!(
        !readers.contains("Diagnostics") && !readers.contains("/srv/"),
        "{readers}"
    );
    for words in [
        "<h2 id=\"h-out\">Outputs</h2><span class=\"n\">1</span>",
        "href=\"https://example.com/report.pdf\" rel=\"noreferrer noopener\">Report</a>",
        "<dt>Done for</dt><dd>Tenant 7</dd>",
    ] {
        assert!(readers.contains(words), "{words}: {readers}");
    }
    house.close().await;
}

async fn a_toast_tells_only_what_is_yours_and_true(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let stranger = house.human(&founder, "Stranger").await;
    let aster = house.engagement(&founder, "Aster").await;
    let run = start(&house, &founder, &aster, "Secret plan").await;
    let told = format!("/ui/runs?started={run}&as=running");
    let theirs = Browser::of(&house, &stranger).await.page(&told).await;
    assert!(!theirs.contains("Secret plan") && !theirs.contains("class=\"toast\""));
    let browser = Browser::of(&house, &founder).await;
    assert!(browser.page(&told).await.contains("class=\"toast\""));
    let wrong = format!("/ui/runs?started={run}&as=finished");
    assert!(!browser.page(&wrong).await.contains("class=\"toast\""));
    finish(&house, &founder, &run, json!({"outcome": "succeeded"})).await;
    assert!(
        !browser.page(&told).await.contains("class=\"toast\""),
        "what has ended is not running"
    );
    house.close().await;
}

async fn a_bell_is_reviewed_or_dismissed(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let browser = Browser::of(&house, &founder).await;
    let html = browser.page("/ui/notifications").await;
    assert!(html.contains("Nothing has rung yet."), "{html}");
    assert!(html.contains("bells of dashboards"), "{html}");
    assert!(
        !html.contains("<span class=\"vh\"> unread</span>"),
        "{html}"
    );
    let failed = start(&house, &founder, &aster, "Sync").await;
    finish(&house, &founder, &failed, json!({"outcome": "failed"})).await;
    let done = start(&house, &founder, &aster, "Capture").await;
    finish(&house, &founder, &done, json!({"outcome": "succeeded"})).await;
    let html = browser.page("/ui/notifications").await;
    assert!(
        html.contains("2<span class=\"vh\"> unread</span>"),
        "{html}"
    );
    let row = |words: &str| {
        let rows = html.split("<li id=\"rung-");
        let row = rows.skip(1).find(|row| row.contains(words));
        row.unwrap_or_else(|| panic!("{words}: {html}")).to_owned()
    };
    let (sync, capture) = (row("Sync: failed"), row("Capture: finished"));
    assert!(
        sync.contains(">Review<") && !sync.contains("Dismiss"),
        "{sync}"
    );
    assert!(
        capture.contains(">Dismiss<") && !capture.contains(">Review<"),
        "{capture}"
    );
    let id = &sync[..36];
    let path = format!("/ui/runs/{failed}");
    let place = browser
        .submit(
            &format!("/ui/notifications/{id}/read"),
            &format!("back={path}"),
        )
        .await;
    assert_eq!(place, path);
    let html = browser.page("/ui/notifications").await;
    assert!(
        html.contains("1<span class=\"vh\"> unread</span>"),
        "{html}"
    );
    assert_eq!(html.matches("class=\"new\"").count(), 1, "{html}");
    house.close().await;
}
