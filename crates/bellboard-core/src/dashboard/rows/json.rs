//! Rows in JSON: an array of objects, or one object on each line. The bytes are cut at the ends of the objects as they
//! arrive; each object is read on its own, flat, with its keys in their order.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::cell::Cell;
use super::super::number::Number;
use super::{RowsBuilder, RowsFault};

/// Bytes of one row, at most.
const ROW_BYTES_AT_MOST: usize = 4 * 1024 * 1024;

/// Cuts a JSON array into its objects.
#[derive(Debug, Default)]
pub(super) struct ArraySplitter {
    state: State,
    row: Vec<u8>,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before `[`.
    #[default]
    Outside,
    /// After `[`: a row or `]`.
    First,
    /// Within a row.
    Row,
    /// After a row: `,` or `]`.
    Between,
    /// After `,`: a row.
    Next,
    /// After `]`.
    Done,
}

impl ArraySplitter {
    pub(super) fn push(&mut self, piece: &[u8], rows: &mut RowsBuilder) -> Result<(), RowsFault> {
        let piece = match (self.state, piece.strip_prefix(b"\xEF\xBB\xBF")) {
            (State::Outside, Some(rest)) => rest,
            _ => piece,
        };
        for byte in piece {
            self.take(*byte, rows)?;
        }
        Ok(())
    }

    pub(super) fn finish(&self, rows: &RowsBuilder) -> Result<(), RowsFault> {
        match self.state {
            State::Done => Ok(()),
            State::Outside => Err(RowsFault::whole(
                "must be a JSON array of objects; this is empty",
            )),
            _ => Err(RowsFault::row(
                rows.count(),
                "the array ends in the middle; close it with ]",
            )),
        }
    }

    fn take(&mut self, byte: u8, rows: &mut RowsBuilder) -> Result<(), RowsFault> {
        if self.state == State::Row {
            return self.within(byte, rows);
        }
        if byte.is_ascii_whitespace() {
            return Ok(());
        }
        self.state = match (self.state, byte) {
            (State::Outside, b'[') => State::First,
            (State::First | State::Next, b'{') => {
                self.row.clear();
                self.row.push(byte);
                self.depth = 1;
                State::Row
            }
            (State::First | State::Between, b']') => State::Done,
            (State::Between, b',') => State::Next,
            (State::Outside, _) => {
                return Err(RowsFault::whole(
                    "must be a JSON array of objects: [{...}, {...}]",
                ));
            }
            (State::Done, _) => return Err(RowsFault::whole("something follows after the array")),
            (State::Between, _) => {
                return Err(RowsFault::row(
                    rows.count(),
                    "a comma or ] must stand before it",
                ));
            }
            _ => return Err(RowsFault::row(rows.count(), "must be an object")),
        };
        Ok(())
    }

    fn within(&mut self, byte: u8, rows: &mut RowsBuilder) -> Result<(), RowsFault> {
        if self.row.len() >= ROW_BYTES_AT_MOST {
            return Err(too_long(rows));
        }
        self.row.push(byte);
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return Ok(());
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        if self.depth > 0 {
            return Ok(());
        }
        self.state = State::Between;
        read_row(&self.row, rows)
    }
}

/// Cuts lines.
#[derive(Debug, Default)]
pub(super) struct LineSplitter {
    line: Vec<u8>,
}

impl LineSplitter {
    pub(super) fn push(&mut self, piece: &[u8], rows: &mut RowsBuilder) -> Result<(), RowsFault> {
        let mut lines = piece.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = lines.next() {
            if self.line.len() + part.len() > ROW_BYTES_AT_MOST {
                return Err(too_long(rows));
            }
            self.line.extend_from_slice(part);
            if lines.peek().is_some() {
                self.end_line(rows)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self, rows: &mut RowsBuilder) -> Result<(), RowsFault> {
        self.end_line(rows)
    }

    fn end_line(&mut self, rows: &mut RowsBuilder) -> Result<(), RowsFault> {
        let line = self.line.trim_ascii();
        if line.is_empty() {
            self.line.clear();
            return Ok(());
        }
        if !line.starts_with(b"{") {
            return Err(RowsFault::row(
                rows.count(),
                "each line must be a JSON object",
            ));
        }
        read_row(line, rows)?;
        self.line.clear();
        Ok(())
    }
}

fn too_long(rows: &RowsBuilder) -> RowsFault {
    RowsFault::row(
        rows.count(),
        format!("a row has at most {ROW_BYTES_AT_MOST} bytes"),
    )
}

/// A value of a row.
enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
}

impl Scalar {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Bool(is) => Cell::Bool(*is),
            Self::Number(number) => Cell::Number(*number),
            Self::Text(text) => Cell::Text(text),
        }
    }
}

fn read_row(bytes: &[u8], rows: &mut RowsBuilder) -> Result<(), RowsFault> {
    let place = rows.count();
    let mut column = None;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = (&mut json)
        .deserialize_map(RowVisitor {
            column: &mut column,
        })
        .and_then(|cells| json.end().map(|()| cells));
    let cells = read.map_err(|fault| {
        let detail = format!("no JSON that a row can be: {fault}");
        match &column {
            Some(column) => RowsFault::cell(place, column, detail),
            None => RowsFault::row(place, detail),
        }
    })?;
    rows.push(
        cells
            .iter()
            .map(|(name, value)| (name.as_str(), value.cell())),
    )
}

/// Reads an object, remembering at which key it is, so that a refusal can name it.
struct RowVisitor<'c> {
    column: &'c mut Option<String>,
}

impl<'de> Visitor<'de> for RowVisitor<'_> {
    type Value = Vec<(String, Scalar)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cells = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            *self.column = Some(name.clone());
            let value = map.next_value_seed(ScalarSeed)?;
            *self.column = None;
            cells.push((name, value));
        }
        Ok(cells)
    }
}

struct ScalarSeed;

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = Scalar;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true, false or null; a cell holds no list and no object")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, is: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(is))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(Number::Whole(number)))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Scalar, E> {
        let number = serde_json::Number::from(number);
        Number::from_json(&number)
            .map(Scalar::Number)
            .map_err(E::custom)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Scalar, E> {
        Number::from_f64(number)
            .map(Scalar::Number)
            .map_err(E::custom)
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Err(serde::de::Error::custom(
            "a cell holds no list; push its entries as columns or as text",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Err(serde::de::Error::custom(
            "a cell holds no object; push its fields as columns",
        ))
    }
}
