//! Each condition, their composition, why they say what they say, and what is refused.

use serde_json::json;

use super::*;
use crate::dashboard::diff::tests::{Draw, pairs, picture};
use crate::dashboard::{CellKind, Summary, summarise};

fn fields() -> Vec<SourceField> {
    [
        ("id", CellKind::Text),
        ("score", CellKind::Number),
        ("label", CellKind::Text),
        ("rank", CellKind::Number),
    ]
    .map(|(name, kind)| SourceField {
        name: name.to_owned(),
        kind,
    })
    .into()
}

fn rule(value: Value) -> Threshold {
    Threshold::parse(&value, &fields()).unwrap()
}

fn refusal(value: Value) -> String {
    Threshold::parse(&value, &fields()).unwrap_err().to_string()
}

fn rows(scores: &[(&str, f64)]) -> Value {
    scores
        .iter()
        .map(|(id, score)| json!({"id": id, "score": score}))
        .collect()
}

fn between(a: &[(&str, f64)], b: &[(&str, f64)]) -> Summary {
    summarise(&picture(rows(a)), &picture(rows(b)))
}

/// `c` rises past `b` and `d` takes the place of `a`.
fn changed() -> Summary {
    between(
        &[("a", 9.0), ("b", 8.0), ("c", 7.5)],
        &[("d", 9.0), ("b", 8.0), ("c", 8.25)],
    )
}

fn met(value: Value, summary: &Summary) -> bool {
    let rule = rule(value);
    let met = meets_threshold(summary, &rule);
    assert_eq!(rule.judge(summary).met, met);
    met
}

#[test]
fn each_leaf() {
    let summary = changed();
    let table = [
        (json!({"top_n_reordering": 1}), true),
        (json!({"value_delta_pct": 0.10, "on_field": "score"}), true),
        (json!({"value_delta_pct": 0.11, "on_field": "score"}), false),
        (json!({"value_delta_pct": 0.01, "on_field": "rank"}), false),
        (json!({"set_added_min": 1}), true),
        (json!({"set_added_min": 2}), false),
        (json!({"set_removed_min": 1}), true),
        (json!({"set_removed_min": 2}), false),
        (json!({"primary_metric_delta_pct": 0.03}), true),
        (json!({"primary_metric_delta_pct": 0.04}), false),
    ];
    for (leaf, expected) in table {
        assert_eq!(met(leaf.clone(), &summary), expected, "{leaf}");
    }
    let third = between(
        &[("a", 9.0), ("b", 8.0), ("c", 7.0)],
        &[("a", 9.0), ("b", 8.0)],
    );
    assert!(!met(json!({"top_n_reordering": 2}), &third));
    assert!(met(json!({"top_n_reordering": 3}), &third));
}

#[test]
fn and_or_not_nested() {
    let summary = changed();
    let (yes, no) = (json!({"set_added_min": 1}), json!({"set_added_min": 2}));
    let table = [
        (json!({"and": [yes, yes]}), true),
        (json!({"AND": [yes, no]}), false),
        (json!({"or": [no, yes]}), true),
        (json!({"OR": [no, no]}), false),
        (json!({"not": no}), true),
        (json!({"NOT": yes}), false),
        (
            json!({"and": [{"or": [no, yes]}, {"not": {"and": [yes, no]}}]}),
            true,
        ),
        (json!({"not": {"or": [no, {"not": yes}]}}), true),
    ];
    for (value, expected) in table {
        assert_eq!(met(value.clone(), &summary), expected, "{value}");
    }
}

#[test]
fn from_zero_counts_as_met_and_null_does_not() {
    let leaf = json!({"value_delta_pct": 5.0, "on_field": "score"});
    assert!(met(leaf.clone(), &between(&[("a", 0.0)], &[("a", 0.001)])));
    assert!(!met(leaf.clone(), &between(&[("a", 1.0)], &[("a", 0.0)])));
    let null = |a: Value, b: Value| summarise(&picture(a), &picture(b));
    let other = json!({"id": "z", "score": 1});
    let from_null = null(
        json!([{"id": "a", "score": null}, other]),
        json!([{"id": "a", "score": 9}, other]),
    );
    assert!(!met(leaf.clone(), &from_null));
    let from_missing = null(
        json!([{"id": "a"}, other]),
        json!([{"id": "a", "score": 9}, other]),
    );
    assert!(!met(leaf, &from_missing));
    assert_eq!(from_missing.field("score").unwrap().rows, 1);
    assert!(met(
        json!({"primary_metric_delta_pct": 9.0}),
        &between(&[("a", 0.0)], &[("a", 1.0)])
    ));
}

#[test]
fn a_row_that_is_new_or_gone_is_no_change_of_value() {
    let summary = between(&[("a", 1.0)], &[("b", 9.0)]);
    assert!(!met(
        json!({"value_delta_pct": 0.01, "on_field": "score"}),
        &summary
    ));
}

#[test]
fn the_first_snapshot_and_an_unchanged_one_ring_nothing() {
    let always = rule(json!({"not": {"set_added_min": 9}}));
    assert_eq!(ring(&always, None), Ring::Silent(Silence::First));
    assert_eq!(decide(&always, None), Verdict::First);
    assert_eq!(decide(&always, Some(&changed())), Verdict::Rings);
    let same = between(&[("a", 1.0)], &[("a", 1.0)]);
    assert_eq!(ring(&always, Some(&same)), Ring::Silent(Silence::Unchanged));
    assert!(ring(&always, Some(&changed())).rings());
    assert_eq!(
        ring(&always, None).words(),
        "The first snapshot is a baseline and rings nothing."
    );
}

#[test]
fn the_reason_names_condition_row_and_figures() {
    let why = |value: Value| ring(&rule(value), Some(&changed())).words();
    assert_eq!(
        why(json!({"value_delta_pct": 0.1, "on_field": "score"})),
        "c score 7.5 to 8.25 (+10.0 %)"
    );
    assert_eq!(
        why(json!({"top_n_reordering": 1})),
        "d is now first in place of a"
    );
    assert_eq!(why(json!({"set_added_min": 1})), "1 row is new: d");
    assert_eq!(why(json!({"set_removed_min": 2})), "1 row is gone: a");
    assert_eq!(
        why(json!({"primary_metric_delta_pct": 0.01})),
        "the number went from 24.5 to 25.25 (+3.1 %)"
    );
    assert_eq!(why(json!({"not": {"set_added_min": 2}})), "1 row is new: d");
    let either = json!({"or": [{"set_added_min": 2}, {"top_n_reordering": 1}]});
    assert_eq!(why(either.clone()), "d is now first in place of a");
    let judgement = rule(either).judge(&changed());
    let paths: Vec<(&str, bool, bool)> = judgement
        .reasons
        .iter()
        .map(|reason| (reason.path.as_str(), reason.met, reason.decides))
        .collect();
    assert_eq!(paths, [("or[0]", false, false), ("or[1]", true, true)]);
    let calm = between(&[("a", 1.0), ("b", 0.5)], &[("a", 1.0), ("b", 0.6)]);
    let said = |value: Value| ring(&rule(value), Some(&calm)).words();
    assert_eq!(
        said(json!({"top_n_reordering": 2})),
        "the first 2 stand in the same order"
    );
    assert_eq!(said(json!({"set_added_min": 1})), "no row is new");
    assert_eq!(
        said(json!({"value_delta_pct": 9, "on_field": "rank"})),
        "no row changed rank"
    );
}

#[test]
fn what_is_beyond_all_comparison_is_said_in_few_words() {
    let summary = between(&[("a", 1e-300)], &[("a", 4e18)]);
    let said = |value: Value| ring(&rule(value), Some(&summary)).words();
    assert_eq!(
        said(json!({"value_delta_pct": 0.1, "on_field": "score"})),
        "a score 1e-300 to 4000000000000000000 (up by more than a million per cent)"
    );
    assert_eq!(
        said(json!({"primary_metric_delta_pct": 0.1})),
        "the number went from 1e-300 to 4000000000000000000 (up by more than a million per cent)"
    );
}

#[test]
fn a_column_that_holds_other_values_than_numbers_is_not_said_to_stay() {
    let ranked = |cells: &[Value]| {
        let ids = ["a", "b"].into_iter().zip(cells);
        let rows: Value = ids
            .map(|(id, rank)| json!({"id": id, "rank": rank}))
            .collect();
        picture(rows)
    };
    let rule = rule(json!({"value_delta_pct": 0.1, "on_field": "rank"}));
    let numbers = [json!(1), json!(2)];
    for (before, after, rows) in [
        (&numbers, [json!("1"), json!("n/a")], "2 rows"),
        (&[json!("1"), json!("n/a")], numbers.clone(), "2 rows"),
        (
            &[json!("1"), json!("n/a")],
            [json!("5"), json!("n/a")],
            "1 row",
        ),
        (&numbers, [json!(1), json!(null)], "1 row"),
    ] {
        let summary = summarise(&ranked(before), &ranked(&after));
        let words = format!("{rows} changed rank, none from one number to another");
        let Ring::Silent(Silence::NotMet(why)) = ring(&rule, Some(&summary)) else {
            panic!("{after:?} must not ring");
        };
        assert_eq!(why.words(), words);
    }
    let none = picture(json!([{"id": "a"}, {"id": "b"}]));
    let summary = summarise(&ranked(&numbers), &none);
    assert_eq!(
        ring(&rule, Some(&summary)).words(),
        "2 rows changed rank, none from one number to another"
    );
}

#[test]
fn every_fault_is_named_with_its_path() {
    let table = [
        (json!(1), "must be an object, this is a number"),
        (
            json!({"and": []}),
            "and: must not be empty; leave it out or name at least one",
        ),
        (
            json!({"or": [{"set_aded_min": 1}]}),
            "or[0].set_aded_min: no key `set_aded_min`; did you mean `set_added_min`?",
        ),
        (
            json!({"top_n_reordering": 0}),
            "top_n_reordering: must be a whole number from 1 to 100000",
        ),
        (
            json!({"set_added_min": -1}),
            "set_added_min: must be a whole number from 1 to 100000",
        ),
        (
            json!({"not": {"primary_metric_delta_pct": 0}}),
            "not.primary_metric_delta_pct: must be a number above zero: 0.10 is ten per cent",
        ),
        (
            json!({"value_delta_pct": "10%", "on_field": "score"}),
            "value_delta_pct: must be a number above zero: 0.10 is ten per cent",
        ),
        (
            json!({"value_delta_pct": 0.1}),
            "on_field: must be given: the field whose changes count",
        ),
        (
            json!({"on_field": "score"}),
            "value_delta_pct: must be given: 0.10 is ten per cent",
        ),
        (
            json!({"and": [{"value_delta_pct": 0.1, "on_field": "scor"}]}),
            "and[0].on_field: `scor` is not among the columns of the dashboard, and a rule looks only at those; did you mean `score`?",
        ),
        (
            json!({"value_delta_pct": 0.1, "on_field": "label"}),
            "on_field: `label` holds text; only numbers change by a share",
        ),
        (
            json!({"value_delta_pct": 0.1, "on_field": "score", "per": "day"}),
            "per: no key `per`; known are `value_delta_pct`, `on_field`",
        ),
    ];
    for (value, fault) in table {
        assert_eq!(refusal(value.clone()), fault, "{value}");
    }
}

#[test]
fn a_path_spells_words_as_they_were_sent() {
    let table = [
        (
            json!({"AND": [{"set_added_min": 0}]}),
            "AND[0].set_added_min",
        ),
        (json!({"or": [{"NOT": {"OR": 1}}]}), "or[0].NOT.OR"),
    ];
    for (value, path) in table {
        let faults = Threshold::parse(&value, &fields()).unwrap_err();
        assert_eq!(faults.0[0].path, path, "{value}");
    }
}

#[test]
fn rules_are_bounded_in_depth_and_number() {
    let leaf = json!({"set_added_min": 1});
    let nested = |depth: usize| (1..depth).fold(leaf.clone(), |inner, _| json!({"not": inner}));
    assert!(Threshold::parse(&nested(16), &[]).is_ok());
    assert!(refusal(nested(17)).ends_with("conditions nest at most 16 deep"));
    let wide = |leaves: usize| json!({"or": [{"and": vec![leaf.clone(); leaves - 128]}, {"and": vec![leaf.clone(); 128]}]});
    assert!(Threshold::parse(&wide(256), &[]).is_ok());
    assert!(refusal(wide(257)).ends_with("a rule has at most 256 conditions"));
}

#[test]
fn equal_rules_have_one_form_and_are_judged_once() {
    let (a, b) = (
        json!({"set_added_min": 1}),
        json!({"value_delta_pct": 0.1, "on_field": "score"}),
    );
    let same = [
        json!({"or": [a, b]}),
        json!({"OR": [b, a, b]}),
        json!({"not": {"not": {"or": [{"and": [a]}, {"or": [b]}]}}}),
    ]
    .map(rule);
    assert!(same.iter().all(|rule| rule.hash() == same[0].hash()));
    let other = rule(json!({"and": [a, b]}));
    assert_ne!(other.hash(), same[0].hash());
    let rules = same.iter().chain([&other]);
    let evaluated = evaluate_all(rules.map(|rule| (rule.hash(), rule)), Some(&changed()));
    assert_eq!(
        (evaluated.verdicts.len(), evaluated.of),
        (2, vec![0, 0, 0, 1])
    );
}

#[test]
fn a_rule_is_written_as_it_is_read() {
    let value = json!({"and": [{"top_n_reordering": 5}, {"not": {"value_delta_pct": 0.1, "on_field": "score"}}]});
    assert_eq!(serde_json::to_value(rule(value.clone())).unwrap(), value);
    let stored: Threshold = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(stored, rule(value));
    assert!(serde_json::from_value::<Threshold>(json!({"set_added_min": 0})).is_err());
}

impl Draw {
    /// A random rule of at most this depth.
    pub(in crate::dashboard) fn rule(&mut self, depth: u64) -> Threshold {
        let kinds = if depth == 0 { 5 } else { 8 };
        let count = u32::try_from(1 + self.below(4)).unwrap();
        let share = [0.05, 0.25, 0.5, 1.0][usize::try_from(self.below(4)).unwrap()];
        match self.below(kinds) {
            0 => Threshold::TopNReordering(count),
            1 => Threshold::SetAddedMin(count),
            2 => Threshold::SetRemovedMin(count),
            3 => Threshold::PrimaryMetricDeltaPct(share),
            4 => Threshold::ValueDeltaPct(ValueDelta {
                on_field: "score".to_owned(),
                value_delta_pct: share,
            }),
            5 => Threshold::Not(Box::new(self.rule(depth - 1))),
            kind => {
                let parts = (0..=self.below(3)).map(|_| self.rule(depth - 1)).collect();
                if kind == 6 {
                    Threshold::And(parts)
                } else {
                    Threshold::Or(parts)
                }
            }
        }
    }
}

#[test]
fn the_algebra_obeys_de_morgan() {
    let mut draw = Draw(1806);
    let not = |rule: &Threshold| Threshold::Not(Box::new(rule.clone()));
    let mut seen = [0u32; 2];
    for round in 0..pairs(10_000) {
        let summary = summarise(&draw.picture(), &draw.picture());
        let (p, q) = (draw.rule(3), draw.rule(3));
        let holds = |rule: &Threshold| meets_threshold(&summary, rule);
        let both = Threshold::And(vec![p.clone(), q.clone()]);
        let either = Threshold::Or(vec![p.clone(), q.clone()]);
        assert_eq!(
            holds(&not(&both)),
            holds(&Threshold::Or(vec![not(&p), not(&q)])),
            "round {round}"
        );
        assert_eq!(
            holds(&not(&either)),
            holds(&Threshold::And(vec![not(&p), not(&q)])),
            "round {round}"
        );
        assert_eq!(holds(&not(&not(&p))), holds(&p), "round {round}");
        let normal: Threshold = serde_json::from_str(&both.canonical()).unwrap();
        assert_eq!(holds(&normal), holds(&both), "round {round}");
        let judgement = either.judge(&summary);
        assert_eq!(judgement.met, holds(&either), "round {round}");
        assert!(
            judgement.reasons.iter().any(|reason| reason.decides),
            "round {round}"
        );
        seen[usize::from(judgement.met)] += 1;
    }
    assert!(seen.iter().all(|seen| *seen > 1_000), "{seen:?}");
}

#[test]
fn reasons_call_rows_as_people_do() {
    let summary = summarise(
        &picture(json!([
            {"id": "t1", "score": 4.0, "label": "Ship it"},
            {"id": "t2", "score": 2.0, "label": "Old name"},
            {"id": "t3", "score": 1.0, "label": "Gone by"},
        ])),
        &picture(json!([
            {"id": "t2", "score": 8.0, "label": "New name"},
            {"id": "t1", "score": 4.0, "label": "Ship it"},
            {"id": "t4", "score": 1.0, "label": null},
        ])),
    );
    let why = |value: Value| ring(&rule(value), Some(&summary)).words();
    assert_eq!(
        why(json!({"top_n_reordering": 1})),
        "New name is now first in place of Ship it"
    );
    assert_eq!(
        why(json!({"value_delta_pct": 0.5, "on_field": "score"})),
        "New name score 2 to 8 (+300.0 %)"
    );
    assert_eq!(why(json!({"set_removed_min": 1})), "1 row is gone: Gone by");
    assert_eq!(why(json!({"set_added_min": 1})), "1 row is new: t4");
    let judgement = rule(json!({"set_removed_min": 1})).judge(&summary);
    assert_eq!(judgement.reasons[0].id.as_deref(), Some("t3"));
}
