//! What a dashboard answers at this moment; of one that was taken out of use, what it answered last.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use bellboard_core::dashboard::Number;
use bellboard_core::text::{humanise, small_first};
use bellboard_core::time::Timestamp;
use bellboard_hub::dashboard::OfDashboard;
use bellboard_hub::fault::{Fault, FaultKind};
use bellboard_hub::snapshot::{self, MaterializedData, OfSnapshot};
use serde::Deserialize;
use serde_json::json;

use super::changes::{self, ChangesQuery};
use super::place::{Head, Place, Tab, url_of};
use super::table::{PictureTable, ROWS_SHOWN};
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::assets::Asset;
use crate::pages::chart::number_words;
use crate::pages::comments::Thread;
use crate::pages::moment::{Moment, Reading};
use crate::pages::render;
use crate::pages::shell::Shell;
use crate::pages::visit::Visit;
use crate::pages::words::{counted, figure};
use crate::problem::Problem;

/// What the page is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct NowQuery {
    /// An earlier snapshot; with it the page shows what changed.
    a: String,
    /// A later one.
    b: String,
    /// The rank of the first row, from 1.
    from: String,
}

#[derive(Template)]
#[template(path = "dashboard_now.html")]
struct NowPage {
    shell: Shell,
    head: Head,
    wrong: Option<String>,
    said: String,
    as_of: Option<Moment>,
    kept: Option<Moment>,
    table: Option<PictureTable>,
    why_none: String,
    before_url: Option<String>,
    after_url: Option<String>,
    command: String,
    thread: Thread,
}

/// What is shown, and of when.
struct Answer {
    data: MaterializedData,
    metric: Option<Number>,
    as_of: Timestamp,
}

/// Answers `/ui/dashboards/{dashboard_id}`.
pub async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<NowQuery>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    if query.a.is_empty() && query.b.is_empty() {
        return page(&visit, &place, &query, None).await;
    }
    let pair = ChangesQuery {
        a: query.a,
        b: query.b,
        ..ChangesQuery::default()
    };
    changes::page(&visit, &place, &pair).await
}

/// The form was reloaded: its address answers with the page of the dashboard.
pub async fn back(Path(id): Path<String>) -> Response {
    go_back(&format!("/ui/dashboards/{id}"))
}

/// "Take snapshot".
pub async fn take(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    let input = json!({ "dashboard_id": place.view.id });
    match act(&app, &request_id, visit.again(), "take_snapshot", input).await {
        Ok(_) => {
            let changes = url_of(place.view.id, Tab::Changes);
            Ok(go_back(&format!("{changes}?did=taken")))
        }
        Err(problem) if problem.status.is_client_error() => {
            let words = Some(format!("{} No snapshot was taken.", problem.detail));
            let page = page(&visit, &place, &NowQuery::default(), words).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    visit: &Visit,
    place: &Place,
    query: &NowQuery,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let view = &place.view;
    let from: usize = query.from.parse().unwrap_or(1).max(1);
    let (answer, why_none) = match answer(visit, place).await {
        Ok(answer) => (answer, String::new()),
        // What is wrong with the rows is said where they would stand.
        Err(fault) if fault.kind == FaultKind::Invalid => (None, fault.detail),
        Err(fault) => return Err(fault.into()),
    };
    let why_none = if why_none.is_empty() {
        "No rows yet.".to_owned()
    } else {
        why_none
    };
    let shown = answer.as_ref().map_or(0, |one| one.data.picture().shown());
    let page_from = |rank: usize| format!("{}?from={rank}", url_of(view.id, Tab::Now));
    let at = |moment| Moment::new(moment, Reading::Clock, visit.now);
    let archived = view.archived_at.is_some();
    let as_of = answer.as_ref().map(|one| at(one.as_of));
    render(&NowPage {
        shell: place.shell(visit, Tab::Now).await?,
        head: place.head(visit, Tab::Now),
        wrong,
        said: answer.as_ref().map_or_else(String::new, lede),
        as_of: as_of.clone().filter(|_| !archived),
        kept: as_of.filter(|_| archived),
        before_url: (from > 1).then(|| page_from(from.saturating_sub(ROWS_SHOWN).max(1))),
        after_url: (from - 1 + ROWS_SHOWN < shown).then(|| page_from(from + ROWS_SHOWN)),
        table: answer.filter(|_| shown > 0).map(|one| {
            let source = view.view_spec_json.source;
            PictureTable::new(one.data.picture(), source, from, visit.now)
        }),
        why_none,
        command: place.command("show"),
        thread: place.thread(visit).await?,
    })
}

async fn answer(visit: &Visit, place: &Place) -> Result<Option<Answer>, Fault> {
    let view = &place.view;
    if view.archived_at.is_none() {
        let of = OfDashboard {
            dashboard_id: view.id,
        };
        let now = snapshot::get_dashboard_now(visit.call("get_dashboard_now"), of).await?;
        return Ok(Some(Answer {
            data: now.materialized_data,
            metric: now.primary_metric,
            as_of: now.as_of,
        }));
    }
    let Some(last) = &view.last_snapshot else {
        return Ok(None);
    };
    let of = OfSnapshot {
        snapshot_id: last.id,
    };
    let kept = snapshot::get_snapshot(visit.call("get_snapshot"), of).await?;
    Ok(Some(Answer {
        data: kept.materialized_data,
        metric: kept.snapshot.primary_metric,
        as_of: kept.snapshot.captured_at,
    }))
}

/// "214 rows match, the first 50 are shown. Mean of duration: 12.5."
fn lede(answer: &Answer) -> String {
    let picture = answer.data.picture();
    let shown = picture.shown() as u64;
    let matched = counted(picture.matched(), "row matches", "rows match");
    let cut = if shown < picture.matched() {
        format!("; the question asks for the first {}", figure(shown))
    } else {
        String::new()
    };
    let metric = &picture.primary_metric().metric;
    let number = match (answer.metric, &metric.field) {
        (Some(number), Some(field)) => format!(
            " {} of {}: {}.",
            humanise(metric.measure.as_str()),
            small_first(&humanise(field)),
            number_words(number)
        ),
        _ => String::new(),
    };
    format!("{matched}{cut}.{number}")
}
