//! `bellboard sync` on real working trees: what is read, and how it ends; what guards it and what is written back in the
//! files of those names.

mod guards;
mod write_back;

use std::fs;
use std::os::unix::fs::symlink;

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
        self.house.run(&arguments)
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
    let said = scene.house.run(&wrong);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("Name one folder."), "{said:?}");
    let both = ["sync", "--dry-run", "--write-back"];
    let said = scene.house.run(&both);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
}
