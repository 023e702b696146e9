//! The forms of the pages. Each calls one verb, as the API would, and goes back to where the person was.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_hub::fault::Fault;
use bellboard_hub::verbs::{self, Answer};
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
    #[serde(default)]
    link: String,
    #[serde(default)]
    digest: String,
}

/// Where a notification leads.
#[derive(Debug, Deserialize)]
pub struct OnNotification {
    back: Option<String>,
}

/// The name of a new engagement.
#[derive(Debug, Deserialize)]
pub struct NewEngagement {
    name: String,
}

/// What the forms of a run's page do, by the last part of their address.
const ACTIONS_ON_A_RUN: [(&str, &str); 5] = [
    ("acknowledge", "acknowledge_run"),
    ("cancel", "cancel_run"),
    ("watch", "watch_run"),
    ("unwatch", "unwatch_run"),
    ("verify", "verify_run"),
];

/// "Done" on a follow-up, "Ask it to stop", "Tell me when it ends", "Verify".
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
    let mut input = json!({ "run_id": run_id });
    for (name, said) in [
        ("note", &form.note),
        ("link", &form.link),
        ("digest", &form.digest),
    ] {
        if !said.trim().is_empty() {
            input[name] = json!(said.trim());
        }
    }
    act(&app, &request_id, visit, verb, input).await?;
    Ok(go_back(&form.back))
}

/// "Dismiss" on a notification of a clean end; "Review" on any other, which leads on to its run.
pub async fn read_notification(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<OnNotification>,
) -> Result<Response, Problem> {
    let input = json!({ "notification_id": id });
    act(&app, &request_id, visit, "read_notification", input).await?;
    let place = form.back.as_deref().unwrap_or("/ui/notifications");
    Ok(go_back(place))
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

pub(super) async fn act(
    app: &App,
    request_id: &RequestId,
    visit: Visit,
    name: &str,
    input: Value,
) -> Result<Answer, Problem> {
    let verb = verbs::find(name).ok_or_else(|| Fault::internal("a form names no verb"))?;
    http::run(app, Some(visit.caller), verb, input, Some(request_id)).await
}

/// Back to a page of this hub; anything else in the form goes home instead.
pub(super) fn go_back(to: &str) -> Response {
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
