//! What every request passes before a handler sees it, and every answer before it leaves: names, headers, the request
//! id, the one log line.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bellboard_core::id::PersonId;

use crate::app::App;
use crate::problem::{self, Problem};
use crate::session;

/// The header in which a request's id comes and goes.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// On every answer, whatever it is.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// The port that took the connection; the accept loop puts it on every request.
#[derive(Debug, Clone, Copy)]
pub struct ListenerPort(pub u16);

/// The id of one request, from the client or made here.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// What a handler tells the log about an answer.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// The verb that was called.
    pub verb: &'static str,
    /// Who called it.
    pub person: Option<PersonId>,
}

/// The outermost layer: gives the request its id, writes problems, sets the headers and logs one line.
pub async fn boundary(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = app.hub().now();
    let id = request_id(&app, request.headers());
    let method = request.method().clone();
    let wants_page = problem::wants_page(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let route = Route::of(request.uri());

    let response = next.run(request).await;

    let told = response.extensions().get::<Told>().copied();
    let mut response = problem::write(response, &id, wants_page);
    finish(response.headers_mut(), &id);
    let duration = app.hub().now().saturating_since(started);
    tracing::info!(
        target: "bellboard::request",
        request_id = %id,
        %method,
        verb = told.map_or(route.0, |told| told.verb),
        status = response.status().as_u16(),
        duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        person = told.and_then(|told| told.person).map(tracing::field::display),
        "answered"
    );
    response
}

/// What the log calls a request that is no verb: never its path, which may hold a secret or an id.
struct Route(&'static str);

impl Route {
    fn of(uri: &Uri) -> Self {
        let first = uri.path().split('/').nth(1).unwrap_or_default();
        Self(match first {
            "" | "ui" => "page",
            "events" => "events",
            "mcp" => "mcp",
            "static" => "static",
            "login" | "logout" => "sign_in",
            "healthz" | "readyz" => "health",
            "openapi.json" => "openapi",
            _ => "other",
        })
    }
}

fn request_id(app: &App, headers: &HeaderMap) -> String {
    let given = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    match given {
        Some(id) if is_well_formed(id) => id.to_owned(),
        _ => app.hub().world().new_id().to_string(),
    }
}

/// 8 to 64 letters, digits, dots, dashes and underscores: safe in a log line and in a header.
fn is_well_formed(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (8..=64).contains(&id.len()) && id.bytes().all(plain)
}

fn finish(headers: &mut HeaderMap, id: &str) {
    // Only static files say themselves how long they may be kept; they are the same for everybody.
    if !headers.contains_key(header::CACHE_CONTROL) {
        let depends_on = HeaderValue::from_static("accept, authorization, cookie");
        headers.append(header::VARY, depends_on);
    }
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// Refuses requests for names that are not ours (DNS rebinding), and unsafe requests from other sites' pages.
pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let port = request
        .extensions()
        .get::<ListenerPort>()
        .map(|port| port.0);
    if let Err(problem) = check_host(&app, request.headers(), port) {
        return problem.into_response();
    }
    if let Err(problem) = check_site(&app, request.method(), request.uri(), request.headers()) {
        return problem.into_response();
    }
    next.run(request).await
}

fn check_host(app: &App, headers: &HeaderMap, port: Option<u16>) -> Result<(), Problem> {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let Some(host) = host.filter(|host| !host.is_empty()) else {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "host_missing",
            "The request names no host. Send a Host header.",
        ));
    };
    if allowed_hosts(app, port).any(|allowed| allowed.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "unknown_host",
        "This hub does not answer under that name. Start it with the public URL or the host name that you use.",
    ))
}

/// Every `Host` under which this server answers on a listener with this port.
pub fn allowed_hosts(app: &App, port: Option<u16>) -> impl Iterator<Item = String> {
    let settings = app.settings();
    let public = settings
        .public_url
        .as_deref()
        .and_then(authority)
        .map(str::to_owned);
    let loopback = ["localhost", "127.0.0.1", "[::1]"];
    let plain = (port == Some(80))
        .then_some(loopback)
        .into_iter()
        .flatten()
        .map(str::to_owned);
    let with_port = port
        .into_iter()
        .flat_map(move |port| loopback.map(|name| format!("{name}:{port}")));
    let configured = settings.hosts.iter().flat_map(move |host| {
        let on_listener = (!host.contains(':'))
            .then(|| port.map(|port| format!("{host}:{port}")))
            .flatten();
        std::iter::once(host.clone()).chain(on_listener)
    });
    public
        .into_iter()
        .chain(plain)
        .chain(with_port)
        .chain(configured.collect::<Vec<_>>())
}

/// `board.example.com:8443` out of `https://board.example.com:8443/`.
fn authority(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map(|(_, rest)| rest)?;
    rest.split('/')
        .next()
        .filter(|authority| !authority.is_empty())
}

/// CSRF: an unsafe request that a browser signs with a cookie must come from one of our own pages.
fn check_site(app: &App, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let form = matches!(uri.path(), "/login" | "/logout") || uri.path().starts_with("/ui/");
    let by_cookie =
        !headers.contains_key(header::AUTHORIZATION) && session::cookie(app, headers).is_some();
    if method.is_safe() || !(form || by_cookie) || is_same_origin(headers) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site",
        "A request that changes something must come from this hub's own pages, or carry a token instead of a cookie.",
    ))
}

pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text("origin").and_then(authority);
    match (origin, text("host")) {
        (Some(origin), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_from_outside_is_short_and_plain() {
        for good in ["12345678", "ci-4711.step_2", &"x".repeat(64)] {
            assert!(is_well_formed(good), "{good}");
        }
        for bad in [
            "",
            "1234567",
            "with space",
            "line\nbreak",
            "semi;colon",
            "\u{e4}\u{f6}\u{fc}\u{e4}",
            &"x".repeat(65),
        ] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn the_log_names_a_kind_of_road_and_never_the_road() {
        for (path, name) in [
            ("/", "page"),
            ("/ui/runs/0193", "page"),
            ("/login?link=bbl_secret", "sign_in"),
            ("/events?after=0.1", "events"),
            ("/bbp_secret", "other"),
        ] {
            assert_eq!(Route::of(&path.parse().unwrap()).0, name, "{path}");
        }
    }

    #[test]
    fn an_authority_is_what_stands_between_scheme_and_path() {
        assert_eq!(
            authority("https://board.example.com"),
            Some("board.example.com")
        );
        assert_eq!(
            authority("https://board.example.com:8443/x"),
            Some("board.example.com:8443")
        );
        assert_eq!(authority("http://[::1]:7717"), Some("[::1]:7717"));
        assert_eq!(authority("null"), None);
        assert_eq!(authority("https:///x"), None);
    }

    #[test]
    fn only_our_own_pages_are_of_the_same_origin() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            is_same_origin(&headers.collect())
        };
        let host = ("host", "127.0.0.1:7717");
        assert!(of(&[host, ("origin", "http://127.0.0.1:7717")]));
        assert!(of(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(!of(&[host]));
        assert!(!of(&[host, ("origin", "http://127.0.0.1:7718")]));
        assert!(!of(&[host, ("origin", "null")]));
        assert!(!of(&[host, ("sec-fetch-site", "none")]));
        assert!(!of(&[
            host,
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://127.0.0.1:7717")
        ]));
    }
}
