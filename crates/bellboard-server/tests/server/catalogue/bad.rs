//! What is bad: refused with the name of its field, and nothing is changed.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::problem;
use crate::planning::Scene;

on_each_engine!(what_is_bad_is_named_with_its_field_and_changes_nothing,);

/// What is made where, with something that is wrong in the field that is named last.
const BAD: [(&str, &str, &str); 25] = [
    ("/domains", r#"{"slug": "Rail Iance", "name": "R"}"#, "slug"),
    ("/domains", r#"{"slug": "rail"}"#, "name"),
    ("/domains", r#"{"slug": "rail", "name": " "}"#, "name"),
    (
        "/domains",
        r#"{"slug": "rail", "name": "R", "colour": "red"}"#,
        "colour",
    ),
    (
        "/domains",
        r#"{"slug": "rail", "name": "a\u202eb"}"#,
        "name",
    ),
    ("/repos", r#"{"name": "One"}"#, "domain_slug"),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "???"}"#,
        "name",
    ),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "One", "slug": "One!"}"#,
        "slug",
    ),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "One", "remote_url": "https://ada:pass@git.example.com/a"}"#,
        "remote_url",
    ),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "One", "topic": "unknown"}"#,
        "topic",
    ),
    (
        "/topics",
        r#"{"domain": "railiance", "slug": "a b", "title": "T"}"#,
        "slug",
    ),
    (
        "/topics",
        r#"{"domain": "railiance", "slug": "tracks"}"#,
        "title",
    ),
    ("/progress", r#"{"summary": ""}"#, "summary"),
    (
        "/progress",
        r#"{"summary": "S", "task": "unknown"}"#,
        "task",
    ),
    (
        "/progress",
        r#"{"summary": "S", "type": "No Type"}"#,
        "type",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP 1"}"#,
        "ep_id",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "type": "colour"}"#,
        "type",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "status": "resolved"}"#,
        "status",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "priority": "huge"}"#,
        "priority",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "topic": "unknown"}"#,
        "topic",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "workstream": "unknown"}"#,
        "workstream",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD/1"}"#,
        "td_id",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD-1", "type": "colour"}"#,
        "type",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD-1", "status": "addressed"}"#,
        "status",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD-1", "severity": "huge"}"#,
        "severity",
    ),
];

async fn what_is_bad_is_named_with_its_field_and_changes_nothing(db: Db) {
    let scene = Scene::set(db).await;
    let before = scene.shown("/progress").await["total_count"].clone();
    for (path, what, field) in BAD {
        let what: Value = serde_json::from_str(what).unwrap();
        let refused = scene.post(path, &what);
        let refused = scene.invalid(refused, "invalid_input", field).await;
        assert!(!refused["detail"].as_str().unwrap().contains("pass@"));
    }
    for (path, what, field) in [
        (
            "/domains/railiance/rename",
            json!({ "new_slug": "Rail" }),
            "new_slug",
        ),
        ("/domains/railiance/rename", json!({}), "new_slug"),
        ("/domains/railiance", json!({ "slug": "rail" }), "slug"),
    ] {
        scene
            .invalid(scene.patch(path, &what), "invalid_input", field)
            .await;
    }
    for path in [
        "/domains/never",
        "/repos/never",
        "/topics/never",
        "/extension-points/EP-9",
        "/technical-debt/TD-9",
    ] {
        let read = scene.house.get(&scene.founder, path);
        problem(read, StatusCode::NOT_FOUND, "not_found").await;
        let change = scene.patch(path, &json!({}));
        problem(change, StatusCode::NOT_FOUND, "not_found").await;
    }
    assert_eq!(scene.shown("/progress").await["total_count"], before);
    let summary = scene.shown("/state/summary").await;
    let nothing_else = json!({ "domains": 2, "repos": 0, "topics": 0, "open_workstreams": 0, "todo_tasks": 0,
                               "in_progress_tasks": 0, "blocked_tasks": 0, "open_decisions": 0,
                               "extension_points": 0, "technical_debts": 0 });
    assert_eq!(summary["totals"], nothing_else);
    scene.house.close().await;
}
