//! What is new in a version of an artifact: two JSON values become counts and the lines that a person reads before
//! deciding. Only the values speak; nothing is guessed about what they mean.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::text::sanitise;

/// More lines than this nobody reads in a preview; the counts stay complete.
pub const LINES_AT_MOST: usize = 40;

/// A line is cut after this many characters.
const TEXT_AT_MOST: usize = 160;

/// The fields by which the entries of a list know each other again, in this order.
const NAMES: [&str; 5] = ["id", "key", "name", "label", "title"];

/// What differs between two versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Changes {
    /// How many values or list entries are new.
    pub added: u64,
    /// How many have another value than before.
    pub changed: u64,
    /// How many are gone.
    pub removed: u64,
    /// The first of them, one line each, at most 40.
    pub lines: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// What happened to it.
    pub sign: Sign,
    /// Where it is and what it says: `retention › days: 30 → 14`.
    pub text: String,
}

/// What happened to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Sign {
    /// It is new.
    #[serde(rename = "+")]
    Added,
    /// It is gone.
    #[serde(rename = "-")]
    Removed,
    /// It has another value.
    #[serde(rename = "~")]
    Changed,
}

/// The differences from `before` to `after`; without a version before, all of it is new. Equal values have none.
pub fn changes(before: Option<&Value>, after: &Value) -> Changes {
    let mut found = Found::default();
    let place = Place::outside(before, after);
    match before {
        None => found.each(Sign::Added, &place, after),
        Some(before) => found.compare(&place, before, after),
    }
    found.0
}

/// The way to a value, as words.
#[derive(Debug, Clone)]
enum Place {
    /// Everything, or the one field that holds everything: nothing has to be said.
    Outside {
        /// The one field.
        only: Option<String>,
    },
    /// Below.
    At(String),
}

impl Place {
    fn outside(before: Option<&Value>, after: &Value) -> Self {
        let key = |value: &Value| match value {
            Value::Object(fields) if fields.len() == 1 => fields.keys().next().cloned(),
            _ => None,
        };
        let same = before.is_none_or(|before| key(before) == key(after));
        Self::Outside {
            only: key(after).filter(|_| same),
        }
    }

    fn below(&self, name: &str) -> Self {
        match self {
            Self::Outside { only } if only.as_deref() == Some(name) => Self::Outside { only: None },
            Self::Outside { .. } => Self::At(name.to_owned()),
            Self::At(path) => Self::At(format!("{path} › {name}")),
        }
    }

    fn with(&self, words: &str) -> String {
        match self {
            Self::Outside { .. } => words.to_owned(),
            Self::At(path) => format!("{path}: {words}"),
        }
    }
}

#[derive(Default)]
struct Found(Changes);

impl Found {
    fn compare(&mut self, place: &Place, before: &Value, after: &Value) {
        match (before, after) {
            (before, after) if before == after => {}
            (Value::Object(before), Value::Object(after)) => self.fields(place, before, after),
            (Value::Array(before), Value::Array(after)) => self.entries(place, before, after),
            (before, after) => {
                let words = format!("{} → {}", words(before), words(after));
                self.tell(Sign::Changed, &place.with(&words));
            }
        }
    }

    fn fields(&mut self, place: &Place, before: &Map<String, Value>, after: &Map<String, Value>) {
        for (name, value) in after {
            match before.get(name) {
                Some(was) => self.compare(&place.below(name), was, value),
                None => self.each(Sign::Added, &place.below(name), value),
            }
        }
        for (name, was) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
            self.each(Sign::Removed, &place.below(name), was);
        }
    }

    fn entries(&mut self, place: &Place, before: &[Value], after: &[Value]) {
        let said = self.told();
        match (named(before), named(after)) {
            (Some(was), Some(is)) => self.named_entries(place, &was, &is),
            _ => self.plain_entries(place, before, after),
        }
        if self.told() == said {
            self.tell(
                Sign::Changed,
                &place.with("the same entries in another order"),
            );
        }
    }

    fn named_entries(&mut self, place: &Place, before: &Named<'_>, after: &Named<'_>) {
        for (name, value) in &after.in_order {
            match before.by_name.get(name) {
                Some(was) => self.compare(&place.below(name), was, value),
                None => self.tell(Sign::Added, &place.with(&words(value))),
            }
        }
        for (name, was) in &before.in_order {
            if !after.by_name.contains_key(name) {
                self.tell(Sign::Removed, &place.with(&words(was)));
            }
        }
    }

    /// Entries without a name are the same when they say the same, as often as they say it.
    fn plain_entries(&mut self, place: &Place, before: &[Value], after: &[Value]) {
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        for value in before {
            *left.entry(value.to_string()).or_default() += 1;
        }
        for value in after {
            match left.get_mut(&value.to_string()).filter(|times| **times > 0) {
                Some(times) => *times -= 1,
                None => self.tell(Sign::Added, &place.with(&words(value))),
            }
        }
        for value in before.iter().rev() {
            if let Some(times) = left.get_mut(&value.to_string()).filter(|times| **times > 0) {
                *times -= 1;
                self.tell(Sign::Removed, &place.with(&words(value)));
            }
        }
    }

    /// One line for each value in it; an entry of a list is one value.
    fn each(&mut self, sign: Sign, place: &Place, value: &Value) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    self.each(sign, &place.below(name), value);
                }
            }
            Value::Array(entries) if !entries.is_empty() => {
                for entry in entries {
                    self.tell(sign, &place.with(&words(entry)));
                }
            }
            value => self.tell(sign, &place.with(&words(value))),
        }
    }

    fn told(&self) -> u64 {
        self.0.added + self.0.changed + self.0.removed
    }

    fn tell(&mut self, sign: Sign, text: &str) {
        let count = match sign {
            Sign::Added => &mut self.0.added,
            Sign::Removed => &mut self.0.removed,
            Sign::Changed => &mut self.0.changed,
        };
        *count += 1;
        if self.0.lines.len() < LINES_AT_MOST {
            let text = sanitise(text, TEXT_AT_MOST);
            self.0.lines.push(Change { sign, text });
        }
    }
}

/// The entries of a list by their names.
struct Named<'a> {
    in_order: Vec<(&'a str, &'a Value)>,
    by_name: BTreeMap<&'a str, &'a Value>,
}

/// When every entry has a name of its own under one of [`NAMES`], the same one for all.
fn named(entries: &[Value]) -> Option<Named<'_>> {
    NAMES.iter().find_map(|field| {
        let in_order: Vec<(&str, &Value)> = entries
            .iter()
            .map(|entry| Some((entry.get(field)?.as_str()?, entry)))
            .collect::<Option<_>>()?;
        let by_name: BTreeMap<&str, &Value> = in_order.iter().copied().collect();
        (by_name.len() == entries.len()).then_some(Named { in_order, by_name })
    })
}

/// A value in one line.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.trim().is_empty() => "(empty)".to_owned(),
        Value::String(text) => sanitise(text, TEXT_AT_MOST),
        Value::Number(number) => number.to_string(),
        Value::Array(entries) if entries.is_empty() => "(empty list)".to_owned(),
        Value::Object(fields) if fields.is_empty() => "(empty)".to_owned(),
        Value::Array(entries) => first_of(entries.iter().map(words)),
        Value::Object(fields) => first_of(
            fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", words(value))),
        ),
    }
}

/// No more than fits into a line: a list of a million entries is not written out to be cut.
fn first_of(parts: impl Iterator<Item = String>) -> String {
    let mut line = String::new();
    for part in parts {
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&part);
        if line.len() > TEXT_AT_MOST * 4 {
            break;
        }
    }
    sanitise(&line, TEXT_AT_MOST)
}

#[cfg(test)]
mod tests;
