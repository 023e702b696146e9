//! One run: what may be said of it now, what is known, what happened, and what to do about it.

mod asks;
mod ending;
mod known;
mod outputs;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use bellboard_core::id::{PersonId, RunId};
use bellboard_core::membership::{Capability, Designations, allows};
use bellboard_core::run::progress::Mode;
use bellboard_core::run::{Grade, Status};
use bellboard_core::text::{grouped, humanise};
use bellboard_core::time::{Timestamp, elapsed_words};
use bellboard_hub::artifact::{self, ArtifactView, ListArtifacts};
use bellboard_hub::ask::{self, AskView, ListAsks};
use bellboard_hub::fault::Fault;
use bellboard_hub::run::{self, OfRun, PageOfRun, RawWordsView, RunEventView, RunView};

use self::asks::{Asked, asked_of, waiting_class};
use self::ending::{FailureLine, Late, Look, failure_lines};
use self::known::{Dealt, Known};
use self::outputs::{Made, Output, made_of, outputs};
use super::assets::Asset;
use super::comments::{Subject, Thread};
use super::history::{Entry, entries, log_of};
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::progress::{ProgressCell, Room};
use super::render;
use super::rows::{cell, look_in, mark_of, span_of, title_of};
use super::shell::{Here, Shell};
use super::strip;
use super::tag::EngagementTag;
use super::visit::{Engagements, Visit};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    shell: Shell,
    body: RunBody,
    thread: Thread,
}

/// Everything about one run; inside its page and as a live fragment.
#[derive(Debug, Template)]
#[template(path = "run_body.html")]
pub struct RunBody {
    id: String,
    name: String,
    title: String,
    mark: Mark,
    look_in: Option<u64>,
    engagement: EngagementTag,
    engagement_name: String,
    engagement_slug: String,
    lede: String,
    late: Option<Late>,
    look: Option<Look>,
    now_title: &'static str,
    now_count: Option<String>,
    progress: Option<ProgressCell>,
    basis: &'static str,
    kept_until: Option<Moment>,
    failures: Vec<FailureLine>,
    counts: Vec<CountLine>,
    log: Option<String>,
    events: Vec<Entry>,
    more_events: bool,
    known: Known,
    asked: Vec<Asked>,
    /// The class of the card that says for whom it waits; amber when that is the reader.
    waits: Option<&'static str>,
    made: Vec<Made>,
    outputs: Vec<Output>,
    watch: Watch,
    may_cancel: bool,
    cancel_words: &'static str,
    cancel_asked: Option<Dealt>,
    may_verify: bool,
    context: Option<String>,
}

impl askama::filters::HtmlSafe for RunBody {}

#[derive(Debug)]
struct CountLine {
    key: String,
    number: u64,
}

/// Whether the person is told when the run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// They started it, so they are told anyway.
    Asked,
    /// They said so.
    On,
    /// Not yet.
    Off,
}

/// What a run's page is made of.
#[derive(Clone, Copy)]
pub struct RunFacts<'a> {
    /// The run.
    pub run: &'a RunView,
    /// What happened to it, newest first.
    pub events: &'a [RunEventView],
    /// What was said where the page shows other words; empty for those who may not operate.
    pub raw_words: &'a [RawWordsView],
    /// What it asked.
    pub asks: &'a [AskView],
    /// The artifacts that it made.
    pub artifacts: &'a [ArtifactView],
    /// There are older entries.
    pub more_events: bool,
    /// Who reads.
    pub reader: PersonId,
    /// What they are in the run's engagement.
    pub designations: Option<Designations>,
    /// Whether the person is told when it ends.
    pub watch: Watch,
    /// The time of the page.
    pub now: Timestamp,
}

impl RunFacts<'_> {
    /// Whether the reader has the capability in the run's engagement.
    fn may(&self, capability: Capability) -> bool {
        self.designations
            .is_some_and(|designations| allows(designations, capability))
    }
}

/// Answers `/ui/runs/{run_id}`.
pub async fn show(visit: Visit, Path(run_id): Path<String>) -> Result<Response, Problem> {
    let run_id: RunId = run_id.parse().map_err(|_| Fault::not_found())?;
    let (run, body, engagements) = load(&visit, run_id).await?;
    let strip = strip::load(&visit, Some(run_id)).await?;
    let shell = visit
        .shell(&title_of(&run), Here::Runs, strip.counts(), &engagements)
        .with_strip(strip);
    let thread = Thread::newest(&visit, &engagements, Subject::Run(run_id)).await?;
    render(&RunPage {
        shell,
        body,
        thread,
    })
}

/// The run and its picture, if the person may see it, and their engagements.
pub async fn load(
    visit: &Visit,
    run_id: RunId,
) -> Result<(RunView, RunBody, Engagements), Problem> {
    let events = PageOfRun {
        run_id,
        limit: bellboard_core::page::Limit::default(),
        cursor: None,
    };
    let made = ListArtifacts {
        run_id: Some(run_id),
        ..ListArtifacts::default()
    };
    let asked = ListAsks {
        run_id: Some(run_id),
        ..ListAsks::default()
    };
    let (run, events, watch, made, asks) = tokio::try_join!(
        run::get_run(visit.call("get_run"), OfRun { run_id }),
        run::list_run_events(visit.call("list_run_events"), events),
        run::get_watch(visit.call("get_watch"), OfRun { run_id }),
        artifact::list_artifacts(visit.call("list_artifacts"), made),
        ask::list_asks(visit.call("list_asks"), asked),
    )?;
    let engagements = visit.engagements(Some(&run.engagement_slug)).await?;
    let designations = engagements
        .scope()
        .map(|membership| membership.designations);
    let raw_words = match designations {
        Some(designations) if allows(designations, Capability::Report) => {
            let call = visit.call("get_run_diagnostics");
            run::get_run_diagnostics(call, OfRun { run_id })
                .await?
                .raw_words
        }
        _ => Vec::new(),
    };
    let body = RunBody::new(&RunFacts {
        run: &run,
        events: &events.items,
        raw_words: &raw_words,
        artifacts: &made.items,
        asks: &asks.items,
        more_events: events.next_cursor.is_some(),
        reader: visit.caller.person_id,
        designations,
        watch: match watch.watching {
            _ if run.initiator_id == Some(visit.caller.person_id) => Watch::Asked,
            true => Watch::On,
            false => Watch::Off,
        },
        now: visit.now,
    });
    Ok((run, body, engagements))
}

impl RunBody {
    /// The picture of one run.
    pub fn new(facts: &RunFacts<'_>) -> Self {
        let RunFacts { run, now, .. } = *facts;
        let active = run.status != Status::Completed;
        let (now_title, now_count) = now_title(run);
        Self {
            id: run.id.to_string(),
            name: run.label.clone(),
            title: title_of(run),
            mark: mark_of(run),
            look_in: look_in(run, now),
            engagement: EngagementTag::new(&run.engagement_name),
            engagement_name: run.engagement_name.clone(),
            engagement_slug: run.engagement_slug.clone(),
            lede: lede(run, now),
            late: Late::new(run, facts.events, now),
            look: Look::new(facts),
            now_title,
            now_count,
            progress: active.then(|| cell(run, Room::Page, None, now)),
            basis: basis(run),
            kept_until: kept_until(run, now),
            failures: failure_lines(run),
            counts: count_lines(run),
            log: log_of(facts.events).filter(|log| !is_said(run, log)),
            events: entries(facts.events, now),
            more_events: facts.more_events,
            known: Known::new(facts),
            asked: asked_of(facts.asks),
            waits: waiting_class(facts.asks),
            made: made_of(facts.artifacts),
            outputs: outputs(&run.context),
            watch: facts.watch,
            may_cancel: facts.may(Capability::StartRuns) && run.cancel_requested_at.is_none(),
            cancel_words: cancel_words(run),
            cancel_asked: Dealt::new(
                run.cancel_requested_at.filter(|_| active),
                run.cancel_requested_by.as_deref(),
                now,
            ),
            may_verify: facts.may(Capability::Decide)
                && !active
                && run.grade != Some(Grade::Verified)
                && !run.is_started_by(facts.reader),
            context: diagnostics(facts).filter(|_| facts.may(Capability::Report)),
        }
    }
}

/// The line below the title: the presenter's words, and for an ended run how long it took.
fn lede(run: &RunView, now: Timestamp) -> String {
    let progress = &run.progress;
    if run.status != Status::Completed {
        return match &progress.guidance {
            Some(guidance) => guidance.clone(),
            None => format!("{}.", progress.label),
        };
    }
    let how = match run.started_at {
        Some(_) => format!(
            "{} after {}.",
            progress.label,
            elapsed_words(span_of(run, now))
        ),
        None => format!("{} before it began.", progress.label),
    };
    match &progress.detail {
        Some(detail) => format!("{how} {detail}"),
        None => how,
    }
}

/// What the picture of progress is called, and how many there are of what it shows.
fn now_title(run: &RunView) -> (&'static str, Option<String>) {
    let progress = &run.progress;
    match (&progress.parts, &progress.phase) {
        (Some(parts), _) => {
            let states = [
                parts.succeeded,
                parts.failed,
                parts.follow_up,
                parts.running,
                parts.waiting,
            ];
            (
                "Parts",
                Some(grouped(states.into_iter().fold(0, u64::saturating_add))),
            )
        }
        (None, Some(phase)) => ("Phases", phase.of.map(|of| grouped(of.into()))),
        (None, None) => ("Now", None),
    }
}

/// How long the hub bears the silence of a run; a claimed one goes by its lease instead.
fn kept_until(run: &RunView, now: Timestamp) -> Option<Moment> {
    let until = run.kept_until()?;
    (run.progress.stale && !run.claimable).then(|| Moment::new(until, Reading::Clock, now))
}

/// What a request to stop means for this run.
fn cancel_words(run: &RunView) -> &'static str {
    if run.claimable && run.claimed_by.is_none() {
        "No worker has taken it, so it ends at once."
    } else {
        "What it reported so far is kept. The worker sees the request with its next report, and decides."
    }
}

/// On what kind of evidence the picture of progress rests.
fn basis(run: &RunView) -> &'static str {
    match run.progress.mode {
        Mode::Counted => "counted by the worker",
        Mode::Phased => "from its phases",
        Mode::Composite => "from its parts",
        Mode::Activity if run.status == Status::Queued => "",
        Mode::Activity => "from its signs of life",
        Mode::None => "",
    }
}

fn count_lines(run: &RunView) -> Vec<CountLine> {
    let lines = run.summary_counts.iter().map(|(key, number)| CountLine {
        key: humanise(key.as_str()),
        number,
    });
    lines.collect()
}

/// Whether the log is nothing but what already stands under "What went wrong".
fn is_said(run: &RunView, log: &str) -> bool {
    let mut failures = run.failures.as_slice().iter();
    failures.any(|failure| failure.message.as_str() == log)
}

/// What was really said, and the raw context.
fn diagnostics(facts: &RunFacts<'_>) -> Option<String> {
    let mut parts: Vec<String> = facts
        .raw_words
        .iter()
        .map(|raw| format!("{} as it was told: {}", raw.field, raw.words))
        .collect();
    if !facts.run.context.is_empty() {
        parts.extend(serde_json::to_string_pretty(&facts.run.context).ok());
    }
    (!parts.is_empty()).then(|| parts.join("\n"))
}
