//! The pages.

use axum::Router;
use axum::response::{Html, IntoResponse, Response};

use crate::app::App;
use crate::problem::Problem;

/// Every page and every static file.
pub fn router() -> Router<App> {
    Router::new()
}

/// The page that a browser gets instead of a problem. Its status and further headers are set by the caller.
pub fn error_page(problem: &Problem, request_id: &str) -> Response {
    let _ = request_id;
    Html(format!(
        "<!doctype html><title>{0}</title><h1>{0}</h1>",
        problem.title()
    ))
    .into_response()
}

/// The page with the button that uses a one-time link up; `trouble` says why the last one did not work.
pub fn login_page(link: &str, trouble: Option<&str>) -> Response {
    let _ = (link, trouble);
    Html("<!doctype html><title>Sign in</title>").into_response()
}
