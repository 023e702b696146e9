//! The examples of docs/truth.md: taken out of the document, run against a hub, and looked at on the board.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::place::{Hub, Place, Said};

const DOCUMENT: &str = include_str!("../../../../docs/truth.md");

fn blocks(language: &str) -> Vec<&'static str> {
    blocks_of(DOCUMENT, language)
}

/// The fenced blocks of one language, in order.
pub fn blocks_of<'a>(document: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let after = document.split(fence.as_str()).skip(1);
    after
        .map(|text| text.split("```").next().unwrap())
        .collect()
}

/// A hub, and what each example is given.
pub struct Stage {
    pub place: Place,
    pub hub: Hub,
    given: Vec<(&'static str, String)>,
}

impl Stage {
    pub fn new() -> Self {
        let place = Place::new();
        let hub = Hub::start(&place);
        let key =
            fs::read_to_string(place.folder.join(".config/bellboard/credentials.json")).unwrap();
        let key: Value = serde_json::from_str(&key).unwrap();
        let engagements = place.json(&["engagements", "list"]);
        let engagement = &engagements["items"][0]["engagement_id"];
        let given = vec![
            ("BELLBOARD_URL", hub.url.clone()),
            ("BELLBOARD_TOKEN", key["token"].as_str().unwrap().to_owned()),
            ("ENGAGEMENT", engagement.as_str().unwrap().to_owned()),
        ];
        Self { place, hub, given }
    }

    /// A program in the environment of the command line, with what each example is given.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let ours = self.place.bellboard([""; 0]);
        let mut command = Command::new(program);
        command.env_clear().args(arguments);
        for (name, value) in ours.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.envs(self.given.iter().map(|(name, value)| (name, value)));
        command
    }

    fn ends_well(&self, program: &str, arguments: &[&str]) {
        let said = Said::of(self.command(program, arguments).output().unwrap());
        assert_eq!(
            said.code, 0,
            "{program} {arguments:?}\n{}\n{}",
            said.out, said.err
        );
    }

    /// The only run there is, which must be of this type.
    fn run_of(&self, kind: &str) -> Value {
        let run = self.place.only_run();
        assert_eq!(run["type"], kind);
        run
    }
}

#[test]
fn the_example_of_the_command_line() {
    let stage = Stage::new();
    stage.ends_well("sh", &["-euc", blocks("sh")[0]]);
    let run = stage.run_of("docs.cli");
    assert_eq!(
        (&run["label"], &run["outcome"]),
        (&"Copy policies".into(), &"succeeded".into())
    );
    assert_eq!(run["grade"], "observed");
    assert_eq!(run["summary_counts"]["processed"], 512);
}

#[test]
fn the_example_in_shell() {
    let stage = Stage::new();
    stage.ends_well("sh", &["-euc", blocks("sh")[1]]);
    let run = stage.run_of("docs.shell");
    assert_eq!(
        (&run["outcome"], &run["grade"]),
        (&"failed".into(), &"observed".into())
    );
    assert_eq!(
        run["failures"][0]["message"],
        "The target refused two files"
    );
    assert_eq!(run["failures"][0]["count"], 2);
    assert_eq!(run["context"]["progress"]["phase"]["label"], "copying");
    assert_eq!(
        run["context"]["progress"]["message"],
        "three workloads left"
    );
}

#[test]
fn the_example_in_python() {
    let stage = Stage::new();
    stage.ends_well("python3", &["-c", blocks("python")[0]]);
    let run = stage.run_of("docs.python");
    assert_eq!(
        (&run["outcome"], &run["grade"]),
        (&"partially_succeeded".into(), &"claimed".into())
    );
    assert_eq!(run["summary_counts"]["failed"], 1);
    assert_eq!(run["context"]["progress"]["parts"]["waiting"], 4);
}

#[test]
fn the_example_in_rust() {
    let source = include_str!("../../examples/report.rs");
    assert_eq!(
        blocks("rust"),
        [source],
        "the document shows another text than examples/report.rs"
    );
    let built = Path::new(env!("CARGO_BIN_EXE_bellboard")).with_file_name("examples/report");
    let stage = Stage::new();
    stage.ends_well(built.to_str().unwrap(), &[]);
    let run = stage.run_of("docs.rust");
    assert_eq!(
        (&run["outcome"], &run["grade"]),
        (&"succeeded".into(), &"observed".into())
    );
    assert_eq!(run["summary_counts"]["processed"], 200);
}

#[test]
fn every_block_of_the_document_is_run() {
    let fences = DOCUMENT
        .lines()
        .filter(|line| line.starts_with("```"))
        .count();
    assert_eq!(fences, 2 * 4, "a block that no test runs");
}
