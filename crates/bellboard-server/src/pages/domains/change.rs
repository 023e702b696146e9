//! The forms of domains: a new one, another name, out of use. Each calls one verb; a refusal is told beside the form,
//! with what was typed.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_hub::fault::Fault;
use bellboard_hub::verbs::Answer;

use super::form::DomainForm;
use super::{Detail, DomainsQuery, list, one};
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// What the forms on one domain do, by the last part of their address: the verb, and what is told when it is done.
const ACTIONS: [(&str, &str, &str); 2] = [
    ("rename", "rename_domain", "renamed"),
    ("archive", "archive_domain", "archived"),
];

/// A form was reloaded: its address answers with the page of the domain.
pub async fn back(Path((slug, _)): Path<(String, String)>) -> Response {
    go_back(&format!("/ui/domains/{slug}"))
}

/// Makes a domain and opens it.
pub async fn create(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Form(form): Form<DomainForm>,
) -> Result<Response, Problem> {
    let input = form.as_new();
    match act(&app, &request_id, visit.again(), "create_domain", input).await {
        Ok(answer) => Ok(go_back(&after(&form, &answer, "made"))),
        Err(problem) if problem.status.is_client_error() => {
            let query = DomainsQuery {
                e: form.e.clone(),
                status: form.status.clone(),
                ..DomainsQuery::default()
            };
            let page = list(&visit, query, Some(form.refused(&problem))).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Renames or archives one.
pub async fn on_domain(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((slug, action)): Path<(String, String)>,
    Form(form): Form<DomainForm>,
) -> Result<Response, Problem> {
    let (_, verb, done) = ACTIONS
        .into_iter()
        .find(|(name, _, _)| *name == action)
        .ok_or_else(Fault::not_found)?;
    let input = if verb == "rename_domain" {
        form.as_rename(&slug)
    } else {
        form.of(&slug)
    };
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(answer) => Ok(go_back(&after(&form, &answer, done))),
        Err(problem) if problem.status.is_client_error() => {
            // What the reader may not see is not there for the form either.
            let detail = Detail::load(&visit, &slug, &form.at, "").await?;
            let detail = detail.on_its_page(&form.at);
            let page = one(&visit, detail.with(form.refused(&problem))).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The list with the domain open, or its page, wherever the form stood.
fn after(form: &DomainForm, answer: &Answer, did: &str) -> String {
    let slug = answer.slug_today.clone().unwrap_or_default();
    let at = if form.at.is_empty() {
        String::new()
    } else {
        format!("&at={}", form.at)
    };
    if form.from == "page" {
        return format!("/ui/domains/{slug}?did={did}{at}");
    }
    let query = DomainsQuery {
        status: form.status.clone(),
        e: form.e.clone(),
        domain: slug,
        at: form.at.clone(),
        did: did.to_owned(),
        ..DomainsQuery::default()
    };
    query.url()
}
