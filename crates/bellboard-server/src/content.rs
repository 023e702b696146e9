//! Content on the wire: bytes go up into an engagement and come down from an artifact as they are, in a stream each way.
//! No rule here counts how long it takes in all, as long as it keeps moving.

mod bundle;
mod digest;
mod download;
mod range;
mod rows;
mod snapshots;

pub(crate) use range::is_known;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use bellboard_core::id::EngagementId;
use bellboard_hub::call::{Call, Caller};
use bellboard_hub::content::{self, ContentView, Declared};
use bellboard_hub::fault::Fault;
use bellboard_hub::verbs;
use bytes::Bytes;
use futures_util::stream::{Stream, try_unfold};
use http_body_util::BodyExt as _;

use crate::app::App;
use crate::guard::{RequestId, Told};
use crate::http::audit;
use crate::problem::Problem;
use crate::session::Visitor;

/// Between two pieces of an upload at most so much time passes.
const PAUSE: Duration = Duration::from_secs(30);
/// An upload that never pauses and never ends is ended.
const WHOLE: Duration = Duration::from_hours(6);
/// Whoever may make an artifact may upload what it is made of.
const UPLOAD_AS: &str = "create_artifact";

/// The one name in the address.
type Named = Result<Path<String>, PathRejection>;

/// Whoever may see an artifact may download it.
const DOWNLOAD_AS: &str = "get_artifact";

/// The road up and the road down, at the root and below `/api`.
pub fn router() -> Router<App> {
    let roads = [
        ("/engagements/{engagement_id}/content", put(upload)),
        ("/artifacts/{artifact_id}/download", get(download::download)),
        ("/dashboard/{dashboard_id}/rows", post(rows::push)),
        (
            "/snapshots/{snapshot_id}/download",
            get(snapshots::download),
        ),
    ];
    roads
        .into_iter()
        .fold(Router::new(), |router, (path, road)| {
            router
                .route(path, road.clone())
                .route(&format!("{path}/"), road.clone())
                .route(&format!("/api{path}"), road.clone())
                .route(&format!("/api{path}/"), road)
        })
}

/// Takes one file into an engagement.
async fn upload(
    State(app): State<App>,
    visitor: Visitor,
    path: Named,
    request: Request,
) -> Response {
    const NAME: &str = "upload_content";
    let (parts, body) = request.into_parts();
    let person = visitor.0.as_ref().map(|caller| caller.person_id);
    let kept = match asked(&parts.headers, path) {
        Ok((engagement, declared)) => {
            let call = call_as(&app, visitor.0.clone(), UPLOAD_AS);
            let kept = content::upload(call, engagement, declared, chunks(body));
            tokio::time::timeout(WHOLE, kept)
                .await
                .unwrap_or_else(|_| Err(too_slow()))
        }
        Err(problem) => Err(problem),
    };
    let mut response = match kept {
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

/// Where the bytes go, and what was said of them beforehand.
fn asked(headers: &HeaderMap, path: Named) -> Result<(EngagementId, Declared), Problem> {
    // An address that is no text names nothing.
    let Path(engagement) = path.map_err(|_| Fault::not_found())?;
    let engagement = engagement
        .parse()
        .map_err(|fault| Fault::invalid("engagement_id", format!("{fault}")))?;
    let size = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let digest = digest::declared(headers)?;
    Ok((engagement, Declared { digest, size }))
}

/// A call with the rights of this verb of the table.
fn call_as(app: &App, caller: Option<Caller>, verb: &str) -> Call {
    let verb = verbs::find(verb).expect("the verb is in the table");
    app.hub().call(caller, verb)
}

fn made(view: &ContentView) -> Response {
    match serde_json::to_vec(view) {
        Ok(json) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::CREATED, kind, json).into_response()
        }
        Err(error) => Problem::from(Fault::internal(error)).into_response(),
    }
}

/// The pieces of a body, as long as they keep coming.
fn chunks(body: Body) -> impl Stream<Item = Result<Bytes, Problem>> {
    try_unfold(body, |mut body| async move {
        loop {
            let frame = tokio::time::timeout(PAUSE, body.frame()).await;
            match frame.map_err(|_| too_slow())? {
                None => return Ok(None),
                Some(Err(_)) => return Err(cut_off()),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some((data, body)));
                    }
                }
            }
        }
    })
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        "The upload paused for 30 s, or took more than 6 h. Nothing was kept.",
    )
}

fn cut_off() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "body_broken",
        "The upload ended before it was complete. Nothing was kept.",
    )
}
