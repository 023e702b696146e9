//! The ladder: how often a rule would have rung at neighbouring thresholds, so that a person chooses the noise they want
//! rather than a number.

use bellboard_hub::subscription::PreviewView;

use super::rule::{Condition, Kind};
use super::words::{field_words, percent, plain};
use crate::pages::words::counted;

/// How often it would have rung at neighbouring thresholds.
#[derive(Debug, Default)]
pub struct Ladder {
    /// What the thresholds are of.
    pub heading: String,
    /// The lowest first.
    pub rungs: Vec<RungRow>,
    /// What is left at any threshold.
    pub floor: Option<String>,
}

/// One neighbouring threshold.
#[derive(Debug)]
pub struct RungRow {
    /// The number as the form has it.
    pub number: String,
    /// The same with its unit.
    pub words: String,
    /// How many rings.
    pub rings: usize,
    /// The length of its bar, of 100.
    pub length: f64,
    /// It is the rule's own.
    pub own: bool,
}

impl Ladder {
    /// The ladder of a back-test; `main` is the condition that it is about.
    pub fn new(view: &PreviewView, main: Option<&Condition>) -> Self {
        let most = view.ladder.iter().map(|rung| rung.rings).max();
        let most = length(most.unwrap_or(0)).max(1.0);
        let kind = main.map(|main| main.kind);
        let is_share = kind.is_some_and(Kind::is_share);
        let rungs = view.ladder.iter().map(|rung| {
            let number = if is_share {
                percent(rung.threshold)
            } else {
                plain(rung.threshold).to_string()
            };
            RungRow {
                words: if is_share {
                    format!("{number} %")
                } else {
                    number.clone()
                },
                number,
                rings: rung.rings,
                length: (length(rung.rings) / most * 1000.0).round() / 10.0,
                own: rung.own,
            }
        });
        Self {
            heading: match (kind, main) {
                (Some(Kind::Value), Some(main)) => {
                    format!(
                        "Rings in 30 days at other {} thresholds",
                        field_words(&main.field)
                    )
                }
                (Some(Kind::Order), _) => {
                    "Rings in 30 days for other lengths of the order".to_owned()
                }
                _ => "Rings in 30 days at other thresholds".to_owned(),
            },
            rungs: rungs.collect(),
            floor: floor_words(view.rings_without),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are some thousand snapshots at most"
)]
fn length(rings: usize) -> f64 {
    rings as f64
}

fn floor_words(rings: usize) -> Option<String> {
    match rings {
        0 => None,
        1 => Some("1 ring stays at any threshold: it comes from another condition.".to_owned()),
        many => Some(format!(
            "{} at any threshold: they come from other conditions.",
            counted(many as u64, "ring stays", "rings stay")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_at_any_threshold_is_told() {
        assert_eq!(floor_words(0), None);
        for (rings, words) in [
            (
                1,
                "1 ring stays at any threshold: it comes from another condition.",
            ),
            (
                2,
                "2 rings stay at any threshold: they come from other conditions.",
            ),
        ] {
            assert_eq!(floor_words(rings).as_deref(), Some(words));
        }
    }
}
