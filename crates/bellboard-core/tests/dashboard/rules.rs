//! Rules: what they may name, their algebra, and that a lower threshold is met whenever a higher one is.

use bellboard_core::dashboard::{
    CellKind, Ring, Silence, SourceField, Summary, Threshold, ViewSpec, meets_threshold, ring,
    summarise,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{parsed, picture, scores};

fn summaries() -> impl Strategy<Value = Summary> {
    (scores(), scores()).prop_map(|(a, b)| summarise(&picture(&a), &picture(&b)))
}

fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1_u32..6).prop_map(|top| json!({"top_n_reordering": top})),
        (1_u32..4).prop_map(|least| json!({"set_added_min": least})),
        (1_u32..4).prop_map(|least| json!({"set_removed_min": least})),
        (1_u32..200)
            .prop_map(|share| json!({"primary_metric_delta_pct": f64::from(share) / 100.0})),
        (1_u32..200).prop_map(
            |share| json!({"value_delta_pct": f64::from(share) / 100.0, "on_field": "score"})
        ),
    ]
}

fn rules() -> impl Strategy<Value = Value> {
    leaves().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| json!({ "and": parts })),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| json!({ "or": parts })),
            inner.prop_map(|part| json!({ "not": part })),
        ]
    })
}

fn read(rule: &Value) -> Threshold {
    Threshold::from_stored(rule).unwrap_or_else(|faults| panic!("{rule}: {faults}"))
}

fn met(summary: &Summary, rule: &Value) -> bool {
    meets_threshold(summary, &read(rule))
}

/// The names of what the question's pictures show.
fn shown(spec: &ViewSpec, pushed: Option<&[SourceField]>) -> Vec<String> {
    let fields = spec.shown_fields(pushed).into_iter();
    fields.map(|field| field.name).collect()
}

#[test]
fn a_rule_names_what_the_pictures_show_and_nothing_else() {
    let rows = [
        ("id", CellKind::Text),
        ("score", CellKind::Number),
        ("age", CellKind::Number),
    ]
    .map(|(name, kind)| SourceField {
        name: name.to_owned(),
        kind,
    });
    let all = parsed(&json!({"source": "pushed", "id_field": "id"}));
    let some = json!({"source": "pushed", "id_field": "id", "columns": ["id", "score", "size"]});
    let some = parsed(&some);
    assert_eq!(shown(&all, Some(&rows)), ["id", "score", "age"]);
    assert_eq!(shown(&all, None), [""; 0]);
    assert_eq!(shown(&some, Some(&rows)), ["id", "score", "size"]);
    assert_eq!(shown(&some, None), ["id", "score", "size"]);
    assert!(all.shows("age") && some.shows("size") && !some.shows("age"));

    let rule =
        json!({"or": [{"not": {"value_delta_pct": 0.1, "on_field": "age"}}, {"set_added_min": 1}]});
    let read = Threshold::parse(&rule, &all.shown_fields(Some(&rows))).unwrap();
    assert_eq!(read.fields().collect::<Vec<_>>(), ["age"]);
    let refused = Threshold::parse(&rule, &some.shown_fields(Some(&rows))).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "or[0].not.on_field: `age` is not among the columns of the dashboard, and a rule looks only at those; \
         known are `score`, `size`"
    );

    let runs = json!({"source": "runs", "id_field": "id", "columns": ["id", "failed"]});
    let runs = parsed(&runs);
    assert!(runs.shows("failed") && !runs.shows("duration_seconds"));
    let runs = parsed(&json!({"source": "runs", "id_field": "id"}));
    assert!(runs.shows("duration_seconds") && !runs.shows("score"));
}

#[test]
fn a_rule_may_name_what_the_question_names_even_where_the_rows_lack_it() {
    let spec = parsed(&json!({
        "source": "pushed", "id_field": "id",
        "order_by": [{"field": "age"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    }));
    let id = SourceField {
        name: "id".to_owned(),
        kind: CellKind::Text,
    };
    assert_eq!(shown(&spec, None), ["score", "age"]);
    assert_eq!(shown(&spec, Some(&[])), ["score", "age"]);
    let fields = spec.shown_fields(Some(&[id]));
    for field in ["score", "age"] {
        let rule = json!({"value_delta_pct": 0.1, "on_field": field});
        assert!(Threshold::parse(&rule, &fields).is_ok(), "{field}");
    }
    let other = json!({"value_delta_pct": 0.1, "on_field": "size"});
    assert!(Threshold::parse(&other, &fields).is_err());
}

proptest! {
    #[test]
    fn de_morgan_holds(summary in summaries(), a in rules(), b in rules()) {
        let (not_a, not_b) = (json!({"not": a}), json!({"not": b}));
        prop_assert_eq!(
            met(&summary, &json!({"not": {"or": [a, b]}})),
            met(&summary, &json!({"and": [not_a, not_b]}))
        );
        prop_assert_eq!(
            met(&summary, &json!({"not": {"and": [a, b]}})),
            met(&summary, &json!({"or": [not_a, not_b]}))
        );
    }

    #[test]
    fn not_twice_is_not_at_all(summary in summaries(), rule in rules()) {
        let twice = json!({"not": {"not": rule}});
        prop_assert_eq!(met(&summary, &twice), met(&summary, &rule));
        prop_assert_eq!(read(&twice).hash(), read(&rule).hash());
    }

    #[test]
    fn why_never_says_other_than_whether(summary in summaries(), rule in rules()) {
        let judged = read(&rule).judge(&summary);
        prop_assert_eq!(judged.met, met(&summary, &rule));
        prop_assert_eq!(judged.reasons.len(), read(&rule).leaves().len());
        prop_assert!(judged.reasons.iter().any(|reason| reason.decides));
    }

    #[test]
    fn one_form_stands_for_all_ways_of_writing(a in rules(), b in rules(), c in rules()) {
        for word in ["and", "or"] {
            let one = read(&json!({word: [a, b, c]}));
            for other in [json!({word: [c, a, b]}), json!({word: [a, b, c, a]}), json!({word: [a, {word: [b, c]}]})] {
                prop_assert_eq!(one.hash(), read(&other).hash(), "{}", other);
            }
        }
    }

    #[test]
    fn the_one_form_means_the_same(summary in summaries(), rule in rules()) {
        let canonical: Value = serde_json::from_str(&read(&rule).canonical()).unwrap();
        prop_assert_eq!(met(&summary, &canonical), met(&summary, &rule));
        prop_assert_eq!(read(&canonical).canonical(), read(&rule).canonical());
    }

    #[test]
    fn a_rule_comes_back_from_what_is_kept(rule in rules()) {
        let read = read(&rule);
        let kept = serde_json::to_string(&read).unwrap();
        prop_assert_eq!(serde_json::from_str::<Threshold>(&kept).unwrap(), read);
    }

    #[test]
    fn a_leaf_in_its_own_place_changes_nothing(rule in rules()) {
        let read = read(&rule);
        for (place, leaf) in read.leaves().into_iter().enumerate() {
            prop_assert_eq!(&read.with_leaf(place, leaf), &read);
        }
    }

    #[test]
    fn a_lower_share_is_met_whenever_a_higher_one_is(summary in summaries(), low in 1_u32..100, more in 1_u32..100) {
        let (low, high) = (f64::from(low) / 100.0, f64::from(low + more) / 100.0);
        for rule in [
            |share: f64| json!({"value_delta_pct": share, "on_field": "score"}),
            |share: f64| json!({"primary_metric_delta_pct": share}),
        ] {
            prop_assert!(met(&summary, &rule(low)) || !met(&summary, &rule(high)));
        }
    }

    #[test]
    fn fewer_are_met_whenever_more_are(summary in summaries(), least in 1_u32..5, more in 1_u32..5) {
        for word in ["set_added_min", "set_removed_min"] {
            let (few, many) = (json!({word: least}), json!({word: least + more}));
            prop_assert!(met(&summary, &few) || !met(&summary, &many));
        }
        let top = |top: u32| json!({"top_n_reordering": top});
        prop_assert!(met(&summary, &top(least + more)) || !met(&summary, &top(least)));
    }

    #[test]
    fn a_bell_rings_when_its_rule_is_met_and_something_changed(summary in summaries(), rule in rules()) {
        let rule_met = met(&summary, &rule);
        match ring(&read(&rule), Some(&summary)) {
            Ring::Rings(why) => prop_assert!(why.met && rule_met && !summary.unchanged),
            Ring::Silent(Silence::Unchanged) => prop_assert!(summary.unchanged),
            Ring::Silent(Silence::NotMet(why)) => prop_assert!(!why.met && !rule_met && !summary.unchanged),
            Ring::Silent(Silence::First) => prop_assert!(false, "there was one before"),
        }
        prop_assert_eq!(ring(&read(&rule), None), Ring::Silent(Silence::First));
    }
}
