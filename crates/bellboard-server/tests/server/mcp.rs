//! The tools over streamable HTTP: through the official client of another language, and what must be refused.

use std::path::PathBuf;
use std::process::Stdio;

use bellboard_hub::db::Db;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::house::{House, body, problem};

on_each_engine!(
    the_official_client_reports_a_run,
    only_tokens_use_the_tools,
    other_sites_do_not_use_the_tools,
    texts_of_others_cannot_mislead,
    a_token_reaches_as_far_here_as_anywhere,
);

async fn the_official_client_reports_a_run(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    let tools = std::env::var("BELLBOARD_TOOLS").expect(
        "BELLBOARD_TOOLS names no folder: run `cargo xtask test`, which installs the client",
    );
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/server/mcp_client.py");
    let ran = Command::new(PathBuf::from(tools).join("python/bin/python"))
        .arg(script)
        .args(["http", &house.url("/mcp"), &founder.token, &engagement])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let reports: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let revisions: Vec<_> = reports
        .iter()
        .map(|report| report["revision"].as_str().unwrap())
        .collect();
    assert_eq!(revisions, ["2026-07-28", "2025-11-25"]);
    for report in &reports {
        assert_eq!(report["me"], "Founder");
        let path = format!("/runs/{}", report["run"].as_str().unwrap());
        let run = body(house.get(&founder, &path), StatusCode::OK).await;
        assert_eq!(
            (&run["outcome"], &run["grade"]),
            (&json!("succeeded"), &json!("observed"))
        );
    }
    house.close().await;
}

/// One call in the older revision, which needs no further headers.
fn tool(house: &House, name: &str, arguments: &Value) -> RequestBuilder {
    let message = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": name, "arguments": arguments },
    });
    house
        .request(Method::POST, "/mcp")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-11-25")
        .json(&message)
}

async fn only_tokens_use_the_tools(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let cookie = house.cookie(founder.id).await;
    let me = || tool(&house, "get_me", &json!({}));
    let signed_by_cookie = me()
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin");
    for request in [me(), me().bearer_auth("bbp_nonsense"), signed_by_cookie] {
        let response = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(
            response.headers()["www-authenticate"],
            "Bearer realm=\"bellboard\""
        );
        problem(request, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    }
    let answer = body(me().bearer_auth(&founder.token), StatusCode::OK).await;
    assert_eq!(answer["result"]["structuredContent"]["name"], "Founder");
    let unknown = body(
        tool(&house, "drop_tables", &json!({})).bearer_auth(&founder.token),
        StatusCode::OK,
    )
    .await;
    assert_eq!(unknown["error"]["code"], -32602);
    let not_a_tool = body(
        tool(&house, "create_person", &json!({})).bearer_auth(&founder.token),
        StatusCode::OK,
    )
    .await;
    assert_eq!(not_a_tool["error"]["code"], -32602);
    house.close().await;
}

async fn other_sites_do_not_use_the_tools(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let me = || tool(&house, "get_me", &json!({})).bearer_auth(&founder.token);
    for origin in [
        "https://evil.example",
        "null",
        "http://127.0.0.1:1",
        "http://localhost.evil.example",
    ] {
        problem(
            me().header("origin", origin),
            StatusCode::FORBIDDEN,
            "cross_site",
        )
        .await;
    }
    let own = format!("http://127.0.0.1:{}", house.port);
    body(me().header("origin", own), StatusCode::OK).await;
    let host = me().header("host", "evil.example");
    problem(host, StatusCode::MISDIRECTED_REQUEST, "unknown_host").await;
    house.close().await;
}

async fn texts_of_others_cannot_mislead(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    let context = json!({ "note": "a\u{202E}b\u{E0041}c" });
    let start = json!({ "type": "a.b", "engagement_id": engagement, "context": context });
    let answer = body(
        tool(&house, "start_run", &start).bearer_auth(&founder.token),
        StatusCode::OK,
    )
    .await;
    let shown = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        !shown.contains('\u{202E}') && !shown.contains('\u{E0041}'),
        "{shown}"
    );
    house.close().await;
}

async fn a_token_reaches_as_far_here_as_anywhere(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let stranger = house.human(&founder, "Stranger").await;
    let engagement = house.engagement(&founder, "E").await;
    let run = house.run(&founder, &engagement).await;
    let look = tool(&house, "get_run", &json!({ "run_id": run })).bearer_auth(&stranger.token);
    let answer = body(look, StatusCode::OK).await;
    assert_eq!(answer["result"]["isError"], true);
    let refused: Value =
        serde_json::from_str(answer["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&refused["status"], &refused["code"]),
        (&json!(404), &json!("not_found"))
    );
    house.close().await;
}
