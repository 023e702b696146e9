//! The catalogue's tools through the real endpoint: the source's six by name and parameters, and what they answer.

use std::collections::BTreeMap;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::mcp::{message, tool};

on_each_engine!(
    p3_1_the_six_tools_have_the_names_and_parameters_of_the_source,
    p3_1_an_agent_keeps_the_catalogue_with_the_six_tools,
    an_agent_is_told_what_it_may_not_do_and_what_would_do,
    an_agent_reads_the_summary_and_says_what_happened,
);

/// The source's tools: what each must be given, and what it may be given.
const TOOLS: [(&str, &[&str], &[&str]); 6] = [
    ("list_domains", &[], &["status"]),
    ("create_domain", &["slug", "name"], &["description"]),
    ("rename_domain", &["slug", "new_slug"], &["new_name"]),
    ("archive_domain", &["slug"], &[]),
    ("list_domain_repos", &["domain_slug"], &[]),
    (
        "register_repo",
        &["domain_slug", "name"],
        &["local_path", "remote_url", "description"],
    ),
];

/// What every one of them takes besides, for callers with several engagements and long lists.
const OURS: [&str; 3] = ["engagement", "limit", "cursor"];

/// What a tool answers when it does.
async fn answered(house: &House, person: &Person, name: &str, arguments: Value) -> Value {
    let call = tool(house, name, &arguments).bearer_auth(&person.token);
    let answer = body(call, StatusCode::OK).await;
    let result = &answer["result"];
    assert_ne!(result["isError"], true, "{name} {arguments}: {answer}");
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"], "{name}");
    text
}

/// The problem of a tool that refuses.
async fn refused(house: &House, person: &Person, name: &str, arguments: Value) -> Value {
    let call = tool(house, name, &arguments).bearer_auth(&person.token);
    let answer = body(call, StatusCode::OK).await;
    assert_eq!(
        answer["result"]["isError"], true,
        "{name} {arguments}: {answer}"
    );
    serde_json::from_str(answer["result"]["content"][0]["text"].as_str().unwrap()).unwrap()
}

async fn p3_1_the_six_tools_have_the_names_and_parameters_of_the_source(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let list = message(&house, &founder, "tools/list", &json!({}));
    let list = body(list, StatusCode::OK).await;
    let tools: BTreeMap<&str, &Value> = list["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| (tool["name"].as_str().unwrap(), tool))
        .collect();
    for (name, needed, further) in TOOLS {
        let tool = tools.get(name).unwrap_or_else(|| panic!("no tool {name}"));
        let schema = &tool["inputSchema"];
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|field| field.as_str().unwrap())
            .collect();
        assert_eq!(required, needed, "{name}");
        let taken = schema["properties"].as_object().unwrap();
        for field in needed.iter().chain(further) {
            let says = taken
                .get(*field)
                .and_then(|field| field["description"].as_str());
            assert!(
                says.is_some_and(|words| !words.is_empty()),
                "{name} explains {field}"
            );
        }
        for field in taken.keys().map(String::as_str) {
            let known =
                needed.contains(&field) || further.contains(&field) || OURS.contains(&field);
            assert!(known, "{name} takes {field} beyond the source's");
        }
        assert!(tool["outputSchema"].is_object(), "{name}");
        let reads = name.starts_with("list_");
        assert_eq!(tool["annotations"]["readOnlyHint"], reads, "{name}");
    }
    for status in ["active", "archived", "all"] {
        let list = json!({ "status": status });
        answered(&house, &founder, "list_domains", list).await;
    }
    house.close().await;
}

async fn p3_1_an_agent_keeps_the_catalogue_with_the_six_tools(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster Bank").await;
    let call =
        async |name: &str, arguments: Value| answered(&house, &founder, name, arguments).await;
    let wanted = json!({ "slug": "railiance", "name": "Railiance", "description": "Trains" });
    let made = call("create_domain", wanted).await;
    assert_eq!(made["status"], "active");
    let first = json!({ "domain_slug": "railiance", "name": "Rail Hub", "local_path": "/srv/rail-hub",
                        "remote_url": "https://git.example.com/rail/hub", "description": "The hub" });
    assert_eq!(call("register_repo", first).await["slug"], "rail-hub");
    let second = json!({ "domain_slug": "railiance", "name": "Rail Docs" });
    call("register_repo", second).await;
    let repos = call("list_domain_repos", json!({ "domain_slug": "railiance" })).await;
    assert_eq!(repos["items"].as_array().unwrap().len(), 2);
    let rename = json!({ "slug": "railiance", "new_slug": "rail", "new_name": "Rail" });
    assert_eq!(call("rename_domain", rename.clone()).await["slug"], "rail");
    assert_eq!(
        call("rename_domain", rename).await["slug"],
        "rail",
        "twice is once"
    );
    // The former slug leads there, in every tool.
    let repos = call("list_domain_repos", json!({ "domain_slug": "railiance" })).await;
    assert_eq!(
        (&repos["domain_slug"], &repos["items"][0]["domain_slug"]),
        (&json!("rail"), &json!("rail"))
    );
    assert_eq!(
        call("archive_domain", json!({ "slug": "railiance" })).await["status"],
        "archived"
    );
    assert_eq!(call("list_domains", json!({})).await["total_count"], 0);
    let archived = call("list_domains", json!({ "status": "archived" })).await;
    assert_eq!(archived["items"][0]["slug"], "rail");
    house.close().await;
}

/// What a tool refuses: its arguments, and the status, code and field of the problem.
const REFUSED: [(&str, &str, u16, &str, &str); 10] = [
    (
        "create_domain",
        r#"{"slug": "railiance", "name": "Again"}"#,
        409,
        "slug_taken",
        "slug",
    ),
    (
        "create_domain",
        r#"{"slug": "Rail", "name": "R"}"#,
        422,
        "invalid_input",
        "slug",
    ),
    (
        "create_domain",
        r#"{"slug": "rail"}"#,
        422,
        "invalid_input",
        "name",
    ),
    (
        "rename_domain",
        r#"{"slug": "railiance", "new_slug": "a b"}"#,
        422,
        "invalid_input",
        "new_slug",
    ),
    (
        "rename_domain",
        r#"{"slug": "never", "new_slug": "rail"}"#,
        404,
        "not_found",
        "",
    ),
    (
        "archive_domain",
        r#"{"slug": "railiance"}"#,
        409,
        "active_topics",
        "",
    ),
    (
        "list_domain_repos",
        r#"{"domain_slug": "never"}"#,
        404,
        "not_found",
        "",
    ),
    (
        "register_repo",
        r#"{"domain_slug": "never", "name": "Hub"}"#,
        422,
        "unknown_domain",
        "domain_slug",
    ),
    (
        "list_domains",
        r#"{"status": "sleeping"}"#,
        422,
        "invalid_input",
        "status",
    ),
    (
        "list_domains",
        r#"{"colour": "red"}"#,
        422,
        "invalid_input",
        "colour",
    ),
];

async fn an_agent_is_told_what_it_may_not_do_and_what_would_do(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "Aster Bank").await;
    let domain = json!({ "slug": "railiance", "name": "Railiance" });
    answered(&house, &founder, "create_domain", domain).await;
    let topic = json!({ "domain": "railiance", "slug": "tracks", "title": "Tracks" });
    let topic = house.post(&founder, "/topics", &topic);
    body(topic, StatusCode::CREATED).await;
    for (name, arguments, status, code, field) in REFUSED {
        let arguments = serde_json::from_str(arguments).unwrap();
        let problem = refused(&house, &founder, name, arguments).await;
        let told = (
            &problem["status"],
            &problem["code"],
            problem["field"].as_str().unwrap_or_default(),
        );
        assert_eq!(told, (&json!(status), &json!(code), field), "{problem}");
    }
    let unknown = json!({ "domain_slug": "never", "name": "Hub" });
    let problem = refused(&house, &founder, "register_repo", unknown).await;
    assert_eq!(problem["valid_slugs"], json!(["railiance"]));
    let archive = json!({ "slug": "railiance" });
    let problem = refused(&house, &founder, "archive_domain", archive.clone()).await;
    assert_eq!(problem["topics"], json!(["tracks"]));
    // Who only reads is told which right is missing; a stranger is told nothing.
    let reader = house
        .member(&founder, &engagement, "Rita", &["reader"])
        .await;
    let problem = refused(&house, &reader, "archive_domain", archive.clone()).await;
    assert_eq!(problem["code"], "capability_denied");
    let stranger = house.human(&founder, "Stranger").await;
    let problem = refused(&house, &stranger, "archive_domain", archive).await;
    assert_eq!(problem["code"], "not_found");
    house.close().await;
}

async fn an_agent_reads_the_summary_and_says_what_happened(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster Bank").await;
    for slug in ["railiance", "markitect"] {
        let domain = json!({ "slug": slug, "name": slug });
        answered(&house, &founder, "create_domain", domain).await;
    }
    let said = json!({ "summary": "The signals were measured", "domain": "railiance" });
    answered(&house, &founder, "add_progress", said).await;
    let whole = answered(&house, &founder, "get_summary", json!({})).await;
    assert_eq!(whole["domains"].as_array().unwrap().len(), 2);
    let scoped = json!({ "domain": "railiance" });
    let scoped = answered(&house, &founder, "get_summary", scoped).await;
    assert_eq!(scoped["domains"].as_array().unwrap().len(), 1);
    assert_eq!(
        scoped["recent_events"][0]["summary"],
        "The signals were measured"
    );
    let bytes = serde_json::to_vec(&scoped).unwrap().len();
    assert!(bytes <= 2_048, "{bytes} bytes");
    let problem = refused(
        &house,
        &founder,
        "get_summary",
        json!({ "domain": "never" }),
    )
    .await;
    assert_eq!(problem["valid_slugs"], json!(["markitect", "railiance"]));
    house.close().await;
}
