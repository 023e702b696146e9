//! Tasks: made, listed, changed, and flagged for a human.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{domain, keys, last_events, task, update, workstream};
use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    a_task_is_made_and_changed,
    tasks_are_listed_by_what_they_are,
    other_spellings_of_a_status_are_read_and_never_said,
    a_human_is_asked_for_with_a_note_only,
    a_flagged_task_waits_in_needs_you,
    it_waits_until_somebody_helped_or_the_task_is_closed,
    what_makes_no_task_is_named,
);

/// What waits for the operator.
async fn needs(stage: &Stage) -> Vec<Value> {
    let list = json!({"kind": "task_needs_human"});
    let list = stage
        .fixture
        .ok(&stage.operator, "list_needs_you", list)
        .await;
    let badge = stage
        .fixture
        .ok(&stage.operator, "get_badge", json!({}))
        .await;
    let items = list["items"].as_array().unwrap().clone();
    assert_eq!(badge["needs_you"], items.len(), "the count is kept in step");
    items
}

async fn a_task_is_made_and_changed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    let whole = json!({"workstream": "lay", "external_id": "T-2", "title": "Rails", "description": "Two of them",
                       "priority": "high", "assignee": "Olive", "due_date": "2026-12-01", "status": "in_progress"});
    let made = hub.ok(&stage.operator, "create_task", whole).await;
    assert_eq!(
        (
            &made["workstream"],
            &made["domain"],
            &made["priority"],
            &made["due_date"]
        ),
        (
            &json!("lay"),
            &json!("railiance"),
            &json!("high"),
            &json!("2026-12-01")
        )
    );
    let change = json!({"title": "Sleepers", "description": null, "assignee": null, "due_date": null, "priority": "low",
                        "status": "blocked", "blocking_reason": "No wood"});
    let changed = update(&stage, "T-2", change).await;
    assert_eq!(
        (
            &changed["title"],
            &changed["assignee"],
            &changed["due_date"],
            &changed["blocking_reason"]
        ),
        (
            &json!("Sleepers"),
            &json!(""),
            &json!(null),
            &json!("No wood")
        )
    );
    let went_on = update(&stage, "T-2", json!({"status": "in_progress"})).await;
    assert_eq!(
        went_on["blocking_reason"],
        json!(null),
        "it went with its status"
    );
    assert_eq!(
        last_events(&stage, 3).await,
        ["task_updated", "task_updated", "task_created"]
    );
    let by_id = json!({"task_id": made["id"]});
    let seen = hub.ok(&stage.reader, "get_task", by_id.clone()).await;
    assert_eq!(seen["external_id"], "T-2");
    update(&stage, "T-2", json!({"title": "Sleepers"})).await;
    assert_eq!(
        last_events(&stage, 100).await.len(),
        5,
        "nothing changed that time"
    );
    let fault = hub.refused(&stage.stranger, "get_task", by_id).await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn tasks_are_listed_by_what_they_are(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    workstream(&stage, "railiance", "lay").await;
    workstream(&stage, "markitect", "print").await;
    for (workstream, key) in [("lay", "T-1"), ("lay", "T-2"), ("print", "T-3")] {
        task(&stage, workstream, key).await;
    }
    hub.world.advance(Duration::from_secs(1));
    let change = json!({"status": "in_progress", "assignee": "Olive"});
    update(&stage, "T-2", change).await;
    for (filter, expected) in [
        (json!({}), vec!["T-2", "T-3", "T-1"]),
        (json!({"workstream": "lay"}), vec!["T-2", "T-1"]),
        (json!({"domain": "markitect"}), vec!["T-3"]),
        (json!({"status": "in_progress"}), vec!["T-2"]),
        (json!({"status": "open"}), vec!["T-2", "T-3", "T-1"]),
        (json!({"assignee": "Olive"}), vec!["T-2"]),
        (json!({"assignee": "Otto"}), vec![]),
        (
            json!({"needs_human": "false", "engagement": "aster-bank"}),
            vec!["T-2", "T-3", "T-1"],
        ),
        (json!({"needs_human": true}), vec![]),
    ] {
        let list = hub.ok(&stage.reader, "list_tasks", filter.clone()).await;
        assert_eq!(keys(&list), expected, "{filter}");
        assert_eq!(list["total_count"], expected.len(), "{filter}");
    }
    assert_eq!(
        hub.pages(&stage.reader, "list_tasks", json!({}), 2)
            .await
            .len(),
        3
    );
}

async fn other_spellings_of_a_status_are_read_and_never_said(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    task(&stage, "lay", "T-1").await;
    for (said, stands) in [
        ("wait", "blocked"),
        ("progress", "in_progress"),
        ("in-progress", "in_progress"),
        ("open", "todo"),
        ("completed", "done"),
        ("cancel", "cancelled"),
    ] {
        let changed = update(&stage, "T-1", json!({"status": said})).await;
        assert_eq!(changed["status"], stands, "{said}");
    }
}

async fn a_human_is_asked_for_with_a_note_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    task(&stage, "lay", "T-1").await;
    for input in [
        json!({"task_id": "T-1", "needs_human": true}),
        json!({"task_id": "T-1", "needs_human": true, "intervention_note": null}),
    ] {
        let fault = hub.refused(&stage.contributor, "update_task", input).await;
        assert_eq!(
            told(&fault),
            (
                FaultKind::Invalid,
                "note_missing",
                Some("intervention_note")
            )
        );
    }
    let bare = json!({"task_id": "T-1"});
    let fault = hub
        .refused(&stage.contributor, "flag_for_human", bare)
        .await;
    assert_eq!(fault.code, "note_missing");
    assert_eq!(needs(&stage).await, Vec::<Value>::new());
}

async fn a_flagged_task_waits_in_needs_you(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    let made = task(&stage, "lay", "T-1").await;
    let flag = json!({"task_id": "T-1", "intervention_note": "Sign the permit"});
    let flagged = hub
        .ok(&stage.contributor, "flag_for_human", flag.clone())
        .await;
    assert_eq!(
        (&flagged["needs_human"], &flagged["intervention_note"]),
        (&json!(true), &json!("Sign the permit"))
    );
    hub.ok(&stage.contributor, "flag_for_human", flag).await;
    let waiting = needs(&stage).await;
    assert_eq!(waiting.len(), 1, "flagged twice it waits once");
    assert_eq!(
        (
            &waiting[0]["item_id"],
            &waiting[0]["item_label"],
            &waiting[0]["detail"]
        ),
        (
            &made["id"],
            &json!("Help with task: What T-1 says"),
            &json!("Sign the permit")
        )
    );
    let done = &waiting[0]["actions"][1];
    assert_eq!(
        (&done["verb"], &done["method"], &done["body"]),
        (
            &json!("update_task"),
            &json!("PATCH"),
            &json!({"needs_human": false})
        )
    );
    update(
        &stage,
        "T-1",
        json!({"intervention_note": "Sign both permits"}),
    )
    .await;
    assert_eq!(needs(&stage).await[0]["detail"], "Sign both permits");
    let ready = hub.ok(&stage.reader, "list_ready_tasks", json!({})).await;
    assert_eq!(keys(&ready), Vec::<&str>::new(), "no agent begins it");
}

async fn it_waits_until_somebody_helped_or_the_task_is_closed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    task(&stage, "lay", "T-1").await;
    let flag = json!({"task_id": "T-1", "intervention_note": "Sign the permit"});
    hub.ok(&stage.contributor, "flag_for_human", flag).await;
    assert_eq!(needs(&stage).await.len(), 1);
    update(&stage, "T-1", json!({"needs_human": false})).await;
    assert_eq!(needs(&stage).await.len(), 0);
    update(
        &stage,
        "T-1",
        json!({"needs_human": true, "intervention_note": "Again"}),
    )
    .await;
    assert_eq!(needs(&stage).await.len(), 1);
    let closed = update(&stage, "T-1", json!({"status": "done"})).await;
    assert_eq!(
        (&closed["needs_human"], &closed["intervention_note"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(needs(&stage).await.len(), 0, "what is closed needs nobody");
    let late = json!({"task_id": "T-1", "intervention_note": "Too late"});
    let fault = hub
        .refused(&stage.contributor, "flag_for_human", late)
        .await;
    assert_eq!(
        (fault.kind, fault.code),
        (FaultKind::Conflict, "task_closed")
    );
    let flagged = json!({"workstream": "lay", "title": "Born flagged", "needs_human": true, "intervention_note": "Look"});
    hub.ok(&stage.operator, "create_task", flagged).await;
    assert_eq!(needs(&stage).await.len(), 1);
}

async fn what_makes_no_task_is_named(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    task(&stage, "lay", "T-1").await;
    for (more, code, field) in [
        (
            json!({"workstream": "unknown"}),
            "invalid_input",
            "workstream",
        ),
        (json!({"title": ""}), "invalid_input", "title"),
        (json!({"status": "doing"}), "invalid_input", "status"),
        (json!({"priority": "urgent"}), "invalid_input", "priority"),
        (
            json!({"due_date": "2026-02-30"}),
            "invalid_input",
            "due_date",
        ),
        (
            json!({"external_id": "not a key"}),
            "invalid_input",
            "external_id",
        ),
        (
            json!({"needs_human": true}),
            "note_missing",
            "intervention_note",
        ),
        (
            json!({"intervention_note": "Why?"}),
            "invalid_input",
            "intervention_note",
        ),
    ] {
        let mut input = json!({"workstream": "lay", "title": "Lay"});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let fault = hub.refused(&stage.operator, "create_task", input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, code, Some(field)),
            "{more}: {}",
            fault.detail
        );
    }
    let twice = json!({"workstream": "lay", "title": "Lay", "external_id": "T-1"});
    let fault = hub.refused(&stage.operator, "create_task", twice).await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "slug_taken", Some("external_id"))
    );
    let tasks = hub.count("select count(*) from tasks", vec![]).await;
    assert_eq!(tasks, 1, "what was refused changed nothing");
    update(&stage, "T-1", json!({"status": "done"})).await;
    let close = json!({"slug": "lay", "status": "completed"});
    hub.ok(&stage.operator, "update_workstream", close).await;
    let late = json!({"workstream": "lay", "title": "Late"});
    let fault = hub.refused(&stage.operator, "create_task", late).await;
    assert_eq!(
        (fault.kind, fault.code),
        (FaultKind::Conflict, "workstream_closed")
    );
}
