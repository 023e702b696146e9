//! Whether a run still shows signs of life. Derived from times, never stored, and here only.
//!
//! A run that falls silent stays what it was: only the hub's own loop completes it, for one of the reasons below, and
//! only then it is called lost.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Status;
use crate::time::Timestamp;

/// What the times say about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// Heard of within the expected time.
    Fresh,
    /// Silent for too long: it may be dead, nobody knows.
    Stale,
    /// It asked a person and waits for the answer; its silence says nothing.
    Waiting,
    /// Completed by the hub, because nothing was heard any more.
    Lost,
    /// Completed by its reporter.
    Finished,
}

impl Liveness {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Waiting => "waiting",
            Self::Lost => "lost",
            Self::Finished => "finished",
        }
    }
}

/// How long silence is normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LivenessPolicy {
    /// A queued run is stale after this.
    pub queued_stale_after: Duration,
    /// A running run that has ever sent a heartbeat is stale after this without another.
    pub silent_after_heartbeat: Duration,
    /// A running run that never sent one is stale after this.
    pub silent_after_never: Duration,
    /// The hub completes a run as lost after this.
    pub abandon_after: Duration,
}

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// How many beats may be missed.
pub const MISSED_BEATS: u32 = 3;

impl Default for LivenessPolicy {
    fn default() -> Self {
        Self {
            queued_stale_after: 15 * MINUTE,
            silent_after_heartbeat: 10 * MINUTE,
            silent_after_never: 6 * HOUR,
            abandon_after: 24 * HOUR,
        }
    }
}

impl LivenessPolicy {
    /// For a reporter that promised a beat every `interval`: stale after three missed beats, lost after three beats but
    /// not before two minutes.
    #[must_use]
    pub fn with_heartbeat(self, interval: Duration) -> Self {
        let missed = interval.saturating_mul(MISSED_BEATS);
        Self {
            silent_after_heartbeat: missed,
            silent_after_never: missed,
            abandon_after: missed.max(2 * MINUTE),
            ..self
        }
    }

    /// The policy for this very run: a promised interval goes before the general figures once the run has begun.
    fn of(self, signs: &SignsOfLife) -> Self {
        match signs.heartbeat_interval {
            Some(interval) if signs.status == Status::Running => self.with_heartbeat(interval),
            _ => self,
        }
    }

    /// How long this run may be silent before it is stale.
    pub fn patience(&self, signs: &SignsOfLife) -> Duration {
        let policy = self.of(signs);
        match signs.status {
            Status::Queued => policy.queued_stale_after,
            _ if signs.ever_heartbeat => policy.silent_after_heartbeat,
            _ => policy.silent_after_never,
        }
    }
}

/// The stored times of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignsOfLife {
    /// Where the run is.
    pub status: Status,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was last heard of.
    pub last_seen_at: Option<Timestamp>,
    /// How often its reporter promised to be heard.
    pub heartbeat_interval: Option<Duration>,
    /// Whether anything was ever heard after the start.
    pub ever_heartbeat: bool,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// Whether the hub ended it.
    pub lost: bool,
    /// Whether an ask of it waits for a person.
    pub waits_for_person: bool,
}

impl SignsOfLife {
    /// The last moment at which the run is known to have been alive.
    pub fn last_heard_at(&self) -> Timestamp {
        let heard = [self.started_at, self.last_seen_at];
        heard
            .into_iter()
            .flatten()
            .fold(self.created_at, Timestamp::max)
    }

    /// How long nothing was heard. A queued run is silent since it was asked for.
    pub fn silence(&self, now: Timestamp) -> Duration {
        now.saturating_since(self.last_heard_at())
    }
}

/// What the times say at `now`.
pub fn liveness(signs: &SignsOfLife, policy: &LivenessPolicy, now: Timestamp) -> Liveness {
    match signs.status {
        Status::Completed if signs.lost => Liveness::Lost,
        Status::Completed => Liveness::Finished,
        _ if signs.waits_for_person => Liveness::Waiting,
        _ if signs.silence(now) > policy.patience(signs) => Liveness::Stale,
        _ => Liveness::Fresh,
    }
}

/// Whether its silence is held against it: not when it has ended, and not while it waits for a person.
fn is_expected(signs: &SignsOfLife) -> bool {
    signs.status != Status::Completed && !signs.waits_for_person
}

/// The last moment at which the run is not yet stale, if nothing more is heard of it; none for one that has ended or waits
/// for a person.
pub fn fresh_until(signs: &SignsOfLife, policy: &LivenessPolicy) -> Option<Timestamp> {
    is_expected(signs).then(|| signs.last_heard_at() + policy.patience(signs))
}

/// The last moment at which the run is not yet given up, if nothing more is heard of it; none for one that has ended or
/// waits for a person.
pub fn kept_until(signs: &SignsOfLife, policy: &LivenessPolicy) -> Option<Timestamp> {
    is_expected(signs).then(|| signs.last_heard_at() + policy.of(signs).abandon_after)
}

/// Why the hub completed a run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LostReason {
    /// It waited in the queue and nobody took it.
    NeverStarted,
    /// It was running and fell silent.
    StoppedReporting,
    /// The machine it ran on is known to be gone.
    HostLost,
    /// It could not be handed over to a worker.
    DispatchFailed,
}

impl LostReason {
    /// The failure's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NeverStarted => "run.never_started",
            Self::StoppedReporting => "run.stopped_reporting",
            Self::HostLost => "run.host_lost",
            Self::DispatchFailed => "queue.dispatch_failed",
        }
    }

    /// The failure's message.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NeverStarted => "Never started",
            Self::StoppedReporting => "Stopped reporting",
            Self::HostLost => "Host was lost",
            Self::DispatchFailed => "Could not be queued",
        }
    }
}

/// Whether the hub has waited long enough to complete the run as lost, and why it would.
pub fn abandoned(
    signs: &SignsOfLife,
    policy: &LivenessPolicy,
    now: Timestamp,
) -> Option<LostReason> {
    if !is_expected(signs) || signs.silence(now) <= policy.of(signs).abandon_after {
        return None;
    }
    match signs.status {
        Status::Queued => Some(LostReason::NeverStarted),
        Status::Running => Some(LostReason::StoppedReporting),
        Status::Completed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn start() -> Timestamp {
        "2026-11-20T09:00:00Z".parse().unwrap()
    }

    fn signs(status: Status) -> SignsOfLife {
        SignsOfLife {
            status,
            created_at: start(),
            started_at: (status != Status::Queued).then(start),
            last_seen_at: None,
            heartbeat_interval: None,
            ever_heartbeat: false,
            completed_at: None,
            lost: false,
            waits_for_person: false,
        }
    }

    /// The last fresh and the first stale moment are one microsecond apart.
    fn turns_stale_after(signs: &SignsOfLife, span: Duration) {
        let policy = LivenessPolicy::default();
        let edge = signs.last_heard_at() + span;
        assert_eq!(fresh_until(signs, &policy), Some(edge), "{signs:?}");
        assert_eq!(liveness(signs, &policy, edge), Liveness::Fresh, "{signs:?}");
        assert_eq!(
            liveness(signs, &policy, edge + Duration::from_micros(1)),
            Liveness::Stale,
            "{signs:?}"
        );
    }

    fn is_abandoned_after(signs: &SignsOfLife, span: Duration, reason: LostReason) {
        let policy = LivenessPolicy::default();
        let edge = signs.last_heard_at() + span;
        assert_eq!(kept_until(signs, &policy), Some(edge), "{signs:?}");
        assert_eq!(abandoned(signs, &policy, edge), None, "{signs:?}");
        assert_eq!(
            abandoned(signs, &policy, edge + Duration::from_micros(1)),
            Some(reason),
            "{signs:?}"
        );
    }

    #[test]
    fn the_defaults_of_the_requirement_page() {
        let queued = signs(Status::Queued);
        let quiet = signs(Status::Running);
        let beating = SignsOfLife {
            ever_heartbeat: true,
            last_seen_at: Some(start() + HOUR),
            ..quiet
        };
        turns_stale_after(&queued, 15 * MINUTE);
        turns_stale_after(&quiet, 6 * HOUR);
        turns_stale_after(&beating, 10 * MINUTE);
        is_abandoned_after(&queued, 24 * HOUR, LostReason::NeverStarted);
        is_abandoned_after(&quiet, 24 * HOUR, LostReason::StoppedReporting);
        is_abandoned_after(&beating, 24 * HOUR, LostReason::StoppedReporting);
    }

    #[test]
    fn a_run_that_waits_for_a_person_is_neither_stale_nor_given_up() {
        let policy = LivenessPolicy::default();
        for status in [Status::Queued, Status::Running] {
            for heartbeat_interval in [None, Some(SECOND)] {
                let waiting = SignsOfLife {
                    heartbeat_interval,
                    waits_for_person: true,
                    ..signs(status)
                };
                let late = start() + 10_000 * HOUR;
                assert_eq!(liveness(&waiting, &policy, late), Liveness::Waiting);
                assert_eq!(abandoned(&waiting, &policy, late), None);
                assert_eq!(fresh_until(&waiting, &policy), None);
                assert_eq!(kept_until(&waiting, &policy), None);
            }
        }
        let ended = SignsOfLife {
            waits_for_person: true,
            ..signs(Status::Completed)
        };
        assert_eq!(liveness(&ended, &policy, start()), Liveness::Finished);
    }

    #[test]
    fn a_promised_interval_goes_before_the_general_figures() {
        let rows = [
            (5, 15, 120),
            (10, 30, 120),
            (30, 90, 120),
            (60, 180, 180),
            (600, 1_800, 1_800),
        ];
        for (interval, stale, abandon) in rows {
            for ever_heartbeat in [false, true] {
                let run = SignsOfLife {
                    heartbeat_interval: Some(interval * SECOND),
                    ever_heartbeat,
                    ..signs(Status::Running)
                };
                turns_stale_after(&run, stale * SECOND);
                is_abandoned_after(&run, abandon * SECOND, LostReason::StoppedReporting);
            }
        }
    }

    #[test]
    fn an_interval_says_nothing_about_the_queue() {
        let run = SignsOfLife {
            heartbeat_interval: Some(10 * SECOND),
            ..signs(Status::Queued)
        };
        turns_stale_after(&run, 15 * MINUTE);
        is_abandoned_after(&run, 24 * HOUR, LostReason::NeverStarted);
    }

    #[test]
    fn the_latest_sign_counts_in_whatever_order_they_are_stored() {
        let run = SignsOfLife {
            last_seen_at: Some(start() - HOUR),
            started_at: Some(start() + HOUR),
            ..signs(Status::Running)
        };
        assert_eq!(run.last_heard_at(), start() + HOUR);
        assert_eq!(
            run.silence(start()),
            Duration::ZERO,
            "a clock behind gives no silence"
        );
    }

    #[test]
    fn a_completed_run_is_neither_stale_nor_abandoned() {
        let policy = LivenessPolicy::default();
        let much_later = start() + 1_000 * HOUR;
        let finished = SignsOfLife {
            completed_at: Some(start()),
            ..signs(Status::Completed)
        };
        let lost = SignsOfLife {
            lost: true,
            ..finished
        };
        assert_eq!(liveness(&finished, &policy, much_later), Liveness::Finished);
        assert_eq!(liveness(&lost, &policy, much_later), Liveness::Lost);
        assert_eq!(abandoned(&finished, &policy, much_later), None);
        assert_eq!(abandoned(&lost, &policy, much_later), None);
        assert_eq!(fresh_until(&finished, &policy), None);
        assert_eq!(kept_until(&lost, &policy), None);
    }

    #[test]
    fn the_words_are_those_of_the_requirement_page() {
        use LostReason::{DispatchFailed, HostLost, NeverStarted, StoppedReporting};
        let words = [NeverStarted, StoppedReporting, HostLost, DispatchFailed]
            .map(|r| (r.code(), r.message()));
        assert_eq!(
            words,
            [
                ("run.never_started", "Never started"),
                ("run.stopped_reporting", "Stopped reporting"),
                ("run.host_lost", "Host was lost"),
                ("queue.dispatch_failed", "Could not be queued"),
            ]
        );
        for liveness in [
            Liveness::Fresh,
            Liveness::Stale,
            Liveness::Lost,
            Liveness::Finished,
        ] {
            assert_eq!(serde_json::to_value(liveness).unwrap(), liveness.as_str());
        }
    }

    #[test]
    fn an_absurd_interval_does_not_overflow() {
        let run = SignsOfLife {
            heartbeat_interval: Some(Duration::MAX),
            ..signs(Status::Running)
        };
        assert_eq!(
            liveness(&run, &LivenessPolicy::default(), Timestamp::MAX),
            Liveness::Fresh
        );
    }
}
