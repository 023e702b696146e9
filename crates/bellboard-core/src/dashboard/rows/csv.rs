//! Rows in CSV (RFC 4180): a header, then one row on each line. Own code instead of the csv crate, which takes a broken
//! quote for text; here it is refused with its row and column.
//!
//! CSV knows no kinds. A column whose cells all read as JSON numbers is one of numbers, one of `true` and `false` is one
//! of truth values, every other is text. An empty cell is null, and `""` is an empty text. The ids of rows are numbers only
//! where each is written as the hub writes it, else `1.10` would be `1.1` beside numbers and itself beside `2.0-rc1`.

use super::super::cell::Cell;
use super::super::column::Column;
use super::super::number::Number;
use super::{CELL_BYTES_AT_MOST, Rows, RowsBuilder, RowsFault};

/// Takes CSV, piece by piece.
#[derive(Debug, Default)]
pub(super) struct CsvReader {
    state: State,
    cell: Vec<u8>,
    /// The cells of the line so far; none for an empty one.
    line: Vec<Option<String>>,
    header: Option<Vec<String>>,
    rows: RowsBuilder,
    /// How much of the byte order mark was seen.
    mark: usize,
    /// The column of the ids, when somebody said which.
    pub(super) id_field: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    #[default]
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: the end of the cell, or the first half of `""`.
    Quote,
    /// After a carriage return: a line feed.
    Return,
}

const BYTE_ORDER_MARK: [u8; 3] = *b"\xEF\xBB\xBF";

impl CsvReader {
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), RowsFault> {
        for byte in piece {
            if self.mark < BYTE_ORDER_MARK.len() {
                if *byte == BYTE_ORDER_MARK[self.mark] {
                    self.mark += 1;
                    continue;
                }
                self.take_half_a_mark()?;
            }
            self.take(*byte)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Rows, RowsFault> {
        if self.mark < BYTE_ORDER_MARK.len() {
            self.take_half_a_mark()?;
        }
        match self.state {
            State::Quoted => return Err(self.fault("a quote is opened and never closed")),
            State::Start if self.line.is_empty() => {}
            State::Return => return Err(self.fault(LONE_RETURN)),
            state => {
                self.end_cell(state)?;
                self.end_line()?;
            }
        }
        if self.header.is_none() {
            return Err(RowsFault::whole(
                "must begin with a header that names the columns; this is empty",
            ));
        }
        typed(self.rows.finish(), self.id_field.as_deref())
    }

    /// What only began like the byte order mark is the beginning of the header: full-width letters begin with its first
    /// byte. From here on nothing is a mark.
    fn take_half_a_mark(&mut self) -> Result<(), RowsFault> {
        let seen = std::mem::replace(&mut self.mark, BYTE_ORDER_MARK.len());
        for byte in &BYTE_ORDER_MARK[..seen] {
            self.take(*byte)?;
        }
        Ok(())
    }

    fn take(&mut self, byte: u8) -> Result<(), RowsFault> {
        let state = self.state;
        self.state = match (state, byte) {
            (State::Return, b'\n') => {
                self.end_line()?;
                State::Start
            }
            (State::Return, _) => return Err(self.fault(LONE_RETURN)),
            (State::Quoted, b'"') => State::Quote,
            (State::Start, b'"') | (State::Quoted, _) => {
                if state == State::Quoted {
                    self.cell.push(byte);
                }
                State::Quoted
            }
            (State::Quote, b'"') => {
                self.cell.push(byte);
                State::Quoted
            }
            (_, b',') => {
                self.end_cell(state)?;
                State::Start
            }
            (_, b'\n') => {
                self.end_cell(state)?;
                self.end_line()?;
                State::Start
            }
            (_, b'\r') => {
                self.end_cell(state)?;
                State::Return
            }
            (State::Quote, _) => {
                return Err(
                    self.fault("after a closing quote only a comma or the line's end may follow")
                );
            }
            (State::Plain, b'"') => {
                return Err(self
                    .fault("a quote within a cell; put the cell in quotes and double the quote"));
            }
            (_, _) => {
                self.cell.push(byte);
                State::Plain
            }
        };
        if self.cell.len() > CELL_BYTES_AT_MOST {
            return Err(self.fault(&format!("a cell has at most {CELL_BYTES_AT_MOST} bytes")));
        }
        Ok(())
    }

    fn end_cell(&mut self, state: State) -> Result<(), RowsFault> {
        let bytes = std::mem::take(&mut self.cell);
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(self.fault("is not UTF-8"));
        };
        let is_empty = text.is_empty() && state != State::Quote;
        self.line.push((!is_empty).then_some(text));
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), RowsFault> {
        let line = std::mem::take(&mut self.line);
        if line.len() == 1 && line[0].is_none() {
            return Ok(());
        }
        let Some(header) = &self.header else {
            let names: Vec<String> = line.into_iter().map(Option::unwrap_or_default).collect();
            for name in &names {
                self.rows.declare(name)?;
            }
            self.header = Some(names);
            return Ok(());
        };
        let row = self.rows.count();
        if line.len() != header.len() {
            let place = line.len().min(header.len());
            let column = header
                .get(place)
                .cloned()
                .unwrap_or_else(|| (place + 1).to_string());
            let (has, wants) = (line.len(), header.len());
            let detail = format!("the row has {has} cells, the header {wants}");
            return Err(RowsFault::cell(row, &column, detail));
        }
        let cells = line
            .iter()
            .map(|cell| cell.as_deref().map_or(Cell::Null, Cell::Text));
        self.rows.push(header.iter().map(String::as_str).zip(cells))
    }

    fn fault(&self, detail: &str) -> RowsFault {
        let place = self.line.len();
        let column = self
            .header
            .as_ref()
            .and_then(|header| header.get(place).cloned());
        let column = column.unwrap_or_else(|| (place + 1).to_string());
        let fault = RowsFault::cell(self.rows.count(), &column, detail);
        if self.header.is_some() {
            return fault;
        }
        RowsFault {
            row: None,
            detail: format!("in the header: {detail}"),
            ..fault
        }
    }
}

const LONE_RETURN: &str = "a carriage return stands alone; lines end with a line feed";

/// The same rows with the kinds that the texts turn out to have.
fn typed(mut rows: Rows, id_field: Option<&str>) -> Result<Rows, RowsFault> {
    for column in &mut rows.columns {
        if id_field != Some(column.name()) || holds_plain_numbers(column) {
            *column = typed_column(column)?;
        }
    }
    Ok(rows)
}

/// Whether each text of the column is a number as the hub writes it.
fn holds_plain_numbers(column: &Column) -> bool {
    column.cells().all(|cell| match cell {
        Cell::Text(text) => Number::from_json_text(text)
            .and_then(Result::ok)
            .is_some_and(|number| number.to_string() == text),
        _ => true,
    })
}

fn typed_column(column: &Column) -> Result<Column, RowsFault> {
    let texts = || {
        column
            .cells()
            .enumerate()
            .filter_map(|(row, cell)| match cell {
                Cell::Text(text) => Some((row, text)),
                _ => None,
            })
    };
    let number = |text: &str| Number::from_json_text(text).and_then(Result::ok);
    let has_number = texts().any(|(_, text)| number(text).is_some());
    let mut others = texts()
        .filter(|(_, text)| number(text).is_none())
        .peekable();
    if has_number && others.peek().is_none() {
        return Ok(mapped(column, |text| {
            number(text).map_or(Cell::Null, Cell::Number)
        }));
    }
    if has_number && texts().all(|(_, text)| number(text).is_some() || is_not_finite(text)) {
        let (row, text) = others.next().unwrap_or_default();
        let detail = format!("{text} is no number; leave the cell empty");
        return Err(RowsFault::cell(row, column.name(), detail));
    }
    if texts().next().is_some() && texts().all(|(_, text)| matches!(text, "true" | "false")) {
        return Ok(mapped(column, |text| Cell::Bool(text == "true")));
    }
    Ok(column.clone())
}

/// The words by which programs write what is no number.
fn is_not_finite(text: &str) -> bool {
    let word = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    matches!(word.as_str(), "nan" | "inf" | "infinity")
}

fn mapped(column: &Column, read: impl Fn(&str) -> Cell<'static>) -> Column {
    let mut mapped = Column::new(column.name());
    for cell in column.cells() {
        let pushed = match cell {
            Cell::Text(text) => mapped.push(read(text)),
            other => mapped.push(other),
        };
        debug_assert!(
            pushed.is_ok(),
            "every text of the column was read as one kind"
        );
    }
    mapped
}
