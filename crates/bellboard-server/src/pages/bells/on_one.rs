//! What can be done with a bell that is there: mute it for a while, hear it again, send it a test, give its webhook another
//! secret, end it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_hub::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page;
use super::told::Told;
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::dashboards::Place;
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// A bell is muted for a month at most; who wants longer ends it.
const LONGEST_HOURS: u64 = 24 * 31;

/// What a form on a bell says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OnBell {
    /// For how long it is muted.
    hours: String,
}

/// A form was reloaded: its address answers with the page of all bells.
pub async fn back(Path((id, _, _)): Path<(String, String, String)>) -> Response {
    go_back(&format!("/ui/dashboards/{id}/bells"))
}

/// Does it, and says what came of it where the bells are listed.
pub async fn on_bell(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((id, bell, action)): Path<(String, String, String)>,
    Form(form): Form<OnBell>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    let of = json!({ "dashboard_id": place.view.id, "subscription_id": bell });
    let (verb, input) = asked(&visit, &action, of, &form)?;
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(answer) => {
            let answer = serde_json::from_slice(&answer.json).map_err(Fault::internal)?;
            match Told::came_of(verb, &answer) {
                // What is shown this once is not shown by an address that can be asked for again.
                Some(told) => page(&visit, &place, &BTreeMap::new(), None, Some(told)).await,
                None => Ok(go_back(&format!(
                    "/ui/dashboards/{}/bells?did={action}",
                    place.view.id
                ))),
            }
        }
        Err(problem) if problem.status.is_client_error() => {
            let told = Told::refused(&problem.detail);
            let page = page(&visit, &place, &BTreeMap::new(), None, Some(told)).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The verb of an action, with its input.
fn asked(
    visit: &Visit,
    action: &str,
    mut of: Value,
    form: &OnBell,
) -> Result<(&'static str, Value), Problem> {
    Ok(match action {
        "mute" => {
            let hours = form.hours.trim().parse::<u64>().ok();
            let hours = hours.filter(|hours| (1..=LONGEST_HOURS).contains(hours));
            let hours = hours.ok_or_else(|| {
                Problem::invalid(
                    "hours",
                    "A bell is muted for 1 to 744 hours; end it instead.",
                )
            })?;
            of["muted_until"] = json!(visit.now + Duration::from_hours(hours));
            ("update_subscription", of)
        }
        "unmute" => {
            of["muted_until"] = Value::Null;
            ("update_subscription", of)
        }
        "test" => ("test_subscription", of),
        "rotate" => ("rotate_secret", of),
        "remove" => ("delete_subscription", of),
        _ => return Err(Fault::not_found().into()),
    })
}
