//! The answer as a whole: which fields it has, and what it promises whatever is stored.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Mode, Progress, Status, Stored};

#[test]
fn numbers_are_given_only_where_they_may_be_used() {
    let counted =
        Stored::read(r#"{"counts":{"processed":214,"total":512},"progress":{"unit":"policies"}}"#)
            .shown();
    assert_eq!(
        (counted.processed, counted.total, counted.unit.as_deref()),
        (Some(214), Some(512), Some("policies"))
    );
    let unknown = Stored::read(r#"{"counts":{"processed":7}}"#).shown();
    assert_eq!(
        (unknown.processed, unknown.total, unknown.unit.as_deref()),
        (Some(7), None, Some("items"))
    );
    let beyond = Stored::read(r#"{"counts":{"processed":7,"total":5}}"#).shown();
    assert_eq!(
        (beyond.processed, beyond.total),
        (Some(7), None),
        "no bar can be drawn"
    );
    let phased = Stored::read(
        r#"{"counts":{"processed":1,"total":2},"progress":{"phase":{"key":"c","label":"comparing"}}}"#,
    );
    assert_eq!(
        (phased.shown().processed, phased.shown().total),
        (None, None),
        "no bar across phases"
    );
}

#[test]
fn the_json_leaves_out_what_is_not_known() {
    let shown = Stored::read(
        r#"{"type":"baseline.compare","progress":{"phase":{"key":"processing","label":"Comparing evidence"}}}"#,
    )
    .shown();
    let phased = json!({
        "mode": "phased",
        "label": "Phase 2 of 3: comparing evidence",
        "phase": {
            "key": "processing",
            "label": "Comparing evidence",
            "number": 2,
            "of": 3,
            "steps": [
                {"key": "preparing", "label": "Preparing comparison"},
                {"key": "processing", "label": "Comparing evidence"},
                {"key": "persisting", "label": "Saving comparison"},
            ],
        },
        "stale": false,
        "as_of": "2026-11-20T17:40:00.000000Z",
    });
    assert_eq!(serde_json::to_value(&shown).unwrap(), phased);
    assert_eq!(serde_json::from_value::<Progress>(phased).unwrap(), shown);

    let counted = json!({
        "mode": "counted",
        "label": "1 of 2 items",
        "processed": 1,
        "total": 2,
        "unit": "items",
        "stale": false,
        "as_of": "2026-11-20T17:40:00.000000Z",
    });
    let shown = Stored::read(r#"{"counts":{"processed":1,"total":2}}"#).shown();
    assert_eq!(serde_json::to_value(&shown).unwrap(), counted);
}

/// JSON that looks like stored metadata, and often is not.
fn metadata() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        (0_u64..9).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zA-Z0-9 /:._%()\\n]{0,24}".prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from("2026-11-20T17:31:00Z")),
    ];
    let names = proptest::sample::select(vec![
        "phase",
        "parts",
        "unit",
        "message",
        "total_grew",
        "key",
        "label",
        "number",
        "of",
        "from",
        "at",
        "succeeded",
        "failed",
        "follow_up",
        "running",
        "waiting",
        "percent",
    ]);
    scalar.prop_recursive(3, 24, 6, move |inner| {
        proptest::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
            .prop_map(|entries| Value::Object(entries.into_iter().collect()))
    })
}

proptest! {
    #[test]
    fn whatever_is_stored_the_answer_keeps_its_promises(
        said in metadata(),
        status in proptest::sample::select(Status::ALL),
        counts in proptest::collection::btree_map(
            proptest::sample::select(vec!["total", "processed", "succeeded", "failed", "skipped", "items"]),
            0_u64..20, 0..5,
        ),
        heard in 0_u64..2_000,
        every in proptest::option::of(1_u64..600),
    ) {
        let setup = json!({
            "status": status, "counts": counts, "progress": said, "heard": heard, "every": every, "created": 3_000,
        });
        let shown = Stored::read(&setup.to_string()).shown();
        let words = [Some(shown.label.clone()), shown.detail.clone(), shown.guidance.clone()];

        prop_assert!(!shown.label.trim().is_empty());
        prop_assert!(words.iter().flatten().all(|text| !text.contains(['%', '\n'])), "{:?}", words);
        prop_assert_eq!(shown.mode == Mode::None, status == Status::Completed);
        prop_assert_eq!(shown.guidance.is_some(), shown.stale);
        prop_assert!(!shown.stale || (shown.mode == Mode::Activity && shown.processed.is_none()));
        prop_assert_eq!(shown.total.is_some(), shown.mode == Mode::Counted);
        prop_assert_eq!(shown.phase.is_some(), shown.mode == Mode::Phased);
        prop_assert_eq!(shown.parts.is_some(), shown.mode == Mode::Composite);
        if let (Some(processed), Some(total)) = (shown.processed, shown.total) {
            prop_assert!(processed <= total && total > 0 && status == Status::Running);
        }
    }
}
