//! Pictures to throw at the rules.

use std::collections::BTreeMap;

use bellboard_core::dashboard::{Cell, Number, Picture, Rows, RowsBuilder, ViewSpec};
use proptest::collection::btree_map;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Scores by id.
pub type Scores = BTreeMap<String, i64>;

/// Few ids, so that two draws share some of them.
pub fn scores() -> impl Strategy<Value = Scores> {
    btree_map("[a-d]{1,2}", -20_i64..20, 0..10)
}

/// The question: all rows by score, the highest first.
pub fn question(limit: u32) -> ViewSpec {
    let spec = json!({
        "source": "pushed", "id_field": "id", "limit": limit,
        "order_by": [{"field": "score", "direction": "desc"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    });
    parsed(&spec)
}

pub fn parsed(spec: &Value) -> ViewSpec {
    ViewSpec::parse(spec, None).unwrap_or_else(|faults| panic!("{spec}: {faults}"))
}

/// The rows in this order.
pub fn rows<'a>(scores: impl IntoIterator<Item = (&'a String, &'a i64)>) -> Rows {
    let mut builder = RowsBuilder::default();
    for (id, score) in scores {
        let cells = [
            ("id", Cell::Text(id)),
            ("score", Cell::Number(Number::Whole(*score))),
        ];
        builder.push(cells).expect("the rows are right");
    }
    builder.finish()
}

/// What the question answers.
pub fn picture(scores: &Scores) -> Picture {
    question(10_000)
        .answer(&rows(scores))
        .expect("the rows are right")
}
