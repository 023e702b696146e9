//! The links in mails: whoever reads the mail has no account here, so the link itself is the proof. Following one changes
//! nothing, because mail scanners follow links; the button does, and so does the one click of RFC 8058, which is a POST to
//! the same address.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use bellboard_hub::delivery::{confirm_bell, end_bell, look_at_bell};

use crate::app::App;
use crate::pages::{self, BellStep};
use crate::problem::Problem;

/// `/bells/confirm/{token}` and `/bells/end/{token}`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/bells/confirm/{token}", get(ask_confirm).post(confirm))
        .route("/bells/end/{token}", get(ask_end).post(end))
}

async fn ask_confirm(State(app): State<App>, token: Path<String>) -> Result<Response, Problem> {
    let bell = look_at_bell(app.hub(), &token).await?;
    Ok(pages::bell_page(&bell, BellStep::AskConfirm))
}

async fn confirm(State(app): State<App>, token: Path<String>) -> Result<Response, Problem> {
    let bell = confirm_bell(app.hub(), &token).await?;
    Ok(pages::bell_page(&bell, BellStep::Confirmed))
}

async fn ask_end(State(app): State<App>, token: Path<String>) -> Result<Response, Problem> {
    let bell = look_at_bell(app.hub(), &token).await?;
    Ok(pages::bell_page(&bell, BellStep::AskEnd))
}

async fn end(State(app): State<App>, token: Path<String>) -> Result<Response, Problem> {
    let bell = end_bell(app.hub(), &token).await?;
    Ok(pages::bell_page(&bell, BellStep::Ended))
}
