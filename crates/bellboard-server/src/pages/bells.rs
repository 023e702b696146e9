//! The bells of a dashboard: the editor that proves a rule before it is saved, the bells that there are, and what was
//! decided for each at every snapshot.

mod chart;
mod editor;
mod ladder;
mod ledger;
mod listed;
mod mine;
mod on_one;
mod rule;
mod save;
mod told;
mod tried;
mod words;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;

use self::editor::Editor;
use self::ledger::LedgerLine;
use self::listed::Listed;
use self::told::Told;
use super::assets::Asset;
use super::dashboards::{Head, Place, Tab};
use super::render;
use super::shell::Shell;
use super::visit::Visit;
use crate::app::App;
use crate::problem::Problem;

/// The pages of bells.
pub fn router() -> Router<App> {
    Router::new()
        .route("/ui/bells", get(mine::show))
        .route(
            "/ui/dashboards/{dashboard_id}/bells",
            get(show).post(save::save),
        )
        .route(
            "/ui/dashboards/{dashboard_id}/bells/{subscription_id}/{action}",
            get(on_one::back).post(on_one::on_bell),
        )
        .route("/ui/dashboards/{dashboard_id}/ledger", get(ledger::show))
}

#[derive(Template)]
#[template(path = "bells.html")]
struct BellsPage {
    shell: Shell,
    head: Head,
    told: Option<Told>,
    editor: Option<Editor>,
    listed: Listed,
    lines: Vec<LedgerLine>,
    more_lines: bool,
    id: String,
}

/// Answers `/ui/dashboards/{dashboard_id}/bells`. What stands behind the question mark is a rule that somebody is putting
/// together, and where the list goes on.
pub async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Query(typed): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    let told = typed.get("did").and_then(|did| Told::of(did));
    page(&visit, &place, &typed, None, told).await
}

/// The page, perhaps with what was refused or done.
async fn page(
    visit: &Visit,
    place: &Place,
    typed: &BTreeMap<String, String>,
    wrong: Option<String>,
    told: Option<Told>,
) -> Result<Response, Problem> {
    let (editor, told) = match place.view.archived_at {
        // Where there is no editor the refusal stands where anything else is told.
        Some(_) => (None, told.or_else(|| wrong.as_deref().map(Told::refused))),
        None => (Some(Editor::load(visit, place, typed, wrong).await?), told),
    };
    let before = typed.get("before").map_or("", String::as_str);
    let listed = Listed::load(visit, place, before).await?;
    let (lines, more_lines) = ledger::newest(visit, place).await?;
    render(&BellsPage {
        shell: place.shell(visit, Tab::Bells).await?,
        head: place.head(visit, Tab::Bells),
        id: place.view.id.to_string(),
        listed,
        lines,
        more_lines,
        editor,
        told,
    })
}
