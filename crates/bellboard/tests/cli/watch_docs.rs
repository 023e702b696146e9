//! The walk-through of docs/watch-a-file.md: its commands are run as they stand there, and say what stands there.

use std::path::Path;

use serde_json::json;
use tokio::runtime::Builder;

use crate::client::Client;
use crate::place::{Said, until};
use crate::truth::{Stage, blocks_of};

const DOCUMENT: &str = include_str!("../../../../docs/watch-a-file.md");

/// Text with what is another each time put aside: ids and the clock.
fn timeless(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words = line.split(' ').filter(|word| *word != "yesterday");
        let is_of = |word: &str, mark: char| {
            word.chars()
                .all(|one| one == mark || one.is_ascii_hexdigit())
        };
        let words = words.map(|word| match word.len() {
            5 if word.contains(':') && is_of(word, ':') => "[clock]",
            36 if is_of(word, '-') => "[id]",
            _ => word,
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_command_says_what_the_document_shows() {
    let stage = Stage::new();
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shown = blocks_of(DOCUMENT, "text");
    let commands = blocks_of(DOCUMENT, "sh");
    assert_eq!(commands.len(), shown.len());
    for (block, words) in commands.into_iter().zip(shown) {
        let together = format!("exec 2>&1\n{block}");
        let mut command = stage.command("sh", &["-euc", &together]);
        let said = Said::of(command.current_dir(&checkout).output().unwrap());
        assert_eq!(said.code, 0, "{block}{}", said.out);
        assert_eq!(timeless(&said.out), timeless(words), "{block}");
    }

    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let owner = runtime.block_on(Client::of(&stage.place, &stage.hub));
    let told = until("the bell is in the inbox", || {
        let inbox = runtime.block_on(owner.get("/api/me/notifications"));
        let bells = inbox["items"].as_array().unwrap().iter();
        let bells: Vec<_> = bells
            .filter(|one| one["kind"] == "snapshot_alert")
            .cloned()
            .collect();
        (!bells.is_empty()).then_some(bells)
    });
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        DOCUMENT.contains(told[0]["detail"].as_str().unwrap()),
        "{told:#?}"
    );
    let bells = runtime.block_on(owner.get("/api/deliveries"));
    assert_eq!(bells["total_count"], json!(1), "{bells:#}");
}
