//! The catalogue and the planned work. Tests named `p…` are the acceptance lines of the requirement page by their number.

use serde_json::{Value, json};

use crate::fixture::Stage;

mod domains;
mod entries;
mod repos;
mod state;
mod topics;

/// A domain of the stage, made by its operator.
async fn domain(stage: &Stage, slug: &str) -> Value {
    let input =
        json!({"engagement": stage.engagement, "slug": slug, "name": format!("Domain {slug}")});
    stage
        .fixture
        .ok(&stage.operator, "create_domain", input)
        .await
}

/// The slugs in a list, in its order.
fn slugs(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list has items");
    items
        .iter()
        .map(|item| item["slug"].as_str().expect("it has a slug"))
        .collect()
}
