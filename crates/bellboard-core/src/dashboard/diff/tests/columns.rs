//! Columns that come, go, or hold other values than before: which are compared cell by cell, and which are taken whole.

use super::*;

fn others(summary: &Summary) -> Vec<(&str, u32)> {
    let others = summary.other_fields.iter();
    others.map(|one| (&*one.field, one.rows)).collect()
}

#[test]
fn columns_that_come_go_or_change_their_kind_are_taken_whole() {
    let found = diff(
        json!([{"id": "a", "x": 1, "y": "t"}, {"id": "b", "x": 2, "y": "u"}]),
        json!([{"id": "b", "x": "two", "z": true}, {"id": "c", "x": "three"}]),
    );
    let view = found.view();
    assert_eq!(
        (view.columns_added, view.columns_removed),
        (vec!["x".to_owned(), "z".to_owned()], vec!["y".to_owned()])
    );
    assert!(!found.summary.unchanged);
}

#[test]
fn a_new_column_before_another_takes_nothing_of_its_changes() {
    let found = diff(
        json!([{"id": "a", "score": 1}, {"id": "b", "score": 2}]),
        json!([{"age": 5, "id": "a", "score": 3}, {"age": 6, "id": "b", "score": 4}]),
    );
    let fields: Vec<(&str, u32)> = found
        .summary
        .fields
        .iter()
        .map(|change| (&*change.field, change.rows))
        .collect();
    assert_eq!(fields, [("score", 2)]);
    assert_eq!(others(&found.summary), [("age", 2)]);
}

#[test]
fn a_summary_tells_of_columns_that_hold_no_numbers_or_are_taken_whole() {
    let a = picture(json!([
        {"id": "a", "x": 1, "name": "u", "gone": 5},
        {"id": "b", "x": 2, "name": "v", "gone": 6},
        {"id": "c", "x": 3, "name": "w", "gone": 7},
    ]));
    let b = picture(json!([
        {"id": "a", "x": "n/a", "name": "u"},
        {"id": "b", "x": "2", "name": "vv"},
        {"id": "d", "x": "4", "name": "w"},
    ]));
    let found = summarise(&a, &b);
    assert_eq!(found, compute_diff(&a, &b).summary);
    assert_eq!(found.fields, []);
    assert_eq!(others(&found), [("name", 1), ("x", 2), ("gone", 2)]);
}

#[test]
fn a_column_of_nulls_is_compared_with_one_of_any_kind() {
    let with = |x: Value| json!([{"id": "a", "x": x}, {"id": "b", "x": null}]);
    for value in [json!(5), json!("five"), json!(true)] {
        for (before, after, kind) in [
            (json!(null), value.clone(), ChangeKind::FromNull),
            (value.clone(), json!(null), ChangeKind::ToNull),
        ] {
            let found = diff(with(before), with(after)).view();
            let kinds: Vec<ChangeKind> = found
                .row_value_deltas
                .iter()
                .map(|delta| delta.kind)
                .collect();
            assert_eq!(kinds, [kind], "{value}");
            assert_eq!(found.columns_added, [""; 0], "{value}");
        }
    }
    let found = deltas(
        json!([{"id": "a", "score": null}]),
        json!([{"id": "a", "score": 5}]),
    );
    assert_eq!(
        found,
        json!([{"id": "a", "column": "score", "kind": "from_null", "before": null, "after": 5, "delta_pct": null, "from_zero": false}])
    );
}

#[test]
fn a_null_that_becomes_a_number_is_counted_and_said() {
    let null = picture(json!([{"id": "a", "score": null}]));
    let five = picture(json!([{"id": "a", "score": 5}]));
    for (a, b) in [(&null, &five), (&five, &null)] {
        let found = compute_diff(a, b);
        assert_eq!(found.sentence(a, b), "1 row changed score.");
        assert_eq!(found.summary.sentence(), "1 row changed.");
        assert_eq!(found.summary, summarise(a, b));
        let field = found.summary.field("score").unwrap();
        assert_eq!(
            (field.rows, &field.largest, &field.from_zero),
            (1, &None, &None)
        );
    }
}

#[test]
fn a_column_that_changes_its_kind_is_no_row_that_stays_the_same() {
    let a = picture(json!([{"id": "a", "x": 1}]));
    let b = picture(json!([{"id": "a", "x": "one"}]));
    let found = compute_diff(&a, &b);
    assert_eq!(found.apply(&a).as_ref(), Ok(&b));
    assert_eq!(found.view().columns_added, ["x"]);
    assert_eq!(found.sentence(&a, &b), "The columns changed.");
    assert_eq!(
        found.summary.sentence(),
        "The same rows stand there; the columns, the question or what is not shown changed."
    );
}

#[test]
fn a_column_whose_values_are_not_shown_is_the_same_column() {
    let mut spec = board();
    spec.limit = 1;
    let shown = |x: Value| {
        let rows = json!([{"id": "a", "x": null, "score": 2}, {"id": "b", "x": x, "score": 1}]);
        let rows = RowsReader::read(RowsFormat::Json, rows.to_string().as_bytes()).unwrap();
        spec.answer(&rows).unwrap()
    };
    let (a, b) = (shown(json!(null)), shown(json!(7)));
    let found = compute_diff(&a, &b);
    assert_eq!(found.apply(&a).as_ref(), Ok(&b));
    assert_eq!(found.view().columns_added, [""; 0]);
    assert!(!found.summary.unchanged, "the column holds numbers now");
    assert_eq!(
        found.sentence(&a, &b),
        "The rows are the same; the question or what is not shown changed."
    );
}
