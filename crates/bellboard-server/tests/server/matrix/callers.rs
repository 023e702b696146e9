//! Those who call: people by what they may, people who are signed out, and agents by their tokens.

use std::time::Duration;

use bellboard_core::membership::Designation;
use reqwest::StatusCode;
use serde_json::{Map, json};

use super::{Caller, Sign};
use crate::house::{House, Person, body};

pub fn human(name: &'static str, person: &Person, designation: Option<Designation>) -> Caller {
    let sign = Sign::Bearer(person.token.clone());
    Caller {
        name,
        sign,
        human: true,
        hub_owner: false,
        designation,
        only_verb: None,
    }
}

/// Those whom nobody may take for anybody. Each could do everything while they were signed in.
pub async fn signed_out(house: &House, founder: &Person, owner: &Person) -> Vec<Caller> {
    let expired = Sign::Cookie(house.cookie(owner.id).await);
    house.advance(Duration::from_hours(13));
    let made = body(
        house.post(owner, "/me/tokens", &json!({ "name": "lost" })),
        StatusCode::CREATED,
    )
    .await;
    let revoked = Sign::Bearer(made["secret"].as_str().unwrap().to_owned());
    let path = format!("/me/tokens/{}", made["token"]["id"].as_str().unwrap());
    body(
        house
            .request(reqwest::Method::DELETE, &path)
            .bearer_auth(&owner.token),
        StatusCode::OK,
    )
    .await;
    let nobody = human("nobody", founder, None);
    vec![
        Caller {
            name: "no longer in session",
            sign: expired,
            ..human("", founder, None)
        },
        Caller {
            name: "no longer with this token",
            sign: revoked,
            ..human("", founder, None)
        },
        Caller {
            sign: Sign::Nothing,
            ..nobody
        },
    ]
}

/// An agent that is an operator of mine, with a token for it, a token for elsewhere, and a token for one verb.
pub async fn agents(house: &House, owner: &Person, mine: &str) -> Vec<Caller> {
    let made = body(
        house.post(owner, "/me/agents", &json!({ "name": "Agent" })),
        StatusCode::CREATED,
    )
    .await;
    let agent = made["id"].as_str().unwrap();
    house
        .put_member(owner, mine, agent.parse().unwrap(), &["operator"])
        .await;
    let elsewhere = house.engagement(owner, "Elsewhere").await;
    house
        .put_member(owner, &elsewhere, agent.parse().unwrap(), &["operator"])
        .await;
    let mut callers = Vec::new();
    for (name, scope, designation, only_verb) in [
        (
            "agent token in scope",
            ("engagements", mine),
            Some(Designation::Operator),
            None,
        ),
        (
            "agent token out of scope",
            ("engagements", elsewhere.as_str()),
            None,
            None,
        ),
        (
            "agent token for one verb",
            ("verbs", "get_run"),
            Some(Designation::Operator),
            Some("get_run"),
        ),
    ] {
        let mut wish = Map::from_iter([
            ("name".to_owned(), json!(name)),
            ("agent_id".to_owned(), json!(agent)),
        ]);
        wish.insert(scope.0.to_owned(), json!([scope.1]));
        let made = body(
            house.post(owner, "/me/tokens", &wish.into()),
            StatusCode::CREATED,
        )
        .await;
        let sign = Sign::Bearer(made["secret"].as_str().unwrap().to_owned());
        callers.push(Caller {
            name,
            sign,
            human: false,
            hub_owner: false,
            designation,
            only_verb,
        });
    }
    callers
}
