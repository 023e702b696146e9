//! What differs between two pictures. A diff is complete: applied to the first picture it gives the second.
//!
//! Rows are matched by id. Most rows of two pictures stand beside each other, so both are walked together, and only
//! those that are not met on the way are looked up; the columns are then compared one after another.

mod apply;
mod cells;
mod matching;
mod sentence;
mod summary;
mod view;

use std::collections::HashSet;

use super::cell::{Cell, CellKind, OwnedCell};
use super::column::Column;
use super::number::{Delta, Share};
use super::picture::{MetricValue, Picture, rank};

use cells::{Difference, SharedColumn};
use matching::Matching;
use summary::Tally;

pub use apply::NotApplied;
pub use summary::{
    FieldChange, LargestChange, MetricChange, OrderChange, OtherChange, SetChange, Summary,
    summarise,
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

/// What happened to whole columns. Columns of one name and one kind are compared cell by cell, and one without any value
/// with every other of its name; any other is taken whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnChanges {
    /// The names of the columns of `a`.
    pub before: Vec<String>,
    /// The names of the columns of `b`.
    pub after: Vec<String>,
    /// What the columns of `b` hold.
    pub(super) kinds: Vec<CellKind>,
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

    /// Whether a column came, went, stands elsewhere, or holds values of another kind.
    pub fn differ(&self) -> bool {
        !self.replaced.is_empty() || self.before != self.after
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
    let mut tally = Tally::new(&compared);
    let mut row_value_deltas = Vec::new();
    cells::each_changed_row(&compared.columns, &compared.matching.runs, |cells| {
        tally.add(cells);
        row_value_deltas.push(compared.row_delta(cells));
    });
    Diff {
        top_n,
        top_n_changes: compared.rank_changes(top_n, &row_value_deltas),
        row_value_deltas,
        id_set_added: compared.added(),
        id_set_removed: compared.removed(),
        primary_metric: summary::metric_change(a, b),
        columns: compared.column_changes(),
        summary: tally.summary(),
        moves: compared.moves(),
        matched: b.matched,
        metric_after: b.metric.clone(),
        id_field: b.id_field.clone(),
    }
}

/// Two pictures side by side: who is who, and which columns are compared.
struct Compared<'p> {
    a: &'p Picture,
    b: &'p Picture,
    matching: Matching,
    /// The columns of both, in the order of `b`.
    columns: Vec<SharedColumn<'p>>,
}

impl<'p> Compared<'p> {
    fn new(a: &'p Picture, b: &'p Picture) -> Self {
        let shared = |(place, after): (usize, &'p Column)| {
            let is_shared = |was: &&Column| cells::are_comparable(was, after);
            let beside = a.columns.get(place).filter(is_shared);
            Some(SharedColumn {
                place: u32::try_from(place).ok()?,
                before: beside.or_else(|| a.columns.iter().find(is_shared))?,
                after,
            })
        };
        Self {
            a,
            b,
            matching: Matching::new(&a.ids, &b.ids),
            columns: b.columns.iter().enumerate().filter_map(shared).collect(),
        }
    }

    fn row_delta(&self, cells: &[Difference]) -> RowDelta {
        let row = cells[0];
        let cells = cells.iter().map(|cell| {
            let (before, after) = self.cells(*cell);
            CellDelta {
                column: self.columns[cell.column as usize].place,
                before: before.to_owned(),
                after: after.to_owned(),
            }
        });
        RowDelta {
            id: self.b.ids.get(row.b as usize).into(),
            rank_before: row.a + 1,
            rank_after: row.b + 1,
            cells: cells.collect(),
        }
    }

    /// What a cell was and is.
    fn cells(&self, cell: Difference) -> (Cell<'p>, Cell<'p>) {
        let column = self.columns[cell.column as usize];
        let (before, after) = (cell.a as usize, cell.b as usize);
        (column.before.cell(before), column.after.cell(after))
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

    fn column_changes(&self) -> ColumnChanges {
        let names = |picture: &Picture| {
            picture
                .columns
                .iter()
                .map(|column| column.name().to_owned())
                .collect()
        };
        ColumnChanges {
            before: names(self.a),
            after: names(self.b),
            kinds: self.b.columns.iter().map(Column::kind).collect(),
            replaced: self.replaced().cloned().collect(),
        }
    }

    /// The columns that `b` has and `a` has not, or has with another kind.
    fn replaced(&self) -> impl Iterator<Item = &'p Column> {
        let is_shared = move |place: u32| {
            let found = self
                .columns
                .binary_search_by_key(&place, |column| column.place);
            found.is_ok()
        };
        let all = (0u32..).zip(&self.b.columns);
        all.filter(move |(place, _)| !is_shared(*place))
            .map(|(_, column)| column)
    }

    /// The names of the columns that are not compared cell by cell, those that are gone last.
    fn whole_columns(&self) -> impl Iterator<Item = &'p str> {
        let stay: HashSet<&str> = self.b.columns.iter().map(Column::name).collect();
        let before = self.a.columns.iter().map(Column::name);
        let gone = before.filter(move |name| !stay.contains(name));
        self.replaced().map(Column::name).chain(gone)
    }

    fn rank_changes(&self, top_n: u32, row_deltas: &[RowDelta]) -> Vec<RankChange> {
        // A new column, or one of another kind, is no change of the row.
        let changed_itself = |place: u32| {
            let rank = row_deltas.binary_search_by_key(&(place + 1), |row| row.rank_after);
            rank.is_ok()
        };
        let inside = |place: u32| place < top_n;
        let mut changes: Vec<RankChange> = Vec::new();
        let runs = self.matching.runs.iter();
        let runs = runs.filter(|run| run.a != run.b && (inside(run.a) || inside(run.b)));
        for (before, after) in runs.flat_map(|run| run.pairs()) {
            if inside(before) || inside(after) {
                changes.push(RankChange {
                    id: self.b.ids.get(after as usize).into(),
                    rank_before: Some(before + 1),
                    rank_after: Some(after + 1),
                    changed_itself: changed_itself(after),
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
}

#[cfg(test)]
pub(in crate::dashboard) mod tests;
