//! Any story of syncs and of work in the hub, beside the few sentences that must hold of it: without force no file lowers
//! a task's rank, nothing that was removed comes back, and a stale working tree changes nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{PATH, Scene, file, plan};
use crate::fixture::HubFixture;

on_each_engine!(whatever_the_order_the_guards_hold);

const STORIES: u64 = 24;
const STEPS: u32 = 14;
const STATUSES: [&str; 5] = ["todo", "in_progress", "blocked", "done", "cancelled"];

/// Numbers that are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        // Knuth's MMIX generator; its high bits are good enough to choose by.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn status(&mut self) -> &'static str {
        STATUSES[self.below(STATUSES.len())]
    }

    /// Some of the four tasks, each in some status.
    fn tasks(&mut self) -> Vec<(u8, &'static str)> {
        let mut tasks = Vec::new();
        for number in 1..=4 {
            if self.below(4) > 0 {
                tasks.push((number, self.status()));
            }
        }
        tasks
    }
}

fn rank(status: &str) -> usize {
    match status {
        "todo" => 0,
        "in_progress" | "blocked" => 1,
        _ => 2,
    }
}

/// Of each task its status and whether it is removed.
async fn picture(scene: &Scene) -> BTreeMap<String, (String, bool)> {
    let tasks = scene.tasks().await.into_iter();
    tasks
        .map(|(key, status, removed)| (key, (status, removed)))
        .collect()
}

/// How a working tree stands to the last sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tree {
    Fresh,
    Beside,
    Behind,
    Merging,
}

async fn whatever_the_order_the_guards_hold(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    for story in 0..STORIES {
        tell(&scene, &mut Numbers(story)).await;
        for table in [
            "delete from tasks",
            "delete from workstreams",
            "delete from workplan_files",
        ] {
            scene.stage.fixture.execute(table, vec![]).await;
        }
        let forget = "update repos set last_commit = null, last_sync = null";
        scene.stage.fixture.execute(forget, vec![]).await;
    }
}

async fn tell(scene: &Scene, numbers: &mut Numbers) {
    let mut last: Option<String> = None;
    for step in 0..STEPS {
        if numbers.below(4) == 0 {
            work_in_the_hub(scene, numbers).await;
            continue;
        }
        let tree = [
            Tree::Fresh,
            Tree::Fresh,
            Tree::Beside,
            Tree::Behind,
            Tree::Merging,
        ][numbers.below(5)];
        let tasks = numbers.tasks();
        let before = picture(scene).await;
        let commit = format!("c{step}");
        let head = json!({
            "commit": commit,
            "holds_commit": if tree == Tree::Fresh { json!(last) } else { Value::Null },
            "behind": if tree == Tree::Behind { 3 } else { 0 },
            "under_way": if tree == Tree::Merging { json!("a rebase") } else { Value::Null },
        });
        let files = vec![file(PATH, plan("A", &tasks))];
        let dry = json!({"head": head, "dry_run": true});
        let told = scene.sync("one", files.clone(), dry).await;
        assert_eq!(picture(scene).await, before, "a dry run changed something");
        let report = scene.sync("one", files, json!({"head": head})).await;
        for count in [
            "created",
            "updated",
            "unchanged",
            "tombstoned",
            "drift_count",
        ] {
            assert_eq!(told[count], report[count], "a dry run tells {count}");
        }
        let after = picture(scene).await;
        holds(tree, &tasks, &before, &after);
        let counts = tree == Tree::Fresh || last.is_none();
        if counts && report["written"] == true {
            last = Some(commit);
        }
    }
}

/// Somebody moves a task on, or back, where no file sees it.
async fn work_in_the_hub(scene: &Scene, numbers: &mut Numbers) {
    let status = numbers.status();
    let rank = i64::try_from(rank(status)).unwrap();
    let key = format!("A-T{}", numbers.below(4) + 1);
    let values = vec![status.into(), rank.into(), key.as_str().into()];
    let text = "update tasks set status = $1, rank = $2 where external_id = $3";
    scene.stage.fixture.execute(text, values).await;
}

fn holds(
    tree: Tree,
    tasks: &[(u8, &str)],
    before: &BTreeMap<String, (String, bool)>,
    after: &BTreeMap<String, (String, bool)>,
) {
    if matches!(tree, Tree::Behind | Tree::Merging) {
        assert_eq!(before, after, "a stale working tree changed something");
    }
    let in_file: BTreeMap<String, &str> = tasks
        .iter()
        .map(|(number, status)| (format!("A-T{number}"), *status))
        .collect();
    for (key, (status, was_removed)) in before {
        let (now, is_removed) = &after[key];
        assert!(rank(now) >= rank(status), "{key} was lowered");
        assert!(
            !was_removed || *is_removed,
            "{key} came back, and nobody forced it"
        );
        let is_new_here = *is_removed && !was_removed;
        assert!(
            !is_new_here || (tree == Tree::Fresh && !in_file.contains_key(key)),
            "{key} was removed by {tree:?}"
        );
    }
    for (key, (status, _)) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        assert_eq!(in_file.get(key), Some(&status.as_str()), "{key} is made up");
    }
}
