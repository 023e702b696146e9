//! The one text of a picture, and the way back. It is JSON with sorted keys and no spaces:
//!
//! `{"columns":[["id","text"],["score","number"]],"format":1,"id_field":"id","ids":["a"],"matched":1,
//! "primary_metric":{"measure":"count"},"primary_value":1,"rows":[["a",0.5]]}`
//!
//! A cell stands as JSON writes it, a time as RFC 3339, and a missing cell as `[]`, because null means null.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::super::cell::{Cell, CellKind};
use super::super::column::Column;
use super::super::number::Number;
use super::super::rows::Ids;
use super::super::view_spec::{Measure, PrimaryMetric};
use super::{MetricValue, Picture};
use crate::time::Timestamp;

/// The number of this form; another one is another form.
pub const PICTURE_FORMAT: u32 = 1;

/// Why a text is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the kept picture cannot be read: {0}")]
pub struct NoPicture(String);

/// Everything but the rows, which come last.
#[derive(Serialize, Deserialize)]
struct Head {
    columns: Vec<(String, CellKind)>,
    format: u32,
    id_field: String,
    ids: Vec<String>,
    matched: u64,
    primary_metric: StoredMetric,
    primary_value: Option<Number>,
}

#[derive(Serialize, Deserialize)]
struct StoredMetric {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    measure: Measure,
}

impl Picture {
    /// Its one text.
    pub fn canonical(&self) -> String {
        let head = Head {
            columns: self
                .columns
                .iter()
                .map(|column| (column.name().to_owned(), column.kind()))
                .collect(),
            format: PICTURE_FORMAT,
            id_field: self.id_field.clone(),
            ids: self.ids.iter().map(str::to_owned).collect(),
            matched: self.matched,
            primary_metric: StoredMetric {
                field: self.metric.metric.field.clone(),
                measure: self.metric.metric.measure,
            },
            primary_value: self.metric.value,
        };
        let mut text = serde_json::to_string(&head).expect("a picture is plain JSON");
        text.pop();
        text.push_str(",\"rows\":[");
        for place in 0..self.shown() {
            text.push_str(if place == 0 { "[" } else { ",[" });
            for (number, column) in self.columns.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                write_cell(&mut text, column.cell(place));
            }
            text.push(']');
        }
        text.push_str("]}");
        text
    }

    /// Reads its one text back.
    pub fn from_canonical(text: &str) -> Result<Self, NoPicture> {
        let no = |fault: serde_json::Error| NoPicture(fault.to_string());
        let Some(at) = rows_of(text) else {
            return Err(NoPicture("it has no rows".to_owned()));
        };
        let head: Head = serde_json::from_str(&format!("{}}}", &text[..at])).map_err(no)?;
        if head.format != PICTURE_FORMAT {
            return Err(NoPicture(format!(
                "format {} is not {PICTURE_FORMAT}",
                head.format
            )));
        }
        let mut columns: Vec<Column> = head
            .columns
            .iter()
            .map(|(name, _)| Column::new(name))
            .collect();
        let kinds: Vec<CellKind> = head.columns.iter().map(|(_, kind)| *kind).collect();
        let rows = text[at + ROWS.len()..]
            .strip_suffix('}')
            .unwrap_or_default();
        let mut json = serde_json::Deserializer::from_str(rows);
        RowsSeed {
            columns: &mut columns,
            kinds: &kinds,
        }
        .deserialize(&mut json)
        .map_err(no)?;
        json.end().map_err(no)?;
        for (column, kind) in columns.iter_mut().zip(&kinds) {
            column.set_kind(*kind);
        }
        let mut ids = Ids::default();
        head.ids.iter().for_each(|id| ids.push_text(id));
        if columns.iter().any(|column| column.len() != ids.len()) {
            return Err(NoPicture("its rows and ids differ in number".to_owned()));
        }
        Ok(Self {
            id_field: head.id_field,
            ids,
            columns,
            matched: head.matched,
            metric: MetricValue {
                metric: PrimaryMetric {
                    measure: head.primary_metric.measure,
                    field: head.primary_metric.field,
                },
                value: head.primary_value,
            },
        })
    }
}

const ROWS: &str = ",\"rows\":";

/// Where the rows begin: at the first such key that stands outside of a text.
fn rows_of(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut in_text) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_text => at += 1,
            b',' if !in_text && bytes[at..].starts_with(ROWS.as_bytes()) => return Some(at),
            b'"' => in_text = !in_text,
            _ => {}
        }
        at += 1;
    }
    None
}

fn write_cell(text: &mut String, cell: Cell<'_>) {
    use fmt::Write as _;

    let written = match cell {
        Cell::Missing => text.write_str("[]"),
        Cell::Null => text.write_str("null"),
        Cell::Bool(is) => write!(text, "{is}"),
        Cell::Number(Number::Whole(whole)) => write!(text, "{whole}"),
        other => text.write_str(&serde_json::to_string(&other).expect("a cell is plain JSON")),
    };
    written.expect("a text takes every text");
}

/// Reads the rows into their columns.
struct RowsSeed<'c> {
    columns: &'c mut [Column],
    kinds: &'c [CellKind],
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let (columns, kinds) = (self.columns, self.kinds);
        while rows
            .next_element_seed(RowSeed { columns, kinds })?
            .is_some()
        {}
        Ok(())
    }
}

struct RowSeed<'c> {
    columns: &'c mut [Column],
    kinds: &'c [CellKind],
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row with a cell for each column")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        for (column, kind) in self.columns.iter_mut().zip(self.kinds) {
            let seed = CellSeed {
                column,
                kind: *kind,
            };
            if cells.next_element_seed(seed)?.is_none() {
                return Err(de::Error::custom("a row lacks a cell"));
            }
        }
        match cells.next_element::<de::IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(de::Error::custom("a row has a cell too many")),
        }
    }
}

struct CellSeed<'c> {
    column: &'c mut Column,
    kind: CellKind,
}

impl CellSeed<'_> {
    fn push<E: de::Error>(self, cell: Cell<'_>) -> Result<(), E> {
        self.column
            .push(cell)
            .map_err(|_| E::custom("a column of two kinds"))
    }
}

impl<'de> DeserializeSeed<'de> for CellSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.push(Cell::Null)
    }

    fn visit_bool<E: de::Error>(self, is: bool) -> Result<(), E> {
        self.push(Cell::Bool(is))
    }

    fn visit_i64<E: de::Error>(self, whole: i64) -> Result<(), E> {
        self.push(Cell::Number(Number::Whole(whole)))
    }

    fn visit_u64<E: de::Error>(self, whole: u64) -> Result<(), E> {
        let whole = i64::try_from(whole).map_err(E::custom)?;
        self.push(Cell::Number(Number::Whole(whole)))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        let number = Number::from_f64(number).map_err(E::custom)?;
        self.push(Cell::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        if self.kind == CellKind::Time {
            let time: Timestamp = text.parse().map_err(E::custom)?;
            return self.push(Cell::Time(time));
        }
        self.push(Cell::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut none: A) -> Result<(), A::Error> {
        match none.next_element::<de::IgnoredAny>()? {
            None => self.push(Cell::Missing),
            Some(_) => Err(de::Error::custom("a cell holds no list")),
        }
    }
}
