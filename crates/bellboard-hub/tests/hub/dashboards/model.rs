//! A player that pushes at random, beside a model that knows nothing of the product: every line of the ledger is as the
//! model says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{deliveries, ledger, push, scores, subscribe};
use crate::dice::Dice;
use crate::fixture::HubFixture;

on_each_engine!(every_decision_is_as_a_naive_model_says);

const ROUNDS: usize = 30;
const SEEDS: std::ops::Range<u64> = 0..3;

/// Rows as somebody pushes them.
type Rows = BTreeMap<String, i64>;

/// A rule, in the model's own words.
#[derive(Debug, Clone)]
enum Rule {
    Top(usize),
    Value(f64),
    Added(usize),
    Removed(usize),
    Number(f64),
    Both(Box<Rule>, Box<Rule>),
    Either(Box<Rule>, Box<Rule>),
    Not(Box<Rule>),
}

impl Rule {
    fn thrown(dice: &mut Dice, depth: usize) -> Self {
        let sides = if depth == 0 { 5 } else { 8 };
        match dice.throw(sides) {
            0 => Self::Top(dice.throw(4) + 1),
            1 => Self::Value(*dice.pick(&[0.05, 0.1, 0.25])),
            2 => Self::Added(dice.throw(2) + 1),
            3 => Self::Removed(dice.throw(2) + 1),
            4 => Self::Number(*dice.pick(&[0.02, 0.1])),
            5 => Self::Both(
                Box::new(Self::inner(dice, depth)),
                Box::new(Self::inner(dice, depth)),
            ),
            6 => Self::Either(
                Box::new(Self::inner(dice, depth)),
                Box::new(Self::inner(dice, depth)),
            ),
            _ => Self::Not(Box::new(Self::inner(dice, depth))),
        }
    }

    fn inner(dice: &mut Dice, depth: usize) -> Self {
        Self::thrown(dice, depth - 1)
    }

    fn json(&self) -> Value {
        match self {
            Self::Top(top) => json!({"top_n_reordering": top}),
            Self::Value(share) => json!({"value_delta_pct": share, "on_field": "score"}),
            Self::Added(least) => json!({"set_added_min": least}),
            Self::Removed(least) => json!({"set_removed_min": least}),
            Self::Number(share) => json!({"primary_metric_delta_pct": share}),
            Self::Both(one, other) => json!({"and": [one.json(), other.json()]}),
            Self::Either(one, other) => json!({"or": [one.json(), other.json()]}),
            Self::Not(one) => json!({"not": one.json()}),
        }
    }

    /// Whether it is met, told in the plainest way.
    fn met(&self, before: &Rows, after: &Rows) -> bool {
        match self {
            Self::Top(top) => first(before, *top) != first(after, *top),
            Self::Value(share) => before
                .iter()
                .any(|(id, old)| after.get(id).is_some_and(|new| reaches(*old, *new, *share))),
            Self::Added(least) => gone(after, before) >= *least,
            Self::Removed(least) => gone(before, after) >= *least,
            Self::Number(share) => {
                let sum = |rows: &Rows| rows.values().sum::<i64>();
                !before.is_empty() && !after.is_empty() && reaches(sum(before), sum(after), *share)
            }
            Self::Both(one, other) => one.met(before, after) && other.met(before, after),
            Self::Either(one, other) => one.met(before, after) || other.met(before, after),
            Self::Not(one) => !one.met(before, after),
        }
    }
}

/// The first ids by score, the highest first, equal ones by their ids.
fn first(rows: &Rows, top: usize) -> Vec<&String> {
    let mut ordered: Vec<(&String, &i64)> = rows.iter().collect();
    ordered.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    ordered.into_iter().take(top).map(|(id, _)| id).collect()
}

/// How many of these are not in those.
fn gone(these: &Rows, others: &Rows) -> usize {
    let these: BTreeSet<&String> = these.keys().collect();
    these.iter().filter(|id| !others.contains_key(**id)).count()
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn reaches(before: i64, after: i64, share: f64) -> bool {
    if before == after {
        return false;
    }
    before == 0 || ((after - before) as f64 / before.abs() as f64).abs() >= share
}

/// A bell as the model knows it.
struct Bell {
    id: Uuid,
    rule: Rule,
    last_notified: bool,
    /// What it compares with, if that is not simply the picture before.
    told: Option<Rows>,
    expected: Vec<&'static str>,
}

impl Bell {
    /// What it says of a new picture.
    fn hears(&mut self, before: Option<&Rows>, after: &Rows) {
        let compared = if self.last_notified {
            self.told.as_ref()
        } else {
            before
        };
        let outcome = match compared {
            None => "baseline",
            Some(rows) if rows == after => "unchanged",
            Some(rows) if self.rule.met(rows, after) => "rang",
            Some(_) => "not_met",
        };
        if outcome == "rang" || outcome == "baseline" {
            self.told = Some(after.clone());
        }
        self.expected.push(outcome);
    }
}

fn moved(dice: &mut Dice, rows: &Rows) -> Rows {
    let mut rows = rows.clone();
    match dice.throw(6) {
        0 => {}
        1 => {
            let new = format!("new {}", dice.throw(50));
            rows.insert(new, 100);
        }
        2 if rows.len() > 2 => {
            let ids: Vec<String> = rows.keys().cloned().collect();
            rows.remove(dice.pick(&ids));
        }
        _ => {
            for score in rows.values_mut() {
                let step = i64::try_from(dice.throw(31)).expect("small") - 15;
                *score = (*score + step).max(0);
            }
        }
    }
    rows
}

async fn every_decision_is_as_a_naive_model_says(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut rang = 0;
    for seed in SEEDS {
        let mut dice = Dice::new(seed + 11);
        let board = scores(&stage).await;
        let mut bells: Vec<Bell> = Vec::new();
        let mut rows: Rows = (0..6)
            .map(|number| (format!("row {number}"), 100 + number))
            .collect();
        let mut before: Option<Rows> = None;
        for round in 0..ROUNDS {
            if round < 12 {
                let rule = Rule::thrown(&mut dice, 2);
                let last_notified = dice.throw(2) == 0;
                let baseline = if last_notified {
                    "last_notified"
                } else {
                    "previous"
                };
                // Each has an address of its own, so that equal rules are no obstacle.
                let address = format!("https://example.com/{seed}/{round}");
                let more = json!({
                    "baseline": baseline, "subscriber_kind": "webhook", "subscriber_id": address,
                });
                let id = subscribe(&stage, board, rule.json(), more).await;
                bells.push(Bell {
                    id,
                    rule,
                    last_notified,
                    told: before.clone(),
                    expected: Vec::new(),
                });
            }
            rows = moved(&mut dice, &rows);
            let pushed: Vec<(&str, i64)> = rows
                .iter()
                .map(|(id, score)| (id.as_str(), *score))
                .collect();
            push(&stage, board, &pushed).await;
            for bell in &mut bells {
                bell.hears(before.as_ref(), &rows);
            }
            before = Some(rows.clone());
        }
        for bell in &bells {
            let lines = ledger(&stage, board, bell.id).await;
            let told: Vec<&str> = lines
                .iter()
                .map(|line| line["outcome"].as_str().expect("a word"))
                .collect();
            let what = format!(
                "seed {seed}: {:?}, last notified {}",
                bell.rule, bell.last_notified
            );
            assert_eq!(told, bell.expected, "{what}");
            let rings = told.iter().filter(|outcome| **outcome == "rang").count();
            let sent = deliveries(&stage, bell.id).await;
            assert_eq!(sent, i64::try_from(rings).expect("few"), "{what}");
            rang += rings;
        }
    }
    assert!(rang > 50, "only {rang} rings prove nothing");
}
