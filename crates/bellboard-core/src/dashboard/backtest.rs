//! Tries a rule on the past: which of the kept snapshots would have rung, why, and how many would at neighbouring
//! thresholds. It asks the same function that rings.

use schemars::JsonSchema;
use serde::Serialize;

use super::diff::Summary;
use super::number::Share;
use super::threshold::{Baseline, Judgement, Ring, Threshold, meets_threshold, ring};

/// Rungs of the ladder, at most, on either side of the rule's own.
const RUNGS_BESIDE: usize = 2;

/// Shares that people choose between.
const SHARES: [f64; 13] = [
    0.005, 0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.50, 0.75, 1.0, 2.0, 5.0,
];
/// Counts that people choose between.
const COUNTS: [u32; 14] = [1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100, 200, 500, 1_000];

/// The kept snapshots, the oldest first, numbered from 0. The hub answers from what it keeps with each snapshot, and
/// loads pictures only where a rule compares ones that do not follow each other.
pub trait History {
    /// What keeps a summary from being made.
    type Fault;

    /// How many snapshots there are.
    fn snapshots(&self) -> usize;

    /// What differs from one snapshot to a later one.
    fn summary(&mut self, from: usize, to: usize) -> Result<Summary, Self::Fault>;
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BackTest {
    /// How many snapshots were looked at.
    pub checked: usize,
    /// The snapshots that would have rung.
    pub rings: Vec<PastRing>,
    /// How many would have rung at neighbouring thresholds, the rule's own among them, the lowest first. Empty when the
    /// rule has no condition with a number.
    pub ladder: Vec<Rung>,
    /// How many would ring if the condition that the ladder is about were never met: what is left at any threshold.
    pub rings_without: usize,
    /// What the rule looked at, snapshot by snapshot, for a drawing of it.
    #[serde(skip)]
    pub seen: Vec<Seen>,
}

/// What a rule looked at in one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seen {
    /// What the condition that the ladder is about is compared with: the largest share by which a row differs, say, or how
    /// many rows are new. Infinite from zero; none where nothing could be compared.
    pub measure: Option<f64>,
    /// Whether the order of as many rows differs as the first condition on an order names.
    pub reordered: bool,
}

/// A snapshot that would have rung.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PastRing {
    /// Its place among the snapshots, from 0.
    pub snapshot: usize,
    /// The place of the one that it was compared with.
    pub compared_with: usize,
    /// Why.
    pub why: Judgement,
}

/// A neighbouring threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Rung {
    /// The threshold.
    pub threshold: f64,
    /// How many would have rung.
    pub rings: usize,
    /// Whether it is the rule's own.
    pub own: bool,
}

/// Where a subscription stands between two snapshots: the state of the baseline, the same for ringing and for trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which picture is compared with.
    pub baseline: Baseline,
    /// The last snapshot that rang, or the newest when the subscription began.
    pub last_notified: Option<usize>,
}

impl Standing {
    /// A subscription that begins when this snapshot is the newest; none when there is none.
    pub const fn beginning(baseline: Baseline, newest: Option<usize>) -> Self {
        Self {
            baseline,
            last_notified: newest,
        }
    }

    /// The snapshot that a new one is compared with; none when there is none before.
    pub fn compared_with(self, snapshot: usize) -> Option<usize> {
        match self.baseline {
            Baseline::Previous => snapshot.checked_sub(1),
            Baseline::LastNotified => self.last_notified.filter(|last| *last < snapshot),
        }
    }

    /// Where it stands after the snapshot: a first snapshot becomes the baseline, and so does one that rang.
    #[must_use]
    pub fn after(self, snapshot: usize, rang: bool) -> Self {
        if rang || self.last_notified.is_none() {
            return Self {
                last_notified: Some(snapshot),
                ..self
            };
        }
        self
    }
}

/// Tries a rule on all kept snapshots, with the ladder of its main condition.
pub fn back_test<H: History>(
    history: &mut H,
    rule: &Threshold,
    baseline: Baseline,
) -> Result<BackTest, H::Fault> {
    let mut known = Known::new(history);
    let rings = rings_of(&mut known, rule, baseline)?;
    let seen = seen(&mut known, rule, baseline)?;
    let mut ladder = Vec::new();
    let mut rings_without = rings.len();
    if let Some((place, leaf)) = main_leaf(rule) {
        for (threshold, own, neighbour) in neighbours(leaf) {
            let count = if own {
                rings.len()
            } else {
                rings_of(&mut known, &rule.with_leaf(place, &neighbour), baseline)?.len()
            };
            ladder.push(Rung {
                threshold,
                rings: count,
                own,
            });
        }
        rings_without = rings_of(&mut known, &rule.with_leaf(place, &never(leaf)), baseline)?.len();
    }
    Ok(BackTest {
        checked: known.snapshots,
        rings,
        ladder,
        rings_without,
        seen,
    })
}

/// Every decision about every snapshot, in order: what the ledger would say.
pub fn decisions<H: History>(
    history: &mut H,
    rule: &Threshold,
    baseline: Baseline,
) -> Result<Vec<Ring>, H::Fault> {
    let mut known = Known::new(history);
    let mut decisions = Vec::with_capacity(known.snapshots);
    each(&mut known, rule, baseline, |_, _, _, decision| {
        decisions.push(decision);
    })?;
    Ok(decisions)
}

fn rings_of<H: History>(
    known: &mut Known<'_, H>,
    rule: &Threshold,
    baseline: Baseline,
) -> Result<Vec<PastRing>, H::Fault> {
    let mut rings = Vec::new();
    each(
        known,
        rule,
        baseline,
        |snapshot, compared_with, _, decision| {
            if let (Ring::Rings(why), Some(compared_with)) = (decision, compared_with) {
                rings.push(PastRing {
                    snapshot,
                    compared_with,
                    why,
                });
            }
        },
    )?;
    Ok(rings)
}

fn seen<H: History>(
    known: &mut Known<'_, H>,
    rule: &Threshold,
    baseline: Baseline,
) -> Result<Vec<Seen>, H::Fault> {
    let main = main_leaf(rule).map(|(_, leaf)| leaf);
    let order = rule
        .leaves()
        .into_iter()
        .find(|leaf| matches!(leaf, Threshold::TopNReordering(_)));
    let mut seen = Vec::with_capacity(known.snapshots);
    each(known, rule, baseline, |_, _, summary, _| {
        let both = summary.zip(main);
        seen.push(Seen {
            measure: both.and_then(|(summary, leaf)| measure(leaf, summary)),
            reordered: summary
                .zip(order)
                .is_some_and(|(summary, order)| meets_threshold(summary, order)),
        });
    })?;
    Ok(seen)
}

/// What a condition with a number is compared with; an order has no size.
fn measure(leaf: &Threshold, summary: &Summary) -> Option<f64> {
    let size = |share: Share| share.of().map_or(f64::INFINITY, f64::abs);
    match leaf {
        Threshold::ValueDeltaPct(delta) => {
            let Some(change) = summary.field(&delta.on_field) else {
                return Some(0.0);
            };
            match (&change.largest, &change.from_zero) {
                (_, Some(_)) => Some(f64::INFINITY),
                (Some(largest), None) => Some(size(largest.share())),
                (None, None) => Some(0.0),
            }
        }
        Threshold::SetAddedMin(_) => Some(f64::from(summary.added.count)),
        Threshold::SetRemovedMin(_) => Some(f64::from(summary.removed.count)),
        Threshold::PrimaryMetricDeltaPct(_) => summary.primary_metric.share().map(size),
        Threshold::TopNReordering(_) | Threshold::And(_) | Threshold::Or(_) | Threshold::Not(_) => {
            None
        }
    }
}

fn each<H: History>(
    known: &mut Known<'_, H>,
    rule: &Threshold,
    baseline: Baseline,
    mut tell: impl FnMut(usize, Option<usize>, Option<&Summary>, Ring),
) -> Result<(), H::Fault> {
    let mut standing = Standing::beginning(baseline, None);
    for snapshot in 0..known.snapshots {
        let compared_with = standing.compared_with(snapshot);
        let summary = compared_with
            .map(|from| known.summary(from, snapshot))
            .transpose()?;
        let decision = ring(rule, summary);
        standing = standing.after(snapshot, decision.rings());
        tell(snapshot, compared_with, summary, decision);
    }
    Ok(())
}

/// Summaries that were asked for already: the rungs of a ladder ask for much the same.
struct Known<'h, H: History> {
    history: &'h mut H,
    snapshots: usize,
    summaries: std::collections::HashMap<(usize, usize), Summary>,
}

impl<'h, H: History> Known<'h, H> {
    fn new(history: &'h mut H) -> Self {
        let snapshots = history.snapshots();
        Self {
            history,
            snapshots,
            summaries: std::collections::HashMap::new(),
        }
    }

    fn summary(&mut self, from: usize, to: usize) -> Result<&Summary, H::Fault> {
        use std::collections::hash_map::Entry;

        match self.summaries.entry((from, to)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(self.history.summary(from, to)?)),
        }
    }
}

/// The condition that the ladder is about: the first on a field, else the first of all.
fn main_leaf(rule: &Threshold) -> Option<(usize, &Threshold)> {
    let leaves = rule.leaves();
    let on_field = leaves
        .iter()
        .position(|leaf| matches!(leaf, Threshold::ValueDeltaPct(_)));
    let place = on_field.unwrap_or(0);
    leaves.get(place).map(|leaf| (place, *leaf))
}

/// The thresholds beside a condition's own, and that one, the lowest first.
fn neighbours(leaf: &Threshold) -> Vec<(f64, bool, Threshold)> {
    let counts = |own: u32, make: fn(u32) -> Threshold| {
        let beside = beside(&COUNTS, own, |a, b| a.cmp(&b));
        beside
            .into_iter()
            .map(|count| (f64::from(count), count == own, make(count)))
            .collect()
    };
    let shares = |own: f64, make: &dyn Fn(f64) -> Threshold| {
        let beside = beside(&SHARES, own, |a, b| a.total_cmp(&b));
        let is_own = |share: f64| share.total_cmp(&own).is_eq();
        beside
            .into_iter()
            .map(|share| (share, is_own(share), make(share)))
            .collect()
    };
    match leaf {
        Threshold::TopNReordering(own) => counts(*own, Threshold::TopNReordering),
        Threshold::SetAddedMin(own) => counts(*own, Threshold::SetAddedMin),
        Threshold::SetRemovedMin(own) => counts(*own, Threshold::SetRemovedMin),
        Threshold::PrimaryMetricDeltaPct(own) => shares(*own, &Threshold::PrimaryMetricDeltaPct),
        Threshold::ValueDeltaPct(delta) => shares(delta.value_delta_pct, &|share| {
            let mut delta = delta.clone();
            delta.value_delta_pct = share;
            Threshold::ValueDeltaPct(delta)
        }),
        Threshold::And(_) | Threshold::Or(_) | Threshold::Not(_) => Vec::new(),
    }
}

fn beside<T: Copy>(known: &[T], own: T, order: impl Fn(T, T) -> std::cmp::Ordering) -> Vec<T> {
    let below = known.iter().filter(|one| order(**one, own).is_lt());
    let mut rungs: Vec<T> = below.rev().take(RUNGS_BESIDE).copied().collect();
    rungs.reverse();
    rungs.push(own);
    rungs.extend(
        known
            .iter()
            .filter(|one| order(**one, own).is_gt())
            .take(RUNGS_BESIDE),
    );
    rungs
}

/// A condition of the same kind that no diff meets.
fn never(leaf: &Threshold) -> Threshold {
    let met = leaf.clone();
    Threshold::And(vec![met.clone(), Threshold::Not(Box::new(met))])
}

#[cfg(test)]
mod tests;
