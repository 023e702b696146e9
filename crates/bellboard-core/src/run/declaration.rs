//! What is declared about a run type: how it reads, who may start it, its phases, how long silence is normal, and what
//! becomes of its failures. A run carries the declaration that held when it was started.

use std::time::Duration;

use super::RunType;
use super::liveness::LivenessPolicy;
use super::progress::PhaseStep;
use crate::membership::Capability;

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What people read.
    pub label: String,
    /// What a member must be allowed to do in order to start one.
    pub capability: Capability,
    /// The phases in order; empty when none are declared.
    pub phases: Vec<PhaseStep>,
    /// How long silence is normal.
    pub policy: LivenessPolicy,
    /// Whether a person must look at every failure; otherwise a later success of the same target settles it.
    pub manual_review: bool,
    /// How long a completed run is kept.
    pub retention: Duration,
}

/// A completed run is kept this long unless its type says otherwise.
pub const RETENTION: Duration = Duration::from_hours(90 * 24);

/// The types that Bellboard itself knows, by name.
pub const BUILT_IN: [&str; 7] = [
    "baseline.capture",
    "baseline.compare",
    "composition",
    "external.production",
    "render.production",
    "shape.production",
    "tenant.review.compose",
];

impl Declaration {
    /// What holds for a type that nobody declared: it works, and a person looks at its failures.
    pub fn of_unknown(run_type: &RunType) -> Self {
        Self {
            label: run_type.label(),
            capability: Capability::StartRuns,
            phases: Vec::new(),
            policy: LivenessPolicy::default(),
            manual_review: true,
            retention: RETENTION,
        }
    }

    /// The declaration of a type that Bellboard itself knows.
    pub fn built_in(run_type: &RunType) -> Option<Self> {
        let phases: &[(&str, &str)] = match run_type.as_str() {
            "baseline.capture" => &CAPTURE,
            "baseline.compare" => &COMPARE,
            "tenant.review.compose"
            | "shape.production"
            | "render.production"
            | "composition"
            | "external.production" => &[],
            _ => return None,
        };
        Some(Self {
            phases: phases.iter().map(step).collect(),
            manual_review: run_type.as_str() == "external.production",
            ..Self::of_unknown(run_type)
        })
    }

    /// The limit of silence that the type declares for itself: then it is one and the same with and without signs of
    /// life. `None` where the general two hold.
    pub fn declared_silence(&self) -> Option<Duration> {
        let general = LivenessPolicy::default();
        let declared = self.policy.silent_after_never != general.silent_after_never
            || self.policy.silent_after_heartbeat != general.silent_after_heartbeat;
        declared.then_some(self.policy.silent_after_heartbeat)
    }

    /// The built-in declaration, or what holds for an unknown type.
    pub fn known_or_general(run_type: &RunType) -> Self {
        Self::built_in(run_type).unwrap_or_else(|| Self::of_unknown(run_type))
    }
}

const CAPTURE: [(&str, &str); 3] = [
    ("preparing", "Preparing baseline capture"),
    ("processing", "Capturing evidence"),
    ("persisting", "Saving baseline"),
];

const COMPARE: [(&str, &str); 3] = [
    ("preparing", "Preparing comparison"),
    ("processing", "Comparing evidence"),
    ("persisting", "Saving comparison"),
];

fn step((key, label): &(&str, &str)) -> PhaseStep {
    PhaseStep {
        key: (*key).to_owned(),
        label: (*label).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str) -> Declaration {
        Declaration::known_or_general(&name.parse().unwrap())
    }

    #[test]
    fn built_in_types_repeat_and_unknown_ones_wait_for_a_person() {
        assert!(!declared("baseline.capture").manual_review);
        assert!(!declared("tenant.review.compose").manual_review);
        assert!(declared("external.production").manual_review);
        assert!(declared("nightly.sync").manual_review);
    }

    #[test]
    fn the_baselines_declare_their_three_phases() {
        let keys = |name: &str| -> Vec<String> {
            declared(name)
                .phases
                .into_iter()
                .map(|phase| phase.key)
                .collect()
        };
        assert_eq!(
            keys("baseline.capture"),
            ["preparing", "processing", "persisting"]
        );
        assert_eq!(
            keys("baseline.compare"),
            ["preparing", "processing", "persisting"]
        );
        assert!(keys("nightly.sync").is_empty());
    }

    #[test]
    fn the_types_that_are_known_are_those_with_a_declaration() {
        assert!(BUILT_IN.is_sorted());
        for name in BUILT_IN {
            assert!(
                Declaration::built_in(&name.parse().unwrap()).is_some(),
                "{name}"
            );
        }
    }

    #[test]
    fn a_completed_run_is_kept_ninety_days() {
        assert_eq!(
            declared("composition").retention,
            Duration::from_hours(90 * 24)
        );
    }
}
