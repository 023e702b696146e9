//! The phases that built-in run types declare, with the words that people read for them.

use crate::run::RunType;

/// One declared phase.
pub(super) struct DeclaredPhase {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
}

const fn phase(key: &'static str, label: &'static str) -> DeclaredPhase {
    DeclaredPhase { key, label }
}

const CAPTURE: [DeclaredPhase; 3] = [
    phase("preparing", "Preparing baseline capture"),
    phase("processing", "Capturing evidence"),
    phase("persisting", "Saving baseline"),
];

const COMPARE: [DeclaredPhase; 3] = [
    phase("preparing", "Preparing comparison"),
    phase("processing", "Comparing evidence"),
    phase("persisting", "Saving comparison"),
];

/// The phases of a type in order; empty when it declares none.
pub(super) fn declared(run_type: &RunType) -> &'static [DeclaredPhase] {
    match run_type.as_str() {
        "baseline.capture" => &CAPTURE,
        "baseline.compare" => &COMPARE,
        _ => &[],
    }
}
