//! Asking, answering, undoing, and what is told of it.

use std::time::Duration;

use bellboard_hub::call::Caller;
use bellboard_hub::decision::release_due;
use bellboard_hub::fault::FaultKind;
use serde_json::json;
use uuid::Uuid;

use super::{answer, ask, needs, question_with, seen};
use crate::fixture::{HubFixture, Stage, id_in, told, with_more};

on_each_engine!(
    an_answer_is_told_to_who_asked,
    a_form_is_answered_with_values,
    an_answer_can_be_undone_until_it_is_in_effect,
    a_refusal_tells_no_answer_before_its_time,
    a_list_shows_what_was_asked,
    the_same_answer_again_is_the_same_answer,
    what_was_decided_about_an_ask_is_listed,
);

async fn an_answer_is_told_to_who_asked(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.operator, "Scout").await;
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &agent, &["contributor"])
        .await;
    let id = ask(&stage, &agent, json!({})).await;
    let open = seen(&stage, &agent, id).await;
    assert_eq!(open["state"], "open");
    assert_eq!(open["closed"], false);
    assert_eq!(open["asked_by_name"], "Scout");
    assert_eq!(open["for"], "Whoever may decide");
    assert_eq!(open["may_answer"], false, "an agent");
    assert_eq!(
        seen(&stage, &stage.domain_expert, id).await["may_answer"],
        true
    );
    assert_eq!(seen(&stage, &stage.reader, id).await["may_answer"], false);
    assert_eq!(needs(&stage, id).await, 1);

    let note = json!({"option": "no", "note": "They are the last copy."});
    answer(&stage, &stage.domain_expert, id, note).await;
    let closed = seen(&stage, &agent, id).await;
    assert_eq!(closed["state"], "answered");
    assert_eq!(closed["closed"], true);
    assert_eq!(closed["may_answer"], false);
    assert_eq!(closed["answered_by_name"], "The domain_expert");
    assert_eq!(
        closed["answer"],
        json!({"option": "no", "label": "Keep them", "note": "They are the last copy."})
    );
    assert_eq!(needs(&stage, id).await, 0);

    let again = json!({"ask_id": id, "option": "yes"});
    let fault = stage
        .fixture
        .refused(&stage.operator, "answer_ask", again)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "already_answered", None)
    );
    assert!(
        fault
            .detail
            .starts_with("The domain_expert has answered already: Keep them, at 2026"),
        "{}",
        fault.detail
    );
}

async fn a_form_is_answered_with_values(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let form = json!({
        "type": "object",
        "properties": {"rows": {"type": "integer", "minimum": 1}, "keep": {"type": "boolean"}},
        "required": ["rows"],
    });
    let mut input = question_with(&stage, json!({"form": form}));
    input.as_object_mut().unwrap().remove("options");
    let made = stage.fixture.ok(&stage.operator, "create_ask", input).await;
    assert_eq!(made["options"], json!([]));
    assert_eq!(made["form"]["properties"]["rows"]["minimum"], 1);
    let given = json!({"ask_id": made["id"], "values": {"rows": 14, "keep": true}});
    let answered = stage.fixture.ok(&stage.owner, "answer_ask", given).await;
    assert_eq!(
        answered["answer"]["values"],
        json!({"rows": 14, "keep": true})
    );
    assert_eq!(answered["answer"]["label"], "Keep: yes, Rows: 14");
}

async fn the_same_answer_again_is_the_same_answer(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = ask(&stage, &stage.operator, json!({})).await;
    let no = json!({"option": "no", "note": "The last copy.", "undo_seconds": 8});
    let first = answer(&stage, &stage.owner, id, no.clone()).await;
    stage.fixture.world.advance(Duration::from_secs(1));
    assert_eq!(answer(&stage, &stage.owner, id, no.clone()).await, first);
    stage.fixture.world.advance(Duration::from_secs(7));
    release_due(&stage.fixture.hub).await.unwrap();
    let later = answer(&stage, &stage.owner, id, no).await;
    assert_eq!(later["answered_at"], first["answered_at"]);
    for (who, other) in [
        (&stage.owner, json!({"option": "yes"})),
        (&stage.owner, json!({"option": "no", "note": "Another."})),
        (
            &stage.operator,
            json!({"option": "no", "note": "The last copy."}),
        ),
    ] {
        let input = with_more(json!({"ask_id": id}), &other);
        let fault = stage.fixture.refused(who, "answer_ask", input).await;
        assert_eq!(fault.code, "already_answered", "{other}");
    }
    let made = "select count(*) from decisions";
    assert_eq!(stage.fixture.count(made, vec![]).await, 1);
}

async fn what_was_decided_about_an_ask_is_listed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let confirm = json!({"options": [{"key": "confirm", "label": "Yes"}, {"key": "withdraw", "label": "No"}]});
    let id = ask(&stage, &stage.operator, confirm).await;
    let to =
        json!({"ask_id": id, "person_id": stage.contributor.person_id, "note": "You know it."});
    stage.fixture.ok(&stage.owner, "delegate_ask", to).await;
    let withdraw = json!({"option": "withdraw", "undo_seconds": 8});
    answer(&stage, &stage.contributor, id, withdraw).await;
    let undo = json!({"ask_id": id});
    stage.fixture.ok(&stage.contributor, "undo_ask", undo).await;
    stage.fixture.world.advance(Duration::from_secs(1));
    let given = json!({"option": "confirm", "undo_seconds": 8});
    answer(&stage, &stage.contributor, id, given).await;

    let undone = ("withdraw", "Answered", true);
    let delegated = ("delegate", "Delegated", false);
    let whole = vec![("confirm", "Answered", false), undone, delegated];
    // Nobody else learns of an answer before it is in effect.
    assert_eq!(decided(&stage, &stage.contributor, id).await, texts(&whole));
    let so_far = texts(&whole[1..]);
    assert_eq!(decided(&stage, &stage.operator, id).await, so_far);
    stage.fixture.world.advance(Duration::from_secs(8));
    release_due(&stage.fixture.hub).await.unwrap();
    for who in [&stage.operator, &stage.reader] {
        assert_eq!(decided(&stage, who, id).await, texts(&whole));
    }
    let of = json!({"ask_id": id});
    let fault = stage
        .fixture
        .refused(&stage.stranger, "list_ask_decisions", of)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);

    let other = ask(&stage, &stage.operator, json!({})).await;
    let of = json!({"ask_id": other});
    stage.fixture.ok(&stage.operator, "withdraw_ask", of).await;
    let withdrawn = texts(&[("withdraw", "Withdrawn", false)]);
    assert_eq!(decided(&stage, &stage.owner, other).await, withdrawn);
}

/// The word, the label, and whether it was taken back, of every decision that this caller reads about the ask.
async fn decided(stage: &Stage, who: &Caller, ask: Uuid) -> Vec<(String, String, bool)> {
    let input = json!({"ask_id": ask});
    let pages = stage.fixture.pages(who, "list_ask_decisions", input, 2);
    let told = pages.await.into_iter().map(|one| {
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        (
            text("decision"),
            text("label"),
            one["undone_at"].is_string(),
        )
    });
    told.collect()
}

fn texts(rows: &[(&str, &str, bool)]) -> Vec<(String, String, bool)> {
    rows.iter()
        .map(|(word, label, undone)| ((*word).to_owned(), (*label).to_owned(), *undone))
        .collect()
}

async fn a_refusal_tells_no_answer_before_its_time(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = ask(&stage, &stage.operator, json!({})).await;
    answer(&stage, &stage.owner, id, json!({"undo_seconds": 8})).await;
    let tries = [
        ("withdraw_ask", json!({"ask_id": id})),
        (
            "answer_ask",
            json!({"ask_id": id, "option": "no", "note": "So."}),
        ),
        (
            "delegate_ask",
            json!({"ask_id": id, "person_id": stage.contributor.person_id}),
        ),
    ];
    for (verb, input) in tries.clone() {
        let fault = stage.fixture.refused(&stage.operator, verb, input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Conflict, "already_answered", None)
        );
        assert_eq!(fault.extra["decided_by"], "Olive");
        assert_eq!(fault.extra["effective_at"], "2026-11-20T17:40:08.000000Z");
        let all = format!("{} {:?}", fault.detail, fault.extra);
        assert!(
            !all.contains("Delete them") && !all.contains("yes"),
            "{all}"
        );
    }
    stage.fixture.world.advance(Duration::from_secs(8));
    release_due(&stage.fixture.hub).await.unwrap();
    for (verb, input) in tries {
        let fault = stage.fixture.refused(&stage.operator, verb, input).await;
        assert_eq!(fault.extra["decision"], "Delete them", "{verb}");
    }
}

async fn an_answer_can_be_undone_until_it_is_in_effect(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = ask(&stage, &stage.contributor, json!({})).await;
    let given = answer(&stage, &stage.operator, id, json!({"undo_seconds": 8})).await;
    assert_eq!(given["answer"]["option"], "yes", "who gave it reads it");
    let waiting = seen(&stage, &stage.contributor, id).await;
    assert_eq!(
        waiting["answer"],
        json!(null),
        "nobody else does before it is in effect"
    );
    assert_eq!(
        (&waiting["state"], &waiting["closed"]),
        (&json!("answered"), &json!(false))
    );
    assert_eq!(needs(&stage, id).await, 0);

    let of = json!({"ask_id": id});
    let fault = stage
        .fixture
        .refused(&stage.domain_expert, "undo_ask", of.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    stage.fixture.world.advance(Duration::from_secs(7));
    stage
        .fixture
        .ok(&stage.operator, "undo_ask", of.clone())
        .await;
    assert_eq!(seen(&stage, &stage.contributor, id).await["state"], "open");
    assert_eq!(needs(&stage, id).await, 1);
    let since = stage
        .fixture
        .count(
            "select created_at from needs where item_id = $1",
            vec![id.into()],
        )
        .await;
    assert_eq!(since, crate::fixture::START, "it waits as long as before");
    let fault = stage
        .fixture
        .refused(&stage.operator, "undo_ask", of.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "not_decided", None));

    answer(&stage, &stage.operator, id, json!({"undo_seconds": 8})).await;
    stage.fixture.world.advance(Duration::from_secs(8));
    let fault = stage.fixture.refused(&stage.operator, "undo_ask", of).await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "undo_over", None));
    assert_eq!(release_due(&stage.fixture.hub).await.unwrap(), 1);
    let closed = seen(&stage, &stage.contributor, id).await;
    assert_eq!(
        (&closed["closed"], &closed["answer"]["option"]),
        (&json!(true), &json!("yes"))
    );
}

async fn a_list_shows_what_was_asked(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for number in 0..5 {
        let title = format!("Question {number}?");
        ask(&stage, &stage.operator, json!({"title": title})).await;
    }
    let last = ask(&stage, &stage.operator, json!({"run_id": run})).await;
    answer(&stage, &stage.owner, last, json!({})).await;
    let all = stage
        .fixture
        .pages(&stage.reader, "list_asks", json!({}), 2)
        .await;
    assert_eq!(all.len(), 6);
    assert_eq!(id_in(&all[0]["id"]), last, "newest first");
    for (filter, many) in [
        (json!({"state": "open"}), 5),
        (json!({"state": "answered"}), 1),
        (json!({"run_id": run}), 1),
        (json!({"engagement": stage.engagement}), 6),
    ] {
        let found = stage
            .fixture
            .pages(&stage.reader, "list_asks", filter.clone(), 3)
            .await;
        assert_eq!(found.len(), many, "{filter}");
    }
    let none = stage
        .fixture
        .pages(&stage.stranger, "list_asks", json!({}), 3)
        .await;
    assert!(none.is_empty());
}
