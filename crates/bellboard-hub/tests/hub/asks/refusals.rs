//! Bad input: it names the field, and nothing is stored.

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::{ask, question_with, seen};
use crate::fixture::{HubFixture, told, with_more};

on_each_engine!(
    what_is_no_question_is_refused,
    what_is_no_answer_is_refused,
    agents_and_readers_do_not_answer,
);

async fn what_is_no_question_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let ended = stage.running().await;
    stage.finish(ended, "succeeded").await;
    let option = |key: &str| json!({"key": key, "label": "Label"});
    let past = "2026-11-20T17:40:00Z";
    for (more, field) in [
        (json!({"title": " "}), "title"),
        (json!({"options": null}), "options"),
        (json!({"options": [option("a")]}), "options"),
        (json!({"options": [option("a"), option("a")]}), "options"),
        (
            json!({"options": [option("a"), option("B")]}),
            "options[1].key",
        ),
        (
            json!({"form": {"type": "object", "properties": {"a": {"type": "string"}}}}),
            "form",
        ),
        (
            json!({"options": null, "form": {"type": "array"}}),
            "form.type",
        ),
        (json!({"fallback": {"option": "no"}}), "fallback"),
        (json!({"expires_in_seconds": 60}), "expires_in_seconds"),
        (
            json!({"expires_in_seconds": 0, "fallback": {"option": "no"}}),
            "expires_in_seconds",
        ),
        (json!({"expires_at": "2027-01-01T00:00:00Z"}), "expires_at"),
        (
            json!({"expires_at": past, "fallback": {"option": "no"}}),
            "expires_at",
        ),
        (
            json!({"expires_in_seconds": 60, "fallback": {"option": "maybe"}}),
            "fallback.option",
        ),
        (
            json!({"expires_in_seconds": 60, "fallback": {"values": {}}}),
            "fallback.option",
        ),
        (json!({"for": {"designation": "reader"}}), "for.designation"),
        (
            json!({"for": {"person_id": stage.reader.person_id}}),
            "for.person_id",
        ),
        (
            json!({"for": {"person_id": stage.stranger.person_id}}),
            "for.person_id",
        ),
        (json!({"run_id": ended}), "run_id"),
        (json!({"run_id": uuid::Uuid::nil()}), "run_id"),
        (json!({"percent": 3}), "percent"),
    ] {
        let input = question_with(&stage, more.clone());
        let fault = stage
            .fixture
            .refused(&stage.operator, "create_ask", input)
            .await;
        assert_eq!(fault.kind, FaultKind::Invalid, "{more}: {fault:?}");
        assert_eq!(fault.field.as_deref(), Some(field), "{more}: {fault:?}");
    }
    for table in ["select count(*) from asks", "select count(*) from needs"] {
        assert_eq!(stage.fixture.count(table, vec![]).await, 0, "{table}");
    }
}

async fn what_is_no_answer_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = ask(&stage, &stage.operator, json!({})).await;
    for (given, field) in [
        (json!({}), "option"),
        (json!({"option": "maybe"}), "option"),
        (json!({"values": {"a": 1}}), "option"),
        (json!({"option": "yes", "values": {}}), "option"),
        (json!({"option": "no"}), "note"),
        (json!({"option": "yes", "undo_seconds": 61}), "undo_seconds"),
    ] {
        let input = with_more(json!({"ask_id": id}), &given);
        let fault = stage
            .fixture
            .refused(&stage.owner, "answer_ask", input)
            .await;
        assert_eq!(fault.kind, FaultKind::Invalid, "{given}: {fault:?}");
        assert_eq!(fault.field.as_deref(), Some(field), "{given}: {fault:?}");
    }
    assert_eq!(seen(&stage, &stage.owner, id).await["state"], "open");
    assert_eq!(
        stage
            .fixture
            .count("select count(*) from decisions", vec![])
            .await,
        0
    );
    for (wait, field) in [
        (json!({"wait": "31s"}), "wait"),
        (json!({"wait": "3"}), "wait"),
        (json!({"wait_seconds": 31}), "wait_seconds"),
        (json!({"wait_seconds": 0, "wait": "0s"}), "wait"),
    ] {
        let input = with_more(json!({"ask_id": id}), &wait);
        let fault = stage.fixture.refused(&stage.owner, "get_ask", input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field)),
            "{wait}"
        );
    }
}

async fn agents_and_readers_do_not_answer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.operator, "Scout").await;
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &agent, &["owner"])
        .await;
    let id = ask(&stage, &stage.operator, json!({})).await;
    let given = json!({"ask_id": id, "option": "yes"});
    let fault = stage
        .fixture
        .refused(&agent, "answer_ask", given.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "people_only", None));
    let fault = stage
        .fixture
        .refused(&stage.reader, "answer_ask", given)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Forbidden, "capability_denied", None)
    );
    let asked = question_with(&stage, json!({}));
    let fault = stage
        .fixture
        .refused(&stage.domain_expert, "create_ask", asked)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Forbidden, "capability_denied", None)
    );
}
