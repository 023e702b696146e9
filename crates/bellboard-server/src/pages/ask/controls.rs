//! The form of an ask as plain controls, and what a person typed into them as the values that the hub is told.

use askama::Template;
use bellboard_core::ask::{Field, FieldType, Form};
use bellboard_core::text::capital_first;
use serde_json::{Map, Number, Value};

/// A longer text gets a field of several lines.
const LINE_CHARACTERS: u32 = 120;
/// More than any number needs.
const NUMBER_CHARACTERS: u32 = 40;

/// What a form sent, by the names of its controls.
#[derive(Debug, Default)]
pub struct Typed(Vec<(String, String)>);

/// One control.
#[derive(Debug, Template)]
#[template(path = "ask_control.html")]
pub struct Control {
    name: String,
    label: String,
    help: Option<String>,
    required: bool,
    input: Input,
    said: String,
    wrong: Option<String>,
}

impl askama::filters::HtmlSafe for Control {}

/// What it looks like.
#[derive(Debug, PartialEq, Eq)]
enum Input {
    /// One line of at most so many characters, and the keys that a phone shows for it. A number is one too: a control
    /// for numbers would drop what is none, where this one keeps it beside the reason.
    Line(u32, &'static str),
    Text(u32),
    Choice(Vec<String>),
    YesNo,
}

impl Control {
    /// The elements that say more about it.
    fn described(&self) -> String {
        let ids = [("h-", self.help.is_some()), ("e-", self.wrong.is_some())];
        let ids = ids.into_iter().filter(|(_, there)| *there);
        let ids: Vec<String> = ids.map(|(id, _)| format!("{id}{}", self.name)).collect();
        ids.join(" ")
    }
}

impl Typed {
    /// The pairs of a form.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// What stands in the control called `name`; nothing when it was left empty.
    pub fn get(&self, name: &str) -> &str {
        let mut pairs = self.0.iter();
        let found = pairs.find(|(key, _)| key == name);
        found.map_or("", |(_, said)| said.trim())
    }

    /// What a person wrote in words of their own, for when there is no control left that could hold it.
    pub fn written(&self) -> Option<String> {
        let own = |key: &str| key == "note" || key.starts_with(PREFIX);
        let words: Vec<&str> = self
            .0
            .iter()
            .filter(|(key, said)| own(key) && !said.trim().is_empty())
            .map(|(_, said)| said.trim())
            .collect();
        (!words.is_empty()).then(|| words.join("\n"))
    }

    /// The values as the hub takes them: what was left empty is not given, and what is no number stays as it was
    /// written, so that the refusal names its field.
    pub fn values(&self, form: &Form) -> Map<String, Value> {
        let given = form.fields().filter_map(|(name, field, _)| {
            let said = self.get(&key_of(name));
            (!said.is_empty()).then(|| (name.to_owned(), value(field, said)))
        });
        given.collect()
    }
}

/// Keeps the fields of a form apart from the page's own.
const PREFIX: &str = "value.";

fn key_of(name: &str) -> String {
    format!("{PREFIX}{name}")
}

fn value(field: &Field, said: &str) -> Value {
    let as_written = || Value::String(said.replace("\r\n", "\n"));
    match field.holds {
        FieldType::Boolean => said.parse().map_or_else(|_| as_written(), Value::Bool),
        FieldType::Integer | FieldType::Number => {
            number(said).map_or_else(as_written, Value::Number)
        }
        FieldType::String => as_written(),
    }
}

fn number(said: &str) -> Option<Number> {
    match said.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => Number::from_f64(said.parse().ok()?),
    }
}

/// The controls of the form in its order, with what was typed and what is wrong with the field that was refused.
pub fn controls(form: &Form, typed: &Typed, refused: Option<(&str, &str)>) -> Vec<Control> {
    let refused = refused.and_then(|(field, why)| Some((field.strip_prefix("values.")?, why)));
    let controls = form.fields().map(|(name, field, required)| Control {
        label: field.label(name),
        help: help(field),
        required,
        input: input(field),
        said: typed.get(&key_of(name)).to_owned(),
        wrong: refused
            .filter(|(field, _)| *field == name)
            .map(|(_, why)| why.to_owned()),
        name: key_of(name),
    });
    controls.collect()
}

/// What a person should know, and which values there are where the control does not show it.
fn help(field: &Field) -> Option<String> {
    let is_told = match field.holds {
        FieldType::Integer | FieldType::Number => true,
        FieldType::String => field.choices.is_none() && field.min_length.is_some(),
        FieldType::Boolean => false,
    };
    let bounds = is_told.then(|| format!("{}.", capital_first(&field.words())));
    let said = field.description.as_ref().map(ToString::to_string);
    let parts: Vec<String> = said.into_iter().chain(bounds).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn input(field: &Field) -> Input {
    match (field.holds, &field.choices) {
        (FieldType::Boolean, _) => Input::YesNo,
        (FieldType::Integer, _) => Input::Line(NUMBER_CHARACTERS, "numeric"),
        (FieldType::Number, _) => Input::Line(NUMBER_CHARACTERS, "decimal"),
        (FieldType::String, Some(choices)) => {
            Input::Choice(choices.iter().map(ToString::to_string).collect())
        }
        (FieldType::String, None) => match field.max_length.unwrap_or(Form::MOST_CHARACTERS) {
            most if most <= LINE_CHARACTERS => Input::Line(most, "text"),
            most => Input::Text(most),
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
                "where": {"type": "string", "enum": ["here", "there"]},
                "name": {"type": "string", "maxLength": 40},
                "why": {"type": "string"},
            },
            "required": ["rows"],
        }))
        .unwrap()
    }

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        let own = |(name, said): &(&str, &str)| (key_of(name), (*said).to_owned());
        Typed::new(pairs.iter().map(own).collect())
    }

    #[test]
    fn what_is_typed_has_the_type_of_its_field() {
        for (pairs, expected) in [
            (vec![("rows", " 14 ")], json!({"rows": 14})),
            (vec![("rows", "fourteen")], json!({"rows": "fourteen"})),
            (vec![("rows", "1.5")], json!({"rows": 1.5})),
            (vec![("share", "1e3")], json!({"share": 1000.0})),
            (vec![("share", "inf")], json!({"share": "inf"})),
            (vec![("keep", "false")], json!({"keep": false})),
            (vec![("keep", "perhaps")], json!({"keep": "perhaps"})),
            (vec![("where", "here")], json!({"where": "here"})),
            (vec![("why", "one\r\ntwo")], json!({"why": "one\ntwo"})),
            (vec![("why", "  "), ("rows", "")], json!({})),
            (vec![("unknown", "1")], json!({})),
        ] {
            let values = Value::Object(typed(&pairs).values(&form()));
            assert_eq!(values, expected, "{pairs:?}");
        }
    }

    #[test]
    fn each_type_has_its_control() {
        let shown = controls(&form(), &Typed::default(), None);
        let kinds: Vec<&Input> = shown.iter().map(|control| &control.input).collect();
        let expected = [
            &Input::YesNo,
            &Input::Line(40, "text"),
            &Input::Line(40, "numeric"),
            &Input::Line(40, "decimal"),
            &Input::Choice(vec!["here".to_owned(), "there".to_owned()]),
            &Input::Text(2_000),
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn the_refused_field_keeps_what_was_typed_and_says_why() {
        let typed = typed(&[("rows", "99"), ("why", "<so>")]);
        let shown = controls(&form(), &typed, Some(("values.rows", "Must be less.")));
        let html: Vec<String> = shown.iter().map(ToString::to_string).collect();
        let html = html.join("\n");
        for words in [
            "value=\"99\"",
            "aria-invalid=\"true\"",
            "Must be less.",
            "&#60;so&#62;",
        ] {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert_eq!(html.matches("aria-invalid").count(), 1, "{html}");
    }
}
