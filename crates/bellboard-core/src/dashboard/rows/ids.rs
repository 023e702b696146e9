//! The ids of rows, one after another in memory, so that many are compared at once.

use std::collections::HashMap;

use super::super::cell::Cell;
use super::ROW_ID_BYTES_AT_MOST;

/// Ids that are compared at once.
const BLOCK: usize = 8;

/// The ids of rows, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    ends: Vec<u32>,
    text: String,
}

impl Ids {
    /// How many.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id of the row at this place; empty beyond the last.
    #[inline]
    pub fn get(&self, place: usize) -> &str {
        let start = place
            .checked_sub(1)
            .map_or(Some(&0), |before| self.ends.get(before));
        match (start, self.ends.get(place)) {
            (Some(start), Some(end)) => &self.text[*start as usize..*end as usize],
            _ => "",
        }
    }

    /// The same as bytes, which are compared without looking for the borders of characters.
    #[inline]
    pub(in super::super) fn bytes(&self, place: usize) -> &[u8] {
        &self.text.as_bytes()[self.start(place) as usize..self.ends[place] as usize]
    }

    /// Every id, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.get(place))
    }

    /// How many rows are the same, one after another, from `here` on in these ids and from `there` on in the others.
    pub(in super::super) fn same_from(&self, here: usize, others: &Self, there: usize) -> usize {
        let most = (self.len() - here).min(others.len() - there);
        let mut same = 0;
        while self.is_same_block(here + same, others, there + same) {
            same += BLOCK;
        }
        while same < most && self.bytes(here + same) == others.bytes(there + same) {
            same += 1;
        }
        same
    }

    /// Whether the ids of a whole block are the same: their lengths are, and so is all their text.
    #[inline]
    fn is_same_block(&self, here: usize, others: &Self, there: usize) -> bool {
        match (self.block(here), others.block(there)) {
            (Some((ends, text)), Some((other_ends, other_text))) => {
                ends == other_ends && text == other_text
            }
            _ => false,
        }
    }

    /// Where the ids of a block end, counted from where it begins, and their text; none where fewer remain.
    #[inline]
    fn block(&self, place: usize) -> Option<([u32; BLOCK], &[u8])> {
        let ends: [u32; BLOCK] = *self.ends.get(place..)?.first_chunk()?;
        let start = self.start(place);
        let text = &self.text.as_bytes()[start as usize..ends[BLOCK - 1] as usize];
        Some((ends.map(|end| end - start), text))
    }

    /// Where the id of a row begins.
    #[inline]
    fn start(&self, place: usize) -> u32 {
        match place {
            0 => 0,
            place => self.ends[place - 1],
        }
    }

    pub(in super::super) fn push_text(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(in super::super) fn gather(&self, places: &[u32]) -> Self {
        let mut gathered = Self::default();
        for place in places {
            gathered.push_text(self.get(*place as usize));
        }
        gathered
    }

    pub(super) fn push(&mut self, cell: Cell<'_>) -> Result<(), String> {
        match cell {
            Cell::Missing | Cell::Null | Cell::Text("") => {
                Err("has no id; every row needs one".to_owned())
            }
            Cell::Text(text) if text.len() > ROW_ID_BYTES_AT_MOST => Err(format!(
                "an id has at most {ROW_ID_BYTES_AT_MOST} bytes, this has {}",
                text.len()
            )),
            Cell::Text(text) => {
                self.push_text(text);
                Ok(())
            }
            Cell::Number(number) => {
                self.push_text(&number.to_string());
                Ok(())
            }
            Cell::Bool(_) | Cell::Time(_) => Err("an id is a text or a number".to_owned()),
        }
    }

    /// The places of two rows with the same id: the first row that repeats one, and the one that had it.
    pub(super) fn doubled(&self) -> Option<(usize, usize)> {
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(self.len());
        self.iter()
            .enumerate()
            .find_map(|(place, id)| seen.insert(id, place).map(|first| (first, place)))
    }
}
