//! Tokens: shown once, with an end, and never reaching further than whoever made them.

use std::time::Duration;

use bellboard_hub::call::{Caller, Credential, PersonKind};
use bellboard_hub::fault::FaultKind;
use bellboard_hub::session;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    a_token_speaks_for_its_person_until_it_ends,
    the_life_of_a_token_has_bounds,
    a_revoked_token_is_refused_from_the_next_request_on,
    a_token_for_some_verbs_is_refused_for_all_others,
    a_token_for_some_engagements_says_so,
    an_agent_carries_a_token_of_its_owner_only,
    an_agent_makes_nothing_that_could_sign_in,
    a_narrowed_token_makes_nothing_that_reaches_further,
    somebody_elses_token_does_not_exist,
    tokens_come_in_pages_newest_first,
);

async fn made(stage: &Stage, input: Value) -> Value {
    stage.fixture.ok(&stage.owner, "create_token", input).await
}

async fn caller(stage: &Stage, made: &Value) -> Option<Caller> {
    let secret = made["secret"].as_str().expect("the secret is shown once");
    session::authenticate(&stage.fixture.hub, secret)
        .await
        .unwrap()
}

async fn a_token_speaks_for_its_person_until_it_ends(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let answer = stage
        .fixture
        .answer(
            Some(&stage.owner),
            "create_token",
            json!({"name": "ci", "expires_in_days": 2}),
        )
        .await
        .unwrap();
    assert!(answer.created);
    let token: Value = serde_json::from_slice(&answer.json).unwrap();
    assert!(token["secret"].as_str().unwrap().starts_with("bbp_"));
    assert_eq!(token["token"]["engagements"], Value::Null);
    assert_eq!(token["token"]["verbs"], Value::Null);
    let speaks = caller(&stage, &token).await.expect("the token is good");
    assert_eq!(speaks.person_id, stage.owner.person_id);
    assert_eq!(speaks.name, "Olive");
    assert_eq!(speaks.kind, PersonKind::Human);
    assert!(speaks.hub_owner);
    assert_eq!(speaks.narrowed_by(), None);
    stage
        .fixture
        .world
        .advance(Duration::from_hours(48) - Duration::from_micros(1));
    assert!(caller(&stage, &token).await.is_some());
    stage.fixture.world.advance(Duration::from_micros(1));
    assert!(caller(&stage, &token).await.is_none());
}

async fn the_life_of_a_token_has_bounds(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.owner, "Helper").await;
    let day = Duration::from_hours(24);
    for (input, days) in [
        (json!({"name": "a"}), 90),
        (json!({"name": "b", "agent_id": agent.person_id}), 30),
        (json!({"name": "c", "expires_in_days": 1}), 1),
        (json!({"name": "d", "expires_in_days": 366}), 366),
    ] {
        let token = made(&stage, input).await;
        assert_eq!(
            token["token"]["expires_at"],
            json!(stage.fixture.hub.now() + day * days)
        );
    }
    for days in [json!(0), json!(367), json!(-1), json!(1.5), json!("7")] {
        let input = json!({"name": "e", "expires_in_days": days});
        let fault = stage
            .fixture
            .refused(&stage.owner, "create_token", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("expires_in_days"))
        );
    }
}

async fn a_revoked_token_is_refused_from_the_next_request_on(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let token = made(&stage, json!({"name": "ci"})).await;
    let revoke = json!({"token_id": token["token"]["id"]});
    let first = stage
        .fixture
        .ok(&stage.owner, "revoke_token", revoke.clone())
        .await;
    assert!(caller(&stage, &token).await.is_none());
    stage.fixture.world.advance(Duration::from_secs(9));
    let second = stage.fixture.ok(&stage.owner, "revoke_token", revoke).await;
    assert_eq!(second, first, "the first revocation stands");
    assert_eq!(first["revoked_at"], "2026-11-20T17:40:00.000000Z");
}

async fn a_token_for_some_verbs_is_refused_for_all_others(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = json!({"name": "reports", "verbs": ["report_run", "finish_run"]});
    let token = made(&stage, input).await;
    let speaks = caller(&stage, &token).await.unwrap();
    let run = stage.running().await;
    let on_run = json!({"run_id": run});
    stage
        .fixture
        .ok(&speaks, "report_run", on_run.clone())
        .await;
    for (verb, input) in [
        ("get_run", on_run.clone()),
        ("acknowledge_run", on_run),
        ("get_me", json!({})),
        ("list_active", json!({})),
        ("list_tokens", json!({})),
    ] {
        let fault = stage.fixture.refused(&speaks, verb, input).await;
        assert_eq!(told(&fault), (FaultKind::Forbidden, "token_scope", None));
        assert!(fault.detail.contains(verb), "{}", fault.detail);
    }
    for (field, input) in [
        ("verbs", json!({"name": "x", "verbs": ["fly"]})),
        ("verbs", json!({"name": "x", "verbs": vec!["get_me"; 101]})),
        ("name", json!({"verbs": []})),
        ("engagements[0]", json!({"name": "x", "engagements": ["y"]})),
    ] {
        let fault = stage
            .fixture
            .refused(&stage.owner, "create_token", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
}

async fn a_token_for_some_engagements_says_so(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = json!({"name": "one", "engagements": [stage.engagement, stage.engagement]});
    let token = made(&stage, input).await;
    let speaks = caller(&stage, &token).await.unwrap();
    assert!(matches!(
        speaks.credential,
        Credential::Token { narrowed: true, .. }
    ));
    let listed = stage
        .fixture
        .ok(&stage.owner, "list_tokens", json!({}))
        .await;
    assert_eq!(listed["items"][0]["engagements"], json!([stage.engagement]));
    // Narrowed to none is narrowed, too: it sees nothing.
    let token = made(&stage, json!({"name": "none", "engagements": []})).await;
    let speaks = caller(&stage, &token).await.unwrap();
    let seen = stage
        .fixture
        .ok(&speaks, "list_memberships", json!({}))
        .await;
    assert_eq!(seen["total_count"], 0);
}

async fn an_agent_carries_a_token_of_its_owner_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.owner, "Helper").await;
    let input = json!({"name": "agent", "agent_id": agent.person_id});
    let token = made(&stage, input.clone()).await;
    assert!(token["secret"].as_str().unwrap().starts_with("bba_"));
    let speaks = caller(&stage, &token).await.unwrap();
    assert_eq!(speaks.kind, PersonKind::Agent);
    assert_eq!(speaks.person_id, agent.person_id);
    assert_eq!(speaks.owner_id, Some(stage.owner.person_id));
    assert!(!speaks.hub_owner);
    // Its owner's memberships are not its own.
    let here = json!({"engagement_id": stage.engagement});
    let fault = stage
        .fixture
        .refused(&speaks, "get_engagement", here.clone())
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &agent, &["contributor"])
        .await;
    stage.fixture.ok(&speaks, "get_engagement", here).await;

    for (who, agent_id) in [
        (&stage.operator, json!(agent.person_id)),
        (&stage.owner, json!(stage.operator.person_id)),
        (&stage.owner, json!("01a1fa0b-3180-7000-8000-000000000000")),
    ] {
        let input = json!({"name": "not mine", "agent_id": agent_id});
        let fault = stage.fixture.refused(who, "create_token", input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("agent_id"))
        );
    }
    let own = stage
        .fixture
        .ok(&stage.owner, "list_agents", json!({}))
        .await;
    assert_eq!(own["items"][0]["name"], "Helper");
    let none = stage
        .fixture
        .ok(&stage.operator, "list_agents", json!({}))
        .await;
    assert_eq!(none["total_count"], 0);
}

async fn an_agent_makes_nothing_that_could_sign_in(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.owner, "Helper").await;
    let name = json!({"name": "Next"});
    for (verb, input) in [
        ("create_token", name.clone()),
        ("create_login_link", json!({})),
        ("create_agent", name.clone()),
        ("create_engagement", name),
        ("list_tokens", json!({})),
    ] {
        let fault = stage.fixture.refused(&agent, verb, input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Forbidden, "human_only", None),
            "{verb}"
        );
    }
}

async fn a_narrowed_token_makes_nothing_that_reaches_further(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for narrowing in [
        json!({"name": "n", "engagements": [stage.engagement]}),
        json!({"name": "n", "verbs": ["create_token", "create_login_link"]}),
    ] {
        let token = made(&stage, narrowing).await;
        let speaks = caller(&stage, &token).await.unwrap();
        for (verb, input) in [
            ("create_token", json!({"name": "wider"})),
            ("create_login_link", json!({})),
        ] {
            let fault = stage.fixture.refused(&speaks, verb, input).await;
            assert_eq!(
                told(&fault),
                (FaultKind::Forbidden, "token_scope", None),
                "{verb}"
            );
        }
    }
    let input = json!({"name": "n", "engagements": [stage.engagement]});
    let token = made(&stage, input).await;
    let speaks = caller(&stage, &token).await.unwrap();
    let fault = stage
        .fixture
        .refused(&speaks, "create_engagement", json!({"name": "Wider"}))
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "token_scope", None));
}

async fn somebody_elses_token_does_not_exist(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let token = made(&stage, json!({"name": "ci"})).await;
    let foreign = json!({"token_id": token["token"]["id"]});
    let never = json!({"token_id": "01a1fa0b-3180-7000-8000-000000000000"});
    let fault = stage
        .fixture
        .refused(&stage.operator, "revoke_token", foreign)
        .await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
    let missing = stage
        .fixture
        .refused(&stage.operator, "revoke_token", never)
        .await;
    assert_eq!(fault, missing);
    assert!(caller(&stage, &token).await.is_some());
    let listed = stage
        .fixture
        .ok(&stage.operator, "list_tokens", json!({}))
        .await;
    assert_eq!(listed["total_count"], 0);
}

async fn tokens_come_in_pages_newest_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        let token = made(&stage, json!({"name": format!("token {number}")})).await;
        ids.insert(0, id_in(&token["token"]["id"]));
    }
    let listed = stage
        .fixture
        .pages(&stage.owner, "list_tokens", json!({}), 2)
        .await;
    let listed: Vec<_> = listed.iter().map(|token| id_in(&token["id"])).collect();
    assert_eq!(listed, ids);
}
