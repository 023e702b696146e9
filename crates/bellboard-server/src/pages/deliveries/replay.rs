//! "Try again": one delivery, or all that were given up in a time.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_hub::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{DeliveriesQuery, one, page};
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// How far back a range goes, at most: as long as deliveries are kept anywhere.
const LONGEST_HOURS: u64 = 24 * 400;

/// Which deliveries are tried again.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Range {
    /// Those of so many hours.
    hours: String,
    /// Only of this dashboard.
    d: String,
    /// The slug of the engagement.
    e: String,
    /// What the list shows.
    status: String,
}

/// The form was reloaded: its address answers with the list.
pub async fn back() -> Response {
    go_back("/ui/deliveries")
}

/// Tries one again.
pub async fn one(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let input = json!({ "delivery_id": id });
    match act(&app, &request_id, visit.again(), "replay_delivery", input).await {
        Ok(_) => Ok(go_back(&format!("/ui/deliveries/{id}?did=replayed"))),
        Err(problem) if problem.status.is_client_error() => {
            // What the reader may not see is not there for the form either.
            let page = one::page(&visit, &id, None, Some(problem.detail.clone())).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Tries all of a time again.
pub async fn many(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Form(range): Form<Range>,
) -> Result<Response, Problem> {
    let query = DeliveriesQuery {
        status: range.status.clone(),
        d: range.d.clone(),
        e: range.e.clone(),
        ..DeliveriesQuery::default()
    };
    let asked = input(&visit, &range).await;
    let done = match asked {
        Ok(input) => act(&app, &request_id, visit.again(), "replay_deliveries", input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(answer) => {
            let answer: Value = serde_json::from_slice(&answer.json).map_err(Fault::internal)?;
            let told = DeliveriesQuery {
                replayed: answer["replayed"].as_u64(),
                more: answer["more"] == true,
                ..query
            };
            Ok(go_back(&told.url()))
        }
        Err(problem) if problem.status.is_client_error() => {
            let page = page(&visit, query, Some(problem.detail.clone())).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn input(visit: &Visit, range: &Range) -> Result<Value, Problem> {
    let hours = range.hours.trim().parse::<u64>().ok();
    let hours = hours.filter(|hours| (1..=LONGEST_HOURS).contains(hours));
    let hours = hours.ok_or_else(|| Problem::invalid("hours", "Choose how far back to go."))?;
    let mut input = json!({ "from": visit.now - Duration::from_hours(hours) });
    let slug = match super::dashboard_of(visit, &range.d).await? {
        Some((_, slug)) => {
            input["dashboard_id"] = json!(range.d);
            slug
        }
        None => range.e.clone(),
    };
    if !slug.is_empty() {
        input["engagement"] = json!(slug);
    }
    Ok(input)
}
