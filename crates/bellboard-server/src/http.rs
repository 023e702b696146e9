//! The router: the roads of the verb table, mounted at `/api` and at the root, and around them what every request
//! passes. Handlers translate; the verb decides.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{DefaultBodyLimit, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method as HttpMethod, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use bellboard_core::id::DomainId;
use bellboard_hub::call::{Call, Caller, Credential};
use bellboard_hub::fault::Fault;
use bellboard_hub::idempotency::{self, KeyedRequest};
use bellboard_hub::verbs::{Answer, Method, VERBS, Verb};
use futures_util::FutureExt;
use serde_json::Value;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{
    DefaultPredicate, NotForContentType, Predicate, SizeAbove,
};

use tracing::Instrument;

use crate::app::App;
use crate::guard::{self, RequestId, Told};
use crate::problem::{Problem, codes};
use crate::request::Limits;
use crate::session::{self, Visitor};
use crate::{bells, content, live, mcp, openapi, pages, request};

/// A verb that has not answered after this long is given up; its transaction is not committed.
pub const HANDLER_TIME: Duration = Duration::from_secs(30);
/// Whatever a handler does, reading the body included, ends after this long.
const BACKSTOP: Duration = Duration::from_secs(65);
/// Answers shorter than this are not worth compressing.
const COMPRESS_FROM_BYTES: u64 = 860;

/// Every road of this server.
pub fn router(app: App) -> Router {
    let compressible = DefaultPredicate::new()
        .and(SizeAbove::new(COMPRESS_FROM_BYTES))
        .and(NotForContentType::const_new("font/"));
    verb_roads()
        .route("/openapi.json", get(openapi::show))
        .route("/api/openapi.json", get(openapi::show))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/problems/{code}", get(codes::show))
        .route("/api/problems/{code}", get(codes::show))
        .merge(session::router())
        .merge(bells::router())
        .merge(live::router())
        .merge(mcp::router(&app))
        .merge(pages::router())
        .fallback(unknown_road)
        .layer(DefaultBodyLimit::max(request::MAX_BODY_BYTES))
        .layer(axum::middleware::from_fn(backstop))
        .layer(CompressionLayer::new().compress_when(compressible))
        // Content goes as it is, and for as long as it keeps moving.
        .merge(content::router())
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), guard::admit))
        .layer(from_fn_with_state(app.clone(), guard::boundary))
        .with_state(app)
}

/// Each path of the table once, with all its methods, at both places and with a trailing slash or without.
fn verb_roads() -> Router<App> {
    let mut roads: BTreeMap<&'static str, MethodRouter<App>> = BTreeMap::new();
    for verb in VERBS {
        let road = roads.remove(verb.path).unwrap_or_default();
        roads.insert(verb.path, road.merge(method_of(verb)));
    }
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

fn method_of(verb: &'static Verb) -> MethodRouter<App> {
    let filter = match verb.method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    };
    on(
        filter,
        move |State(app): State<App>, visitor: Visitor, path: PathParams, request: Request| {
            call(app, visitor.0, verb, path, request)
        },
    )
}

type PathParams = Result<RawPathParams, RawPathParamsRejection>;

/// Calls one verb for one request.
async fn call(
    app: App,
    caller: Option<Caller>,
    verb: &'static Verb,
    path: PathParams,
    request: Request,
) -> Response {
    let told = Told {
        verb: verb.name,
        person: caller.as_ref().map(|caller| caller.person_id),
    };
    let (parts, body) = request.into_parts();
    let request_id = parts.extensions.get::<RequestId>();
    let mut room = None;
    let input = if caller.is_some() {
        room = app.room_for(verb, body.size_hint().upper()).await;
        input_of(verb, &parts, path, body).await
    } else {
        // No entry of the table is for nobody, so nobody's body is not even read.
        Err(Fault::unauthenticated().into())
    };
    let named = input.as_ref().ok().and_then(|input| slug_in(verb, input));
    let keyed = input.and_then(|input| Ok((keyed(verb, &parts, &input)?, input)));
    let result = match keyed {
        Ok((keyed, input)) => {
            let call = Call {
                keyed,
                ..app.hub().call(caller, verb)
            };
            run_call(&app, call, input, request_id).await
        }
        Err(problem) => {
            audit_verb(verb, caller.as_ref(), request_id, problem.status);
            Err(problem)
        }
    };
    let mut response = match result {
        Ok(answer) => match moved_to(verb, &parts.uri, named.as_deref(), &answer) {
            Some(address) => moved(address),
            None => tagged(answer, &parts),
        },
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(told);
    drop(room);
    response
}

/// The key under which a caller may send this request again, if they sent one and the verb takes one.
fn keyed(verb: &Verb, parts: &Parts, input: &Value) -> Result<Option<KeyedRequest>, Problem> {
    if !verb.takes_idempotency_key() {
        return Ok(None);
    }
    let mut keys = parts.headers.get_all(idempotency::HEADER).iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => {
            let key = key.to_str().map_err(|_| idempotency::malformed())?;
            Ok(Some(KeyedRequest::parse(key, input)?))
        }
        (Some(_), Some(_)) => Err(idempotency::malformed().into()),
    }
}

async fn input_of(
    verb: &Verb,
    parts: &Parts,
    path: PathParams,
    body: Body,
) -> Result<Value, Problem> {
    // An address that is no text names nothing.
    let path = path.map_err(|_| Fault::not_found())?;
    request::input(parts, &path, body, Limits::of(verb)).await
}

/// Runs a verb for a caller.
pub async fn run(
    app: &App,
    caller: Option<Caller>,
    verb: &'static Verb,
    input: Value,
    request_id: Option<&RequestId>,
) -> Result<Answer, Problem> {
    run_call(app, app.hub().call(caller, verb), input, request_id).await
}

/// Runs a verb within the time that a handler has, and writes the audit line. Every surface of this server comes through
/// here.
async fn run_call(
    app: &App,
    call: Call,
    input: Value,
    request_id: Option<&RequestId>,
) -> Result<Answer, Problem> {
    let (verb, caller) = (call.verb, call.caller.clone());
    // Tokens belong to no engagement, so the feed does not tell the open streams of their end.
    let revoked = input["token_id"].as_str().map(str::to_owned);
    let span = tracing::info_span!("verb", name = verb.name);
    let answer = tokio::time::timeout(HANDLER_TIME, (verb.run)(call, input).instrument(span)).await;
    let result = match answer {
        Ok(answer) => answer.map_err(Problem::from),
        Err(_) => Err(too_slow()),
    };
    let status = match &result {
        Ok(answer) => status_of(answer),
        Err(problem) => problem.status,
    };
    audit_verb(verb, caller.as_ref(), request_id, status);
    if let Some(token) = revoked {
        app.live().doubt_token(&token);
    }
    result
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too_slow",
        "The hub did not finish within 30 s. Read before you try again.",
    )
}

fn status_of(answer: &Answer) -> StatusCode {
    if answer.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    }
}

/// The answer, or 304 when the reader has these very bytes already (RFC 9110, 13.1.2). The tag is a weak one, because
/// the bytes may travel compressed.
fn tagged(answer: Answer, parts: &Parts) -> Response {
    let Some(tag) = answer.tag.as_ref().map(|tag| format!("W/\"{tag}\"")) else {
        return answered(answer, &parts.uri);
    };
    let mut response = if content::is_known(&parts.headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answered(answer, &parts.uri)
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn answered(answer: Answer, uri: &Uri) -> Response {
    let status = status_of(&answer);
    let next = answer
        .next_cursor
        .as_deref()
        .and_then(|cursor| next_link(uri, cursor));
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        answer.json,
    )
        .into_response();
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    response
}

/// The slug that a reading request names in its path, and the place of its name there.
fn slug_in(verb: &Verb, input: &Value) -> Option<String> {
    let place = slug_place(verb)?;
    let reads = verb.method == Method::Get;
    let named = input[place.1].as_str().filter(|_| reads)?;
    let is_id = named.parse::<DomainId>().is_ok();
    (!is_id).then(|| named.to_owned())
}

/// Which part of the verb's path is a slug, and the parameter's name.
fn slug_place(verb: &Verb) -> Option<(usize, &'static str)> {
    let parts = verb.path.split('/').enumerate();
    let mut named =
        parts.filter_map(|(at, part)| Some((at, part.strip_prefix('{')?.strip_suffix('}')?)));
    named.find(|(_, name)| name.ends_with("slug"))
}

/// The same address under the slug of today, when it was asked for under a former one.
fn moved_to(verb: &Verb, uri: &Uri, named: Option<&str>, answer: &Answer) -> Option<HeaderValue> {
    let today = answer.slug_today.as_deref()?;
    let (place, _) = named
        .filter(|named| *named != today)
        .and(slug_place(verb))?;
    let (root, path) = match uri.path().strip_prefix("/api") {
        Some(path) => ("/api", path),
        None => ("", uri.path()),
    };
    let parts: Vec<&str> = path
        .split('/')
        .enumerate()
        .map(|(at, part)| if at == place { today } else { part })
        .collect();
    let query = uri
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    HeaderValue::try_from(format!("{root}{}{query}", parts.join("/"))).ok()
}

fn moved(address: HeaderValue) -> Response {
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    response.headers_mut().insert(header::LOCATION, address);
    response
}

/// The same address with the cursor of the next page (RFC 8288).
fn next_link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let kept = uri.query().unwrap_or_default().split('&');
    let kept = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let cursor = format!("cursor={cursor}");
    let query: Vec<&str> = kept.chain(std::iter::once(cursor.as_str())).collect();
    let link = format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"));
    HeaderValue::try_from(link).ok()
}

fn audit_verb(
    verb: &Verb,
    caller: Option<&Caller>,
    request_id: Option<&RequestId>,
    status: StatusCode,
) {
    if verb.method != Method::Get {
        audit(verb.name, caller, request_id, status);
    }
}

/// One line for everything that could have changed something. It holds who and what, never the input.
pub fn audit(
    verb: &'static str,
    caller: Option<&Caller>,
    request_id: Option<&RequestId>,
    status: StatusCode,
) {
    let credential = caller.map(|caller| match &caller.credential {
        Credential::Session(id) => format!("session {id}"),
        Credential::Token { id, .. } => format!("token {id}"),
    });
    tracing::info!(
        target: "audit",
        verb,
        person = caller.map(|caller| tracing::field::display(caller.person_id)),
        credential,
        request_id = request_id.map(|id| id.0.as_str()),
        status = status.as_u16(),
        "called"
    );
}

/// Whether the database answers.
async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    bellboard_hub::event::newest(app.hub()).await?;
    Ok("ready\n")
}

async fn unknown_road() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing here, or it is not yours to see.",
    )
}

async fn wrong_method(method: HttpMethod) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("{method} is not for this address. The Allow header names what is."),
    )
}

/// A handler that hangs or panics still leads to an answer.
async fn backstop(request: Request, next: Next) -> Response {
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(BACKSTOP, handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::from(Fault::internal("a handler panicked")).into_response(),
        Err(_) => too_slow().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_same_address_with_another_cursor() {
        for (here, next) in [
            ("/runs", "</runs?cursor=C>; rel=\"next\""),
            (
                "/api/runs?limit=2",
                "</api/runs?limit=2&cursor=C>; rel=\"next\"",
            ),
            (
                "/runs?cursor=B&limit=2",
                "</runs?limit=2&cursor=C>; rel=\"next\"",
            ),
            (
                "/runs?type=a.b&cursor=B&",
                "</runs?type=a.b&cursor=C>; rel=\"next\"",
            ),
            (
                "/runs?recursor=1",
                "</runs?recursor=1&cursor=C>; rel=\"next\"",
            ),
        ] {
            let link = next_link(&here.parse().unwrap(), "C").unwrap();
            assert_eq!(link, next, "{here}");
        }
    }
}
