//! One run: what may be said of it now, what is known, what happened, and what to do about it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use bellboard_core::id::RunId;
use bellboard_core::membership::{Capability, allows};
use bellboard_core::run::identity::IdentityMode;
use bellboard_core::run::lifecycle::is_follow_up;
use bellboard_core::run::progress::Mode;
use bellboard_core::run::{Grade, Status};
use bellboard_core::text::humanise;
use bellboard_core::time::{Timestamp, elapsed_words};
use bellboard_hub::fault::Fault;
use bellboard_hub::run::{self, OfRun, PageOfRun, RunEventView, RunView};

use super::assets::Asset;
use super::history::{Entry, entries, log_of};
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::progress::{ProgressCell, Room};
use super::render;
use super::rows::{acknowledge_url, cell, mark_of, span_of};
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
}

/// Everything about one run; inside its page and as a live fragment.
#[derive(Debug, Template)]
#[template(path = "run_body.html")]
pub struct RunBody {
    id: String,
    name: String,
    mark: Mark,
    engagement: EngagementTag,
    engagement_name: String,
    engagement_slug: String,
    lede: String,
    look: Option<Look>,
    progress: Option<ProgressCell>,
    basis: &'static str,
    failures: Vec<FailureLine>,
    counts: Vec<CountLine>,
    log: Option<String>,
    events: Vec<Entry>,
    more_events: bool,
    asked_by: String,
    created: Moment,
    waited: Option<String>,
    span_term: &'static str,
    span_words: String,
    ended: Option<Moment>,
    last_sign: Option<Moment>,
    grade: Option<(&'static str, &'static str)>,
    starting: &'static str,
    run_type: String,
    dealt: Option<Dealt>,
    watch: Watch,
    may_cancel: bool,
    cancel_asked: Option<Dealt>,
    evidence: Option<Evidence>,
    command: String,
    context: Option<String>,
}

impl askama::filters::HtmlSafe for RunBody {}

/// "Finished, needs a look".
#[derive(Debug)]
struct Look {
    tone: &'static str,
    sentence: &'static str,
    done_action: Option<String>,
}

#[derive(Debug)]
struct FailureLine {
    message: String,
    code: String,
    count: u64,
}

#[derive(Debug)]
struct CountLine {
    key: String,
    number: u64,
}

#[derive(Debug)]
struct Dealt {
    by: String,
    at: Moment,
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

#[derive(Debug)]
struct Evidence {
    by: String,
    at: Moment,
    note: Option<String>,
    link: Option<String>,
    digest: Option<String>,
}

/// What a run's page is made of.
pub struct RunFacts<'a> {
    /// The run.
    pub run: &'a RunView,
    /// What happened to it, newest first.
    pub events: &'a [RunEventView],
    /// There are older entries.
    pub more_events: bool,
    /// The person may mark a follow-up as done.
    pub may_decide: bool,
    /// The person may ask the run to stop.
    pub may_cancel: bool,
    /// Whether the person is told when it ends.
    pub watch: Watch,
    /// The time of the page.
    pub now: Timestamp,
}

/// Answers `/ui/runs/{run_id}`.
pub async fn show(visit: Visit, Path(run_id): Path<String>) -> Result<Response, Problem> {
    let run_id: RunId = run_id.parse().map_err(|_| Fault::not_found())?;
    let (run, body, engagements) = load(&visit, run_id).await?;
    let strip = strip::load(&visit, Some(run_id)).await?;
    let title = format!("{}: {}", mark_of(&run).word, run.label);
    let shell = visit
        .shell(&title, Here::Runs, strip.counts(), &engagements)
        .with_strip(strip);
    render(&RunPage { shell, body })
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
    let (run, events, watch) = tokio::try_join!(
        run::get_run(visit.call("get_run"), OfRun { run_id }),
        run::list_run_events(visit.call("list_run_events"), events),
        run::get_watch(visit.call("get_watch"), OfRun { run_id }),
    )?;
    let engagements = visit.engagements(Some(&run.engagement_slug)).await?;
    let may = |capability| {
        engagements
            .scope()
            .is_some_and(|membership| allows(membership.designations, capability))
    };
    let body = RunBody::new(&RunFacts {
        run: &run,
        events: &events.items,
        more_events: events.next_cursor.is_some(),
        may_decide: may(Capability::Decide),
        may_cancel: may(Capability::StartRuns),
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
        Self {
            id: run.id.to_string(),
            name: run.label.clone(),
            mark: mark_of(run),
            engagement: EngagementTag::new(&run.engagement_name),
            engagement_name: run.engagement_name.clone(),
            engagement_slug: run.engagement_slug.clone(),
            lede: lede(run, now),
            look: look(facts),
            progress: active.then(|| cell(run, Room::Page, None, now)),
            basis: basis(run),
            failures: failure_lines(run),
            counts: count_lines(run),
            log: log_of(facts.events),
            events: entries(facts.events, now),
            more_events: facts.more_events,
            asked_by: run.initiator_name.clone(),
            created: Moment::new(run.created_at, Reading::Clock, now),
            waited: waited(run),
            span_term: match run.status {
                Status::Queued => "Waiting for",
                Status::Running => "Running for",
                Status::Completed => "Took",
            },
            span_words: elapsed_words(span_of(run, now)),
            ended: run
                .completed_at
                .map(|at| Moment::new(at, Reading::Clock, now)),
            last_sign: active.then(|| Moment::new(run.last_seen_at, Reading::Ago, now)),
            grade: run.grade.map(grade_words),
            starting: starting_words(run.identity_mode),
            run_type: run.run_type.as_str().to_owned(),
            dealt: dealt(run.acknowledged_at, run.acknowledged_by.as_deref(), now),
            watch: facts.watch,
            may_cancel: facts.may_cancel && run.cancel_requested_at.is_none(),
            cancel_asked: dealt(
                run.cancel_requested_at.filter(|_| active),
                run.cancel_requested_by.as_deref(),
                now,
            ),
            evidence: evidence(run, now),
            command: format!(
                "bellboard runs {} {}",
                if active { "watch" } else { "show" },
                run.id
            ),
            context: context_text(run),
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

fn look(facts: &RunFacts<'_>) -> Option<Look> {
    let run = facts.run;
    let outcome = run.outcome.filter(|_| run.needs_a_look())?;
    let failed = mark_of(run).hue == "red";
    let sentence = match mark_of(run).word {
        "Lost" => "Nothing was heard of it any more, so nobody knows whether the work was done.",
        "Blocked" => "Something outside of the run kept it from going on.",
        "Failed" => "The work broke off. What it reported until then is kept.",
        _ => "Something was done and something was not.",
    };
    is_follow_up(outcome).then(|| Look {
        tone: if failed { "bad" } else { "" },
        sentence,
        done_action: facts.may_decide.then(|| acknowledge_url(run.id)),
    })
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

fn failure_lines(run: &RunView) -> Vec<FailureLine> {
    let lines = run.failures.as_slice().iter().map(|failure| FailureLine {
        message: failure.message.to_string(),
        code: failure.code.as_str().to_owned(),
        count: failure.count.get(),
    });
    lines.collect()
}

fn count_lines(run: &RunView) -> Vec<CountLine> {
    let lines = run.summary_counts.iter().map(|(key, number)| CountLine {
        key: humanise(key.as_str()),
        number,
    });
    lines.collect()
}

/// How long a run stood in line, when that was long enough to matter.
fn waited(run: &RunView) -> Option<String> {
    let wait = run.started_at?.saturating_since(run.created_at);
    (wait.as_secs() > 0).then(|| elapsed_words(wait))
}

fn grade_words(grade: Grade) -> (&'static str, &'static str) {
    match grade {
        Grade::Claimed => ("Claimed", "the worker said so itself"),
        Grade::Observed => ("Observed", "the reporter saw an exit code or a reply"),
        Grade::Verified => ("Verified", "another party checked"),
    }
}

fn starting_words(mode: IdentityMode) -> &'static str {
    match mode {
        IdentityMode::WhileActive => "One at a time for the same inputs",
        IdentityMode::Nonce => "Each start is a run of its own",
        IdentityMode::Slot => "Once per slot of its schedule",
    }
}

fn dealt(at: Option<Timestamp>, by: Option<&str>, now: Timestamp) -> Option<Dealt> {
    Some(Dealt {
        at: Moment::new(at?, Reading::Clock, now),
        by: by.unwrap_or("Somebody").to_owned(),
    })
}

fn evidence(run: &RunView, now: Timestamp) -> Option<Evidence> {
    let seen = run.evidence.as_ref()?;
    let http = |link: &&String| link.starts_with("https://") || link.starts_with("http://");
    Some(Evidence {
        by: seen.by.clone(),
        at: Moment::new(seen.at, Reading::Clock, now),
        note: seen.note.clone(),
        link: seen.link.as_ref().filter(http).cloned(),
        digest: seen.digest.clone(),
    })
}

/// The raw context, for the diagnostics only.
fn context_text(run: &RunView) -> Option<String> {
    if run.context.is_empty() {
        return None;
    }
    serde_json::to_string_pretty(&run.context).ok()
}
