//! Refusals and faults on the wire: RFC 9457 problems for programs, a page for browsers. A handler returns a
//! [`Problem`]; the outermost layer writes it, because only that layer knows the request id and who is asking.

pub mod codes;

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellboard_hub::fault::{Fault, FaultKind};
use serde_json::{Map, Value};

/// Why a request was not answered with what it asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable, lower case, for programs.
    pub code: &'static str,
    /// A sentence that names the cause and the way out.
    pub detail: String,
    /// The field of the request at fault, as a dotted path.
    pub field: Option<String>,
    /// Further members, such as the outcome that stands.
    pub extra: Map<String, Value>,
}

impl Problem {
    /// A problem that HTTP itself knows and the hub does not.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            field: None,
            extra: Map::new(),
        }
    }

    /// A refused field: 422.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Fault::invalid(field, detail).into()
    }

    /// A few words for the status, the same for every problem that has it.
    pub fn title(&self) -> &'static str {
        match self.status {
            StatusCode::UNPROCESSABLE_ENTITY => "The request was refused",
            StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong here",
            StatusCode::INSUFFICIENT_STORAGE => "The disk is full",
            other => other
                .canonical_reason()
                .unwrap_or("The request was refused"),
        }
    }

    /// The members of RFC 9457, then ours. `type` is relative to the hub.
    pub fn to_json(&self, request_id: &str) -> Value {
        let mut members = Map::new();
        members.insert("type".to_owned(), format!("/problems/{}", self.code).into());
        members.insert("title".to_owned(), self.title().into());
        members.insert("status".to_owned(), self.status.as_u16().into());
        members.insert("detail".to_owned(), self.detail.clone().into());
        members.insert("code".to_owned(), self.code.into());
        if let Some(field) = &self.field {
            members.insert("field".to_owned(), field.clone().into());
        }
        for (name, value) in &self.extra {
            members.entry(name.clone()).or_insert_with(|| value.clone());
        }
        members.insert("request_id".to_owned(), request_id.into());
        Value::Object(members)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let status = match fault.kind {
            FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            FaultKind::Forbidden => StatusCode::FORBIDDEN,
            FaultKind::NotFound => StatusCode::NOT_FOUND,
            FaultKind::Conflict => StatusCode::CONFLICT,
            FaultKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            FaultKind::Full => StatusCode::INSUFFICIENT_STORAGE,
            FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            status,
            code: fault.code,
            detail: fault.detail,
            field: fault.field,
            extra: fault.extra,
        }
    }
}

impl IntoResponse for Problem {
    /// An empty answer that carries the problem along; [`write()`] fills it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                let challenge = header::HeaderValue::from_static("Bearer realm=\"bellboard\"");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                let seconds = header::HeaderValue::from_static("2");
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            _ => {}
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Writes the problem that an answer carries, if it carries one: a page for browsers, JSON for everybody else.
pub fn write(response: Response, request_id: &str, wants_page: bool) -> Response {
    let Some(problem) = response.extensions().get::<Arc<Problem>>().cloned() else {
        return response;
    };
    let (parts, _) = response.into_parts();
    let mut written = if wants_page {
        crate::pages::error_page(&problem, request_id)
    } else {
        let body = problem.to_json(request_id).to_string();
        ([(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    };
    *written.status_mut() = parts.status;
    written.headers_mut().extend(parts.headers);
    written
}

/// Whether the request comes from somebody who reads pages.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_has_the_members_of_the_standard_and_ours() {
        let problem = Problem::invalid("limit", "1 to 100.");
        assert_eq!(
            problem.to_json("r-1"),
            json!({
                "type": "/problems/invalid_input",
                "title": "The request was refused",
                "status": 422,
                "detail": "1 to 100.",
                "code": "invalid_input",
                "field": "limit",
                "request_id": "r-1",
            })
        );
    }

    #[test]
    fn further_members_never_replace_those_of_the_standard() {
        let mut problem = Problem::new(StatusCode::CONFLICT, "already_completed", "It ended.");
        problem.extra.insert("outcome".to_owned(), "failed".into());
        problem.extra.insert("status".to_owned(), "fine".into());
        problem
            .extra
            .insert("request_id".to_owned(), "another".into());
        let json = problem.to_json("r-1");
        assert_eq!(json["outcome"], "failed");
        assert_eq!(json["status"], 409);
        assert_eq!(json["request_id"], "r-1");
    }

    #[test]
    fn whoever_must_wait_or_sign_in_is_told_so_in_a_header() {
        let answer = |status| Problem::new(status, "code", "detail").into_response();
        let busy = answer(StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(busy.headers()[header::RETRY_AFTER], "2");
        let unknown = answer(StatusCode::UNAUTHORIZED);
        assert_eq!(
            unknown.headers()[header::WWW_AUTHENTICATE],
            "Bearer realm=\"bellboard\""
        );
        let plain = answer(StatusCode::NOT_FOUND);
        assert!(!plain.headers().contains_key(header::RETRY_AFTER));
        assert!(!plain.headers().contains_key(header::WWW_AUTHENTICATE));
    }

    #[test]
    fn only_readers_of_pages_get_pages() {
        for (accept, page) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/json", false),
            ("*/*", false),
            ("text/event-stream", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(wants_page(&headers), page, "{accept}");
        }
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn an_answer_without_a_problem_stays_as_it_is() {
        let answer = write(
            (StatusCode::IM_A_TEAPOT, "tea").into_response(),
            "r-1",
            false,
        );
        assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
        assert!(!answer.headers().contains_key("x-request-id"));
    }
}
