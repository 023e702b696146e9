//! For whom something waits, and what one person put off: pages and counts say the same.

use std::time::Duration;

use bellboard_hub::call::Caller;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    what_is_for_one_person_is_seen_by_that_person_only,
    an_ask_is_seen_by_those_whom_it_is_for_with_its_options,
    what_is_put_off_leaves_one_list_and_comes_back,
    only_what_one_sees_can_be_put_off,
);

/// The needs of a caller as page, badge, membership and the engagement's summary tell them; the four agree.
async fn waiting(stage: &Stage, who: &Caller) -> Vec<Value> {
    let fixture = &stage.fixture;
    let page = fixture.ok(who, "list_needs_you", json!({})).await;
    let items = page["items"].as_array().unwrap().clone();
    assert_eq!(page["total_count"], items.len());
    let badge = fixture.ok(who, "get_badge", json!({})).await;
    assert_eq!(badge["needs_you"], items.len());
    let here = fixture.ok(who, "list_memberships", json!({})).await;
    let sum: u64 = here["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|membership| membership["needs_you"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, items.len() as u64, "{here}");
    let place = json!({"engagement_id": stage.engagement});
    let summary = fixture.ok(who, "get_activity_summary", place).await;
    let parts = summary.as_object().unwrap().values();
    let pending: u64 = parts
        .flat_map(|part| part.as_object().unwrap())
        .filter(|(name, _)| name.starts_with("pending_"))
        .map(|(_, number)| number.as_u64().unwrap())
        .sum();
    assert_eq!(pending, items.len() as u64, "{summary}");
    items
}

async fn what_is_for_one_person_is_seen_by_that_person_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = Uuid::from_u128(7);
    let values = vec![
        stage.engagement.into(),
        id.into(),
        stage.operator.person_id.into(),
    ];
    stage
        .fixture
        .execute(
            "insert into needs (engagement_id, kind, item_id, label, detail, created_at, for_person)
             values ($1, 'ask', $2, 'Delete 14 rows?', '', 1, $3)",
            values,
        )
        .await;
    assert_eq!(waiting(&stage, &stage.operator).await.len(), 1);
    assert_eq!(waiting(&stage, &stage.owner).await.len(), 0);
}

async fn an_ask_is_seen_by_those_whom_it_is_for_with_its_options(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let ask = json!({"engagement_id": stage.engagement, "title": "Delete 14 rows?",
        "for": {"designation": "domain_expert"},
        "options": [{"key": "yes", "label": "Delete them", "needs_note": true}, {"key": "no", "label": "Keep"}]});
    let ask = stage.fixture.ok(&stage.operator, "create_ask", ask).await;
    let shown = waiting(&stage, &stage.domain_expert).await;
    let actions = shown[0]["actions"].as_array().unwrap();
    let answers: Vec<_> = actions[1..]
        .iter()
        .map(|action| (&action["label"], &action["body"], &action["needs_note"]))
        .collect();
    let [yes, no] = [json!({"option": "yes"}), json!({"option": "no"})];
    let expected = [
        (&json!("Delete them"), &yes, &json!(true)),
        (&json!("Keep"), &no, &json!(false)),
    ];
    assert_eq!(answers, expected);
    for other in [&stage.contributor, &stage.reader] {
        assert_eq!(waiting(&stage, other).await.len(), 0);
    }
    let answer = json!({"ask_id": ask["id"], "option": "no"});
    stage
        .fixture
        .ok(&stage.domain_expert, "answer_ask", answer)
        .await;
    assert_eq!(waiting(&stage, &stage.domain_expert).await.len(), 0);
}

async fn what_is_put_off_leaves_one_list_and_comes_back(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let shape = stage.shape().await;
    let about =
        json!({"engagement_id": stage.engagement, "kind": "pending_shape", "item_id": shape});
    let mut put_off = about.clone();
    let until = stage.fixture.world.now() + Duration::from_mins(1);
    put_off["until"] = json!(until);
    let told = stage
        .fixture
        .ok(&stage.owner, "snooze_need", put_off.clone())
        .await;
    assert_eq!(told["until"], json!(until));
    assert_eq!(waiting(&stage, &stage.owner).await.len(), 0);
    assert_eq!(waiting(&stage, &stage.operator).await.len(), 1);
    stage.fixture.world.advance(Duration::from_secs(61));
    assert_eq!(waiting(&stage, &stage.owner).await.len(), 1);

    put_off["until"] = json!(stage.fixture.world.now() + Duration::from_mins(1));
    stage.fixture.ok(&stage.owner, "snooze_need", put_off).await;
    assert_eq!(waiting(&stage, &stage.owner).await.len(), 0);
    stage.fixture.ok(&stage.owner, "unsnooze_need", about).await;
    assert_eq!(waiting(&stage, &stage.owner).await.len(), 1);
}

async fn only_what_one_sees_can_be_put_off(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let shape = stage.shape().await;
    let now = stage.fixture.world.now();
    let of = |item: Uuid, until| json!({"engagement_id": stage.engagement, "kind": "pending_shape", "item_id": item, "until": until});
    let fixture = &stage.fixture;
    let over = fixture
        .refused(&stage.owner, "snooze_need", of(shape, now))
        .await;
    assert_eq!(over.field.as_deref(), Some("until"));
    let soon = now + Duration::from_mins(1);
    let nothing = of(Uuid::from_u128(9), soon);
    let nothing = fixture.refused(&stage.owner, "snooze_need", nothing).await;
    assert_eq!(nothing.kind, FaultKind::NotFound);
    let by_a_stranger = of(shape, soon);
    let nothing = fixture
        .refused(&stage.stranger, "snooze_need", by_a_stranger)
        .await;
    assert_eq!(nothing.kind, FaultKind::NotFound);
    assert_eq!(waiting(&stage, &stage.owner).await.len(), 1);
}
