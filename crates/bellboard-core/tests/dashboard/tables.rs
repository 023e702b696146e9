//! Tables that are larger than what a diff compares at once, and what may become of one.

use bellboard_core::dashboard::{Cell, Number, Picture, RowsBuilder};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use crate::support::parsed;

/// Rows in their order, and the columns that are shown of them.
#[derive(Debug, Clone)]
pub struct Table {
    rows: Vec<Row>,
    shown: Vec<&'static str>,
    /// Whether the column `y` holds numbers; else it holds yes and no.
    y_is_number: bool,
}

/// The number of its id, and one for each of its cells.
type Row = (u16, [u8; 3]);

const COLUMNS: [&str; 3] = ["name", "x", "y"];
const TEXTS: [&str; 6] = ["", "x", "xy", "é", "yx", "a longer text"];

/// What becomes of some rows.
#[derive(Debug, Clone)]
enum Edit {
    Move(Index, usize, Index),
    Remove(Index, usize),
    Add(Index, Vec<[u8; 3]>),
    Set(Index, Index, u8),
    Shuffle(u16),
    Reverse,
}

/// A table and what became of it: mostly a few edits, now and then another order altogether.
pub fn two_tables() -> impl Strategy<Value = (Table, Table)> {
    let shown = || prop_oneof![4 => Just(COLUMNS.to_vec()), 1 => Just(vec!["y", "name"]), 1 => Just(vec!["x"])];
    let kind = || prop::bool::weighted(0.8);
    (
        vec(cells(), 0..150),
        vec(edit(), 0..8),
        shown(),
        shown(),
        kind(),
        kind(),
    )
        .prop_map(
            |(rows, edits, shown, shown_after, y_is_number, y_is_number_after)| {
                let before = Table {
                    rows: (0..).zip(rows).collect(),
                    shown,
                    y_is_number,
                };
                let mut after = Table {
                    rows: before.rows.clone(),
                    shown: shown_after,
                    y_is_number: y_is_number_after,
                };
                (1000..)
                    .step_by(50)
                    .zip(edits)
                    .for_each(|(new, edit)| after.edit(edit, new));
                (before, after)
            },
        )
}

fn cells() -> impl Strategy<Value = [u8; 3]> {
    // Mostly values; 0 is missing and 1 is null.
    prop::array::uniform3(prop_oneof![1 => 0_u8..8, 9 => 2_u8..8])
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 1..40_usize, at()).prop_map(|(from, rows, to)| Edit::Move(from, rows, to)),
        3 => (at(), 1..40_usize).prop_map(|(from, rows)| Edit::Remove(from, rows)),
        3 => (at(), vec(cells(), 1..40)).prop_map(|(to, rows)| Edit::Add(to, rows)),
        6 => (at(), at(), 0_u8..8).prop_map(|(row, column, cell)| Edit::Set(row, column, cell)),
        1 => any::<u16>().prop_map(Edit::Shuffle),
        1 => Just(Edit::Reverse),
    ]
}

impl Table {
    fn edit(&mut self, edit: Edit, new: u16) {
        let rows = &mut self.rows;
        let count = rows.len();
        match edit {
            Edit::Move(from, some, to) => {
                let from = from.index(count + 1);
                let moved: Vec<Row> = rows.drain(from..count.min(from + some)).collect();
                let to = to.index(rows.len() + 1);
                rows.splice(to..to, moved);
            }
            Edit::Remove(from, some) => {
                let from = from.index(count + 1);
                rows.drain(from..count.min(from + some));
            }
            Edit::Add(to, some) => {
                let to = to.index(count + 1);
                rows.splice(to..to, (new..).zip(some));
            }
            Edit::Set(row, column, cell) if count > 0 => {
                rows[row.index(count)].1[column.index(COLUMNS.len())] = cell;
            }
            Edit::Set(..) => {}
            Edit::Shuffle(by) => rows.sort_by_key(|(id, _)| id.wrapping_mul(by | 1)),
            Edit::Reverse => rows.reverse(),
        }
    }

    /// The picture of it, in the order of its rows.
    pub fn picture(&self) -> Picture {
        let mut spec = parsed(&json!({
            "source": "pushed", "id_field": "id", "limit": 10_000, "order_by": [{"field": "place"}],
        }));
        spec.columns = Some(self.shown.iter().map(|name| (*name).to_owned()).collect());
        let mut builder = RowsBuilder::default();
        for (place, (id, cells)) in (0..).zip(&self.rows) {
            // Ids of several lengths, of which some begin alike.
            let id = format!("{}{id}", "i".repeat(usize::from(id % 3)));
            let own = [
                ("id", Cell::Text(&id)),
                ("place", Cell::Number(Number::Whole(place))),
            ];
            let cells = COLUMNS
                .into_iter()
                .zip(cells)
                .map(|(name, cell)| (name, self.cell(name, *cell)));
            builder
                .push(own.into_iter().chain(cells))
                .expect("the rows are right");
        }
        spec.answer(&builder.finish()).expect("the rows are right")
    }

    fn cell(&self, column: &str, cell: u8) -> Cell<'static> {
        match (cell, column) {
            (0, _) => Cell::Missing,
            (1, _) => Cell::Null,
            (text, "name") => Cell::Text(TEXTS[usize::from(text - 2)]),
            (number, "y") if !self.y_is_number => Cell::Bool(number % 2 == 0),
            (number, _) => {
                let number = Number::from_f64(f64::from(number) / 2.0);
                Cell::Number(number.expect("it is finite"))
            }
        }
    }
}
