//! A column of cells, kept so that two of them are compared in one pass over plain memory: a mark and 64 bits for each
//! cell, and the texts one after another.

use super::cell::{Cell, CellKind};
use super::number::Number;
use crate::time::Timestamp;

/// Cells that are compared at once.
pub(super) const BLOCK: u32 = 8;
const BLOCK_ROWS: usize = BLOCK as usize;

/// What a cell's 64 bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Missing,
    Null,
    False,
    True,
    Whole,
    Decimal,
    Text,
    Time,
}

/// The cells of one column, in the order of the rows.
#[derive(Debug, Clone)]
pub struct Column {
    name: String,
    kind: CellKind,
    marks: Vec<Mark>,
    bits: Vec<u64>,
    texts: String,
}

/// A value of another kind than the column's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OtherKind {
    pub(super) column: CellKind,
    pub(super) cell: CellKind,
}

impl Column {
    /// A column without rows.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: CellKind::Empty,
            marks: Vec::new(),
            bits: Vec::new(),
            texts: String::new(),
        }
    }

    /// A column in which so many rows have no cell.
    pub(super) fn missing(name: &str, rows: usize) -> Self {
        Self {
            marks: vec![Mark::Missing; rows],
            bits: vec![0; rows],
            ..Self::new(name)
        }
    }

    /// What the column is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its cells hold.
    pub const fn kind(&self) -> CellKind {
        self.kind
    }

    /// How many rows it has.
    pub const fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether it has no row.
    pub const fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The cell of a row; [`Cell::Missing`] beyond the last.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        let (Some(mark), Some(bits)) = (self.marks.get(row), self.bits.get(row)) else {
            return Cell::Missing;
        };
        match mark {
            Mark::Missing => Cell::Missing,
            Mark::Null => Cell::Null,
            Mark::False => Cell::Bool(false),
            Mark::True => Cell::Bool(true),
            Mark::Whole => Cell::Number(Number::whole_from_bits(*bits)),
            Mark::Decimal => Cell::Number(Number::decimal_from_bits(*bits)),
            Mark::Text => Cell::Text(self.text(*bits)),
            Mark::Time => Cell::Time(Timestamp::from_micros(bits.cast_signed())),
        }
    }

    /// Every cell, in the order of the rows.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.len()).map(|row| self.cell(row))
    }

    /// Adds the next row's cell; refuses a value of another kind than those before it.
    pub(super) fn push(&mut self, cell: Cell<'_>) -> Result<(), OtherKind> {
        if let Some(kind) = cell.kind() {
            if self.kind == CellKind::Empty {
                self.kind = kind;
            } else if self.kind != kind {
                return Err(OtherKind {
                    column: self.kind,
                    cell: kind,
                });
            }
        }
        let (mark, bits) = match cell {
            Cell::Missing => (Mark::Missing, 0),
            Cell::Null => (Mark::Null, 0),
            Cell::Bool(false) => (Mark::False, 0),
            Cell::Bool(true) => (Mark::True, 0),
            Cell::Number(number @ Number::Whole(_)) => (Mark::Whole, number.bits()),
            Cell::Number(number @ Number::Decimal(_)) => (Mark::Decimal, number.bits()),
            Cell::Time(time) => (Mark::Time, time.micros().cast_unsigned()),
            Cell::Text(text) => {
                let start = self.texts.len() as u64;
                self.texts.push_str(text);
                (Mark::Text, start << 32 | text.len() as u64)
            }
        };
        self.marks.push(mark);
        self.bits.push(bits);
        Ok(())
    }

    /// The cells of the named rows, in that order.
    pub(super) fn gather(&self, rows: &[u32]) -> Self {
        let mut gathered = Self::new(&self.name);
        for row in rows {
            let pushed = gathered.push(self.cell(*row as usize));
            debug_assert!(pushed.is_ok(), "the cells of a column are of one kind");
        }
        gathered.kind = self.kind;
        gathered
    }

    /// Whether the cells differ: row `here` of this column, row `there` of the other.
    #[inline]
    pub(super) fn differs(&self, here: usize, other: &Self, there: usize) -> bool {
        let (mark, bits) = (self.marks[here], self.bits[here]);
        let (other_mark, other_bits) = (other.marks[there], other.bits[there]);
        if mark == Mark::Text && other_mark == Mark::Text {
            return self.text_bytes(bits) != other.text_bytes(other_bits);
        }
        mark != other_mark || bits != other_bits
    }

    /// Whether all cells of a block are the same: those from row `here` on and those of the other from row `there` on.
    /// Where only a look at each cell tells, and where fewer than [`BLOCK`] remain, it says no.
    #[inline]
    pub(super) fn is_same_block(&self, here: usize, other: &Self, there: usize) -> bool {
        let (Some((marks, bits)), Some((other_marks, other_bits))) =
            (self.block(here), other.block(there))
        else {
            return false;
        };
        if !is_same(marks, other_marks) {
            return false;
        }
        if is_same(bits, other_bits) && !marks.contains(&Mark::Text) {
            return true;
        }
        // Texts that follow each other in a column do so in memory, so that equal lengths and bytes are equal texts.
        is_same(marks, &[Mark::Text; BLOCK_ROWS])
            && is_same(&bits.map(length), &other_bits.map(length))
            && self.text_bytes_of(bits) == other.text_bytes_of(other_bits)
    }

    #[inline]
    fn block(&self, row: usize) -> Option<(&[Mark; BLOCK_ROWS], &[u64; BLOCK_ROWS])> {
        let marks = self.marks.get(row..)?.first_chunk()?;
        Some((marks, self.bits.get(row..)?.first_chunk()?))
    }

    /// Says what the cells hold, for a column that was read back without a value in it.
    pub(super) const fn set_kind(&mut self, kind: CellKind) {
        self.kind = kind;
    }

    fn text(&self, bits: u64) -> &str {
        self.texts.get(range(bits)).unwrap_or_default()
    }

    #[inline]
    fn text_bytes(&self, bits: u64) -> &[u8] {
        &self.texts.as_bytes()[range(bits)]
    }

    /// All bytes of texts that follow each other.
    #[inline]
    fn text_bytes_of(&self, bits: &[u64; BLOCK_ROWS]) -> &[u8] {
        &self.texts.as_bytes()[range(bits[0]).start..range(bits[BLOCK_ROWS - 1]).end]
    }
}

/// Whether two blocks are the same. All values are counted: without a branch for each, eight take as long as one.
#[inline]
fn is_same<T: PartialEq>(block: &[T; BLOCK_ROWS], other: &[T; BLOCK_ROWS]) -> bool {
    let values = block.iter().zip(other);
    values.filter(|(one, other)| one != other).count() == 0
}

/// Where a text stands among the texts of its column: its start in the upper half, its length in the lower.
#[inline]
fn range(bits: u64) -> std::ops::Range<usize> {
    let start = usize::try_from(bits >> 32).unwrap_or(usize::MAX);
    let length = usize::try_from(length(bits)).unwrap_or(usize::MAX);
    start..start.saturating_add(length)
}

#[inline]
const fn length(bits: u64) -> u64 {
    bits & 0xFFFF_FFFF
}

impl PartialEq for Column {
    /// By name, kind and cells; how the texts lie in memory is no part of it.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && self.len() == other.len()
            && (0..self.len()).all(|row| !self.differs(row, other, row))
    }
}

impl Eq for Column {}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[Cell<'_>]) -> Column {
        let mut column = Column::new("c");
        for cell in cells {
            column.push(*cell).unwrap();
        }
        column
    }

    #[test]
    fn cells_come_back_as_they_went_in() {
        let decimal = Number::from_f64(-0.25).unwrap();
        for cells in [
            vec![
                Cell::Text("ä"),
                Cell::Missing,
                Cell::Text(""),
                Cell::Null,
                Cell::Text("日本"),
            ],
            vec![
                Cell::Number(Number::Whole(i64::MIN)),
                Cell::Number(decimal),
                Cell::Null,
            ],
            vec![Cell::Bool(true), Cell::Bool(false), Cell::Missing],
            vec![Cell::Time(Timestamp::MIN), Cell::Time(Timestamp::MAX)],
        ] {
            let column = column(&cells);
            assert_eq!(column.cells().collect::<Vec<_>>(), cells);
            assert_eq!(column.cell(cells.len()), Cell::Missing);
            assert_eq!(column.gather(&[1, 0]).cell(1), cells[0]);
        }
    }

    #[test]
    fn a_column_holds_one_kind() {
        let mut mixed = column(&[Cell::Null, Cell::Number(Number::ZERO)]);
        assert_eq!(
            mixed.push(Cell::Text("0")),
            Err(OtherKind {
                column: CellKind::Number,
                cell: CellKind::Text
            })
        );
        assert_eq!(mixed.len(), 2);
        assert_eq!(column(&[Cell::Null, Cell::Missing]).kind(), CellKind::Empty);
    }

    #[test]
    fn columns_are_equal_by_what_they_hold() {
        let a = column(&[Cell::Text("x"), Cell::Text("yy")]);
        let b = column(&[Cell::Text("yy"), Cell::Text("x")]).gather(&[1, 0]);
        assert_eq!(a, b);
        assert_ne!(a, column(&[Cell::Text("x"), Cell::Null]));
        assert_ne!(column(&[Cell::Null]), column(&[Cell::Missing]));
        assert_ne!(column(&[]), Column::new("d"));
    }
}
