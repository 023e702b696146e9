//! Which rows the figure shows: all of a few; of many those that changed, moved, came or went, with their neighbours. The
//! rest is folded, and nothing is left out in silence.

use std::collections::{HashMap, HashSet};

use bellboard_core::dashboard::{Diff, Picture};

/// Up to so many rows all are shown.
const ALL_SHOWN: usize = 12;
/// Of more than so many changes the first are shown.
const SEEDS_AT_MOST: usize = 40;

/// A line of one side.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<'p> {
    /// A row with its rank.
    Row(&'p str, u32),
    /// Rows that are folded, in their order.
    Fold(Vec<&'p str>),
}

/// One of the two orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// That of the earlier picture.
    Old,
    /// That of the later one.
    New,
}

/// What is shown of two pictures.
pub struct Kept<'p> {
    a: &'p Picture,
    b: &'p Picture,
    /// The rank of each row before.
    pub before: HashMap<&'p str, u32>,
    /// The rank of each row after.
    pub after: HashMap<&'p str, u32>,
    /// The rows of both in which a cell differs.
    pub own: HashSet<&'p str>,
    moved: HashSet<&'p str>,
    shown: HashSet<&'p str>,
    /// How many changes are not shown.
    pub left_out: usize,
}

impl<'p> Kept<'p> {
    /// What is shown of these.
    pub fn new(a: &'p Picture, b: &'p Picture, diff: &'p Diff) -> Self {
        let ranks = |picture: &'p Picture| -> HashMap<&'p str, u32> {
            let rows = picture.primary_rows();
            rows.map(|(rank, id)| (id, rank)).collect()
        };
        let own = diff.row_value_deltas.iter().map(|row| &*row.id);
        let mut kept = Self {
            a,
            b,
            before: ranks(a),
            after: ranks(b),
            own: own.collect(),
            moved: diff.moved().collect(),
            shown: HashSet::new(),
            left_out: 0,
        };
        kept.choose();
        kept
    }

    /// Whether something became of the row itself: it changed, moved, came or went.
    pub fn is_seed(&self, id: &str) -> bool {
        let stays = self.before.contains_key(id) && self.after.contains_key(id);
        !stays || self.own.contains(id) || self.moved.contains(id)
    }

    fn choose(&mut self) {
        let (old, new): (Vec<&str>, Vec<&str>) = (ids(self.a), ids(self.b));
        if old.len().max(new.len()) <= ALL_SHOWN {
            self.shown.extend(old.into_iter().chain(new));
            return;
        }
        let gone = old.iter().filter(|id| !self.after.contains_key(**id));
        let seeds: Vec<&str> = new
            .iter()
            .filter(|id| self.is_seed(id))
            .chain(gone)
            .copied()
            .collect();
        if seeds.is_empty() {
            self.shown.extend(new.into_iter().take(ALL_SHOWN));
            return;
        }
        self.left_out = seeds.len().saturating_sub(SEEDS_AT_MOST);
        for seed in seeds.into_iter().take(SEEDS_AT_MOST) {
            self.shown.insert(seed);
            for (order, ranks) in [(&old, &self.before), (&new, &self.after)] {
                if let Some(rank) = ranks.get(seed) {
                    let at = *rank as usize - 1;
                    let around = at.saturating_sub(1)..(at + 2).min(order.len());
                    self.shown.extend(&order[around]);
                }
            }
        }
    }

    /// The lines of one side, in its order.
    pub fn side(&self, side: Side) -> Vec<Place<'p>> {
        let picture = match side {
            Side::Old => self.a,
            Side::New => self.b,
        };
        let mut places: Vec<Place<'p>> = Vec::new();
        for (rank, id) in picture.primary_rows() {
            if self.shown.contains(id) {
                places.push(Place::Row(id, rank));
            } else if let Some(Place::Fold(folded)) = places.last_mut() {
                folded.push(id);
            } else {
                places.push(Place::Fold(vec![id]));
            }
        }
        places
    }
}

fn ids(picture: &Picture) -> Vec<&str> {
    picture.primary_rows().map(|(_, id)| id).collect()
}
