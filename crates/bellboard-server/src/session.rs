//! Who is asking: a token in the header, else a session in the cookie; and the forms that open and close a session.

use axum::Form;
use axum::Router;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bellboard_hub::call::Caller;
use bellboard_hub::session as hub_session;
use serde::Deserialize;

use crate::app::App;
use crate::pages;
use crate::problem::Problem;

/// Bound to TLS and to this very host by its prefix (RFC 6265bis).
const TLS_COOKIE: &str = "__Host-bellboard";
/// Plain loopback has no TLS, so the cookie cannot carry the prefix.
const LOOPBACK_COOKIE: &str = "bellboard";

/// Whoever sent the request; nobody when nothing valid came with it.
#[derive(Debug, Clone)]
pub struct Visitor(pub Option<Caller>);

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match secret(app, &parts.headers) {
            Some(secret) => Ok(Self(hub_session::authenticate(app.hub(), secret).await?)),
            None => Ok(Self(None)),
        }
    }
}

/// The secret that signs a request. A session's secret is taken from the cookie only, a token's from the header only;
/// a header that is there and wrong is not made good by a cookie.
pub fn secret<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    if headers.contains_key(header::AUTHORIZATION) {
        bearer(headers)
    } else {
        cookie(app, headers)
    }
}

/// The token in the `Authorization` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !secret.starts_with("bbs_")).then_some(secret)
}

/// The session's secret in the cookie.
pub fn cookie<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    session_in(headers, cookie_name(app))
}

fn session_in<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter();
    lines
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, value)| *found == name && value.starts_with("bbs_"))
        .map(|(_, value)| value)
}

fn cookie_name(app: &App) -> &'static str {
    if app.behind_tls() {
        TLS_COOKIE
    } else {
        LOOPBACK_COOKIE
    }
}

fn set_cookie(app: &App, value: &str, seconds: u64) -> HeaderValue {
    let secure = if app.behind_tls() { "; Secure" } else { "" };
    let name = cookie_name(app);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).expect("names and secrets are plain ASCII")
}

/// `/login` and `/logout`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/login", get(show_login).post(login))
        .route("/logout", post(logout))
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    link: String,
}

/// Shows a button. Following the link alone signs nobody in, so a mail scanner does not use it up.
async fn show_login(link: Result<Query<Link>, QueryRejection>) -> Response {
    let link = link.map_or_else(|_| String::new(), |Query(link)| link.link);
    pages::login_page(&link, None)
}

/// Uses the link up, sets the cookie and goes home.
async fn login(
    State(app): State<App>,
    link: Result<Form<Link>, FormRejection>,
) -> Result<Response, Problem> {
    let link = link.map_or_else(|_| String::new(), |Form(link)| link.link);
    let Some(secret) = hub_session::redeem_link(app.hub(), &link).await? else {
        let trouble = "This link was used already, or it is older than 15 minutes.";
        let mut page = pages::login_page("", Some(trouble));
        *page.status_mut() = StatusCode::FORBIDDEN;
        return Ok(page);
    };
    let lifetime = hub_session::SESSION_LIFETIME.as_secs();
    Ok(go("/", set_cookie(&app, &secret, lifetime)))
}

/// Ends the session here and in the hub.
async fn logout(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(secret) = cookie(&app, &headers) {
        hub_session::sign_out(app.hub(), secret).await?;
        app.live().doubt_secret(secret);
    }
    Ok(go("/", set_cookie(&app, "", 0)))
}

fn go(to: &'static str, cookie: HeaderValue) -> Response {
    let headers = [
        (header::LOCATION, HeaderValue::from_static(to)),
        (header::SET_COOKIE, cookie),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_token_is_read_from_the_header_in_any_spelling_of_the_scheme() {
        for value in ["Bearer bbp_x", "bearer bbp_x", "BEARER  bbp_x "] {
            let headers = with(header::AUTHORIZATION, value);
            assert_eq!(bearer(&headers), Some("bbp_x"), "{value}");
        }
        for value in ["Basic bbp_x", "Bearer", "bbp_x", "Bearer bbs_x"] {
            let headers = with(header::AUTHORIZATION, value);
            assert_eq!(bearer(&headers), None, "{value}");
        }
    }

    #[test]
    fn a_session_is_found_among_other_cookies() {
        let found =
            |line: &str| session_in(&with(header::COOKIE, line), "bellboard").map(str::to_owned);
        assert_eq!(found("bellboard=bbs_x").as_deref(), Some("bbs_x"));
        assert_eq!(
            found("a=b; bellboard=bbs_x; bellboard_theme=dark").as_deref(),
            Some("bbs_x")
        );
        assert_eq!(found("bellboard=bbp_x"), None);
        assert_eq!(found("xbellboard=bbs_x"), None);
        assert_eq!(found("__Host-bellboard=bbs_x"), None);
        assert_eq!(found(""), None);
    }
}
