//! Dashboards: a saved question, the pictures that answer it over time, what differs between two of them, and the rules
//! that say which difference is worth a bell.
//!
//! The source is the requirement page *dashboards*. The way of a snapshot: [`Rows`] come from a source or are pushed;
//! the question picks, orders and measures them, and the answer is kept. Everything here is a function of its arguments.

mod answer;
mod backtest;
mod cell;
mod column;
mod diff;
mod fault;
mod number;
mod picture;
mod rows;
mod source;
mod threshold;
mod timer;
mod view_spec;

pub use backtest::{BackTest, History, PastRing, Rung, Seen, Standing, back_test, decisions};
pub use cell::{Cell, CellKind, OwnedCell};
pub use column::Column;
pub use diff::{
    AddedRow, CellDelta, ChangeKind, ColumnChanges, Diff, DiffView, FieldChange, LargestChange,
    MetricChange, NotApplied, OrderChange, OtherChange, RankChange, RankChangeView, RankedId,
    RowDelta, SetChange, Summary, TOP_N, ValueDeltaView, compute_diff, compute_diff_within,
    summarise,
};
pub use fault::{FAULTS_AT_MOST, Fault, Faults, near_miss};
pub use number::{Delta, Fraction, Number, NumberFault, Share, beyond_comparison};
pub use picture::{MetricValue, NoPicture, PICTURE_FORMAT, Picture, Row};
pub use rows::{
    CELL_BYTES_AT_MOST, CELLS_AT_MOST, COLUMN_NAME_AT_MOST, COLUMNS_AT_MOST, Ids,
    PUSHED_BYTES_AT_MOST, ROW_ID_BYTES_AT_MOST, ROWS_AT_MOST, Rows, RowsBuilder, RowsFault,
    RowsFormat, RowsReader,
};
pub use source::{Source, SourceField};
pub use threshold::{
    Baseline, Evaluated, Judgement, LEAVES_AT_MOST, Reason, Ring, Silence, TOP_AT_MOST, Threshold,
    ValueDelta, Verdict, decide, evaluate_all, meets_threshold, ring,
};
pub use timer::{Cron, MISSED_AT_MOST, PolicyFault, SnapshotPolicy};
pub use view_spec::{
    CONDITIONS_AT_MOST, Comparison, DEPTH_AT_MOST, Direction, FieldName, LIMIT_AT_MOST,
    LIST_AT_MOST, Measure, OneOf, Operand, OrderBy, Predicate, PrimaryMetric,
    SHOWN_COLUMNS_AT_MOST, ViewSpec,
};
