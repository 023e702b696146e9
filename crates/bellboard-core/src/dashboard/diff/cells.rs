//! Which cells differ in the rows of both pictures. The columns are compared one after another, but over one portion of
//! the rows at a time, so that what differs is still at hand in the processor when it is told.

use super::super::cell::CellKind;
use super::super::column::{BLOCK, Column};
use super::matching::Run;

/// Rows that are compared before what differs in them is told.
const PORTION_ROWS: u32 = 1024;

/// A column of both pictures, whose values are of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct SharedColumn<'p> {
    /// Its place among the columns of the second picture.
    pub(super) place: u32,
    /// In the first picture.
    pub(super) before: &'p Column,
    /// In the second.
    pub(super) after: &'p Column,
}

/// Whether two columns are compared cell by cell: those of one name whose values are of one kind. One that holds no value
/// contradicts no kind; else a null that becomes a number would be a change only beside other numbers.
pub(super) fn are_comparable(before: &Column, after: &Column) -> bool {
    let kinds = [before.kind(), after.kind()];
    before.name() == after.name() && (kinds[0] == kinds[1] || kinds.contains(&CellKind::Empty))
}

/// A cell that differs, by its places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    /// The row in the first picture.
    pub(super) a: u32,
    /// The row in the second.
    pub(super) b: u32,
    /// The column, counted among those of both.
    pub(super) column: u32,
}

/// Tells each row of the runs in which cells differ, in their order: with those cells, at least one, in the order of the
/// columns.
pub(super) fn each_changed_row(
    columns: &[SharedColumn<'_>],
    runs: &[Run],
    mut tell: impl FnMut(&[Difference]),
) {
    let mut found = Vec::new();
    each_portion(runs, |portion| {
        for (number, column) in (0u32..).zip(columns) {
            column.differences(number, portion, &mut found);
        }
        found.sort_unstable_by_key(|cell| (cell.b, cell.column));
        found
            .chunk_by(|cell, next| cell.b == next.b)
            .for_each(&mut tell);
        found.clear();
    });
}

/// Rows that are compared, column after column, before what differs in them is told.
#[derive(Default)]
struct Portion {
    /// Runs of at least a block.
    runs: Vec<Run>,
    /// The rows of shorter ones. Those that moved stand anywhere in the first picture, so that the processor waits for
    /// their cells: when they are compared one right after another, it waits for several at once.
    pairs: Vec<(u32, u32)>,
}

/// The runs, cut so that every portion but the last has the same number of rows.
fn each_portion(runs: &[Run], mut take: impl FnMut(&Portion)) {
    let (mut portion, mut rows) = (Portion::default(), 0);
    for run in runs {
        let mut from = 0;
        while from < run.rows {
            let part = run.part(from, PORTION_ROWS - rows);
            if part.rows < BLOCK {
                portion.pairs.extend(part.pairs());
            } else {
                portion.runs.push(part);
            }
            from += part.rows;
            rows += part.rows;
            if rows == PORTION_ROWS {
                take(&portion);
                portion.runs.clear();
                portion.pairs.clear();
                rows = 0;
            }
        }
    }
    take(&portion);
}

impl SharedColumn<'_> {
    /// Whether its values are numbers, in either picture.
    pub(super) fn is_numeric(self) -> bool {
        [self.before, self.after]
            .iter()
            .any(|column| column.kind() == CellKind::Number)
    }

    /// Adds the cells that differ. Most do not, so that only in a block with one that does each is looked at.
    fn differences(self, column: u32, portion: &Portion, found: &mut Vec<Difference>) {
        for run in &portion.runs {
            let mut from = 0;
            while from < run.rows {
                // The last block reaches back over rows that were compared before.
                let block = run.part(from.min(run.rows - BLOCK), BLOCK);
                let part = run.part(from, BLOCK);
                if !self.is_same_block(block) {
                    let pairs = part.pairs().filter(|pair| self.differs(*pair));
                    found.extend(pairs.map(|(a, b)| Difference { a, b, column }));
                }
                from += part.rows;
            }
        }
        let pairs = portion.pairs.iter().filter(|pair| self.differs(**pair));
        found.extend(pairs.map(|(a, b)| Difference {
            a: *a,
            b: *b,
            column,
        }));
    }

    fn is_same_block(self, block: Run) -> bool {
        self.before
            .is_same_block(block.a as usize, self.after, block.b as usize)
    }

    #[inline]
    fn differs(self, (a, b): (u32, u32)) -> bool {
        self.before.differs(a as usize, self.after, b as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of these lengths, with a row between them that only the second picture has.
    fn runs(lengths: impl IntoIterator<Item = u32>) -> Vec<Run> {
        let (mut a, mut b) = (0, 0);
        let mut runs = Vec::new();
        for rows in lengths {
            runs.push(Run { a, b, rows });
            a += rows;
            b += rows + 1;
        }
        runs
    }

    #[test]
    fn portions_are_bounded_and_hold_every_row_once() {
        let long = [1, 7, 8, 9, 1015, 1023, 1024, 1025, 20_000, 3];
        let short = std::iter::repeat_n([1, 5, 2, 1017], 300).flatten();
        for runs in [
            runs(long),
            runs(vec![1; 40_000]),
            runs(vec![1020; 9]),
            runs(short),
            runs([]),
        ] {
            let mut rows: Vec<Vec<(u32, u32)>> = Vec::new();
            each_portion(&runs, |portion| {
                assert!(portion.runs.iter().all(|run| run.rows >= BLOCK));
                let in_runs = portion.runs.iter().flat_map(|run| run.pairs());
                rows.push(in_runs.chain(portion.pairs.iter().copied()).collect());
            });
            let full = rows.split_last().map_or(&[][..], |(_, before)| before);
            assert!(full.iter().all(|rows| rows.len() == PORTION_ROWS as usize));
            assert!(rows.iter().all(|rows| rows.len() <= PORTION_ROWS as usize));
            // Portions follow each other; within one the order is made when what differs is known.
            for portion in &mut rows {
                portion.sort_unstable();
            }
            let all: Vec<(u32, u32)> = runs.iter().flat_map(|run| run.pairs()).collect();
            assert_eq!(rows.concat(), all);
        }
    }
}
