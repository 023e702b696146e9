//! The examples of docs/sync.md: taken out of the document and run in a repository of their own.

use crate::place::Said;
use crate::tree::{Tree, domain, plan};
use crate::truth::{Stage, blocks_of};

const DOCUMENT: &str = include_str!("../../../../docs/sync.md");

#[test]
fn the_example_of_the_command_line() {
    let stage = Stage::new();
    domain(&stage.place, &stage.hub, "railiance");
    let tree = Tree::new(&stage.place, "tree");
    tree.write("workplans/A.md", &plan("A", &[(1, "todo"), (2, "done")]));
    tree.commit();
    let example = blocks_of(DOCUMENT, "sh")[0];
    let mut command = stage.command("sh", &["-euc", example]);
    command
        .env("REPOSITORY", tree.path())
        .env("DOMAIN", "railiance");
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    let told: Vec<&str> = said.err.lines().collect();
    let counts = |words: &str| told.iter().filter(|line| line.contains(words)).count();
    assert_eq!(
        (
            counts("2 new, "),
            counts("0 new, 0 changed, 0 removed, 2 unchanged")
        ),
        (2, 2),
        "{said:?}"
    );
    assert!(tree.read("workplans/A.md").contains("state_hub_task_id: "));
    assert!(tree.read("AGENTS.md").contains("in the domain `railiance`"));
    let log = tree.git(&["log", "--format=%s"]);
    assert_eq!(
        log,
        "Plans: ids and statuses from Bellboard\nWords\nWords\n"
    );
}

#[test]
fn every_block_of_the_document_is_run() {
    let fences = DOCUMENT.lines().filter(|line| line.starts_with("```"));
    assert_eq!(fences.count(), 2, "a block that no test runs");
}
