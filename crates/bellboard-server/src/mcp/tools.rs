//! What a client sees of the tools: their schemas, and answers in which nothing can pretend to be something else.

use std::sync::{Arc, OnceLock};

use bellboard_hub::verbs::{VERBS, Verb};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::ToolAnswer;

/// An answer is at most this long.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Every tool, in the order of the verb table.
pub fn all() -> &'static [Tool] {
    static TOOLS: OnceLock<Vec<Tool>> = OnceLock::new();
    TOOLS.get_or_init(|| VERBS.iter().filter_map(tool).collect())
}

fn tool(verb: &Verb) -> Option<Tool> {
    let hints = verb.tool?;
    let annotations = ToolAnnotations::new()
        .read_only(hints.read_only)
        .destructive(false)
        .idempotent(hints.idempotent)
        .open_world(false);
    let input = root(SchemaSettings::draft2020_12().for_deserialize(), verb.input);
    let output = root(SchemaSettings::draft2020_12().for_serialize(), verb.output);
    Some(
        Tool::new(hints.name, hints.words, Arc::new(input))
            .with_raw_output_schema(Arc::new(output))
            .with_annotations(annotations),
    )
}

/// The schema as one object of its own: clients want `type: object` at the top and everything else below `$defs`.
fn root(settings: SchemaSettings, of: fn(&mut SchemaGenerator) -> Schema) -> JsonObject {
    let mut generator = settings.into_generator();
    let schema = of(&mut generator).to_value();
    let mut definitions = generator.take_definitions(true);
    let name = schema["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix("#/$defs/"));
    let found = name
        .and_then(|name| definitions.remove(name))
        .unwrap_or(schema);
    let Value::Object(mut root) = found else {
        return Map::new();
    };
    root.entry("type").or_insert_with(|| "object".into());
    if !definitions.is_empty() {
        root.insert("$defs".to_owned(), definitions.into());
    }
    root
}

/// The answer as a client gets it. A problem is an answer too: the agent reads what to do about it.
pub fn result(answer: ToolAnswer) -> CallToolResult {
    let (value, failed) = match answer {
        Ok(json) => (serde_json::from_slice(&json).unwrap_or(Value::Null), false),
        Err(problem) => (problem, true),
    };
    let value = cleaned(value);
    let text = value.to_string();
    if text.len() > MAX_TEXT_BYTES {
        let problem = json!({
            "type": "/problems/answer_too_long",
            "code": "answer_too_long",
            "status": 413,
            "title": "The answer is too long",
            "detail": "The answer is longer than 64 KiB. Ask for fewer entries with `limit`.",
        });
        return CallToolResult::error(vec![ContentBlock::text(problem.to_string())]);
    }
    if failed {
        CallToolResult::error(vec![ContentBlock::text(text)])
    } else {
        CallToolResult::structured(value)
    }
}

/// Texts of other people, and the names in JSON of theirs, without characters that hide or reorder what is shown.
fn cleaned(value: Value) -> Value {
    let clean = |text: String| -> String { text.chars().filter(|c| !misleads(*c)).collect() };
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(values) => values.into_iter().map(cleaned).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (clean(name), cleaned(value)))
            .collect(),
        other => other,
    }
}

fn misleads(letter: char) -> bool {
    let control = letter.is_control() && !matches!(letter, '\n' | '\t');
    let bidi = matches!(letter, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    // Tag characters carry text that nobody sees.
    let tag = matches!(letter, '\u{E0000}'..='\u{E007F}');
    control || bidi || tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_reorders_is_gone() {
        let dirty = json!({ "label": "a\u{202E}b\u{7}c\u{E0041}\n", "list": ["\u{2066}x"],
            "content": { "ri\u{202E}ght": 1 } });
        let clean = json!({ "label": "abc\n", "list": ["x"], "content": { "right": 1 } });
        assert_eq!(cleaned(dirty), clean);
    }

    #[test]
    fn every_schema_is_an_object_of_its_own() {
        for tool in all() {
            let output = tool.output_schema.as_ref().unwrap();
            for schema in [&tool.input_schema, output] {
                assert_eq!(schema["type"], "object", "{}", tool.name);
                assert!(!schema.contains_key("$ref"), "{}", tool.name);
            }
        }
    }

    #[test]
    fn a_long_answer_says_what_to_do() {
        let long = json!({ "text": "x".repeat(MAX_TEXT_BYTES) })
            .to_string()
            .into_bytes();
        let result = result(Ok(long));
        assert_eq!(result.is_error, Some(true));
        assert!(
            serde_json::to_string(&result)
                .unwrap()
                .contains("answer_too_long")
        );
    }
}
