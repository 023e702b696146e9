//! Several repos in one sync: each as if it came alone, and none of them if one is refused.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{PATH, Scene, counts, file, of_each_format, plan};
use crate::fixture::{HubFixture, told};
use crate::races::at_once;

on_each_engine!(
    repos_that_come_together_are_synced_as_if_each_came_alone,
    an_id_of_two_repos_that_come_together_is_reported_with_both_places,
    one_that_is_refused_is_named_and_keeps_all_back,
    those_who_bring_the_same_repos_do_not_wait_for_each_other_for_ever,
);

fn repo(slug: &str, files: Vec<Value>) -> Value {
    json!({"slug": slug, "head": {"branch": "main"}, "files": files})
}

/// What a report tells of the files; the rest is the repo's own.
fn of_the_files(report: &Value) -> Value {
    let mut report = report.clone();
    for own in ["repo", "synced_at"] {
        report.as_object_mut().unwrap().remove(own);
    }
    report
}

async fn repos_that_come_together_are_synced_as_if_each_came_alone(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["alone", "one", "two"]).await;
    let stage = &scene.stage;
    let all = |input| {
        stage
            .fixture
            .ok(&stage.contributor, "sync_repos", json!({ "repos": input }))
    };
    let main = json!({"head": {"branch": "main"}});
    let sole = vec![file(PATH, plan("S", &[(1, "done"), (2, "todo")]))];
    let alone = scene.sync("alone", sole, main).await;
    let plan_of = |id: &str| vec![file(PATH, plan(id, &[(1, "done"), (2, "todo")]))];
    let first = all(json!([
        repo("two", plan_of("T")),
        repo("one", of_each_format())
    ]))
    .await;
    let items = first["items"].as_array().unwrap();
    assert_eq!(
        (&items[0]["repo"], &items[1]["repo"]),
        (&json!("two"), &json!("one"))
    );
    assert_eq!(of_the_files(&items[0]), of_the_files(&alone));
    assert_eq!(counts(&items[1]), [7, 0, 0, 0]);
    let again = all(json!([
        repo("one", of_each_format()),
        repo("two", plan_of("T"))
    ]))
    .await;
    let items = again["items"].as_array().unwrap();
    assert_eq!(counts(&items[0]), [0, 0, 7, 0]);
    assert_eq!(counts(&items[1]), [0, 0, 2, 0]);
    assert_eq!(scene.tasks().await.len(), 2 + 2 + 7);

    let mut dry = repo("two", plan_of("U"));
    dry["dry_run"] = json!(true);
    let told = all(json!([dry])).await;
    assert_eq!(counts(&told["items"][0]), [2, 0, 0, 2], "{told}");
    assert_eq!(scene.tasks().await.len(), 2 + 2 + 7, "it was only asked");
}

async fn an_id_of_two_repos_that_come_together_is_reported_with_both_places(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one", "two"]).await;
    let stage = &scene.stage;
    let theirs = plan("B", &[(2, "todo")]).replace("B-T2", "A-T1");
    let input = json!({"repos": [
        repo("two", vec![file(PATH, plan("A", &[(1, "todo")]))]),
        repo("one", vec![file("workplans/B.md", theirs)]),
    ]});
    let reports = stage
        .fixture
        .ok(&stage.contributor, "sync_repos", input)
        .await;
    assert_eq!(counts(&reports["items"][0]), [1, 0, 0, 0], "{reports}");
    assert_eq!(
        reports["items"][1]["errors"][0]["reason"],
        "the id A-T1 stands in one workplans/B.md:12 and in two workplans/A.md:12"
    );
}

async fn one_that_is_refused_is_named_and_keeps_all_back(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one", "two", "old"]).await;
    let stage = &scene.stage;
    let archive = "update repos set status = 'archived' where slug = 'old'";
    stage.fixture.execute(archive, vec![]).await;
    let good = || repo("one", vec![file(PATH, plan("A", &[(1, "todo")]))]);
    let no_plan = repo("two", vec![file("README.md", "x")]);
    let many: Vec<Value> = (0..101).map(|_| good()).collect();
    for (repos, expected) in [
        (
            json!([good(), no_plan]),
            (
                FaultKind::Invalid,
                "invalid_input",
                Some("repos[1].files[0].path"),
            ),
        ),
        (
            json!([good(), repo("nowhere", vec![])]),
            (FaultKind::NotFound, "not_found", Some("repos[1]")),
        ),
        (
            json!([good(), repo("old", vec![])]),
            (FaultKind::Conflict, "repo_archived", Some("repos[1]")),
        ),
        (
            json!([]),
            (FaultKind::Invalid, "invalid_input", Some("repos")),
        ),
        (
            json!(many),
            (FaultKind::Invalid, "invalid_input", Some("repos")),
        ),
    ] {
        let input = json!({ "repos": repos });
        let fault = stage
            .fixture
            .refused(&stage.contributor, "sync_repos", input)
            .await;
        assert_eq!(told(&fault), expected);
    }
    let input = json!({"repos": [good()]});
    let fault = stage
        .fixture
        .refused(&stage.reader, "sync_repos", input)
        .await;
    assert_eq!(
        (fault.kind, fault.field.as_deref()),
        (FaultKind::Forbidden, Some("repos[0]"))
    );
    assert_eq!(scene.tasks().await, [], "nothing of the good ones either");
}

async fn those_who_bring_the_same_repos_do_not_wait_for_each_other_for_ever(fixture: HubFixture) {
    const MANY: usize = 8;
    let slugs = ["a", "b", "c", "d"];
    let scene = Scene::set(fixture, &slugs).await;
    let stage = &scene.stage;
    let reports = at_once(MANY, |number| {
        let (fixture, who) = (stage.fixture.clone(), stage.contributor.clone());
        let mut repos: Vec<Value> = slugs
            .iter()
            .map(|slug| repo(slug, vec![file(PATH, plan(slug, &[(1, "todo")]))]))
            .collect();
        // Each begins elsewhere, and every other one goes the other way.
        repos.rotate_left(number % slugs.len());
        if number % 2 == 1 {
            repos.reverse();
        }
        async move {
            fixture
                .ok(&who, "sync_repos", json!({ "repos": repos }))
                .await
        }
    })
    .await;
    let made: u64 = reports
        .iter()
        .flat_map(|reports| reports["items"].as_array().unwrap())
        .map(|report| counts(report)[0])
        .sum();
    assert_eq!(made, 4, "each task once");
    assert_eq!(scene.tasks().await.len(), 4);
}
