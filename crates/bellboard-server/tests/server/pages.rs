//! The pages over HTTP, as a browser without JavaScript meets them.

mod runs;
mod settings;
mod settled;
mod weight;

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body};

on_each_engine!(
    home_answers_first,
    an_empty_hub_shows_the_set_up_list,
    what_is_not_yours_does_not_exist,
    a_reader_sees_no_decisions,
    a_fragment_is_the_part_of_its_page,
    an_engagement_beyond_the_side_list_has_its_page,
);

/// A browser: one person's cookie, and the address bar.
pub struct Browser<'h> {
    house: &'h House,
    cookie: String,
}

impl<'h> Browser<'h> {
    pub async fn of(house: &'h House, person: &Person) -> Self {
        Self {
            house,
            cookie: house.cookie(person.id).await,
        }
    }

    /// The same browser, still signed in.
    pub fn again(house: &'h House, cookie: &str) -> Self {
        Self {
            house,
            cookie: cookie.to_owned(),
        }
    }

    pub async fn open(&self, path: &str) -> Response {
        let request = self.house.request(Method::GET, path);
        let request = request
            .header("cookie", &self.cookie)
            .header("accept", "text/html");
        request.send().await.unwrap()
    }

    /// The page's HTML; it must be there.
    pub async fn page(&self, path: &str) -> String {
        let response = self.open(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "text/html; charset=utf-8"
        );
        assert_eq!(response.headers()["cache-control"], "no-store");
        response.text().await.unwrap()
    }

    /// How many bytes travel for this address, compressed.
    pub async fn bytes_of(&self, path: &str) -> usize {
        let request = self.house.request(Method::GET, path);
        let request = request
            .header("cookie", &self.cookie)
            .header("accept", "text/html")
            .header("accept-encoding", "gzip");
        request.send().await.unwrap().bytes().await.unwrap().len()
    }

    /// Sends a form as the page's button does; answers where it leads.
    pub async fn submit(&self, path: &str, fields: &str) -> String {
        let response = self.post(path, fields).await;
        let status = response.status();
        let place = response.headers().get("location").cloned();
        let text = response.text().await.unwrap();
        assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
        place.unwrap().to_str().unwrap().to_owned()
    }

    pub async fn post(&self, path: &str, fields: &str) -> Response {
        let request = self.house.request(Method::POST, path);
        let request = request
            .header("cookie", &self.cookie)
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(fields.to_owned());
        request.send().await.unwrap()
    }
}

/// Starts a run and answers its id.
pub async fn start(house: &House, person: &Person, engagement: &str, label: &str) -> String {
    let path = format!("/engagements/{engagement}/runs");
    let start = json!({
        "type": "test.work", "label": label, "identity_mode": "nonce", "status": "running"
    });
    let started = body(house.post(person, &path, &start), StatusCode::CREATED).await;
    started["run"]["id"].as_str().unwrap().to_owned()
}

pub async fn report(house: &House, person: &Person, run: &str, said: Value) {
    let path = format!("/runs/{run}/report");
    body(house.post(person, &path, &said), StatusCode::OK).await;
}

pub async fn finish(house: &House, person: &Person, run: &str, end: Value) {
    let path = format!("/runs/{run}/finish");
    body(house.post(person, &path, &end), StatusCode::OK).await;
}

/// Ids differ from run to run; in a snapshot they all read alike.
fn without_ids(html: &str) -> String {
    let is_id = |word: &str| {
        word.len() == 36
            && word.chars().enumerate().all(|(at, letter)| match at {
                8 | 13 | 18 | 23 => letter == '-',
                _ => letter.is_ascii_hexdigit(),
            })
    };
    let mut out = String::new();
    let mut rest = html;
    while let Some(letter) = rest.chars().next() {
        match rest.get(..36) {
            Some(word) if is_id(word) => {
                out.push_str("<id>");
                rest = &rest[36..];
            }
            _ => {
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out
}

/// What stands between the main landmark's tags.
fn main_of(html: &str) -> &str {
    let start = html.find("<main").expect("a page has a main landmark");
    let end = html.find("</main>").expect("a page has a main landmark");
    &html[start..end]
}

async fn home_answers_first(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster <Bank>").await;
    let done = start(&house, &founder, &aster, "Capture").await;
    let failed = start(&house, &founder, &aster, "Sync <b>repositories</b>").await;
    start(&house, &founder, &aster, "Compare").await;
    finish(&house, &founder, &done, json!({"outcome": "succeeded"})).await;
    finish(&house, &founder, &failed, json!({"outcome": "failed"})).await;

    let browser = Browser::of(&house, &founder).await;
    let html = browser.page("/").await;
    assert!(
        html.contains("<title>(1) Home · Bellboard</title>"),
        "{html}"
    );
    let answer = "<a href=\"#zone-needs\">1 thing needs you.</a>";
    assert!(html.contains(answer), "{html}");
    assert!(html.contains(">1 is active</a>, <a href=\"#zone-recent\">2 finished</a> since "));
    assert!(html.contains("Follow-up: Sync &#60;b&#62;repositories&#60;/b&#62;"));
    assert!(!html.contains("<b>repositories</b>") && !html.contains("Aster <Bank>"));
    assert!(!html.contains(" style=") && !html.contains("<script>") && !html.contains('%'));
    house.close().await;
}

async fn an_empty_hub_shows_the_set_up_list(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let browser = Browser::of(&house, &founder).await;
    let html = browser.page("/").await;
    assert!(html.contains("2 of 5 done"), "{html}");
    assert_eq!(
        browser.submit("/ui/engagements", "name=Aster+Bank").await,
        "/"
    );
    let html = browser.page("/").await;
    assert!(html.contains("3 of 5 done"), "{html}");
    assert!(
        html.contains("agents create my-agent --in aster-bank"),
        "{html}"
    );
    house.close().await;
}

async fn what_is_not_yours_does_not_exist(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let stranger = house.human(&founder, "Stranger").await;
    let aster = house.engagement(&founder, "Aster").await;
    let run = start(&house, &founder, &aster, "Secret plan").await;
    let browser = Browser::of(&house, &stranger).await;
    let never = "01890000-0000-7000-8000-000000000000";
    for path in [
        format!("/ui/runs/{run}"),
        format!("/ui/runs/{never}"),
        "/ui/runs/nonsense".to_owned(),
        "/?e=aster".to_owned(),
        format!("/_ui/fragments?ids=run-{run}"),
    ] {
        let response = browser.open(&path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let html = response.text().await.unwrap();
        assert!(html.contains("<h1>There is nothing here</h1>"), "{html}");
        assert!(!html.contains("Secret plan") && !html.contains("Aster"));
    }
    let refused = browser.post(&format!("/ui/runs/{run}/cancel"), "").await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    let nobody = house
        .request(Method::GET, "/")
        .header("accept", "text/html");
    let response = nobody.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("bellboard login-link")
    );
    house.close().await;
}

async fn a_reader_sees_no_decisions(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let reader = house.member(&founder, &aster, "Reader", &["reader"]).await;
    let failed = start(&house, &founder, &aster, "Sync").await;
    finish(&house, &founder, &failed, json!({"outcome": "failed"})).await;
    let running = start(&house, &founder, &aster, "Compare").await;
    let browser = Browser::of(&house, &reader).await;
    assert!(browser.page("/").await.contains("Nothing needs you."));
    let page = browser.page(&format!("/ui/runs/{failed}")).await;
    assert!(page.contains("You read here"), "{page}");
    assert!(!page.contains("/acknowledge"), "{page}");
    let page = browser.page(&format!("/ui/runs/{running}")).await;
    assert!(!page.contains("/cancel"), "{page}");
    let refused = browser
        .post(&format!("/ui/runs/{failed}/acknowledge"), "")
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    house.close().await;
}

async fn a_fragment_is_the_part_of_its_page(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let run = start(&house, &founder, &aster, "Compare").await;
    let failed = start(&house, &founder, &aster, "Sync").await;
    finish(&house, &founder, &failed, json!({"outcome": "failed"})).await;
    let browser = Browser::of(&house, &founder).await;
    let home = browser.page("/").await;
    for id in [
        "answer",
        "zone-needs",
        "zone-active",
        "zone-recent",
        "nav-links",
        "tabs",
    ] {
        let part = browser.page(&format!("/_ui/fragments?ids={id}")).await;
        assert!(part.contains(&format!("id=\"{id}\"")), "{part}");
        assert!(
            home.contains(part.trim()),
            "{id} differs from its page:\n{part}"
        );
    }
    let path = format!("/ui/runs/{run}");
    let page = browser.page(&path).await;
    let parts = browser
        .page(&format!("/_ui/fragments?ids=run-{run},strip&run={run}"))
        .await;
    let (body, strip) = parts.split_at(parts.find("<section class=\"strip\"").unwrap());
    assert!(
        page.contains(body.trim()) && page.contains(strip.trim()),
        "{parts}"
    );
    assert!(
        !strip.contains("Compare") && strip.contains("Sync"),
        "{strip}"
    );
    assert_eq!(browser.page("/_ui/fragments?ids=unknown").await, "");
    house.close().await;
}

async fn an_engagement_beyond_the_side_list_has_its_page(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    for number in 0..45 {
        house
            .engagement(&founder, &format!("Engagement {number}"))
            .await;
        house.advance(Duration::from_secs(1));
    }
    let browser = Browser::of(&house, &founder).await;
    let html = browser.page("/?e=engagement-0").await;
    assert!(html.contains("In Engagement 0."), "{html}");
    assert!(html.contains(">5 more</p>"), "{html}");
    house.close().await;
}

/// One page of each kind of run, as it stands in the main landmark.
#[test]
fn a_run_in_each_state() {
    crate::support::run(Engine::Sqlite, states);
}

async fn states(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    let counted = start(&house, &founder, &aster, "Compare").await;
    let failed = start(&house, &founder, &aster, "Sync").await;
    house.advance(Duration::from_mins(6));
    let said =
        json!({"processed": 214, "total": 512, "unit": "policies", "message": "past the half"});
    report(&house, &founder, &counted, said).await;
    let end = json!({
        "outcome": "failed", "grade": "observed", "exit_code": 128,
        "failures": [{"code": "git.refused", "message": "remote refused", "count": 3}],
        "tail": "remote: <denied>\nexit 128"
    });
    finish(&house, &founder, &failed, end).await;
    house.advance(Duration::from_secs(4));
    let browser = Browser::of(&house, &founder).await;
    for (name, run) in [("counted", counted), ("failed", failed)] {
        let html = browser.page(&format!("/ui/runs/{run}")).await;
        insta::assert_snapshot!(format!("run_{name}"), without_ids(main_of(&html)));
    }
    house.close().await;
}
