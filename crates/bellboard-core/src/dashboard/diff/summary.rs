//! The few facts of a diff that rules look at. They are small, are kept with each snapshot, and are all that a bell
//! needs to be rung or tried on the past: a rule is evaluated on them without the pictures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::cell::CellKind;
use super::super::number::{Number, Share};
use super::super::picture::Picture;
use super::Compared;

/// Ids that a summary names, at most, of those that are new and of those that are gone.
const NAMED_AT_MOST: usize = 5;

/// What differs from one picture to another, in figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Whether nothing differs at all.
    pub unchanged: bool,
    /// The first place at which the orders differ; absent when every rank holds the same row as before.
    pub order: Option<OrderChange>,
    /// The rows that are new.
    pub added: SetChange,
    /// The rows that are gone.
    pub removed: SetChange,
    /// The one number.
    pub primary_metric: MetricChange,
    /// The numeric columns in which rows of both pictures differ, by name.
    pub fields: Vec<FieldChange>,
    /// How many rows of both have a cell that differs.
    pub rows_changed: u32,
}

/// Where the order differs first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderChange {
    /// The rank, from 1.
    pub rank: u32,
    /// Who was there; absent when nobody was.
    pub before: Option<String>,
    /// Who is there; absent when nobody is.
    pub after: Option<String>,
}

/// Rows that came or went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetChange {
    /// How many.
    pub count: u32,
    /// The first of them, at most five.
    pub ids: Vec<String>,
}

/// The one number of both pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricChange {
    /// Before; absent when there was none, or when it was made in another way.
    pub before: Option<Number>,
    /// After; absent when there is none.
    pub after: Option<Number>,
}

impl MetricChange {
    /// `(after - before) / |before|`; none when either is absent.
    pub fn share(&self) -> Option<Share> {
        Some(self.before?.share_to(self.after?))
    }
}

/// A numeric column in which rows of both pictures differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// The column.
    pub field: String,
    /// How many rows differ in it, null and missing cells included.
    pub rows: u32,
    /// The largest change from a number other than zero to a number, up or down.
    pub largest: Option<LargestChange>,
    /// The first row that was zero and is not any more.
    pub from_zero: Option<LargestChange>,
}

/// The change of one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LargestChange {
    /// The row.
    pub id: String,
    /// Its number before.
    pub before: Number,
    /// Its number after.
    pub after: Number,
}

impl LargestChange {
    /// How large it is beside what was before.
    pub fn share(&self) -> Share {
        self.before.share_to(self.after)
    }
}

impl Summary {
    /// The change of a field; none when no row differs in it.
    pub fn field(&self, name: &str) -> Option<&FieldChange> {
        self.fields.iter().find(|change| change.field == name)
    }
}

/// The facts that rules look at, without the rest of the diff.
pub fn summarise(a: &Picture, b: &Picture) -> Summary {
    of(&Compared::new(a, b))
}

pub(super) fn of(compared: &Compared<'_>) -> Summary {
    let (a, b) = (compared.a, compared.b);
    let order = order_change(a, b);
    let named = |places: &[u32], of: &Picture| SetChange {
        count: u32::try_from(places.len()).unwrap_or(u32::MAX),
        ids: places
            .iter()
            .take(NAMED_AT_MOST)
            .map(|place| of.ids.get(*place as usize).to_owned())
            .collect(),
    };
    let same_columns = a.columns.len() == b.columns.len()
        && compared
            .column_before
            .iter()
            .enumerate()
            .all(|(after, before)| *before == Some(after));
    let rows_changed = rows_changed(compared);
    Summary {
        unchanged: order.is_none()
            && rows_changed == 0
            && same_columns
            && a.matched == b.matched
            && a.metric == b.metric
            && a.id_field == b.id_field,
        order,
        added: named(&compared.matching.added, b),
        removed: named(&compared.matching.removed, a),
        primary_metric: metric_change(a, b),
        fields: field_changes(compared),
        rows_changed,
    }
}

pub(super) fn metric_change(a: &Picture, b: &Picture) -> MetricChange {
    let is_same = a.metric.metric == b.metric.metric;
    MetricChange {
        before: a.metric.value.filter(|_| is_same),
        after: b.metric.value,
    }
}

fn order_change(a: &Picture, b: &Picture) -> Option<OrderChange> {
    let shorter = a.shown().min(b.shown());
    let first = (0..shorter).find(|place| a.ids.get(*place) != b.ids.get(*place));
    let place = first.or((a.shown() != b.shown()).then_some(shorter))?;
    let id =
        |picture: &Picture| (place < picture.shown()).then(|| picture.ids.get(place).to_owned());
    Some(OrderChange {
        rank: super::rank(place),
        before: id(a),
        after: id(b),
    })
}

fn rows_changed(compared: &Compared<'_>) -> u32 {
    let mut columns = compared.differing.iter().filter(|pairs| !pairs.is_empty());
    let (Some(first), second) = (columns.next(), columns.next()) else {
        return 0;
    };
    if second.is_none() {
        return u32::try_from(first.len()).unwrap_or(u32::MAX);
    }
    let mut changed = vec![false; compared.matching.pairs.len()];
    for pair in compared.differing.iter().flatten() {
        changed[*pair as usize] = true;
    }
    u32::try_from(changed.iter().filter(|changed| **changed).count()).unwrap_or(u32::MAX)
}

fn field_changes(compared: &Compared<'_>) -> Vec<FieldChange> {
    let columns = compared.differing.iter().enumerate();
    let numeric = columns.filter(|(column, pairs)| {
        !pairs.is_empty() && compared.b.columns[*column].kind() == CellKind::Number
    });
    numeric
        .map(|(column, pairs)| field_change(compared, column, pairs))
        .collect()
}

fn field_change(compared: &Compared<'_>, column: usize, pairs: &[u32]) -> FieldChange {
    let after_column = &compared.b.columns[column];
    let before_column = compared.column_before[column].map(|before| &compared.a.columns[before]);
    let mut largest: Option<(f64, u32, Number, Number)> = None;
    let mut from_zero: Option<(u32, Number)> = None;
    for pair in pairs {
        let (before, after) = compared.matching.pairs[*pair as usize];
        let was = before_column.and_then(|column| column.cell(before as usize).number());
        let (Some(was), Some(is)) = (was, after_column.cell(after as usize).number()) else {
            continue;
        };
        match was.share_to(is) {
            Share::FromZero => from_zero = from_zero.or(Some((after, is))),
            Share::Of(share) if largest.is_none_or(|(most, ..)| share.abs() > most) => {
                largest = Some((share.abs(), after, was, is));
            }
            Share::Of(_) => {}
        }
    }
    let change = |place: u32, before: Number, after: Number| LargestChange {
        id: compared.b.ids.get(place as usize).to_owned(),
        before,
        after,
    };
    FieldChange {
        field: after_column.name().to_owned(),
        rows: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
        largest: largest.map(|(_, place, before, after)| change(place, before, after)),
        from_zero: from_zero.map(|(place, after)| change(place, Number::ZERO, after)),
    }
}
