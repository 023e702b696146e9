//! Rows as they come from a source or from outside, before the question is asked: columns of one kind each, within
//! limits, refused whole with the row and the column where they are wrong.

mod csv;
mod ids;
mod json;
mod reader;

use std::collections::HashMap;
use std::fmt;

use super::cell::Cell;
use super::column::Column;
use super::fault::quoted;

pub use ids::Ids;
pub use reader::{RowsFormat, RowsReader};

/// Rows of a dashboard, at most.
pub const ROWS_AT_MOST: usize = 100_000;
/// Columns, at most.
pub const COLUMNS_AT_MOST: usize = 10_000;
/// Cells, rows times columns, at most; a row that lacks a column counts as if it had it.
pub const CELLS_AT_MOST: usize = 10_000_000;
/// Bytes of one text, at most.
pub const CELL_BYTES_AT_MOST: usize = 64 * 1024;
/// Bytes of rows that are pushed at once, at most.
pub const PUSHED_BYTES_AT_MOST: usize = 64 * 1024 * 1024;
/// Characters of a column's name, at most.
pub const COLUMN_NAME_AT_MOST: usize = 100;
/// Bytes of a row's id, at most.
pub const ROW_ID_BYTES_AT_MOST: usize = 1_000;

/// Rows in columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    columns: Vec<Column>,
    count: usize,
}

/// Why rows are refused: nothing of them is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsFault {
    /// The row, counted from 1 without a header; none when the whole is meant.
    pub row: Option<usize>,
    /// The column by its name, or by its number where it has none.
    pub column: Option<String>,
    /// What is wrong, and the way out.
    pub detail: String,
}

impl RowsFault {
    /// A fault of the whole.
    pub(super) fn whole(detail: impl Into<String>) -> Self {
        Self {
            row: None,
            column: None,
            detail: detail.into(),
        }
    }

    /// A fault of a row, by its place from 0.
    pub(super) fn row(place: usize, detail: impl Into<String>) -> Self {
        Self {
            row: Some(place + 1),
            ..Self::whole(detail)
        }
    }

    /// A fault of a cell.
    pub(super) fn cell(place: usize, column: &str, detail: impl Into<String>) -> Self {
        Self {
            column: Some(column.to_owned()),
            ..Self::row(place, detail)
        }
    }
}

impl fmt::Display for RowsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, &self.column) {
            (Some(row), Some(column)) => write!(f, "row {row}, column {}: ", quoted(column))?,
            (Some(row), None) => write!(f, "row {row}: ")?,
            (None, Some(column)) => write!(f, "column {}: ", quoted(column))?,
            (None, None) => {}
        }
        f.write_str(&self.detail)
    }
}

impl std::error::Error for RowsFault {}

impl Rows {
    /// The columns, in the order in which they were first seen.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// How many rows there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The ids of the rows; refuses rows without one and rows that share one, naming them.
    pub fn ids(&self, id_field: &str) -> Result<Ids, RowsFault> {
        if self.count == 0 {
            return Ok(Ids::default());
        }
        let Some(column) = self.column(id_field) else {
            return Err(RowsFault::cell(
                0,
                id_field,
                "every row needs an id, and none has this column",
            ));
        };
        let mut ids = Ids::default();
        for (place, cell) in column.cells().enumerate() {
            ids.push(cell)
                .map_err(|why| RowsFault::cell(place, id_field, why))?;
        }
        match ids.doubled() {
            None => Ok(ids),
            Some((first, second)) => Err(RowsFault::cell(
                second,
                id_field,
                format!(
                    "the id {} is also that of row {}; every row needs its own",
                    quoted(ids.get(first)),
                    first + 1
                ),
            )),
        }
    }
}

/// Takes rows one by one.
#[derive(Debug, Default)]
pub struct RowsBuilder {
    rows: Rows,
    places: HashMap<String, usize>,
    text_bytes: usize,
}

impl RowsBuilder {
    /// Adds a row of named cells. A column that earlier rows did not have is missing in them.
    pub fn push<'a>(
        &mut self,
        cells: impl IntoIterator<Item = (&'a str, Cell<'a>)>,
    ) -> Result<(), RowsFault> {
        let row = self.rows.count;
        if row >= ROWS_AT_MOST {
            return Err(RowsFault::row(row, format!("at most {ROWS_AT_MOST} rows")));
        }
        for (name, cell) in cells {
            self.cell(row, name, cell)?;
        }
        self.rows.count += 1;
        if self.rows.count * self.rows.columns.len() > CELLS_AT_MOST {
            let detail = format!("at most {CELLS_AT_MOST} cells, rows times columns");
            return Err(RowsFault::row(row, detail));
        }
        for column in &mut self.rows.columns {
            if column.len() == row {
                let pushed = column.push(Cell::Missing);
                debug_assert!(pushed.is_ok(), "a missing cell has no kind");
            }
        }
        Ok(())
    }

    /// Makes sure that a column stands at the next place, as a header names it.
    pub(super) fn declare(&mut self, name: &str) -> Result<(), RowsFault> {
        if self.places.contains_key(name) {
            let detail = "the header names this column twice";
            return Err(RowsFault {
                column: Some(name.to_owned()),
                ..RowsFault::whole(detail)
            });
        }
        self.place(0, name)
            .map(|_| ())
            .map_err(|fault| RowsFault { row: None, ..fault })
    }

    /// All rows.
    pub fn finish(self) -> Rows {
        self.rows
    }

    /// How many rows were taken.
    pub(super) const fn count(&self) -> usize {
        self.rows.count
    }

    fn cell(&mut self, row: usize, name: &str, cell: Cell<'_>) -> Result<(), RowsFault> {
        let place = self.place(row, name)?;
        let fault = |detail: String| RowsFault::cell(row, name, detail);
        if let Cell::Text(text) = cell {
            self.text_bytes += text.len();
            if text.len() > CELL_BYTES_AT_MOST {
                let has = text.len();
                return Err(fault(format!(
                    "a cell has at most {CELL_BYTES_AT_MOST} bytes, this has {has}"
                )));
            }
            if self.text_bytes > PUSHED_BYTES_AT_MOST {
                return Err(fault(format!(
                    "at most {PUSHED_BYTES_AT_MOST} bytes of text"
                )));
            }
        }
        let column = &mut self.rows.columns[place];
        if column.len() > row {
            return Err(fault("stands twice in the row".to_owned()));
        }
        column.push(cell).map_err(|other| {
            fault(format!(
                "the rows before hold {} here, this is {}; a column holds one kind",
                other.column, other.cell
            ))
        })
    }

    fn place(&mut self, row: usize, name: &str) -> Result<usize, RowsFault> {
        if let Some(place) = self.places.get(name) {
            return Ok(*place);
        }
        let place = self.rows.columns.len();
        let fault = |detail: String| RowsFault::cell(row, name, detail);
        if place >= COLUMNS_AT_MOST {
            return Err(fault(format!(
                "at most {COLUMNS_AT_MOST} columns, this is one more"
            )));
        }
        let characters = name.chars().count();
        if name.trim().is_empty()
            || characters > COLUMN_NAME_AT_MOST
            || name.chars().any(char::is_control)
        {
            let number = (place + 1).to_string();
            let detail = format!(
                "a column's name is 1 to {COLUMN_NAME_AT_MOST} characters without controls"
            );
            return Err(RowsFault::cell(row, &number, detail));
        }
        self.rows.columns.push(Column::missing(name, row));
        self.places.insert(name.to_owned(), place);
        Ok(place)
    }
}

#[cfg(test)]
mod tests;
