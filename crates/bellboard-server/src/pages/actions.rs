//! The forms of the pages. Each calls one verb, as the API would, and goes back to where the person was.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_hub::fault::Fault;
use bellboard_hub::verbs;
use serde::Deserialize;
use serde_json::{Value, json};

use super::visit::Visit;
use crate::app::App;
use crate::guard::RequestId;
use crate::http;
use crate::problem::Problem;

/// What a person says with a form on a run.
#[derive(Debug, Deserialize)]
pub struct OnRun {
    #[serde(default)]
    back: String,
    #[serde(default)]
    note: String,
}

/// The name of a new engagement.
#[derive(Debug, Deserialize)]
pub struct NewEngagement {
    name: String,
}

/// What the forms of a run's page do, by the last part of their address.
const ACTIONS_ON_A_RUN: [(&str, &str); 4] = [
    ("acknowledge", "acknowledge_run"),
    ("cancel", "cancel_run"),
    ("watch", "watch_run"),
    ("unwatch", "unwatch_run"),
];

/// "Done" on a follow-up, "Ask it to stop", "Tell me when it ends".
pub async fn on_run(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((run_id, action)): Path<(String, String)>,
    Form(form): Form<OnRun>,
) -> Result<Response, Problem> {
    let (_, verb) = ACTIONS_ON_A_RUN
        .into_iter()
        .find(|(name, _)| *name == action)
        .ok_or_else(Fault::not_found)?;
    let note = form.note.trim();
    let input = if note.is_empty() {
        json!({ "run_id": run_id })
    } else {
        json!({ "run_id": run_id, "note": note })
    };
    act(&app, &request_id, visit, verb, input).await?;
    Ok(go_back(&form.back))
}

/// "Mark read" on one notification.
pub async fn read_notification(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let input = json!({ "notification_id": id });
    act(&app, &request_id, visit, "read_notification", input).await?;
    Ok(go_back("/ui/notifications"))
}

/// "Mark all read".
pub async fn read_notifications(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
) -> Result<Response, Problem> {
    let verb = "read_all_notifications";
    act(&app, &request_id, visit, verb, json!({})).await?;
    Ok(go_back("/ui/notifications"))
}

/// "Add engagement" of the set-up list.
pub async fn create_engagement(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Form(form): Form<NewEngagement>,
) -> Result<Response, Problem> {
    act(
        &app,
        &request_id,
        visit,
        "create_engagement",
        json!({ "name": form.name }),
    )
    .await?;
    Ok(go_back("/"))
}

async fn act(
    app: &App,
    request_id: &RequestId,
    visit: Visit,
    name: &str,
    input: Value,
) -> Result<(), Problem> {
    let verb = verbs::find(name).ok_or_else(|| Fault::internal("a form names no verb"))?;
    http::run(app, Some(visit.caller), verb, input, Some(request_id)).await?;
    Ok(())
}

/// Back to a page of this hub; anything else in the form goes home instead.
fn go_back(to: &str) -> Response {
    let ours = to.starts_with('/')
        && !to.starts_with("//")
        && to
            .chars()
            .all(|letter| letter.is_ascii_graphic() && letter != '\\');
    let place = if ours { to } else { "/" };
    (
        axum::http::StatusCode::SEE_OTHER,
        [(header::LOCATION, place.to_owned())],
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_this_hub_only() {
        let place = |to: &str| {
            go_back(to).headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(place("/?e=aster"), "/?e=aster");
        for foreign in [
            "",
            "https://example.com",
            "//example.com",
            "/\\example.com",
            "/a\r\nb",
        ] {
            assert_eq!(place(foreign), "/");
        }
    }
}
