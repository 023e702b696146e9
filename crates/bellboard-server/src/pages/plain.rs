//! Pages without a frame: signing in, being signed out, and what a browser gets instead of a problem.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use bellboard_hub::delivery::BellLink;

use super::assets::Asset;
use crate::problem::Problem;
use crate::problem::codes::Code;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    title: &'static str,
    state: LoginState<'a>,
}

/// Where somebody stands who is not signed in.
enum LoginState<'a> {
    /// They hold a link; the button uses it up.
    Ready(&'a str),
    /// The link did not work, and why.
    Refused(&'a str),
    /// They hold nothing.
    SignedOut,
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    title: &'static str,
    detail: &'a str,
    field: Option<&'a str>,
    status: u16,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    title: &'static str,
    code: &'static Code,
}

#[derive(Template)]
#[template(path = "bell_link.html")]
struct BellPage<'a> {
    title: &'static str,
    bell: &'a BellLink,
    step: BellStep,
}

/// Where somebody stands who followed a link in a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BellStep {
    /// They are asked whether bells may come.
    AskConfirm,
    /// They said yes.
    Confirmed,
    /// They are asked whether bells shall end.
    AskEnd,
    /// They have ended.
    Ended,
}

/// The page of a link in a mail.
pub fn bell_page(bell: &BellLink, step: BellStep) -> Response {
    written(&BellPage {
        title: "Bells",
        bell,
        step,
    })
}

/// What a code means and what to do.
pub fn code_page(code: &'static Code) -> Response {
    written(&CodePage {
        title: code.title,
        code,
    })
}

/// The page with the button that uses a one-time link up; `trouble` says why the last one did not work.
pub fn login_page(link: &str, trouble: Option<&str>) -> Response {
    let state = match (trouble, link) {
        (Some(why), _) => LoginState::Refused(why),
        (None, "") => LoginState::SignedOut,
        (None, link) => LoginState::Ready(link),
    };
    written(&LoginPage {
        title: "Sign in",
        state,
    })
}

/// The page that a browser gets instead of a problem. Its status and further headers are set by the caller.
pub fn error_page(problem: &Problem, request_id: &str) -> Response {
    if problem.status == StatusCode::UNAUTHORIZED {
        return written(&LoginPage {
            title: "Signed out",
            state: LoginState::SignedOut,
        });
    }
    written(&FailurePage {
        title: heading(problem),
        detail: &problem.detail,
        field: problem.field.as_deref(),
        status: problem.status.as_u16(),
        request_id,
    })
}

/// What a person reads first. The detail below it names the cause and the way out.
fn heading(problem: &Problem) -> &'static str {
    match problem.status {
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::FORBIDDEN => "That is not yours to do",
        StatusCode::CONFLICT => "Something else stands already",
        StatusCode::SERVICE_UNAVAILABLE => "The hub cannot answer now",
        _ => problem.title(),
    }
}

fn written(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
