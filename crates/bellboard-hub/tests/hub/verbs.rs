//! The table of verbs as a whole: what it promises to the outside is written down once here, and its schemas hold.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bellboard_hub::verbs::{Method, VERBS, Verb};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::Value;

/// What JSON Schema 2020-12 knows and our schemas use; anything else is a slip.
const KEYWORDS: [&str; 25] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "title",
    "type",
];

#[test]
fn the_table_is_what_was_agreed() {
    let mut table = String::new();
    for verb in VERBS {
        let method = verb.method.as_str();
        let tool = verb.tool.map_or_else(String::new, |tool| {
            let does = match (tool.read_only, tool.idempotent) {
                (true, _) => "reads",
                (false, true) => "settles",
                (false, false) => "changes",
            };
            format!("  tool {}: {does}", tool.name)
        });
        let creates = if verb.creates { "  201" } else { "" };
        writeln!(
            table,
            "{}  {method} {}  {:?}{creates}{tool}",
            verb.name, verb.path, verb.access
        )
        .unwrap();
    }
    insta::assert_snapshot!(table);
}

/// A schema with the definitions that it refers to.
fn schemas(verb: &Verb) -> [(&'static str, Value, Value); 2] {
    let generate = |make: fn(&mut SchemaGenerator) -> schemars::Schema| {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        let schema = make(&mut generator).to_value();
        (schema, Value::Object(generator.take_definitions(true)))
    };
    let (input, input_definitions) = generate(verb.input);
    let (output, output_definitions) = generate(verb.output);
    [
        ("input", input, input_definitions),
        ("output", output, output_definitions),
    ]
}

#[test]
fn every_schema_uses_known_words_and_every_reference_leads_somewhere() {
    for verb in VERBS {
        for (which, schema, definitions) in schemas(verb) {
            let place = format!("{} {which}", verb.name);
            check(&schema, &definitions, &place);
            let named = definitions.as_object().expect("definitions have names");
            for (name, definition) in named {
                check(definition, &definitions, &format!("{place} {name}"));
            }
        }
    }
}

fn check(schema: &Value, definitions: &Value, place: &str) {
    let Some(members) = schema.as_object() else {
        assert!(
            schema.is_boolean(),
            "{place} is neither an object nor a boolean"
        );
        return;
    };
    for (word, value) in members {
        assert!(KEYWORDS.contains(&word.as_str()), "{place}: {word}");
        match word.as_str() {
            "$ref" => {
                let name = value
                    .as_str()
                    .and_then(|text| text.strip_prefix("#/$defs/"));
                let name = name.unwrap_or_else(|| panic!("{place}: {value}"));
                assert!(
                    definitions.get(name).is_some(),
                    "{place}: {name} leads nowhere"
                );
            }
            "properties" => {
                for (name, property) in value.as_object().expect("properties have names") {
                    check(property, definitions, &format!("{place}.{name}"));
                }
            }
            "items" | "additionalProperties" | "propertyNames" => check(value, definitions, place),
            "anyOf" | "oneOf" => {
                let choices = value.as_array().expect("choices are a list");
                assert!(!choices.is_empty(), "{place}: {word}");
                for choice in choices {
                    check(choice, definitions, place);
                }
            }
            "required" => {
                for name in value.as_array().expect("names are a list") {
                    let known = members["properties"].get(name.as_str().expect("a name"));
                    assert!(known.is_some(), "{place}: {name} is required and unknown");
                }
            }
            _ => {}
        }
    }
}

/// The schema itself or what it refers to.
fn resolved<'a>(schema: &'a Value, definitions: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => &definitions[reference.trim_start_matches("#/$defs/")],
        None => schema,
    }
}

#[test]
fn every_input_refuses_unknown_fields_and_tells_what_each_field_is() {
    for verb in VERBS {
        let [(_, schema, definitions), _] = schemas(verb);
        let input = resolved(&schema, &definitions);
        assert_eq!(input["additionalProperties"], false, "{}", verb.name);
        let none = serde_json::Map::new();
        let fields = input["properties"].as_object().unwrap_or(&none);
        for (name, field) in fields {
            assert!(field.get("description").is_some(), "{}.{name}", verb.name);
        }
        let required: BTreeSet<_> = input["required"]
            .as_array()
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        for parameter in verb.path_parameters() {
            assert!(fields.contains_key(parameter), "{}.{parameter}", verb.name);
        }
        // What a GET needs stands in its path; a link can then name it.
        if verb.method == Method::Get {
            let path: BTreeSet<_> = verb.path_parameters().collect();
            assert!(required.is_subset(&path), "{}", verb.name);
        }
    }
}

#[test]
fn every_output_tells_what_each_field_is() {
    for verb in VERBS {
        let [_, (_, schema, definitions)] = schemas(verb);
        let output = resolved(&schema, &definitions);
        let fields = output["properties"].as_object();
        let fields = fields.unwrap_or_else(|| panic!("{} shows nothing", verb.name));
        for (name, field) in fields {
            let said = field.get("description").is_some() || field.get("$ref").is_some();
            assert!(said, "{}.{name}", verb.name);
        }
    }
}
