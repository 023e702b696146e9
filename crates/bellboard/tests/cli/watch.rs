//! Folders that the hub of this machine looks at by itself.

use serde_json::Value;

use crate::place::{Hub, Place, until};
use crate::tree::{Tree, domain, plan};

/// Waits until what the tree's file says of its only task is what the hub has, so that there is nothing to do.
fn is_synced(place: &Place, tree: &Tree, words: &str) {
    until(words, || {
        let said = place.run(["sync", "--dry-run", "--json", tree.path()]);
        let report: Value = serde_json::from_str(&said.out).ok()?;
        let is_known = report["unchanged"] == 1 && report["drift"] == Value::Array(vec![]);
        is_known.then_some(())
    });
}

#[test]
fn a_watched_folder_is_synced_when_a_plan_file_changes() {
    let place = Place::new();
    let hub = Hub::start_with(&place, "0", &["--watch-seconds", "1"]);
    let tree = Tree::new(&place, "tree");
    tree.write("workplans/A.md", &plan("A", &[(1, "todo")]));
    tree.commit();
    domain(&place, &hub, "hub");
    let register = ["register", tree.path(), "--domain", "hub"];
    let said = place.run(register.iter().chain(&["--watch"]));
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("The hub syncs /"), "{said:?}");
    is_synced(&place, &tree, "it is read at first");
    tree.write("workplans/A.md", &plan("A", &[(1, "in_progress")]));
    is_synced(&place, &tree, "it is read again");

    // Off the list, it is left alone; the hub itself goes on.
    let said = place.run(register.iter().chain(&["--no-watch"]));
    assert!(
        said.err.contains("The hub no longer looks at /"),
        "{said:?}"
    );
    drop(hub);
}

#[test]
fn only_the_owner_of_the_hubs_own_machine_has_a_folder_watched() {
    let here = Place::new();
    let hub = Hub::start(&here);
    let key = std::fs::read_to_string(here.folder.join(".local/share/bellboard/owner.json"));
    let key: Value = serde_json::from_str(&key.unwrap()).unwrap();
    let elsewhere = Place::new();
    let tree = Tree::new(&elsewhere, "tree");
    let mut register = elsewhere.bellboard(["register", tree.path(), "--domain", "hub", "--watch"]);
    register
        .env("BELLBOARD_URL", &hub.url)
        .env("BELLBOARD_TOKEN", key["token"].as_str().unwrap());
    let said = crate::place::Said::of(register.output().unwrap());
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err.contains("it opens no folder that others name"),
        "{said:?}"
    );
    assert!(!tree.file("AGENTS.md").exists());
}
