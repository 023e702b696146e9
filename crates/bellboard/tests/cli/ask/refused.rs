//! Questions and answers that are refused, each with its way out.

use serde_json::{Value, json};

use super::{OPTIONS, refused_answer};
use crate::desk::Desk;
use crate::place::{Hub, Place};

#[test]
fn what_is_no_answer_is_refused_and_the_wait_goes_on() {
    let desk = Desk::open();
    let form = r#"{"type": "object", "properties": {"rows": {"type": "integer", "maximum": 14}}, "required": ["rows"]}"#;
    let (formed, asked_with_a_form) = desk.waiting(&["--form", form]);
    let (chosen, ask) = desk.waiting(&[&OPTIONS[..], &["--needs-note", "no"]].concat());
    for (of, words, code, field) in [
        (&ask, json!({"option": "maybe"}), "invalid_input", "option"),
        (
            &ask,
            json!({"values": {"rows": 1}}),
            "invalid_input",
            "option",
        ),
        (&ask, json!({"option": "no"}), "note_missing", "note"),
        (
            &asked_with_a_form,
            json!({"option": "yes"}),
            "invalid_input",
            "values",
        ),
        (
            &asked_with_a_form,
            json!({"values": {"rows": 15}}),
            "invalid_input",
            "values.rows",
        ),
        (
            &asked_with_a_form,
            json!({"values": {"rows": "14"}}),
            "invalid_input",
            "values.rows",
        ),
        (
            &asked_with_a_form,
            json!({"values": {}}),
            "invalid_input",
            "values.rows",
        ),
    ] {
        let told = refused_answer(&desk, of, &words);
        assert_eq!(told, (422, code.to_owned(), json!(field)), "{words}");
    }
    assert!(desk.asks().iter().all(|ask| ask["state"] == "open"));
    desk.answer(&ask, &json!({"option": "yes"}));
    assert_eq!(chosen.end().out, "yes\n");

    // What is closed takes no other answer; the same one again is the one that stands.
    let yes = json!({"option": "yes"});
    desk.answer(&ask, &yes);
    let other = json!({"option": "no", "note": "Not yet"});
    let told = refused_answer(&desk, &ask, &other);
    assert_eq!((told.0, told.1.as_str()), (409, "already_answered"));
    desk.settle(&asked_with_a_form, "withdraw", &json!({}));
    assert_eq!(formed.end().code, 1);
    let told = refused_answer(&desk, &asked_with_a_form, &yes);
    assert_eq!((told.0, told.1.as_str()), (409, "ask_withdrawn"));
}

/// Runs `bellboard ask` with these words, parted by `|`, which must be refused with this code and this reason.
fn refused(desk: &Desk, words: &str, code: i32, reason: &str) {
    let ask = format!("ask|{words}");
    let said = desk.place.run(ask.split('|'));
    assert_eq!(said.code, code, "{words}: {}", said.err);
    assert!(said.err.contains(reason), "{words}: {}", said.err);
    assert_eq!(said.out, "");
    assert_eq!(desk.asks(), Vec::<Value>::new());
}

#[test]
fn what_is_asked_wrongly_is_refused_with_the_way_out() {
    let desk = Desk::open();
    let form = r#"{"type": "object", "properties": {"when": {"type": "date"}}}"#;
    let formed = format!("Why?|--form|{form}");
    let both = format!("{formed}|--option|a=A");
    let asked = |more: &str| format!("Q|--option|a=A|--option|b=B|{more}");
    for (words, reason) in [
        ("Why?", "--option"),
        ("Why?|--option|yes", "such as --option yes=\"Delete them\""),
        ("Why?|--option|yes=Yes", "2 to 10 options"),
        ("Why?|--option|Ja=Yes|--option|no=No", "a-z, 0-9"),
        (&formed, "--form: "),
        (&both, "cannot be used with"),
        (&asked("--expires|2h"), "--fallback"),
        (&asked("--fallback|a"), "--expires"),
        (&asked("--expires|2|--fallback|a"), "such as 2h"),
        (
            &asked("--expires|2h|--fallback|c"),
            "--fallback c: The options are `a`, `b`.",
        ),
        (&asked("--in|nowhere"), "No engagement of yours"),
        (&asked("--run|ffffffff"), "No run of yours"),
    ] {
        refused(&desk, words, 2, reason);
    }
    // What only the hub can say, in its words.
    let long = asked("--wait").replace('Q', &"Q".repeat(201));
    refused(&desk, &long, 1, "title: at most 200 characters");
    refused(&desk, &asked("--for|reader"), 1, "Readers only look on");
    let far = asked("--expires|999d|--fallback|a");
    refused(&desk, &far, 1, "expires_in_seconds");
}

#[test]
fn nobody_is_asked_while_the_hub_is_away_from_the_start() {
    let place = Place::new();
    drop(Hub::start(&place));
    let said = place.run([&["ask", "Delete 14 rows?", "--wait"][..], &OPTIONS].concat());
    assert_eq!((said.code, said.out.as_str()), (69, ""), "{}", said.err);
}
