//! What happened to a run, as lines a person reads, and the last output that its reporter kept.

use bellboard_core::time::Timestamp;
use bellboard_hub::run::RunEventView;
use serde_json::Value;

use super::moment::{Moment, Reading};

/// One line of "What happened".
#[derive(Debug)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// The colour of its dot; the words say the same.
    pub tone: &'static str,
    /// What happened and by whom.
    pub text: String,
    /// The exit code, if one was seen.
    pub detail: Option<String>,
}

/// The lines for `events`, in their order.
pub fn entries(events: &[RunEventView], now: Timestamp) -> Vec<Entry> {
    events
        .iter()
        .map(|event| Entry {
            at: Moment::new(event.at, Reading::Clock, now),
            tone: tone(event),
            text: text(event),
            detail: exit_code(event),
        })
        .collect()
}

/// The last lines of output, kept by whoever reported the end.
pub fn log_of(events: &[RunEventView]) -> Option<String> {
    events.iter().find_map(|event| {
        let diagnostics = event.diagnostics.as_ref()?;
        let said = ["message", "tail"].map(|key| diagnostics.get(key).and_then(Value::as_str));
        let lines: Vec<&str> = said.into_iter().flatten().collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    })
}

fn tone(event: &RunEventView) -> &'static str {
    let failed = event.summary.starts_with("Failed") || event.summary.starts_with("Lost");
    match event.kind.as_str() {
        "started" | "phase" => "hot",
        "ended" if failed => "bad",
        "ended" if event.summary == "Finished" => "ok",
        "ended" if event.summary.starts_with("Cancelled") => "",
        "ended" | "late" | "total_grew" => "flag",
        _ => "",
    }
}

fn text(event: &RunEventView) -> String {
    match event.kind.as_str() {
        "queued" | "acknowledged" | "late" => format!("{}, {}", event.summary, event.actor_name),
        _ => event.summary.clone(),
    }
}

fn exit_code(event: &RunEventView) -> Option<String> {
    let code = event.diagnostics.as_ref()?.get("exit_code")?.as_i64()?;
    Some(format!("exit code {code}"))
}
