//! What another sync does to what is there: nothing, what was asked for, or all of it again.

use std::time::Duration;

use bellboard_hub::db::Row;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};

use super::{PATH, Scene, counts, drift, file, of_each_format, plan};
use crate::fixture::HubFixture;

on_each_engine!(
    must_show_8_the_plan_is_rebuilt_from_the_files_alone,
    a_dry_run_tells_and_writes_nothing,
    a_file_lowers_a_status_only_by_force,
    a_second_sync_of_the_same_files_changes_nothing,
    a_fingerprint_stands_while_the_hub_has_exactly_that,
);

/// Everything of the plan that stands in files, but for times.
async fn dump(scene: &Scene) -> Vec<Row> {
    let fixture = &scene.stage.fixture;
    let workstreams = "select id, domain_id, topic_id, repo_id, slug, title, owner, description, status, format, file_path, file_id,
                              file_hash
                         from workstreams order by id";
    let tasks = "select id, workstream_id, external_id, position, title, description, priority, assignee, status, rank, needs_human,
                        repo_id, file_path, file_line
                   from tasks where removed_at is null order by id";
    let files =
        "select repo_id, path, hash, workstream_id from workplan_files order by repo_id, path";
    let mut rows = fixture.rows(workstreams, vec![]).await;
    rows.extend(fixture.rows(tasks, vec![]).await);
    rows.extend(fixture.rows(files, vec![]).await);
    rows
}

async fn must_show_8_the_plan_is_rebuilt_from_the_files_alone(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one", "two", "three"]).await;
    let mut others = of_each_format();
    others.remove(0);
    let mut repos = [
        (
            "one",
            vec![
                file(
                    PATH,
                    plan("A", &[(1, "done"), (2, "in_progress"), (3, "blocked")]),
                ),
                file("workplans/archived/Z.md", plan("Z", &[(1, "cancelled")])),
            ],
        ),
        (
            "two",
            vec![file(
                "workplans/B.md",
                plan("B", &[(1, "todo"), (2, "done")]),
            )],
        ),
        ("three", others),
    ];
    for (repo, files) in &mut repos {
        let report = scene
            .sync(repo, files.clone(), json!({"write_back": true}))
            .await;
        assert_eq!(report["errors"], json!([]));
        for written in report["write_back"].as_array().unwrap() {
            let of = files
                .iter_mut()
                .find(|file| file["path"] == written["path"])
                .unwrap();
            of["text"] = written["text"].clone();
        }
    }
    for (repo, files) in &repos {
        let report = scene
            .sync(repo, files.clone(), json!({"write_back": true}))
            .await;
        assert_eq!(
            (&report["write_back"], &report["drift"]),
            (&json!([]), &json!([])),
            "{report}"
        );
    }
    let before = dump(&scene).await;
    assert_eq!(before.len(), (3 + 3) + (6 + 5) + (3 + 4));
    for gone in [
        "delete from tasks",
        "delete from workstreams",
        "delete from workplan_files",
    ] {
        assert!(scene.stage.fixture.execute(gone, vec![]).await > 0);
    }
    scene
        .stage
        .fixture
        .execute(
            "update repos set last_commit = null, last_sync = null",
            vec![],
        )
        .await;
    for (repo, files) in &repos {
        scene.sync(repo, files.clone(), json!({})).await;
    }
    assert_eq!(dump(&scene).await, before);
}

async fn a_dry_run_tells_and_writes_nothing(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let files = || vec![file(PATH, plan("A", &[(1, "todo")]))];
    let report = scene.sync("one", files(), json!({"dry_run": true})).await;
    assert_eq!(
        (counts(&report), &report["written"], &report["dry_run"]),
        ([1, 0, 0, 0], &json!(false), &json!(true))
    );
    assert_eq!(scene.tasks().await, []);
    let events = "select count(*) from progress_events where type = 'synced'";
    assert_eq!(scene.stage.fixture.count(events, vec![]).await, 0);
    scene.sync("one", files(), json!({})).await;
    assert_eq!(scene.stage.fixture.count(events, vec![]).await, 1);
}

async fn a_file_lowers_a_status_only_by_force(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    scene
        .sync(
            "one",
            vec![file(PATH, plan("A", &[(1, "done"), (2, "todo")]))],
            json!({}),
        )
        .await;
    let lower = || vec![file(PATH, plan("A", &[(1, "todo"), (2, "in_progress")]))];
    let report = scene
        .sync("one", lower(), json!({"write_back": true}))
        .await;
    assert_eq!(
        drift(&report),
        [("A-T1", "status", "hub"), ("A-T2", "status", "file")]
    );
    assert_eq!(
        report["drift"][0]["reason"],
        "a file does not lower a status; force it if it should"
    );
    assert_eq!(scene.statuses().await, ["done", "in_progress"]);
    // The file can be made to say what holds, in the lines that say it and nowhere else.
    let text = report["write_back"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("\nstatus: done\n") && !text.contains("todo"),
        "{text}"
    );
    scene.sync("one", lower(), json!({"force": true})).await;
    assert_eq!(scene.statuses().await, ["todo", "in_progress"]);
}

async fn a_second_sync_of_the_same_files_changes_nothing(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let files = of_each_format;
    let first = scene.sync("one", files(), json!({})).await;
    assert_eq!(
        (counts(&first), &first["errors"]),
        ([7, 0, 0, 0], &json!([])),
        "{first}"
    );
    assert_eq!(first["workstreams_created"], 4, "{first}");
    let events = "select count(*) from events";
    let before = scene.stage.fixture.count(events, vec![]).await;
    let second = scene.sync("one", files(), json!({})).await;
    assert_eq!(
        (counts(&second), &second["drift"]),
        ([0, 0, 7, 0], &json!([])),
        "{second}"
    );
    assert_eq!(
        scene.stage.fixture.count(events, vec![]).await,
        before,
        "no hint for nothing"
    );
    // Another line, and nothing else: no change that anybody has to be told of.
    let mut moved = files();
    moved[0]["text"] = json!(
        plan("A", &[(1, "done"), (2, "todo")]).replace("# Plan A\n", "# Plan A\n\n<!-- -->\n")
    );
    let third = scene.sync("one", moved, json!({})).await;
    assert_eq!(counts(&third)[..2], [0, 0], "{third}");
}

async fn a_fingerprint_stands_while_the_hub_has_exactly_that(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let shown = async || {
        let repo = stage
            .fixture
            .ok(&stage.contributor, "get_repo", json!({"slug": "one"}));
        repo.await["last_sync"]["fingerprint"].clone()
    };
    let files = || vec![file(PATH, plan("A", &[(1, "todo")]))];
    let print = || json!({"fingerprint": "abc"});
    scene.sync("one", files(), print()).await;
    assert_eq!(shown().await, "abc");
    // Somebody has done the task meanwhile, so that the files are no longer what the hub has.
    stage.fixture.world.advance(Duration::from_secs(1));
    let values = vec![stage.fixture.world.now().into()];
    let done = "update tasks set status = 'done', rank = 2, changed_at = $1";
    stage.fixture.execute(done, values).await;
    assert_eq!(shown().await, Value::Null);
    let report = scene.sync("one", files(), print()).await;
    assert_eq!(
        (&report["drift_left"], &report["fingerprint"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(shown().await, Value::Null);
}
