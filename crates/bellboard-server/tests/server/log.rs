//! What the log says about requests: who and what, and never a secret or a body.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use bellboard_hub::db::Db;
use bellboard_hub::session::new_link;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, body};

on_each_engine!(the_log_says_who_and_what_and_no_secret);

/// Everything that was logged in this process, of whichever test.
static SAID: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Said;

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen() {
    let format = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE);
    // The second test of this process finds the first one's subscriber, which serves as well.
    let _ = format.with_writer(|| Said).try_init();
}

/// The line of this target about this request.
fn line(target: &str, request_id: &str) -> Value {
    let said = SAID.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let text = String::from_utf8(said).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut found: Vec<Value> = lines
        .filter(|line| line["target"] == target && line["fields"]["request_id"] == request_id)
        .collect();
    assert_eq!(found.len(), 1, "{target} {request_id}: {found:?}");
    found.remove(0)["fields"].take()
}

async fn the_log_says_who_and_what_and_no_secret(db: Db) {
    listen();
    let engine = format!("{:?}", db.engine()).to_lowercase();
    let house = House::open(db).await;
    let founder = house.founder().await;
    let link = new_link(&house.hub, founder.id).await.unwrap().url_path;
    house.request(Method::GET, &link).send().await.unwrap();
    let secret = link.strip_prefix("/login?link=").unwrap();
    let login = house
        .form("/login", secret)
        .header("sec-fetch-site", "same-origin");
    let login = login.send().await.unwrap();
    let cookie = login.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let me = house.request(Method::GET, "/me").header("cookie", &cookie);
    body(me, StatusCode::OK).await;
    let id = format!("log-test-{engine}");
    let made = house.post(
        &founder,
        "/me/tokens",
        &json!({ "name": "quite a secret name" }),
    );
    let made = body(made.header("x-request-id", &id), StatusCode::CREATED).await;
    house.close().await;

    let answered = line("bellboard::request", &id);
    assert_eq!(answered["verb"], "create_token");
    assert_eq!(answered["method"], "POST");
    assert_eq!(answered["status"], 201);
    assert_eq!(answered["person"], founder.id.to_string());
    assert!(answered["duration_us"].is_u64());
    let audited = line("audit", &id);
    assert_eq!(audited["verb"], "create_token");
    assert_eq!(audited["person"], founder.id.to_string());
    assert!(
        audited["credential"]
            .as_str()
            .unwrap()
            .starts_with("token ")
    );

    let said = SAID.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let text = String::from_utf8_lossy(&said).into_owned();
    let session = cookie.strip_prefix("bellboard=").unwrap();
    let token = made["secret"].as_str().unwrap();
    let own = text.lines().filter(|line| {
        line.contains("\"target\":\"bellboard") || line.contains("\"target\":\"audit\"")
    });
    let own: String = own.collect();
    for secret in [
        secret,
        session,
        token,
        &founder.token,
        "quite a secret name",
    ] {
        assert!(!own.contains(secret), "the log holds {secret}");
    }
}
