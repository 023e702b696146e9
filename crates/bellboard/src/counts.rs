//! Reads what a person or a script writes after `bellboard progress`: counts, a phase, parts. Percentages are refused.

use serde_json::{Map, Value, json};

use crate::stop::Stop;

/// What is said to somebody who gives a percentage.
pub const NO_PERCENTAGES: &str = "Bellboard does not take percentages. Give done and total: \
                                  bellboard progress 214/512 --unit policies";

/// The parts of a composite run, under the names that the command line takes and the API knows.
const PARTS: [(&str, &str); 6] = [
    ("succeeded", "succeeded"),
    ("finished", "succeeded"),
    ("failed", "failed"),
    ("follow_up", "follow_up"),
    ("running", "running"),
    ("waiting", "waiting"),
];

/// `214/512` or, when nobody knows the total, `214`.
pub fn read_counts(text: &str) -> Result<(u64, Option<u64>), Stop> {
    if text.contains('%') {
        return Err(Stop::usage(NO_PERCENTAGES));
    }
    let (done, total) = match text.split_once('/') {
        Some((done, total)) => (done, Some(total)),
        None => (text, None),
    };
    let number = |text: &str| {
        text.trim().replace(['_', '\u{202f}'], "").parse::<u64>().map_err(|_| {
            Stop::usage(format!("`{text}` is not a whole number. Give done and total: bellboard progress 214/512"))
        })
    };
    Ok((number(done)?, total.map(number).transpose()?))
}

/// `--phase 2/4 "collecting evidence"`, or `--phase "collecting evidence"` when nobody numbers the phases.
pub fn read_phase(words: &[String]) -> Result<Value, Stop> {
    let (place, label) = match words {
        [label] => (None, label),
        [place, label, ..] => (Some(place), label),
        [] => {
            return Err(Stop::usage(
                "A phase needs its words: bellboard progress --phase 2/4 \"collecting evidence\"",
            ));
        }
    };
    if words.iter().any(|word| word.trim_end().ends_with('%')) {
        return Err(Stop::usage(NO_PERCENTAGES));
    }
    let mut phase = Map::new();
    phase.insert("key".to_owned(), json!(key_of(label)));
    phase.insert("label".to_owned(), json!(label));
    if let Some(place) = place {
        let (number, of) = read_counts(place)?;
        phase.insert("number".to_owned(), json!(number));
        if let Some(of) = of {
            phase.insert("of".to_owned(), json!(of));
        }
    }
    Ok(Value::Object(phase))
}

/// `succeeded=2,failed=1,follow_up=0,running=4,waiting=2`; what is not named is nought.
pub fn read_parts(text: &str) -> Result<Value, Stop> {
    let mut parts: Map<String, Value> = PARTS
        .iter()
        .map(|(_, key)| ((*key).to_owned(), json!(0)))
        .collect();
    for piece in text.split(',').filter(|piece| !piece.trim().is_empty()) {
        let (name, count) = piece.split_once('=').ok_or_else(|| wrong_parts(piece))?;
        let name = name.trim().replace('-', "_");
        let (_, key) = PARTS
            .iter()
            .find(|(word, _)| *word == name)
            .ok_or_else(|| wrong_parts(piece))?;
        let count: u64 = count.trim().parse().map_err(|_| wrong_parts(piece))?;
        parts.insert((*key).to_owned(), json!(count));
    }
    Ok(Value::Object(parts))
}

fn wrong_parts(piece: &str) -> Stop {
    if piece.contains('%') {
        return Stop::usage(NO_PERCENTAGES);
    }
    Stop::usage(format!(
        "`{}` is not a count of parts. The form is: --parts succeeded=2,failed=0,follow_up=1,running=4,waiting=2",
        piece.trim()
    ))
}

/// A stable key for a phase from its words: "collecting evidence" is `collecting_evidence`.
fn key_of(label: &str) -> String {
    let mut key = String::new();
    for character in label.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            key.push(character);
        } else if !key.ends_with('_') && !key.is_empty() {
            key.push('_');
        }
    }
    let key: String = key.trim_end_matches('_').chars().take(60).collect();
    if key.is_empty() {
        "phase".to_owned()
    } else {
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_in_and_percentages_do_not() {
        assert_eq!(read_counts("214/512").unwrap(), (214, Some(512)));
        assert_eq!(read_counts("18_422").unwrap(), (18_422, None));
        for text in ["42%", "42 %", "4/10%", "%"] {
            assert_eq!(
                read_counts(text).unwrap_err().message,
                NO_PERCENTAGES,
                "{text}"
            );
        }
        for text in ["", "-1/5", "1.5/5", "a/b", "1/", "1/2/3"] {
            assert_eq!(read_counts(text).unwrap_err().code, 2, "{text}");
        }
    }

    #[test]
    fn a_phase_has_a_key_and_perhaps_a_place() {
        let words = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read_phase(&words(&["2/4", "Collecting evidence"])).unwrap(),
            json!({"key": "collecting_evidence", "label": "Collecting evidence", "number": 2, "of": 4})
        );
        assert_eq!(
            read_phase(&words(&["Sealing"])).unwrap(),
            json!({"key": "sealing", "label": "Sealing"})
        );
        assert_eq!(
            read_phase(&words(&["42%", "x"])).unwrap_err().message,
            NO_PERCENTAGES
        );
    }

    #[test]
    fn parts_are_counts_by_name() {
        assert_eq!(
            read_parts("finished=2,follow-up=1,running=4").unwrap(),
            json!({"succeeded": 2, "failed": 0, "follow_up": 1, "running": 4, "waiting": 0})
        );
        for text in ["done=1", "running", "running=-1", "running=half"] {
            assert_eq!(read_parts(text).unwrap_err().code, 2, "{text}");
        }
    }
}
