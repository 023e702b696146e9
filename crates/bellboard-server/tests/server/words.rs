//! Raw words of a worker reach nobody who may only look: not over the API, not on a page, not through a tool.

use bellboard_hub::db::Db;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body, problem};
use crate::pages::Browser;

on_each_engine!(raw_words_are_for_those_who_may_report);

/// What must not be seen, in any answer, by whoever may only look.
const RAW: [&str; 4] = ["/srv/in", "ValueError", "sort_rows()", "Traceback"];

async fn raw_words_are_for_those_who_may_report(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "Aster").await;
    let reader = house
        .member(&founder, &engagement, "Reader", &["reader"])
        .await;
    let run = house.run(&founder, &engagement).await;
    let secret = "token=s3cr3t-value";
    let report = json!({
        "message": format!("ValueError: row 7 of /srv/in/may.csv {secret}"),
        "phase": {"label": "sort_rows()"},
    });
    let path = format!("/runs/{run}/report");
    body(house.post(&founder, &path, &report), StatusCode::OK).await;
    let active = everything(&house, &reader, &run).await;
    let end = json!({
        "outcome": "failed",
        "failures": [{"code": "import.row", "message": "ValueError: row 7 of /srv/in/may.csv"}],
        "message": format!("/srv/in {secret}"),
        "tail": format!("Traceback (most recent call last):\n  File \"/srv/in.py\", line 3\n{secret}"),
    });
    let path = format!("/runs/{run}/finish");
    body(house.post(&founder, &path, &end), StatusCode::OK).await;

    for (place, answer) in active
        .into_iter()
        .chain(everything(&house, &reader, &run).await)
    {
        for raw in RAW.into_iter().chain(["s3cr3t"]) {
            assert!(
                !answer.contains(raw),
                "{place} shows {raw} to a reader:\n{answer}"
            );
        }
    }
    let path = format!("/api/runs/{run}/diagnostics");
    problem(
        house.get(&reader, &path),
        StatusCode::FORBIDDEN,
        "capability_denied",
    )
    .await;

    // Whoever may report sees all of it, and never the secret.
    let shown = everything(&house, &founder, &run).await;
    for raw in RAW {
        for place in ["events", "page"] {
            let (_, answer) = shown.iter().find(|(name, _)| name == place).unwrap();
            let here = place == "page" || matches!(raw, "/srv/in" | "ValueError" | "Traceback");
            assert!(
                !here || answer.contains(raw),
                "{place} lacks {raw}:\n{answer}"
            );
        }
    }
    let told = body(house.get(&founder, &path), StatusCode::OK).await;
    assert_eq!(
        told["raw_words"][0]["words"],
        "ValueError: row 7 of /srv/in/may.csv token=[hidden]"
    );
    for (place, answer) in shown {
        assert!(!answer.contains("s3cr3t"), "{place}:\n{answer}");
    }
    house.close().await;
}

/// Every answer about the run that this person can get.
async fn everything(house: &House, who: &Person, run: &str) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for (name, path) in [
        ("run", format!("/api/runs/{run}")),
        ("events", format!("/api/runs/{run}/events")),
        ("runs", "/api/runs".to_owned()),
        ("active", "/api/me/dashboard/active".to_owned()),
        ("needs", "/api/me/dashboard/needs_you".to_owned()),
        ("recent", "/api/me/dashboard/recent".to_owned()),
        ("notifications", "/api/me/notifications".to_owned()),
    ] {
        let answer = body(house.get(who, &path), StatusCode::OK).await;
        answers.push((name.to_owned(), answer.to_string()));
    }
    let browser = Browser::of(house, who).await;
    for (name, path) in [
        ("page", format!("/ui/runs/{run}")),
        ("home", "/".to_owned()),
        ("list", "/ui/runs".to_owned()),
        ("inbox", "/ui/notifications".to_owned()),
    ] {
        answers.push((name.to_owned(), browser.page(&path).await));
    }
    for (tool, arguments) in [
        ("needs_you", json!({})),
        ("report_run", json!({ "run_id": run, "sequence": 0 })),
        ("list_run_events", json!({ "run_id": run })),
        ("get_run_diagnostics", json!({ "run_id": run })),
    ] {
        answers.push((
            format!("tool {tool}"),
            tool_answer(house, who, tool, &arguments).await,
        ));
    }
    answers
}

async fn tool_answer(house: &House, who: &Person, tool: &str, arguments: &Value) -> String {
    let message = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": tool, "arguments": arguments },
    });
    let request = house
        .request(Method::POST, "/mcp")
        .bearer_auth(&who.token)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-11-25")
        .json(&message);
    request.send().await.unwrap().text().await.unwrap()
}
