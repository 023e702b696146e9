//! What a start says in words, as it is stored: a label and a context for everybody, and the hash of what the work is
//! done for.

use bellboard_core::run::declaration::Declaration;
use bellboard_core::run::identity::canonical_json;
use bellboard_core::run::progress::{refuse_percentages, safe_progress};
use bellboard_core::text::{SafeLabel, redact_json};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::raw_words::RawWords;
use super::start::{LABEL_CHARACTERS, StartRun};
use crate::fault::{Fault, Outcome};

/// The label as everybody may read it; the type's where nothing was said or nothing of it may be shown.
pub(super) fn label(input: &StartRun, declaration: &Declaration) -> (String, RawWords) {
    let of_type = || declaration.label.clone();
    let Some(said) = &input.label else {
        return (of_type(), RawWords::new());
    };
    let safe = SafeLabel::of_run(said, LABEL_CHARACTERS, of_type);
    let raw = safe.raw.map(|raw| ("label", raw));
    (safe.label, raw.into_iter().collect())
}

/// A start may say how far the run is already, and like every report it says so in counts.
pub(super) fn check(input: &StartRun) -> Outcome<()> {
    let Some(progress) = input.context.get("progress") else {
        return Ok(());
    };
    refuse_percentages(progress).map_err(|refused| {
        let field = format!("context.progress.{}", refused.field);
        Fault::percentage(field, &refused.to_string())
    })
}

/// The context without its secrets, and its progress in words for everybody.
pub(super) fn context(
    input: &StartRun,
    declaration: &Declaration,
    raw: &mut RawWords,
) -> Map<String, Value> {
    let mut context = Value::Object(input.context.clone());
    redact_json(&mut context);
    let Value::Object(mut context) = context else {
        return Map::new();
    };
    if let Some(progress) = context.remove("progress") {
        let mut safe = safe_progress(progress, &declaration.phases);
        context.insert("progress".to_owned(), safe.progress);
        raw.append(&mut safe.raw);
    }
    context
}

/// Type and target as one hash; none when nobody said what the work is done for.
pub(super) fn subject(input: &StartRun) -> Option<Vec<u8>> {
    let target = match (&input.target, &input.inputs) {
        (Some(target), _) => canonical_json(&Value::from(target.as_str())),
        (None, Value::Null) => return None,
        (None, inputs) => canonical_json(inputs),
    };
    let mut hash = Sha256::new();
    hash.update(input.run_type.as_str().as_bytes());
    hash.update([0]);
    hash.update(target.as_bytes());
    Some(hash.finalize().to_vec())
}
