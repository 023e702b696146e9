//! What of a progress report may be stored where everybody reads it. The words of a worker go into the context of its
//! run, which every member sees; so they are made safe before, and what was really said is handed back for the
//! diagnostics.

use serde_json::{Map, Value};

use super::PhaseStep;
use crate::text::{humanise, operator_safe, redact, safe_label};

/// The longest message that a report takes.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// Progress that everybody may read, and the words that it no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeProgress {
    /// For `context.progress`.
    pub progress: Value,
    /// Which field said what instead, without secrets.
    pub raw: Vec<(&'static str, String)>,
}

/// Makes `context.progress` safe: a message is rewritten, the label of a phase gives way to the declared one or to the
/// words of its key, a unit that is no word goes. What makes no sense is left to the forgiving reader.
pub fn safe_progress(mut progress: Value, phases: &[PhaseStep]) -> SafeProgress {
    let mut raw = Vec::new();
    if let Value::Object(said) = &mut progress {
        make_message_safe(said, &mut raw);
        make_phase_safe(said, phases, &mut raw);
        let unit = said.get("unit").and_then(Value::as_str);
        if let Some(unit) = unit.filter(|unit| !is_plain(unit)) {
            raw.push(("unit", redact(unit)));
            said.remove("unit");
        }
    }
    SafeProgress { progress, raw }
}

fn make_message_safe(said: &mut Map<String, Value>, raw: &mut Vec<(&'static str, String)>) {
    let Some(Value::String(message)) = said.get_mut("message") else {
        return;
    };
    match safe_label(message, MAX_MESSAGE_CHARACTERS) {
        Some(safe) if safe == *message => {}
        Some(safe) => {
            raw.push(("message", redact(message)));
            *message = safe;
        }
        None => {
            raw.push(("message", redact(message)));
            said.remove("message");
        }
    }
}

fn make_phase_safe(
    said: &mut Map<String, Value>,
    phases: &[PhaseStep],
    raw: &mut Vec<(&'static str, String)>,
) {
    let Some(Value::Object(phase)) = said.get_mut("phase") else {
        return;
    };
    let Some(label) = phase.get("label").and_then(Value::as_str) else {
        return;
    };
    if is_plain(label) {
        return;
    }
    raw.push(("phase", redact(label)));
    let key = phase.get("key").and_then(Value::as_str).unwrap_or_default();
    let declared = phases.iter().find(|step| step.key == key);
    let safe = declared
        .map(|step| step.label.clone())
        .or_else(|| operator_safe(&humanise(key)))
        .filter(|label| is_plain(label));
    match safe {
        Some(safe) => phase.insert("label".to_owned(), safe.into()),
        None => phase.remove("label"),
    };
}

/// Whether everybody may read the words as they are: nothing for programmers only in them, and no secret.
fn is_plain(words: &str) -> bool {
    operator_safe(words).is_some() && redact(words) == words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steps() -> [PhaseStep; 1] {
        [PhaseStep {
            key: "collect".to_owned(),
            label: "Collecting evidence".to_owned(),
        }]
    }

    #[test]
    fn plain_words_are_left_alone() {
        for progress in [
            json!({"message": "three left", "unit": "policies", "phase": {"key": "collect", "label": "Collecting"}}),
            json!({"message": 7, "phase": "x", "unit": []}),
            json!({"phase": {"key": "collect"}}),
            json!("not an object"),
            json!(null),
        ] {
            let safe = safe_progress(progress.clone(), &steps());
            assert_eq!((safe.progress, safe.raw), (progress, vec![]));
        }
    }

    #[test]
    fn raw_words_give_way_and_are_handed_back_without_their_secrets() {
        let rows = [
            (
                json!({"message": "ValueError: bad date in /srv/in.csv"}),
                json!({"message": "bad date in in.csv"}),
                ("message", "ValueError: bad date in /srv/in.csv"),
            ),
            (
                json!({"message": "/srv/x token=abc"}),
                json!({"message": "[file] token=[hidden]"}),
                ("message", "/srv/x token=[hidden]"),
            ),
            (
                json!({"message": "https://a.b/c"}),
                json!({}),
                ("message", "https://a.b/c"),
            ),
            (json!({"unit": "a/b/c.d"}), json!({}), ("unit", "a/b/c.d")),
            (
                json!({"phase": {"key": "collect", "label": "src/collect.rs"}}),
                json!({"phase": {"key": "collect", "label": "Collecting evidence"}}),
                ("phase", "src/collect.rs"),
            ),
            (
                json!({"unit": "AKIAIOSFODNN7EXAMPLE"}),
                json!({}),
                ("unit", "[hidden]"),
            ),
            (
                json!({"phase": {"key": "collect", "label": "login password=hunter2"}}),
                json!({"phase": {"key": "collect", "label": "Collecting evidence"}}),
                ("phase", "login password=[hidden]"),
            ),
            (
                json!({"phase": {"key": "AKIAIOSFODNN7EXAMPLE", "label": "AKIAIOSFODNN7EXAMPLE"}}),
                json!({"phase": {"key": "AKIAIOSFODNN7EXAMPLE"}}),
                ("phase", "[hidden]"),
            ),
            (
                json!({"phase": {"key": "sort_rows", "label": "sort_rows()"}}),
                json!({"phase": {"key": "sort_rows", "label": "Sort rows"}}),
                ("phase", "sort_rows()"),
            ),
            (
                json!({"phase": {"key": "", "label": "sort_rows()"}}),
                json!({"phase": {"key": ""}}),
                ("phase", "sort_rows()"),
            ),
        ];
        for (said, stored, (field, words)) in rows {
            let safe = safe_progress(said.clone(), &steps());
            assert_eq!(safe.progress, stored, "{said}");
            assert_eq!(safe.raw, [(field, words.to_owned())], "{said}");
            assert_eq!(safe_progress(stored.clone(), &steps()).progress, stored);
        }
    }
}
