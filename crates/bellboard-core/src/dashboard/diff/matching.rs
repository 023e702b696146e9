//! Which row of one picture is which row of another.

use std::collections::HashMap;

use super::super::rows::Ids;

/// How far is looked ahead when two rows beside each other are not the same.
const LOOK_AHEAD: usize = 4;

/// After so many looks ahead in vain the two orders are taken for unlike, unless most rows were met all the same.
const LOOKS_IN_VAIN: usize = 100;

/// The rows of two pictures, matched by id. Places count from 0.
#[derive(Debug)]
pub(super) struct Matching {
    /// The rows of both, in the order of the second.
    pub(super) runs: Vec<Run>,
    /// The rows that only the second has, in order.
    pub(super) added: Vec<u32>,
    /// The rows that only the first has, in order.
    pub(super) removed: Vec<u32>,
}

/// Rows that stand one after another in both pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The place of its first row in the first picture.
    pub(super) a: u32,
    /// And in the second.
    pub(super) b: u32,
    /// How many rows it has.
    pub(super) rows: u32,
}

impl Run {
    /// The places of its rows in the first picture and in the second.
    pub(super) fn pairs(self) -> impl Iterator<Item = (u32, u32)> {
        (self.a..self.a + self.rows).zip(self.b..)
    }

    /// At most so many of its rows, without those before `from`.
    pub(super) fn part(self, from: u32, most: u32) -> Self {
        Self {
            a: self.a + from,
            b: self.b + from,
            rows: most.min(self.rows - from),
        }
    }
}

/// No run.
const NONE: u32 = u32::MAX;

impl Matching {
    pub(super) fn new(a: &Ids, b: &Ids) -> Self {
        let mut met = walk(a, b);
        look_up(a, b, &mut met);
        // Both kinds of runs stand in the order of the second picture, so that this merges rather than sorts.
        met.runs.sort_by_key(|run| run.b);
        met.runs.dedup_by(|next, run| {
            let follows = next.a == run.a + run.rows && next.b == run.b + run.rows;
            run.rows += if follows { next.rows } else { 0 };
            follows
        });
        met
    }

    /// The places, in the second, of the fewest rows of both that stand in another order than before: all but a
    /// longest series of rows that keep their order.
    ///
    /// A longest series has all rows of a run or none: every other row stands before all of them or after all of them.
    pub(super) fn moved(&self) -> Vec<u32> {
        if self.runs.is_sorted_by_key(|run| run.a) {
            return Vec::new();
        }
        // For each length the lowest place in the first picture at which a series of it ends, and the run of that row;
        // for each run the one before it in its series.
        let mut ends: Vec<(u32, u32)> = Vec::new();
        let mut previous = Vec::with_capacity(self.runs.len());
        for (number, run) in (0u32..).zip(&self.runs) {
            let mut length = match ends.last() {
                Some((end, _)) if *end > run.a => ends.partition_point(|(end, _)| *end < run.a),
                _ => ends.len(),
            };
            previous.push(
                length
                    .checked_sub(1)
                    .map_or(NONE, |shorter| ends[shorter].1),
            );
            for place in run.a..run.a + run.rows {
                length += ends[length..].partition_point(|(end, _)| *end < place);
                match ends.get_mut(length) {
                    Some(end) => *end = (place, number),
                    None => ends.push((place, number)),
                }
                length += 1;
            }
        }
        let mut stays = vec![false; self.runs.len()];
        let mut at = ends.last().map_or(NONE, |(_, run)| *run);
        while let Some(stay) = stays.get_mut(at as usize) {
            *stay = true;
            at = previous[at as usize];
        }
        let moved = self.runs.iter().zip(stays).filter(|(_, stays)| !stays);
        moved.flat_map(|(run, _)| run.b..run.b + run.rows).collect()
    }
}

/// Walks both lists together: the runs that are met, and as added and removed whoever was not.
fn walk(a: &Ids, b: &Ids) -> Matching {
    let mut met = Matching {
        runs: Vec::new(),
        added: Vec::new(),
        removed: Vec::new(),
    };
    let (mut i, mut j) = (0, 0);
    let mut looks_in_vain = 0;
    while i < a.len() && j < b.len() {
        let same = a.same_from(i, b, j);
        if same > 0 {
            met.runs.push(Run {
                a: place(i),
                b: place(j),
                rows: place(same),
            });
            i += same;
            j += same;
            continue;
        }
        let (skip_a, skip_b) = next_meeting(a, b, i, j).unwrap_or_else(|| {
            looks_in_vain += 1;
            (1, 1)
        });
        met.removed.extend(place(i)..place(i + skip_a));
        met.added.extend(place(j)..place(j + skip_b));
        i += skip_a;
        j += skip_b;
        if looks_in_vain > LOOKS_IN_VAIN + i / 8 {
            break;
        }
    }
    met.removed.extend(place(i)..place(a.len()));
    met.added.extend(place(j)..place(b.len()));
    met
}

/// How many rows to leave on either side until two are the same; none when none is near.
fn next_meeting(a: &Ids, b: &Ids, i: usize, j: usize) -> Option<(usize, usize)> {
    let meets = |(skip_a, skip_b): &(usize, usize)| {
        let (at_a, at_b) = (i + skip_a, j + skip_b);
        at_a < a.len() && at_b < b.len() && a.bytes(at_a) == b.bytes(at_b)
    };
    (1..=LOOK_AHEAD).find_map(|ahead| {
        let mut skips = (0..=ahead).flat_map(|less| [(ahead, less), (less, ahead)]);
        skips.find(meets)
    })
}

/// Matches by id whoever was not met; those that remain are on one side only.
fn look_up(a: &Ids, b: &Ids, met: &mut Matching) {
    let Matching {
        runs,
        added,
        removed,
    } = met;
    if added.is_empty() || removed.is_empty() {
        return;
    }
    let id = |number: usize| removed.get(number).map(|place| a.bytes(*place as usize));
    let mut by_id: HashMap<&[u8], usize> = HashMap::with_capacity(removed.len());
    by_id.extend((0..removed.len()).filter_map(|number| Some((id(number)?, number))));
    let mut found = vec![false; removed.len()];
    // Rows that went together mostly stand together.
    let mut expected = 0;
    added.retain(|place_b| {
        let wanted = b.bytes(*place_b as usize);
        let number = match id(expected) {
            Some(next) if next == wanted => Some(expected),
            _ => by_id.get(wanted).copied(),
        };
        let Some(number) = number else { return true };
        runs.push(Run {
            a: removed[number],
            b: *place_b,
            rows: 1,
        });
        found[number] = true;
        expected = number + 1;
        false
    });
    let mut found = found.into_iter();
    removed.retain(|_| !found.next().unwrap_or_default());
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
        let pairs: Vec<(u32, u32)> = found.runs.iter().flat_map(|run| run.pairs()).collect();
        assert_eq!(
            pairs,
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
