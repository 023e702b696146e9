//! That what is tried on the past is what rings, and that slow drift is caught by the second baseline.

use std::convert::Infallible;

use serde_json::json;

use super::*;
use crate::dashboard::diff::tests::{Draw, pairs, picture};
use crate::dashboard::{Picture, summarise};

/// Pictures held in memory.
struct Kept(Vec<Picture>);

impl History for Kept {
    type Fault = Infallible;

    fn snapshots(&self) -> usize {
        self.0.len()
    }

    fn summary(&mut self, from: usize, to: usize) -> Result<Summary, Infallible> {
        Ok(summarise(&self.0[from], &self.0[to]))
    }
}

fn scores(scores: &[f64]) -> Kept {
    Kept(
        scores
            .iter()
            .map(|score| picture(json!([{"id": "a", "score": score}])))
            .collect(),
    )
}

fn rule(value: serde_json::Value) -> Threshold {
    Threshold::from_stored(&value).unwrap()
}

fn ten_per_cent() -> Threshold {
    rule(json!({"value_delta_pct": 0.10, "on_field": "score"}))
}

fn rings(kept: &mut Kept, rule: &Threshold, baseline: Baseline) -> Vec<(usize, usize)> {
    let Ok(tried) = back_test(kept, rule, baseline);
    tried
        .rings
        .iter()
        .map(|ring| (ring.snapshot, ring.compared_with))
        .collect()
}

/// Rings one snapshot after another, as the hub does: it knows nothing of what is to come.
fn rung(kept: &Kept, rule: &Threshold, baseline: Baseline) -> Vec<(usize, usize)> {
    let mut rung = Vec::new();
    let mut last: Option<usize> = None;
    for newest in 0..kept.0.len() {
        let before = match baseline {
            Baseline::Previous => newest.checked_sub(1),
            Baseline::LastNotified => last,
        };
        let summary = before.map(|before| summarise(&kept.0[before], &kept.0[newest]));
        let is_due = summary.as_ref().is_some_and(|summary| !summary.unchanged)
            && summary.is_some_and(|summary| crate::dashboard::meets_threshold(&summary, rule));
        if is_due {
            rung.push((newest, before.unwrap()));
        }
        if is_due || last.is_none() {
            last = Some(newest);
        }
    }
    rung
}

#[test]
fn slow_drift_with_both_baselines() {
    let mut drift = scores(&[100.0, 109.0, 118.0, 128.0, 139.0]);
    assert_eq!(rings(&mut drift, &ten_per_cent(), Baseline::Previous), []);
    assert_eq!(
        rings(&mut drift, &ten_per_cent(), Baseline::LastNotified),
        [(2, 0), (4, 2)]
    );
}

#[test]
fn a_jump_rings_once_and_a_re_run_without_change_does_not_ring_again() {
    let mut jump = scores(&[100.0, 120.0, 120.0, 120.0]);
    for baseline in [Baseline::Previous, Baseline::LastNotified] {
        assert_eq!(rings(&mut jump, &ten_per_cent(), baseline), [(1, 0)]);
    }
    assert_eq!(
        rings(&mut scores(&[]), &ten_per_cent(), Baseline::Previous),
        []
    );
    assert_eq!(
        rings(&mut scores(&[1.0]), &ten_per_cent(), Baseline::LastNotified),
        []
    );
}

#[test]
fn the_ladder_counts_rings_at_neighbouring_thresholds() {
    let mut kept = scores(&[100.0, 103.0, 110.0, 130.0, 131.0]);
    let Ok(tried) = back_test(&mut kept, &ten_per_cent(), Baseline::Previous);
    let ladder: Vec<(f64, usize, bool)> = tried
        .ladder
        .iter()
        .map(|rung| (rung.threshold, rung.rings, rung.own))
        .collect();
    assert_eq!(
        ladder,
        [
            (0.02, 3, false),
            (0.05, 2, false),
            (0.10, 1, true),
            (0.15, 1, false),
            (0.20, 0, false)
        ]
    );
    assert_eq!((tried.checked, tried.rings_without), (5, 0));
    assert_eq!(tried.rings[0].why.words(), "a score 110 to 130 (+18.2 %)");
    let either = rule(
        json!({"or": [{"primary_metric_delta_pct": 0.15}, {"value_delta_pct": 0.5, "on_field": "score"}]}),
    );
    let Ok(tried) = back_test(&mut kept, &either, Baseline::Previous);
    assert_eq!((tried.rings.len(), tried.rings_without), (1, 1));
    let counts = rule(json!({"set_added_min": 1}));
    let Ok(tried) = back_test(&mut kept, &counts, Baseline::Previous);
    let ladder: Vec<f64> = tried.ladder.iter().map(|rung| rung.threshold).collect();
    assert_eq!(ladder, [1.0, 2.0, 3.0]);
}

#[test]
fn what_a_rule_looked_at_is_kept_for_a_drawing() {
    let mut kept = scores(&[100.0, 103.0, 0.0, 5.0, 5.0]);
    let Ok(tried) = back_test(&mut kept, &ten_per_cent(), Baseline::Previous);
    let measures: Vec<Option<f64>> = tried.seen.iter().map(|seen| seen.measure).collect();
    let expected = [None, Some(0.03), Some(1.0), Some(f64::INFINITY), Some(0.0)];
    assert_eq!(measures, expected);
    assert!(tried.seen.iter().all(|seen| !seen.reordered));

    let mut kept = Kept(vec![
        picture(json!([{"id": "a", "score": 2}, {"id": "b", "score": 1}])),
        picture(json!([{"id": "b", "score": 3}, {"id": "a", "score": 2}, {"id": "c", "score": 1}])),
        picture(json!([{"id": "b", "score": 3}, {"id": "a", "score": 2}])),
    ]);
    let counted = rule(json!({"or": [{"set_added_min": 2}, {"top_n_reordering": 1}]}));
    let Ok(tried) = back_test(&mut kept, &counted, Baseline::Previous);
    let seen: Vec<(Option<f64>, bool)> = tried
        .seen
        .iter()
        .map(|seen| (seen.measure, seen.reordered))
        .collect();
    assert_eq!(seen, [(None, false), (Some(1.0), true), (Some(0.0), false)]);
    let gone = rule(json!({"set_removed_min": 1}));
    let Ok(tried) = back_test(&mut kept, &gone, Baseline::Previous);
    assert_eq!(tried.seen[2].measure, Some(1.0));
    let Ok(tried) = back_test(
        &mut kept,
        &rule(json!({"primary_metric_delta_pct": 0.1})),
        Baseline::Previous,
    );
    assert_eq!(tried.seen[1].measure, Some(1.0));
    let order = rule(json!({"top_n_reordering": 3}));
    let Ok(tried) = back_test(&mut kept, &order, Baseline::Previous);
    assert_eq!(tried.seen[1].measure, None, "an order has no size");
    assert!(tried.seen[2].reordered, "the third place is empty now");
}

/// What is drawn and what rings are one truth: a stem reaches the line exactly where its rule rings.
#[test]
fn a_size_reaches_the_threshold_exactly_where_the_rule_rings() {
    let mut draw = Draw(90);
    let (mut above, mut below) = (0, 0);
    for round in 0..300 {
        let mut kept = Kept((0..8).map(|_| draw.picture()).collect());
        for value in [
            json!({"value_delta_pct": 0.3, "on_field": "score"}),
            json!({"primary_metric_delta_pct": 0.2}),
            json!({"set_added_min": 2}),
            json!({"set_removed_min": 3}),
        ] {
            let rule = rule(value);
            let Ok(tried) = back_test(&mut kept, &rule, Baseline::Previous);
            let bound = tried.ladder.iter().find(|rung| rung.own).unwrap().threshold;
            let rang: Vec<usize> = tried.rings.iter().map(|ring| ring.snapshot).collect();
            for (place, seen) in tried.seen.iter().enumerate() {
                let reaches = seen
                    .measure
                    .is_some_and(|size| size * (1.0 + 1e-12) >= bound);
                assert_eq!(
                    reaches,
                    rang.contains(&place),
                    "round {round}, {rule:?} at {place}"
                );
                *(if reaches { &mut above } else { &mut below }) += 1;
            }
        }
        let order = rule(json!({"top_n_reordering": 3}));
        let Ok(tried) = back_test(&mut kept, &order, Baseline::LastNotified);
        let rang: Vec<usize> = tried.rings.iter().map(|ring| ring.snapshot).collect();
        for (place, seen) in tried.seen.iter().enumerate() {
            assert_eq!(
                seen.reordered,
                rang.contains(&place),
                "round {round} at {place}"
            );
        }
    }
    assert!(above > 500 && below > 500, "{above} {below}");
}

#[test]
fn a_subscription_begins_at_the_newest_snapshot() {
    let standing = Standing::beginning(Baseline::LastNotified, Some(4));
    assert_eq!(standing.compared_with(5), Some(4));
    assert_eq!(standing.compared_with(4), None);
    assert_eq!(standing.after(5, false).compared_with(6), Some(4));
    assert_eq!(standing.after(5, true).compared_with(6), Some(5));
    assert_eq!(
        Standing::beginning(Baseline::Previous, None).compared_with(0),
        None
    );
}

#[test]
fn evaluator_and_back_test_always_agree() {
    let mut draw = Draw(720);
    let mut total = 0;
    // Each round is eleven pictures: ten pairs.
    for round in 0..pairs(5_000) / 10 {
        let mut kept = Kept((0..10).map(|_| draw.picture()).collect());
        let again = draw.below(9);
        let repeated = kept.0[usize::try_from(again).unwrap()].clone();
        kept.0.insert(usize::try_from(again).unwrap(), repeated);
        let rule = draw.rule(3);
        for baseline in [Baseline::Previous, Baseline::LastNotified] {
            let tried = rings(&mut kept, &rule, baseline);
            assert_eq!(tried, rung(&kept, &rule, baseline), "round {round}");
            let Ok(decided) = decisions(&mut kept, &rule, baseline);
            assert_eq!(
                decided.iter().filter(|ring| ring.rings()).count(),
                tried.len(),
                "round {round}"
            );
            total += tried.len();
        }
    }
    assert!(total > 1_000, "{total}");
}
