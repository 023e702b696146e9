//! What a diff of larger pictures says, beside what is found by looking at every row and cell, one by one.

use std::collections::{BTreeMap, HashMap};

use bellboard_core::dashboard::{Cell, CellKind, Column, Diff, Picture, compute_diff, summarise};
use proptest::prelude::*;

use crate::tables::two_tables;

fn places(picture: &Picture) -> HashMap<&str, usize> {
    let ranks = picture.primary_rows();
    ranks.map(|(rank, id)| (id, rank as usize - 1)).collect()
}

/// The rows of both, by their places, in the order of the second.
fn both(a: &Picture, b: &Picture) -> Vec<(usize, usize)> {
    let before = places(a);
    let after = b.primary_rows().enumerate();
    after
        .filter_map(|(place, (_, id))| Some((*before.get(id)?, place)))
        .collect()
}

/// Every cell that differs, with its row and its column.
fn cells<'p>(a: &'p Picture, b: &'p Picture) -> Vec<(usize, usize, Cell<'p>, Cell<'p>)> {
    let same = |after: &Column| {
        let before = a.column(after.name())?;
        let kinds = [before.kind(), after.kind()];
        let is_same = kinds[0] == kinds[1] || kinds.contains(&CellKind::Empty);
        is_same.then_some(before)
    };
    let mut found = Vec::new();
    for (before, after) in both(a, b) {
        for (number, column) in b.columns().iter().enumerate() {
            let Some(was) = same(column).map(|column| column.cell(before)) else {
                continue;
            };
            if was != column.cell(after) {
                found.push((after, number, was, column.cell(after)));
            }
        }
    }
    found
}

fn cells_said(diff: &Diff) -> Vec<(usize, usize, Cell<'_>, Cell<'_>)> {
    let rows = diff.row_value_deltas.iter();
    let cells = rows.flat_map(|row| row.cells.iter().map(move |cell| (row, cell)));
    cells
        .map(|(row, cell)| {
            let place = row.rank_after as usize - 1;
            (
                place,
                cell.column as usize,
                cell.before.get(),
                cell.after.get(),
            )
        })
        .collect()
}

/// The ids that the first has and the second has not, with their ranks.
fn only_in<'p>(first: &'p Picture, second: &Picture) -> Vec<(u32, &'p str)> {
    let others = places(second);
    let rows = first.primary_rows();
    rows.filter(|(_, id)| !others.contains_key(id)).collect()
}

/// How many rows a longest series has that keeps its order, found by trying each row as its last.
fn longest_series(pairs: &[(usize, usize)]) -> usize {
    let mut lengths: Vec<usize> = Vec::new();
    for (number, (before, _)) in pairs.iter().enumerate() {
        let earlier = pairs[..number].iter().zip(&lengths);
        let lower = earlier.filter(|((other, _), _)| other < before);
        lengths.push(1 + lower.map(|(_, length)| *length).max().unwrap_or(0));
    }
    lengths.into_iter().max().unwrap_or(0)
}

proptest! {
    #[test]
    fn a_diff_of_larger_pictures_leads_from_one_to_the_other((a, b) in two_tables()) {
        let (a, b) = (a.picture(), b.picture());
        let diff = compute_diff(&a, &b);
        prop_assert_eq!(&diff.summary, &summarise(&a, &b));
        prop_assert_eq!(diff.summary.unchanged, a == b);
        prop_assert_eq!(diff.apply(&a), Ok(b));
    }

    #[test]
    fn it_says_each_cell_that_differs_and_no_other((a, b) in two_tables()) {
        let (a, b) = (a.picture(), b.picture());
        let diff = compute_diff(&a, &b);
        prop_assert_eq!(cells_said(&diff), cells(&a, &b));
        let before = places(&a);
        for row in &diff.row_value_deltas {
            prop_assert_eq!(before.get(&*row.id).copied(), Some(row.rank_before as usize - 1));
        }
    }

    #[test]
    fn a_summary_counts_each_field_under_its_own_name((a, b) in two_tables()) {
        let (a, b) = (a.picture(), b.picture());
        let diff = compute_diff(&a, &b);
        let mut expected: BTreeMap<&str, u32> = BTreeMap::new();
        for (_, number, ..) in cells(&a, &b) {
            *expected.entry(b.columns()[number].name()).or_default() += 1;
        }
        let rows = u32::try_from(both(&a, &b).len()).unwrap();
        if rows > 0 {
            let whole = diff.columns.new_or_of_another_kind().chain(diff.columns.removed());
            expected.extend(whole.map(|name| (name, rows)));
        }
        let summary = summarise(&a, &b);
        let mut said: BTreeMap<&str, u32> = summary.fields.iter().map(|change| (&*change.field, change.rows)).collect();
        let is_numeric = |name: &str| {
            let holds_numbers = |column: &Column| column.kind() == CellKind::Number;
            [&a, &b].iter().any(|picture| picture.column(name).is_some_and(holds_numbers))
        };
        prop_assert!(said.keys().all(|name| is_numeric(name)));
        said.extend(summary.other_fields.iter().map(|change| (&*change.field, change.rows)));
        prop_assert_eq!(said, expected);
    }

    #[test]
    fn it_says_who_came_and_went_and_the_fewest_that_moved((a, b) in two_tables()) {
        let (a, b) = (a.picture(), b.picture());
        let diff = compute_diff(&a, &b);
        let added: Vec<_> = diff.id_set_added.iter().map(|row| (row.rank, &*row.id)).collect();
        let removed: Vec<_> = diff.id_set_removed.iter().map(|row| (row.rank, &*row.id)).collect();
        prop_assert_eq!(added, only_in(&b, &a));
        prop_assert_eq!(removed, only_in(&a, &b));
        let pairs = both(&a, &b);
        prop_assert_eq!(diff.moved().count(), pairs.len() - longest_series(&pairs));
    }

    #[test]
    fn it_says_each_change_of_rank_within_the_first((a, b) in two_tables(), top in 0_u32..160) {
        let (a, b) = (a.picture(), b.picture());
        let diff = bellboard_core::dashboard::compute_diff_within(&a, &b, top);
        let mut said: Vec<_> = diff.top_n_changes.iter().map(|change| (change.rank_before, change.rank_after)).collect();
        let rank = |place: usize| Some(u32::try_from(place + 1).unwrap());
        let stay = both(&a, &b).into_iter().map(|(before, after)| (rank(before), rank(after)));
        let come = only_in(&b, &a).into_iter().map(|(after, _)| (None, Some(after)));
        let go = only_in(&a, &b).into_iter().map(|(before, _)| (Some(before), None));
        let inside = |rank: Option<u32>| rank.is_some_and(|rank| rank <= top);
        let mut expected: Vec<_> = stay
            .chain(come)
            .chain(go)
            .filter(|(before, after)| before != after && (inside(*before) || inside(*after)))
            .collect();
        said.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(said, expected);
    }
}
