//! A diff as it goes over the wire, by the names of the requirement page.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::cell::{Cell, OwnedCell};
use super::super::number::{Delta, Number, Share};
use super::{CellDelta, Diff};
use crate::vocabulary::words;

words! {
    /// What a changed cell was and is.
    ChangeKind {
        /// A number became another.
        Number = "number",
        /// A value other than a number became another.
        Value = "value",
        /// Null became a value.
        FromNull = "from_null",
        /// A value became null.
        ToNull = "to_null",
        /// The row did not have the column and has it now.
        FromMissing = "from_missing",
        /// The row had the column and does not any more.
        ToMissing = "to_missing",
    }
}

/// A diff, for readers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DiffView {
    /// Every row whose rank changed inside of either picture's first ranks.
    pub top_n_changes: Vec<RankChangeView>,
    /// Every cell that differs in a row of both pictures.
    pub row_value_deltas: Vec<ValueDeltaView>,
    /// The rows that are new.
    pub id_set_added: Vec<String>,
    /// The rows that are gone.
    pub id_set_removed: Vec<String>,
    /// `(after - before) / |before|` of the one number; null when it was zero or is not known.
    pub primary_metric_delta_pct: Option<f64>,
    /// The one number before.
    pub primary_metric_before: Option<Number>,
    /// The one number after.
    pub primary_metric_after: Option<Number>,
    /// Whether nothing differs at all.
    pub unchanged: bool,
    /// The columns that are new, or hold another kind than before.
    pub columns_added: Vec<String>,
    /// The columns that are gone.
    pub columns_removed: Vec<String>,
}

/// A change of rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RankChangeView {
    /// The row.
    pub id: String,
    /// Where it was; null for a new row.
    pub rank_before: Option<u32>,
    /// Where it is; null for one that is gone.
    pub rank_after: Option<u32>,
    /// `moved` when the row itself changed, `pushed` when only others did.
    pub cause: &'static str,
}

/// A cell that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ValueDeltaView {
    /// The row.
    pub id: String,
    /// The column.
    pub column: String,
    /// What happened.
    pub kind: ChangeKind,
    /// What it was; absent when the row did not have the column, null when it said null.
    #[serde(skip_serializing_if = "OwnedCell::is_missing")]
    pub before: OwnedCell,
    /// What it is; absent when the row does not have the column, null when it says null.
    #[serde(skip_serializing_if = "OwnedCell::is_missing")]
    pub after: OwnedCell,
    /// `after - before`, of two numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<Delta>,
    /// `(after - before) / |before|`, of two numbers; null from zero.
    pub delta_pct: Option<f64>,
    /// Whether it was zero and is not any more.
    pub from_zero: bool,
}

impl Diff {
    /// The diff for readers.
    pub fn view(&self) -> DiffView {
        let deltas = self.row_value_deltas.iter().flat_map(|row| {
            let deltas = row.cells.iter();
            deltas.map(|cell| self.value_delta(&row.id, cell))
        });
        let ranks = self.top_n_changes.iter().map(|change| RankChangeView {
            id: change.id.to_string(),
            rank_before: change.rank_before,
            rank_after: change.rank_after,
            cause: if change.changed_itself {
                "moved"
            } else {
                "pushed"
            },
        });
        DiffView {
            top_n_changes: ranks.collect(),
            row_value_deltas: deltas.collect(),
            id_set_added: self
                .id_set_added
                .iter()
                .map(|row| row.id.to_string())
                .collect(),
            id_set_removed: self
                .id_set_removed
                .iter()
                .map(|row| row.id.to_string())
                .collect(),
            primary_metric_delta_pct: self.primary_metric.share().and_then(Share::of),
            primary_metric_before: self.primary_metric.before,
            primary_metric_after: self.primary_metric.after,
            unchanged: self.summary.unchanged,
            columns_added: self
                .columns
                .new_or_of_another_kind()
                .map(str::to_owned)
                .collect(),
            columns_removed: self.columns.removed().map(str::to_owned).collect(),
        }
    }

    fn value_delta(&self, id: &str, cell: &CellDelta) -> ValueDeltaView {
        let share = cell.share();
        ValueDeltaView {
            id: id.to_owned(),
            column: self
                .columns
                .after
                .get(cell.column as usize)
                .cloned()
                .unwrap_or_default(),
            kind: cell.kind(),
            before: cell.before.clone(),
            after: cell.after.clone(),
            delta: cell.delta(),
            delta_pct: share.and_then(Share::of),
            from_zero: share == Some(Share::FromZero),
        }
    }
}

impl CellDelta {
    /// What happened to the cell.
    pub fn kind(&self) -> ChangeKind {
        match (self.before.get(), self.after.get()) {
            (Cell::Missing, _) => ChangeKind::FromMissing,
            (_, Cell::Missing) => ChangeKind::ToMissing,
            (Cell::Null, _) => ChangeKind::FromNull,
            (_, Cell::Null) => ChangeKind::ToNull,
            (Cell::Number(_), Cell::Number(_)) => ChangeKind::Number,
            _ => ChangeKind::Value,
        }
    }
}
