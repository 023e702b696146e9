//! From the hub's views to the rows of home, the runs list and the strip.

use std::time::Duration;

use bellboard_core::run::liveness::Liveness;
use bellboard_core::run::{CountKey, Outcome, Status};
use bellboard_core::text::{grouped, humanise};
use bellboard_core::time::{Timestamp, elapsed_words};
use bellboard_hub::home::{ActiveItem, NeedsYouItem, RecentItem};
use bellboard_hub::run::RunView;

use super::mark::{Mark, MarkFacts, WaitsFor, mark};
use super::moment::{Moment, Reading};
use super::progress::{ProgressCell, ProgressScene, Room};
use super::strip::Chip;
use super::tag::EngagementTag;
use super::zones::{ActiveRow, NeedRow, RecentRow};

/// The page of a run.
pub fn run_url(id: impl std::fmt::Display) -> String {
    format!("/ui/runs/{id}")
}

/// The form that marks a run's follow-up as done.
pub fn acknowledge_url(id: impl std::fmt::Display) -> String {
    format!("/ui/runs/{id}/acknowledge")
}

/// The state of a run at a glance.
pub fn mark_of(run: &RunView) -> Mark {
    mark(MarkFacts {
        status: run.status,
        outcome: run.outcome,
        lost: run.lost(),
        silent: run.progress.stale,
        waits_for: waits_for(run),
    })
}

fn waits_for(run: &RunView) -> WaitsFor {
    if run.liveness == Liveness::Waiting {
        return WaitsFor::Person;
    }
    if run.item_kind == "external_polling" {
        return WaitsFor::Outside;
    }
    WaitsFor::Nobody
}

/// The run as the title of a document: its state and its label.
pub fn title_of(run: &RunView) -> String {
    let follow_up = run.outcome == Some(Outcome::PartiallySucceeded) && run.needs_a_look();
    let word = if follow_up {
        "Follow-up"
    } else {
        mark_of(run).word
    };
    format!("{word}: {}", run.label)
}

/// In how many milliseconds a page with this run should look again although nobody may have said anything: the run
/// falls silent then.
pub fn look_in(run: &RunView, now: Timestamp) -> Option<u64> {
    let wait = run
        .fresh_until()
        .filter(|_| !run.progress.stale)?
        .saturating_since(now);
    u64::try_from(wait.as_millis()).ok().map(|wait| wait + 1)
}

/// How long a run has been at it, or was.
pub fn span_of(run: &RunView, now: Timestamp) -> Duration {
    let began = run.started_at.unwrap_or(run.created_at);
    run.completed_at.unwrap_or(now).saturating_since(began)
}

/// One measured fact about an ended run: what it counted, else the first thing that went wrong.
pub fn fact_of(run: &RunView) -> Option<String> {
    let failed = run
        .outcome
        .is_some_and(|outcome| outcome != Outcome::Succeeded);
    let words = run.failures.as_slice().first();
    match words {
        Some(failure) if failed => Some(failure.message.to_string()),
        _ => counted_fact(run),
    }
}

fn counted_fact(run: &RunView) -> Option<String> {
    let processed = run.summary_counts.get(CountKey::Processed)?;
    let unit = run
        .context
        .get("progress")
        .and_then(|progress| progress.get("unit"))
        .and_then(serde_json::Value::as_str)
        .and_then(bellboard_core::text::operator_safe)
        .unwrap_or_else(|| "items".to_owned());
    Some(format!("{} {unit}", grouped(processed)))
}

/// The page of an artifact.
pub fn artifact_url(id: impl std::fmt::Display) -> String {
    format!("/ui/artifacts/{id}")
}

/// Something that was made.
const MADE: Mark = Mark {
    icon: "s-ok",
    hue: "green",
    word: "Made",
};

/// The page on which a need is looked at.
fn need_url(item: &NeedsYouItem) -> String {
    let looks_at = |verb| item.actions.iter().any(|action| action.verb == verb);
    if looks_at("get_artifact") {
        artifact_url(item.item_id)
    } else if looks_at("get_ask") {
        format!("/ui/asks/{}", item.item_id)
    } else if looks_at("get_task") {
        format!("/ui/tasks/{}", item.item_id)
    } else {
        run_url(item.item_id)
    }
}

/// What a need is called, and how it looks.
fn need_mark(kind: &str) -> Mark {
    let (icon, hue, word) = match kind {
        "external_failure" => ("plug", "red", "External failure"),
        "run_follow_up" => ("s-flag", "amber", "Follow-up"),
        "run_stale" => ("s-flag", "amber", "Silent"),
        "ask" => ("s-flag", "amber", "Question"),
        "task_needs_human" => ("s-flag", "amber", "Help"),
        _ => ("s-flag", "amber", "Decision"),
    };
    Mark { icon, hue, word }
}

/// A row of "Needs you".
pub fn need_row(item: &NeedsYouItem, now: Timestamp) -> NeedRow {
    NeedRow {
        id: item.item_id.to_string(),
        mark: need_mark(&item.item_kind),
        title: if item.item_kind == "run_follow_up" {
            format!("Follow-up: {}", item.item_label)
        } else {
            item.item_label.clone()
        },
        url: need_url(item),
        engagement: EngagementTag::new(&item.engagement_name),
        why: (!item.detail.is_empty()).then(|| item.detail.clone()),
        age: Moment::new(item.created_at, Reading::Age, now),
    }
}

/// A row of "Active".
pub fn active_row(item: &ActiveItem, now: Timestamp) -> ActiveRow {
    let engagement = EngagementTag::new(&item.engagement_name);
    ActiveRow {
        id: item.item_id.to_string(),
        mark: mark_of(&item.run),
        name: item.item_label.clone(),
        url: run_url(item.item_id),
        age: Moment::new(item.started_at, Reading::Age, now),
        progress: cell(&item.run, Room::Row, Some(engagement), now),
    }
}

/// A run's progress in the room that there is.
pub fn cell(
    run: &RunView,
    room: Room,
    engagement: Option<EngagementTag>,
    now: Timestamp,
) -> ProgressCell {
    let scene = ProgressScene {
        name: &run.label,
        last_seen: (run.status == Status::Running).then_some(run.last_seen_at),
        room,
        engagement,
        now,
    };
    ProgressCell::new(&run.progress, scene)
}

/// A row of "Recent": a run that ended, or something that was made.
pub fn recent_row(item: &RecentItem, now: Timestamp) -> RecentRow {
    let run = item.run.as_ref();
    RecentRow {
        id: item.artifact_id.to_string(),
        mark: run.map_or(MADE, mark_of),
        name: item.artifact_label.clone(),
        url: run.map_or_else(
            || artifact_url(item.artifact_id),
            |_| run_url(item.artifact_id),
        ),
        engagement: EngagementTag::new(&item.engagement_name),
        fact: match run {
            Some(run) => fact_of(run),
            None => Some(humanise(&item.artifact_kind)),
        },
        ended: Moment::new(item.completed_at, Reading::Clock, now),
        took: run
            .filter(|run| run.started_at.is_some())
            .map(|run| elapsed_words(span_of(run, now))),
    }
}

/// What waits, as a chip of the strip.
pub fn need_chip(item: &NeedsYouItem) -> Chip {
    let outside = item.item_kind == "external_failure";
    Chip {
        mark: Mark {
            icon: if outside { "plug" } else { "s-flag" },
            hue: "",
            word: "",
        },
        tone: if outside { "bad" } else { "you" },
        name: item.item_label.clone(),
        url: need_url(item),
        words: "needs a look".to_owned(),
        bar: None,
    }
}

/// What is at work, as a chip of the strip.
pub fn active_chip(item: &ActiveItem) -> Chip {
    let progress = &item.run.progress;
    Chip {
        mark: mark_of(&item.run),
        tone: "",
        name: item.item_label.clone(),
        url: run_url(item.item_id),
        words: progress.label.clone(),
        bar: progress.processed.zip(progress.total),
    }
}

/// What has just ended and needs nobody, as a chip of the strip.
pub fn ended_chip(item: &RecentItem) -> Option<Chip> {
    let mark = mark_of(item.run.as_ref()?);
    Some(Chip {
        mark: Mark { hue: "", ..mark },
        tone: if mark.hue == "green" { "ok" } else { "" },
        name: item.artifact_label.clone(),
        url: run_url(item.artifact_id),
        words: mark.word.to_lowercase(),
        bar: None,
    })
}
