//! The objects that a cell is aimed at, one of each noun.

use bellboard_hub::db::{DbFault, Value as Parameter};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Place;
use super::input::input;
use crate::house::{House, Person, body};

pub async fn place(house: &House, owner: &Person, engagement: String, slug: &str) -> Place {
    planned(house, owner, &engagement, slug).await;
    let run = house.run(owner, &engagement).await;
    let artifact = artifact(house, owner, &engagement).await;
    let ask = ask(house, owner, &engagement).await;
    let notification = notification(house, owner, &engagement).await;
    let mut wish = input("create_decision");
    wish["engagement"] = json!(engagement);
    let decision = body(house.post(owner, "/decisions", &wish), StatusCode::CREATED).await;
    let decision = decision["ask_id"].as_str().unwrap().to_owned();
    let [dashboard, snapshot, subscription] = dashboard(house, owner, &engagement).await;
    let delivery = delivery(house, &engagement, &dashboard, &subscription).await;
    let made = body(
        house.post(owner, "/me/tokens", &json!({ "name": "place" })),
        StatusCode::CREATED,
    )
    .await;
    let token = made["token"]["id"].as_str().unwrap().to_owned();
    let agent = body(
        house.post(owner, "/me/agents", &json!({ "name": "Member" })),
        StatusCode::CREATED,
    )
    .await;
    let member = agent["id"].as_str().unwrap().to_owned();
    house
        .put_member(owner, &engagement, member.parse().unwrap(), &["reader"])
        .await;
    Place {
        engagement,
        run,
        artifact,
        ask,
        token,
        member,
        notification,
        decision,
        dashboard,
        snapshot,
        subscription,
        delivery,
        slug: slug.to_owned(),
    }
}

/// Something of each planned concept, all under one slug.
async fn planned(house: &House, owner: &Person, engagement: &str, slug: &str) {
    let make = async |path: &str, what: Value| {
        body(house.post(owner, path, &what), StatusCode::CREATED).await;
    };
    let domain = json!({ "engagement": engagement, "slug": slug, "name": "Domain" });
    make("/domains", domain).await;
    let groundwork = json!({ "engagement": engagement, "domain": slug, "title": "Groundwork" });
    make("/workstreams", groundwork).await;
    for (path, key, name) in [
        ("/repos", "slug", "name"),
        ("/topics", "slug", "title"),
        ("/workstreams", "slug", "title"),
        ("/extension-points", "ep_id", "title"),
        ("/technical-debt", "td_id", "title"),
    ] {
        let what = json!({ "engagement": engagement, "domain": slug, key: slug, name: "Planned" });
        make(path, what).await;
    }
    let task = json!({ "engagement": engagement, "workstream": slug, "external_id": slug, "title": "Task" });
    make("/tasks", task).await;
}

/// A shape that waits to be confirmed.
async fn artifact(house: &House, owner: &Person, engagement: &str) -> String {
    let path = format!("/engagements/{engagement}/artifacts");
    let made = house.post(owner, &path, &input("create_artifact"));
    let made = body(made, StatusCode::CREATED).await;
    made["id"].as_str().unwrap().to_owned()
}

/// A delivery that was given up.
async fn delivery(house: &House, engagement: &str, dashboard: &str, subscription: &str) -> String {
    let id = |text: &str| text.parse::<Uuid>().unwrap();
    let delivery = house.hub.world().new_id();
    let place = [id(engagement), delivery, id(subscription), id(dashboard)];
    house
        .hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let [engagement, delivery, subscription, dashboard] = place.map(Parameter::from);
                let hash = Parameter::from([7_u8; 32]);
                sql.execute(
                    "insert into delivery_bodies (engagement_id, hash, body, created_at) values ($1, $2, '{}', 7)",
                    &[engagement.clone(), hash.clone()],
                )
                .await?;
                sql.execute(
                    "insert into deliveries (engagement_id, id, subscription_id, dashboard_id, kind, target, body_hash, status,
                                             is_test, is_digest, attempts, fence, created_at)
                     values ($1, $2, $3, $4, 'persona', 'nobody', $5, 'dead', 0, 0, 1, 1, 7)",
                    &[engagement, delivery, subscription, dashboard, hash],
                )
                .await?;
                Ok::<_, DbFault>(())
            })
        })
        .await
        .unwrap();
    delivery.to_string()
}

/// A dashboard that asks for the runs, a snapshot of it, and the owner's subscription to it.
async fn dashboard(house: &House, owner: &Person, engagement: &str) -> [String; 3] {
    let id = |made: Value| made["id"].as_str().unwrap().to_owned();
    let mut wish = input("create_dashboard");
    wish["engagement"] = json!(engagement);
    let made = body(house.post(owner, "/dashboards", &wish), StatusCode::CREATED).await;
    let dashboard = id(made);
    let path = format!("/dashboard/{dashboard}/snapshot");
    let snapshot = body(house.post(owner, &path, &json!({})), StatusCode::CREATED).await;
    let mut wish = input("create_subscription");
    wish["subscriber_id"] = json!(owner.id);
    let path = format!("/dashboard/{dashboard}/subscriptions");
    let subscription = body(house.post(owner, &path, &wish), StatusCode::CREATED).await;
    [dashboard, id(snapshot), id(subscription)]
}

/// An ask that is open.
async fn ask(house: &House, owner: &Person, engagement: &str) -> String {
    let path = format!("/engagements/{engagement}/asks");
    let made = house.post(owner, &path, &input("create_ask"));
    let made = body(made, StatusCode::CREATED).await;
    made["id"].as_str().unwrap().to_owned()
}

/// What a person is told when a run of theirs has ended.
async fn notification(house: &House, owner: &Person, engagement: &str) -> String {
    let run = house.run(owner, engagement).await;
    let finish = json!({ "outcome": "failed" });
    let path = format!("/runs/{run}/finish");
    body(house.post(owner, &path, &finish), StatusCode::OK).await;
    let inbox = body(house.get(owner, "/me/notifications"), StatusCode::OK).await;
    inbox["items"][0]["id"].as_str().unwrap().to_owned()
}

pub fn nowhere(house: &House) -> Place {
    let id = || house.hub.world().new_id().to_string();
    Place {
        engagement: id(),
        run: id(),
        artifact: id(),
        ask: id(),
        token: id(),
        member: id(),
        notification: id(),
        decision: id(),
        dashboard: id(),
        snapshot: id(),
        subscription: id(),
        delivery: id(),
        slug: "never".to_owned(),
    }
}
