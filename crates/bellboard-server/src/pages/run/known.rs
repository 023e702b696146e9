//! "What is known" of a run: who asked, since when, on whose word, and who will hear of its end.

use askama::Template;
use bellboard_core::run::identity::IdentityMode;
use bellboard_core::run::{Grade, Status};
use bellboard_core::text::operator_safe;
use bellboard_core::time::{Timestamp, elapsed_words};
use bellboard_hub::run::{RunEventView, RunView};
use serde_json::Value;

use super::{RunFacts, Watch};
use crate::pages::moment::{Moment, Reading};
use crate::pages::rows::span_of;

/// The card of facts.
#[derive(Debug, Template)]
#[template(path = "run_known.html")]
pub struct Known {
    id: String,
    asked_by: String,
    created: Moment,
    target: Option<String>,
    trigger: Option<String>,
    waited: Option<String>,
    span: Span,
    last_sign: Option<Moment>,
    promised: Option<String>,
    this_phase: Option<Moment>,
    worker: Option<String>,
    offered: bool,
    grade: Option<(&'static str, &'static str)>,
    evidence: Option<Evidence>,
    dealt: Option<Dealt>,
    cancel_asked: Option<Dealt>,
    will_tell: Option<String>,
    starting: &'static str,
    run_type: String,
    command: String,
}

impl askama::filters::HtmlSafe for Known {}

/// How long it has been at it: ticking while it is, a figure when it has ended.
#[derive(Debug)]
enum Span {
    Waiting(Moment),
    Running(Moment),
    Took { words: String, ended: Moment },
}

/// Who did something and when.
#[derive(Debug)]
pub struct Dealt {
    /// Their name at that moment.
    pub by: String,
    /// When.
    pub at: Moment,
}

#[derive(Debug)]
struct Evidence {
    by: String,
    at: Moment,
    note: Option<String>,
    link: Option<String>,
    digest: Option<String>,
}

impl Known {
    /// The facts of this run.
    pub fn new(facts: &RunFacts<'_>) -> Self {
        let RunFacts { run, now, .. } = *facts;
        let active = run.status != Status::Completed;
        Self {
            id: run.id.to_string(),
            asked_by: run.initiator_name.clone(),
            created: Moment::new(run.created_at, Reading::Clock, now),
            target: said(run, "target"),
            trigger: said(run, "trigger"),
            waited: waited(run),
            span: span(run, now),
            last_sign: (run.status == Status::Running)
                .then(|| Moment::new(run.last_seen_at, Reading::Ago, now)),
            promised: run
                .heartbeat_seconds
                .filter(|_| active)
                .map(|seconds| elapsed_words(std::time::Duration::from_secs(seconds))),
            this_phase: this_phase(run, facts.events, now),
            worker: run.claimed_by.clone(),
            offered: run.claimable && active && run.claimed_by.is_none(),
            grade: run.grade.map(grade_words),
            evidence: evidence(run, now),
            dealt: Dealt::new(run.acknowledged_at, run.acknowledged_by.as_deref(), now),
            cancel_asked: Dealt::new(
                run.cancel_requested_at,
                run.cancel_requested_by.as_deref(),
                now,
            ),
            will_tell: active
                .then(|| will_tell(run, facts.watch))
                .filter(|words| !words.is_empty()),
            starting: starting_words(run.identity_mode),
            run_type: run.run_type.as_str().to_owned(),
            command: format!(
                "bellboard runs {} {}",
                if active { "watch" } else { "show" },
                run.id
            ),
        }
    }
}

impl Dealt {
    /// Who and when, if anybody did.
    pub fn new(at: Option<Timestamp>, by: Option<&str>, now: Timestamp) -> Option<Self> {
        Some(Self {
            at: Moment::new(at?, Reading::Clock, now),
            by: by.unwrap_or("Somebody").to_owned(),
        })
    }
}

fn span(run: &RunView, now: Timestamp) -> Span {
    match (run.completed_at, run.started_at) {
        (Some(ended), _) => Span::Took {
            words: elapsed_words(span_of(run, now)),
            ended: Moment::new(ended, Reading::Clock, now),
        },
        (None, Some(started)) => Span::Running(Moment::new(started, Reading::Age, now)),
        (None, None) => Span::Waiting(Moment::new(run.created_at, Reading::Age, now)),
    }
}

/// How long a run stood in line, when that was long enough to matter.
fn waited(run: &RunView) -> Option<String> {
    let wait = run.started_at?.saturating_since(run.created_at);
    (wait.as_secs() > 0).then(|| elapsed_words(wait))
}

/// A plain word of the context, as far as it may stand in a label.
fn said(run: &RunView, key: &str) -> Option<String> {
    const CHARACTERS_AT_MOST: usize = 200;
    let text = run.context.get(key).and_then(Value::as_str)?;
    (text.chars().count() <= CHARACTERS_AT_MOST)
        .then(|| operator_safe(text))
        .flatten()
}

/// Since when the phase goes on that the presenter names.
fn this_phase(run: &RunView, events: &[RunEventView], now: Timestamp) -> Option<Moment> {
    run.progress.phase.as_ref()?;
    let entered = events.iter().find(|event| event.kind == "phase")?;
    Some(Moment::new(entered.at, Reading::Age, now))
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

/// Who hears of the end, once; nothing when nobody is known to.
fn will_tell(run: &RunView, watch: Watch) -> String {
    let initiator = run.initiator_id.map(|_| run.initiator_name.as_str());
    match (initiator, watch) {
        (_, Watch::Asked) | (None, Watch::On) => "You, once, when it ends".to_owned(),
        (Some(name), Watch::On) => format!("{name} and you, once, when it ends"),
        (Some(name), Watch::Off) => format!("{name}, once, when it ends"),
        (None, Watch::Off) => String::new(),
    }
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
