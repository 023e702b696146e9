//! Parts of pages, for pages that are open: the same templates with fresh content, several in one answer.

use askama::Template;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use bellboard_core::id::RunId;
use bellboard_hub::fault::Fault;
use serde::Deserialize;

use super::home::{self, Zones};
use super::shell::{Counts, Here};
use super::visit::{Engagements, Visit};
use super::{run, strip};
use crate::problem::Problem;

/// More parts than this no page has.
const IDS_AT_MOST: usize = 16;

/// Which parts.
#[derive(Debug, Deserialize)]
pub struct FragmentsQuery {
    /// Element ids, joined by commas; unknown ones are left out of the answer.
    ids: String,
    /// The slug of the engagement that the page is about.
    #[serde(default)]
    e: Option<String>,
    /// The row that is open.
    #[serde(default)]
    item: Option<String>,
    /// The order of "Needs you".
    #[serde(default)]
    group: Option<String>,
    /// The run whose page it is; the strip leaves it out.
    #[serde(default)]
    run: Option<RunId>,
}

/// Answers `/_ui/fragments?ids=`.
pub async fn show(visit: Visit, Query(query): Query<FragmentsQuery>) -> Result<Response, Problem> {
    let ids: Vec<&str> = query.ids.split(',').take(IDS_AT_MOST).collect();
    let mut html = String::new();
    let run_id = ids
        .iter()
        .find_map(|id| id.strip_prefix("run-")?.parse::<RunId>().ok());
    if let Some(run_id) = run_id {
        let (_, body, _) = run::load(&visit, run_id).await?;
        write(&mut html, &body)?;
    }
    if query.run.is_some() {
        frame_of_run(&visit, &ids, query.run, &mut html).await?;
    } else {
        parts_of_home(&visit, &ids, &query, &mut html).await?;
    }
    Ok(Html(html).into_response())
}

/// The strip and the navigation around a run.
async fn frame_of_run(
    visit: &Visit,
    ids: &[&str],
    run_id: Option<RunId>,
    html: &mut String,
) -> Result<(), Problem> {
    let strip = strip::load(visit, run_id).await?;
    navigation(visit, ids, Here::Runs, strip.counts(), html)?;
    if ids.contains(&"strip") {
        write(html, &strip)?;
    }
    Ok(())
}

/// The zones of home, the answer and the navigation around them.
async fn parts_of_home(
    visit: &Visit,
    ids: &[&str],
    query: &FragmentsQuery,
    html: &mut String,
) -> Result<(), Problem> {
    let zones = ["answer", "zone-needs", "zone-active", "zone-recent"];
    if !ids.iter().any(|id| zones.contains(id)) {
        return navigation(visit, ids, Here::Home, home::counts(visit).await?, html);
    }
    let engagements = visit.engagements(query.e.as_deref()).await?;
    let zones = Zones::load(visit, engagements.scope_id())
        .await?
        .seen(visit, query.item.as_deref(), query.group.as_deref())
        .await;
    write_zones(visit, ids, &zones, &engagements, html)?;
    if ids.iter().any(|id| matches!(*id, "nav-links" | "tabs")) {
        let counts = zones.counts(visit, &engagements).await?;
        navigation(visit, ids, Here::Home, counts, html)?;
    }
    Ok(())
}

fn write_zones(
    visit: &Visit,
    ids: &[&str],
    zones: &Zones,
    engagements: &Engagements,
    html: &mut String,
) -> Result<(), Problem> {
    for id in ids {
        match *id {
            "answer" => write(html, &zones.answer(engagements, visit.now))?,
            "zone-needs" => write(html, &zones.needs_zone(engagements, visit.now))?,
            "zone-active" => write(html, &zones.active_zone(engagements, visit.now))?,
            "zone-recent" => write(html, &zones.recent_zone(engagements, visit.now))?,
            _ => {}
        }
    }
    Ok(())
}

fn navigation(
    visit: &Visit,
    ids: &[&str],
    here: Here,
    counts: Counts,
    html: &mut String,
) -> Result<(), Problem> {
    let shell = super::shell::Shell::new("", here, "", counts, visit.settings, visit.now);
    if ids.contains(&"nav-links") {
        write(html, &shell.nav)?;
    }
    if ids.contains(&"tabs") {
        write(html, &shell.tabs)?;
    }
    Ok(())
}

fn write(html: &mut String, part: &impl Template) -> Result<(), Problem> {
    part.render_into(html).map_err(Fault::internal)?;
    Ok(())
}
