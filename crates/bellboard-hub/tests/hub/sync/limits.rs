//! How much a sync takes and tells, and what happens when several meet.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{PATH, Scene, counts, file, plan};
use crate::fixture::{HubFixture, told};
use crate::races::at_once;

on_each_engine!(
    more_files_than_the_limit_are_refused,
    what_is_skipped_is_said_and_has_limits_too,
    a_report_lists_so_many_rows_and_counts_all,
    syncs_of_one_repo_at_once_make_each_task_once,
    repos_that_bring_the_same_id_at_once_are_told_of_each_other,
    unknown_fields_and_missing_ones_are_refused,
);

async fn more_files_than_the_limit_are_refused(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let files: Vec<Value> = (0..9_999)
        .map(|number| file(&format!("workplans/{number}.md"), "---\nid: [\n---\n"))
        .collect();
    let skipped = |many: usize| {
        let one = |number| json!({"path": format!("workplans/s{number}.md"), "reason": "is gone", "way_out": "Restore it."});
        (0..many).map(one).collect::<Vec<_>>()
    };
    let input = |skipped: Vec<Value>| json!({"slug": "one", "head": {}, "files": files, "skipped": skipped, "dry_run": true});
    let fault = stage
        .fixture
        .refused(&stage.contributor, "sync_repo", input(skipped(2)))
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("files"))
    );
    assert_eq!(fault.detail, "At most 10000 files of one repo are read.");
    let report = stage
        .fixture
        .ok(&stage.contributor, "sync_repo", input(skipped(1)))
        .await;
    assert_eq!(report["error_count"], 10_000, "each is named");
    assert_eq!(report["errors"].as_array().unwrap().len(), 2_000);
}

async fn what_is_skipped_is_said_and_has_limits_too(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let skipped = |path: &str, reason: &str| json!([{"path": path, "line": 7, "reason": reason, "way_out": "Save it as UTF-8."}]);
    let said = skipped("workplans/x.md", "is not UTF-8 text");
    let report = scene.sync("one", vec![], json!({"skipped": said})).await;
    let row = json!({"path": "workplans/x.md", "line": 7, "reason": "is not UTF-8 text", "way_out": "Save it as UTF-8."});
    assert_eq!(report["errors"], json!([row]));
    for (path, reason) in [
        ("x".repeat(1_001), "y".to_owned()),
        ("x".to_owned(), "y".repeat(501)),
        (String::new(), "y".to_owned()),
    ] {
        let input =
            json!({"slug": "one", "head": {}, "files": [], "skipped": skipped(&path, &reason)});
        let fault = stage
            .fixture
            .refused(&stage.contributor, "sync_repo", input)
            .await;
        assert_eq!(fault.kind, FaultKind::Invalid);
        let field = fault.field.as_deref().unwrap();
        assert!(field.starts_with("skipped[0]."), "{field}");
    }
}

async fn a_report_lists_so_many_rows_and_counts_all(fixture: HubFixture) {
    const MANY: u16 = 2_050;
    let scene = Scene::set(fixture, &["one"]).await;
    let blocks = (0..MANY)
        .map(|number| format!("## Task\n\n```task\nid: A-T{number}\nstatus: todo\n```\n\n"));
    let text: String = std::iter::once("---\nid: A\ntitle: A\n---\n\n".to_owned())
        .chain(blocks)
        .collect();
    let files = || vec![file(PATH, text.clone())];
    let report = scene.sync("one", files(), json!({})).await;
    assert_eq!(report["created"], MANY);
    let done = "update tasks set status = 'done', rank = 2";
    scene.stage.fixture.execute(done, vec![]).await;
    let report = scene
        .sync("one", files(), json!({"write_back": true}))
        .await;
    assert_eq!(report["drift"].as_array().unwrap().len(), 2_000);
    assert_eq!(
        (&report["drift_count"], &report["drift_left"]),
        (&json!(MANY), &json!(MANY))
    );
    // All of them are written back, however few are listed.
    let text = report["write_back"][0]["text"].as_str().unwrap();
    assert_eq!(text.matches("\nstatus: done\n").count(), usize::from(MANY));
    let kept = "select last_sync from repos";
    let kept = scene.stage.fixture.rows(kept, vec![]).await[0]
        .text(0)
        .unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["drift"].as_array().unwrap().len(), 100);
    assert_eq!(
        (&kept["drift_left"], &kept["write_back"]),
        (&json!(MANY), &json!([]))
    );
}

async fn syncs_of_one_repo_at_once_make_each_task_once(fixture: HubFixture) {
    const MANY: usize = 12;
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let tasks: Vec<(u8, &str)> = (0..20).map(|number| (number, "todo")).collect();
    let files = vec![file(PATH, plan("A", &tasks))];
    let reports = at_once(MANY, |_| {
        let (fixture, who) = (stage.fixture.clone(), stage.contributor.clone());
        let input = json!({"slug": "one", "head": {}, "files": files});
        async move { fixture.ok(&who, "sync_repo", input).await }
    })
    .await;
    let mut created: Vec<u64> = reports.iter().map(|report| counts(report)[0]).collect();
    created.sort_unstable();
    assert_eq!(created.pop(), Some(20));
    assert!(created.iter().all(|created| *created == 0), "{created:?}");
    assert_eq!(scene.tasks().await.len(), 20);
}

async fn repos_that_bring_the_same_id_at_once_are_told_of_each_other(fixture: HubFixture) {
    const ROUNDS: u8 = 10;
    let slugs = ["a", "b", "c", "d"];
    let scene = Scene::set(fixture, &slugs).await;
    let stage = &scene.stage;
    for round in 0..ROUNDS {
        let reports = at_once(slugs.len(), |number| {
            let (fixture, who) = (stage.fixture.clone(), stage.contributor.clone());
            // Their plans are their own, one task is everybody's, and all are called alike.
            let slug = slugs[number];
            let text = plan(&format!("{slug}.{round}"), &[(1, "todo")])
                .replace(&format!("{slug}.{round}-T1"), &format!("SAME-{round}"));
            let files = json!([file(PATH, text)]);
            let input = json!({"slug": slug, "head": {}, "files": files, "force": true});
            async move { fixture.ok(&who, "sync_repo", input).await }
        })
        .await;
        let won = reports.iter().filter(|report| report["created"] == 1);
        assert_eq!(won.count(), 1, "{reports:#?}");
        for report in reports.iter().filter(|report| report["created"] == 0) {
            let reason = report["errors"][0]["reason"].as_str().unwrap();
            let begin = format!("the id SAME-{round} stands in ");
            assert!(reason.starts_with(&begin), "{reason}");
        }
    }
    let tasks = "select count(*) from tasks where external_id like 'SAME-%'";
    let count = stage.fixture.count(tasks, vec![]).await;
    assert_eq!(count, i64::from(ROUNDS));
}

async fn unknown_fields_and_missing_ones_are_refused(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let good = file(PATH, plan("A", &[(1, "todo")]));
    for (input, field) in [
        (json!({"slug": "one", "files": []}), "head"),
        (json!({"slug": "one", "head": {}}), "files"),
        (
            json!({"slug": "one", "head": {"behind": -1}, "files": []}),
            "head.behind",
        ),
        (
            json!({"slug": "one", "head": {"dirty": true}, "files": []}),
            "head.dirty",
        ),
        (
            json!({"slug": "one", "head": {}, "files": [{"path": PATH}]}),
            "files[0].text",
        ),
        (
            json!({"slug": "one", "head": {}, "files": [good], "percent": 3}),
            "percent",
        ),
        (
            json!({"slug": "one", "head": {"branch": "x".repeat(256)}, "files": []}),
            "head.branch",
        ),
    ] {
        let fault = stage
            .fixture
            .refused(&stage.contributor, "sync_repo", input)
            .await;
        assert_eq!(fault.kind, FaultKind::Invalid, "{field}");
        let named = fault.field.clone().unwrap_or_default();
        assert!(
            named.starts_with(field.split('.').next().unwrap()) || fault.detail.contains(field),
            "{field}: {fault:?}"
        );
    }
    assert_eq!(scene.tasks().await, []);
}
