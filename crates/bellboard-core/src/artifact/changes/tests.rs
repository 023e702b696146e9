//! What is told about two versions, as tables and as properties.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn told(before: Option<Value>, after: Value) -> (u64, u64, u64, Vec<String>) {
    let found = changes(before.as_ref(), &after);
    let lines = found.lines.iter().map(|line| {
        let sign = serde_json::to_value(line.sign).unwrap();
        format!("{} {}", sign.as_str().unwrap(), line.text)
    });
    (found.added, found.changed, found.removed, lines.collect())
}

fn lines(before: Value, after: Value) -> Vec<String> {
    told(Some(before), after).3
}

#[test]
fn without_a_version_before_all_of_it_is_new() {
    let content = json!({"rules": ["one", "two"], "retention": {"days": 30, "archive": true}});
    let (added, changed, removed, lines) = told(None, content);
    assert_eq!((added, changed, removed), (4, 0, 0));
    assert_eq!(
        lines,
        [
            "+ retention › archive: yes",
            "+ retention › days: 30",
            "+ rules: one",
            "+ rules: two"
        ]
    );
}

#[test]
fn the_one_field_that_holds_everything_is_not_repeated() {
    assert_eq!(
        lines(
            json!({"rules": ["guests may register applications"]}),
            json!({"rules": ["guests must use a compliant device", "guest sessions end after 12 hours"]}),
        ),
        [
            "+ guests must use a compliant device",
            "+ guest sessions end after 12 hours",
            "- guests may register applications"
        ]
    );
    assert_eq!(lines(json!("a"), json!("b")), ["~ a → b"]);
    assert_eq!(lines(json!(["a"]), json!([])), ["- a"]);
    assert_eq!(
        lines(json!({"a": 1}), json!({"b": 1})),
        ["+ b: 1", "- a: 1"]
    );
}

#[test]
fn each_kind_of_difference_is_one_line() {
    for (before, after, expected) in [
        (
            json!({"a": 1, "b": 1}),
            json!({"a": 2, "b": 1}),
            "~ a: 1 → 2",
        ),
        (
            json!({"a": null, "b": 1}),
            json!({"a": "x", "b": 1}),
            "~ a: nothing → x",
        ),
        (
            json!({"a": [], "b": 1}),
            json!({"a": {}, "b": 1}),
            "~ a: (empty list) → (empty)",
        ),
        (json!({"a": 1, "b": 1}), json!({"a": 1}), "- b: 1"),
        (json!({"a": 1}), json!({"a": 1, "b": {}}), "+ b: (empty)"),
        (
            json!({"a": 1, "b": [1, 2]}),
            json!({"a": 1, "b": [2, 1]}),
            "~ b: the same entries in another order",
        ),
        (
            json!({"a": 1, "b": [1, 1]}),
            json!({"a": 1, "b": [1]}),
            "- b: 1",
        ),
        (
            json!({"a": 1, "b": [[1]]}),
            json!({"a": 1, "b": [[1], [2, 3]]}),
            "+ b: 2, 3",
        ),
        (
            json!({"a": 1, "b": {"c": {"d": " "}}}),
            json!({"a": 1, "b": {"c": {"d": false}}}),
            "~ b › c › d: (empty) → no",
        ),
    ] {
        assert_eq!(lines(before, after), [expected]);
    }
}

#[test]
fn entries_with_a_name_are_compared_with_themselves() {
    let before =
        json!([{"id": "mfa", "for": "admins"}, {"id": "sessions", "hours": 24}, {"id": "old"}]);
    let after = json!([{"id": "sessions", "hours": 12}, {"id": "mfa", "for": "admins"}, {"id": "new", "for": "all"}]);
    assert_eq!(
        lines(before, after),
        [
            "~ sessions › hours: 24 → 12",
            "+ for: all, id: new",
            "- id: old"
        ]
    );
    // Two of one name are not told apart by it.
    assert_eq!(
        lines(
            json!([{"id": "a", "n": 1}]),
            json!([{"id": "a", "n": 1}, {"id": "a", "n": 2}])
        ),
        ["+ id: a, n: 2"]
    );
    assert_eq!(
        lines(
            json!([{"id": "a"}, {"id": "b"}]),
            json!([{"id": "b"}, {"id": "a"}])
        ),
        ["~ the same entries in another order"]
    );
}

#[test]
fn lines_are_bounded_and_counts_are_complete() {
    let many: Vec<u32> = (0..100_000).collect();
    let (added, changed, removed, lines) = told(None, json!({"numbers": many, "n": 1}));
    assert_eq!((added, changed, removed), (100_001, 0, 0));
    assert_eq!(lines.len(), LINES_AT_MOST);
    let (.., lines) = told(None, json!([many]));
    assert_eq!(lines[0].chars().count(), TEXT_AT_MOST + 2, "and the sign");
}

#[test]
fn what_is_written_cannot_deceive_a_reader() {
    assert_eq!(
        lines(
            json!({"a": 1, "x": 0}),
            json!({"a": "b\n+ c\u{202e}d", "x": 0})
        ),
        ["~ a: 1 → b + c d"]
    );
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4_u8).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]|id", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Nothing is told about equal values, and something about every pair that differs.
    #[test]
    fn a_difference_is_told_and_nothing_else(before in value(), after in value()) {
        prop_assert_eq!(changes(Some(&before), &before), Changes::default());
        let found = changes(Some(&before), &after);
        let told = found.added + found.changed + found.removed;
        prop_assert_eq!(told == 0, before == after);
        prop_assert_eq!(found.lines.len() as u64, told.min(LINES_AT_MOST as u64));
    }
}
