//! One workstream: where it stands, its tasks, what it waits for, what is to be decided, what happened, and the dialog
//! that closes it.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use bellboard_core::id::WorkstreamId;
use bellboard_core::membership::{Capability, allows};
use bellboard_core::page::Limit;
use bellboard_hub::fault::Fault;
use bellboard_hub::plan_decision::{self, DecisionStatus, ListDecisions, PlanDecisionView};
use bellboard_hub::progress_event::{self, ListProgress};
use bellboard_hub::task::{self, GetTask};
use bellboard_hub::workstream::{
    self, GetWorkstream, ListWorkstreams, WorkstreamDetail, WorkstreamView,
};
use serde::Deserialize;
use serde_json::json;

use super::tasks::{self, Closing, Refused, TaskRow};
use super::{TaskBar, label_words, workstream_mark};
use crate::pages::assets::Asset;
use crate::pages::mark::Mark;
use crate::pages::moment::{Moment, Reading};
use crate::pages::shell::{Here, Shell};
use crate::pages::visit::Visit;
use crate::pages::{render, strip};
use crate::problem::Problem;

/// So many lines of what happened are shown, and so many decisions.
const LINES: u32 = 20;

/// What the page is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct WorkstreamQuery {
    /// The slug of its engagement, where the reader has several.
    pub at: String,
    /// `close` opens the review.
    pub open: String,
    /// What was just done.
    pub did: String,
}

#[derive(Template)]
#[template(path = "workstream.html")]
struct WorkstreamPage {
    shell: Shell,
    view: WorkstreamView,
    mark: Mark,
    label: Option<&'static str>,
    bar: TaskBar,
    changed: Moment,
    completed: Option<Moment>,
    waits_for: Vec<String>,
    waited_for: Vec<String>,
    tasks: Vec<TaskRow>,
    more_tasks: bool,
    decisions: Vec<DecisionLine>,
    lines: Vec<Line>,
    more_lines: bool,
    /// What the links of this page carry on: `?at=aster-bank`, or nothing.
    at_query: String,
    at: String,
    /// Where the review opens, for whoever may close it.
    close_url: Option<String>,
    /// The page without the review.
    closed_url: String,
    closing: Option<Closing>,
    did_close: bool,
}

/// A decision of the plan.
struct DecisionLine {
    url: String,
    title: String,
    mark: Mark,
    note: String,
}

struct Line {
    summary: String,
    who: String,
    at: Moment,
}

/// Answers `/ui/workstreams/{slug}`.
pub async fn show(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<WorkstreamQuery>,
) -> Result<Response, Problem> {
    let found = load(&visit, &slug, &query.at).await?;
    let today = &found.workstream.slug;
    if *today != slug && slug.parse::<WorkstreamId>().is_err() {
        let open = [("open", query.open.as_str())];
        return Ok(Redirect::permanent(&address(today, &query.at, &open)).into_response());
    }
    page(&visit, found, &query, None).await
}

/// Answers `/ui/tasks/{task_id}` with the page of its workstream, at the task.
pub async fn of_task(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let input = GetTask {
        task_id: id.parse().map_err(|_| Fault::not_found())?,
        engagement: None,
    };
    let task = task::get_task(visit.call("get_task"), input).await?;
    let page = address(&task.workstream, &task.engagement_slug, &[]);
    Ok(Redirect::to(&format!("{page}#task-{}", task.id)).into_response())
}

/// The address of the page of a workstream, with what is said behind the question mark.
pub(super) fn address(slug: &str, at: &str, more: &[(&str, &str)]) -> String {
    let pairs = [("at", at)].into_iter().chain(more.iter().copied());
    let kept: Vec<String> = pairs
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if kept.is_empty() {
        return format!("/ui/workstreams/{slug}");
    }
    format!("/ui/workstreams/{slug}?{}", kept.join("&"))
}

pub(super) async fn load(visit: &Visit, slug: &str, at: &str) -> Result<WorkstreamDetail, Problem> {
    let input = GetWorkstream {
        slug: slug.parse().map_err(|_| Fault::not_found())?,
        engagement: (!at.is_empty())
            .then(|| at.parse())
            .transpose()
            .map_err(|_| Fault::not_found())?,
    };
    Ok(workstream::get_workstream(visit.call("get_workstream"), input).await?)
}

/// The page, perhaps with a review that was refused.
pub(super) async fn page(
    visit: &Visit,
    found: WorkstreamDetail,
    query: &WorkstreamQuery,
    refused: Option<&Refused<'_>>,
) -> Result<Response, Problem> {
    let view = found.workstream;
    let engagements = visit.engagements(Some(&view.engagement_slug)).await?;
    let may_plan = engagements
        .scope()
        .is_some_and(|place| allows(place.designations, Capability::Plan));
    let may_close = may_plan && !view.status.is_closed();
    let closing = if may_close && (query.open == "close" || refused.is_some()) {
        let open = tasks::open(visit, &view).await?;
        Some(Closing::new(open, takers(visit, &view).await?, refused))
    } else {
        None
    };
    let tasks = tasks::listed(visit, &view).await?;
    let (lines, more_lines) = lines_of(visit, &view).await?;
    let strip = strip::load(visit, None).await?;
    let shell = visit
        .shell(&view.title, Here::Workstreams, strip.counts(), &engagements)
        .with_strip(strip)
        .of_domain(Some(&view.domain_slug));
    let at = if engagements.total() > 1 {
        view.engagement_slug.clone()
    } else {
        query.at.clone()
    };
    let clock = |at| Moment::new(at, Reading::Clock, visit.now);
    render(&WorkstreamPage {
        shell,
        mark: workstream_mark(view.status),
        label: view.label.map(label_words),
        bar: TaskBar::new(view.tasks),
        changed: clock(view.last_activity_at),
        completed: view.completed_at.map(clock),
        waits_for: found.depends_on,
        waited_for: found.blocks,
        more_tasks: tasks.next_cursor.is_some(),
        tasks: tasks
            .items
            .into_iter()
            .map(|task| TaskRow::new(task, visit))
            .collect(),
        decisions: decisions_of(visit, &view).await?,
        lines,
        more_lines,
        at_query: if at.is_empty() {
            String::new()
        } else {
            format!("?at={at}")
        },
        close_url: may_close.then(|| address(&view.slug, &at, &[("open", "close")])),
        closed_url: address(&view.slug, &at, &[]),
        closing,
        did_close: query.did == "closed" && view.status.is_closed(),
        at,
        view,
    })
}

/// The workstreams that can take what is carried forward, last changed first: slug and title.
async fn takers(visit: &Visit, of: &WorkstreamView) -> Result<Vec<(String, String)>, Problem> {
    let input = ListWorkstreams {
        status: serde_json::from_value(json!("open")).map_err(Fault::internal)?,
        engagement: of.engagement_id.to_string().parse().ok(),
        limit: Limit::new(Limit::MAX).unwrap_or_default(),
        ..ListWorkstreams::default()
    };
    let open = workstream::list_workstreams(visit.call("list_workstreams"), input).await?;
    let others = open.items.into_iter().filter(|other| other.id != of.id);
    Ok(others.map(|other| (other.slug, other.title)).collect())
}

async fn lines_of(visit: &Visit, of: &WorkstreamView) -> Result<(Vec<Line>, bool), Problem> {
    let input = ListProgress {
        workstream: of.id.to_string().parse().ok(),
        limit: Limit::new(LINES).unwrap_or_default(),
        ..ListProgress::default()
    };
    let page = progress_event::list_progress(visit.call("list_progress"), input).await?;
    let lines = page.items.into_iter().map(|event| Line {
        summary: event.summary,
        who: event.author_name,
        at: Moment::new(event.happened_at, Reading::Clock, visit.now),
    });
    Ok((lines.collect(), page.next_cursor.is_some()))
}

async fn decisions_of(visit: &Visit, of: &WorkstreamView) -> Result<Vec<DecisionLine>, Problem> {
    let input = ListDecisions {
        workstream: of.id.to_string().parse().ok(),
        limit: Limit::new(LINES).unwrap_or_default(),
        ..ListDecisions::default()
    };
    let page = plan_decision::list_decisions(visit.call("list_decisions"), input).await?;
    Ok(page.items.into_iter().map(DecisionLine::new).collect())
}

impl DecisionLine {
    fn new(view: PlanDecisionView) -> Self {
        let (icon, hue, word) = match view.status {
            DecisionStatus::Open => ("ask", "dim", "Open"),
            DecisionStatus::Escalated => ("s-flag", "amber", "Escalated"),
            DecisionStatus::Resolved => ("s-ok", "green", "Resolved"),
            DecisionStatus::Withdrawn => ("s-stop", "dim", "Withdrawn"),
        };
        let decided = view.option_label.map(|option| match view.decided_by_name {
            Some(who) => format!("{option}, {who}"),
            None => option,
        });
        let said = [decided, view.rationale].into_iter().flatten();
        let said: Vec<String> = said.filter(|said| !said.is_empty()).collect();
        Self {
            url: format!("/ui/asks/{}", view.ask_id),
            title: view.title,
            mark: Mark { icon, hue, word },
            note: if said.is_empty() {
                word.to_owned()
            } else {
                said.join(": ")
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_there_is_to_say() {
        assert_eq!(address("tracks", "", &[]), "/ui/workstreams/tracks");
        assert_eq!(
            address("tracks", "aster", &[("open", "close"), ("did", "")]),
            "/ui/workstreams/tracks?at=aster&open=close"
        );
    }
}
