//! The few facts of a diff that rules look at. They are small, are kept with each snapshot, and are all that a bell
//! needs to be rung or tried on the past: a rule is evaluated on them without the pictures.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::column::Column;
use super::super::number::{Number, Share};
use super::super::picture::Picture;
use super::Compared;
use super::cells::{Difference, each_changed_row};
use super::matching::Matching;
use super::sentence::NAME_AT_MOST;
use crate::text::sanitise;

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
    /// The other columns in which they differ: without numbers, of another kind than before, or in one picture only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_fields: Vec<OtherChange>,
    /// How many rows of both have a cell that differs.
    pub rows_changed: u32,
    /// What people call the rows that are named here, by id; those that are called by their id are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
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

/// A column in which rows of both pictures differ, but not from one number to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherChange {
    /// The column.
    pub field: String,
    /// How many rows differ in it: all of both where one picture lacks the column or has it with another kind.
    pub rows: u32,
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

    /// How many rows differ in a field, whatever it holds.
    pub fn rows_changed_in(&self, name: &str) -> u32 {
        let other = self.other_fields.iter().find(|other| other.field == name);
        let other = other.map_or(0, |other| other.rows);
        self.field(name).map_or(other, |change| change.rows)
    }

    /// What people call a row that is named here.
    pub fn label<'s>(&'s self, id: &'s str) -> &'s str {
        self.labels.get(id).map_or(id, String::as_str)
    }
}

/// The facts that rules look at, without the rest of the diff.
pub fn summarise(a: &Picture, b: &Picture) -> Summary {
    let compared = Compared::new(a, b);
    let mut tally = Tally::new(&compared);
    each_changed_row(&compared.columns, &compared.matching.runs, |cells| {
        tally.add(cells);
    });
    tally.summary()
}

/// Counts what differs, row by row.
pub(super) struct Tally<'c, 'p> {
    compared: &'c Compared<'p>,
    rows_changed: u32,
    /// One for each column of both.
    fields: Vec<FieldTally>,
}

/// What differs in a column.
#[derive(Clone, Default)]
struct FieldTally {
    rows: u32,
    /// How large the largest change is, and whose: its place after, its number before and after.
    largest: Option<(f64, u32, Number, Number)>,
    from_zero: Option<(u32, Number)>,
}

impl<'c, 'p> Tally<'c, 'p> {
    pub(super) fn new(compared: &'c Compared<'p>) -> Self {
        Self {
            compared,
            rows_changed: 0,
            fields: vec![FieldTally::default(); compared.columns.len()],
        }
    }

    /// Counts a row by its cells that differ.
    pub(super) fn add(&mut self, cells: &[Difference]) {
        self.rows_changed += 1;
        for cell in cells {
            let field = &mut self.fields[cell.column as usize];
            field.rows += 1;
            let (before, after) = self.compared.cells(*cell);
            if let (Some(was), Some(is)) = (before.number(), after.number()) {
                field.add(cell.b, was, is);
            }
        }
    }

    /// What was counted, with what differs beside the cells.
    pub(super) fn summary(self) -> Summary {
        let (a, b) = (self.compared.a, self.compared.b);
        let order = order_change(a, b);
        let labels = self.labels(order.as_ref());
        Summary {
            unchanged: order.is_none()
                && self.rows_changed == 0
                && has_same_columns(self.compared)
                && a.matched == b.matched
                && a.metric == b.metric
                && a.id_field == b.id_field,
            order,
            added: set_change(&self.compared.matching.added, b),
            removed: set_change(&self.compared.matching.removed, a),
            primary_metric: metric_change(a, b),
            rows_changed: self.rows_changed,
            labels,
            other_fields: self.other_fields(),
            fields: self.fields(),
        }
    }

    /// What the rows are called that the summary names: at the first difference in order, new, gone, and changed most.
    fn labels(&self, order: Option<&OrderChange>) -> BTreeMap<String, String> {
        let (a, b) = (self.compared.a, self.compared.b);
        let Matching { added, removed, .. } = &self.compared.matching;
        let ordered = order.map(|order| order.rank - 1);
        let changed = self.fields.iter().flat_map(|field| {
            let largest = field.largest.map(|(_, place, ..)| place);
            largest
                .into_iter()
                .chain(field.from_zero.map(|(place, _)| place))
        });
        let gone = removed.iter().take(NAMED_AT_MOST).copied();
        let new = added.iter().take(NAMED_AT_MOST).copied();
        // What a row is called now comes last and stays.
        let before = ordered.into_iter().chain(gone).map(|place| (a, place));
        let after = ordered
            .into_iter()
            .chain(new)
            .chain(changed)
            .map(|place| (b, place));
        before
            .chain(after)
            .map(|(picture, place)| (picture, place as usize))
            .filter(|(picture, place)| *place < picture.shown())
            .map(|(picture, place)| (picture.ids.get(place), picture.label_of(place)))
            .filter(|(id, label)| id != label)
            .map(|(id, label)| (id.to_owned(), sanitise(label, NAME_AT_MOST)))
            .collect()
    }

    fn fields(self) -> Vec<FieldChange> {
        let columns = self.fields.into_iter().zip(&self.compared.columns);
        let numeric = columns.filter(|(field, column)| field.rows > 0 && column.is_numeric());
        let change = |place: u32, before: Number, after: Number| LargestChange {
            id: self.compared.b.ids.get(place as usize).to_owned(),
            before,
            after,
        };
        numeric
            .map(|(field, column)| FieldChange {
                field: column.after.name().to_owned(),
                rows: field.rows,
                largest: field
                    .largest
                    .map(|(_, place, before, after)| change(place, before, after)),
                from_zero: field
                    .from_zero
                    .map(|(place, after)| change(place, Number::ZERO, after)),
            })
            .collect()
    }

    fn other_fields(&self) -> Vec<OtherChange> {
        let compared = self.compared;
        let columns = self.fields.iter().zip(&compared.columns);
        let shared = columns
            .filter(|(_, column)| !column.is_numeric())
            .map(|(field, column)| (column.after.name(), field.rows));
        let both = compared.b.shown() - compared.matching.added.len();
        let both = u32::try_from(both).unwrap_or(u32::MAX);
        let whole = compared.whole_columns().map(|name| (name, both));
        shared
            .chain(whole)
            .filter(|(_, rows)| *rows > 0)
            .map(|(field, rows)| OtherChange {
                field: field.to_owned(),
                rows,
            })
            .collect()
    }
}

impl FieldTally {
    /// Notes a change of the row at this place.
    fn add(&mut self, place: u32, was: Number, is: Number) {
        match was.share_to(is) {
            Share::FromZero => self.from_zero = self.from_zero.or(Some((place, is))),
            Share::Of(share) if self.largest.is_none_or(|(most, ..)| share.abs() > most) => {
                self.largest = Some((share.abs(), place, was, is));
            }
            Share::Of(_) => {}
        }
    }
}

/// Whether both have the same columns in the same order.
fn has_same_columns(compared: &Compared<'_>) -> bool {
    let (a, b) = (&compared.a.columns, &compared.b.columns);
    let is_same = |(before, after): (&Column, &Column)| {
        before.name() == after.name() && before.kind() == after.kind()
    };
    a.len() == b.len() && a.iter().zip(b).all(is_same)
}

fn set_change(places: &[u32], of: &Picture) -> SetChange {
    SetChange {
        count: u32::try_from(places.len()).unwrap_or(u32::MAX),
        ids: places
            .iter()
            .take(NAMED_AT_MOST)
            .map(|place| of.ids.get(*place as usize).to_owned())
            .collect(),
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
