//! The figures beside the rows: what one column was and is, the change, and a bar to the right or to the left for it.

use bellboard_core::dashboard::{Cell, Column, Number, Picture, Share};

use super::fold::{Kept, Place, Side};
use super::head_words;
use crate::pages::chart::{coordinate, fixed, share_words};
use crate::pages::dashboards::table::digits_of;

/// Where the bars begin, and how far they reach to either side.
const AXIS: f64 = 30.0;
const RIGHT: f64 = 52.0;
const LEFT: f64 = 28.0;

/// A bar from the axis on.
#[derive(Debug, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins.
    pub x: String,
    /// How long it is; nothing for a value that stayed.
    pub width: Option<String>,
}

/// The figures of one column.
pub struct Values<'p> {
    before: Option<&'p Column>,
    after: Option<&'p Column>,
    digits: usize,
    /// How long a bar of share 1 is.
    unit: f64,
}

impl<'p> Values<'p> {
    /// The figures of the column of this name; none without one.
    pub fn new(a: &'p Picture, b: &'p Picture, kept: &Kept<'p>, column: Option<&str>) -> Self {
        let before = column.and_then(|name| a.column(name));
        let after = column.and_then(|name| b.column(name));
        let digits = [before, after].into_iter().flatten().map(digits_of);
        let mut values = Self {
            before,
            after,
            digits: digits.max().unwrap_or(0),
            unit: 0.0,
        };
        values.unit = values.unit_of(kept);
        values
    }

    /// So that the longest bar fits on either side.
    fn unit_of(&self, kept: &Kept<'_>) -> f64 {
        let (mut most, mut least) = (0.0_f64, 0.0_f64);
        for place in kept.side(Side::New) {
            let Place::Row(id, rank) = place else {
                continue;
            };
            let share = self.share(kept.before.get(id).copied(), rank);
            if let Some(of) = share.and_then(Share::of) {
                most = most.max(of);
                least = least.min(of);
            }
        }
        let right = if most > 0.0 { RIGHT / most } else { f64::MAX };
        let left = if least < 0.0 { LEFT / -least } else { f64::MAX };
        right.min(left)
    }

    /// "Score was", above the figures of before.
    pub fn head(&self) -> Option<String> {
        Some(head_words(self.after?.name()))
    }

    fn number_in(column: Option<&Column>, rank: u32) -> Option<Number> {
        column?.cell(rank as usize - 1).number()
    }

    fn share(&self, before: Option<u32>, after: u32) -> Option<Share> {
        let was = Self::number_in(self.before, before?)?;
        let is = Self::number_in(self.after, after)?;
        Some(was.share_to(is))
    }

    /// What it was at this rank.
    pub fn was(&self, before: Option<u32>) -> Option<String> {
        Self::number_in(self.before, before?).map(|number| fixed(number, self.digits))
    }

    /// What it is at this rank.
    pub fn now(&self, rank: u32) -> Option<String> {
        Self::number_in(self.after, rank).map(|number| fixed(number, self.digits))
    }

    /// "+8.2 %", "same", or that there was no number to compare with.
    pub fn change(&self, before: Option<u32>, after: u32) -> String {
        let (Some(rank), Some(column)) = (before, self.after) else {
            return String::new();
        };
        match (
            Self::number_in(self.before, rank),
            Self::number_in(self.after, after),
        ) {
            (Some(was), Some(is)) if was == is => "same".to_owned(),
            (Some(was), Some(is)) => share_words(was.share_to(is)),
            (None, Some(_)) => "had none".to_owned(),
            (Some(_), None) => "none now".to_owned(),
            (None, None) if column.cell(after as usize - 1) == Cell::Null => "none".to_owned(),
            (None, None) => String::new(),
        }
    }

    /// The bar of the change.
    pub fn bar(&self, before: Option<u32>, after: u32) -> Option<Bar> {
        let share = self.share(before, after)?;
        let length = match share {
            Share::FromZero => RIGHT,
            Share::Of(of) => (of * self.unit).clamp(-LEFT, RIGHT),
        };
        let is_still = share == Share::Of(0.0);
        Some(Bar {
            x: coordinate(AXIS + length.min(0.0)),
            width: (!is_still).then(|| coordinate(length.abs().max(1.0))),
        })
    }
}
