//! What a question answers, and that the text of a picture leads back to it.

use serde_json::{Value, json};

use super::*;
use crate::dashboard::{RowsFormat, RowsReader};

fn rows(value: Value) -> Rows {
    RowsReader::read(RowsFormat::Json, value.to_string().as_bytes()).unwrap()
}

fn board() -> Rows {
    rows(json!([
        {"id": "tau", "score": 0.797, "open": true, "n": 3},
        {"id": "apoe", "score": 0.812, "open": true, "n": 1},
        {"id": "gut", "score": 0.744, "open": false},
        {"id": "trem", "score": 0.781, "open": true, "n": null},
        {"id": "lyso", "score": 0.744, "open": false, "n": 9_007_199_254_740_993_i64},
    ]))
}

fn ask(question: Value) -> Picture {
    asked(question, &board()).unwrap()
}

fn asked(mut question: Value, rows: &Rows) -> Result<Picture, String> {
    question["source"] = json!("pushed");
    question["id_field"] = json!("id");
    let spec = ViewSpec::parse(&question, None).unwrap();
    spec.answer(rows).map_err(|fault| fault.to_string())
}

fn ids(picture: &Picture) -> Vec<&str> {
    picture.primary_rows().map(|(_, id)| id).collect()
}

fn matching(condition: Value) -> Vec<String> {
    let picture = ask(json!({"where": condition}));
    ids(&picture).into_iter().map(String::from).collect()
}

#[test]
fn rows_are_ordered_and_ties_are_broken_by_id() {
    let picture = ask(json!({"order_by": [{"field": "score", "direction": "desc"}], "limit": 4}));
    assert_eq!(ids(&picture), ["apoe", "tau", "trem", "gut"]);
    assert_eq!((picture.shown(), picture.matched()), (4, 5));
    assert_eq!(picture.primary_metric().value, Some(Number::Whole(5)));
    let turned = rows(json!([{"id": "b", "s": 1}, {"id": "a", "s": 1}, {"id": "c", "s": 1}]));
    let picture = asked(
        json!({"order_by": [{"field": "s", "direction": "desc"}]}),
        &turned,
    )
    .unwrap();
    assert_eq!(ids(&picture), ["a", "b", "c"]);
    let numbered = rows(json!([{"id": 10}, {"id": 9}, {"id": 100}, {"id": -2}]));
    let picture = asked(json!({"limit": 3}), &numbered).unwrap();
    assert_eq!(ids(&picture), ["-2", "9", "10"]);
    let mixed = ["10", "9", "1.10", "n/a", "1.2"].map(|id| json!({"id": id}));
    let picture = asked(json!({}), &rows(json!(mixed))).unwrap();
    assert_eq!(ids(&picture), ["1.2", "9", "10", "1.10", "n/a"]);
}

#[test]
fn what_has_no_value_comes_last_either_way() {
    let up = ask(json!({"order_by": [{"field": "n"}]}));
    let down = ask(json!({"order_by": [{"field": "n", "direction": "desc"}]}));
    assert_eq!(ids(&up), ["apoe", "tau", "lyso", "gut", "trem"]);
    assert_eq!(ids(&down), ["lyso", "tau", "apoe", "gut", "trem"]);
}

#[test]
fn conditions_pick_rows() {
    let table = [
        (
            json!({"eq": {"field": "open", "value": true}}),
            "apoe tau trem",
        ),
        (json!({"ne": {"field": "open", "value": true}}), "gut lyso"),
        (
            json!({"gt": {"field": "score", "value": 0.781}}),
            "apoe tau",
        ),
        (
            json!({"ge": {"field": "score", "value": 0.781}}),
            "apoe tau trem",
        ),
        (
            json!({"lt": {"field": "score", "value": 0.781}}),
            "gut lyso",
        ),
        (
            json!({"eq": {"field": "n", "value": 9_007_199_254_740_992_i64}}),
            "",
        ),
        (
            json!({"eq": {"field": "n", "value": 9_007_199_254_740_993_i64}}),
            "lyso",
        ),
        (
            json!({"in": {"field": "id", "values": ["gut", "nobody", "tau"]}}),
            "gut tau",
        ),
        (
            json!({"contains": {"field": "id", "value": "O"}}),
            "apoe lyso",
        ),
        (
            json!({"starts_with": {"field": "id", "value": "T"}}),
            "tau trem",
        ),
        (json!({"is_null": {"field": "n"}}), "gut trem"),
        (json!({"not": {"is_null": {"field": "n"}}}), "apoe lyso tau"),
        (json!({"lt": {"field": "n", "value": 5}}), "apoe tau"),
        (
            json!({"not": {"lt": {"field": "n", "value": 5}}}),
            "gut lyso trem",
        ),
        (
            json!({"and": [{"eq": {"field": "open", "value": true}}, {"lt": {"field": "score", "value": 0.8}}]}),
            "tau trem",
        ),
        (
            json!({"or": [{"eq": {"field": "id", "value": "gut"}}, {"gt": {"field": "score", "value": 0.8}}]}),
            "apoe gut",
        ),
        (
            json!({"is_null": {"field": "nowhere"}}),
            "apoe gut lyso tau trem",
        ),
    ];
    for (condition, expected) in table {
        assert_eq!(
            matching(condition.clone()).join(" "),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn the_one_number_is_of_all_that_match() {
    let metric = |measure: &str, field: &str| {
        ask(json!({"primary_metric": {"measure": measure, "field": field}, "limit": 1}))
            .primary_metric()
            .value
    };
    assert_eq!(metric("min", "score").unwrap().to_string(), "0.744");
    assert_eq!(
        metric("max", "n"),
        Some(Number::Whole(9_007_199_254_740_993))
    );
    assert_eq!(
        metric("sum", "n"),
        Some(Number::Whole(9_007_199_254_740_997))
    );
    assert_eq!(metric("sum", "score").unwrap().to_string(), "3.878");
    assert_eq!(
        metric("mean", "score").unwrap().to_string(),
        "0.7756000000000001"
    );
    assert_eq!(metric("mean", "nowhere"), None);
    assert_eq!(metric("sum", "nowhere"), Some(Number::ZERO));
    let exact = rows(json!([{"id": 1, "n": i64::MAX}, {"id": 2, "n": i64::MAX}]));
    let mean = json!({"primary_metric": {"measure": "mean", "field": "n"}});
    assert_eq!(
        asked(mean, &exact).unwrap().primary_metric().value,
        Some(Number::Whole(i64::MAX))
    );
    let sum = json!({"primary_metric": {"measure": "sum", "field": "n"}});
    assert!(
        asked(sum, &exact)
            .unwrap_err()
            .starts_with("column `n`: numbers lie between")
    );
}

#[test]
fn the_sum_does_not_depend_on_the_order_of_the_rows() {
    let of = |numbers: &[f64]| {
        sum(numbers
            .iter()
            .map(|number| Number::from_f64(*number).unwrap()))
        .unwrap()
        .to_string()
    };
    assert_eq!(
        of(&[0.1, 1e15 + 0.5, 0.2, -1e15 - 0.5]),
        of(&[1e15 + 0.5, 0.2, -1e15 - 0.5, 0.1])
    );
}

#[test]
fn a_picture_has_the_columns_that_were_asked_for() {
    let picture = ask(json!({"columns": ["score", "nowhere"]}));
    let names: Vec<&str> = picture.columns().iter().map(Column::name).collect();
    assert_eq!(names, ["score", "nowhere"]);
    let first = picture.rows().next().unwrap();
    assert_eq!((first.id(), first.rank()), ("apoe", 1));
    assert_eq!(first.cells().nth(1), Some(Cell::Missing));
}

#[test]
fn rows_that_the_question_cannot_be_asked_of_are_refused() {
    let doubled = rows(json!([{"id": 1}, {"id": 1}]));
    assert!(
        asked(json!({}), &doubled)
            .unwrap_err()
            .starts_with("row 2, column `id`: the id `1` is also that of row 1")
    );
    let texts = rows(json!([{"id": 1, "score": "high"}]));
    let condition = json!({"where": {"not": {"gt": {"field": "score", "value": 3}}}});
    assert_eq!(
        asked(condition, &texts).unwrap_err(),
        "column `score`: the question compares it with number, the rows hold text"
    );
    let metric = json!({"primary_metric": {"measure": "max", "field": "score"}});
    assert_eq!(
        asked(metric, &texts).unwrap_err(),
        "column `score`: max is of numbers; the rows hold text"
    );
    assert_eq!(asked(json!({}), &rows(json!([]))).unwrap().shown(), 0);
}

#[test]
fn the_text_of_a_picture_is_one_and_leads_back() {
    let text = r#"[
        {"id": "a\",\"rows\":[", "x": 0.1, "t": "é\u0001\n", "b": true},
        {"id": "b", "x": null, "t": null},
        {"id": "c", "x": -7, "b": false}
    ]"#;
    let mixed = RowsReader::read(RowsFormat::Json, text.as_bytes()).unwrap();
    let picture = asked(json!({}), &mixed).unwrap();
    let text = picture.canonical();
    assert_eq!(Picture::from_canonical(&text).unwrap(), picture);
    assert_eq!(
        text,
        "{\"columns\":[[\"id\",\"text\"],[\"x\",\"number\"],[\"t\",\"text\"],[\"b\",\"bool\"]],\"format\":1,\
         \"id_field\":\"id\",\"ids\":[\"a\\\",\\\"rows\\\":[\",\"b\",\"c\"],\"matched\":3,\
         \"primary_metric\":{\"measure\":\"count\"},\"primary_value\":3,\"rows\":[\
         [\"a\\\",\\\"rows\\\":[\",0.1,\"é\\u0001\\n\",true],[\"b\",null,null,[]],[\"c\",-7,[],false]]}"
    );
    assert!(serde_json::from_str::<Value>(&text).is_ok());
    let hash = picture.content_hash();
    assert_eq!(
        asked(json!({"limit": 3}), &mixed).unwrap().content_hash(),
        hash
    );
    assert_ne!(
        asked(json!({"limit": 2}), &mixed).unwrap().content_hash(),
        hash
    );
}

#[test]
fn what_is_no_picture_is_refused() {
    let text = ask(json!({})).canonical();
    for broken in [
        String::new(),
        "{}".to_owned(),
        text.replace("\"format\":1", "\"format\":2"),
        text.replace("true,0.812]", "0.812]"),
        text.replace("\"ids\":[\"apoe\",", "\"ids\":["),
        text[..text.len() - 2].to_owned(),
    ] {
        assert!(Picture::from_canonical(&broken).is_err(), "{broken}");
    }
}
