//! Dashboards: the list with what changed last in each, and the pages of one.

mod bump;
mod changes;
mod figure;
mod form;
mod list;
mod now;
mod place;
mod ribbon;
mod snapshots;
mod table;

use axum::Router;
use axum::routing::get;

pub use self::place::{Head, Place, Tab};
use crate::app::App;

/// The pages of dashboards.
pub fn router() -> Router<App> {
    Router::new()
        .route("/ui/dashboards", get(list::show))
        .route("/ui/dashboards/new", get(form::blank).post(form::create))
        .route("/ui/dashboards/{dashboard_id}", get(now::show))
        .route("/ui/dashboards/{dashboard_id}/changes", get(changes::show))
        .route(
            "/ui/dashboards/{dashboard_id}/snapshots",
            get(snapshots::show),
        )
        .route(
            "/ui/dashboards/{dashboard_id}/edit",
            get(form::edit).post(form::save),
        )
        .route(
            "/ui/dashboards/{dashboard_id}/archive",
            get(now::back).post(form::archive),
        )
        .route(
            "/ui/dashboards/{dashboard_id}/snapshot",
            get(now::back).post(now::take),
        )
}
