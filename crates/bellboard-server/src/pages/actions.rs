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

/// What a person says with "Done".
#[derive(Debug, Deserialize)]
pub struct Acknowledge {
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

/// "Done" on a follow-up.
pub async fn acknowledge(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(run_id): Path<String>,
    Form(form): Form<Acknowledge>,
) -> Result<Response, Problem> {
    let note = form.note.trim();
    let input = if note.is_empty() {
        json!({ "run_id": run_id })
    } else {
        json!({ "run_id": run_id, "note": note })
    };
    act(&app, &request_id, visit, "acknowledge_run", input).await?;
    Ok(go_back(&form.back))
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
    http::act(app, visit.caller, verb, input, Some(request_id)).await?;
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
