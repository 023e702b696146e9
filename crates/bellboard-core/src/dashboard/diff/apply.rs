//! Applies a diff: the first picture and what differs give the second. Nobody needs this to ring a bell; it is the proof
//! that a diff forgets nothing.

use std::collections::{HashMap, HashSet};

use super::super::cell::Cell;
use super::super::column::Column;
use super::super::picture::Picture;
use super::super::rows::Ids;
use super::Diff;

/// The diff is not one of this picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the diff does not begin at this picture")]
pub struct NotApplied;

impl Diff {
    /// The picture that the diff leads to from `a`.
    pub fn apply(&self, a: &Picture) -> Result<Picture, NotApplied> {
        let order = self.order(a).ok_or(NotApplied)?;
        let mut ids = Ids::default();
        for row in &order {
            ids.push_text(row.id(a, self));
        }
        let columns = (0..self.columns.after.len()).map(|column| self.column(a, &order, column));
        Ok(Picture {
            id_field: self.id_field.clone(),
            ids,
            columns: columns.collect::<Option<_>>().ok_or(NotApplied)?,
            matched: self.matched,
            metric: self.metric_after.clone(),
        })
    }

    /// The rows of the second picture: those that stay in the order in which they stood, and the others at their ranks.
    fn order(&self, a: &Picture) -> Option<Vec<From>> {
        let place_of: HashMap<&str, usize> = a
            .ids
            .iter()
            .enumerate()
            .map(|(place, id)| (id, place))
            .collect();
        let mut leaves: HashSet<&str> = HashSet::new();
        for row in self.id_set_removed.iter().chain(&self.moves) {
            place_of.get(&*row.id)?;
            leaves.insert(&row.id);
        }
        let mut arrivals: Vec<(u32, From)> = Vec::new();
        for row in &self.moves {
            arrivals.push((row.rank, From::First(*place_of.get(&*row.id)?)));
        }
        let added = self.id_set_added.iter().enumerate();
        arrivals.extend(added.map(|(place, row)| (row.rank, From::Added(place))));
        arrivals.sort_by_key(|(rank, _)| *rank);
        let mut stays = a
            .ids
            .iter()
            .enumerate()
            .filter(|(_, id)| !leaves.contains(id))
            .peekable();
        let mut arrivals = arrivals.into_iter().peekable();
        let mut order = Vec::new();
        while arrivals.peek().is_some() || stays.peek().is_some() {
            let rank = super::rank(order.len());
            match arrivals.next_if(|(at, _)| *at == rank) {
                Some((_, row)) => order.push(row),
                None => order.push(From::First(stays.next()?.0)),
            }
        }
        Some(order)
    }

    fn column(&self, a: &Picture, order: &[From], place: usize) -> Option<Column> {
        let name = &self.columns.after[place];
        if let Some(whole) = self
            .columns
            .replaced
            .iter()
            .find(|column| column.name() == name)
        {
            return Some(whole.clone());
        }
        let before = a.column(name)?;
        let changed: HashMap<u32, Cell<'_>> = self
            .row_value_deltas
            .iter()
            .flat_map(|row| row.cells.iter().map(move |cell| (row.rank_after, cell)))
            .filter(|(_, cell)| cell.column as usize == place)
            .map(|(rank, cell)| (rank, cell.after.get()))
            .collect();
        let mut column = Column::new(name);
        for (at, row) in order.iter().enumerate() {
            let cell = match (changed.get(&super::rank(at)), row) {
                (Some(changed), _) => *changed,
                (None, From::First(row)) => before.cell(*row),
                (None, From::Added(row)) => self.id_set_added[*row].cells.get(place)?.get(),
            };
            column.push(cell).ok()?;
        }
        column.set_kind(*self.columns.kinds.get(place)?);
        Some(column)
    }
}

/// Where a row of the second picture comes from.
enum From {
    /// From this place of the first.
    First(usize),
    /// It is new: this entry of the added ones.
    Added(usize),
}

impl From {
    fn id<'p>(&self, a: &'p Picture, diff: &'p Diff) -> &'p str {
        match self {
            Self::First(place) => a.ids.get(*place),
            Self::Added(place) => &diff.id_set_added[*place].id,
        }
    }
}
