//! `bellboard mcp`: the hub's tools for a client that starts programs.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

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

#[test]
fn tools_answer_over_standard_input_and_output() {
    let place = Place::new();
    let _hub = Hub::start(&place);
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
