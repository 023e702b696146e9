//! Every change of planned work writes one line in words and one hint, in the transaction of the change, and what changes
//! nothing writes neither.

use serde_json::{Value, json};

use super::{domain, task, workstream};
use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    every_change_writes_one_line_and_one_hint,
    what_changes_nothing_or_is_refused_writes_nothing,
    a_line_knows_everything_that_it_is_about,
);

async fn set(stage: &Stage) {
    domain(stage, "railiance").await;
    for slug in ["lay", "ride", "later"] {
        workstream(stage, "railiance", slug).await;
    }
    for (slug, key) in [("lay", "T-1"), ("lay", "T-2"), ("ride", "R-1")] {
        task(stage, slug, key).await;
    }
}

/// How many lines there are, and how many hints of changed work.
async fn written(stage: &Stage) -> (i64, i64) {
    let lines = "select count(*) from progress_events";
    let hints = "select count(*) from events where kind = 'work.changed'";
    (
        stage.fixture.count(lines, vec![]).await,
        stage.fixture.count(hints, vec![]).await,
    )
}

/// A verb, its input, and the type of the line that it writes.
fn changes() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "create_workstream",
            json!({"domain": "railiance", "slug": "new", "title": "New"}),
            "workstream_created",
        ),
        (
            "update_workstream",
            json!({"slug": "new", "title": "Newer"}),
            "workstream_updated",
        ),
        (
            "update_workstream",
            json!({"slug": "new", "new_slug": "newest"}),
            "workstream_updated",
        ),
        (
            "create_task",
            json!({"workstream": "newest", "title": "Do it", "external_id": "N-1"}),
            "task_created",
        ),
        (
            "update_task",
            json!({"task_id": "T-1", "priority": "high"}),
            "task_updated",
        ),
        ("claim_task", json!({"task_id": "T-1"}), "task_claimed"),
        (
            "update_task",
            json!({"task_id": "T-1", "status": "in_progress"}),
            "task_updated",
        ),
        ("release_task", json!({"task_id": "T-1"}), "task_released"),
        (
            "flag_for_human",
            json!({"task_id": "T-1", "intervention_note": "Look"}),
            "task_flagged",
        ),
        (
            "update_task",
            json!({"task_id": "T-1", "needs_human": false}),
            "task_helped",
        ),
        (
            "create_dependency",
            json!({"workstream": "ride", "depends_on": "lay"}),
            "dependency_created",
        ),
        (
            "delete_dependency",
            json!({"workstream": "ride", "depends_on": "lay"}),
            "dependency_deleted",
        ),
        (
            "update_workstream",
            json!({"slug": "ride", "status": "archived"}),
            "workstream_updated",
        ),
        ("cleanup_stale", json!({}), "tasks_cleaned_up"),
        ("undo_cleanup", json!({}), "cleanup_undone"),
    ]
}

async fn every_change_writes_one_line_and_one_hint(fixture: HubFixture) {
    let stage = fixture.stage().await;
    set(&stage).await;
    for (verb, input, what) in changes() {
        let before = written(&stage).await;
        stage.fixture.ok(&stage.operator, verb, input.clone()).await;
        let after = written(&stage).await;
        assert_eq!(
            (after.0 - before.0, after.1 - before.1),
            (1, 1),
            "{verb} {input}"
        );
        let last = json!({"limit": 1});
        let last = stage.fixture.ok(&stage.reader, "list_progress", last).await;
        let line = &last["items"][0];
        assert_eq!(line["type"], what, "{verb} {input}");
        assert_eq!(line["author_name"], "The operator");
        let summary = line["summary"].as_str().unwrap();
        assert!(!summary.is_empty() && summary.len() <= 2_000, "{summary}");
    }
    // A closure writes a line for each task that it touches, and one for itself.
    let review = json!([{"task_id": "T-1", "as": "done"}, {"task_id": "T-2", "as": "carry_forward", "target": "later"}]);
    let before = written(&stage).await;
    let close = json!({"slug": "lay", "review": review});
    stage
        .fixture
        .ok(&stage.operator, "close_workstream", close)
        .await;
    let after = written(&stage).await;
    assert_eq!((after.0 - before.0, after.1 - before.1), (3, 3));
}

/// A verb and an input that leave everything as it is.
fn no_changes() -> Vec<(&'static str, Value)> {
    vec![
        ("update_workstream", json!({"slug": "lay"})),
        (
            "update_workstream",
            json!({"slug": "lay", "status": "active", "due_date": null}),
        ),
        ("update_task", json!({"task_id": "T-1"})),
        (
            "update_task",
            json!({"task_id": "T-1", "status": "open", "assignee": null}),
        ),
        ("release_task", json!({"task_id": "T-1"})),
        (
            "create_dependency",
            json!({"workstream": "ride", "depends_on": "lay"}),
        ),
        (
            "delete_dependency",
            json!({"workstream": "lay", "depends_on": "later"}),
        ),
        ("cleanup_stale", json!({})),
        ("cleanup_stale", json!({"dry_run": true})),
    ]
}

/// A verb and an input that are refused.
fn refusals() -> Vec<(&'static str, Value)> {
    vec![
        (
            "create_workstream",
            json!({"domain": "railiance", "slug": "lay", "title": "Taken"}),
        ),
        (
            "create_task",
            json!({"workstream": "lay", "title": "Taken", "external_id": "T-1"}),
        ),
        (
            "update_workstream",
            json!({"slug": "lay", "new_slug": "ride", "title": "Not this either"}),
        ),
        (
            "update_workstream",
            json!({"slug": "lay", "status": "completed", "title": "Not this either"}),
        ),
        (
            "close_workstream",
            json!({"slug": "lay", "review": [{"task_id": "T-1", "as": "done"}]}),
        ),
        (
            "update_task",
            json!({"task_id": "T-1", "title": "Not this either", "needs_human": true}),
        ),
        (
            "update_task",
            json!({"task_id": "T-1", "title": "Not this either", "claim_fence": 9}),
        ),
        (
            "create_dependency",
            json!({"workstream": "lay", "depends_on": "ride"}),
        ),
        ("undo_cleanup", json!({})),
    ]
}

async fn what_changes_nothing_or_is_refused_writes_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    set(&stage).await;
    let waits = json!({"workstream": "ride", "depends_on": "lay"});
    stage
        .fixture
        .ok(&stage.operator, "create_dependency", waits)
        .await;
    let before = written(&stage).await;
    for (verb, input) in no_changes() {
        stage.fixture.ok(&stage.operator, verb, input.clone()).await;
        assert_eq!(written(&stage).await, before, "{verb} {input}");
    }
    for (verb, input) in refusals() {
        stage
            .fixture
            .refused(&stage.operator, verb, input.clone())
            .await;
        assert_eq!(written(&stage).await, before, "{verb} {input}");
    }
    let lay = stage
        .fixture
        .ok(&stage.reader, "get_workstream", json!({"slug": "lay"}))
        .await;
    assert_eq!(
        (&lay["title"], &lay["tasks"]["todo"]),
        (&json!("What is planned as lay"), &json!(2))
    );
    let first = stage
        .fixture
        .ok(&stage.reader, "get_task", json!({"task_id": "T-1"}))
        .await;
    assert_eq!(first["title"], "What T-1 says");
}

async fn a_line_knows_everything_that_it_is_about(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let made = hub
        .ok(&stage.reader, "get_task", json!({"task_id": "T-1"}))
        .await;
    let note = json!({"summary": "The rails arrived", "task": "T-1", "type": "delivery"});
    hub.ok(&stage.contributor, "add_progress", note).await;
    for filter in [
        json!({"task": "T-1"}),
        json!({"workstream": "lay"}),
        json!({"domain": "railiance"}),
        json!({"author": stage.contributor.person_id}),
    ] {
        let list = hub.ok(&stage.reader, "list_progress", filter.clone()).await;
        let line = &list["items"][0];
        assert_eq!(
            (&line["type"], &line["task_id"], &line["workstream"]),
            (&json!("delivery"), &made["id"], &json!("lay")),
            "{filter}"
        );
        assert_eq!(line["domain"], "railiance", "{filter}");
    }
    let rename = json!({"slug": "lay", "new_slug": "put"});
    hub.ok(&stage.operator, "update_workstream", rename).await;
    let list = json!({"workstream": "lay"});
    let list = hub.ok(&stage.reader, "list_progress", list).await;
    let shown = list["items"].as_array().unwrap().iter();
    let shown: Vec<&Value> = shown.map(|line| &line["workstream"]).collect();
    assert!(shown.iter().all(|slug| **slug == "put"), "{shown:?}");
    assert_eq!(shown.len(), 5, "two tasks, itself, a note, its new name");
}
