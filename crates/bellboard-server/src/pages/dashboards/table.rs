//! A picture as a table: its columns in their order, numbers below each other, null and missing told apart.

use askama::Template;
use bellboard_core::dashboard::{Cell, CellKind, Column, Picture, Row, Source};
use bellboard_core::text::{humanise, sanitise};
use bellboard_core::time::Timestamp;

use crate::pages::chart::{decimals, fixed};
use crate::pages::moment::{Moment, Reading};
use crate::pages::words::counted;

/// So many rows stand on one page.
pub const ROWS_SHOWN: usize = 100;
/// Characters of a text in a cell, at most.
const TEXT_AT_MOST: usize = 200;

/// The table.
#[derive(Debug, Template)]
#[template(path = "dashboard_table.html")]
pub struct PictureTable {
    caption: String,
    heads: Vec<Heading>,
    rows: Vec<TableRow>,
}

impl askama::filters::HtmlSafe for PictureTable {}

#[derive(Debug)]
struct Heading {
    words: String,
    number: bool,
}

#[derive(Debug)]
struct TableRow {
    rank: u32,
    cells: Vec<TableCell>,
}

#[derive(Debug)]
struct TableCell {
    shown: Shown,
    number: bool,
    heads_row: bool,
    url: Option<String>,
}

/// What a cell says.
#[derive(Debug, Template)]
#[template(path = "dashboard_cell.html")]
pub enum Shown {
    /// Words.
    Words(String),
    /// A point in time.
    Time(Moment),
    /// The row says null.
    Null,
    /// The row does not have the column.
    Missing,
}

impl askama::filters::HtmlSafe for Shown {}

impl PictureTable {
    /// The rows from this rank on, counted from 1.
    pub fn new(picture: &Picture, source: Source, from: usize, now: Timestamp) -> Self {
        let columns = picture.columns();
        let heading_column = heading_column(picture);
        let digits: Vec<usize> = columns.iter().map(digits_of).collect();
        let figures: Vec<bool> = columns
            .iter()
            .map(|column| holds_figures(picture, column))
            .collect();
        let rows = picture.rows().skip(from.saturating_sub(1)).take(ROWS_SHOWN);
        Self {
            caption: counted(picture.matched(), "row matches", "rows match"),
            heads: columns
                .iter()
                .zip(&figures)
                .map(|(column, number)| Heading {
                    words: humanise(column.name()),
                    number: *number,
                })
                .collect(),
            rows: rows
                .map(|row| TableRow {
                    rank: row.rank(),
                    cells: row
                        .cells()
                        .enumerate()
                        .map(|(place, cell)| TableCell {
                            shown: match cell {
                                Cell::Number(id) if !figures[place] => Shown::Words(id.to_string()),
                                _ => Shown::new(cell, digits[place], now),
                            },
                            number: figures[place],
                            heads_row: place == heading_column,
                            url: (place == heading_column)
                                .then(|| url_of(source, picture, row))
                                .flatten(),
                        })
                        .collect(),
                })
                .collect(),
        }
    }
}

impl Shown {
    /// A cell, its number with so many digits behind the point.
    pub fn new(cell: Cell<'_>, digits: usize, now: Timestamp) -> Self {
        match cell {
            Cell::Missing => Self::Missing,
            Cell::Null => Self::Null,
            Cell::Number(number) => Self::Words(fixed(number, digits)),
            Cell::Text(text) => Self::Words(sanitise(text, TEXT_AT_MOST)),
            Cell::Time(at) => Self::Time(Moment::new(at, Reading::Clock, now)),
            Cell::Bool(_) => Self::Words(cell.to_string()),
        }
    }
}

/// Whether the numbers of a column are values. Those of the ids are names: nothing is made of them, and nobody groups
/// their digits.
pub fn holds_figures(picture: &Picture, column: &Column) -> bool {
    column.kind() == CellKind::Number && column.name() != picture.id_field()
}

/// How many digits behind the point the numbers of a column need.
pub fn digits_of(column: &Column) -> usize {
    let numbers = column.cells().filter_map(Cell::number);
    numbers.map(decimals).max().unwrap_or(0)
}

/// The column that names the row: the one of its label, else the one of its id, else the first.
fn heading_column(picture: &Picture) -> usize {
    let first = picture.rows().next();
    let says_label = first.and_then(|row| {
        let label = row.label();
        row.cells()
            .position(|cell| matches!(cell, Cell::Text(text) if text == label))
    });
    let columns = picture.columns();
    let of_id = || {
        columns
            .iter()
            .position(|column| column.name() == picture.id_field())
    };
    says_label.or_else(of_id).unwrap_or(0)
}

/// The page of what a row is about, where its id is that of a run or a task.
fn url_of(source: Source, picture: &Picture, row: Row<'_>) -> Option<String> {
    let folder = match source {
        Source::Runs => "runs",
        Source::Tasks => "tasks",
        _ => return None,
    };
    (picture.id_field() == "id").then(|| format!("/ui/{folder}/{}", row.id()))
}
