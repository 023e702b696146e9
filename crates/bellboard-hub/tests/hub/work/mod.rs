//! The catalogue and the planned work. Tests named `p…` are the acceptance lines of the requirement page by their
//! number.

use serde_json::{Value, json};

use crate::fixture::{Stage, with_more};

mod claims;
mod claims_model;
mod cleanups;
mod closure;
mod decisions;
mod dependencies;
mod domains;
mod entries;
mod places;
mod repos;
mod state;
mod tasks;
mod told;
mod topics;
mod workstreams;

/// A domain of the stage, made by its operator.
async fn domain(stage: &Stage, slug: &str) -> Value {
    let input =
        json!({"engagement": stage.engagement, "slug": slug, "name": format!("Domain {slug}")});
    stage
        .fixture
        .ok(&stage.operator, "create_domain", input)
        .await
}

/// A workstream of the domain in which work goes on.
async fn workstream(stage: &Stage, domain: &str, slug: &str) -> Value {
    let input = json!({"domain": domain, "slug": slug, "title": format!("What is planned as {slug}"), "status": "active"});
    stage
        .fixture
        .ok(&stage.operator, "create_workstream", input)
        .await
}

/// A task of the workstream, by the key that people give it.
async fn task(stage: &Stage, workstream: &str, key: &str) -> Value {
    let input =
        json!({"workstream": workstream, "external_id": key, "title": format!("What {key} says")});
    stage
        .fixture
        .ok(&stage.operator, "create_task", input)
        .await
}

/// Changes a task as the operator.
async fn update(stage: &Stage, key: &str, change: Value) -> Value {
    let input = with_more(json!({"task_id": key}), &change);
    stage
        .fixture
        .ok(&stage.operator, "update_task", input)
        .await
}

/// The keys of the tasks in a list, in its order.
fn keys(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list has items");
    items
        .iter()
        .map(|item| item["external_id"].as_str().expect("it has a key"))
        .collect()
}

/// The types of the last progress events, newest first.
async fn last_events(stage: &Stage, many: usize) -> Vec<String> {
    let list = json!({"limit": many});
    let list = stage.fixture.ok(&stage.reader, "list_progress", list).await;
    let items = list["items"].as_array().expect("a list has items").iter();
    items
        .map(|item| item["type"].as_str().expect("it has a type").to_owned())
        .collect()
}

/// The slugs in a list, in its order.
fn slugs(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list has items");
    items
        .iter()
        .map(|item| item["slug"].as_str().expect("it has a slug"))
        .collect()
}
