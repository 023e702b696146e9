//! The sync state of repos, over HTTP and on the pages of their domain.

use bellboard_hub::db::Db;
use serde_json::{Value, json};

use crate::planning::{Scene, has};

on_each_engine!(
    what_a_sync_left_stands_with_the_repo_and_on_its_domain,
    a_repo_without_a_difference_says_when_it_was_read_and_no_more,
    what_could_not_be_read_is_listed_with_its_file_and_line,
    a_clone_that_is_behind_is_told_beside_what_was_read_last,
);

/// The scene with one repo.
async fn set(db: Db) -> Scene {
    let scene = Scene::set(db).await;
    let repo = json!({ "domain": "railiance", "slug": "one", "name": "One" });
    scene.made("/repos", repo).await;
    scene
}

impl Scene {
    async fn sync(&self, head: Value, text: &str) -> Value {
        let file = json!({ "path": "workplans/a.md", "text": text });
        let input = json!({ "head": head, "files": [file] });
        self.done("/repos/one/sync", input).await
    }

    async fn repo(&self) -> Value {
        self.shown("/repos/one").await
    }
}

fn plan(status: &str) -> String {
    format!(
        "---\nid: A\ntitle: A <plan>\n---\n\n## Lay <it>\n\n```task\nid: A-1\nstatus: {status}\n```\n"
    )
}

async fn what_a_sync_left_stands_with_the_repo_and_on_its_domain(db: Db) {
    let scene = set(db).await;
    let head = json!({ "branch": "main", "commit": "1a2b3c4d5e6f" });
    scene.sync(head, &plan("done")).await;
    let head =
        json!({ "branch": "main", "commit": "7f8e9d0c1b2a", "holds_commit": "1a2b3c4d5e6f" });
    let report = scene.sync(head, &plan("todo")).await;
    assert_eq!(report["drift_left"], 1, "{report}");
    let repo = scene.repo().await;
    assert_eq!(repo["drift"], report["drift"]);
    let place = format!("workplans/a.md:{}</span>", repo["drift"][0]["line"]);
    assert!(repo["drift"][0]["line"].as_u64().unwrap() > 1, "{repo}");
    let reason = repo["drift"][0]["reason"].as_str().unwrap();
    let list = scene.shown("/repos").await;
    assert_eq!(
        list["items"][0]["drift"],
        Value::Null,
        "the list has counts only"
    );
    for path in ["/ui/domains/railiance", "/ui/domains?domain=railiance"] {
        let page = scene.page(path).await;
        has(
            &page,
            &[
                ", commit 7f8e9d0c of main",
                "<summary>1 difference left</summary>",
                &place,
                "A-1, status: the file says todo, the hub done.",
                &reason[1..reason.len().min(20)],
            ],
        );
    }
    has(
        &scene.page("/ui/domains").await,
        &["commit 7f8e9d0c of main · 1 difference left"],
    );
    scene.house.close().await;
}

async fn a_repo_without_a_difference_says_when_it_was_read_and_no_more(db: Db) {
    let scene = set(db).await;
    let page = scene.page("/ui/domains/railiance").await;
    assert!(!page.contains("Plans read"), "{page}");
    scene.sync(json!({}), &plan("done")).await;
    let repo = scene.repo().await;
    assert_eq!(
        (&repo["drift"], &repo["warnings"], &repo["errors"]),
        (&json!([]), &json!([]), &json!([]))
    );
    let page = scene.page("/ui/domains/railiance").await;
    has(&page, &["Plans read <time"]);
    for words in ["commit", "left</summary>", "warning"] {
        assert!(!page.contains(words), "{words}: {page}");
    }
    scene.house.close().await;
}

async fn what_could_not_be_read_is_listed_with_its_file_and_line(db: Db) {
    let scene = set(db).await;
    scene
        .sync(json!({ "commit": "c1" }), "---\nid: [\n---\n")
        .await;
    let repo = scene.repo().await;
    let error = &repo["errors"][0];
    assert_eq!(error["path"], "workplans/a.md");
    let place = format!("workplans/a.md:{}", error["line"]);
    let page = scene.page("/ui/domains/railiance").await;
    has(
        &page,
        &[", commit c1", "<summary>1 error</summary>", &place],
    );
    scene.house.close().await;
}

async fn a_clone_that_is_behind_is_told_beside_what_was_read_last(db: Db) {
    let scene = set(db).await;
    let behind = json!({ "branch": "side", "commit": "0a1b2c3d4e5f", "behind": 20 });
    let words = ", commit 0a1b2c3d of side: the working tree is 20 commits behind its remote, so nothing is written. \
                 Pull, then sync again.</span>";
    scene.sync(behind.clone(), &plan("todo")).await;
    let page = scene.page("/ui/domains/railiance").await;
    has(&page, &["Last sync <time", words]);
    assert!(!page.contains("Plans read"), "nothing was: {page}");
    let head = json!({ "branch": "main", "commit": "1a2b3c4d5e6f" });
    scene.sync(head, &plan("done")).await;
    let page = scene.page("/ui/domains/railiance").await;
    assert!(!page.contains("Last sync"), "{page}");
    scene.sync(behind, &plan("todo")).await;
    let page = scene.page("/ui/domains/railiance").await;
    has(
        &page,
        &["Plans read <time", ", commit 1a2b3c4d of main", words],
    );
    scene.house.close().await;
}
