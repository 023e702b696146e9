//! The guards: what an old, behind or half-merged working tree must not do, and one id in two places.

use serde_json::json;

use super::{PLAN, Scene, counts};
use crate::tree::{Tree, plan};

#[test]
fn must_show_3_a_clone_twenty_commits_behind_lowers_nothing() {
    let scene = Scene::set();
    let clone = Tree::clone_of(&scene.house.place, &scene.tree, "clone");
    for round in 0..20 {
        let status = if round < 19 { "in_progress" } else { "done" };
        let words = format!(
            "{}\nRound {round}.\n",
            plan("A", &[(1, status), (2, "done")])
        );
        scene.tree.write(PLAN, &words);
        scene.tree.commit();
    }
    assert_eq!(scene.report(&scene.tree, &[]).0, 0);
    clone.git(&["fetch", "--quiet"]);
    let (code, report) = scene.report(&clone, &["--repo", "origin", "--force"]);
    assert_eq!(
        (code, &report["behind"], &report["written"]),
        (2, &json!(20), &json!(false)),
        "{report}"
    );
    let (_, again) = scene.report(&scene.tree, &["--dry-run"]);
    assert_eq!(
        (counts(&again), &again["drift"]),
        ([0, 0, 2, 0], &json!([])),
        "nothing was lowered"
    );
    clone.git(&["pull", "--quiet"]);
    let (code, report) = scene.report(&clone, &["--repo", "origin"]);
    assert_eq!((code, counts(&report)), (0, [0, 0, 2, 0]), "{report}");
}

#[test]
fn a_merge_that_is_not_ended_is_named_and_nothing_is_written() {
    let scene = Scene::set();
    let tree = &scene.tree;
    tree.git(&["checkout", "--quiet", "-b", "side"]);
    tree.write(PLAN, &plan("A", &[(1, "done"), (2, "done")]));
    tree.commit();
    tree.git(&["checkout", "--quiet", "main"]);
    tree.write(PLAN, &plan("A", &[(1, "blocked"), (2, "todo")]));
    tree.commit();
    assert!(!tree.try_git(&["merge", "--quiet", "side"]).0);
    let (code, report) = scene.report(tree, &[]);
    assert_eq!((code, &report["written"]), (1, &json!(false)));
    assert_eq!(
        report["warnings"][0]["reason"],
        "a merge is under way, so nothing is written"
    );
    let error = &report["errors"][0];
    assert_eq!(error["reason"], "the file is in the middle of a merge");
    assert_eq!((&error["path"], &error["line"]), (&json!(PLAN), &json!(13)));
}

#[test]
fn must_show_3_a_branch_from_before_a_deletion_resurrects_nothing() {
    let scene = Scene::set();
    let tree = &scene.tree;
    assert_eq!(scene.report(tree, &[]).0, 0);
    tree.git(&["branch", "before"]);
    tree.write(PLAN, &plan("A", &[(1, "todo")]));
    tree.write("workplans/B.md", &plan("B", &[(1, "todo")]));
    tree.commit();
    let (code, report) = scene.report(tree, &[]);
    assert_eq!((code, counts(&report)), (0, [1, 0, 1, 1]), "{report}");
    let head = tree.git(&["rev-parse", "HEAD"]);

    // As a branch, and as a detached head.
    for to in [
        &["checkout", "--quiet", "before"][..],
        &["checkout", "--quiet", "--detach"],
    ] {
        tree.git(to);
        let (code, report) = scene.report(tree, &[]);
        assert_eq!((code, counts(&report)), (2, [0, 0, 1, 0]), "{report}");
        let rows: Vec<(&str, &str)> = report["drift"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                (
                    row["task"].as_str().unwrap(),
                    row["takes"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(rows, [("A-T2", "hub"), ("B-T1", "neither")]);
        assert_eq!(scene.repo("origin")["last_commit"], head.trim());
    }
    tree.git(&["checkout", "--quiet", "main"]);
    let (code, report) = scene.report(tree, &[]);
    assert_eq!((code, counts(&report)), (0, [0, 0, 2, 0]), "{report}");
}

#[test]
fn must_show_3_the_same_id_in_two_repos_is_reported_with_both_places() {
    let scene = Scene::set();
    assert_eq!(scene.report(&scene.tree, &[]).0, 0);
    let other = Tree::new(&scene.house.place, "other");
    scene.register("other", Some(other.path()));
    let text = plan("B", &[(1, "todo")]).replace("B-T1", "A-T1");
    other.write("workplans/B.md", &text);
    other.commit();
    let said = scene.sync(&other, &[]);
    assert_eq!(said.code, 1);
    let words = "workplans/B.md:11: the id A-T1 stands in other workplans/B.md:11 and in origin workplans/A.md:11. Give";
    assert!(said.err.contains(words), "{said:?}");
}
