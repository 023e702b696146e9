//! The document is the one that is committed, describes every verb, and an independent validator accepts it.

use std::path::PathBuf;
use std::process::Command;

use bellboard_hub::db::Db;
use bellboard_hub::verbs::VERBS;
use bellboard_server::openapi;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, body};

on_each_engine!(
    the_server_shows_the_document,
    content_goes_up_and_down_as_the_document_says,
);

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn the_committed_document_is_that_of_the_table() {
    let text = std::fs::read_to_string(committed()).unwrap();
    let committed: Value = serde_json::from_str(&text).unwrap();
    assert!(
        committed == openapi::document(),
        "docs/openapi.json is not current: run `cargo xtask openapi`"
    );
}

#[test]
fn every_verb_is_an_operation() {
    let document = openapi::document();
    for verb in VERBS {
        let operation = &document["paths"][verb.path][verb.method.as_str().to_ascii_lowercase()];
        assert_eq!(operation["operationId"], verb.name);
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for name in verb.path_parameters() {
            let found = parameters
                .iter()
                .find(|parameter| parameter["name"] == name)
                .unwrap();
            assert_eq!(found["in"], "path", "{}", verb.name);
            assert_eq!(found["required"], true, "{}", verb.name);
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = openapi::document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(
                fields
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn an_independent_validator_accepts_it() {
    let tools = std::env::var("BELLBOARD_TOOLS").expect(
        "BELLBOARD_TOOLS names no folder: run `cargo xtask test`, which installs the validator",
    );
    let python = PathBuf::from(tools).join("python/bin/python");
    let checked = Command::new(python)
        .args(["-m", "openapi_spec_validator", "--schema", "3.1"])
        .arg(committed())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned()
        + &String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}");
}

async fn the_server_shows_the_document(db: Db) {
    let house = House::open(db).await;
    for path in ["/openapi.json", "/api/openapi.json"] {
        let shown = body(house.request(Method::GET, path), StatusCode::OK).await;
        assert!(shown == openapi::document());
    }
    house.close().await;
}

/// The operation under this path and method, filled in, and the answer that it got.
fn is_documented(document: &Value, path: &str, method: &str, answer: &Response) {
    let operation = &document["paths"][path][method];
    let status = answer.status().as_u16().to_string();
    let documented = &operation["responses"][&status];
    assert!(documented.is_object(), "{path}: {status} is not documented");
    let headers = documented["headers"].as_object();
    for name in headers.into_iter().flatten().map(|(name, _)| name) {
        assert!(
            answer.headers().contains_key(name),
            "{path}: {status} lacks {name}"
        );
    }
}

async fn content_goes_up_and_down_as_the_document_says(db: Db) {
    const UP: &str = "/engagements/{engagement_id}/content";
    const DOWN: &str = "/artifacts/{artifact_id}/download";
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    let document = openapi::document();
    let put = |engagement: &str| {
        let path = UP.replace("{engagement_id}", engagement);
        let request = house.request(Method::PUT, &path);
        request.bearer_auth(&founder.token).body("a file")
    };
    let sent = put(&engagement).send().await.unwrap();
    is_documented(&document, UP, "put", &sent);
    assert_eq!(sent.status(), StatusCode::CREATED);
    let view: Value = sent.json().await.unwrap();
    let schema = &document["components"]["schemas"]["ContentView"];
    let documented = schema["properties"].as_object().unwrap().keys();
    assert!(documented.eq(view.as_object().unwrap().keys()), "{view}");
    let stranger = "01890000-0000-7000-8000-000000000000";
    is_documented(&document, UP, "put", &put(stranger).send().await.unwrap());

    let files = json!([{ "name": "a.txt", "digest": view["digest"] }]);
    let wish = json!({ "kind": "render", "label": "A", "content": { "files": files } });
    let path = format!("/engagements/{engagement}/artifacts");
    let made = body(house.post(&founder, &path, &wish), StatusCode::CREATED).await;
    let path = DOWN.replace("{artifact_id}", made["id"].as_str().unwrap());
    for (path, range, status) in [
        (path.clone(), "", StatusCode::OK),
        (path.clone(), "bytes=2-3", StatusCode::PARTIAL_CONTENT),
        (path.clone(), "bytes=9-", StatusCode::RANGE_NOT_SATISFIABLE),
        (format!("{path}?version=2"), "", StatusCode::NOT_FOUND),
    ] {
        let mut request = house.get(&founder, &path);
        if !range.is_empty() {
            request = request.header("range", range);
        }
        let answer = request.send().await.unwrap();
        is_documented(&document, DOWN, "get", &answer);
        assert_eq!(answer.status(), status, "{path} {range}");
    }
    house.close().await;
}
