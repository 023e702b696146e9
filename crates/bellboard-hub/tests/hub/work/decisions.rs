//! Decisions of the plan: asks, seen from the planned work.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use bellboard_hub::{decision, plan_decision};
use serde_json::{Value, json};

use super::{domain, last_events, task, workstream};
use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    a_decision_is_an_ask_and_leads_to_the_next_step,
    decisions_are_listed_and_closed_ones_stay_so,
    a_decision_made_on_the_ask_is_made_in_the_plan_too,
    a_decision_is_escalated_by_hand_or_by_its_deadline,
    what_makes_no_decision_is_named,
);

async fn set(stage: &Stage) {
    domain(stage, "railiance").await;
    workstream(stage, "railiance", "lay").await;
    task(stage, "lay", "T-1").await;
}

async fn create(stage: &Stage, more: Value) -> Value {
    let mut input = json!({"title": "Which gauge?", "context": "Two are in use", "workstream": "lay",
        "options": [{"key": "wide", "label": "Wide"}, {"key": "narrow", "label": "Narrow"}]});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    stage
        .fixture
        .ok(&stage.contributor, "create_decision", input)
        .await
}

async fn a_decision_is_an_ask_and_leads_to_the_next_step(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let made = create(&stage, json!({"append_to_file": true})).await;
    let id = json!({"ask_id": made["ask_id"]});
    assert_eq!(
        (
            &made["status"],
            &made["workstream"],
            &made["asked_by_name"],
            &made["append_to_file"]
        ),
        (
            &json!("open"),
            &json!("lay"),
            &json!("The contributor"),
            &json!(true)
        )
    );
    let ask = hub.ok(&stage.operator, "get_ask", id).await;
    assert_eq!(
        (&ask["title"], &ask["detail"]),
        (&json!("Which gauge?"), &json!("Two are in use"))
    );
    let waiting = hub.ok(&stage.operator, "list_needs_you", json!({})).await;
    assert_eq!(waiting["items"][0]["item_id"], made["ask_id"]);
    let summary = hub.ok(&stage.reader, "get_summary", json!({})).await;
    assert_eq!(summary["totals"]["open_decisions"], 1);
    assert_eq!(summary["open_decisions"][0]["title"], "Which gauge?");

    let resolve = json!({"ask_id": made["ask_id"], "option": "wide", "rationale": "Faster"});
    let resolved = hub.ok(&stage.operator, "resolve_decision", resolve).await;
    assert_eq!(
        (
            &resolved["status"],
            &resolved["option"],
            &resolved["option_label"],
            &resolved["rationale"],
            &resolved["decided_by_name"]
        ),
        (
            &json!("resolved"),
            &json!("wide"),
            &json!("Wide"),
            &json!("Faster"),
            &json!("The operator")
        )
    );
    assert_eq!(
        last_events(&stage, 2).await,
        ["decision_resolved", "decision_created"]
    );
    let steps = hub.ok(&stage.reader, "list_next_steps", json!({})).await;
    assert_eq!(
        (&steps["items"][0]["because"], &steps["items"][0]["task"]),
        (&json!("decision_resolved"), &json!("What T-1 says"))
    );
}

async fn decisions_are_listed_and_closed_ones_stay_so(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let made = create(&stage, json!({})).await;
    let id = json!({"ask_id": made["ask_id"]});
    let resolve = json!({"ask_id": made["ask_id"], "option": "wide", "rationale": "Faster"});
    hub.ok(&stage.operator, "resolve_decision", resolve.clone())
        .await;
    for (filter, many) in [
        (json!({"status": "resolved"}), 1),
        (json!({"status": "open"}), 0),
        (json!({"workstream": "lay"}), 1),
        (json!({}), 1),
    ] {
        let list = hub
            .ok(&stage.reader, "list_decisions", filter.clone())
            .await;
        assert_eq!(
            (
                list["items"].as_array().unwrap().len(),
                &list["total_count"]
            ),
            (many, &json!(many)),
            "{filter}"
        );
    }
    let again = hub
        .ok(&stage.operator, "resolve_decision", resolve.clone())
        .await;
    assert_eq!(again["status"], "resolved", "the same again stands");
    let mut other = resolve;
    other["option"] = json!("narrow");
    let fault = hub
        .refused(&stage.operator, "resolve_decision", other)
        .await;
    assert_eq!(fault.code, "already_answered");
    let fault = hub
        .refused(&stage.operator, "escalate_decision", id.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "decision_closed", None));
    let fault = hub.refused(&stage.stranger, "get_decision", id).await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn a_decision_made_on_the_ask_is_made_in_the_plan_too(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let made = create(&stage, json!({})).await;
    let get = json!({"ask_id": made["ask_id"]});
    let answer = json!({"ask_id": made["ask_id"], "option": "narrow", "note": "Cheaper", "undo_seconds": 10});
    hub.ok(&stage.operator, "answer_ask", answer).await;
    let seen = hub.ok(&stage.reader, "get_decision", get.clone()).await;
    assert_eq!(
        (&seen["status"], &seen["option"]),
        (&json!("open"), &json!(null)),
        "it can still be undone"
    );
    assert_eq!(last_events(&stage, 1).await, ["decision_created"]);
    hub.world.advance(Duration::from_secs(10));
    decision::release_due(&hub.hub).await.unwrap();
    let seen = hub.ok(&stage.reader, "get_decision", get).await;
    assert_eq!(
        (&seen["status"], &seen["option"], &seen["rationale"]),
        (&json!("resolved"), &json!("narrow"), &json!("Cheaper"))
    );
    let told = hub
        .ok(
            &stage.reader,
            "list_progress",
            json!({"workstream": "lay", "limit": 1}),
        )
        .await;
    assert_eq!(
        told["items"][0]["summary"],
        "The operator decided “Which gauge?”: Narrow"
    );
    let taken_back = create(&stage, json!({})).await;
    let withdraw = json!({"ask_id": taken_back["ask_id"]});
    hub.ok(&stage.contributor, "withdraw_ask", withdraw.clone())
        .await;
    let seen = hub.ok(&stage.reader, "get_decision", withdraw).await;
    assert_eq!(seen["status"], "withdrawn");
}

async fn a_decision_is_escalated_by_hand_or_by_its_deadline(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let by_hand = create(&stage, json!({})).await;
    let id = json!({"ask_id": by_hand["ask_id"]});
    for _ in 0..2 {
        let escalated = hub
            .ok(&stage.contributor, "escalate_decision", id.clone())
            .await;
        assert_eq!(escalated["status"], "escalated");
    }
    assert_eq!(
        last_events(&stage, 2).await,
        ["decision_escalated", "decision_created"]
    );
    let by_deadline = create(&stage, json!({"deadline": "2026-11-20T18:40:00Z"})).await;
    create(&stage, json!({"deadline": "2026-11-21T18:40:00Z"})).await;
    assert_eq!(plan_decision::escalate_due(&hub.hub).await.unwrap(), 0);
    hub.world.advance(Duration::from_hours(1));
    assert_eq!(plan_decision::escalate_due(&hub.hub).await.unwrap(), 1);
    assert_eq!(plan_decision::escalate_due(&hub.hub).await.unwrap(), 0);
    let id = json!({"ask_id": by_deadline["ask_id"]});
    let seen = hub.ok(&stage.reader, "get_decision", id).await;
    assert_eq!(
        (&seen["status"], &seen["escalated_at"]),
        (&json!("escalated"), &seen["deadline"])
    );
    let list = hub
        .ok(
            &stage.reader,
            "list_decisions",
            json!({"status": "escalated"}),
        )
        .await;
    assert_eq!(list["total_count"], 2);
    let summary = hub.ok(&stage.reader, "get_summary", json!({})).await;
    assert_eq!(summary["open_decisions"][0]["escalated"], true);
    let resolve =
        json!({"ask_id": by_deadline["ask_id"], "option": "wide", "rationale": "At last"});
    let resolved = hub.ok(&stage.operator, "resolve_decision", resolve).await;
    assert_eq!(
        resolved["status"], "resolved",
        "what is escalated still waits for an answer"
    );
}

async fn what_makes_no_decision_is_named(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    set(&stage).await;
    let options = json!([{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]);
    for (input, field) in [
        (
            json!({"title": "Which?", "options": [{"key": "a", "label": "A"}]}),
            "options",
        ),
        (json!({"title": "", "options": options}), "title"),
        (
            json!({"title": "Which?", "options": options, "workstream": "unknown"}),
            "workstream",
        ),
        (
            json!({"title": "Which?", "options": options, "topic": "unknown"}),
            "topic",
        ),
        (
            json!({"title": "Which?", "options": options, "deadline": "2026-01-01T00:00:00Z"}),
            "deadline",
        ),
    ] {
        let fault = hub
            .refused(&stage.contributor, "create_decision", input)
            .await;
        assert_eq!(
            (fault.kind, fault.field.as_deref()),
            (FaultKind::Invalid, Some(field)),
            "{}",
            fault.detail
        );
    }
    assert_eq!(hub.count("select count(*) from asks", vec![]).await, 0);
    let made = create(&stage, json!({})).await;
    let bare = json!({"ask_id": made["ask_id"], "option": "wide"});
    let fault = hub.refused(&stage.operator, "resolve_decision", bare).await;
    assert_eq!(fault.field.as_deref(), Some("rationale"));
    let other = json!({"ask_id": made["ask_id"], "option": "standard", "rationale": "Because"});
    let fault = hub
        .refused(&stage.operator, "resolve_decision", other)
        .await;
    assert_eq!(fault.field.as_deref(), Some("option"));
    let agent = hub.agent(&stage.owner, "Agent").await;
    hub.join(&stage.owner, stage.engagement, &agent, &["contributor"])
        .await;
    let agents = json!({"ask_id": made["ask_id"], "option": "wide", "rationale": "I like it"});
    let fault = hub.refused(&agent, "resolve_decision", agents).await;
    assert_eq!(fault.code, "people_only");
}
