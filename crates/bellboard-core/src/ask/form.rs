//! The form of an ask: an object of a few plain fields, written as the part of JSON Schema that a person can fill in.
//! Anything else of JSON Schema is refused when the ask is made, so that no page meets a form that it cannot show.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Number, Value};

use super::NoAnswer;
use crate::text::{Bounded, deceives_in_lines, humanise, sanitise};
use crate::vocabulary::words;

words! {
    /// What a field holds.
    FieldType {
        /// Text.
        String = "string",
        /// A whole number.
        Integer = "integer",
        /// A number.
        Number = "number",
        /// Yes or no.
        Boolean = "boolean",
    }
    /// The type of every form.
    ObjectWord {
        /// An object.
        Object = "object",
    }
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Field {
    /// What it holds.
    #[serde(rename = "type")]
    pub holds: FieldType,
    /// What a person reads before it, at most 80 characters; its name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Bounded<80>>,
    /// What a person should know, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Bounded<200>>,
    /// The texts to choose from, at most 20; of a `string` only.
    #[serde(default, rename = "enum", skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<Bounded<80>>>,
    /// The fewest characters of a `string`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    /// The most characters of a `string`, at most and without it 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    /// The largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
}

/// An object of 1 to 12 plain fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Stored")]
pub struct Form {
    fields: BTreeMap<String, Field>,
    required: Vec<String>,
}

/// A form as it is written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stored {
    r#type: ObjectWord,
    /// The fields by name: 1 to 12, each name 1 to 40 of a-z, 0-9 and `_`.
    properties: BTreeMap<String, Field>,
    /// The fields that cannot be left out.
    #[serde(default)]
    required: Vec<String>,
    /// Must be false; a form never takes more than its fields.
    #[serde(default, rename = "additionalProperties")]
    additional_properties: bool,
}

impl Form {
    /// The most fields.
    pub const MOST_FIELDS: usize = 12;
    /// The most texts to choose from.
    pub const MOST_CHOICES: usize = 20;
    /// The most characters of a text.
    pub const MOST_CHARACTERS: u32 = 2_000;

    /// The fields by name, and whether each is required.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Field, bool)> {
        self.fields.iter().map(|(name, field)| {
            let is_required = self.required.iter().any(|required| required == name);
            (name.as_str(), field, is_required)
        })
    }

    /// The names as a refusal lists them.
    pub fn names(&self) -> String {
        let names: Vec<String> = self.fields.keys().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    }

    /// Refuses values that do not fit, naming the field.
    pub(super) fn check(&self, values: &Map<String, Value>) -> Result<(), NoAnswer> {
        for name in values.keys() {
            if !self.fields.contains_key(name) {
                let name = sanitise(name, 40);
                let detail = format!(
                    "The form has no such field. Its fields are {}.",
                    self.names()
                );
                return Err(NoAnswer::at(format!("values.{name}"), detail));
            }
        }
        for (name, field, is_required) in self.fields() {
            let place = || format!("values.{name}");
            match values.get(name) {
                None if is_required => {
                    return Err(NoAnswer::at(
                        place(),
                        format!("Must be given: {}.", field.words()),
                    ));
                }
                None => {}
                Some(Value::String(text)) if text.chars().any(deceives_in_lines) => {
                    let detail = "Must not hold control characters, or any that turn the reading direction around.";
                    return Err(NoAnswer::at(place(), detail.to_owned()));
                }
                Some(value) if field.takes(value) => {}
                Some(_) => {
                    return Err(NoAnswer::at(place(), format!("Must be {}.", field.words())));
                }
            }
        }
        Ok(())
    }

    /// `Rows: 14, Keep a copy: yes`.
    pub(super) fn words(&self, values: &Map<String, Value>) -> String {
        let said: Vec<String> = self
            .fields()
            .filter_map(|(name, field, _)| {
                let value = match values.get(name)? {
                    Value::Bool(true) => "yes".to_owned(),
                    Value::Bool(false) => "no".to_owned(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                Some(format!("{}: {value}", field.label(name)))
            })
            .collect();
        said.join(", ")
    }

    fn parse(stored: Stored) -> Result<Self, String> {
        let fields = stored.properties;
        if stored.additional_properties {
            return Err(
                "additionalProperties must be false; a form takes its fields only".to_owned(),
            );
        }
        if fields.is_empty() || fields.len() > Self::MOST_FIELDS {
            return Err(format!(
                "1 to {} properties, this has {}",
                Self::MOST_FIELDS,
                fields.len()
            ));
        }
        for (name, field) in &fields {
            let is_name =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if name.is_empty() || name.len() > 40 || !name.bytes().all(is_name) {
                return Err("names of properties are 1 to 40 of a-z, 0-9 and `_`".to_owned());
            }
            field
                .check()
                .map_err(|why| format!("property `{name}`: {why}"))?;
        }
        if let Some(unknown) = stored
            .required
            .iter()
            .find(|name| !fields.contains_key(*name))
        {
            let unknown = sanitise(unknown, 40);
            return Err(format!("required names `{unknown}`, which is no property"));
        }
        Ok(Self {
            fields,
            required: stored.required,
        })
    }
}

impl Field {
    /// What a person reads before it.
    pub fn label(&self, name: &str) -> String {
        self.title
            .as_ref()
            .map_or_else(|| humanise(name), ToString::to_string)
    }

    /// Refuses bounds that belong to another type, and those that nothing could meet.
    fn check(&self) -> Result<(), &'static str> {
        let is_text = self.holds == FieldType::String;
        let is_number = matches!(self.holds, FieldType::Integer | FieldType::Number);
        let (shortest, longest) = self.lengths();
        if !is_text
            && (self.choices.is_some() || self.min_length.is_some() || self.max_length.is_some())
        {
            return Err("enum, minLength and maxLength are of a string only");
        }
        if !is_number && (self.minimum.is_some() || self.maximum.is_some()) {
            return Err("minimum and maximum are of an integer or a number only");
        }
        if longest > Form::MOST_CHARACTERS || shortest > longest {
            return Err("minLength to maxLength must be within 0 to 2000");
        }
        let (low, high) = (self.low(), self.high());
        if low > high {
            return Err("minimum must not be above maximum");
        }
        if self.holds == FieldType::Integer && low.ceil() > high.floor() {
            return Err("there is no whole number from minimum to maximum");
        }
        match self.choices.as_deref() {
            Some(choices) if choices.is_empty() || choices.len() > Form::MOST_CHOICES => {
                Err("enum holds 1 to 20 texts")
            }
            Some(choices)
                if choices
                    .iter()
                    .enumerate()
                    .any(|(place, choice)| choices[..place].contains(choice)) =>
            {
                Err("enum must not hold a text twice")
            }
            Some(choices)
                if !choices
                    .iter()
                    .all(|choice| self.takes(&Value::from(choice.as_str()))) =>
            {
                Err("each text of enum must be as long as minLength and maxLength say")
            }
            _ => Ok(()),
        }
    }

    fn lengths(&self) -> (u32, u32) {
        let longest = self.max_length.unwrap_or(Form::MOST_CHARACTERS);
        (self.min_length.unwrap_or(0), longest)
    }

    fn low(&self) -> f64 {
        let low = self.minimum.as_ref().and_then(Number::as_f64);
        low.unwrap_or(f64::NEG_INFINITY)
    }

    fn high(&self) -> f64 {
        let high = self.maximum.as_ref().and_then(Number::as_f64);
        high.unwrap_or(f64::INFINITY)
    }

    fn takes(&self, value: &Value) -> bool {
        let is_within = || {
            value
                .as_f64()
                .is_some_and(|number| number >= self.low() && number <= self.high())
        };
        match (self.holds, value) {
            (FieldType::Boolean, Value::Bool(_)) => true,
            (FieldType::Integer, Value::Number(number)) => {
                (number.is_i64() || number.is_u64()) && is_within()
            }
            (FieldType::Number, Value::Number(_)) => is_within(),
            (FieldType::String, Value::String(text)) => {
                let (shortest, longest) = self.lengths();
                let length = text.chars().count();
                let is_listed =
                    |choices: &Vec<Bounded<80>>| choices.iter().any(|one| one.as_str() == text);
                (shortest as usize..=longest as usize).contains(&length)
                    && self.choices.as_ref().is_none_or(is_listed)
            }
            _ => false,
        }
    }

    /// What it takes, as the end of "Must be".
    pub fn words(&self) -> String {
        match (self.holds, &self.choices, &self.minimum, &self.maximum) {
            (FieldType::Boolean, ..) => "true or false".to_owned(),
            (FieldType::String, Some(choices), ..) => {
                let choices: Vec<String> = choices.iter().map(|one| format!("`{one}`")).collect();
                format!("one of {}", choices.join(", "))
            }
            (FieldType::String, None, ..) => {
                let (shortest, longest) = self.lengths();
                format!("text of {shortest} to {longest} characters")
            }
            (holds, _, low, high) => {
                let what = if holds == FieldType::Integer {
                    "a whole number"
                } else {
                    "a number"
                };
                match (low, high) {
                    (Some(low), Some(high)) => format!("{what} from {low} to {high}"),
                    (Some(low), None) => format!("{what} from {low}"),
                    (None, Some(high)) => format!("{what} up to {high}"),
                    (None, None) => what.to_owned(),
                }
            }
        }
    }
}

impl From<Form> for Stored {
    fn from(form: Form) -> Self {
        Self {
            r#type: ObjectWord::Object,
            properties: form.fields,
            required: form.required,
            additional_properties: false,
        }
    }
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        Self::parse(stored).map_err(de::Error::custom)
    }
}

impl JsonSchema for Form {
    fn schema_name() -> Cow<'static, str> {
        "AskForm".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Stored::json_schema(generator);
        schema.insert(
            "description".to_owned(),
            "A small JSON Schema: an object of 1 to 12 plain fields.".into(),
        );
        schema
    }
}
