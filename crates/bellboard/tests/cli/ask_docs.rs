//! The examples of docs/asks.md: taken out of the document, run against a hub, and answered while they wait.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::client::Client;
use crate::place::{Said, until};
use crate::truth::{Stage, blocks_of};

const DOCUMENT: &str = include_str!("../../../../docs/asks.md");

/// Runs the example, answers its ask with these words when it stands, and gives the ask and what the example printed.
fn answered(program: &str, arguments: &[&str], words: &Value) -> (Value, String) {
    let stage = Stage::new();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let owner = runtime.block_on(Client::of(&stage.place, &stage.hub));
    let mut command = stage.command(program, arguments);
    let example = command.stdin(Stdio::null()).stdout(Stdio::piped());
    let example = example.stderr(Stdio::piped()).spawn().unwrap();
    let ask = until("it asks", || {
        let asks = runtime.block_on(owner.get("/api/asks"));
        asks["items"].as_array().unwrap().first().cloned()
    });
    let path = format!("/api/asks/{}/answer", ask["id"].as_str().unwrap());
    runtime.block_on(owner.say(&path, words)).unwrap();
    let said = Said::of(example.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    (ask, said.out)
}

#[test]
fn the_example_of_the_command_line() {
    let example = blocks_of(DOCUMENT, "sh")[0];
    let words = json!({"option": "no", "note": "The audit"});
    let (ask, printed) = answered("sh", &["-euc", example], &words);
    assert_eq!(printed, "chosen: no\n");
    assert_eq!(ask["fallback"], json!({"option": "no"}));
}

#[test]
fn the_example_in_shell() {
    let example = blocks_of(DOCUMENT, "sh")[1];
    let words = json!({"option": "yes"});
    let (ask, printed) = answered("sh", &["-euc", example], &words);
    assert_eq!(printed, "chosen: yes\n");
    assert_eq!(ask["options"][0]["consequence"], "They are gone");
}

#[test]
fn the_example_in_python() {
    let example = blocks_of(DOCUMENT, "python")[0];
    let words = json!({"values": {"rows": 14}});
    let (ask, printed) = answered("python3", &["-c", example], &words);
    assert!(printed.starts_with("rows: 14 by "), "{printed}");
    assert_eq!(ask["form"]["required"], json!(["rows"]));
}

#[test]
fn every_block_of_the_document_is_run() {
    let fences = DOCUMENT.lines().filter(|line| line.starts_with("```"));
    assert_eq!(fences.count(), 2 * 3, "a block that no test runs");
}
