//! What a diff says, that it forgets nothing, and that it does not depend on luck: 100,000 random pairs.

mod columns;

use serde_json::{Value, json};

use super::*;
use crate::dashboard::{ChangeKind, OrderBy, Rows, RowsBuilder, RowsFormat, RowsReader, ViewSpec};

/// The picture of pushed rows, ordered by score, the highest first.
pub(in crate::dashboard) fn picture(rows: Value) -> Picture {
    let rows = RowsReader::read(RowsFormat::Json, rows.to_string().as_bytes()).unwrap();
    board().answer(&rows).unwrap()
}

fn board() -> ViewSpec {
    let spec = json!({
        "source": "pushed",
        "id_field": "id",
        "order_by": [{"field": "score", "direction": "desc"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    });
    ViewSpec::parse(&spec, None).unwrap()
}

fn diff(a: Value, b: Value) -> Diff {
    let (a, b) = (picture(a), picture(b));
    let diff = compute_diff(&a, &b);
    assert_eq!(diff.apply(&a), Ok(b));
    diff
}

fn deltas(a: Value, b: Value) -> Value {
    serde_json::to_value(diff(a, b).view().row_value_deltas).unwrap()
}

#[test]
fn top_n_reorder() {
    let before = json!([{"id": "a", "score": 9}, {"id": "b", "score": 8}, {"id": "c", "score": 7}]);
    let after = json!([{"id": "a", "score": 9}, {"id": "b", "score": 8}, {"id": "c", "score": 10}]);
    let found = diff(before, after);
    let changes: Vec<(&str, Option<u32>, Option<u32>, bool)> = found
        .top_n_changes
        .iter()
        .map(|change| {
            (
                &*change.id,
                change.rank_before,
                change.rank_after,
                change.changed_itself,
            )
        })
        .collect();
    assert_eq!(
        changes,
        [
            ("c", Some(3), Some(1), true),
            ("a", Some(1), Some(2), false),
            ("b", Some(2), Some(3), false),
        ]
    );
    let causes: Vec<&str> = found
        .view()
        .top_n_changes
        .iter()
        .map(|change| change.cause)
        .collect();
    assert_eq!(causes, ["moved", "pushed", "pushed"]);
    assert_eq!(found.moves.len(), 1);
}

#[test]
fn changes_of_rank_are_listed_inside_the_first_of_either_picture() {
    let rows = |first: &str| {
        let mut rows: Vec<Value> = (0..20)
            .map(|n| json!({"id": format!("r{n:02}"), "score": 100 - n}))
            .collect();
        rows.push(json!({"id": first, "score": 200}));
        Value::from(rows)
    };
    let (a, b) = (picture(rows("x")), picture(rows("y")));
    assert_eq!(compute_diff_within(&a, &b, 3).top_n_changes.len(), 2);
    let (a, b) = (
        picture(json!([{"id": "a", "score": 1}])),
        picture(rows("x")),
    );
    let found = compute_diff_within(&a, &b, 2);
    let ids: Vec<&str> = found
        .top_n_changes
        .iter()
        .map(|change| &*change.id)
        .collect();
    assert_eq!(ids, ["x", "r00", "a"]);
}

#[test]
fn value_delta() {
    let found = deltas(
        json!([{"id": "a", "score": 10}]),
        json!([{"id": "a", "score": 11}]),
    );
    assert_eq!(
        found,
        json!([{"id": "a", "column": "score", "kind": "number", "before": 10, "after": 11, "delta": 1, "delta_pct": 0.1, "from_zero": false}])
    );
    let exact = deltas(
        json!([{"id": "a", "score": 9_007_199_254_740_992_i64}]),
        json!([{"id": "a", "score": 9_007_199_254_740_993_i64}]),
    );
    assert_eq!(exact[0]["delta"], 1);
    assert_eq!(
        deltas(
            json!([{"id": "a", "score": 1}]),
            json!([{"id": "a", "score": 1.0}])
        ),
        json!([])
    );
}

#[test]
fn from_zero_has_no_share_and_says_so() {
    let found = deltas(
        json!([{"id": "a", "score": 0}]),
        json!([{"id": "a", "score": 5}]),
    );
    assert_eq!(
        (&found[0]["delta_pct"], &found[0]["from_zero"]),
        (&json!(null), &json!(true))
    );
    let back = deltas(
        json!([{"id": "a", "score": -4}]),
        json!([{"id": "a", "score": 0}]),
    );
    assert_eq!(
        (&back[0]["delta_pct"], &back[0]["from_zero"]),
        (&json!(1.0), &json!(false))
    );
}

#[test]
fn null_missing_and_what_is_no_number_are_told_apart() {
    let kinds = |a: Value, b: Value| -> Vec<ChangeKind> {
        diff(a, b)
            .view()
            .row_value_deltas
            .iter()
            .map(|delta| delta.kind)
            .collect()
    };
    let with = |x: Value| json!([{"id": "a", "x": x, "score": 1}, {"id": "z", "x": 7, "score": 0}]);
    let without = json!([{"id": "a", "score": 1}, {"id": "z", "x": 7, "score": 0}]);
    assert_eq!(
        kinds(with(json!(null)), with(json!(1))),
        [ChangeKind::FromNull]
    );
    assert_eq!(
        kinds(with(json!(1)), with(json!(null))),
        [ChangeKind::ToNull]
    );
    assert_eq!(
        kinds(without.clone(), with(json!(1))),
        [ChangeKind::FromMissing]
    );
    assert_eq!(
        kinds(with(json!(null)), without.clone()),
        [ChangeKind::ToMissing]
    );
    let found = deltas(without, with(json!(null)));
    assert_eq!(found[0].get("before"), None);
    assert_eq!(found[0].get("after"), Some(&json!(null)));
    let text = |x: &str| json!([{"id": "a", "x": x}]);
    assert_eq!(kinds(text("p"), text("q")), [ChangeKind::Value]);
    assert_eq!(deltas(text("p"), text("q"))[0].get("delta"), None);
}

#[test]
fn set_difference() {
    let found = diff(
        json!([{"id": "a", "score": 3}, {"id": "b", "score": 2}]),
        json!([{"id": "b", "score": 2}, {"id": "c", "score": 1}]),
    );
    let view = found.view();
    assert_eq!(
        (view.id_set_added, view.id_set_removed),
        (vec!["c".to_owned()], vec!["a".to_owned()])
    );
    assert_eq!(view.primary_metric_delta_pct, Some(-0.4));
    assert!(!view.unchanged);
}

#[test]
fn ties_are_no_change() {
    let a = json!([{"id": "b", "score": 1}, {"id": "a", "score": 1}]);
    let b = json!([{"id": "a", "score": 1}, {"id": "b", "score": 1}]);
    let found = diff(a, b);
    assert!(found.summary.unchanged);
    assert_eq!(found.top_n_changes, []);
}

#[test]
fn a_diff_is_refused_by_a_picture_that_is_not_its_own() {
    let a = picture(json!([{"id": "a", "score": 1}, {"id": "b", "score": 2}]));
    let b = picture(json!([{"id": "b", "score": 2}]));
    assert_eq!(compute_diff(&a, &b).apply(&b), Err(NotApplied));
}

#[test]
fn one_plain_sentence_says_what_changed() {
    let row =
        |id: &str, score: f64| json!({"id": id, "label": format!("The {id}"), "score": score});
    let said = |a: Vec<Value>, b: Vec<Value>| {
        let (a, b) = (picture(a.into()), picture(b.into()));
        compute_diff(&a, &b).sentence(&a, &b)
    };
    let before = || vec![row("x", 9.5), row("y", 8.5), row("z", 7.5)];
    assert_eq!(said(before(), before()), "Nothing changed.");
    assert_eq!(
        said(before(), vec![row("x", 9.5), row("y", 8.5), row("z", 9.9)]),
        "The z took the lead from third. 1 row changed score."
    );
    assert_eq!(
        said(
            before(),
            vec![row("n", 10.5), row("y", 8.5), row("z", 7.5), row("m", 1.5)]
        ),
        "The n is new and leads. 2 rows are new, 1 is gone."
    );
    assert_eq!(
        said(before(), vec![row("y", 8.5), row("z", 7.5)]),
        "The y leads, because The x is gone. 1 row is gone."
    );
    assert_eq!(
        said(before(), vec![row("x", 9.5), row("y", 7.0), row("z", 7.5)]),
        "The y fell from second to third. 1 row changed score."
    );
    assert_eq!(
        said(before(), vec![row("x", 9.5), row("y", 8.4), row("z", 7.4)]),
        "2 rows changed score."
    );
}

#[test]
fn the_figures_alone_say_how_many() {
    let row = |id: &str, score: f64| json!({"id": id, "score": score});
    let said = |a: Vec<Value>, b: Vec<Value>| {
        let (a, b) = (picture(a.into()), picture(b.into()));
        compute_diff(&a, &b).summary.sentence()
    };
    let before = || vec![row("x", 9.5), row("y", 8.5)];
    assert_eq!(said(before(), before()), "Nothing changed.");
    assert_eq!(
        said(before(), vec![row("x", 9.0), row("z", 7.5)]),
        "1 row changed, 1 is new, 1 is gone."
    );
    let turned = Summary {
        order: Some(OrderChange {
            rank: 1,
            before: Some("x".to_owned()),
            after: Some("y".to_owned()),
        }),
        ..Summary::default()
    };
    assert_eq!(turned.sentence(), "The order changed.");
    let other = vec![
        json!({"id": "x", "score": 9.5, "more": 1}),
        json!({"id": "y", "score": 8.5}),
    ];
    assert_eq!(
        said(before(), other),
        "The same rows stand there; the columns, the question or what is not shown changed."
    );
}

/// A small seeded source of numbers (SplitMix64), so that a failure can be repeated by its seed.
pub(in crate::dashboard) struct Draw(pub(in crate::dashboard) u64);

impl Draw {
    pub(in crate::dashboard) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn cell(&mut self, column: &str, text: &'static str) -> Cell<'static> {
        match (self.below(6), column) {
            (0, _) => Cell::Null,
            (1, _) => Cell::Missing,
            (_, "name") => Cell::Text(text),
            (2, _) => Cell::Number(
                crate::dashboard::Number::from_f64(
                    f64::from(u8::try_from(self.below(8)).unwrap()) / 4.0,
                )
                .unwrap(),
            ),
            _ => Cell::Number(crate::dashboard::Number::Whole(
                self.below(4).cast_signed() - 1,
            )),
        }
    }

    /// A picture of up to eleven rows out of twelve, of up to four columns out of five.
    pub(in crate::dashboard) fn picture(&mut self) -> Picture {
        const IDS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        const NAMES: [&str; 4] = ["", "x", "xy", "é"];
        const COLUMNS: [&str; 4] = ["score", "x", "name", "y"];
        let mut spec = board();
        if self.below(3) == 0 {
            spec.order_by = Vec::<OrderBy>::new();
        }
        spec.limit = if self.below(4) == 0 { 5 } else { 100 };
        let columns: Vec<&str> = COLUMNS.into_iter().filter(|_| self.below(5) > 0).collect();
        let mut rows = RowsBuilder::default();
        for id in IDS {
            if self.below(4) == 0 {
                continue;
            }
            let mut cells = vec![("id", Cell::Text(id))];
            for column in &columns {
                let name = NAMES[usize::try_from(self.below(4)).unwrap()];
                cells.push((*column, self.cell(column, name)));
            }
            rows.push(cells).unwrap();
        }
        let rows: Rows = rows.finish();
        spec.answer(&rows).unwrap()
    }
}

/// How many random pairs of pictures a test looks at. Before a release:
/// `BELLBOARD_PAIRS=100000 cargo nextest run --release -p bellboard-core dashboard::`.
pub(in crate::dashboard) fn pairs(usual: u32) -> u32 {
    std::env::var("BELLBOARD_PAIRS").map_or(usual, |text| text.parse().unwrap())
}

#[test]
fn a_diff_applied_to_the_first_picture_gives_the_second() {
    let mut draw = Draw(6);
    let mut before = draw.picture();
    let mut unchanged = 0;
    let pairs = pairs(10_000);
    for pair in 0..pairs {
        let after = draw.picture();
        let found = compute_diff(&before, &after);
        assert_eq!(found.apply(&before).as_ref(), Ok(&after), "pair {pair}");
        assert_eq!(found.summary.unchanged, before == after, "pair {pair}");
        unchanged += u32::from(found.summary.unchanged);
        assert!(
            compute_diff(&after, &after).summary.unchanged,
            "pair {pair}"
        );
        before = after;
    }
    assert!(unchanged < pairs / 100);
}
