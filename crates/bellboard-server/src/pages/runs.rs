//! The list of runs: what is going on now above what has ended, by engagement and type.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use bellboard_core::page::Page;
use bellboard_core::run::liveness::Liveness;
use bellboard_core::run::{Outcome, RunType, Status};
use bellboard_core::text::grouped;
use bellboard_core::time::{Timestamp, elapsed_words};
use bellboard_hub::paging::Flag;
use bellboard_hub::run::{self, ListRuns, RunView};
use serde::Deserialize;

use super::assets::Asset;
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::progress::{ProgressCell, Room};
use super::rows::{cell, fact_of, look_in, mark_of, run_url, span_of};
use super::shell::{Here, Shell};
use super::tag::EngagementTag;
use super::visit::{Engagements, Visit};
use super::{render, strip};
use crate::problem::Problem;

/// What the list is to show.
#[derive(Debug, Default, Deserialize)]
pub struct RunsQuery {
    /// One of [`CHOICES`]; everything when absent.
    #[serde(default)]
    show: String,
    /// The slug of one engagement.
    #[serde(default)]
    e: String,
    /// One run type.
    #[serde(default, rename = "type")]
    run_type: String,
    /// Where to go on.
    #[serde(default)]
    before: String,
}

/// The values of `?show=` and their words.
const CHOICES: [(&str, &str); 11] = [
    ("", "All runs"),
    ("problem", "Needs a look"),
    ("now", "Running now"),
    ("queued", "Queued"),
    ("silent", "Silent"),
    ("ended", "Ended"),
    ("follow-up", "Finished with follow-up"),
    ("failed", "Failed"),
    ("blocked", "Blocked"),
    ("cancelled", "Cancelled"),
    ("lost", "Lost"),
];

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage {
    shell: Shell,
    lede: String,
    look_in: Option<u64>,
    choices: Vec<Choice>,
    run_type: String,
    now: RunsTable,
    ended: RunsTable,
    empty_words: &'static str,
    filtered: bool,
    older_url: Option<String>,
    start_url: String,
}

struct Choice {
    value: &'static str,
    words: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "runs_table.html")]
struct RunsTable {
    id: &'static str,
    caption: &'static str,
    progress_head: &'static str,
    time_head: &'static str,
    rows: Vec<RunRow>,
}

impl askama::filters::HtmlSafe for RunsTable {}

struct RunRow {
    id: String,
    mark: Mark,
    name: String,
    url: String,
    engagement: EngagementTag,
    progress: RowProgress,
    asked_by: String,
    time: Moment,
    took: Option<String>,
}

enum RowProgress {
    Cell(Box<ProgressCell>),
    Words(String),
}

/// Answers `/ui/runs`.
pub async fn show(visit: Visit, Query(query): Query<RunsQuery>) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&query.e)).await?;
    let runs = run::list_runs(visit.call("list_runs"), query.input(&engagements)?).await?;
    let strip = strip::load(&visit, None).await?;
    let counts = strip.counts();
    let shell = visit
        .shell("Runs", Here::Runs, counts, &engagements)
        .with_strip(strip);
    let (active, ended): (Vec<_>, Vec<_>) = runs
        .items
        .iter()
        .partition(|run| run.status != Status::Completed);
    render(&RunsPage {
        shell,
        lede: lede(&query, runs.total_count),
        look_in: active
            .iter()
            .filter_map(|run| look_in(run, visit.now))
            .min(),
        choices: choices(&query.show),
        now: RunsTable::now(&active, visit.now),
        ended: RunsTable::ended(&ended, visit.now),
        empty_words: if query.is_filtered() {
            "No runs match these filters."
        } else {
            "No run has been reported yet."
        },
        filtered: query.is_filtered(),
        older_url: older_url(&query, &runs),
        start_url: match engagements.scope() {
            Some(scope) => format!("/ui/start?e={}", scope.engagement_slug),
            None => "/ui/start".to_owned(),
        },
        run_type: query.run_type,
    })
}

impl RunsQuery {
    fn is_filtered(&self) -> bool {
        [&self.show, &self.e, &self.run_type, &self.before]
            .iter()
            .any(|value| !value.is_empty())
    }

    fn input(&self, engagements: &Engagements) -> Result<ListRuns, Problem> {
        let (status, outcome) = match self.show.as_str() {
            "" | "problem" | "silent" | "lost" => (None, None),
            "now" => (Some(Status::Running), None),
            "queued" => (Some(Status::Queued), None),
            "ended" => (Some(Status::Completed), None),
            "follow-up" => (None, Some(Outcome::PartiallySucceeded)),
            "failed" => (None, Some(Outcome::Failed)),
            "blocked" => (None, Some(Outcome::Blocked)),
            "cancelled" => (None, Some(Outcome::Cancelled)),
            _ => {
                return Err(Problem::invalid(
                    "show",
                    "The list shows `problem`, `now`, `queued`, `silent`, `ended`, `follow-up`, `failed`, `blocked`, `cancelled` or `lost`.",
                ));
            }
        };
        let run_type = match self.run_type.trim() {
            "" => None,
            name => Some(
                name.parse::<RunType>()
                    .map_err(|fault| Problem::invalid("type", format!("The type {fault}.")))?,
            ),
        };
        Ok(ListRuns {
            engagement: engagements.scope_id(),
            status,
            outcome,
            run_type,
            liveness: match self.show.as_str() {
                "silent" => Some(Liveness::Stale),
                "lost" => Some(Liveness::Lost),
                _ => None,
            },
            problem: Flag::from(self.show == "problem"),
            cursor: (!self.before.is_empty()).then(|| self.before.clone()),
            ..ListRuns::default()
        })
    }
}

fn choices(chosen: &str) -> Vec<Choice> {
    let choice = |(value, words): (&'static str, &'static str)| Choice {
        value,
        words,
        chosen: value == chosen,
    };
    CHOICES.into_iter().map(choice).collect()
}

fn lede(query: &RunsQuery, total: u64) -> String {
    let words = match (total, query.is_filtered()) {
        (1, true) => "1 run matches.".to_owned(),
        (_, true) => format!("{} runs match.", grouped(total)),
        (1, false) => "1 run in all.".to_owned(),
        (_, false) => format!("{} runs in all.", grouped(total)),
    };
    if query.before.is_empty() {
        words
    } else {
        format!("{words} These are older ones.")
    }
}

/// The same list from the last shown run on. Values that a person typed are percent-encoded by their grammar: a run
/// type and a slug hold no reserved characters, or the query was refused before.
fn older_url(query: &RunsQuery, runs: &Page<RunView>) -> Option<String> {
    let cursor = runs.next_cursor.as_ref()?;
    let pairs = [
        ("show", query.show.as_str()),
        ("e", query.e.as_str()),
        ("type", query.run_type.trim()),
        ("before", cursor.as_str()),
    ];
    let kept: Vec<String> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Some(format!("/ui/runs?{}", kept.join("&")))
}

impl RunsTable {
    fn now(runs: &[&RunView], now: Timestamp) -> Self {
        let row = |run: &&RunView| RunRow {
            progress: RowProgress::Cell(Box::new(cell(run, Room::Row, None, now))),
            time: Moment::new(run.started_at.unwrap_or(run.created_at), Reading::Age, now),
            took: None,
            ..RunRow::new(run, now)
        };
        Self {
            id: "rows-now",
            caption: "Now",
            progress_head: "Progress",
            time_head: "For",
            rows: runs.iter().map(row).collect(),
        }
    }

    fn ended(runs: &[&RunView], now: Timestamp) -> Self {
        Self {
            id: "rows-ended",
            caption: "Ended",
            progress_head: "What came of it",
            time_head: "Ended",
            rows: runs.iter().map(|run| RunRow::new(run, now)).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl RunRow {
    fn new(run: &RunView, now: Timestamp) -> Self {
        Self {
            id: run.id.to_string(),
            mark: mark_of(run),
            name: run.label.clone(),
            url: run_url(run.id),
            engagement: EngagementTag::new(&run.engagement_name),
            progress: RowProgress::Words(
                fact_of(run).unwrap_or_else(|| run.progress.label.clone()),
            ),
            asked_by: run.initiator_name.clone(),
            time: Moment::new(
                run.completed_at.unwrap_or(run.created_at),
                Reading::Clock,
                now,
            ),
            took: run.started_at.map(|_| elapsed_words(span_of(run, now))),
        }
    }
}
