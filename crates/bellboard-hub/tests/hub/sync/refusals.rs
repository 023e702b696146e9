//! What is not read, and who may not sync.

use bellboard_hub::fault::FaultKind;
use serde_json::json;
use uuid::Uuid;

use super::{PATH, Scene, counts, drift, file, plan};
use crate::fixture::{HubFixture, told};

on_each_engine!(
    what_is_wrong_with_a_file_has_its_line_and_the_others_are_read,
    nothing_is_taken_as_removed_while_a_file_cannot_be_read,
    a_working_tree_in_the_middle_of_a_merge_writes_nothing,
    what_is_no_plan_is_refused_by_its_field,
    who_may_not_plan_may_not_sync,
);

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
