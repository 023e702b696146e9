//! What each source says of the things it is about.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    tasks_show_how_they_stand_and_leave_when_they_are_removed,
    workstreams_show_what_they_look_like_now,
    what_waits_is_shown_until_it_is_settled,
    what_finished_is_runs_and_things_that_were_made,
    repos_extension_points_and_debts_show_where_they_belong,
    runs_show_how_long_they_took_and_who_began_them,
    a_condition_chooses_and_an_order_has_a_last_word,
    more_rows_than_one_statement_brings_are_all_there,
);

/// Keeps a question.
async fn asked(stage: &Stage, spec: Value) -> Value {
    let input = json!({"title": "A question", "view_spec_json": spec});
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", input)
        .await;
    made["id"].clone()
}

/// What it answers now.
async fn rows(stage: &Stage, board: &Value) -> Vec<Value> {
    let of = json!({"dashboard_id": board});
    let taken = stage.fixture.ok(&stage.operator, "take_snapshot", of).await;
    taken["materialized_data"]["rows"]
        .as_array()
        .expect("rows")
        .clone()
}

async fn make(stage: &Stage, verb: &str, input: Value) -> Value {
    stage.fixture.ok(&stage.operator, verb, input).await
}

async fn planned(stage: &Stage) {
    let domain = json!({"slug": "north", "name": "North"});
    make(stage, "create_domain", domain).await;
    let topic = json!({"domain_slug": "north", "slug": "plans", "title": "Plans"});
    make(stage, "create_topic", topic).await;
    let work = json!({"domain": "north", "slug": "one", "title": "One", "topic": "plans", "status": "active",
                      "owner": "Ada", "due_date": "2026-12-01"});
    make(stage, "create_workstream", work).await;
}

async fn tasks_show_how_they_stand_and_leave_when_they_are_removed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    planned(&stage).await;
    for (key, priority) in [("T-1", "high"), ("T-2", "low")] {
        let task = json!({"workstream": "one", "external_id": key, "title": format!("What {key} says"),
                          "priority": priority, "assignee": "Ada"});
        make(&stage, "create_task", task).await;
    }
    let columns = [
        "external_id",
        "workstream",
        "priority",
        "assignee",
        "status",
        "blocking_reason",
        "needs_human",
    ];
    let board = asked(
        &stage,
        json!({"source": "tasks", "id_field": "id", "columns": columns, "order_by": [{"field": "external_id"}]}),
    )
    .await;
    let task = |key: &str, priority: &str, status: &str, reason: Value| {
        json!({
            "external_id": key, "workstream": "one", "priority": priority, "assignee": "Ada", "status": status,
            "blocking_reason": reason, "needs_human": false,
        })
    };
    assert_eq!(
        rows(&stage, &board).await,
        [
            task("T-1", "high", "todo", Value::Null),
            task("T-2", "low", "todo", Value::Null)
        ]
    );
    let blocked = json!({"task_id": "T-1", "status": "blocked", "blocking_reason": "No key"});
    make(&stage, "update_task", blocked).await;
    let done = json!({"task_id": "T-2", "status": "done"});
    make(&stage, "update_task", done).await;
    assert_eq!(
        rows(&stage, &board).await,
        [
            task("T-1", "high", "blocked", json!("No key")),
            task("T-2", "low", "done", Value::Null)
        ]
    );
    let removed = "update tasks set removed_at = 7 where external_id = 'T-2'";
    assert_eq!(stage.fixture.execute(removed, vec![]).await, 1);
    assert_eq!(rows(&stage, &board).await.len(), 1);
}

async fn workstreams_show_what_they_look_like_now(fixture: HubFixture) {
    let stage = fixture.stage().await;
    planned(&stage).await;
    for key in ["T-1", "T-2"] {
        let task = json!({"workstream": "one", "external_id": key, "title": key});
        make(&stage, "create_task", task).await;
    }
    let columns = [
        "slug",
        "domain",
        "topic",
        "repo",
        "owner",
        "due_date",
        "tasks_open",
        "tasks_done",
        "finished",
        "stalled",
        "dormant",
    ];
    let board = asked(
        &stage,
        json!({"source": "workstreams", "id_field": "slug", "columns": columns}),
    )
    .await;
    let looks = |open: u64, done: u64, label: &str| {
        json!({
            "slug": "one", "domain": "north", "topic": "plans", "repo": null, "owner": "Ada",
            "due_date": "2026-12-01", "tasks_open": open, "tasks_done": done,
            "finished": label == "finished", "stalled": label == "stalled", "dormant": label == "dormant",
        })
    };
    assert_eq!(rows(&stage, &board).await, [looks(2, 0, "")]);
    stage.fixture.world.advance(Duration::from_hours(24 * 8));
    assert_eq!(rows(&stage, &board).await, [looks(2, 0, "dormant")]);
    let done = json!({"task_id": "T-1", "status": "done"});
    make(&stage, "update_task", done).await;
    assert_eq!(rows(&stage, &board).await, [looks(1, 1, "")]);
    stage.fixture.world.advance(Duration::from_hours(24 * 8));
    assert_eq!(rows(&stage, &board).await, [looks(1, 1, "stalled")]);
    let done = json!({"task_id": "T-2", "status": "done"});
    make(&stage, "update_task", done).await;
    assert_eq!(rows(&stage, &board).await, [looks(0, 2, "finished")]);
}

async fn what_waits_is_shown_until_it_is_settled(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = asked(
        &stage,
        json!({"source": "needs_you", "id_field": "item_id", "columns": ["item_kind", "item_label"],
               "order_by": [{"field": "item_kind"}]}),
    )
    .await;
    assert!(rows(&stage, &board).await.is_empty());
    let run = stage.running().await;
    stage.finish(run, "failed").await;
    let ask = json!({
        "engagement_id": stage.engagement, "title": "Delete 14 rows?",
        "options": [{"key": "yes", "label": "Delete"}, {"key": "no", "label": "Keep"}],
    });
    make(&stage, "create_ask", ask).await;
    let waiting = rows(&stage, &board).await;
    let kinds: Vec<&str> = waiting
        .iter()
        .map(|one| one["item_kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(kinds.contains(&"run_follow_up"), "{kinds:?}");
    let labels: Vec<&str> = waiting
        .iter()
        .map(|one| one["item_label"].as_str().unwrap())
        .collect();
    assert!(labels.contains(&"Delete 14 rows?"), "{labels:?}");
    let seen = json!({"run_id": run});
    make(&stage, "acknowledge_run", seen).await;
    assert_eq!(rows(&stage, &board).await.len(), 1);
}

async fn what_finished_is_runs_and_things_that_were_made(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = asked(
        &stage,
        json!({"source": "recent", "id_field": "artifact_id", "columns": ["artifact_kind", "artifact_label"],
               "order_by": [{"field": "artifact_kind"}]}),
    )
    .await;
    for (kind, label) in [("render", "A picture"), ("shape", "A policy")] {
        let content = json!({"inline": {}});
        let made = json!({"engagement_id": stage.engagement, "kind": kind, "label": label, "content": content});
        make(&stage, "create_artifact", made).await;
    }
    let going_on = stage.running().await;
    let finished = stage
        .start(json!({"status": "running", "label": "The nightly build"}))
        .await;
    let finished = finished["id"].as_str().unwrap().parse().unwrap();
    stage.finish(finished, "succeeded").await;
    assert_eq!(
        rows(&stage, &board).await,
        [
            json!({"artifact_kind": "render", "artifact_label": "A picture"}),
            json!({"artifact_kind": "run", "artifact_label": "The nightly build"}),
        ]
    );
    stage.finish(going_on, "succeeded").await;
    assert_eq!(rows(&stage, &board).await.len(), 3);
}

async fn repos_extension_points_and_debts_show_where_they_belong(fixture: HubFixture) {
    let stage = fixture.stage().await;
    planned(&stage).await;
    let repo = json!({"domain_slug": "north", "name": "Hub", "local_path": "/srv/hub"});
    make(&stage, "create_repo", repo).await;
    let point = json!({"domain": "north", "ep_id": "EP-1", "title": "More", "type": "api", "priority": "high",
                       "location": "src/api.rs", "topic": "plans", "workstream": "one"});
    make(&stage, "create_extension_point", point).await;
    let debt = json!({"domain": "north", "td_id": "TD-1", "title": "Less", "severity": "low"});
    make(&stage, "create_technical_debt", debt).await;
    let board = asked(
        &stage,
        json!({"source": "repos", "id_field": "id", "columns": ["name", "domain", "topic", "local_path", "last_synced_at"]}),
    )
    .await;
    assert_eq!(
        rows(&stage, &board).await,
        [
            json!({"name": "Hub", "domain": "north", "topic": null, "local_path": "/srv/hub", "last_synced_at": null})
        ]
    );
    let board = asked(
        &stage,
        json!({"source": "extension_points", "id_field": "ep_id",
               "columns": ["ep_id", "domain", "type", "priority", "location", "topic", "workstream", "status"]}),
    )
    .await;
    assert_eq!(
        rows(&stage, &board).await,
        [json!({
            "ep_id": "EP-1", "domain": "north", "type": "api", "priority": "high", "location": "src/api.rs",
            "topic": "plans", "workstream": "one", "status": "open",
        })]
    );
    let board = asked(
        &stage,
        json!({"source": "technical_debt", "id_field": "td_id", "columns": ["td_id", "domain", "severity", "status"]}),
    )
    .await;
    assert_eq!(
        rows(&stage, &board).await,
        [json!({"td_id": "TD-1", "domain": "north", "severity": "low", "status": "open"})]
    );
}

async fn runs_show_how_long_they_took_and_who_began_them(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = asked(
        &stage,
        json!({"source": "runs", "id_field": "id",
               "columns": ["status", "outcome", "grade", "liveness", "initiator_name", "claimable", "duration_seconds",
                           "completed_at"]}),
    )
    .await;
    let run = stage.running().await;
    let shown = rows(&stage, &board).await;
    assert_eq!(
        shown,
        [json!({
            "status": "running", "outcome": null, "grade": null, "liveness": "fresh",
            "initiator_name": "The operator", "claimable": false, "duration_seconds": null, "completed_at": null,
        })]
    );
    stage.fixture.world.advance(Duration::from_secs(90));
    stage.finish(run, "succeeded").await;
    let shown = rows(&stage, &board).await;
    assert_eq!(
        (&shown[0]["duration_seconds"], &shown[0]["outcome"]),
        (&json!(90), &json!("succeeded"))
    );
    assert_eq!(shown[0]["completed_at"], "2026-11-20T17:41:30.000000Z");
    assert_eq!(shown[0]["liveness"], "finished");
}

async fn a_condition_chooses_and_an_order_has_a_last_word(fixture: HubFixture) {
    let stage = fixture.stage().await;
    planned(&stage).await;
    for (key, priority, assignee) in [
        ("T-1", "high", "Ada"),
        ("T-2", "low", "Bo"),
        ("T-3", "high", "Bo"),
        ("T-4", "medium", "Ada"),
    ] {
        let task = json!({"workstream": "one", "external_id": key, "title": key, "priority": priority,
                          "assignee": assignee});
        make(&stage, "create_task", task).await;
    }
    let eq = |field: &str, value: &str| json!({"eq": {"field": field, "value": value}});
    let conditions = [
        (eq("priority", "high"), vec!["T-1", "T-3"]),
        (
            json!({"and": [eq("priority", "high"), eq("assignee", "Bo")]}),
            vec!["T-3"],
        ),
        (
            json!({"or": [eq("priority", "low"), eq("assignee", "Ada")]}),
            vec!["T-1", "T-2", "T-4"],
        ),
        (json!({"not": eq("assignee", "Bo")}), vec!["T-1", "T-4"]),
        (
            json!({"in": {"field": "priority", "values": ["low", "medium"]}}),
            vec!["T-2", "T-4"],
        ),
        (
            json!({"is_null": {"field": "blocking_reason"}}),
            vec!["T-1", "T-2", "T-3", "T-4"],
        ),
        (
            json!({"contains": {"field": "title", "value": "t-2"}}),
            vec!["T-2"],
        ),
        (
            json!({"gt": {"field": "created_at", "value": "2026-11-20T17:40:00Z"}}),
            vec![],
        ),
    ];
    for (condition, expected) in conditions {
        let spec = json!({"source": "tasks", "id_field": "external_id", "columns": ["external_id"], "where": condition});
        let board = asked(&stage, spec).await;
        let found = rows(&stage, &board).await;
        let found: Vec<&str> = found
            .iter()
            .map(|row| row["external_id"].as_str().unwrap())
            .collect();
        assert_eq!(found, expected, "{condition}");
    }
}

async fn more_rows_than_one_statement_brings_are_all_there(fixture: HubFixture) {
    let stage = fixture.stage().await;
    planned(&stage).await;
    let task = json!({"workstream": "one", "external_id": "T-0", "title": "The first"});
    make(&stage, "create_task", task).await;
    // A statement brings two thousand.
    for number in 1..4_500_u128 {
        let copied = "insert into tasks (engagement_id, id, workstream_id, external_id, position, title, description, priority,
                                         assignee, status, rank, needs_human, claim_fence, created_at, changed_at)
             select engagement_id, $1, workstream_id, $2, position, title, description, priority, assignee, status, rank,
                    needs_human, claim_fence, created_at, changed_at
               from tasks where external_id = 'T-0'";
        let id = uuid::Uuid::from_u128(number);
        let values = vec![id.into(), format!("T-{number}").into()];
        assert_eq!(stage.fixture.execute(copied, values).await, 1);
    }
    let board = asked(
        &stage,
        json!({"source": "tasks", "id_field": "external_id", "columns": ["external_id"], "limit": 10}),
    )
    .await;
    let of = json!({"dashboard_id": board});
    let taken = stage.fixture.ok(&stage.operator, "take_snapshot", of).await;
    assert_eq!(
        (&taken["matched"], &taken["row_count"]),
        (&json!(4_500), &json!(10))
    );
    assert_eq!(taken["primary_metric"], 4_500);
}
