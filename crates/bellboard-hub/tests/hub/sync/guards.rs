//! The guards against files that are older than the hub, and against the same id in two places.

use serde_json::{Value, json};

use super::{PATH, Scene, counts, drift, file, of_each_format, plan};
use crate::fixture::HubFixture;

on_each_engine!(
    must_show_3_a_clone_twenty_commits_behind_lowers_nothing,
    a_sync_that_wrote_nothing_stands_with_the_repo_until_one_writes,
    must_show_3_a_branch_from_before_a_deletion_resurrects_nothing,
    must_show_3_the_same_id_in_two_repos_is_reported_with_both_places,
    must_show_3_the_same_id_on_two_branches_is_reported_with_both_places,
    what_a_branch_beside_brought_is_not_taken_as_removed,
    a_repo_with_another_slug_keeps_its_tasks,
);

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

async fn a_sync_that_wrote_nothing_stands_with_the_repo_until_one_writes(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let files = || vec![file(PATH, plan("A", &[(1, "done"), (2, "in_progress")]))];
    let stale = || vec![file(PATH, plan("A", &[(1, "todo")]))];
    let repo = async || {
        let (hub, which) = (&scene.stage.fixture, json!({"slug": "one"}));
        hub.ok(&scene.stage.reader, "get_repo", which).await
    };
    let behind = json!({"head": {"branch": "side", "commit": "c0", "behind": 20}});
    // Also of a repo that was never synced.
    scene.sync("one", stale(), behind.clone()).await;
    let seen = repo().await;
    assert_eq!(
        (&seen["held_back"]["behind"], &seen["last_sync"]),
        (&json!(20), &Value::Null)
    );
    assert_eq!(seen["last_synced_at"], Value::Null);

    let head = json!({"branch": "main", "commit": "c20"});
    let fresh = json!({"head": head, "fingerprint": "print"});
    scene.sync("one", files(), fresh).await;
    let synced = repo().await;
    assert_eq!(synced["held_back"], Value::Null);
    scene
        .stage
        .fixture
        .world
        .advance(std::time::Duration::from_mins(1));
    let dry = json!({"head": behind["head"], "dry_run": true});
    scene.sync("one", stale(), dry).await;
    assert_eq!(repo().await, synced, "a dry run leaves no trace");
    let merging = json!({"head": {"commit": "c20", "under_way": "a merge"}});
    scene.sync("one", stale(), merging).await;
    let said = repo().await["held_back"]["reason"].clone();
    assert_eq!(said, "a merge is under way, so nothing is written");
    let report = scene.sync("one", stale(), behind).await;
    let seen = repo().await;
    assert_eq!(
        seen["held_back"],
        json!({
            "synced_at": report["synced_at"], "branch": "side", "commit": "c0", "behind": 20,
            "reason": "the working tree is 20 commits behind its remote, so nothing is written",
            "way_out": "Pull, then sync again.",
        })
    );
    let mut but_for_this = seen;
    but_for_this["held_back"] = Value::Null;
    assert_eq!(but_for_this, synced, "everything else stays as it was");
    assert_eq!(scene.statuses().await, ["done", "in_progress"]);
    // The next one still knows the branch and the commit that it is measured by.
    let next = json!({"head": {"branch": "main", "commit": "c21", "holds_commit": "c20"}});
    assert_eq!(scene.sync("one", files(), next).await["written"], true);
    assert_eq!(repo().await["held_back"], Value::Null);
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
