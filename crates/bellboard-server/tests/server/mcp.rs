//! The tools over streamable HTTP: through the official client of another language, and what must be refused.

use std::path::PathBuf;
use std::process::Stdio;

use bellboard_hub::db::Db;
use bellboard_hub::verbs::VERBS;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::house::{House, Person, body, problem};

on_each_engine!(
    the_official_client_reports_a_run,
    only_tokens_use_the_tools,
    other_sites_do_not_use_the_tools,
    texts_of_others_cannot_mislead,
    a_token_reaches_as_far_here_as_anywhere,
    the_tools_are_the_verbs_that_are_marked,
    a_tool_takes_what_the_verb_takes_and_no_more,
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
        assert_eq!(report["engagement"], "E");
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
pub fn tool(house: &House, name: &str, arguments: &Value) -> RequestBuilder {
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
    house.engagement(&founder, "Aster Bank").await;
    let cookie = house.cookie(founder.id).await;
    let me = || tool(&house, "list_memberships", &json!({}));
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
    let mine = &answer["result"]["structuredContent"]["items"];
    assert_eq!(mine[0]["engagement_name"], "Aster Bank");
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
    let me = || tool(&house, "list_memberships", &json!({})).bearer_auth(&founder.token);
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
    let report = json!({ "run_id": run, "processed": 1 });
    let look = tool(&house, "report_run", &report).bearer_auth(&stranger.token);
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

/// One message in the older revision.
pub fn message(house: &House, founder: &Person, method: &str, params: &Value) -> RequestBuilder {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let request = house
        .request(Method::POST, "/mcp")
        .bearer_auth(&founder.token);
    request
        .header("accept", "application/json, text/event-stream")
        .json(&message)
}

/// So many bytes of names, descriptions and inputs most programs put before the model in every session.
const MAX_READ_BYTES: usize = 44 * 1024;

async fn the_tools_are_the_verbs_that_are_marked(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    for revision in ["2025-11-25", "2025-06-18", "2025-03-26"] {
        let hello = json!({
            "protocolVersion": revision,
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        let answer = body(
            message(&house, &founder, "initialize", &hello),
            StatusCode::OK,
        )
        .await;
        assert_eq!(answer["result"]["protocolVersion"], revision);
        assert_eq!(answer["result"]["serverInfo"]["name"], "bellboard");
    }
    let list = body(
        message(&house, &founder, "tools/list", &json!({})),
        StatusCode::OK,
    )
    .await;
    let tools = list["result"]["tools"].as_array().unwrap();
    let marked: Vec<_> = VERBS.iter().filter(|verb| verb.tool.is_some()).collect();
    assert_eq!(tools.len(), marked.len());
    for (tool, verb) in tools.iter().zip(marked) {
        let hints = verb.tool.unwrap();
        assert_eq!(tool["name"], hints.name);
        assert_eq!(tool["description"], hints.words);
        assert_eq!(tool["annotations"]["readOnlyHint"], hints.read_only);
        assert_eq!(tool["annotations"]["idempotentHint"], hints.idempotent);
        assert_eq!(
            tool["inputSchema"]["additionalProperties"], false,
            "{}",
            verb.name
        );
        let taken = tool["inputSchema"]["properties"].as_object().unwrap();
        for name in verb.path_parameters() {
            assert!(taken.contains_key(name), "{} takes {name}", verb.name);
        }
        for (name, property) in taken {
            let says = property["description"].as_str().unwrap_or_default();
            assert!(!says.is_empty(), "{} explains {name}", verb.name);
        }
    }
    let inputs = tools.iter().map(|tool| {
        let read = [&tool["name"], &tool["description"], &tool["inputSchema"]];
        read.map(|part| part.to_string().len())
            .iter()
            .sum::<usize>()
    });
    let read: usize = inputs.sum();
    assert!(
        read <= MAX_READ_BYTES,
        "{read} bytes before an agent can begin"
    );
    house.close().await;
}

async fn a_tool_takes_what_the_verb_takes_and_no_more(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    for (arguments, field) in [
        (
            json!({ "engagement_id": engagement, "type": "a.b", "colour": "red" }),
            "colour",
        ),
        (json!({ "engagement_id": engagement }), "type"),
        (
            json!({ "engagement_id": "elsewhere", "type": "a.b" }),
            "engagement_id",
        ),
    ] {
        let call = tool(&house, "start_run", &arguments).bearer_auth(&founder.token);
        let answer = body(call, StatusCode::OK).await;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        let refused: Value = serde_json::from_str(text).unwrap();
        assert_eq!(refused["status"], 422);
        assert_eq!(refused["field"], field);
    }
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let request = house
        .request(Method::POST, "/mcp")
        .bearer_auth(&founder.token)
        .body(deep);
    problem(request, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    let long = "x".repeat(1_100_000);
    let request = house
        .request(Method::POST, "/mcp")
        .bearer_auth(&founder.token)
        .body(long);
    problem(request, StatusCode::PAYLOAD_TOO_LARGE, "body_too_large").await;
    house.close().await;
}
