//! The pages: complete HTML from the same views that the API answers with. Plain links and forms work alone; the files
//! in `static/` make them live. Pages decide nothing: they translate what the hub and core say.

mod actions;
mod answer;
mod artifact;
mod ask;
mod assets;
mod bells;
mod chart;
mod comments;
mod dashboards;
mod decide;
mod deliveries;
mod detail;
mod domain_filter;
mod domains;
mod engagement;
mod entries;
mod fragments;
mod history;
mod home;
mod mark;
mod moment;
mod more;
mod needs;
mod notifications;
mod plain;
mod planning;
mod progress;
mod receipt;
mod rows;
mod run;
mod runs;
mod search;
mod settings;
mod shell;
mod start;
mod strip;
mod tag;
mod toast;
mod visit;
mod words;
mod workstreams;
mod zones;

use askama::Template;
use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use bellboard_hub::fault::Fault;

pub use self::plain::{BellStep, bell_page, code_page, error_page, login_page};
use crate::app::App;
use crate::problem::Problem;

/// Every page and every static file.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/ui/runs", get(runs::show))
        .route("/ui/runs/{run_id}", get(run::show))
        .route("/ui/runs/{run_id}/{action}", post(actions::on_run))
        .route("/ui/needs/{kind}/{id}", post(decide::on_need))
        .route("/ui/start", get(start::show).post(start::start))
        .route("/ui/engagements", post(actions::create_engagement))
        .route("/ui/engagements/{slug}", get(engagement::show))
        .route(
            "/ui/engagements/{slug}/members",
            get(engagement::back).post(engagement::put_member),
        )
        .route(
            "/ui/engagements/{slug}/members/remove",
            get(engagement::back).post(engagement::remove_member),
        )
        .route("/ui/artifacts/{artifact_id}", get(artifact::show))
        .route(
            "/ui/artifacts/{artifact_id}/{action}",
            get(artifact::back).post(artifact::on_artifact),
        )
        .route("/ui/asks/{ask_id}", get(ask::show))
        .route(
            "/ui/asks/{ask_id}/{action}",
            get(ask::back).post(ask::on_ask),
        )
        .merge(catalogue())
        .merge(dashboards::router())
        .merge(bells::router())
        .merge(deliveries::router())
        .merge(comments::router())
        .route("/ui/more", get(more::show))
        .route("/ui/search", get(search::show))
        .route("/_ui/found", get(search::part))
        .route("/ui/notifications", get(notifications::show))
        .route("/ui/notifications/read", post(actions::read_notifications))
        .route(
            "/ui/notifications/{notification_id}/read",
            post(actions::read_notification),
        )
        .route("/ui/settings", get(settings::show).post(settings::save))
        .route("/_ui/fragments", get(fragments::show))
        .route("/static/{name}", get(assets::serve))
}

/// The planned work: domains, workstreams, and what is written down about either.
fn catalogue() -> Router<App> {
    Router::new()
        .route("/ui/domains", get(domains::show).post(domains::create))
        .route("/ui/domains/{slug}", get(domains::show_one))
        .route(
            "/ui/domains/{slug}/{action}",
            get(domains::back).post(domains::on_domain),
        )
        .route("/ui/workstreams", get(workstreams::show))
        .route("/ui/workstreams/{slug}", get(workstreams::show_one))
        .route(
            "/ui/workstreams/{slug}/close",
            get(workstreams::back).post(workstreams::close),
        )
        .route("/ui/tasks/{task_id}", get(workstreams::of_task))
        .merge(entries::router())
}

/// A page or a part of one.
fn render(template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(Fault::internal)?;
    Ok(Html(html).into_response())
}
