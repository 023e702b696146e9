//! The bells of a dashboard on its page, as a browser without JavaScript meets them.

mod addresses;
mod editor;
mod sent;
mod states;

use std::time::Duration;

use bellboard_hub::db::DbFault;
use reqwest::StatusCode;
use serde_json::Value;

use crate::dashboard_pages::Scene;
use crate::house::body;

/// Pictures an hour apart: quiet, a jump of 20 %, quiet, and a new row.
async fn history(scene: &Scene) -> Vec<String> {
    let mut snapshots = Vec::new();
    for rows in [
        &[("Amber", 100.0), ("Birch", 90.0)][..],
        &[("Amber", 102.0), ("Birch", 90.0)],
        &[("Amber", 102.0), ("Birch", 108.0)],
        &[("Amber", 102.0), ("Birch", 108.0), ("Cedar", 5.0)],
    ] {
        snapshots.push(scene.push(rows).await);
        scene.house.advance(Duration::from_hours(1));
    }
    snapshots
}

fn address(scene: &Scene, query: &str) -> String {
    format!("/ui/dashboards/{}/bells{query}", scene.board)
}

async fn subscriptions(scene: &Scene) -> Vec<Value> {
    let path = format!("/dashboard/{}/subscriptions", scene.board);
    let list = body(scene.house.get(&scene.founder, &path), StatusCode::OK).await;
    list["items"].as_array().unwrap().clone()
}

async fn deliveries(scene: &Scene) -> Vec<Value> {
    let list = body(
        scene.house.get(&scene.founder, "/deliveries"),
        StatusCode::OK,
    )
    .await;
    list["items"].as_array().unwrap().clone()
}

/// Fields as a browser sends them.
fn said(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, said)| format!("{name}={}", encoded(said)))
        .collect();
    pairs.join("&")
}

/// Changes rows below the hub's hands; how many.
async fn rows_changed(scene: &Scene, text: &'static str) -> u64 {
    let done = scene
        .house
        .hub
        .db()
        .write(move |sql| Box::pin(async move { sql.execute(text, &[]).await }));
    let done: Result<_, DbFault> = done.await;
    done.unwrap()
}

/// Changes every bell below the hub's hands.
async fn set_bells(scene: &Scene, text: &'static str) {
    assert!(rows_changed(scene, text).await > 0, "{text}");
}
