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
        "started" | "phase" | "claimed" => "hot",
        "ended" if failed => "bad",
        "ended" if event.summary == "Finished" => "ok",
        "ended" if event.summary.starts_with("Cancelled") => "",
        "ended" | "late" | "total_grew" | "offered_again" | "denied" => "flag",
        "lost" => "bad",
        _ => "",
    }
}

fn text(event: &RunEventView) -> String {
    match event.kind.as_str() {
        "queued" | "acknowledged" | "late" | "cancel_requested" | "verified" => {
            format!("{}, {}", event.summary, event.actor_name)
        }
        _ => event.summary.clone(),
    }
}

fn exit_code(event: &RunEventView) -> Option<String> {
    let code = event.diagnostics.as_ref()?.get("exit_code")?.as_i64()?;
    Some(format!("exit code {code}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time of this test")
    }

    fn event(kind: &str, summary: &str, diagnostics: Option<Value>) -> RunEventView {
        RunEventView {
            id: bellboard_core::id::EventId::from_uuid(uuid::Uuid::nil()),
            at: at("2026-11-20T17:31:00Z"),
            kind: kind.to_owned(),
            actor_name: "Mara".to_owned(),
            summary: summary.to_owned(),
            diagnostics,
        }
    }

    fn tone_of(kind: &str, summary: &str) -> &'static str {
        tone(&event(kind, summary, None))
    }

    #[test]
    fn the_dot_has_the_hue_of_what_happened() {
        for (kind, summary, expected) in [
            ("queued", "Queued", ""),
            ("started", "Started", "hot"),
            ("phase", "Phase 2 of 4: collecting evidence", "hot"),
            ("total_grew", "The total grew from 900", "flag"),
            ("ended", "Finished", "ok"),
            ("ended", "Finished with follow-up", "flag"),
            ("ended", "Blocked", "flag"),
            ("ended", "Failed", "bad"),
            ("ended", "Cancelled", ""),
            ("late", "Reported late: finished", "flag"),
            ("acknowledged", "Acknowledged", ""),
            ("claimed", "Claimed by worker w1", "hot"),
            (
                "offered_again",
                "Worker w1 stopped answering; offered again",
                "flag",
            ),
            (
                "denied",
                "Whoever started this is no longer on this hub",
                "flag",
            ),
            ("lost", "Lost: stopped reporting", "bad"),
        ] {
            assert_eq!(tone_of(kind, summary), expected, "{kind} {summary}");
        }
    }

    #[test]
    fn who_said_it_is_named_where_a_person_decided() {
        let now = at("2026-11-20T17:42:00Z");
        let events = [
            event("acknowledged", "Acknowledged: asked", None),
            event("ended", "Failed", Some(json!({"exit_code": 128}))),
        ];
        let lines = entries(&events, now);
        assert_eq!(lines[0].text, "Acknowledged: asked, Mara");
        assert_eq!(lines[1].text, "Failed");
        assert_eq!(lines[1].detail.as_deref(), Some("exit code 128"));
    }

    #[test]
    fn the_log_is_what_the_newest_report_of_the_end_kept() {
        let tail = |text: &str| Some(json!({ "tail": text }));
        let events = [
            event("acknowledged", "Acknowledged", None),
            event("late", "Reported late: finished", tail("second")),
            event("ended", "Lost", tail("first")),
        ];
        assert_eq!(log_of(&events).as_deref(), Some("second"));
        assert_eq!(log_of(&events[..1]), None);
        let both = json!({"message": "broke", "tail": "line"});
        assert_eq!(
            log_of(&[event("ended", "Failed", Some(both))]).as_deref(),
            Some("broke\nline")
        );
    }
}
