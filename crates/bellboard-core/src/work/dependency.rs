//! What waits for what: no workstream waits for itself, directly or through others.

use std::collections::{BTreeMap, VecDeque};

/// The shortest way around that the edge `waits` -> `for_what` would close, given those that there are: it begins and
/// ends with `waits`. `None` when there is none and the edge may be added.
///
/// The work grows with the number of edges, times the logarithm that a sorted map costs.
pub fn cycle_with<T: Copy + Ord>(
    edges: impl IntoIterator<Item = (T, T)>,
    waits: T,
    for_what: T,
) -> Option<Vec<T>> {
    let mut next: BTreeMap<T, Vec<T>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().push(to);
    }
    let mut came_from = BTreeMap::from([(for_what, waits)]);
    let mut to_visit = VecDeque::from([for_what]);
    while let Some(here) = to_visit.pop_front() {
        if here == waits {
            return Some(way_back(&came_from, waits));
        }
        for there in next.get(&here).into_iter().flatten() {
            came_from.entry(*there).or_insert_with(|| {
                to_visit.push_back(*there);
                here
            });
        }
    }
    None
}

fn way_back<T: Copy + Ord>(came_from: &BTreeMap<T, T>, end: T) -> Vec<T> {
    let mut way = vec![end];
    let mut here = came_from[&end];
    while here != end {
        way.push(here);
        here = came_from[&here];
    }
    way.push(end);
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Edge = (u8, u8);
    type Row<'a> = (&'a [Edge], Edge, Option<&'a [u8]>);

    #[test]
    fn the_way_around_is_told_and_is_the_shortest() {
        let rows: [Row<'_>; 8] = [
            (&[], (1, 2), None),
            (&[], (1, 1), Some(&[1, 1])),
            (&[(2, 1)], (1, 2), Some(&[1, 2, 1])),
            (&[(2, 3), (3, 1)], (1, 2), Some(&[1, 2, 3, 1])),
            (
                &[(2, 3), (3, 4), (4, 1), (3, 1)],
                (1, 2),
                Some(&[1, 2, 3, 1]),
            ),
            (&[(1, 2), (2, 3)], (1, 3), None),
            (&[(1, 2)], (1, 2), None),
            // A way around that others have made already is not this edge's.
            (&[(5, 6), (6, 5)], (1, 5), None),
        ];
        for (edges, (waits, for_what), expected) in rows {
            let cycle = cycle_with(edges.iter().copied(), waits, for_what);
            assert_eq!(
                cycle.as_deref(),
                expected,
                "{edges:?} + {waits}->{for_what}"
            );
        }
    }

    #[test]
    fn a_hundred_thousand_in_a_row_are_no_recursion() {
        let edges = (1..100_000_u32).map(|at| (at, at + 1));
        let cycle = cycle_with(edges, 100_000, 1).unwrap();
        assert_eq!(cycle.len(), 100_001);
    }

    proptest! {
        #[test]
        fn edges_that_were_let_in_never_make_a_cycle(tried in prop::collection::vec((0..12_u8, 0..12_u8), 0..60)) {
            let mut edges: Vec<(u8, u8)> = Vec::new();
            for (waits, for_what) in tried {
                match cycle_with(edges.iter().copied(), waits, for_what) {
                    None => edges.push((waits, for_what)),
                    Some(way) => {
                        prop_assert_eq!((way[0], way[1]), (waits, for_what));
                        prop_assert_eq!(way.last(), Some(&waits));
                        for step in way[1..].windows(2) {
                            prop_assert!(edges.contains(&(step[0], step[1])));
                        }
                    }
                }
            }
            // What is left can be put in a row: take away what waits for nothing, until nothing is left.
            let mut left = edges;
            while let Some(free) = left.iter().map(|edge| edge.1).find(|to| left.iter().all(|edge| edge.0 != *to)) {
                left.retain(|edge| edge.1 != free);
            }
            prop_assert!(left.is_empty());
        }
    }
}
