//! Whether a rule is met, and why: which condition, which row, which figures.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::super::diff::{FieldChange, LargestChange, MetricChange, SetChange, Summary};
use super::super::fault::{below, entry};
use super::super::number::{Number, Share, beyond_comparison};
use super::{Threshold, ValueDelta};
use crate::text::{humanise, sanitise};

/// Whether a rule is met by what differs. Pure, and the only place where that is decided.
pub fn meets_threshold(summary: &Summary, rule: &Threshold) -> bool {
    match rule {
        Threshold::And(parts) => parts.iter().all(|part| meets_threshold(summary, part)),
        Threshold::Or(parts) => parts.iter().any(|part| meets_threshold(summary, part)),
        Threshold::Not(part) => !meets_threshold(summary, part),
        Threshold::TopNReordering(top) => summary
            .order
            .as_ref()
            .is_some_and(|order| order.rank <= *top),
        Threshold::ValueDeltaPct(delta) => witness(summary, delta).is_some(),
        Threshold::SetAddedMin(least) => summary.added.count >= *least,
        Threshold::SetRemovedMin(least) => summary.removed.count >= *least,
        Threshold::PrimaryMetricDeltaPct(share) => summary
            .primary_metric
            .share()
            .is_some_and(|change| change.reaches(*share)),
    }
}

/// The row that meets a condition on a field: the one that changed most, else one that left zero.
fn witness<'s>(summary: &'s Summary, delta: &ValueDelta) -> Option<&'s LargestChange> {
    let FieldChange {
        largest, from_zero, ..
    } = summary.field(&delta.on_field)?;
    let reaches = |change: &&LargestChange| change.share().reaches(delta.value_delta_pct);
    largest.as_ref().filter(reaches).or(from_zero.as_ref())
}

/// What the evaluator says of a new picture.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// The bell rings, for these reasons.
    Rings(Judgement),
    /// It does not.
    Silent(Silence),
}

/// Why a bell does not ring.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// There is nothing before it to compare it with: the first snapshot is a baseline.
    First,
    /// The picture is the same.
    Unchanged,
    /// The rule is not met, for these reasons.
    NotMet(Judgement),
}

impl Ring {
    /// Whether it rings.
    pub const fn rings(&self) -> bool {
        matches!(self, Self::Rings(_))
    }

    /// Why, in one line.
    pub fn words(&self) -> String {
        match self {
            Self::Rings(judgement) | Self::Silent(Silence::NotMet(judgement)) => judgement.words(),
            Self::Silent(Silence::First) => {
                "The first snapshot is a baseline and rings nothing.".to_owned()
            }
            Self::Silent(Silence::Unchanged) => "Nothing changed.".to_owned(),
        }
    }
}

/// What becomes of a rule, without the reasons: a million of these are made where nobody reads why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The bell rings.
    Rings,
    /// There is nothing before to compare with.
    First,
    /// The picture is the same.
    Unchanged,
    /// The rule is not met.
    NotMet,
}

/// The one decision: `summary` is what differs from the baseline, none when there is no picture before. An unchanged
/// picture rings nothing, whatever the rule says.
pub fn decide(rule: &Threshold, summary: Option<&Summary>) -> Verdict {
    match summary {
        None => Verdict::First,
        Some(summary) if summary.unchanged => Verdict::Unchanged,
        Some(summary) if meets_threshold(summary, rule) => Verdict::Rings,
        Some(_) => Verdict::NotMet,
    }
}

/// The same decision with its reasons.
pub fn ring(rule: &Threshold, summary: Option<&Summary>) -> Ring {
    let why = || summary.map_or_else(Judgement::default, |summary| rule.judge(summary));
    match decide(rule, summary) {
        Verdict::Rings => Ring::Rings(why()),
        Verdict::First => Ring::Silent(Silence::First),
        Verdict::Unchanged => Ring::Silent(Silence::Unchanged),
        Verdict::NotMet => Ring::Silent(Silence::NotMet(why())),
    }
}

/// Whether a rule is met, and what each of its conditions says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Judgement {
    /// Whether it is met.
    pub met: bool,
    /// Every condition, from the left.
    pub reasons: Vec<Reason>,
}

/// What one condition says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Reason {
    /// Where the condition stands: `and[1].not`. Empty when it is the whole rule.
    pub path: String,
    /// Whether it is met.
    pub met: bool,
    /// Whether it speaks for what the rule as a whole says: not one that is met under a `not`, say.
    pub decides: bool,
    /// The row, if there is one.
    pub id: Option<String>,
    /// What was found, in words.
    pub words: String,
}

impl Judgement {
    /// The conditions that decided it, in one line.
    pub fn words(&self) -> String {
        let deciding = self.reasons.iter().filter(|reason| reason.decides);
        let words: Vec<&str> = deciding.map(|reason| reason.words.as_str()).collect();
        words.join("; ")
    }
}

impl Threshold {
    /// Whether the rule is met, and why. Says the same as [`meets_threshold`].
    pub fn judge(&self, summary: &Summary) -> Judgement {
        let mut reasons = Vec::new();
        let met = self.collect(summary, "", &mut reasons);
        Judgement { met, reasons }
    }

    /// Adds the reasons of this part; those that speak against what the part says decide nothing.
    fn collect(&self, summary: &Summary, path: &str, reasons: &mut Vec<Reason>) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                let word = if matches!(self, Self::And(_)) {
                    "and"
                } else {
                    "or"
                };
                let met = meets_threshold(summary, self);
                for (place, part) in parts.iter().enumerate() {
                    let from = reasons.len();
                    let path = entry(&below(path, word), place);
                    if part.collect(summary, &path, reasons) != met {
                        reasons[from..]
                            .iter_mut()
                            .for_each(|reason| reason.decides = false);
                    }
                }
                met
            }
            Self::Not(part) => !part.collect(summary, &below(path, "not"), reasons),
            leaf => {
                let met = meets_threshold(summary, leaf);
                let (id, words) = leaf.found(summary);
                reasons.push(Reason {
                    path: path.to_owned(),
                    met,
                    decides: true,
                    id,
                    words,
                });
                met
            }
        }
    }

    /// What a condition found.
    fn found(&self, summary: &Summary) -> (Option<String>, String) {
        match self {
            Self::TopNReordering(top) => order_words(summary, *top),
            Self::ValueDeltaPct(delta) => value_words(summary, delta),
            Self::SetAddedMin(_) => set_words(summary, &summary.added, "new"),
            Self::SetRemovedMin(_) => set_words(summary, &summary.removed, "gone"),
            Self::PrimaryMetricDeltaPct(_) => (None, metric_words(&summary.primary_metric)),
            Self::And(_) | Self::Or(_) | Self::Not(_) => (None, String::new()),
        }
    }
}

fn order_words(summary: &Summary, top: u32) -> (Option<String>, String) {
    let order = summary.order.as_ref();
    let Some(order) = order.filter(|order| order.rank <= top) else {
        return (None, format!("the first {top} stand in the same order"));
    };
    let name = |id| name(summary, id);
    let words = match (&order.before, &order.after) {
        (Some(before), Some(after)) => format!(
            "{} is now {} in place of {}",
            name(after),
            place(order.rank),
            name(before)
        ),
        (None, Some(after)) => format!("{} is now {}", name(after), place(order.rank)),
        (Some(before), None) => format!("{} is not {} any more", name(before), place(order.rank)),
        (None, None) => "the order differs".to_owned(),
    };
    (order.after.clone().or_else(|| order.before.clone()), words)
}

fn value_words(summary: &Summary, delta: &ValueDelta) -> (Option<String>, String) {
    let field = humanise(&delta.on_field).to_lowercase();
    let change = summary.field(&delta.on_field);
    let shown = witness(summary, delta).or_else(|| change?.largest.as_ref());
    let Some(shown) = shown else {
        let words = match summary.rows_changed_in(&delta.on_field) {
            0 => format!("no row changed {field}"),
            1 => format!("1 row changed {field}, none from one number to another"),
            rows => format!("{rows} rows changed {field}, none from one number to another"),
        };
        return (None, words);
    };
    let by = match shown.share() {
        Share::FromZero => "from zero".to_owned(),
        Share::Of(share) => percent(share),
    };
    let words = format!(
        "{} {field} {} to {} ({by})",
        name(summary, &shown.id),
        shown.before.words(),
        shown.after.words()
    );
    (Some(shown.id.clone()), words)
}

fn set_words(summary: &Summary, change: &SetChange, word: &str) -> (Option<String>, String) {
    let names: Vec<String> = change.ids.iter().map(|id| name(summary, id)).collect();
    let more = match usize::try_from(change.count)
        .unwrap_or(usize::MAX)
        .saturating_sub(names.len())
    {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match change.count {
        0 => (None, format!("no row is {word}")),
        1 => (
            change.ids.first().cloned(),
            format!("1 row is {word}: {}", names.join(", ")),
        ),
        count => (
            change.ids.first().cloned(),
            format!("{count} rows are {word}: {}{more}", names.join(", ")),
        ),
    }
}

fn metric_words(change: &MetricChange) -> String {
    let [before, after] = [change.before, change.after].map(|number| number.map(Number::words));
    match (before, after, change.share()) {
        (Some(before), Some(after), _) if before == after => format!("the number stayed {after}"),
        (Some(before), Some(after), Some(Share::Of(share))) => {
            format!(
                "the number went from {before} to {after} ({})",
                percent(share)
            )
        }
        (Some(before), Some(after), _) => {
            format!("the number went from {before} to {after} (from zero)")
        }
        (None, Some(after), _) => {
            format!("the number is {after}; there was none to compare it with")
        }
        (Some(before), None, _) => format!("there is no number any more; it was {before}"),
        (None, None, _) => "there is no number".to_owned(),
    }
}

/// `+8.2 %`, with a real minus sign.
fn percent(share: f64) -> String {
    if let Some(words) = beyond_comparison(share) {
        return words.to_owned();
    }
    let sign = if share < 0.0 { '\u{2212}' } else { '+' };
    format!("{sign}{:.1} %", share.abs() * 100.0)
}

fn name(summary: &Summary, id: &str) -> String {
    sanitise(summary.label(id), 60)
}

fn place(rank: u32) -> String {
    match rank {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        rank => format!("at place {rank}"),
    }
}

/// What becomes of many rules at once: equal rules are judged once, and each is told which verdict is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// One for each distinct rule, in the order in which they were first met.
    pub verdicts: Vec<Verdict>,
    /// For each rule asked about, the place of its verdict.
    pub of: Vec<usize>,
}

/// Decides about many rules. `key` tells equal rules: the hash that is kept with each subscription. Whoever wants to know
/// why asks [`ring`] about that rule.
pub fn evaluate_all<'r, K: std::hash::Hash + Eq>(
    rules: impl IntoIterator<Item = (K, &'r Threshold)>,
    summary: Option<&Summary>,
) -> Evaluated {
    let mut known: HashMap<K, usize> = HashMap::new();
    let mut evaluated = Evaluated {
        verdicts: Vec::new(),
        of: Vec::new(),
    };
    for (key, rule) in rules {
        let place = *known.entry(key).or_insert_with(|| {
            evaluated.verdicts.push(decide(rule, summary));
            evaluated.verdicts.len() - 1
        });
        evaluated.of.push(place);
    }
    evaluated
}
