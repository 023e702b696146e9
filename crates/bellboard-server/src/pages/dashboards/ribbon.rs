//! The ribbon: the newest snapshots as bars, the newest at the right. A bar is as high as the largest change since the one
//! before; amber rang.

use askama::Template;
use bellboard_core::dashboard::{Share, Summary};
use bellboard_core::id::SnapshotId;
use bellboard_hub::snapshot::SnapshotView;

use crate::pages::chart::coordinate;

/// So many snapshots stand in a ribbon.
pub const RIBBON: u32 = 48;

/// The height of a ribbon and of its lowest bar.
const HEIGHT: f64 = 28.0;
const LOWEST: f64 = 3.0;
/// From bar to bar.
const STEP: u32 = 10;

/// A ribbon.
#[derive(Debug, Template)]
#[template(path = "dashboard_ribbon.html")]
pub struct Ribbon {
    bars: Vec<Bar>,
    width: u32,
}

impl askama::filters::HtmlSafe for Ribbon {}

#[derive(Debug, PartialEq, Eq)]
struct Bar {
    class: &'static str,
    x: u32,
    y: String,
    height: String,
}

impl Ribbon {
    /// The ribbon of these snapshots, the newest first; those of this pair are marked.
    pub fn new(snapshots: &[SnapshotView], pair: &[SnapshotId]) -> Self {
        let shown = &snapshots[..snapshots.len().min(RIBBON as usize)];
        let sizes: Vec<f64> = shown
            .iter()
            .map(|one| one.changes.as_ref().map_or(0.0, size_of))
            .collect();
        let largest = sizes.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let first = RIBBON - u32::try_from(shown.len()).unwrap_or(RIBBON);
        let oldest_first = shown.iter().zip(&sizes).rev();
        let bars = (first..).zip(oldest_first).map(|(slot, (one, size))| {
            let height = LOWEST + (HEIGHT - LOWEST) * size / largest;
            Bar {
                class: class_of(one, pair),
                x: slot * STEP + 1,
                y: coordinate(HEIGHT - height),
                height: coordinate(height),
            }
        });
        Self {
            bars: bars.collect(),
            width: RIBBON * STEP,
        }
    }
}

fn class_of(snapshot: &SnapshotView, pair: &[SnapshotId]) -> &'static str {
    if snapshot.rang > 0 {
        "ring"
    } else if pair.contains(&snapshot.id) {
        "sel"
    } else {
        ""
    }
}

/// How much changed, for a bar: the largest share of a value, and no less than the share of rows that came, went or moved.
pub fn size_of(changes: &Summary) -> f64 {
    let fields = changes.fields.iter();
    let shares = fields.flat_map(|field| {
        let largest = field.largest.as_ref().and_then(|most| most.share().of());
        [largest, field.from_zero.as_ref().map(|_| 1.0)]
    });
    let metric = changes.primary_metric.share().and_then(Share::of);
    let values = shares.chain([metric]).flatten();
    let most = values.map(f64::abs).fold(0.0, f64::max);
    let rows = f64::from(changes.added.count + changes.removed.count) / 10.0;
    let moved = if changes.order.is_some() { 0.02 } else { 0.0 };
    let some = if changes.unchanged { 0.0 } else { 0.01 };
    // A share from next to nothing would flatten every other bar.
    most.max(rows).max(moved).max(some).min(1.0)
}

#[cfg(test)]
mod tests {
    use bellboard_core::dashboard::{FieldChange, LargestChange, Number, SetChange};

    use super::*;

    #[test]
    fn a_bar_is_as_high_as_the_largest_change() {
        let still = Summary {
            unchanged: true,
            ..Summary::default()
        };
        assert!(size_of(&still).abs() < f64::EPSILON);
        let value = Summary {
            fields: vec![FieldChange {
                field: "score".to_owned(),
                rows: 1,
                largest: Some(LargestChange {
                    id: "a".to_owned(),
                    before: Number::Whole(10),
                    after: Number::Whole(8),
                }),
                from_zero: None,
            }],
            ..Summary::default()
        };
        assert!((size_of(&value) - 0.2).abs() < 1e-9);
        let rows = Summary {
            added: SetChange {
                count: 3,
                ids: Vec::new(),
            },
            ..value
        };
        assert!((size_of(&rows) - 0.3).abs() < 1e-9);
        let hundred = Summary {
            removed: SetChange {
                count: 100,
                ids: Vec::new(),
            },
            ..Summary::default()
        };
        assert!((size_of(&hundred) - 1.0).abs() < 1e-9);
    }
}
