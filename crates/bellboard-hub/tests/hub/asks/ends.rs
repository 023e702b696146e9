//! Without an answer: an ask is withdrawn, or its time is over.

use std::time::Duration;

use bellboard_hub::ask::expire_due;
use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::{ask, needs, seen};
use crate::fixture::{HubFixture, told, with_more};

on_each_engine!(
    a_withdrawn_ask_is_closed,
    an_expired_ask_applies_its_fallback,
    an_ask_that_cannot_expire_holds_up_no_other,
);

async fn an_ask_that_cannot_expire_holds_up_no_other(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let soon = json!({"expires_in_seconds": 60, "fallback": {"option": "yes"}});
    let mut asked = Vec::new();
    for _ in 0..3 {
        asked.push(ask(&stage, &stage.operator, soon.clone()).await);
    }
    let broken = "update asks set options = 'nonsense' where id = $1";
    let parameters = vec![asked[0].into()];
    assert_eq!(stage.fixture.execute(broken, parameters).await, 1);
    stage.fixture.world.advance(Duration::from_mins(1));
    let told = expire_due(&stage.fixture.hub).await;
    assert_eq!(told.unwrap_err().code, "internal");
    for id in &asked[1..] {
        assert_eq!(seen(&stage, &stage.operator, *id).await["state"], "expired");
    }
}

async fn a_withdrawn_ask_is_closed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let id = ask(&stage, &stage.contributor, json!({})).await;
    let of = json!({"ask_id": id});
    let fault = stage
        .fixture
        .refused(&stage.operator, "withdraw_ask", of.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    let closed = stage
        .fixture
        .ok(&stage.contributor, "withdraw_ask", of.clone())
        .await;
    assert_eq!(
        (&closed["state"], &closed["closed"]),
        (&json!("withdrawn"), &json!(true))
    );
    assert_eq!(
        (&closed["answer"], &closed["answered_by_name"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(needs(&stage, id).await, 0);
    for (verb, more) in [
        ("answer_ask", json!({"option": "yes"})),
        ("withdraw_ask", json!({})),
    ] {
        let input = with_more(of.clone(), &more);
        let fault = stage.fixture.refused(&stage.owner, verb, input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Conflict, "ask_withdrawn", None),
            "{verb}"
        );
    }
}

async fn an_expired_ask_applies_its_fallback(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let soon = json!({"expires_in_seconds": 60, "fallback": {"option": "no"}});
    let id = ask(&stage, &stage.operator, soon).await;
    stage.fixture.world.advance(Duration::from_secs(59));
    assert_eq!(expire_due(&stage.fixture.hub).await.unwrap(), 0);
    stage.fixture.world.advance(Duration::from_secs(1));
    let late = json!({"ask_id": id, "option": "yes"});
    let fault = stage
        .fixture
        .refused(&stage.owner, "answer_ask", late)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "ask_expired", None));
    assert_eq!(expire_due(&stage.fixture.hub).await.unwrap(), 1);
    assert_eq!(expire_due(&stage.fixture.hub).await.unwrap(), 0);
    let closed = seen(&stage, &stage.operator, id).await;
    assert_eq!(
        (&closed["state"], &closed["closed"]),
        (&json!("expired"), &json!(true))
    );
    assert_eq!(
        closed["answer"],
        json!({"option": "no", "label": "Keep them", "note": null})
    );
    assert_eq!(closed["answered_by_name"], json!(null));
    assert_eq!(needs(&stage, id).await, 0);
}
