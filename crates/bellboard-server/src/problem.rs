//! Refusals and faults on the wire: RFC 9457 problems for programs, a page for browsers. A handler returns a
//! [`Problem`]; the outermost layer writes it, because only that layer knows the request id and who is asking.

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
