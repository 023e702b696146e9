//! The grammar of saved questions: which rows, which of their columns, in which order, how many, and the one number
//! that stands for all of them.
//!
//! A question is read by [`ViewSpec::parse`], or by [`ViewSpec::from_stored`] once it was kept, and by nothing else; its
//! JSON Schema comes from the same types. Two questions that differ only in how they are written have one
//! [`ViewSpec::canonical`] form and one hash.

mod parse;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::cell::{Cell, CellKind};
use super::fault::Faults;
use super::number::Number;
use super::source::{Source, SourceField};
use crate::content::ContentDigest;
use crate::vocabulary::words;

use parse::PushedFields;

pub use parse::{CONDITIONS_AT_MOST, DEPTH_AT_MOST, LIST_AT_MOST, SHOWN_COLUMNS_AT_MOST};

/// Rows of a picture, at most, when the question says a limit; and the limit when it says none.
pub const LIMIT_AT_MOST: u32 = 10_000;

words! {
    /// Which way an order goes.
    Direction {
        /// The smallest first.
        Asc = "asc",
        /// The largest first.
        Desc = "desc",
    }
    /// How the one number is made.
    Measure {
        /// How many rows there are.
        Count = "count",
        /// The sum of a field.
        Sum = "sum",
        /// Its smallest value.
        Min = "min",
        /// Its largest value.
        Max = "max",
        /// Its mean.
        Mean = "mean",
    }
}

/// A saved question.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ViewSpec {
    /// Where the rows come from.
    pub source: Source,
    /// Which rows; all of them when absent.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub predicate: Option<Predicate>,
    /// The columns that are shown, in this order, at most 100; all of the source when absent. For pushed rows it also
    /// says which fields the rest of the question may name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// The field by which a row is known again. A text or a number, each row its own.
    pub id_field: String,
    /// The order, the first entry first; equal rows stand in the order of their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub order_by: Vec<OrderBy>,
    /// How many rows are shown, at most and when absent 10000.
    #[schemars(default = "largest_limit", range(min = 1, max = 10_000))]
    pub limit: u32,
    /// The one number that stands for all rows that match; their count when absent.
    #[schemars(default)]
    pub primary_metric: PrimaryMetric,
}

/// One step of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OrderBy {
    /// The field. Null and missing cells come last, whichever way the order goes.
    pub field: String,
    /// Which way; `asc` when absent.
    #[schemars(default = "ascending")]
    pub direction: Direction,
}

/// How the one number is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PrimaryMetric {
    /// How.
    pub measure: Measure,
    /// Of which field, a numeric one; absent for `count`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Which rows are meant. Exactly one key; the words `and`, `or`, `not` may be in capitals. Comparing with a null or
/// missing cell is never true, except for `is_null`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// All of these.
    And(Vec<Predicate>),
    /// Any of these.
    Or(Vec<Predicate>),
    /// Not this.
    Not(Box<Predicate>),
    /// Equal.
    Eq(Comparison),
    /// Another value.
    Ne(Comparison),
    /// Less, or earlier.
    Lt(Comparison),
    /// At most.
    Le(Comparison),
    /// More, or later.
    Gt(Comparison),
    /// At least.
    Ge(Comparison),
    /// One of several.
    In(OneOf),
    /// A text that holds this, in capitals or not.
    Contains(Comparison),
    /// A text that begins with this, in capitals or not.
    StartsWith(Comparison),
    /// Null or missing.
    IsNull(FieldName),
}

/// A field beside a value of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Comparison {
    /// The field.
    pub field: String,
    /// The value.
    pub value: Operand,
}

/// A field beside several values of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OneOf {
    /// The field.
    pub field: String,
    /// The values, at most 100.
    pub values: Vec<Operand>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FieldName {
    /// Its name.
    pub field: String,
}

/// What a field is compared with. A time is written as text with its zone: `2026-11-20T17:40:00Z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Operand {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A point in time, for a field that holds times.
    Time(crate::time::Timestamp),
    /// A text.
    Text(String),
}

impl Operand {
    /// The value as a cell holds it.
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Self::Bool(is) => Cell::Bool(*is),
            Self::Number(number) => Cell::Number(*number),
            Self::Time(time) => Cell::Time(*time),
            Self::Text(text) => Cell::Text(text),
        }
    }
}

const fn largest_limit() -> u32 {
    LIMIT_AT_MOST
}

const fn ascending() -> Direction {
    Direction::Asc
}

impl Default for PrimaryMetric {
    fn default() -> Self {
        Self {
            measure: Measure::Count,
            field: None,
        }
    }
}

impl ViewSpec {
    /// Reads a question. Every fault is named with its JSON path and the nearest word that would be right. `pushed`
    /// are the fields of the rows that were pushed, when there are any: then a question about them is held to those. An
    /// empty push says nothing about fields, and is as none.
    pub fn parse(value: &Value, pushed: Option<&[SourceField]>) -> Result<Self, Faults> {
        let pushed = pushed.filter(|fields| !fields.is_empty());
        let pushed = pushed.map_or(PushedFields::Declared, PushedFields::Known);
        parse::view_spec(value, pushed)
    }

    /// Reads a question that was kept. What it names of pushed rows was checked when it was made, against the rows of
    /// that time; those of today may be others.
    pub fn from_stored(value: &Value) -> Result<Self, Faults> {
        parse::view_spec(value, PushedFields::Any)
    }

    /// The fields that its pictures show, which are all that a rule can look at: its columns, or without any said those of
    /// the source, or of the pushed rows as far as they are known.
    pub fn shown_fields(&self, pushed: Option<&[SourceField]>) -> Vec<SourceField> {
        let known = match self.source {
            Source::Pushed => self.pushed_fields(pushed.unwrap_or_default()),
            source => source.fields(),
        };
        let Some(columns) = &self.columns else {
            return known;
        };
        let kind_of = |name: &str| {
            let field = known.iter().find(|field| field.name == name);
            field.map_or(CellKind::Empty, |field| field.kind)
        };
        columns
            .iter()
            .map(|name| SourceField {
                name: name.clone(),
                kind: kind_of(name),
            })
            .collect()
    }

    /// The fields of the pushed rows, and those that the one number and the order name beside them: the rows of today may
    /// lack them, or there may be none, and those of tomorrow have them again.
    fn pushed_fields(&self, known: &[SourceField]) -> Vec<SourceField> {
        let measured = self.primary_metric.field.iter();
        let measured = measured.map(|name| (name, CellKind::Number));
        let ordered = self.order_by.iter();
        let ordered = ordered.map(|step| (&step.field, CellKind::Empty));
        let mut fields = known.to_vec();
        for (name, kind) in measured.chain(ordered) {
            if fields.iter().all(|field| field.name != *name) {
                fields.push(SourceField {
                    name: name.clone(),
                    kind,
                });
            }
        }
        fields
    }

    /// Whether its pictures show this field when the rows have it. Without columns said all of a row is shown.
    pub fn shows(&self, field: &str) -> bool {
        match (&self.columns, self.source) {
            (Some(columns), _) => columns.iter().any(|name| name == field),
            (None, Source::Pushed) => true,
            (None, source) => source.known_fields().iter().any(|(name, _)| *name == field),
        }
    }

    /// The question in its one form: the same question, however it was written, has the same text.
    pub fn canonical(&self) -> String {
        let mut one = self.clone();
        one.predicate = one.predicate.map(Predicate::normal);
        let value = serde_json::to_value(&one).expect("a question is plain JSON");
        value.to_string()
    }

    /// The SHA-256 of the canonical form.
    pub fn hash(&self) -> ContentDigest {
        ContentDigest::from_bytes(Sha256::digest(self.canonical().as_bytes()).into())
    }
}

impl Predicate {
    /// The same condition with its parts flat, sorted and once each.
    fn normal(self) -> Self {
        match self {
            Self::And(parts) => Self::And(Self::normal_parts(parts, |part| match part {
                Self::And(parts) => Ok(parts),
                other => Err(other),
            })),
            Self::Or(parts) => Self::Or(Self::normal_parts(parts, |part| match part {
                Self::Or(parts) => Ok(parts),
                other => Err(other),
            })),
            Self::Not(part) => match part.normal() {
                Self::Not(twice) => *twice,
                other => Self::Not(Box::new(other)),
            },
            Self::In(mut one_of) => {
                one_of.values.sort();
                one_of.values.dedup();
                Self::In(one_of)
            }
            leaf => leaf,
        }
        .without_lone_part()
    }

    fn normal_parts(parts: Vec<Self>, same: impl Fn(Self) -> Result<Vec<Self>, Self>) -> Vec<Self> {
        let mut flat: Vec<Self> = Vec::new();
        for part in parts {
            match same(part.normal()) {
                Ok(parts) => flat.extend(parts),
                Err(other) => flat.push(other),
            }
        }
        flat.sort_by_cached_key(Self::text);
        flat.dedup();
        flat
    }

    fn without_lone_part(self) -> Self {
        match self {
            Self::And(mut parts) | Self::Or(mut parts) if parts.len() == 1 => parts.remove(0),
            other => other,
        }
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("a condition is plain JSON")
    }
}

impl<'de> Deserialize<'de> for ViewSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_stored(&value).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
