//! The one picture of progress, used by every page. It adds nothing to what core's presenter claims: it only chooses
//! the HTML that fits the mode. No spinner, no percentage; a bar only for counted work.

use std::cmp::Ordering;

use askama::Template;
use bellboard_core::run::progress::{Mode, Parts, Phase, Progress};
use bellboard_core::time::Timestamp;

use super::moment::{Moment, Reading, seconds_iso};
use super::tag::EngagementTag;
use super::words::Emphasis;

/// How much room the picture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// One row among many: a sentence and at most a bar or marks.
    Row,
    /// The run's own page: phases as steps, the worker's own words.
    Page,
}

/// What the picture shows above its sentence.
#[derive(Debug)]
enum Figure {
    Nothing,
    /// Ticks for the signs of life the browser itself has seen arrive; the server draws none.
    Beats {
        last_seen: String,
        silent: bool,
    },
    Bar {
        value: u64,
        max: u64,
    },
    Steps(Vec<Step>),
    Marks(Vec<PartMark>),
}

impl Figure {
    fn steps(steps: Vec<Step>) -> Self {
        if steps.is_empty() {
            Self::Nothing
        } else {
            Self::Steps(steps)
        }
    }

    fn marks(marks: Vec<PartMark>) -> Self {
        if marks.is_empty() {
            Self::Nothing
        } else {
            Self::Marks(marks)
        }
    }
}

#[derive(Debug)]
struct Step {
    label: String,
    state: StepState,
}

#[derive(Debug, PartialEq, Eq)]
enum StepState {
    Done,
    Current,
    Ahead,
}

/// Where the engagement's tag stands: on the line that has room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TagPlace {
    Figure,
    Text,
    Detail,
}

/// One small shape for one part of a composite run.
#[derive(Clone, Copy, Debug)]
struct PartMark {
    icon: &'static str,
    class: &'static str,
}

/// More parts than this are told by the sentence alone.
const MARKS_AT_MOST: u64 = 24;

/// More phases than this are told by the sentence alone.
const STEPS_AT_MOST: usize = 12;

/// A run's progress, ready for the template.
#[derive(Debug, Template)]
#[template(path = "progress.html")]
pub struct ProgressCell {
    name: String,
    figure: Figure,
    /// The presenter's words.
    label: String,
    text: Emphasis,
    last_sign: Option<Moment>,
    guidance: Option<Emphasis>,
    detail: Option<String>,
    engagement: Option<EngagementTag>,
}

impl askama::filters::HtmlSafe for ProgressCell {}

/// A tag, or nothing.
struct TagHere<'a>(Option<&'a EngagementTag>);

impl std::fmt::Display for TagHere<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(tag) => tag.fmt(out),
            None => Ok(()),
        }
    }
}

impl askama::filters::HtmlSafe for TagHere<'_> {}

/// What a picture of progress needs beside the presenter's answer.
pub struct ProgressScene<'a> {
    /// The run's label; it names the bar for a screen reader.
    pub name: &'a str,
    /// The last sign of life of a run that is at work.
    pub last_seen: Option<Timestamp>,
    /// How much room there is.
    pub room: Room,
    /// Shown at the end of the sentence where rows of several engagements stand together.
    pub engagement: Option<EngagementTag>,
    /// The time of the page.
    pub now: Timestamp,
}

impl ProgressCell {
    /// The picture of `progress`.
    pub fn new(progress: &Progress, scene: ProgressScene<'_>) -> Self {
        let detail = progress.detail.as_deref().unwrap_or_default();
        let last_sign = scene
            .last_seen
            .filter(|_| detail.starts_with(LIFE))
            .map(|at| Moment::new(at, Reading::Ago, scene.now));
        Self {
            name: scene.name.to_owned(),
            figure: figure(progress, &scene),
            label: progress.label.clone(),
            text: emphasised(progress),
            detail: match last_sign {
                Some(_) => detail_beside_life(detail),
                None => progress.detail.clone(),
            },
            last_sign,
            guidance: progress.guidance.as_deref().map(Emphasis::first_sentence),
            engagement: scene.engagement,
        }
    }
}

impl ProgressCell {
    fn tag_at(&self, place: TagPlace) -> TagHere<'_> {
        let room = match (&self.figure, &self.detail) {
            (Figure::Marks(_), _) => TagPlace::Figure,
            (_, Some(_)) => TagPlace::Detail,
            (_, None) => TagPlace::Text,
        };
        TagHere(self.engagement.as_ref().filter(|_| room == place))
    }
}

/// The presenter's sentence about life, which the page replaces by one that ticks.
const LIFE: &str = "Last sign of life ";

/// What is said below the label, without the sentence that the page itself keeps fresh.
fn detail_beside_life(detail: &str) -> Option<String> {
    let rest = if detail.starts_with(LIFE) {
        detail.split_once(". ").map_or("", |(_, rest)| rest)
    } else {
        detail
    };
    (!rest.is_empty()).then(|| rest.to_owned())
}

fn emphasised(progress: &Progress) -> Emphasis {
    match progress.mode {
        Mode::Counted | Mode::Activity => Emphasis::first_figure(&progress.label),
        Mode::Phased => Emphasis::after_colon(&progress.label),
        Mode::Composite => Emphasis::every_figure(&progress.label),
        Mode::None => Emphasis::none(&progress.label),
    }
}

fn figure(progress: &Progress, scene: &ProgressScene<'_>) -> Figure {
    match progress.mode {
        Mode::None => Figure::Nothing,
        Mode::Activity => match scene.last_seen {
            Some(at) => Figure::Beats {
                last_seen: seconds_iso(at),
                silent: progress.stale,
            },
            None => Figure::Nothing,
        },
        Mode::Counted => match (progress.processed, progress.total) {
            (Some(value), Some(max)) => Figure::Bar { value, max },
            _ => Figure::Nothing,
        },
        Mode::Phased => match (&progress.phase, scene.room) {
            (Some(phase), Room::Page) => Figure::steps(steps(phase)),
            _ => Figure::Nothing,
        },
        Mode::Composite => progress
            .parts
            .as_ref()
            .map_or(Figure::Nothing, |parts| Figure::marks(marks(parts))),
    }
}

/// The phases in order: by name where the type declares them, else by number, else none.
fn steps(phase: &Phase) -> Vec<Step> {
    let current = phase
        .steps
        .iter()
        .position(|step| step.key == phase.key)
        .or_else(|| usize::try_from(phase.number?).ok()?.checked_sub(1));
    let Some(current) = current else {
        return Vec::new();
    };
    let of = phase
        .of
        .and_then(|of| usize::try_from(of).ok())
        .unwrap_or(0);
    let count = phase.steps.len().max(of).min(STEPS_AT_MOST);
    (0..count)
        .map(|index| Step {
            label: match phase.steps.get(index) {
                Some(step) => step.label.clone(),
                None if index == current => phase.label.clone(),
                None => (index + 1).to_string(),
            },
            state: match index.cmp(&current) {
                Ordering::Less => StepState::Done,
                Ordering::Equal => StepState::Current,
                Ordering::Greater => StepState::Ahead,
            },
        })
        .collect()
}

/// One shape per part, in the order of the sentence; none when there are too many to be taken in.
fn marks(parts: &Parts) -> Vec<PartMark> {
    let kinds = [
        (parts.succeeded, "s-ok", "ok"),
        (parts.failed, "s-bad", "bad"),
        (parts.follow_up, "s-flag", "you"),
        (parts.running, "s-run", "run"),
        (parts.waiting, "s-wait", "wait"),
    ];
    let total = kinds
        .iter()
        .fold(0_u64, |sum, (count, ..)| sum.saturating_add(*count));
    if total > MARKS_AT_MOST {
        return Vec::new();
    }
    kinds
        .into_iter()
        .flat_map(|(count, icon, class)| (0..count).map(move |_| PartMark { icon, class }))
        .collect()
}

#[cfg(test)]
mod tests;
