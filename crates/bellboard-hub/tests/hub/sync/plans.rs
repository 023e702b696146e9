//! What becomes of workstreams as their files change.

mod tasks;

use std::time::Duration;

use bellboard_hub::world::World as _;
use serde_json::{Value, json};

use super::{PATH, Scene, counts, drift, file, plan};
use crate::fixture::HubFixture;

on_each_engine!(
    a_new_workstream_belongs_where_its_file_says,
    a_workstream_follows_its_file,
    a_plan_is_not_completed_by_its_file_while_tasks_are_open,
    a_closed_workstream_is_reopened_only_by_force,
    a_plan_in_the_archive_is_archived,
    a_plan_keeps_the_time_of_its_completion_in_the_archive,
    ids_that_are_in_use_elsewhere_are_not_taken_over,
    a_slug_that_is_taken_gets_a_number,
    whatever_changes_is_told_once_for_each_workstream,
);

/// A plan of one task whose front matter holds these lines too.
fn with(lines: &str, status: &str) -> String {
    plan("A", &[(1, status)]).replacen("type: workplan\n", &format!("type: workplan\n{lines}"), 1)
}

/// Says another status of the plan.
fn in_status(status: &str, task: &str) -> Vec<Value> {
    let text = plan("A", &[(1, task)]);
    let text = text.replacen("status: active\n", &format!("status: {status}\n"), 1);
    vec![file(PATH, text)]
}

impl Scene {
    /// The columns of the first row, all of them text.
    async fn columns(&self, text: &'static str) -> Vec<Option<String>> {
        let rows = self.stage.fixture.rows(text, vec![]).await;
        let row = rows.first().expect("a row");
        (0..6).map_while(|at| row.opt_text(at).ok()).collect()
    }

    async fn status(&self) -> String {
        let text = "select status from workstreams order by slug";
        self.columns(text).await[0].clone().unwrap()
    }
}

fn texts(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|text| Some((*text).to_owned())).collect()
}

async fn a_new_workstream_belongs_where_its_file_says(fixture: HubFixture) {
    const WHERE: &str = "select d.slug, t.slug from workstreams w join domains d on d.id = w.domain_id left join topics t on t.id = w.topic_id
                          order by w.slug";
    let scene = Scene::set(fixture, &["one", "two", "three"]).await;
    let stage = &scene.stage;
    for slug in ["infra", "old"] {
        let domain = json!({"engagement": stage.engagement, "slug": slug, "name": slug});
        stage
            .fixture
            .ok(&stage.operator, "create_domain", domain)
            .await;
    }
    let renamed = json!({"slug": "old", "new_slug": "new", "new_name": "New"});
    stage
        .fixture
        .ok(&stage.operator, "rename_domain", renamed)
        .await;
    let topic = json!({"domain": "infra", "slug": "dns", "title": "Names"});
    stage
        .fixture
        .ok(&stage.operator, "create_topic", topic)
        .await;

    let text = with("domain: infra\ntopic_slug: dns\n", "todo");
    let report = scene.sync("one", vec![file(PATH, text)], json!({})).await;
    assert_eq!(report["warnings"], json!([]));
    assert_eq!(scene.columns(WHERE).await, texts(&["infra", "dns"]));

    // A former slug leads there too.
    let text = with("domain: old\n", "todo").replace("id: A", "id: 0");
    scene.sync("two", vec![file(PATH, text)], json!({})).await;
    assert_eq!(scene.columns(WHERE).await[0].as_deref(), Some("new"));

    // What is not there is said, and the repo's own domain is taken.
    let text = with("domain: nowhere\ntopic_slug: nothing\n", "todo").replace("id: A", "id: Z");
    let report = scene.sync("three", vec![file(PATH, text)], json!({})).await;
    let reasons: Vec<&str> = report["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        reasons,
        [
            "there is no domain `nowhere`, so that of the repo is taken",
            "there is no topic `nothing`, so that of the repo is taken"
        ]
    );
    assert_eq!(report["warnings"][0]["path"], PATH);
    let of_three = "select d.slug from workstreams w join domains d on d.id = w.domain_id join repos r on r.id = w.repo_id
                     where r.slug = 'three'";
    assert_eq!(scene.columns(of_three).await, texts(&["hub"]));
}

async fn a_workstream_follows_its_file(fixture: HubFixture) {
    const WORDS: &str = "select title, owner, description, status, file_path from workstreams";
    let scene = Scene::set(fixture, &["one"]).await;
    scene
        .sync(
            "one",
            vec![file(PATH, plan("A", &[(1, "todo")]))],
            json!({}),
        )
        .await;
    assert_eq!(
        scene.columns(WORDS).await,
        texts(&["Plan A", "", "", "active", PATH])
    );
    let text = with("owner: anna\n", "todo")
        .replace("title: Plan A", "title: Another")
        .replace("# Plan A\n", "# Plan A\n\nWhat it is about.\n")
        .replacen("status: active", "status: blocked", 1);
    let report = scene
        .sync("one", vec![file(PATH, text.clone())], json!({}))
        .await;
    assert_eq!(
        drift(&report),
        [
            ("A", "title", "file"),
            ("A", "assignee", "file"),
            ("A", "description", "file"),
            ("A", "status", "file")
        ]
    );
    assert_eq!(report["workstreams_updated"], 1);
    assert_eq!(
        scene.columns(WORDS).await,
        texts(&["Another", "anna", "What it is about.", "blocked", PATH])
    );
    // Under another name the file is the same plan.
    let moved = vec![file("workplans/moved.md", text)];
    let report = scene.sync("one", moved, json!({})).await;
    assert_eq!(
        (counts(&report), &report["workstreams_updated"]),
        ([0, 0, 1, 0], &json!(0))
    );
    assert_eq!(
        scene.columns(WORDS).await[4].as_deref(),
        Some("workplans/moved.md")
    );
}

async fn a_plan_is_not_completed_by_its_file_while_tasks_are_open(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let report = scene
        .sync("one", in_status("completed", "in_progress"), json!({}))
        .await;
    assert_eq!(drift(&report), [("A", "status", "neither")]);
    assert_eq!(
        report["drift"][0]["reason"],
        "tasks are open, and completing takes a closure review of them"
    );
    assert_eq!(scene.status().await, "active");
    let report = scene
        .sync(
            "one",
            in_status("completed", "in_progress"),
            json!({"force": true}),
        )
        .await;
    assert_eq!(drift(&report), [("A", "status", "neither")], "nor by force");
    // With its last task it is completed.
    let report = scene
        .sync("one", in_status("completed", "done"), json!({}))
        .await;
    assert_eq!(
        drift(&report),
        [("A-T1", "status", "file"), ("A", "status", "file")]
    );
    let completed =
        "select count(*) from workstreams where status = 'completed' and completed_at is not null";
    assert_eq!(scene.stage.fixture.count(completed, vec![]).await, 1);
}

async fn a_closed_workstream_is_reopened_only_by_force(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    scene
        .sync("one", in_status("completed", "done"), json!({}))
        .await;
    assert_eq!(scene.status().await, "completed");
    let report = scene
        .sync(
            "one",
            in_status("active", "done"),
            json!({"write_back": true}),
        )
        .await;
    assert_eq!(drift(&report), [("A", "status", "hub")]);
    let text = report["write_back"][0]["text"].as_str().unwrap();
    assert!(text.contains("\nstatus: completed\n"), "{text}");
    assert_eq!(scene.status().await, "completed");
    scene
        .sync("one", in_status("active", "done"), json!({"force": true}))
        .await;
    let open = "select count(*) from workstreams where status = 'active' and completed_at is null";
    assert_eq!(scene.stage.fixture.count(open, vec![]).await, 1);
}

async fn a_plan_in_the_archive_is_archived(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let text = || plan("A", &[(1, "done")]);
    scene.sync("one", vec![file(PATH, text())], json!({})).await;
    assert_eq!(scene.status().await, "active");
    let archived = vec![file("workplans/archived/A.md", text())];
    let report = scene.sync("one", archived, json!({})).await;
    assert_eq!(counts(&report), [0, 0, 1, 0], "the task stays what it was");
    assert_eq!(scene.status().await, "archived");
}

async fn a_plan_keeps_the_time_of_its_completion_in_the_archive(fixture: HubFixture) {
    const TIME: &str = "select completed_at from workstreams";
    let scene = Scene::set(fixture, &["one"]).await;
    let time = async || scene.stage.fixture.rows(TIME, vec![]).await[0].opt_time(0);
    let done = || in_status("completed", "done");
    scene.sync("one", done(), json!({})).await;
    let completed = time().await.unwrap();
    assert_eq!(completed, Some(scene.stage.fixture.hub.now()));
    scene.stage.fixture.world.advance(Duration::from_hours(1));
    let mut archived = done();
    archived[0]["path"] = json!("workplans/archived/A.md");
    scene.sync("one", archived, json!({})).await;
    assert_eq!(scene.status().await, "archived");
    assert_eq!(time().await.unwrap(), completed);
    // It goes on, and is completed anew.
    for (status, expected) in [
        ("active", None),
        ("completed", Some(scene.stage.fixture.hub.now())),
    ] {
        let files = in_status(status, "done");
        scene.sync("one", files, json!({"force": true})).await;
        assert_eq!(scene.status().await, status);
        assert_eq!(time().await.unwrap(), expected);
    }
}

async fn ids_that_are_in_use_elsewhere_are_not_taken_over(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one", "two"]).await;
    let first = vec![file(PATH, plan("A", &[(1, "todo")]))];
    let report = scene.sync("one", first, json!({"write_back": true})).await;
    // A copy under other names that kept the ids of the hub.
    let copy = report["write_back"][0]["text"].as_str().unwrap();
    let copy = copy.replace("id: A\n", "id: B\n").replace("A-T1", "B-T1");
    let files = vec![file("workplans/B.md", copy)];
    let report = scene.sync("two", files, json!({"write_back": true})).await;
    assert_eq!(counts(&report), [1, 0, 0, 0], "{report}");
    let ids = scene
        .stage
        .fixture
        .count("select count(distinct id) from tasks", vec![])
        .await;
    assert_eq!(ids, 2);
    let whose =
        "select r.slug from tasks t join repos r on r.id = t.repo_id where t.external_id = 'A-T1'";
    assert_eq!(scene.columns(whose).await, texts(&["one"]));
}

async fn a_slug_that_is_taken_gets_a_number(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let files = vec![
        file("workplans/1.md", plan("A.1", &[(1, "todo")])),
        file("workplans/2.md", plan("A-1", &[(1, "todo")])),
        file("workplans/3.md", plan("A_1", &[(1, "todo")])),
        file("workplans/4.md", plan("\u{fc}", &[(1, "todo")])),
    ];
    let report = scene.sync("one", files, json!({})).await;
    assert_eq!(report["workstreams_created"], 4, "{report}");
    let text = "select slug from workstreams order by file_path";
    let rows = scene.stage.fixture.rows(text, vec![]).await;
    let slugs: Vec<String> = rows.iter().map(|row| row.text(0).unwrap()).collect();
    assert_eq!(slugs, ["a-1", "a-1-2", "a_1", "one-plan"]);
}

async fn whatever_changes_is_told_once_for_each_workstream(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let files = |status: &str| {
        vec![
            file(PATH, plan("A", &[(1, status), (2, "todo")])),
            file("workplans/B.md", plan("B", &[(1, "todo")])),
        ]
    };
    scene.sync("one", files("todo"), json!({})).await;
    let said = "select summary from progress_events where type = 'synced' order by summary";
    let rows = scene.stage.fixture.rows(said, vec![]).await;
    let told: Vec<String> = rows.iter().map(|row| row.text(0).unwrap()).collect();
    assert_eq!(
        told,
        [
            "Read from one: tasks 1 added",
            "Read from one: tasks 2 added"
        ]
    );
    scene.stage.fixture.world.advance(Duration::from_mins(1));
    let now = scene.stage.fixture.world.now();
    scene.sync("one", files("done"), json!({})).await;
    let newer = "select count(*) from progress_events where type = 'synced' and happened_at = $1";
    assert_eq!(
        scene.stage.fixture.count(newer, vec![now.into()]).await,
        1,
        "of the other nothing changed"
    );
    let author = "select author_name from progress_events where type = 'synced'";
    assert_eq!(scene.columns(author).await, texts(&["The contributor"]));
}
