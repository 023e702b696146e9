//! What is written back into the files, committed alone, and how that fails without a loss.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use super::{PLAN, Scene, counts};
use crate::place::Said;
use crate::tree::{Tree, plan};

#[test]
fn write_back_changes_the_lines_that_it_must_and_commits_them_alone() {
    let scene = Scene::set();
    let tree = &scene.tree;
    tree.write("workplans/mine.md", &plan("M", &[(1, "todo")]));
    tree.commit();
    // Something of the owner's, half done.
    tree.write("staged.txt", "staged");
    tree.git(&["add", "staged.txt"]);
    let mine = format!("{}\nNot committed.\n", tree.read("workplans/mine.md"));
    tree.write("workplans/mine.md", &mine);

    let before = tree.read(PLAN);
    let (code, report) = scene.report(tree, &["--write-back"]);
    assert_eq!(code, 0, "{report}");
    let paths = json!([{"path": PLAN}, {"path": "workplans/mine.md"}]);
    assert_eq!(report["write_back"], paths);
    let after = tree.read(PLAN);
    let added: Vec<&str> = after
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    assert_eq!(added.len(), 3, "{after}");
    assert!(added[0].starts_with("state_hub_workstream_id: "));
    assert!(
        added[1..]
            .iter()
            .all(|line| line.starts_with("state_hub_task_id: "))
    );
    let rest: Vec<&str> = after.lines().filter(|line| !added.contains(line)).collect();
    assert_eq!(rest, before.lines().collect::<Vec<_>>());

    let committed = tree.git(&["show", "--name-only", "--format=%s", "HEAD"]);
    assert_eq!(
        committed.split_whitespace().last(),
        Some(PLAN),
        "{committed}"
    );
    assert!(!committed.contains("mine.md") && !committed.contains("staged"));
    let status = tree.git(&["status", "--porcelain"]);
    assert_eq!(status, "A  staged.txt\n M workplans/mine.md\n");
    // The hub knows the commit, and there is nothing more to write.
    let head = tree.git(&["rev-parse", "HEAD"]);
    assert_eq!(scene.repo("origin")["last_commit"], head.trim());
    let (code, report) = scene.report(tree, &["--write-back"]);
    assert_eq!((code, &report["write_back"]), (0, &json!([])), "{report}");
}

#[test]
fn a_status_of_the_hub_is_written_back_in_its_one_line() {
    let scene = Scene::set();
    let tree = &scene.tree;
    scene.report(tree, &["--write-back"]);
    let done = "update tasks set status = 'done', rank = 2, changed_at = changed_at + 1 where external_id = 'A-T2'";
    assert_eq!(scene.house.execute(done, vec![]), 1);
    let (code, report) = scene.report(tree, &[]);
    assert_eq!(code, 2, "{report}");
    assert_eq!(report["drift"][0]["takes"], "hub");
    let before = tree.read(PLAN);
    assert_eq!(scene.report(tree, &["--write-back"]).0, 0);
    assert_eq!(
        tree.read(PLAN),
        before.replace(
            "status: in_progress   # mind the gap",
            "status: done   # mind the gap"
        )
    );
    let changed = tree.git(&["show", "--format=", "--numstat", "HEAD"]);
    assert_eq!(changed, format!("1\t1\t{PLAN}\n"));
}

#[test]
fn a_tree_that_cannot_be_written_says_so_and_loses_nothing() {
    let scene = Scene::set();
    let before = scene.tree.read(PLAN);
    let folder = scene.tree.file("workplans");
    fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    let is_root = fs::write(folder.join("probe"), "").is_ok();
    let said = scene.sync(&scene.tree, &["--write-back"]);
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    if is_root {
        // Nothing is read-only for root; a name that is in the way is as good.
        fs::write(folder.join("A.bellboard-new"), "in the way").unwrap();
        let house = &scene.house;
        house.execute("update tasks set status = 'done', rank = 2", vec![]);
        let before = scene.tree.read(PLAN);
        let said = scene.sync(&scene.tree, &["--write-back"]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains("cannot be written: "), "{said:?}");
        assert_eq!(scene.tree.read(PLAN), before);
        return;
    }
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err
            .contains("The hub is synced; make the working tree writable"),
        "{said:?}"
    );
    assert_eq!(scene.tree.read(PLAN), before);
}

#[test]
fn a_commit_that_a_hook_refuses_leaves_the_files_written_and_says_so() {
    let scene = Scene::set();
    let hook = scene.tree.file(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&hook, Permissions::from_mode(0o755)).unwrap();
    let said = scene.sync(&scene.tree, &["--write-back"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("git did not commit them"), "{said:?}");
    assert!(scene.tree.read(PLAN).contains("state_hub_task_id: "));
    let status = scene.tree.git(&["status", "--porcelain"]);
    assert_eq!(status, format!(" M {PLAN}\n"));
}

#[test]
fn a_folder_without_git_is_synced_and_written_and_not_committed() {
    let scene = Scene::set();
    let folder = Tree::folder(&scene.house.place, "plain");
    folder.write("workplans/P.md", &plan("P", &[(1, "todo")]));
    scene.register("plain", None);
    let (code, report) = scene.report(&folder, &["--write-back"]);
    assert_eq!((code, counts(&report)), (0, [1, 0, 0, 0]), "{report}");
    assert_eq!(
        (&report["branch"], &report["commit"]),
        (&Value::Null, &Value::Null)
    );
    assert!(
        folder
            .read("workplans/P.md")
            .contains("state_hub_task_id: ")
    );
    // A task that leaves its file is taken as removed here too: nothing says that the folder is stale.
    folder.write("workplans/P.md", &plan("P", &[(2, "todo")]));
    let (code, report) = scene.report(&folder, &[]);
    assert_eq!((code, counts(&report)), (0, [1, 0, 0, 1]), "{report}");
}

#[test]
fn a_review_and_a_decision_are_written_into_their_files_and_committed() {
    let scene = Scene::set();
    let tree = &scene.tree;
    scene.report(tree, &["--write-back"]);
    let decision = json!({"title": "Which gauge?", "repo": "origin", "append_to_file": true,
        "options": [{"key": "wide", "label": "Wide"}, {"key": "narrow", "label": "Narrow"}]});
    let ask = scene.house.post("/api/decisions", &decision)["ask_id"].clone();
    let answer = json!({"option": "wide", "note": "Faster"});
    let path = format!("/api/asks/{}/answer", ask.as_str().unwrap());
    scene.house.post(&path, &answer);
    let before = tree.read(PLAN);
    let close = [
        "workstreams",
        "close",
        "a",
        "--done",
        "A-T1",
        "--cancel",
        "A-T2=No longer wanted",
        "--write-section",
        tree.path(),
    ];
    let said = Said::of(scene.house.bellboard(&close).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("Completed a: "), "{said:?}");
    assert!(said.err.contains("Committed 2 files."), "{said:?}");

    let after = tree.read(PLAN);
    let (above, section) = after.split_once("\n## Closure Review\n").unwrap();
    let kept = above.lines().zip(before.lines());
    let changed = kept.filter(|(now, was)| now != was).count();
    assert_eq!(
        changed, 3,
        "the statuses of the plan and of both tasks:\n{after}"
    );
    assert!(
        section.contains("- A-T1 done\n- A-T2 cancelled: No longer wanted\n"),
        "{section}"
    );
    let decisions = tree.read("DECISIONS.md");
    assert!(
        decisions.starts_with("# Decisions\n\n## Which gauge?\n\n"),
        "{decisions}"
    );
    assert!(decisions.contains(": Wide\n\n> Faster\n"), "{decisions}");
    assert_eq!(tree.git(&["status", "--porcelain"]), "");
    let committed = tree.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(committed, format!("DECISIONS.md\n{PLAN}\n"));

    // There is nothing more to write, and what others add to the file stays.
    let (code, report) = scene.report(tree, &["--write-back"]);
    assert_eq!((code, &report["write_back"]), (0, &json!([])), "{report}");
    tree.write(
        "DECISIONS.md",
        &format!("{decisions}\n## Ours\r\n\r\nBy hand.\r\n"),
    );
    let (_, report) = scene.report(tree, &["--write-back"]);
    assert_eq!(report["write_back"], json!([]), "{report}");
    assert!(
        tree.read("DECISIONS.md")
            .ends_with("## Ours\r\n\r\nBy hand.\r\n")
    );
}

#[test]
fn decisions_that_cannot_be_read_are_told_and_the_plans_are_written() {
    let scene = Scene::set();
    let tree = &scene.tree;
    symlink("/etc/hostname", tree.file("DECISIONS.md")).unwrap();
    let (code, report) = scene.report(tree, &["--write-back"]);
    assert_eq!(
        (code, &report["write_back"]),
        (0, &json!([{"path": PLAN}])),
        "{report}"
    );
    let said = scene.sync(tree, &["--write-back"]);
    assert!(
        said.err
            .contains("DECISIONS.md is a symbolic link out of the repository"),
        "{said:?}"
    );
}
