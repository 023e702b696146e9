//! The machine of asks, their options and their forms, as tables.

use std::fmt::Write as _;

use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

#[test]
fn the_whole_machine() {
    let moves = [
        Move::Answer,
        Move::Undo,
        Move::Withdraw,
        Move::Expire,
        Move::Delegate,
    ];
    let mut table = String::new();
    for state in State::ALL {
        for (time, now) in [("before", 9), ("after", 10)] {
            write!(table, "{state} {time}:").unwrap();
            for what in moves {
                match transition(*state, Some(at(10)), what, at(now)) {
                    Ok(to) => write!(table, " {to}").unwrap(),
                    Err(refusal) => write!(table, " {refusal:?}").unwrap(),
                }
            }
            table.push('\n');
        }
    }
    // Answer, undo, withdraw, expire, delegate.
    let expected = "\
        open before: answered NotAnswered withdrawn NotDue open\n\
        open after: Expired NotAnswered Expired expired Expired\n\
        answered before: AlreadyAnswered open AlreadyAnswered AlreadyAnswered AlreadyAnswered\n\
        answered after: AlreadyAnswered open AlreadyAnswered AlreadyAnswered AlreadyAnswered\n\
        withdrawn before: Withdrawn NotAnswered Withdrawn Withdrawn Withdrawn\n\
        withdrawn after: Withdrawn NotAnswered Withdrawn Withdrawn Withdrawn\n\
        expired before: Expired NotAnswered Expired Expired Expired\n\
        expired after: Expired NotAnswered Expired Expired Expired\n";
    assert_eq!(table, expected);
}

#[test]
fn without_a_deadline_nothing_expires() {
    let end = at(i64::from(u32::MAX));
    let expired = transition(State::Open, None, Move::Expire, end);
    assert_eq!(expired, Err(Refusal::NotDue));
    let answered = transition(State::Open, None, Move::Answer, end);
    assert_eq!(answered, Ok(State::Answered));
}

#[test]
fn an_audience_is_a_person_a_designation_or_whoever_may_decide() {
    let read = |value| serde_json::from_value::<Audience>(value);
    let operators = read(json!({"designation": "operator"})).unwrap();
    assert_eq!(
        Audience::designations(Some(operators)),
        Designations::only(Designation::Operator)
    );
    assert_eq!(operators.person(), None);
    let id = "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7";
    let jonas = read(json!({"person_id": id})).unwrap();
    assert_eq!(jonas.person().unwrap().to_string(), id);
    assert_eq!(Audience::designations(None), holders(Capability::Decide));
    for wrong in [json!({}), json!({"designation": "boss"}), json!("operator")] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}

fn options(keys: &[&str]) -> Result<Options, serde_json::Error> {
    let options: Vec<Value> = keys
        .iter()
        .map(|key| json!({"key": key, "label": "Label", "needs_note": *key == "no"}))
        .collect();
    serde_json::from_value(json!(options))
}

#[test]
fn two_to_ten_options_with_different_keys() {
    assert_eq!(options(&["yes", "no"]).unwrap().keys(), "`yes`, `no`");
    let many: Vec<String> = (0..11).map(|number| format!("o{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(options(&many[..10]).is_ok());
    for (wrong, why) in [
        (&many[..], "2 to 10 options, this has 11"),
        (&["yes"], "2 to 10 options, this has 1"),
        (&["a", "b", "a"], "two options have the key `a`"),
        (&["a", "B"], "must be 1 to 40 of a-z"),
        (&["a", ""], "must be 1 to 40 of a-z"),
    ] {
        let told = options(wrong).unwrap_err().to_string();
        assert!(told.starts_with(why), "{wrong:?}: {told}");
    }
}

#[test]
fn an_option_answers_a_choice_and_nothing_else_does() {
    let question = Question::Options(options(&["yes", "no"]).unwrap());
    let option = |key: &str| Answer::Option(key.to_owned());
    assert_eq!(question.check(&option("yes")), Ok(()));
    assert_eq!(question.label(&option("yes")), "Label");
    assert!(question.needs_note(&option("no")));
    assert!(!question.needs_note(&option("yes")));
    let told = question.check(&option("maybe")).unwrap_err();
    assert_eq!(told.field, "option");
    assert_eq!(told.detail, "The options are `yes`, `no`.");
    let told = question.check(&Answer::Values(Map::new())).unwrap_err();
    assert_eq!(told.field, "option");
}

fn form() -> Form {
    serde_json::from_value(json!({
        "type": "object",
        "properties": {
            "rows": {"type": "integer", "minimum": 1, "maximum": 20},
            "share": {"type": "number", "maximum": 0.5},
            "why": {"type": "string", "title": "The reason", "minLength": 2, "maxLength": 5},
            "where": {"type": "string", "enum": ["here", "there"]},
            "keep": {"type": "boolean"},
        },
        "required": ["rows"],
        "additionalProperties": false,
    }))
    .unwrap()
}

/// Values that do not answer the form, the field, and what is said of it.
const WRONG_VALUES: [(&str, &str, &str); 12] = [
    (
        r"{}",
        "values.rows",
        "Must be given: a whole number from 1 to 20.",
    ),
    (
        r#"{"rows": 0}"#,
        "values.rows",
        "Must be a whole number from 1 to 20.",
    ),
    (
        r#"{"rows": 21}"#,
        "values.rows",
        "Must be a whole number from 1 to 20.",
    ),
    (
        r#"{"rows": 1.5}"#,
        "values.rows",
        "Must be a whole number from 1 to 20.",
    ),
    (
        r#"{"rows": "1"}"#,
        "values.rows",
        "Must be a whole number from 1 to 20.",
    ),
    (
        r#"{"rows": 1, "share": 0.6}"#,
        "values.share",
        "Must be a number up to 0.5.",
    ),
    (
        r#"{"rows": 1, "why": "x"}"#,
        "values.why",
        "Must be text of 2 to 5 characters.",
    ),
    (
        r#"{"rows": 1, "why": "sechse"}"#,
        "values.why",
        "Must be text of 2 to 5 characters.",
    ),
    (
        r#"{"rows": 1, "where": "Here"}"#,
        "values.where",
        "Must be one of `here`, `there`.",
    ),
    (
        r#"{"rows": 1, "keep": 1}"#,
        "values.keep",
        "Must be true or false.",
    ),
    (
        r#"{"rows": 1, "keep": null}"#,
        "values.keep",
        "Must be true or false.",
    ),
    (
        r#"{"rows": 1, "else": 2}"#,
        "values.else",
        "The form has no such field. Its fields are `keep`, `rows`, `share`, `where`, `why`.",
    ),
];

#[test]
fn values_are_checked_field_by_field() {
    let question = Question::Form(form());
    let check = |values: Value| match values {
        Value::Object(values) => question.check(&Answer::Values(values)),
        other => panic!("{other} is no object"),
    };
    for right in [
        json!({"rows": 1}),
        json!({"rows": 20, "share": -3.5, "why": "äöüßé", "where": "there", "keep": false}),
        json!({"rows": 7, "share": 0}),
    ] {
        assert_eq!(check(right.clone()), Ok(()), "{right}");
    }
    for (wrong, field, detail) in WRONG_VALUES {
        let told = check(serde_json::from_str(wrong).unwrap()).unwrap_err();
        assert_eq!(
            (told.field.as_str(), told.detail.as_str()),
            (field, detail),
            "{wrong}"
        );
    }
    assert_eq!(
        question
            .check(&Answer::Option("yes".to_owned()))
            .unwrap_err()
            .field,
        "values"
    );
}

#[test]
fn values_read_as_a_line() {
    let question = Question::Form(form());
    let values = json!({"rows": 14, "keep": true, "why": "old"});
    let answer = serde_json::from_value(json!({ "values": values })).unwrap();
    assert_eq!(
        question.label(&answer),
        "Keep: yes, Rows: 14, The reason: old"
    );
}

/// A form with this one field.
fn with_field(field: &Value) -> Value {
    json!({"type": "object", "properties": {"a": field}})
}

/// One field more than a form takes.
fn many_fields() -> Map<String, Value> {
    (0..=Form::MOST_FIELDS)
        .map(|number| (format!("f{number}"), json!({"type": "boolean"})))
        .collect()
}

#[test]
fn a_form_is_written_as_it_is_read() {
    let written = serde_json::to_value(form()).unwrap();
    assert_eq!(serde_json::from_value::<Form>(written).unwrap(), form());
}

#[test]
fn only_what_a_page_can_show_is_a_form() {
    let field = |field: Value| with_field(&field);
    let many = many_fields();
    for (wrong, why) in [
        (json!({"type": "array"}), "unknown variant `array`"),
        (
            json!({"type": "object", "properties": {}}),
            "1 to 12 properties",
        ),
        (
            json!({"type": "object", "properties": many}),
            "1 to 12 properties, this has 13",
        ),
        (
            json!({"type": "object", "properties": {"A b": {"type": "string"}}}),
            "names of properties",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}),
            "required names `b`",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}),
            "additionalProperties must be false",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "$ref": "#"}),
            "unknown field `$ref`",
        ),
        (field(json!({"type": "object"})), "unknown variant `object`"),
        (
            field(json!({"type": "string", "pattern": "(a+)+$"})),
            "unknown field `pattern`",
        ),
        (
            field(json!({"type": "integer", "enum": ["a"]})),
            "property `a`: enum, minLength",
        ),
        (
            field(json!({"type": "string", "minimum": 1})),
            "property `a`: minimum and maximum",
        ),
        (
            field(json!({"type": "number", "minimum": 2, "maximum": 1})),
            "property `a`: minimum must",
        ),
        (
            field(json!({"type": "string", "maxLength": 2001})),
            "property `a`: minLength to maxLength",
        ),
        (
            field(json!({"type": "string", "minLength": 3, "maxLength": 2})),
            "property `a`: minLength to",
        ),
        (
            field(json!({"type": "string", "enum": []})),
            "property `a`: enum holds 1 to 20",
        ),
        (
            field(json!({"type": "string", "enum": ["a", "a"]})),
            "property `a`: enum must not",
        ),
    ] {
        let told = serde_json::from_value::<Form>(wrong.clone())
            .unwrap_err()
            .to_string();
        assert!(told.starts_with(why), "{wrong}: {told}");
    }
}

#[test]
fn what_deceives_a_reader_is_no_answer() {
    for text in ["a\u{202E}b", "a\u{0}b"] {
        let values = json!({"rows": 1, "why": text});
        let told = Question::Form(form())
            .check(&Answer::Values(values.as_object().unwrap().clone()))
            .unwrap_err();
        assert_eq!(told.field, "values.why");
        assert!(
            told.detail.starts_with("Must not hold control"),
            "{}",
            told.detail
        );
    }
    let values = json!({"rows": 1, "why": "a\n\tb"});
    let lines = Answer::Values(values.as_object().unwrap().clone());
    assert_eq!(Question::Form(form()).check(&lines), Ok(()));
}

#[test]
fn a_form_that_nobody_could_fill_in_is_refused() {
    let read = |field: Value| -> Result<Form, _> {
        serde_json::from_value(json!({"type": "object", "properties": {"one": field}}))
    };
    for (wrong, why) in [
        (
            json!({"type": "string", "enum": ["long"], "maxLength": 3}),
            "each text of enum",
        ),
        (
            json!({"type": "string", "enum": ["long", "x"], "minLength": 2}),
            "each text of enum",
        ),
        (
            json!({"type": "integer", "minimum": 0.5, "maximum": 0.7}),
            "there is no whole number",
        ),
    ] {
        let told = read(wrong.clone()).unwrap_err().to_string();
        assert!(told.contains(why), "{wrong}: {told}");
    }
    for right in [
        json!({"type": "string", "enum": ["long", "x"], "maxLength": 4}),
        json!({"type": "integer", "minimum": 0.5, "maximum": 1.2}),
        json!({"type": "number", "minimum": 0.5, "maximum": 0.7}),
    ] {
        assert!(read(right.clone()).is_ok(), "{right}");
    }
}
