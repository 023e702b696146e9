//! What travels: files under their hashed names, and no more bytes than a full home may have.

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Browser, finish, report, start};
use crate::house::{House, Person};

/// Static files: for ever under their hashed names, and nothing else under `/static`.
#[test]
fn static_files_are_immutable() {
    crate::support::run(Engine::Sqlite, static_files);
}

async fn static_files(db: Db) {
    let house = House::open(db).await;
    let page = house.request(Method::GET, "/login").send().await.unwrap();
    let html = page.text().await.unwrap();
    let links = html.split('"').filter(|part| part.starts_with("/static/"));
    let links: Vec<_> = links.collect();
    assert!(!links.is_empty(), "{html}");
    for link in links {
        let file = house.request(Method::GET, link).send().await.unwrap();
        assert_eq!(file.status(), StatusCode::OK, "{link}");
        assert_eq!(
            file.headers()["cache-control"],
            "public, max-age=31536000, immutable"
        );
    }
    for link in [
        "/static/work.css",
        "/static/work.00000000.css",
        "/static/..%2fCargo.toml",
    ] {
        let file = house.request(Method::GET, link).send().await.unwrap();
        assert_eq!(file.status(), StatusCode::NOT_FOUND, "{link}");
    }
    house.close().await;
}

/// What a browser has to fetch for a full home: at most 20 KiB of HTML, 8 of CSS and 15 of JavaScript, compressed.
#[test]
fn a_full_home_is_small() {
    crate::support::run(Engine::Sqlite, sizes);
}

async fn sizes(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    fill(&house, &founder).await;
    let browser = Browser::of(&house, &founder).await;
    let html = browser.page("/").await;
    assert_eq!(html.matches("<li id=").count(), 150);
    let page = browser.bytes_of("/").await;
    assert!(page <= 20 * 1024, "{page} bytes of HTML");
    let scripts = [
        "main",
        "live",
        "morph",
        "times",
        "keys",
        "triage",
        "enhance",
        "toast",
        "idiomorph",
    ];
    for (kind, files, budget) in [
        ("css", &["work"][..], 8),
        ("css", &["boards"][..], 8),
        ("js", &scripts[..], 15),
    ] {
        let link = html
            .split('"')
            .find(|part| part.starts_with("/static/work."))
            .unwrap();
        let hash = link.split('.').nth(1).unwrap();
        let mut total = 0;
        for file in files {
            total += browser
                .bytes_of(&format!("/static/{file}.{hash}.{kind}"))
                .await;
        }
        assert!(total <= budget * 1024, "{total} bytes of {kind}");
    }
    house.close().await;
}

/// Fifty runs in each zone, in five engagements.
async fn fill(house: &House, founder: &Person) {
    let mut engagements = Vec::new();
    for name in [
        "Aster Bank",
        "Harbour Clinics",
        "Lindgren Lab",
        "Northrail",
        "Paperboat",
    ] {
        engagements.push(house.engagement(founder, name).await);
    }
    for number in 0..50 {
        let engagement = &engagements[number % engagements.len()];
        let label = format!("Compare the baseline of site {number} with the last one");
        let moving = start(house, founder, engagement, &label).await;
        let said = json!({"processed": 3 * number, "total": 512, "unit": "policies"});
        report(house, founder, &moving, said).await;
        let label = format!("Export the log of site {number}");
        let failed = start(house, founder, engagement, &label).await;
        let message = format!("{number} days have gaps");
        let end = json!({
            "outcome": "failed",
            "failures": [{"code": "log.gap", "message": message, "count": 1}]
        });
        finish(house, founder, &failed, end).await;
        house.advance(Duration::from_secs(17));
    }
}
