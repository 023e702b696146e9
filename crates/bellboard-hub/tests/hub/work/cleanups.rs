//! Clean-up: exactly the open tasks of closed workstreams are cancelled, and undo restores them.

use bellboard_hub::cleanup;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{domain, last_events, task, update, workstream};
use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    exactly_the_open_tasks_of_closed_workstreams_are_cancelled,
    undo_makes_the_tasks_as_they_were_once,
    undo_leaves_alone_what_was_changed_since,
    the_daily_loop_cleans_up_once_and_respects_an_undo,
    an_engagement_that_cannot_be_cleaned_up_holds_up_no_other,
    two_clean_ups_at_once_cancel_each_task_once,
);

/// Two closed workstreams with open tasks, and one that is open. Archiving asks for no review.
async fn set(stage: &Stage) {
    domain(stage, "railiance").await;
    for slug in ["lay", "measure", "ride"] {
        workstream(stage, "railiance", slug).await;
        for number in 1..=4 {
            task(stage, slug, &format!("{slug}-{number}")).await;
        }
        update(stage, &format!("{slug}-1"), json!({"status": "done"})).await;
        update(
            stage,
            &format!("{slug}-2"),
            json!({"status": "in_progress"}),
        )
        .await;
        let blocked = json!({"status": "blocked", "blocking_reason": "No rails"});
        update(stage, &format!("{slug}-3"), blocked).await;
    }
    for slug in ["lay", "measure"] {
        let archive = json!({"slug": slug, "status": "archived"});
        stage
            .fixture
            .ok(&stage.operator, "update_workstream", archive)
            .await;
    }
}

/// What each task of the engagement is, by its key.
async fn standing(stage: &Stage) -> Vec<(String, String, Option<String>)> {
    let list = stage
        .fixture
        .pages(&stage.reader, "list_tasks", json!({}), 100)
        .await;
    let mut all: Vec<_> = list
        .iter()
        .map(|task| {
            let text = |field: &str| task[field].as_str().map(str::to_owned);
            (
                text("external_id").unwrap(),
                text("status").unwrap(),
                text("blocking_reason"),
            )
        })
        .collect();
    all.sort();
    all
}

async fn exactly_the_open_tasks_of_closed_workstreams_are_cancelled(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let before = standing(&stage).await;
    let dry = hub
        .ok(&stage.operator, "cleanup_stale", json!({"dry_run": true}))
        .await;
    assert_eq!(
        (&dry["total_count"], &dry["cleanup_id"], &dry["dry_run"]),
        (&json!(6), &json!(null), &json!(true))
    );
    let named: Vec<&str> = dry["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["external_id"].as_str().unwrap())
        .collect();
    assert_eq!(
        named,
        [
            "lay-2",
            "lay-3",
            "lay-4",
            "measure-2",
            "measure-3",
            "measure-4"
        ]
    );
    assert_eq!(
        dry["tasks"][0]["blocking_reason"],
        "Workstream lay is archived"
    );
    assert_eq!(standing(&stage).await, before, "a look changes nothing");
    let events = last_events(&stage, 100).await.len();

    let done = hub.ok(&stage.operator, "cleanup_stale", json!({})).await;
    assert_eq!(done["tasks"], dry["tasks"]);
    let expected: Vec<_> = before
        .iter()
        .map(|(key, status, reason)| {
            let (slug, number) = key.rsplit_once('-').unwrap();
            if slug == "ride" || number == "1" {
                return (key.clone(), status.clone(), reason.clone());
            }
            (
                key.clone(),
                "cancelled".to_owned(),
                Some(format!("Workstream {slug} is archived")),
            )
        })
        .collect();
    assert_eq!(standing(&stage).await, expected);
    assert_eq!(
        last_events(&stage, 100).await.len(),
        events + 1,
        "one summary event"
    );
    let told = hub
        .ok(&stage.reader, "list_progress", json!({"limit": 1}))
        .await;
    assert_eq!(
        told["items"][0]["summary"],
        "Cancelled 6 open tasks of closed workstreams: lay, measure"
    );
}

async fn undo_makes_the_tasks_as_they_were_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let before = standing(&stage).await;
    let done = hub.ok(&stage.operator, "cleanup_stale", json!({})).await;
    assert_ne!(standing(&stage).await, before);
    let again = hub.ok(&stage.operator, "cleanup_stale", json!({})).await;
    assert_eq!(
        (&again["total_count"], &again["cleanup_id"]),
        (&json!(0), &json!(null))
    );
    let undone = hub.ok(&stage.operator, "undo_cleanup", json!({})).await;
    assert_eq!(
        (&undone["cleanup_id"], &undone["restored"], &undone["kept"]),
        (&done["cleanup_id"], &json!(6), &json!(0))
    );
    assert_eq!(standing(&stage).await, before);
    assert_eq!(last_events(&stage, 1).await, ["cleanup_undone"]);
    let fault = hub
        .refused(&stage.operator, "undo_cleanup", json!({}))
        .await;
    assert_eq!(told_of(&fault), (FaultKind::Conflict, "nothing_to_undo"));
    for verb in ["cleanup_stale", "undo_cleanup"] {
        let fault = hub.refused(&stage.reader, verb, json!({})).await;
        assert_eq!(fault.code, "capability_denied");
    }
}

fn told_of(fault: &bellboard_hub::fault::Fault) -> (FaultKind, &str) {
    let (kind, code, _) = told(fault);
    (kind, code)
}

async fn undo_leaves_alone_what_was_changed_since(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let flag = json!({"task_id": "lay-4", "intervention_note": "Sign"});
    hub.ok(&stage.contributor, "flag_for_human", flag).await;
    hub.ok(
        &stage.contributor,
        "claim_task",
        json!({"task_id": "lay-2"}),
    )
    .await;
    hub.ok(&stage.operator, "cleanup_stale", json!({})).await;
    let badge = hub.ok(&stage.operator, "get_badge", json!({})).await;
    assert_eq!(
        badge["needs_you"], 0,
        "nobody is needed for what is cancelled"
    );
    hub.world.advance(std::time::Duration::from_secs(1));
    update(&stage, "lay-2", json!({"status": "done"})).await;
    let undone = hub.ok(&stage.operator, "undo_cleanup", json!({})).await;
    assert_eq!(
        (&undone["restored"], &undone["kept"]),
        (&json!(5), &json!(1))
    );
    let kept = hub
        .ok(&stage.reader, "get_task", json!({"task_id": "lay-2"}))
        .await;
    assert_eq!(kept["status"], "done");
    let back = hub
        .ok(&stage.reader, "get_task", json!({"task_id": "lay-3"}))
        .await;
    assert_eq!(
        (&back["status"], &back["blocking_reason"]),
        (&json!("blocked"), &json!("No rails"))
    );
    let flagged = hub
        .ok(&stage.reader, "get_task", json!({"task_id": "lay-4"}))
        .await;
    assert_eq!(
        (&flagged["needs_human"], &flagged["intervention_note"]),
        (&json!(true), &json!("Sign"))
    );
    let waiting = hub.ok(&stage.operator, "list_needs_you", json!({})).await;
    assert_eq!(
        (&waiting["total_count"], &waiting["items"][0]["detail"]),
        (&json!(1), &json!("Sign")),
        "they are needed again"
    );
    // Nobody is needed for what is cancelled, whatever a human was to do there.
    hub.ok(&stage.operator, "cleanup_stale", json!({})).await;
    let cancelled = hub
        .ok(&stage.reader, "get_task", json!({"task_id": "lay-4"}))
        .await;
    assert_eq!(
        (&cancelled["needs_human"], &cancelled["intervention_note"]),
        (&json!(false), &json!(null))
    );
}

async fn the_daily_loop_cleans_up_once_and_respects_an_undo(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    assert_eq!(cleanup::clean_up_daily(&hub.hub).await.unwrap(), 6);
    assert_eq!(cleanup::clean_up_daily(&hub.hub).await.unwrap(), 0);
    let told = hub
        .ok(&stage.reader, "list_progress", json!({"limit": 1}))
        .await;
    assert_eq!(
        (&told["items"][0]["type"], &told["items"][0]["author_name"]),
        (&json!("tasks_cleaned_up"), &json!("Bellboard"))
    );
    hub.ok(&stage.operator, "undo_cleanup", json!({})).await;
    assert_eq!(
        cleanup::clean_up_daily(&hub.hub).await.unwrap(),
        0,
        "somebody has looked at them"
    );
    let by_hand: Value = hub.ok(&stage.operator, "cleanup_stale", json!({})).await;
    assert_eq!(by_hand["total_count"], 6, "who says so means so");
}

async fn an_engagement_that_cannot_be_cleaned_up_holds_up_no_other(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let second = hub.engagement(&stage.owner, "Second").await;
    for (verb, input) in [
        (
            "create_domain",
            json!({"engagement": second, "slug": "markets", "name": "Markets"}),
        ),
        (
            "create_workstream",
            json!({"domain": "markets", "slug": "trade", "title": "Trade"}),
        ),
        (
            "create_task",
            json!({"workstream": "trade", "external_id": "trade-1", "title": "Trade"}),
        ),
        (
            "update_workstream",
            json!({"slug": "trade", "status": "archived"}),
        ),
    ] {
        hub.ok(&stage.owner, verb, input).await;
    }
    // Of the first engagement one task cannot be read.
    let spoil = "update tasks set status = 'odd' where external_id = 'lay-2'";
    hub.execute(spoil, vec![]).await;
    let fault = cleanup::clean_up_daily(&hub.hub).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Internal);
    let open = "select count(*) from tasks where external_id = $1 and rank < 2";
    let open = async |key: &str| hub.count(open, vec![key.into()]).await;
    assert_eq!((open("trade-1").await, open("lay-3").await), (0, 1));
    hub.execute(
        "update tasks set status = 'todo' where external_id = 'lay-2'",
        vec![],
    )
    .await;
    assert_eq!(cleanup::clean_up_daily(&hub.hub).await.unwrap(), 6);
}

async fn two_clean_ups_at_once_cancel_each_task_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    set(&stage).await;
    let told = crate::races::at_once(8, |_| {
        crate::races::calling(&stage.fixture, &stage.operator, "cleanup_stale", json!({}))
    })
    .await;
    let cancelled: Vec<u64> = told
        .into_iter()
        .map(|told| told.unwrap()["total_count"].as_u64().unwrap())
        .collect();
    assert_eq!(cancelled.iter().sum::<u64>(), 6);
    let batches = stage
        .fixture
        .count("select count(*) from cleanups", vec![])
        .await;
    assert_eq!(batches, 1);
}
