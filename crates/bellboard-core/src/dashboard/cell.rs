//! One cell of a picture: a value, null, or nothing at all, which is not the same.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::number::Number;
use crate::text::sanitise;
use crate::time::Timestamp;
use crate::vocabulary::words;

words! {
    /// What the cells of a column hold. A column holds one kind, beside null and missing cells.
    CellKind {
        /// Text.
        Text = "text",
        /// Numbers, whole and decimal ones.
        Number = "number",
        /// True or false.
        Bool = "bool",
        /// Points in time.
        Time = "time",
        /// Nothing but null and missing cells.
        Empty = "empty",
    }
}

/// A cell, borrowed from where it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The row does not have this column.
    Missing,
    /// The row says null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(&'a str),
    /// A point in time.
    Time(Timestamp),
}

/// A cell that stands on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedCell {
    /// A text.
    Text(Box<str>),
    /// Any other cell; it borrows nothing.
    Plain(Cell<'static>),
}

impl Cell<'_> {
    /// The kind of its value; none for null and missing.
    pub const fn kind(self) -> Option<CellKind> {
        match self {
            Self::Missing | Self::Null => None,
            Self::Bool(_) => Some(CellKind::Bool),
            Self::Number(_) => Some(CellKind::Number),
            Self::Text(_) => Some(CellKind::Text),
            Self::Time(_) => Some(CellKind::Time),
        }
    }

    /// Its number, if it is one.
    pub const fn number(self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The same cell, standing on its own.
    pub fn to_owned(self) -> OwnedCell {
        match self {
            Self::Text(text) => OwnedCell::Text(text.into()),
            Self::Missing => OwnedCell::Plain(Cell::Missing),
            Self::Null => OwnedCell::Plain(Cell::Null),
            Self::Bool(is) => OwnedCell::Plain(Cell::Bool(is)),
            Self::Number(number) => OwnedCell::Plain(Cell::Number(number)),
            Self::Time(time) => OwnedCell::Plain(Cell::Time(time)),
        }
    }
}

impl OwnedCell {
    /// The cell.
    pub fn get(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Plain(cell) => *cell,
        }
    }

    /// Whether the row does not have the column at all.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Plain(Cell::Missing))
    }
}

impl fmt::Display for Cell<'_> {
    /// As a person reads it in a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Null => f.write_str("nothing"),
            Self::Bool(true) => f.write_str("yes"),
            Self::Bool(false) => f.write_str("no"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(&sanitise(text, 80)),
            Self::Time(time) => time.fmt(f),
        }
    }
}

impl Serialize for Cell<'_> {
    /// A missing cell is null here too; whoever tells them apart leaves the key out or writes `[]` instead.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing | Self::Null => serializer.serialize_unit(),
            Self::Bool(is) => serializer.serialize_bool(*is),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Time(time) => time.serialize(serializer),
        }
    }
}

impl Serialize for OwnedCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl JsonSchema for OwnedCell {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": ["string", "number", "boolean", "null"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_missing_are_not_the_same() {
        assert_ne!(Cell::Null, Cell::Missing);
        assert_eq!(Cell::Missing.to_string(), "missing");
        assert_eq!(Cell::Null.to_string(), "nothing");
        assert!(Cell::Missing.to_owned().is_missing());
        assert!(!Cell::Null.to_owned().is_missing());
        assert_eq!(Cell::Null.kind(), None);
    }

    #[test]
    fn a_cell_on_its_own_is_the_same_cell() {
        let time: Timestamp = "2026-11-20T17:40:00Z".parse().unwrap();
        for cell in [
            Cell::Missing,
            Cell::Null,
            Cell::Bool(true),
            Cell::Number(Number::Whole(7)),
            Cell::Text("seven"),
            Cell::Time(time),
        ] {
            assert_eq!(cell.to_owned().get(), cell);
        }
        let words: Vec<String> = [
            Cell::Bool(false),
            Cell::Text("a\u{202E}b"),
            Cell::Time(time),
        ]
        .map(|cell| cell.to_string())
        .into();
        assert_eq!(words, ["no", "a b", "2026-11-20T17:40:00.000000Z"]);
    }
}
