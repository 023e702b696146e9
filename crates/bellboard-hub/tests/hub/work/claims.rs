//! Claims: of any number who want a task one has it, and the work of whoever died returns.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{domain, keys, last_events, task, update, workstream};
use crate::fixture::{HubFixture, Stage, told};
use crate::races::{at_once, calling};

on_each_engine!(
    ready_tasks_come_in_pages_while_others_take_them,
    of_many_who_claim_a_task_one_has_it,
    the_work_of_a_dead_agent_returns_and_its_late_words_are_refused,
    a_claim_is_renewed_given_back_and_ends_with_the_task,
    what_is_ready_waits_for_nothing_and_comes_in_order,
    an_agent_keeps_its_hands_off_what_others_have,
);

const CLAIMERS: usize = 32;
const ROUNDS: usize = 10;

async fn of_many_who_claim_a_task_one_has_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    let mut agents = Vec::new();
    for number in 0..CLAIMERS {
        let agent = stage
            .fixture
            .agent(&stage.owner, &format!("Agent {number}"))
            .await;
        stage
            .fixture
            .join(&stage.owner, stage.engagement, &agent, &["contributor"])
            .await;
        agents.push(agent);
    }
    for round in 0..ROUNDS {
        let key = format!("T-{round}");
        task(&stage, "lay", &key).await;
        let told = at_once(CLAIMERS, |number| {
            let input = json!({"task_id": key, "lease_seconds": 60});
            calling(&stage.fixture, &agents[number], "claim_task", input)
        })
        .await;
        let won: Vec<&Value> = told.iter().filter_map(|told| told.as_ref().ok()).collect();
        assert_eq!(won.len(), 1, "round {round}");
        assert_eq!(
            (&won[0]["claim_fence"], &won[0]["task"]["status"]),
            (&json!(1), &json!("todo"))
        );
        let winner = won[0]["task"]["claimed_by_name"].as_str().unwrap();
        let until = won[0]["claim_until"].as_str().unwrap();
        for fault in told.iter().filter_map(|told| told.as_ref().err()) {
            assert_eq!(
                (fault.kind, fault.code),
                (FaultKind::Conflict, "task_claimed")
            );
            assert_eq!(
                (&fault.extra["claimed_by_name"], &fault.extra["claim_until"]),
                (&json!(winner), &json!(until))
            );
            assert!(
                fault
                    .detail
                    .starts_with(&format!("{winner} has claimed {key} until {until}"))
            );
        }
    }
    let told = stage
        .fixture
        .count(
            "select count(*) from progress_events where type = 'task_claimed'",
            vec![],
        )
        .await;
    assert_eq!(
        told,
        i64::try_from(ROUNDS).unwrap(),
        "one line for each task"
    );
}

async fn claim(stage: &Stage, who: &bellboard_hub::call::Caller, key: &str) -> Value {
    let input = json!({"task_id": key, "lease_seconds": 60});
    stage.fixture.ok(who, "claim_task", input).await
}

async fn the_work_of_a_dead_agent_returns_and_its_late_words_are_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    task(&stage, "lay", "T-1").await;
    let first = claim(&stage, &stage.contributor, "T-1").await;
    let begun =
        json!({"task_id": "T-1", "status": "in_progress", "claim_fence": first["claim_fence"]});
    hub.ok(&stage.contributor, "update_task", begun).await;
    let ready = async || {
        let ready = hub.ok(&stage.reader, "list_ready_tasks", json!({})).await;
        assert_eq!(
            ready["total_count"],
            ready["items"].as_array().unwrap().len()
        );
        keys(&ready).len()
    };
    assert_eq!(ready().await, 0);
    hub.world.advance(Duration::from_secs(59));
    assert_eq!(ready().await, 0);
    hub.world.advance(Duration::from_secs(1));
    assert_eq!(ready().await, 1, "its lease is over");
    let seen = hub
        .ok(&stage.reader, "get_task", json!({"task_id": "T-1"}))
        .await;
    assert_eq!(
        (&seen["claimed_by"], &seen["claim_until"]),
        (&json!(null), &json!(null))
    );
    let second = claim(&stage, &stage.operator, "T-1").await;
    assert_eq!(second["claim_fence"], 2);
    let late = json!({"task_id": "T-1", "status": "done", "claim_fence": first["claim_fence"]});
    for verb in [
        "update_task",
        "release_task",
        "claim_task",
        "flag_for_human",
    ] {
        let mut late = late.clone();
        if verb != "update_task" {
            late.as_object_mut().unwrap().remove("status");
        }
        if verb == "flag_for_human" {
            late["intervention_note"] = json!("Help");
        }
        let fault = hub.refused(&stage.contributor, verb, late).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Conflict, "task_claim_lost", None),
            "{verb}"
        );
    }
    let done = json!({"task_id": "T-1", "status": "done", "claim_fence": second["claim_fence"]});
    let done = hub.ok(&stage.operator, "update_task", done).await;
    assert_eq!(
        (&done["status"], &done["claimed_by"]),
        (&json!("done"), &json!(null))
    );
}

async fn a_claim_is_renewed_given_back_and_ends_with_the_task(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    task(&stage, "lay", "T-1").await;
    let first = claim(&stage, &stage.contributor, "T-1").await;
    hub.world.advance(Duration::from_secs(30));
    let again = json!({"task_id": "T-1", "lease_seconds": 3600, "claim_fence": 1});
    let again = hub.ok(&stage.contributor, "claim_task", again).await;
    assert_eq!(again["claim_fence"], first["claim_fence"]);
    assert!(again["claim_until"].as_str() > first["claim_until"].as_str());
    hub.ok(
        &stage.contributor,
        "update_task",
        json!({"task_id": "T-1", "status": "in_progress"}),
    )
    .await;
    let back = json!({"task_id": "T-1", "claim_fence": 1});
    let released = hub
        .ok(&stage.contributor, "release_task", back.clone())
        .await;
    assert_eq!(
        (&released["status"], &released["claimed_by"]),
        (&json!("todo"), &json!(null))
    );
    let twice = hub.ok(&stage.contributor, "release_task", back).await;
    assert_eq!(
        twice["status"], "todo",
        "what nobody has is answered as it is"
    );
    assert_eq!(
        last_events(&stage, 3).await,
        ["task_released", "task_updated", "task_claimed"]
    );
    claim(&stage, &stage.operator, "T-1").await;
    update(&stage, "T-1", json!({"status": "cancelled"})).await;
    let over = json!({"task_id": "T-1"});
    let fault = hub.refused(&stage.operator, "claim_task", over).await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "task_closed", None));
    for (seconds, field) in [(59, "lease_seconds"), (86_401, "lease_seconds")] {
        let input = json!({"task_id": "T-1", "lease_seconds": seconds});
        let fault = hub.refused(&stage.operator, "claim_task", input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
}

async fn what_is_ready_waits_for_nothing_and_comes_in_order(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    workstream(&stage, "railiance", "lay").await;
    workstream(&stage, "markitect", "ride").await;
    for key in ["T-1", "T-2", "T-3", "T-4", "T-5"] {
        task(&stage, "lay", key).await;
    }
    task(&stage, "ride", "R-1").await;
    update(
        &stage,
        "T-2",
        json!({"priority": "critical", "assignee": "Olive"}),
    )
    .await;
    update(&stage, "T-3", json!({"due_date": "2026-12-01"})).await;
    update(&stage, "T-4", json!({"status": "blocked"})).await;
    update(&stage, "T-5", json!({"status": "in_progress"})).await;
    let ready = async |input: Value| {
        let ready = hub.ok(&stage.reader, "list_ready_tasks", input).await;
        keys(&ready)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(ready(json!({})).await, ["T-2", "T-3", "T-1", "R-1"]);
    assert_eq!(ready(json!({"limit": 2})).await, ["T-2", "T-3"]);
    assert_eq!(ready(json!({"domain": "markitect"})).await, ["R-1"]);
    assert_eq!(
        ready(json!({"workstream": "lay", "assignee": "Otto"})).await,
        ["T-3", "T-1"]
    );
    let waits = json!({"workstream": "ride", "depends_on": "lay"});
    hub.ok(&stage.operator, "create_dependency", waits.clone())
        .await;
    assert_eq!(
        ready(json!({"domain": "markitect"})).await,
        Vec::<String>::new()
    );
    for status in ["proposed", "backlog", "blocked"] {
        let change = json!({"slug": "lay", "status": status});
        hub.ok(&stage.operator, "update_workstream", change).await;
        assert_eq!(ready(json!({})).await, Vec::<String>::new(), "{status}");
    }
    let archive = json!({"slug": "lay", "status": "archived"});
    hub.ok(&stage.operator, "update_workstream", archive).await;
    assert_eq!(
        ready(json!({})).await,
        ["R-1"],
        "what it waited for is closed"
    );
}

async fn an_agent_keeps_its_hands_off_what_others_have(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    task(&stage, "lay", "T-1").await;
    let agent = hub.agent(&stage.owner, "Agent").await;
    hub.join(&stage.owner, stage.engagement, &agent, &["contributor"])
        .await;
    claim(&stage, &stage.contributor, "T-1").await;
    let done = json!({"task_id": "T-1", "status": "done"});
    let fault = hub.refused(&agent, "update_task", done.clone()).await;
    assert_eq!(fault.code, "task_claimed");
    let words = json!({"task_id": "T-1", "title": "Better words"});
    hub.ok(&agent, "update_task", words).await;
    let seen = hub
        .ok(&stage.reader, "get_task", json!({"task_id": "T-1"}))
        .await;
    assert_eq!(seen["claimed_by_name"], "The contributor");
    hub.ok(&stage.operator, "update_task", done).await;
    task(&stage, "lay", "T-2").await;
    update(
        &stage,
        "T-2",
        json!({"needs_human": true, "intervention_note": "Sign"}),
    )
    .await;
    let input = json!({"task_id": "T-2"});
    let fault = hub.refused(&agent, "claim_task", input.clone()).await;
    assert_eq!(fault.code, "task_needs_human");
    hub.ok(&stage.operator, "claim_task", input).await;
    task(&stage, "lay", "T-3").await;
    update(
        &stage,
        "T-3",
        json!({"status": "blocked", "blocking_reason": "No rails"}),
    )
    .await;
    let fault = hub
        .refused(&agent, "claim_task", json!({"task_id": "T-3"}))
        .await;
    assert_eq!(fault.code, "task_blocked");
    assert!(fault.detail.contains("No rails"), "{}", fault.detail);
    let fault = hub
        .refused(&stage.reader, "claim_task", json!({"task_id": "T-3"}))
        .await;
    assert_eq!(fault.kind, FaultKind::Forbidden);
}

async fn ready_tasks_come_in_pages_while_others_take_them(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    for number in 1..=7 {
        task(&stage, "lay", &format!("T-{number}")).await;
    }
    update(&stage, "T-7", json!({"priority": "critical"})).await;
    update(&stage, "T-5", json!({"due_date": "2026-12-02"})).await;
    update(&stage, "T-6", json!({"due_date": "2026-12-01"})).await;
    let expected = ["T-7", "T-6", "T-5", "T-1", "T-2", "T-3", "T-4"];
    for limit in [1, 2, 3, 6, 7, 8] {
        let all = hub
            .pages(&stage.reader, "list_ready_tasks", json!({}), limit)
            .await;
        let names: Vec<_> = all
            .iter()
            .map(|task| task["external_id"].as_str())
            .collect();
        assert_eq!(names, expected.map(Some), "{limit} a page");
    }
    let page = async |cursor: Value| {
        let input = json!({"limit": 2, "cursor": cursor});
        hub.ok(&stage.reader, "list_ready_tasks", input).await
    };
    let first = page(Value::Null).await;
    assert_eq!(keys(&first), ["T-7", "T-6"]);
    // Who takes the last one of the page meanwhile does not make the next page begin elsewhere.
    let claim = json!({"task_id": "T-6"});
    hub.ok(&stage.operator, "claim_task", claim).await;
    let second = page(first["next_cursor"].clone()).await;
    assert_eq!(keys(&second), ["T-5", "T-1"]);
    hub.execute("delete from tasks where external_id = 'T-6'", vec![])
        .await;
    let input = json!({"limit": 2, "cursor": first["next_cursor"]});
    let fault = hub.refused(&stage.reader, "list_ready_tasks", input).await;
    assert_eq!(
        (fault.code, fault.field.as_deref()),
        ("invalid_cursor", Some("cursor"))
    );
    let other = json!({"limit": 2, "cursor": first["next_cursor"], "workstream": "lay"});
    let fault = hub.refused(&stage.reader, "list_ready_tasks", other).await;
    assert_eq!(fault.code, "invalid_cursor", "of another list");
}
