//! Sync: files are the authority, with the guards that a stale clone made necessary. Tests named `must_show…` hold what the
//! catalogue promises of it.

mod limits;
mod model;
mod plans;
mod sections;

use std::time::Duration;

use bellboard_hub::db::Row;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    must_show_3_a_clone_twenty_commits_behind_lowers_nothing,
    must_show_3_a_branch_from_before_a_deletion_resurrects_nothing,
    must_show_3_the_same_id_in_two_repos_is_reported_with_both_places,
    must_show_3_the_same_id_on_two_branches_is_reported_with_both_places,
    what_a_branch_beside_brought_is_not_taken_as_removed,
    a_repo_with_another_slug_keeps_its_tasks,
    must_show_8_the_plan_is_rebuilt_from_the_files_alone,
    a_dry_run_tells_and_writes_nothing,
    a_file_lowers_a_status_only_by_force,
    a_second_sync_of_the_same_files_changes_nothing,
    a_fingerprint_stands_while_the_hub_has_exactly_that,
    what_is_wrong_with_a_file_has_its_line_and_the_others_are_read,
    nothing_is_taken_as_removed_while_a_file_cannot_be_read,
    a_working_tree_in_the_middle_of_a_merge_writes_nothing,
    what_is_no_plan_is_refused_by_its_field,
    who_may_not_plan_may_not_sync,
);

const PATH: &str = "workplans/A.md";

/// A workplan with these tasks: the number of each, and its status.
fn plan(id: &str, tasks: &[(u8, &str)]) -> String {
    let blocks = tasks.iter().map(|(number, status)| {
        format!("## Task {number}\n\n```task\nid: {id}-T{number}\nstatus: {status}\n```\n\n")
    });
    let head = format!(
        "---\nid: {id}\ntype: workplan\ntitle: Plan {id}\nstatus: active\n---\n\n# Plan {id}\n\n"
    );
    std::iter::once(head).chain(blocks).collect()
}

fn file(path: &str, text: impl Into<String>) -> Value {
    json!({"path": path, "text": text.into()})
}

/// Files of every format with seven tasks in four workstreams.
fn of_each_format() -> Vec<Value> {
    vec![
        file(PATH, plan("A", &[(1, "done"), (2, "todo")])),
        file(
            "specs/001-x/tasks.md",
            "# Tasks\n\n- [ ] T001 Begin\n- [x] T002 End\n",
        ),
        file(
            "backlog/tasks/task-1 - Do.md",
            "---\nid: task-1\ntitle: Do\nstatus: To Do\n---\n",
        ),
        file(
            "backlog/tasks/task-2 - It.md",
            "---\nid: task-2\ntitle: It\nstatus: Done\n---\n",
        ),
        file(
            ".beads/issues.jsonl",
            "{\"id\":\"bd-1\",\"title\":\"Bead\",\"status\":\"open\"}\n",
        ),
    ]
}

/// A stage with repos, each in the domain `hub`.
struct Scene {
    stage: Stage,
}

impl Scene {
    async fn set(fixture: HubFixture, repos: &[&str]) -> Self {
        let stage = fixture.stage().await;
        let domain = json!({"engagement": stage.engagement, "slug": "hub", "name": "Hub"});
        stage
            .fixture
            .ok(&stage.operator, "create_domain", domain)
            .await;
        for slug in repos {
            let repo = json!({"domain": "hub", "slug": slug, "name": slug});
            stage.fixture.ok(&stage.operator, "create_repo", repo).await;
        }
        Self { stage }
    }

    /// Syncs as somebody who may; `more` is laid over the input.
    async fn sync(&self, repo: &str, files: Vec<Value>, more: Value) -> Value {
        let mut input = json!({"slug": repo, "head": {}, "files": files});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let stage = &self.stage;
        stage
            .fixture
            .ok(&stage.contributor, "sync_repo", input)
            .await
    }

    /// Of each task by its key: its status, and whether it is removed.
    async fn tasks(&self) -> Vec<(String, String, bool)> {
        let text = "select external_id, status, case when removed_at is null then 0 else 1 end from tasks order by external_id";
        let rows = self.stage.fixture.rows(text, vec![]).await;
        rows.iter()
            .map(|row| {
                (
                    row.text(0).unwrap(),
                    row.text(1).unwrap(),
                    row.bool(2).unwrap(),
                )
            })
            .collect()
    }

    async fn statuses(&self) -> Vec<String> {
        self.tasks()
            .await
            .into_iter()
            .map(|(_, status, _)| status)
            .collect()
    }
}

fn counts(report: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "tombstoned"].map(|name| report[name].as_u64().unwrap())
}

/// Of each drift row: the task, the field, and which side is taken.
fn drift(report: &Value) -> Vec<(&str, &str, &str)> {
    let rows = report["drift"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |name: &str| row[name].as_str().unwrap();
        (text("task"), text("field"), text("takes"))
    })
    .collect()
}

async fn must_show_3_a_clone_twenty_commits_behind_lowers_nothing(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let fresh = vec![file(PATH, plan("A", &[(1, "done"), (2, "in_progress")]))];
    let report = scene
        .sync(
            "one",
            fresh,
            json!({"head": {"branch": "main", "commit": "c20"}}),
        )
        .await;
    assert_eq!(
        (counts(&report), &report["written"]),
        ([2, 0, 0, 0], &json!(true))
    );

    let stale = || vec![file(PATH, plan("A", &[(1, "todo"), (3, "todo")]))];
    for force in [false, true] {
        let head =
            json!({"head": {"branch": "main", "commit": "c0", "behind": 20}, "force": force});
        let report = scene.sync("one", stale(), head).await;
        let [created, updated, _, tombstoned] = counts(&report);
        assert_eq!((created, updated, tombstoned), (0, 0, 0), "{report}");
        assert_eq!(report["written"], false);
        for row in report["drift"].as_array().unwrap() {
            assert_eq!(row["takes"], "neither");
            let reason = row["reason"].as_str().unwrap();
            assert!(reason.contains("behind its remote"), "{reason}");
        }
        let said = report["warnings"][0]["reason"].as_str().unwrap();
        assert_eq!(
            said,
            "the working tree is 20 commits behind its remote, so nothing is written"
        );
    }
    assert_eq!(scene.statuses().await, ["done", "in_progress"]);
    let commit = scene
        .stage
        .fixture
        .rows("select last_commit from repos", vec![])
        .await;
    assert_eq!(commit[0].text(0).unwrap(), "c20");
}

async fn must_show_3_a_branch_from_before_a_deletion_resurrects_nothing(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let before = || vec![file(PATH, plan("A", &[(1, "todo"), (2, "todo")]))];
    scene
        .sync("one", before(), json!({"head": {"commit": "old"}}))
        .await;
    let deleted = vec![
        file(PATH, plan("A", &[(1, "todo")])),
        file("workplans/B.md", plan("B", &[(1, "todo")])),
    ];
    let head = json!({"head": {"commit": "new", "holds_commit": "old"}});
    let report = scene.sync("one", deleted, head).await;
    assert_eq!(counts(&report), [1, 0, 1, 1]);

    // The old branch knows neither of the deletion nor of the file that came after it.
    let report = scene
        .sync("one", before(), json!({"head": {"commit": "old"}}))
        .await;
    assert_eq!(counts(&report), [0, 0, 1, 0], "{report}");
    assert_eq!(
        drift(&report),
        [
            ("A-T2", "existence", "hub"),
            ("B-T1", "existence", "neither")
        ]
    );
    let gone = |key: &str, removed| (key.to_owned(), "todo".to_owned(), removed);
    assert_eq!(
        scene.tasks().await,
        [gone("A-T1", false), gone("A-T2", true), gone("B-T1", false)]
    );
    let commit = scene
        .stage
        .fixture
        .rows("select last_commit from repos", vec![])
        .await;
    assert_eq!(
        commit[0].text(0).unwrap(),
        "new",
        "a branch beside it is not the measure"
    );

    // Only force brings it back.
    let report = scene
        .sync(
            "one",
            before(),
            json!({"head": {"commit": "old"}, "force": true}),
        )
        .await;
    assert_eq!(report["updated"], 1, "{report}");
    assert_eq!(scene.tasks().await[1], gone("A-T2", false));
}

async fn must_show_3_the_same_id_in_two_repos_is_reported_with_both_places(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one", "two"]).await;
    scene
        .sync(
            "one",
            vec![file(PATH, plan("A", &[(1, "todo")]))],
            json!({}),
        )
        .await;
    let text = plan("B", &[(2, "todo")]).replace("B-T2", "A-T1");
    let report = scene
        .sync("two", vec![file("workplans/B.md", text)], json!({}))
        .await;
    let error = &report["errors"][0];
    assert_eq!(
        error["reason"],
        "the id A-T1 stands in two workplans/B.md:12 and in one workplans/A.md:12"
    );
    assert_eq!(
        (&error["path"], &error["line"]),
        (&json!("workplans/B.md"), &json!(12))
    );
    assert!(error["way_out"].as_str().unwrap().contains("another id"));
    let whose =
        "select r.slug from tasks t join repos r on r.id = t.repo_id where t.external_id = 'A-T1'";
    assert_eq!(
        scene.stage.fixture.rows(whose, vec![]).await[0]
            .text(0)
            .unwrap(),
        "one"
    );
}

async fn must_show_3_the_same_id_on_two_branches_is_reported_with_both_places(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let start = || vec![file(PATH, plan("A", &[(1, "todo")]))];
    let on = |branch: &str, commit: &str, holds: Option<&str>| json!({"head": {"branch": branch, "commit": commit, "holds_commit": holds}});
    scene.sync("one", start(), on("main", "c1", None)).await;
    let grown = vec![file(PATH, plan("A", &[(1, "todo"), (2, "todo")]))];
    scene.sync("one", grown, on("main", "c2", Some("c1"))).await;
    // Somebody else took the same next id, in another plan, on a branch that was cut before.
    let mut beside = start();
    let text = plan("B", &[(2, "done")]).replace("B-T2", "A-T2");
    beside.push(file("workplans/B.md", text));
    let report = scene.sync("one", beside, on("other", "d2", None)).await;
    assert_eq!(
        report["errors"][0]["reason"],
        "the id A-T2 stands in one workplans/B.md:12 and in one (branch main) workplans/A.md:19"
    );
    assert_eq!(scene.statuses().await, ["todo", "todo"]);
}

async fn what_a_branch_beside_brought_is_not_taken_as_removed(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let one = || vec![file(PATH, plan("A", &[(1, "todo")]))];
    let both = || vec![file(PATH, plan("A", &[(1, "todo"), (2, "todo")]))];
    let at = |commit: &str, holds: Option<&str>| json!({"head": {"commit": commit, "holds_commit": holds}});
    scene.sync("one", one(), at("m1", None)).await;
    scene.sync("one", one(), at("m2", Some("m1"))).await;
    // Twice, because the second time it is known.
    for _ in 0..2 {
        scene.sync("one", both(), at("b1", None)).await;
    }
    let report = scene.sync("one", one(), at("m2", Some("m2"))).await;
    assert_eq!(counts(&report), [0, 0, 1, 0], "{report}");
    assert_eq!(scene.statuses().await.len(), 2);
    // Merged, it stands in the files that count; what leaves them then is removed.
    let report = scene.sync("one", both(), at("m3", Some("m2"))).await;
    assert_eq!(counts(&report), [0, 0, 2, 0], "{report}");
    let report = scene.sync("one", one(), at("m4", Some("m3"))).await;
    assert_eq!(counts(&report), [0, 0, 1, 1], "{report}");
}

async fn a_repo_with_another_slug_keeps_its_tasks(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    scene.sync("one", of_each_format(), json!({})).await;
    let stage = &scene.stage;
    let rename = json!({"slug": "one", "new_slug": "two"});
    stage
        .fixture
        .ok(&stage.operator, "update_repo", rename)
        .await;
    let report = scene.sync("two", of_each_format(), json!({})).await;
    assert_eq!(
        (counts(&report), &report["workstreams_created"]),
        ([0, 0, 7, 0], &json!(0)),
        "{report}"
    );
}

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

async fn what_is_wrong_with_a_file_has_its_line_and_the_others_are_read(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let bomb = "---\nid: X\na: &a [x, x]\nb: [*a, *a]\n---\n";
    let files = vec![
        file("workplans/bomb.md", bomb),
        file("workplans/broken.md", "---\nid: [\n---\n"),
        file("workplans/good.md", plan("G", &[(1, "todo")])),
        file(
            "workplans/nameless.md",
            "---\nid: N\ntitle: N\n---\n\n## One\n\n```task\nstatus: todo\n```\n",
        ),
        file("workplans/twice.md", plan("T", &[(1, "todo"), (1, "done")])),
    ];
    let report = scene.sync("one", files, json!({})).await;
    for path in ["bomb", "broken", "nameless", "twice"] {
        let path = format!("workplans/{path}.md");
        let rows = report["errors"].as_array().unwrap().iter();
        let error = rows
            .clone()
            .find(|error| error["path"] == path)
            .unwrap_or_else(|| panic!("{path}: {report}"));
        assert!(error["line"].as_u64().unwrap() >= 1);
        assert!(!error["way_out"].as_str().unwrap().is_empty(), "{error}");
    }
    let tasks = scene.tasks().await;
    assert!(tasks.iter().any(|(key, ..)| key == "G-T1"), "{tasks:?}");
}

async fn nothing_is_taken_as_removed_while_a_file_cannot_be_read(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let both = vec![
        file(PATH, plan("A", &[(1, "todo")])),
        file("workplans/B.md", plan("B", &[(1, "todo")])),
    ];
    scene.sync("one", both, json!({})).await;
    let one = || vec![file(PATH, plan("A", &[(1, "todo")]))];
    let skipped = json!([{"path": "workplans/B.md", "reason": "is larger than 1 MiB", "way_out": "Divide it."}]);
    let report = scene.sync("one", one(), json!({"skipped": skipped})).await;
    assert_eq!(counts(&report), [0, 0, 1, 0]);
    assert_eq!(report["errors"][0]["reason"], "is larger than 1 MiB");
    assert_eq!(drift(&report), [("B-T1", "existence", "neither")]);
    let report = scene.sync("one", one(), json!({})).await;
    assert_eq!(counts(&report), [0, 0, 1, 1]);
}

async fn a_working_tree_in_the_middle_of_a_merge_writes_nothing(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let files = vec![file(PATH, plan("A", &[(1, "todo")]))];
    let report = scene
        .sync("one", files, json!({"head": {"under_way": "a merge"}}))
        .await;
    assert_eq!(
        (&report["written"], scene.tasks().await.len()),
        (&json!(false), 0)
    );
    assert_eq!(
        report["warnings"][0]["reason"],
        "a merge is under way, so nothing is written"
    );
}

async fn what_is_no_plan_is_refused_by_its_field(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let good = file(PATH, plan("A", &[(1, "todo")]));
    for (files, field) in [
        (vec![good.clone(), file("README.md", "x")], "files[1].path"),
        (
            vec![file("workplans/../../etc/passwd.md", "x")],
            "files[0].path",
        ),
        (vec![file("workplans/a\nb.md", "x")], "files[0].path"),
        (vec![good.clone(), good.clone()], "files[1].path"),
    ] {
        let input = json!({"slug": "one", "head": {}, "files": files});
        let fault = stage
            .fixture
            .refused(&stage.contributor, "sync_repo", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
    let archive = "update repos set status = 'archived'";
    stage.fixture.execute(archive, vec![]).await;
    let input = json!({"slug": "one", "head": {}, "files": [good]});
    let fault = stage
        .fixture
        .refused(&stage.contributor, "sync_repo", input)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "repo_archived", None));
    assert_eq!(scene.tasks().await, []);
}

async fn who_may_not_plan_may_not_sync(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let input = json!({"slug": "one", "head": {}, "files": [file("README.md", "never looked at")]});
    let fault = stage
        .fixture
        .refused(&stage.reader, "sync_repo", input.clone())
        .await;
    assert_eq!(fault.kind, FaultKind::Forbidden);
    let fault = stage
        .fixture
        .refused(&stage.stranger, "sync_repo", input)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    let nowhere = json!({"slug": Uuid::nil(), "head": {}, "files": []});
    let fault = stage
        .fixture
        .refused(&stage.contributor, "sync_repo", nowhere)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}
