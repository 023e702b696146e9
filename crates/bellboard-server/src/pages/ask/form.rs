//! The fields of an ask as controls of the page, and what was typed as the values that the hub takes. The browser's own
//! bounds help; the hub decides, and its refusal stands at the field.

use bellboard_core::ask::{Field, FieldType, Form};
use serde_json::{Map, Value};

/// Texts longer than this get room for several lines.
const LINE_CHARACTERS: u32 = 120;
/// What stands before the name of a field in the page's form.
const PREFIX: &str = "v.";

/// What a person typed.
#[derive(Debug, Default, Clone)]
pub struct Said {
    pairs: Vec<(String, String)>,
}

impl Said {
    /// The pairs of a form.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// What stands in one control, without the space around it; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, text)| text.trim())
    }

    /// The typed values of an ask's form, read by their fields' types. What cannot be read goes on as text, so that the
    /// hub refuses it by its name.
    pub fn values(&self, form: &Form) -> Map<String, Value> {
        let typed = form.fields().filter_map(|(name, field, _)| {
            let text = self.text(&format!("{PREFIX}{name}"));
            (!text.is_empty()).then(|| (name.to_owned(), value_of(field, text)))
        });
        typed.collect()
    }
}

fn value_of(field: &Field, text: &str) -> Value {
    let read = match field.holds {
        FieldType::String => None,
        FieldType::Integer => text.parse::<i64>().ok().map(Value::from),
        FieldType::Number => text.parse::<f64>().ok().map(Value::from),
        FieldType::Boolean => match text {
            "yes" => Some(Value::Bool(true)),
            "no" => Some(Value::Bool(false)),
            _ => None,
        },
    };
    read.unwrap_or_else(|| Value::from(text))
}

/// One control.
#[derive(Debug)]
pub struct FieldLine {
    pub name: String,
    pub label: String,
    pub description: Option<String>,
    pub required: bool,
    pub control: Control,
    pub value: String,
    pub wrong: Option<String>,
}

/// How a field is filled in.
#[derive(Debug, PartialEq, Eq)]
pub enum Control {
    /// One of a few: what is sent and what is read.
    Choose(Vec<(String, String)>),
    /// Text of one line, or of several.
    Write { most: u32, long: bool },
    /// A number; the step and the bounds as the browser wants them.
    Count {
        step: &'static str,
        low: Option<String>,
        high: Option<String>,
    },
}

/// The controls of a form, with what was typed in them.
pub fn fields(form: Option<&Form>, said: &Said) -> Vec<FieldLine> {
    let lines = form.into_iter().flat_map(Form::fields);
    let lines = lines.map(|(name, field, required)| FieldLine {
        name: format!("{PREFIX}{name}"),
        label: field.label(name),
        description: field.description.as_ref().map(ToString::to_string),
        required,
        control: control_of(field),
        value: said.text(&format!("{PREFIX}{name}")).to_owned(),
        wrong: None,
    });
    lines.collect()
}

impl FieldLine {
    /// What the hub calls the field in a refusal.
    pub fn in_refusals(&self) -> String {
        format!("values.{}", self.name.trim_start_matches(PREFIX))
    }
}

fn control_of(field: &Field) -> Control {
    let bound = |bound: &Option<serde_json::Number>| bound.as_ref().map(ToString::to_string);
    match (field.holds, &field.choices) {
        (FieldType::Boolean, _) => Control::Choose(vec![
            ("yes".to_owned(), "Yes".to_owned()),
            ("no".to_owned(), "No".to_owned()),
        ]),
        (FieldType::String, Some(choices)) => Control::Choose(
            choices
                .iter()
                .map(|choice| (choice.to_string(), choice.to_string()))
                .collect(),
        ),
        (FieldType::String, None) => {
            let most = field.max_length.unwrap_or(Form::MOST_CHARACTERS);
            let long = most > LINE_CHARACTERS;
            Control::Write { most, long }
        }
        (FieldType::Integer, _) => Control::Count {
            step: "1",
            low: bound(&field.minimum),
            high: bound(&field.maximum),
        },
        (FieldType::Number, _) => Control::Count {
            step: "any",
            low: bound(&field.minimum),
            high: bound(&field.maximum),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form() -> Form {
        serde_json::from_value(json!({
            "type": "object",
            "properties": {
                "rows": {"type": "integer", "minimum": 1, "maximum": 20},
                "share": {"type": "number"},
                "keep": {"type": "boolean", "title": "Keep a copy"},
                "why": {"type": "string"},
                "where": {"type": "string", "enum": ["eu", "us"]},
                "who": {"type": "string", "maxLength": 40},
            },
            "required": ["rows"],
        }))
        .unwrap()
    }

    #[test]
    fn what_was_typed_becomes_values_of_the_fields_types() {
        let said = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            Value::from(Said::of(pairs.collect()).values(&form()))
        };
        assert_eq!(
            said(&[
                ("v.rows", " 14 "),
                ("v.share", "0.5"),
                ("v.keep", "no"),
                ("v.why", "a b")
            ]),
            json!({"rows": 14, "share": 0.5, "keep": false, "why": "a b"})
        );
        assert_eq!(
            said(&[("v.rows", ""), ("rows", "3"), ("v.other", "x")]),
            json!({})
        );
        assert_eq!(
            said(&[("v.rows", "many"), ("v.keep", "perhaps")]),
            json!({"rows": "many", "keep": "perhaps"})
        );
    }

    #[test]
    fn each_type_has_its_control_and_keeps_what_was_typed() {
        let said = Said::of(vec![("v.rows".to_owned(), "many".to_owned())]);
        let lines = fields(Some(&form()), &said);
        let line = |label: &str| lines.iter().find(|line| line.label == label).unwrap();
        let rows = line("Rows");
        assert_eq!((rows.value.as_str(), rows.required), ("many", true));
        assert_eq!(rows.in_refusals(), "values.rows");
        let bounds = (Some("1".to_owned()), Some("20".to_owned()));
        let (low, high) = bounds;
        assert_eq!(
            rows.control,
            Control::Count {
                step: "1",
                low,
                high
            }
        );
        assert!(
            matches!(&line("Keep a copy").control, Control::Choose(choices) if choices.len() == 2)
        );
        assert_eq!(
            line("Why").control,
            Control::Write {
                most: 2000,
                long: true
            }
        );
        assert_eq!(
            line("Who").control,
            Control::Write {
                most: 40,
                long: false
            }
        );
    }
}
