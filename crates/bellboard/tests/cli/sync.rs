//! `bellboard sync` on real working trees: what is read, what guards it, what is written back, and how it ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use bellboard_core::time::Timestamp;
use serde_json::{Value, json};

use crate::house::House;
use crate::place::Said;
use crate::tree::{Tree, plan};

const PLAN: &str = "workplans/A.md";

/// A hub with the domain `hub` and one repo, and the repo's working tree with a plan of two tasks.
struct Scene {
    house: House,
    tree: Tree,
}

impl Scene {
    fn set() -> Self {
        let house = House::open(Timestamp::from_micros(1_795_000_000_000_000));
        let domain = json!({"engagement": house.engagement, "slug": "hub", "name": "Hub"});
        house.post("/api/domains", &domain);
        let tree = Tree::new(&house.place, "origin");
        tree.write(PLAN, &plan("A", &[(1, "todo"), (2, "in_progress")]));
        tree.commit();
        let scene = Self { house, tree };
        scene.register("origin", Some(scene.tree.path()));
        scene
    }

    fn register(&self, slug: &str, local_path: Option<&str>) {
        let repo = json!({"domain": "hub", "slug": slug, "name": slug, "local_path": local_path});
        self.house.post("/api/repos", &repo);
    }

    /// Syncs the tree, whatever comes of it.
    fn sync(&self, tree: &Tree, more: &[&str]) -> Said {
        let mut arguments = vec!["sync", tree.path()];
        arguments.extend(more);
        Said::of(self.house.bellboard(&arguments).output().unwrap())
    }

    /// Syncs and reads the report; with which code it ended.
    fn report(&self, tree: &Tree, more: &[&str]) -> (i32, Value) {
        let said = self.sync(tree, &[more, &["--json"]].concat());
        let report = serde_json::from_str(&said.out);
        (said.code, report.unwrap_or_else(|_| panic!("{said:?}")))
    }

    fn repo(&self, slug: &str) -> Value {
        self.house.get(&format!("/api/repos/{slug}"))
    }
}

fn counts(report: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "tombstoned"].map(|name| report[name].as_u64().unwrap())
}

#[test]
fn a_working_tree_is_read_and_the_second_time_nothing_changes() {
    let scene = Scene::set();
    let (code, report) = scene.report(&scene.tree, &[]);
    assert_eq!((code, counts(&report)), (0, [2, 0, 0, 0]), "{report}");
    let head = scene.tree.git(&["rev-parse", "HEAD"]);
    assert_eq!(scene.repo("origin")["last_commit"], head.trim());
    let said = scene.sync(&scene.tree, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.err.contains(
            "The hub has all of origin: 1 files, 2 tasks; 0 new, 0 changed, 0 removed, 2 unchanged."
        ),
        "{said:?}"
    );
    assert_eq!(said.out, "");
    // Sent all the same, it is the same.
    let (code, report) = scene.report(&scene.tree, &["--force"]);
    assert_eq!((code, counts(&report)), (0, [0, 0, 2, 0]), "{report}");
    assert_eq!(report["written"], true);
}

#[test]
fn the_repo_is_found_by_its_folder_its_name_or_the_word_of_the_caller() {
    let scene = Scene::set();
    let below = scene.tree.file("workplans");
    let said = scene
        .house
        .bellboard(&["sync"])
        .current_dir(below)
        .output()
        .unwrap();
    assert_eq!(Said::of(said).code, 0);
    let other = Tree::new(&scene.house.place, "Other Tree");
    let said = scene.sync(&other, &[]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("Register it with `bellboard register /"),
        "{said:?}"
    );
    scene.register("other-tree", None);
    assert_eq!(scene.report(&other, &[]).1["repo"], "other-tree");
    let (code, report) = scene.report(&other, &["--repo", "origin", "--dry-run"]);
    assert_eq!((code, &report["repo"]), (2, &json!("origin")), "{report}");
}

#[test]
fn several_working_trees_are_synced_by_one_command() {
    let scene = Scene::set();
    let other = Tree::new(&scene.house.place, "other");
    other.write("workplans/B.md", &plan("B", &[(1, "done")]));
    scene.register("other", None);
    let lost = Tree::folder(&scene.house.place, "nobody-knows-it");
    let said = scene.sync(&scene.tree, &[lost.path(), other.path(), "--json"]);
    assert_eq!(said.code, 1, "{said:?}");
    let created: Vec<u64> = said
        .out
        .lines()
        .map(|line| counts(&serde_json::from_str(line).unwrap())[0])
        .collect();
    assert_eq!(created, [2, 1]);
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let scene = Scene::set();
    let (code, report) = scene.report(&scene.tree, &["--dry-run"]);
    assert_eq!((code, counts(&report)), (0, [2, 0, 0, 0]));
    assert_eq!(scene.repo("origin")["last_synced_at"], Value::Null);
    let said = scene.sync(&scene.tree, &["--dry-run"]);
    assert!(said.err.contains("Would sync origin: "), "{said:?}");
}

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
fn what_cannot_be_read_is_named_with_the_way_out_and_the_rest_is_read() {
    let scene = Scene::set();
    let tree = &scene.tree;
    let secret = scene.house.place.folder.join("secret.md");
    fs::write(&secret, plan("S", &[(1, "todo")])).unwrap();
    symlink(&secret, tree.file("workplans/link.md")).unwrap();
    tree.write("workplans/large.md", &"x".repeat(2 * 1024 * 1024));
    let (code, report) = scene.report(tree, &[]);
    assert_eq!((code, counts(&report)[0]), (1, 2), "{report}");
    let reasons: Vec<&str> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        reasons,
        [
            "is larger than 1 MiB",
            "is a symbolic link out of the repository"
        ]
    );
    let said = scene.sync(tree, &[]);
    assert!(
        said.err.contains(
            "workplans/link.md:1: is a symbolic link out of the repository. Put the file itself there"
        ),
        "{said:?}"
    );
}

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
fn a_folder_that_is_none_is_told_with_the_way_out() {
    let scene = Scene::set();
    let said = scene.house.bellboard(&["sync", "/nowhere/at/all"]);
    let said = Said::of({ said }.output().unwrap());
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains("There is no folder /nowhere/at/all: name the folder of a repository"),
        "{said:?}"
    );
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

#[test]
fn another_git_in_the_environment_leads_nowhere_else() {
    let scene = Scene::set();
    let other = Tree::new(&scene.house.place, "other");
    let before = other.git(&["rev-parse", "HEAD"]);
    // As a hook of another repository sees it.
    let mut command = scene
        .house
        .bellboard(&["sync", scene.tree.path(), "--write-back"]);
    command
        .env("GIT_DIR", other.file(".git"))
        .env("GIT_WORK_TREE", other.path())
        .env("GIT_INDEX_FILE", other.file(".git/index"));
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(other.git(&["rev-parse", "HEAD"]), before);
    let subject = scene.tree.git(&["log", "--max-count=1", "--format=%s"]);
    assert_eq!(subject, "Plans: ids and statuses from Bellboard\n");
    assert_eq!(scene.tree.git(&["status", "--porcelain"]), "");
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
fn the_forms_of_the_output_and_the_ways_to_fail() {
    let scene = Scene::set();
    scene.report(&scene.tree, &[]);
    scene.house.execute(
        "update tasks set status = 'done', rank = 2, changed_at = changed_at + 1 where external_id = 'A-T1'",
        vec![],
    );
    let said = scene.sync(&scene.tree, &["--plain"]);
    let fields: Vec<&str> = said.out.trim_end().split('\t').collect();
    assert_eq!(
        fields[..6],
        ["workplans/A.md:11", "A-T1", "status", "todo", "done", "hub"]
    );
    let said = scene.sync(&scene.tree, &[]);
    assert!(
        said.out
            .starts_with("workplans/A.md:11  A-T1  status: stays done, the file says todo  "),
        "{said:?}"
    );
    let away = |name: &str, value: &str| {
        let mut command = scene.house.bellboard(&["sync", scene.tree.path()]);
        Said::of(command.env(name, value).output().unwrap()).code
    };
    assert_eq!(away("BELLBOARD_URL", "http://127.0.0.1:9"), 69);
    assert_eq!(away("BELLBOARD_TOKEN", "bbp_nothing"), 4);
    let wrong = ["sync", ".", "..", "--repo", "origin"];
    let said = Said::of(scene.house.bellboard(&wrong).output().unwrap());
    assert_eq!(said.code, 2);
    assert!(said.err.contains("Name one folder."), "{said:?}");
    let both = ["sync", "--dry-run", "--write-back"];
    let said = Said::of(scene.house.bellboard(&both).output().unwrap());
    assert_eq!((said.code, said.out.as_str()), (2, ""));
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
