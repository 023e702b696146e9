//! Figures of small pictures: lines, folds, bars and what is left out.

use bellboard_core::dashboard::{RowsFormat, RowsReader, ViewSpec, compute_diff};
use serde_json::{Value, json};

use super::*;

/// The picture of rows of id and score, in the order of their ids.
fn picture(rows: &[(&str, f64)]) -> Picture {
    picture_by(rows, json!([]))
}

/// The same, in this order.
fn picture_by(rows: &[(&str, f64)], order: Value) -> Picture {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(id, score)| json!({"id": id, "score": score}))
        .collect();
    picture_of(Value::from(rows), order)
}

fn picture_of(rows: Value, order: Value) -> Picture {
    let text = rows.to_string();
    let rows = RowsReader::read(RowsFormat::Json, text.as_bytes()).unwrap();
    let spec = json!({"source": "pushed", "id_field": "id", "order_by": order});
    ViewSpec::parse(&spec, None).unwrap().answer(&rows).unwrap()
}

fn figure(a: &[(&str, f64)], b: &[(&str, f64)]) -> Figure {
    figure_of(&picture(a), &picture(b))
}

/// The figure of rows whose highest score leads.
fn ranked(a: &[(&str, f64)], b: &[(&str, f64)]) -> Figure {
    let order = json!([{"field": "score", "direction": "desc"}]);
    figure_of(&picture_by(a, order.clone()), &picture_by(b, order))
}

fn figure_of(a: &Picture, b: &Picture) -> Figure {
    let diff = compute_diff(a, b);
    let now = "2026-11-20T17:00:00Z".parse().unwrap();
    let at = Moment::new(now, crate::pages::moment::Reading::Clock, now);
    Figure::new(
        (a, b),
        &diff,
        Some("score"),
        ("Board".to_owned(), at.clone(), at),
    )
}

#[test]
fn a_line_ends_at_its_row_and_says_who_moved() {
    let found = ranked(
        &[("a", 3.0), ("b", 2.0), ("c", 1.0), ("gone", 0.5)],
        &[("c", 4.0), ("a", 3.0), ("b", 2.0), ("new", 0.1)],
    );
    let lines: Vec<_> = found
        .lines
        .iter()
        .map(|line| (line.class, line.path.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("pu", "M0 18C75 18 75 54 150 54"),
            ("pu", "M0 54C75 54 75 90 150 90"),
            ("go", "M0 126H36"),
            ("gx", "m41 122 8 8m0-8-8 8"),
            ("mv", "M0 90C75 90 75 18 150 18"),
            ("nw", "M111 126H150"),
            ("nd", "M106 126h.01"),
            ("ni", "M106 126h.01"),
        ]
    );
    assert_eq!(found.height, 4 * ROW);
    assert_eq!(found.gone, ["gone"]);
    let NewLine::Row(first) = &found.new[0] else {
        panic!("a row leads")
    };
    assert_eq!((first.moved, first.own), (Moved::Up(2), true));
    assert_eq!(
        (
            first.was.as_deref(),
            first.now.as_deref(),
            first.change.as_str()
        ),
        (Some("1.0"), Some("4.0"), "+300 %")
    );
    let NewLine::Row(pushed) = &found.new[1] else {
        panic!("a row follows")
    };
    assert_eq!((pushed.moved, pushed.own), (Moved::Down(1), false));
    assert_eq!(pushed.change, "same");
    let html = found.to_string();
    assert!(html.contains("<b class=\"vh\">gone</b>"), "{html}");
    assert!(html.contains("Gone: <b>gone</b>."), "{html}");
}

#[test]
fn many_rows_that_stayed_are_folded_and_counted() {
    let names: Vec<String> = (0..30).map(|n| format!("r{n:02}")).collect();
    let rows = |changed: usize| -> Vec<(&str, f64)> {
        let numbered = names.iter().enumerate();
        numbered
            .map(|(n, name)| {
                let score = if n == changed { 0.5 } else { 100.0 };
                (name.as_str(), score)
            })
            .collect()
    };
    let found = figure(&rows(99), &rows(10));
    let shown: Vec<String> = found
        .new
        .iter()
        .map(|line| match line {
            NewLine::Row(row) => row.name.clone(),
            NewLine::Fold(words) => words.clone(),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "9 rows did not move",
            "r09",
            "r10",
            "r11",
            "18 rows did not move"
        ]
    );
    assert_eq!(found.old.len(), 5);
    assert_eq!(found.left_out, 0);
    // Everybody is pushed by one that is new; nobody else moved.
    let mut pushed = vec![("new", 200.0)];
    pushed.extend(rows(99));
    let found = figure(&rows(99), &pushed);
    let NewLine::Fold(words) = &found.new[2] else {
        panic!("the rest is folded: {:?}", found.new)
    };
    assert_eq!(words, "29 rows did not change");
}

#[test]
fn of_very_many_changes_the_first_are_shown_and_the_rest_is_counted() {
    let names: Vec<String> = (0..300).map(|n| format!("r{n:03}")).collect();
    let rows = |score: f64| -> Vec<(&str, f64)> {
        names.iter().map(|name| (name.as_str(), score)).collect()
    };
    let found = figure(&rows(1.0), &rows(2.0));
    assert_eq!(found.left_out, 260);
    assert!(found.new.len() < 50, "{}", found.new.len());
    let Some(NewLine::Fold(words)) = found.new.last() else {
        panic!("the rest is folded")
    };
    assert_eq!(words, "259 rows, 259 of them changed");
    assert!(found.to_string().contains("260 more rows changed"));
    let found = figure(&rows(1.0)[..41], &rows(2.0)[..41]);
    assert!(found.to_string().contains("1 more row changed, moved"));
}

#[test]
fn bars_reach_to_their_side_and_no_further() {
    let found = ranked(
        &[("up", 100.0), ("down", 100.0), ("still", 1.0)],
        &[("up", 150.0), ("down", 50.0), ("still", 1.0)],
    );
    let bars: Vec<_> = found
        .new
        .iter()
        .map(|line| match line {
            NewLine::Row(row) => {
                let bar = row.bar.as_ref().unwrap();
                (bar.x.clone(), bar.width.clone())
            }
            NewLine::Fold(_) => panic!("three rows are not folded"),
        })
        .collect();
    assert_eq!(
        bars,
        [
            ("30".to_owned(), Some("28".to_owned())),
            ("2".to_owned(), Some("28".to_owned())),
            ("30".to_owned(), None),
        ]
    );
}

#[test]
fn the_figures_are_those_of_the_order_or_of_the_first_numbers() {
    let found = picture(&[("a", 1.0)]);
    assert_eq!(value_column(&found, &["score"]), Some("score"));
    assert_eq!(value_column(&found, &["id", "none"]), Some("score"));
    // A number that is an id is a name.
    let rows = json!([{"id": 20_261_122, "score": 1.0}]);
    let found = picture_of(rows, json!([]));
    assert_eq!(value_column(&found, &["id"]), Some("score"));
    let found = picture_of(json!([{"id": 7}]), json!([]));
    assert_eq!(value_column(&found, &["id"]), None);
    assert_eq!(head_words("composite_score"), "Composite score was");
}
