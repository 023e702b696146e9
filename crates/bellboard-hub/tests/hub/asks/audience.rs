//! Who may answer: one person, the holders of a designation, or whomever it was delegated to.

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::{answer, ask, needs, seen};
use crate::fixture::{HubFixture, told};

on_each_engine!(
    an_ask_for_one_person_is_answered_by_that_person,
    an_ask_for_a_designation_is_answered_by_its_holders,
    an_ask_is_delegated_to_one_person,
);

async fn an_ask_for_one_person_is_answered_by_that_person(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let person = json!({"for": {"person_id": stage.domain_expert.person_id}});
    let id = ask(&stage, &stage.operator, person).await;
    assert_eq!(
        seen(&stage, &stage.owner, id).await["for"],
        "The domain_expert"
    );
    let given = json!({"ask_id": id, "option": "yes"});
    let fault = stage
        .fixture
        .refused(&stage.owner, "answer_ask", given)
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_for_you", None));
    assert_eq!(needs(&stage, id).await, 1);
    let answered = answer(&stage, &stage.domain_expert, id, json!({})).await;
    assert_eq!(answered["state"], "answered");
    assert_eq!(needs(&stage, id).await, 0);
}

async fn an_ask_for_a_designation_is_answered_by_its_holders(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let experts = json!({"for": {"designation": "domain_expert"}});
    let id = ask(&stage, &stage.operator, experts).await;
    assert_eq!(
        seen(&stage, &stage.operator, id).await["for"],
        "Domain experts"
    );
    let given = json!({"ask_id": id, "option": "yes"});
    for other in [&stage.owner, &stage.contributor] {
        let fault = stage
            .fixture
            .refused(other, "answer_ask", given.clone())
            .await;
        assert_eq!(told(&fault), (FaultKind::Forbidden, "not_for_you", None));
    }
    let fault = stage
        .fixture
        .refused(&stage.reader, "answer_ask", given.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Forbidden, "capability_denied", None)
    );
    let fault = stage
        .fixture
        .refused(&stage.stranger, "answer_ask", given)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    answer(&stage, &stage.domain_expert, id, json!({})).await;
}

async fn an_ask_is_delegated_to_one_person(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = ask(&stage, &stage.operator, json!({})).await;
    let to = |person| json!({"ask_id": id, "person_id": person, "note": "You know them."});
    for wrong in [stage.reader.person_id, stage.stranger.person_id] {
        let fault = stage
            .fixture
            .refused(&stage.owner, "delegate_ask", to(wrong))
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("person_id"))
        );
    }
    let given = stage
        .fixture
        .ok(
            &stage.owner,
            "delegate_ask",
            to(stage.contributor.person_id),
        )
        .await;
    assert_eq!(
        (&given["for"], &given["state"]),
        (&json!("The contributor"), &json!("open"))
    );
    assert_eq!(needs(&stage, id).await, 1);
    let again = to(stage.owner.person_id);
    let fault = stage
        .fixture
        .refused(&stage.domain_expert, "delegate_ask", again)
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_for_you", None));
    let answered = answer(&stage, &stage.contributor, id, json!({})).await;
    assert_eq!(answered["answered_by_name"], "The contributor");
}
