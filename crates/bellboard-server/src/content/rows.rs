//! Rows of a dashboard come in: JSON, NDJSON or CSV by their content type, read as they arrive.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellboard_core::dashboard::RowsFormat;
use bellboard_core::id::DashboardId;
use bellboard_hub::call::Caller;
use bellboard_hub::fault::Fault;
use bellboard_hub::paging::Flag;
use bellboard_hub::snapshot::{self, Makes, PushedRows};
use serde::Deserialize;

use super::{Named, WHOLE, call_as, chunks, too_slow};
use crate::app::App;
use crate::guard::{RequestId, Told};
use crate::http::audit;
use crate::problem::Problem;
use crate::session::Visitor;

/// Whoever may take a snapshot may push what it shows.
const PUSH_AS: &str = "take_snapshot";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    snapshot: Option<Flag>,
    /// The time of a demo's snapshot.
    captured_at: Option<String>,
}

impl Wish {
    fn makes(&self) -> Result<Makes, Problem> {
        let wrong = |detail: String| Problem::invalid("captured_at", detail);
        let at: Option<&str> = self.captured_at.as_deref();
        match (self.snapshot.is_none_or(Flag::is_set), at) {
            (true, None) => Ok(Makes::Snapshot),
            (true, Some(at)) => at
                .parse()
                .map(Makes::PastSnapshot)
                .map_err(|fault| wrong(format!("{fault}"))),
            (false, None) => Ok(Makes::Nothing),
            (false, Some(_)) => Err(wrong(
                "It is the time of the snapshot, and none is wanted. Leave one of the two away."
                    .to_owned(),
            )),
        }
    }
}

/// Takes rows in place of those before.
pub(super) async fn push(
    State(app): State<App>,
    visitor: Visitor,
    path: Named,
    wish: Result<Query<Wish>, QueryRejection>,
    request: Request,
) -> Response {
    const NAME: &str = "push_rows";
    let (parts, body) = request.into_parts();
    let person = visitor.0.as_ref().map(|caller| caller.person_id);
    let pushed = pushed(&app, visitor.0.clone(), path, wish, (&parts.headers, body)).await;
    let mut response = match pushed {
        Ok(view) => made(&view),
        Err(problem) => problem.into_response(),
    };
    let request_id = parts.extensions.get::<RequestId>();
    audit(NAME, visitor.0.as_ref(), request_id, response.status());
    response
        .extensions_mut()
        .insert(Told { verb: NAME, person });
    response
}

async fn pushed(
    app: &App,
    caller: Option<Caller>,
    path: Named,
    wish: Result<Query<Wish>, QueryRejection>,
    (headers, body): (&HeaderMap, Body),
) -> Result<PushedRows, Problem> {
    let call = call_as(app, caller, PUSH_AS);
    call.signed_in()?;
    // An address that is no text names nothing.
    let axum::extract::Path(dashboard) = path.map_err(|_| Fault::not_found())?;
    let dashboard: DashboardId = dashboard
        .parse()
        .map_err(|fault| Fault::invalid("dashboard_id", format!("{fault}")))?;
    let Query(wish) = wish.map_err(|refused| {
        Problem::invalid(
            "snapshot",
            format!("Say ?snapshot=false, or nothing: {refused}."),
        )
    })?;
    let makes = wish.makes()?;
    let format = format_of(headers)?;
    let push = snapshot::push_rows(call, dashboard, format, makes, chunks(body));
    tokio::time::timeout(WHOLE, push)
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

fn format_of(headers: &HeaderMap) -> Result<RowsFormat, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.and_then(|kind| RowsFormat::of_media_type(kind.to_str().ok()?))
        .ok_or_else(|| {
            Problem::invalid(
                "content-type",
                "Rows come as application/json (an array of objects), application/x-ndjson or text/csv with a header.",
            )
        })
}

fn made(view: &PushedRows) -> Response {
    match serde_json::to_vec(view) {
        Ok(json) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::CREATED, kind, json).into_response()
        }
        Err(error) => Problem::from(Fault::internal(error)).into_response(),
    }
}
