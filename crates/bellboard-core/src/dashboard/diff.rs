//! What differs between two pictures. A diff is complete: applied to the first picture it gives the second.
//!
//! Rows are matched by id. Most rows of two pictures stand beside each other, so both are walked together, and only
//! those that are not met on the way are looked up; the columns are then compared one after another.

mod apply;
mod matching;
mod sentence;
mod summary;
mod view;

use super::cell::{Cell, OwnedCell};
use super::column::Column;
use super::number::{Delta, Share};
use super::picture::{MetricValue, Picture, rank};

use matching::Matching;

pub use apply::NotApplied;
pub use summary::{
    FieldChange, LargestChange, MetricChange, OrderChange, SetChange, Summary, summarise,
};
pub use view::{ChangeKind, DiffView, RankChangeView, ValueDeltaView};

/// Changes of rank are listed within the first ten, when nothing else is asked for.
pub const TOP_N: u32 = 10;

/// What differs from one picture, `a`, to another, `b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The first how many ranks `top_n_changes` is about.
    pub top_n: u32,
    /// Every row whose rank changed inside of either picture's first `top_n`, in the order of the ranks after.
    pub top_n_changes: Vec<RankChange>,
    /// Every row of both pictures in which a cell differs, in the order of `b`.
    pub row_value_deltas: Vec<RowDelta>,
    /// The rows that only `b` has, in its order.
    pub id_set_added: Vec<AddedRow>,
    /// The rows that only `a` has, in its order.
    pub id_set_removed: Vec<RankedId>,
    /// The one number of both.
    pub primary_metric: MetricChange,
    /// What happened to whole columns.
    pub columns: ColumnChanges,
    /// The facts that rules look at.
    pub summary: Summary,
    /// The fewest rows of both that must be taken out and put elsewhere for the order of `b`, by their ranks in it.
    moves: Vec<RankedId>,
    matched: u64,
    metric_after: MetricValue,
    id_field: String,
}

/// An id at a rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedId {
    /// The row.
    pub id: Box<str>,
    /// Its rank, from 1.
    pub rank: u32,
}

/// A row that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedRow {
    /// The row.
    pub id: Box<str>,
    /// Its rank.
    pub rank: u32,
    /// Its cells, in the order of the columns after.
    pub cells: Vec<OwnedCell>,
}

/// A change of rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankChange {
    /// The row.
    pub id: Box<str>,
    /// Where it was; none for a new row.
    pub rank_before: Option<u32>,
    /// Where it is; none for one that is gone.
    pub rank_after: Option<u32>,
    /// Whether a cell of the row changed: then it moved itself. Else others pushed it.
    pub changed_itself: bool,
}

/// A row in which cells differ.
#[derive(Debug, Clone, PartialEq)]
pub struct RowDelta {
    /// The row.
    pub id: Box<str>,
    /// Its rank before.
    pub rank_before: u32,
    /// Its rank after.
    pub rank_after: u32,
    /// The cells that differ, in the order of the columns after.
    pub cells: Vec<CellDelta>,
}

/// A cell that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct CellDelta {
    /// The column, by its place in [`ColumnChanges::after`].
    pub column: u32,
    /// What it was.
    pub before: OwnedCell,
    /// What it is.
    pub after: OwnedCell,
}

impl CellDelta {
    /// The difference, when both are numbers.
    pub fn delta(&self) -> Option<Delta> {
        let (before, after) = (self.before.get().number()?, self.after.get().number()?);
        Some(before.delta_to(after))
    }

    /// `(after - before) / |before|`, when both are numbers.
    pub fn share(&self) -> Option<Share> {
        let (before, after) = (self.before.get().number()?, self.after.get().number()?);
        Some(before.share_to(after))
    }
}

/// What happened to whole columns. Columns of one name and one kind are compared cell by cell; any other is taken whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnChanges {
    /// The names of the columns of `a`.
    pub before: Vec<String>,
    /// The names of the columns of `b`.
    pub after: Vec<String>,
    /// The columns that `b` has and `a` has not, or has with another kind, whole.
    pub(super) replaced: Vec<Column>,
}

impl ColumnChanges {
    /// The columns that are new, or hold another kind than before.
    pub fn new_or_of_another_kind(&self) -> impl Iterator<Item = &str> {
        self.replaced.iter().map(Column::name)
    }

    /// The columns that are gone.
    pub fn removed(&self) -> impl Iterator<Item = &str> {
        let gone = self.before.iter().filter(|name| !self.after.contains(name));
        gone.map(String::as_str)
    }
}

impl Diff {
    /// The fewest rows of both that must be taken out and put elsewhere for the order after: the others were only pushed.
    pub fn moved(&self) -> impl Iterator<Item = &str> {
        self.moves.iter().map(|row| &*row.id)
    }
}

/// What differs from `a` to `b`, with changes of rank within the first [`TOP_N`].
pub fn compute_diff(a: &Picture, b: &Picture) -> Diff {
    compute_diff_within(a, b, TOP_N)
}

/// The same, with changes of rank within the first `top_n`.
pub fn compute_diff_within(a: &Picture, b: &Picture, top_n: u32) -> Diff {
    let compared = Compared::new(a, b);
    Diff {
        top_n,
        top_n_changes: compared.rank_changes(top_n),
        row_value_deltas: compared.row_deltas(),
        id_set_added: compared.added(),
        id_set_removed: compared.removed(),
        primary_metric: summary::metric_change(a, b),
        columns: compared.columns(),
        summary: summary::of(&compared),
        moves: compared.moves(),
        matched: b.matched,
        metric_after: b.metric.clone(),
        id_field: b.id_field.clone(),
    }
}

/// Two pictures side by side: who is who, and which cells differ.
struct Compared<'p> {
    a: &'p Picture,
    b: &'p Picture,
    matching: Matching,
    /// For each column of `b` its place in `a`, where it is of the same kind.
    column_before: Vec<Option<usize>>,
    /// For each column of `b` the matched pairs, by their places, whose cells differ.
    differing: Vec<Vec<u32>>,
}

impl<'p> Compared<'p> {
    fn new(a: &'p Picture, b: &'p Picture) -> Self {
        let matching = Matching::new(&a.ids, &b.ids);
        let column_before: Vec<Option<usize>> = b
            .columns
            .iter()
            .map(|column| {
                let same =
                    |was: &Column| was.name() == column.name() && was.kind() == column.kind();
                a.columns.iter().position(same)
            })
            .collect();
        let differing = column_before
            .iter()
            .zip(&b.columns)
            .map(|(before, after)| match before {
                Some(before) => differing(&a.columns[*before], after, &matching.pairs),
                None => Vec::new(),
            })
            .collect();
        Self {
            a,
            b,
            matching,
            column_before,
            differing,
        }
    }

    fn row_deltas(&self) -> Vec<RowDelta> {
        // Counted first, so that every list is made once and in its size.
        let mut count = vec![0u32; self.matching.pairs.len()];
        for pair in self.differing.iter().flatten() {
            count[*pair as usize] += 1;
        }
        let changed = count.iter().filter(|count| **count > 0).count();
        let mut rows = Vec::with_capacity(changed);
        let mut next = vec![0usize; self.differing.len()];
        for (pair, cells) in (0u32..).zip(count).filter(|(_, cells)| *cells > 0) {
            let (before, after) = self.matching.pairs[pair as usize];
            let mut row = RowDelta {
                id: self.b.ids.get(after as usize).into(),
                rank_before: before + 1,
                rank_after: after + 1,
                cells: Vec::with_capacity(cells as usize),
            };
            for (column, differing) in self.differing.iter().enumerate() {
                if differing.get(next[column]) == Some(&pair) {
                    next[column] += 1;
                    row.cells.push(self.cell_delta(column, before, after));
                }
            }
            rows.push(row);
        }
        rows
    }

    fn cell_delta(&self, column: usize, before: u32, after: u32) -> CellDelta {
        let was = self.column_before[column].map(|column| &self.a.columns[column]);
        CellDelta {
            column: u32::try_from(column).unwrap_or(u32::MAX),
            before: was
                .map_or(Cell::Missing, |was| was.cell(before as usize))
                .to_owned(),
            after: self.b.columns[column].cell(after as usize).to_owned(),
        }
    }

    fn added(&self) -> Vec<AddedRow> {
        let rows = self.matching.added.iter().map(|place| *place as usize);
        rows.map(|place| AddedRow {
            id: self.b.ids.get(place).into(),
            rank: rank(place),
            cells: self
                .b
                .columns
                .iter()
                .map(|column| column.cell(place).to_owned())
                .collect(),
        })
        .collect()
    }

    fn removed(&self) -> Vec<RankedId> {
        let rows = self.matching.removed.iter().map(|place| *place as usize);
        rows.map(|place| RankedId {
            id: self.a.ids.get(place).into(),
            rank: rank(place),
        })
        .collect()
    }

    fn moves(&self) -> Vec<RankedId> {
        let places = self
            .matching
            .moved()
            .into_iter()
            .map(|place| place as usize);
        places
            .map(|place| RankedId {
                id: self.b.ids.get(place).into(),
                rank: rank(place),
            })
            .collect()
    }

    fn columns(&self) -> ColumnChanges {
        let names = |picture: &Picture| {
            picture
                .columns
                .iter()
                .map(|column| column.name().to_owned())
                .collect()
        };
        let replaced = self
            .column_before
            .iter()
            .zip(&self.b.columns)
            .filter(|(before, _)| before.is_none());
        ColumnChanges {
            before: names(self.a),
            after: names(self.b),
            replaced: replaced.map(|(_, column)| column.clone()).collect(),
        }
    }

    fn rank_changes(&self, top_n: u32) -> Vec<RankChange> {
        let inside = |place: u32| place < top_n;
        let mut changes: Vec<RankChange> = Vec::new();
        for (pair, (before, after)) in (0u32..).zip(&self.matching.pairs) {
            if before != after && (inside(*before) || inside(*after)) {
                changes.push(RankChange {
                    id: self.b.ids.get(*after as usize).into(),
                    rank_before: Some(before + 1),
                    rank_after: Some(after + 1),
                    changed_itself: self.pair_differs(pair),
                });
            }
        }
        for place in self.matching.added.iter().filter(|place| inside(**place)) {
            changes.push(RankChange {
                id: self.b.ids.get(*place as usize).into(),
                rank_before: None,
                rank_after: Some(place + 1),
                changed_itself: true,
            });
        }
        for place in self.matching.removed.iter().filter(|place| inside(**place)) {
            changes.push(RankChange {
                id: self.a.ids.get(*place as usize).into(),
                rank_before: Some(place + 1),
                rank_after: None,
                changed_itself: true,
            });
        }
        changes.sort_by_key(|change| {
            (
                change.rank_after.is_none(),
                change.rank_after,
                change.rank_before,
            )
        });
        changes
    }

    /// Whether a cell of the pair differs; a new column, or one of another kind, is no change of the row.
    fn pair_differs(&self, pair: u32) -> bool {
        self.differing
            .iter()
            .any(|pairs| pairs.binary_search(&pair).is_ok())
    }
}

/// The pairs whose cells differ in a column.
fn differing(before: &Column, after: &Column, pairs: &[(u32, u32)]) -> Vec<u32> {
    let numbered = (0u32..).zip(pairs);
    numbered
        .filter(|(_, (a, b))| before.differs(*a as usize, after, *b as usize))
        .map(|(pair, _)| pair)
        .collect()
}

#[cfg(test)]
pub(in crate::dashboard) mod tests;
