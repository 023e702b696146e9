//! Which row of one picture is which row of another.

use std::collections::HashMap;

use super::super::rows::Ids;

/// How far is looked ahead when two rows beside each other are not the same.
const LOOK_AHEAD: usize = 4;

/// The rows of two pictures, matched by id. Places count from 0.
#[derive(Debug)]
pub(super) struct Matching {
    /// The rows of both, by their places in the first and the second, in the order of the second.
    pub(super) pairs: Vec<(u32, u32)>,
    /// The rows that only the second has, in order.
    pub(super) added: Vec<u32>,
    /// The rows that only the first has, in order.
    pub(super) removed: Vec<u32>,
}

/// No place.
const NONE: u32 = u32::MAX;

impl Matching {
    pub(super) fn new(a: &Ids, b: &Ids) -> Self {
        // For each row of the second its place in the first.
        let mut before = vec![NONE; b.len()];
        let (mut left_a, mut left_b) = walk(a, b, &mut before);
        look_up(a, b, &mut before, &mut left_a, &mut left_b);
        let both = before.iter().filter(|place| **place != NONE).count();
        let mut pairs = Vec::with_capacity(both);
        pairs.extend(
            (0u32..)
                .zip(&before)
                .filter(|(_, a)| **a != NONE)
                .map(|(b, a)| (*a, b)),
        );
        Self {
            pairs,
            added: left_b,
            removed: left_a,
        }
    }

    /// The places, in the second, of the fewest rows of both that stand in another order than before: all but a
    /// longest run of rows that keep their order.
    pub(super) fn moved(&self) -> Vec<u32> {
        if self.pairs.is_sorted_by_key(|(a, _)| *a) {
            return Vec::new();
        }
        // The ends of the best runs of each length, and for each row the one before it in its run.
        let mut ends: Vec<u32> = Vec::new();
        let mut previous = vec![NONE; self.pairs.len()];
        for (pair, (a, _)) in (0u32..).zip(&self.pairs) {
            let is_before = |end: &u32| self.pairs[*end as usize].0 < *a;
            let length = match ends.last() {
                Some(last) if !is_before(last) => ends.partition_point(is_before),
                _ => ends.len(),
            };
            if let Some(end) = length.checked_sub(1).map(|shorter| ends[shorter]) {
                previous[pair as usize] = end;
            }
            match ends.get_mut(length) {
                Some(end) => *end = pair,
                None => ends.push(pair),
            }
        }
        let mut stays = vec![false; self.pairs.len()];
        let mut at = ends.last().copied().unwrap_or(NONE);
        while let Some(stay) = stays.get_mut(at as usize) {
            *stay = true;
            at = previous[at as usize];
        }
        let moved = self.pairs.iter().zip(stays).filter(|(_, stays)| !stays);
        moved.map(|((_, b), _)| *b).collect()
    }
}

/// Walks both lists together and notes who is met. Answers the places of those that were not.
fn walk(a: &Ids, b: &Ids, before: &mut [u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut left_a, mut left_b) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a.bytes(i) == b.bytes(j) {
            before[j] = place(i);
            i += 1;
            j += 1;
            continue;
        }
        let (skip_a, skip_b) = next_meeting(a, b, i, j);
        left_a.extend((i..i + skip_a).map(place));
        left_b.extend((j..j + skip_b).map(place));
        i += skip_a;
        j += skip_b;
    }
    left_a.extend((i..a.len()).map(place));
    left_b.extend((j..b.len()).map(place));
    (left_a, left_b)
}

/// How many rows to leave on either side until two are the same; one on each side when none is near.
fn next_meeting(a: &Ids, b: &Ids, i: usize, j: usize) -> (usize, usize) {
    for ahead in 1..=LOOK_AHEAD {
        for less in 0..=ahead {
            for (skip_a, skip_b) in [(ahead, less), (less, ahead)] {
                let (at_a, at_b) = (i + skip_a, j + skip_b);
                if at_a < a.len() && at_b < b.len() && a.bytes(at_a) == b.bytes(at_b) {
                    return (skip_a, skip_b);
                }
            }
        }
    }
    (1, 1)
}

/// Matches by id whoever was not met; those that remain are on one side only.
fn look_up(a: &Ids, b: &Ids, before: &mut [u32], left_a: &mut Vec<u32>, left_b: &mut Vec<u32>) {
    if left_a.is_empty() || left_b.is_empty() {
        return;
    }
    let mut by_id: HashMap<&[u8], u32> = HashMap::with_capacity(left_a.len());
    by_id.extend(
        left_a
            .iter()
            .map(|place| (a.bytes(*place as usize), *place)),
    );
    let mut found = vec![false; a.len()];
    left_b.retain(|place_b| match by_id.get(b.bytes(*place_b as usize)) {
        Some(place_a) => {
            before[*place_b as usize] = *place_a;
            found[*place_a as usize] = true;
            false
        }
        None => true,
    });
    left_a.retain(|place| !found[*place as usize]);
}

/// Pictures have at most 100,000 rows.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Ids {
        let mut ids = Ids::default();
        text.split_whitespace().for_each(|id| ids.push_text(id));
        ids
    }

    fn matching(a: &str, b: &str) -> Matching {
        Matching::new(&ids(a), &ids(b))
    }

    #[test]
    fn rows_are_matched_wherever_they_stand() {
        let found = matching("a b c d e f g h", "x h b c y d e f a");
        assert_eq!(
            found.pairs,
            [(7, 1), (1, 2), (2, 3), (3, 5), (4, 6), (5, 7), (0, 8)]
        );
        assert_eq!((found.added, found.removed), (vec![0, 4], vec![6]));
    }

    #[test]
    fn the_fewest_rows_are_said_to_have_moved() {
        assert!(matching("a b c d", "a b c d").moved().is_empty());
        assert_eq!(matching("a b c d", "d a b c").moved(), [0]);
        assert_eq!(matching("a b c d", "b c d a").moved(), [3]);
        assert_eq!(matching("a b c d", "d c b a").moved().len(), 3);
        assert_eq!(matching("a b c d", "x b a d c").moved().len(), 2);
        assert!(matching("", "a").moved().is_empty());
    }
}
