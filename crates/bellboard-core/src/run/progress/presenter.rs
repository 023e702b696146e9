//! The one presenter: facts and the time in, the words that every surface shows out.

use super::stored::Stored;
use super::{Mode, Parts, Phase, Progress, ProgressFacts};
use crate::run::liveness::{Liveness, liveness};
use crate::run::{CountKey, Outcome, Status};
use crate::text::{capital_first, grouped, small_first};
use crate::time::{Timestamp, elapsed_words, interval_words};

/// How far the run is at `now`.
pub fn progress(facts: &ProgressFacts<'_>, now: Timestamp) -> Progress {
    let said = Stored::read(facts.progress);
    if facts.status == Status::Completed {
        return ended(facts, &said, now);
    }
    if let Some(title) = facts.waiting_for {
        return waiting(title, facts, &said, now);
    }
    if facts.waits_for_worker && facts.status == Status::Running {
        return left(facts, &said, now);
    }
    let moving = moving(facts, &said, now);
    if liveness(&facts.signs, &facts.policy, now) == Liveness::Stale {
        return silent(facts, &moving, &said, now);
    }
    moving
}

/// A run that nobody would doubt, by the best evidence there is.
fn moving(facts: &ProgressFacts<'_>, said: &Stored<'_>, now: Timestamp) -> Progress {
    if let Some(phase) = said.phase(facts.phases) {
        let detail = [counted_words(facts, said).map(sentence), said.message()];
        return Progress {
            phase: Some(phase.clone()),
            ..bare(Mode::Phased, phase_words(&phase), detail, now)
        };
    }
    if let Some(parts) = said.parts() {
        return Progress {
            parts: Some(parts),
            ..bare(Mode::Composite, parts_words(&parts), [said.message()], now)
        };
    }
    if facts.status == Status::Queued {
        return bare(Mode::Activity, "Queued".to_owned(), [said.message()], now);
    }
    by_counts(facts, said, now)
}

/// A running run by its counts; without any it is merely active.
fn by_counts(facts: &ProgressFacts<'_>, said: &Stored<'_>, now: Timestamp) -> Progress {
    let unit = said.unit();
    let grew = said.total_grew().map(|grew| {
        sentence(format!(
            "The total grew from {} at {}",
            grouped(grew.from),
            grew.at.hour_and_minute()
        ))
    });
    match (facts.counts.get(CountKey::Processed), total(facts)) {
        (Some(processed), Some(total)) if processed <= total => {
            let words = counted_words(facts, said).unwrap_or_default();
            let label = if processed == total {
                format!("{words}, finishing")
            } else {
                words
            };
            Progress {
                processed: Some(processed),
                total: Some(total),
                unit: Some(unit),
                ..bare(Mode::Counted, label, [grew, said.message()], now)
            }
        }
        (Some(processed), Some(total)) => {
            let label = format!(
                "{} of {} {unit}, more than expected",
                grouped(processed),
                grouped(total)
            );
            Progress {
                processed: Some(processed),
                unit: Some(unit),
                ..bare(Mode::Activity, label, [grew, said.message()], now)
            }
        }
        (Some(processed), None) => {
            let label = format!("{} {unit} so far", grouped(processed));
            let unknown = "The source does not say how many there are.".to_owned();
            Progress {
                processed: Some(processed),
                unit: Some(unit),
                ..bare(Mode::Activity, label, [Some(unknown), said.message()], now)
            }
        }
        (None, _) => {
            let ago = elapsed_words(facts.signs.silence(now));
            let heard = sentence(format!("Last sign of life {ago} ago"));
            bare(
                Mode::Activity,
                "Working".to_owned(),
                [Some(heard), said.message()],
                now,
            )
        }
    }
}

/// A run that asked a person: how far it had come is known, and that it does not move is nobody's fault.
fn waiting(title: &str, facts: &ProgressFacts<'_>, said: &Stored<'_>, now: Timestamp) -> Progress {
    bare(
        Mode::None,
        format!("Waiting for a person: {title}"),
        [counted_words(facts, said).map(sentence), said.message()],
        now,
    )
}

/// A run that a worker began and lost: how far it had come is known, and that nobody works on it.
fn left(facts: &ProgressFacts<'_>, said: &Stored<'_>, now: Timestamp) -> Progress {
    let so_far = counted_words(facts, said)
        .map(|counted| sentence(format!("{counted}, when its worker stopped answering")));
    bare(
        Mode::None,
        "Waiting for a worker again".to_owned(),
        [so_far, said.message()],
        now,
    )
}

/// A run that fell silent: whatever its counts say, nobody knows whether it still moves.
fn silent(
    facts: &ProgressFacts<'_>,
    moving: &Progress,
    said: &Stored<'_>,
    now: Timestamp,
) -> Progress {
    let silence = elapsed_words(facts.signs.silence(now));
    let patience = interval_words(facts.policy.patience(&facts.signs));
    let (label, expected) = match (facts.status, facts.signs.heartbeat_interval) {
        (Status::Queued, _) => (
            format!("Queued for {silence}"),
            format!("Expected to start within {patience}"),
        ),
        (_, Some(interval)) => (
            format!("No sign of life for {silence}"),
            format!("Expected every {}", interval_words(interval)),
        ),
        (_, None) => (
            format!("No sign of life for {silence}"),
            format!("Expected at least every {patience}"),
        ),
    };
    let heard_at = facts.signs.last_heard_at().hour_and_minute();
    let heard = match moving.label.as_str() {
        "Queued" => None,
        "Working" => Some(format!("Last heard of at {heard_at}")),
        words => Some(format!("Last heard of at {heard_at}: {words}")),
    };
    Progress {
        stale: true,
        guidance: Some(format!("{label}. {expected}.")),
        ..bare(
            Mode::Activity,
            label,
            [heard.map(sentence), said.message()],
            now,
        )
    }
}

/// A completed run: the outcome, and how far it came.
fn ended(facts: &ProgressFacts<'_>, said: &Stored<'_>, now: Timestamp) -> Progress {
    let label = match facts.outcome {
        _ if facts.lost => "Lost",
        Some(Outcome::Succeeded) => "Finished",
        Some(Outcome::PartiallySucceeded) => "Finished with follow-up",
        Some(Outcome::Blocked) => "Blocked",
        Some(Outcome::Failed) | None => "Failed",
        Some(Outcome::Cancelled) => "Cancelled",
    };
    bare(
        Mode::None,
        label.to_owned(),
        [counted_words(facts, said).map(sentence), said.message()],
        now,
    )
}

/// A progress with nothing but its words.
fn bare<const N: usize>(
    mode: Mode,
    label: String,
    details: [Option<String>; N],
    now: Timestamp,
) -> Progress {
    let details: Vec<String> = details.into_iter().flatten().collect();
    Progress {
        mode,
        label,
        processed: None,
        total: None,
        unit: None,
        phase: None,
        parts: None,
        detail: (!details.is_empty()).then(|| details.join(" ")),
        stale: false,
        guidance: None,
        as_of: now,
    }
}

/// A total that can be counted towards; 0 means that nobody knows it yet.
fn total(facts: &ProgressFacts<'_>) -> Option<u64> {
    facts.counts.get(CountKey::Total).filter(|total| *total > 0)
}

/// "214 of 512 policies", where both are known and agree.
fn counted_words(facts: &ProgressFacts<'_>, said: &Stored<'_>) -> Option<String> {
    let processed = facts.counts.get(CountKey::Processed)?;
    let total = total(facts).filter(|total| processed <= *total)?;
    Some(format!(
        "{} of {} {}",
        grouped(processed),
        grouped(total),
        said.unit()
    ))
}

/// "Phase 2 of 4: collecting evidence", or the bare label when nobody declared the order.
fn phase_words(phase: &Phase) -> String {
    match (phase.number, phase.of) {
        (Some(number), Some(of)) => {
            format!("Phase {number} of {of}: {}", small_first(&phase.label))
        }
        (Some(number), None) => format!("Phase {number}: {}", small_first(&phase.label)),
        (None, _) => capital_first(&phase.label),
    }
}

/// "2 finished, 1 needs a look, 4 running, 2 waiting": states without a part are left out.
fn parts_words(parts: &Parts) -> String {
    let needs = if parts.follow_up == 1 {
        "needs a look"
    } else {
        "need a look"
    };
    [
        (parts.succeeded, "finished"),
        (parts.failed, "failed"),
        (parts.follow_up, needs),
        (parts.running, "running"),
        (parts.waiting, "waiting"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", grouped(count)))
    .collect::<Vec<_>>()
    .join(", ")
}

fn sentence(words: String) -> String {
    words + "."
}
