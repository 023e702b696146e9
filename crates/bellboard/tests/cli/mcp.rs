//! `bellboard mcp`: the hub's tools for a client that starts programs.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::client::Client;
use crate::place::{Hub, Place};

/// The client's end of both pipes.
struct Talk {
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Talk {
    fn say(&mut self, message: &Value) {
        writeln!(self.to, "{message}").unwrap();
    }

    fn ask(&mut self, id: u32, method: &str, params: &Value) -> Value {
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        let answer: Value = serde_json::from_str(&self.from.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["id"], id, "{answer:#}");
        answer["result"].clone()
    }
}

/// Starts the server and says hello.
fn talk(place: &Place) -> (Child, Talk) {
    let mut server = place
        .bellboard(["mcp"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut talk = Talk {
        to: server.stdin.take().unwrap(),
        from: BufReader::new(server.stdout.take().unwrap()).lines(),
    };
    let hello = json!({
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"},
    });
    talk.ask(1, "initialize", &hello);
    talk.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    (server, talk)
}

#[test]
fn tools_answer_over_standard_input_and_output() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let (mut server, mut talk) = talk(&place);
    let tools = talk.ask(2, "tools/list", &json!({}));
    let tools = tools["tools"].as_array().unwrap();
    assert!(
        tools.iter().any(|tool| tool["name"] == "start_run"),
        "{tools:#?}"
    );

    let engagement = place.json(&["engagements", "list"])["items"][0]["engagement_id"].clone();
    let start = json!({"engagement_id": engagement, "type": "agent.session", "status": "running"});
    let started = talk.ask(
        3,
        "tools/call",
        &json!({"name": "start_run", "arguments": start}),
    );
    assert_ne!(started["isError"], true, "{started:#}");
    let run = place.only_run();
    assert_eq!(run["type"], "agent.session");
    let report = json!({"run_id": run["id"], "processed": 1, "total": 2, "percent": 50});
    let refused = talk.ask(
        4,
        "tools/call",
        &json!({"name": "report_run", "arguments": report}),
    );
    assert_eq!(refused["isError"], true, "{refused:#}");
    // An id that leads elsewhere leads nowhere.
    let wrong = talk.ask(
        5,
        "tools/call",
        &json!({"name": "report_run", "arguments": {"run_id": "../me"}}),
    );
    assert_eq!(wrong["isError"], true, "{wrong:#}");
    let end = json!({"run_id": run["id"], "outcome": "succeeded"});
    talk.ask(
        6,
        "tools/call",
        &json!({"name": "finish_run", "arguments": end}),
    );
    assert_eq!(place.only_run()["outcome"], "succeeded");
    drop(talk);
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_null_clears_a_field_as_it_does_over_http() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = Client::of(&place, &hub).await;
        let workstream =
            json!({"domain": "rail", "slug": "lay", "title": "Lay", "status": "active"});
        let task = json!({"workstream": "lay", "external_id": "T-1", "title": "Do it"});
        for (path, words) in [
            ("/api/domains", json!({"slug": "rail", "name": "Rail"})),
            ("/api/workstreams", workstream),
            ("/api/tasks", task),
        ] {
            client.say(path, &words).await.unwrap();
        }
    });
    let (mut server, mut talk) = talk(&place);
    let mut update = |id, arguments: Value| {
        let call = json!({"name": "update_task", "arguments": arguments});
        let answer = talk.ask(id, "tools/call", &call);
        assert_ne!(answer["isError"], true, "{answer:#}");
        answer["structuredContent"]["blocking_reason"].clone()
    };
    let blocked = json!({"task_id": "T-1", "status": "blocked", "blocking_reason": "No rails"});
    assert_eq!(update(2, blocked), "No rails");
    assert_eq!(
        update(3, json!({"task_id": "T-1", "title": "Do it well"})),
        "No rails"
    );
    let clear = json!({"task_id": "T-1", "blocking_reason": null});
    assert_eq!(update(4, clear), Value::Null);
    drop(talk);
    assert!(server.wait().unwrap().success());
}
