//! What becomes of tasks as their files change.

use serde_json::json;

use super::super::{PATH, Scene, counts, drift, file, plan};
use super::texts;
use crate::fixture::HubFixture;

on_each_engine!(
    a_task_follows_its_file_and_what_it_does_not_say_stays,
    a_task_that_stands_in_another_plan_moves,
    a_task_with_another_id_is_known_by_the_id_that_its_file_keeps,
    what_is_done_is_claimed_by_nobody,
    nobody_has_to_help_with_what_is_over,
    a_file_that_is_gone_takes_its_tasks_along,
    an_id_that_stands_in_two_files_is_taken_from_neither,
);

async fn a_task_follows_its_file_and_what_it_does_not_say_stays(fixture: HubFixture) {
    const WORDS: &str = "select title, description, priority, assignee, status from tasks";
    let scene = Scene::set(fixture, &["one"]).await;
    let plain = || vec![file(PATH, plan("A", &[(1, "todo")]))];
    scene.sync("one", plain(), json!({})).await;
    let in_hub = "update tasks set assignee = 'bo', priority = 'low'";
    scene.stage.fixture.execute(in_hub, vec![]).await;
    let report = scene.sync("one", plain(), json!({})).await;
    assert_eq!((counts(&report), drift(&report).len()), ([0, 0, 1, 0], 0));
    let said = plan("A", &[(1, "todo")])
        .replace("## Task 1\n", "## Another name\n")
        .replace(
            "status: todo\n```\n",
            "status: todo\npriority: high\nassignee: cleo\n```\n\nIn words.\n",
        );
    let report = scene.sync("one", vec![file(PATH, said)], json!({})).await;
    let fields = ["title", "description", "priority", "assignee"];
    assert_eq!(
        drift(&report),
        fields.map(|field| ("A-T1", field, "file")),
        "{report}"
    );
    let after = texts(&["Another name", "In words.", "high", "cleo", "todo"]);
    assert_eq!(scene.columns(WORDS).await, after);
}

async fn a_task_that_stands_in_another_plan_moves(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let other = |tasks: &[(u8, &str)]| plan("B", tasks).replace("B-T2", "A-T2");
    let before = vec![
        file(PATH, plan("A", &[(1, "todo"), (2, "in_progress")])),
        file("workplans/B.md", other(&[(1, "todo")])),
    ];
    scene.sync("one", before, json!({})).await;
    let after = vec![
        file(PATH, plan("A", &[(1, "todo")])),
        file("workplans/B.md", other(&[(1, "todo"), (2, "in_progress")])),
    ];
    let report = scene.sync("one", after, json!({})).await;
    assert_eq!(
        (counts(&report), &report["errors"], drift(&report).len()),
        ([0, 0, 3, 0], &json!([]), 0),
        "{report}"
    );
    let place = "select w.slug, t.file_path from tasks t join workstreams w on w.id = t.workstream_id where t.external_id = 'A-T2'";
    assert_eq!(scene.columns(place).await, texts(&["b", "workplans/B.md"]));
}

async fn a_task_with_another_id_is_known_by_the_id_that_its_file_keeps(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let first = vec![file(PATH, plan("A", &[(1, "in_progress")]))];
    let report = scene.sync("one", first, json!({"write_back": true})).await;
    let written = report["write_back"][0]["text"].as_str().unwrap();
    let renamed = written.replace("id: A-T1\n", "id: A-T9\n");
    let report = scene
        .sync("one", vec![file(PATH, renamed)], json!({}))
        .await;
    assert_eq!(drift(&report), [("A-T9", "id", "file")], "{report}");
    assert_eq!(counts(&report), [0, 1, 0, 0]);
    assert_eq!(
        scene.tasks().await,
        [("A-T9".to_owned(), "in_progress".to_owned(), false)]
    );
}

async fn what_is_done_is_claimed_by_nobody(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let sync = async |statuses: [&'static str; 2]| {
        let tasks = [(1, statuses[0]), (2, statuses[1])];
        scene
            .sync("one", vec![file(PATH, plan("A", &tasks))], json!({}))
            .await
    };
    sync(["in_progress", "blocked"]).await;
    let who = stage.contributor.person_id.into();
    let claim = "update tasks set claimed_by = $1, claimed_by_name = 'Cleo', claim_until = 9000000000000000, blocking_reason = 'Waits'";
    stage.fixture.execute(claim, vec![who]).await;
    sync(["in_progress", "blocked"]).await;
    let claimed = "select count(*) from tasks where claimed_by is not null and claim_until is not null and claimed_by_name is not null";
    let blocked = "select count(*) from tasks where blocking_reason is not null";
    assert_eq!(stage.fixture.count(claimed, vec![]).await, 2);
    sync(["done", "in_progress"]).await;
    assert_eq!(stage.fixture.count(claimed, vec![]).await, 1);
    assert_eq!(stage.fixture.count(blocked, vec![]).await, 0);
    assert_eq!(scene.statuses().await, ["done", "in_progress"]);
}

async fn nobody_has_to_help_with_what_is_over(fixture: HubFixture) {
    const WAITING: &str =
        "select count(*) from tasks where needs_human = 1 and intervention_note is not null";
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let sync = async |tasks: &[(u8, &str)]| {
        let files = vec![file(PATH, plan("A", tasks))];
        scene.sync("one", files, json!({})).await
    };
    sync(&[(1, "todo"), (2, "todo"), (3, "todo")]).await;
    let flag = "update tasks set needs_human = 1, intervention_note = 'Sign it'";
    stage.fixture.execute(flag, vec![]).await;
    let need =
        "insert into needs (engagement_id, kind, item_id, label, detail, created_at, audience)
                select engagement_id, 'task_needs_human', id, title, 'Sign it', 1, 7 from tasks";
    stage.fixture.execute(need, vec![]).await;
    let needs = "select count(*) from needs where kind = 'task_needs_human'";
    assert_eq!(stage.fixture.count(needs, vec![]).await, 3);
    // Begun, it still needs somebody; done or gone from its file it does not.
    sync(&[(1, "done"), (2, "in_progress")]).await;
    assert_eq!(stage.fixture.count(WAITING, vec![]).await, 1);
    assert_eq!(stage.fixture.count(needs, vec![]).await, 1);
    sync(&[(1, "done"), (2, "cancelled")]).await;
    assert_eq!(stage.fixture.count(WAITING, vec![]).await, 0);
    assert_eq!(stage.fixture.count(needs, vec![]).await, 0);
}

async fn a_file_that_is_gone_takes_its_tasks_along(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let one = || file(PATH, plan("A", &[(1, "todo")]));
    let both = || {
        vec![
            one(),
            file("workplans/B.md", plan("B", &[(1, "done"), (2, "todo")])),
        ]
    };
    scene.sync("one", both(), json!({})).await;
    let report = scene.sync("one", vec![one()], json!({})).await;
    assert_eq!(counts(&report), [0, 0, 1, 2]);
    assert_eq!(report["drift"][0]["reason"], "it left its file");
    assert_eq!(
        (&report["drift"][0]["path"], &report["drift"][0]["line"]),
        (&json!("workplans/B.md"), &json!(12))
    );
    let files = "select count(*) from workplan_files";
    assert_eq!(scene.stage.fixture.count(files, vec![]).await, 1);
    // The same again tells nothing twice.
    let report = scene.sync("one", vec![one()], json!({})).await;
    assert_eq!((counts(&report), drift(&report).len()), ([0, 0, 1, 0], 0));
    // The file is back, and its tasks are not, until somebody says so.
    let report = scene.sync("one", both(), json!({})).await;
    assert_eq!(counts(&report), [0, 0, 1, 0]);
    assert_eq!(
        drift(&report),
        [("B-T1", "existence", "hub"), ("B-T2", "existence", "hub")]
    );
    let report = scene.sync("one", both(), json!({"force": true})).await;
    assert_eq!(counts(&report), [0, 2, 1, 0]);
    assert!(scene.tasks().await.iter().all(|(_, _, removed)| !removed));
}

async fn an_id_that_stands_in_two_files_is_taken_from_neither(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let files = vec![
        file(PATH, plan("A", &[(1, "todo"), (2, "todo")])),
        file(
            "workplans/B.md",
            plan("B", &[(1, "done")]).replace("B-T1", "A-T1"),
        ),
    ];
    let report = scene.sync("one", files, json!({})).await;
    assert_eq!(
        report["errors"][0]["reason"],
        "the id A-T1 stands in one workplans/A.md:12 and in one workplans/B.md:12"
    );
    assert_eq!(
        scene.tasks().await,
        [("A-T2".to_owned(), "todo".to_owned(), false)]
    );
}
