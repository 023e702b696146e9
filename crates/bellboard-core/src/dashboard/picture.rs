//! A picture: the answer to a question at one time, as a snapshot keeps it. Its text has one form, whose SHA-256 is the
//! address of the content, so that an unchanged picture is kept once.

mod canonical;

use sha2::{Digest as _, Sha256};

use super::cell::Cell;
use super::column::Column;
use super::number::Number;
use super::rows::Ids;
use super::view_spec::PrimaryMetric;
use crate::content::ContentDigest;

pub use canonical::{NoPicture, PICTURE_FORMAT};

/// What a question answered. It never changes; a row's rank is its place, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub(super) id_field: String,
    pub(super) ids: Ids,
    pub(super) columns: Vec<Column>,
    pub(super) matched: u64,
    pub(super) metric: MetricValue,
}

/// The one number that stands for all rows that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricValue {
    /// How it was made.
    pub metric: PrimaryMetric,
    /// The number; none when there was nothing to make it of.
    pub value: Option<Number>,
}

/// A row of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    picture: &'a Picture,
    place: usize,
}

impl Picture {
    /// The field by which rows are known again.
    pub fn id_field(&self) -> &str {
        &self.id_field
    }

    /// The columns, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// How many rows it shows.
    pub const fn shown(&self) -> usize {
        self.ids.len()
    }

    /// How many rows matched, of which it shows the first.
    pub const fn matched(&self) -> u64 {
        self.matched
    }

    /// The one number.
    pub const fn primary_metric(&self) -> &MetricValue {
        &self.metric
    }

    /// The ids with their ranks, the first first.
    pub fn primary_rows(&self) -> impl Iterator<Item = (u32, &str)> {
        (1..).zip(self.ids.iter())
    }

    /// The rows, the first first.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.shown()).map(|place| Row {
            picture: self,
            place,
        })
    }

    /// The address of its content.
    pub fn content_hash(&self) -> ContentDigest {
        ContentDigest::from_bytes(Sha256::digest(self.canonical().as_bytes()).into())
    }

    /// What a person calls the row: the text of a column made for that, else its id.
    pub(super) fn label_of(&self, place: usize) -> &str {
        const LABELS: [&str; 7] = [
            "label",
            "title",
            "name",
            "item_label",
            "artifact_label",
            "hypothesis",
            "summary",
        ];
        let mut columns = LABELS.iter().filter_map(|name| self.column(name));
        let label = columns.find_map(|column| match column.cell(place) {
            Cell::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        });
        label.unwrap_or_else(|| self.ids.get(place))
    }
}

impl<'a> Row<'a> {
    /// Its rank, from 1.
    pub fn rank(self) -> u32 {
        rank(self.place)
    }

    /// Its id.
    pub fn id(self) -> &'a str {
        self.picture.ids.get(self.place)
    }

    /// What a person calls it.
    pub fn label(self) -> &'a str {
        self.picture.label_of(self.place)
    }

    /// Its cells, in the order of the columns.
    pub fn cells(self) -> impl Iterator<Item = Cell<'a>> {
        self.picture
            .columns
            .iter()
            .map(move |column| column.cell(self.place))
    }
}

/// The rank of a place.
pub(super) fn rank(place: usize) -> u32 {
    u32::try_from(place + 1).unwrap_or(u32::MAX)
}
