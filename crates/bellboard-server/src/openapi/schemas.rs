//! The schemas behind the document, and the fields of each verb's input.

use bellboard_hub::content::ContentView;
use bellboard_hub::snapshot::PushedRows;
use bellboard_hub::verbs::Verb;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// Where every named schema of the document stands.
pub const SCHEMAS: &str = "#/components/schemas/";

/// One property of a verb's input.
pub struct Field {
    pub name: String,
    pub required: bool,
    pub schema: Value,
}

/// The schema of a value that is there: an address holds no null, it leaves the parameter out.
pub fn present(schema: Value) -> Value {
    let Value::Object(mut fields) = schema else {
        return schema;
    };
    if fields.get("default").is_some_and(Value::is_null) {
        fields.remove("default");
    }
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            fields.extend(only);
        }
    }
    fields.into()
}

/// The schemas of all verbs. What is read and what is written differ (a field with a default is optional to send and
/// always there in an answer), so each side has its own generator.
pub struct Schemas {
    inputs: SchemaGenerator,
    outputs: SchemaGenerator,
    input_roots: Vec<String>,
}

impl Schemas {
    /// No schema yet.
    pub fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12()
                .with(|settings| settings.definitions_path = "/components/schemas".into())
        };
        Self {
            inputs: settings().for_deserialize().into_generator(),
            outputs: settings().for_serialize().into_generator(),
            input_roots: Vec::new(),
        }
    }

    /// What the verb takes. An engagement that is named in the path only is left out where the path has none.
    pub fn fields_of(&mut self, verb: &Verb) -> Vec<Field> {
        let schema = (verb.input)(&mut self.inputs).to_value();
        let schema = match name_in(&schema) {
            Some(name) => {
                let definition = self.inputs.definitions()[name].clone();
                self.input_roots.push(name.to_owned());
                definition
            }
            None => schema,
        };
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let elsewhere =
            |name: &str| name == "engagement_id" && !verb.path.contains("{engagement_id}");
        properties
            .into_iter()
            .filter(|(name, _)| !elsewhere(name))
            .map(|(name, schema)| Field {
                required: required.iter().any(|found| *found == name),
                name,
                schema,
            })
            .collect()
    }

    /// What the verb answers with.
    pub fn output_of(&mut self, verb: &Verb) -> Value {
        (verb.output)(&mut self.outputs).to_value()
    }

    /// What an upload answers with.
    pub fn content_view(&mut self) -> Value {
        self.outputs.subschema_for::<ContentView>().to_value()
    }

    /// What a push of rows answers with.
    pub fn pushed_rows(&mut self) -> Value {
        self.outputs.subschema_for::<PushedRows>().to_value()
    }

    /// Whether the answer is a page of a list.
    pub fn is_page(&mut self, verb: &Verb) -> bool {
        let schema = self.output_of(verb);
        let definition = name_in(&schema).and_then(|name| self.outputs.definitions().get(name));
        definition.is_some_and(|schema| schema["properties"].get("next_cursor").is_some())
    }

    /// Everything that the operations refer to, by name. A type that is both read and written is shown as written.
    pub fn finish(mut self) -> Map<String, Value> {
        let mut all = self.inputs.take_definitions(true);
        // What a verb takes stands with the verb; it is named only where another input holds it.
        let text = Value::Object(all.clone()).to_string();
        let is_held = |name: &str| text.contains(&format!("\"{SCHEMAS}{name}\""));
        all.retain(|name, _| !self.input_roots.contains(name) || is_held(name));
        all.extend(self.outputs.take_definitions(true));
        all
    }
}

fn name_in(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(SCHEMAS)
}

#[cfg(test)]
mod tests {
    use bellboard_hub::verbs::VERBS;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_holds_no_null() {
        for (schema, expected) in [
            (json!({ "type": "string" }), json!({ "type": "string" })),
            (
                json!({ "type": ["string", "null"], "format": "uuid", "default": null }),
                json!({ "type": "string", "format": "uuid" }),
            ),
            (
                json!({ "anyOf": [{ "$ref": "#/a" }, { "type": "null" }], "description": "d" }),
                json!({ "$ref": "#/a", "description": "d" }),
            ),
            (
                json!({ "anyOf": [{ "$ref": "#/a" }, { "$ref": "#/b" }, { "type": "null" }] }),
                json!({ "anyOf": [{ "$ref": "#/a" }, { "$ref": "#/b" }] }),
            ),
            (
                json!({ "type": "integer", "default": 50 }),
                json!({ "type": "integer", "default": 50 }),
            ),
            (json!(true), json!(true)),
        ] {
            assert_eq!(present(schema), expected);
        }
    }

    #[test]
    fn every_parameter_of_a_path_is_a_field() {
        let mut schemas = Schemas::new();
        for verb in VERBS {
            let fields = schemas.fields_of(verb);
            for name in verb.path_parameters() {
                assert!(
                    fields.iter().any(|field| field.name == name),
                    "{}: {name}",
                    verb.name
                );
            }
            let elsewhere = fields.iter().any(|field| field.name == "engagement_id");
            assert_eq!(
                elsewhere,
                verb.path.contains("{engagement_id}"),
                "{}",
                verb.name
            );
        }
    }

    #[test]
    fn what_is_only_read_is_not_among_the_schemas() {
        let mut schemas = Schemas::new();
        for verb in VERBS {
            schemas.fields_of(verb);
            schemas.output_of(verb);
        }
        let all = schemas.finish();
        assert!(all.contains_key("RunView"));
        assert!(
            !all.contains_key("StartRun"),
            "its fields stand in the operation"
        );
    }
}
