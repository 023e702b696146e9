//! What a source says of itself: phases, parts and words, and what of it makes no sense.

use super::{ALIVE, Mode, Stored, check};

#[test]
fn phases_go_before_parts_and_counts() {
    check(&[
        (
            r#"{"progress":{"phase":{"key":"collect","label":"capturing evidence"}}}"#,
            Mode::Phased,
            "Capturing evidence",
            "",
        ),
        (
            r#"{"progress":{"phase":{"key":"collect","label":"Collecting evidence","number":2,"of":4}}}"#,
            Mode::Phased,
            "Phase 2 of 4: collecting evidence",
            "",
        ),
        (
            r#"{"progress":{"phase":{"key":"dump","label":"SQL dump","number":1,"of":1}}}"#,
            Mode::Phased,
            "Phase 1 of 1: SQL dump",
            "",
        ),
        (
            r#"{"progress":{"phase":{"key":"collect","label":"collecting","number":2}}}"#,
            Mode::Phased,
            "Phase 2: collecting",
            "",
        ),
        (
            r#"{"counts":{"processed":214,"total":512},"progress":{"unit":"policies","phase":{"key":"c","label":"comparing"}}}"#,
            Mode::Phased,
            "Comparing",
            "214 of 512 policies.",
        ),
        (
            r#"{"progress":{"phase":{"key":"c","label":"comparing"},"parts":{"running":2}}}"#,
            Mode::Phased,
            "Comparing",
            "",
        ),
        (
            r#"{"progress":{"phase":{"key":"c","label":"comparing"},"message":"half of the groups"}}"#,
            Mode::Phased,
            "Comparing",
            "“half of the groups”",
        ),
        (
            r#"{"type":"baseline.capture","progress":{"phase":{"key":"preparing","label":"preparing_step"}}}"#,
            Mode::Phased,
            "Phase 1 of 3: preparing baseline capture",
            "",
        ),
        (
            r#"{"type":"baseline.compare","progress":{"phase":{"key":"processing","label":"Comparing evidence"}}}"#,
            Mode::Phased,
            "Phase 2 of 3: comparing evidence",
            "",
        ),
        (
            r#"{"type":"baseline.compare","progress":{"phase":{"key":"persisting","label":"Saving it","number":9,"of":9}}}"#,
            Mode::Phased,
            "Phase 3 of 3: saving it",
            "",
        ),
        (
            r#"{"type":"baseline.compare","progress":{"phase":{"key":"cleaning","label":"Cleaning up"}}}"#,
            Mode::Phased,
            "Cleaning up",
            "",
        ),
    ]);
}

#[test]
fn a_declared_order_that_makes_no_sense_is_left_out() {
    for order in [
        r#""number":0,"of":4"#,
        r#""number":5,"of":4"#,
        r#""number":2,"of":0"#,
        r#""number":-1,"of":4"#,
        r#""number":"2","of":4"#,
        r#""number":2.5,"of":4"#,
        r#""number":99999999999,"of":4"#,
        r#""of":4"#,
        r#""number":null,"of":null"#,
    ] {
        let setup =
            format!(r#"{{"progress":{{"phase":{{"key":"c","label":"comparing",{order}}}}}}}"#);
        let shown = Stored::read(&setup).shown();
        assert_eq!(
            (shown.mode, shown.label.as_str()),
            (Mode::Phased, "Comparing"),
            "{setup}"
        );
        let phase = shown.phase.unwrap();
        assert_eq!((phase.number, phase.of), (None, None), "{setup}");
    }
}

#[test]
fn parts_are_counted_by_state_and_never_averaged() {
    check(&[
        (
            r#"{"progress":{"parts":{"succeeded":2,"follow_up":1,"running":4,"waiting":2}}}"#,
            Mode::Composite,
            "2 finished, 1 needs a look, 4 running, 2 waiting",
            "",
        ),
        (
            r#"{"progress":{"parts":{"succeeded":0,"failed":3,"follow_up":2,"running":0,"waiting":0}}}"#,
            Mode::Composite,
            "3 failed, 2 need a look",
            "",
        ),
        (
            r#"{"progress":{"parts":{"waiting":12345}}}"#,
            Mode::Composite,
            "12\u{202F}345 waiting",
            "",
        ),
        (
            r#"{"counts":{"processed":2,"total":9},"progress":{"parts":{"running":1},"message":"composing"}}"#,
            Mode::Composite,
            "1 running",
            "“composing”",
        ),
        (
            r#"{"type":"tenant.review.compose","progress":{"parts":{"succeeded":3,"running":1}}}"#,
            Mode::Composite,
            "3 finished, 1 running",
            "",
        ),
    ]);
}

#[test]
fn metadata_that_makes_no_sense_falls_to_the_next_mode() {
    let counted = (Mode::Counted, "2 of 9 items");
    for said in [
        "null",
        "7",
        r#""busy""#,
        "[]",
        "{}",
        r#"{"phase":null}"#,
        r#"{"phase":"collecting"}"#,
        r#"{"phase":[]}"#,
        r#"{"phase":{}}"#,
        r#"{"phase":{"key":"collect"}}"#,
        r#"{"phase":{"label":"collecting"}}"#,
        r#"{"phase":{"key":7,"label":"collecting"}}"#,
        r#"{"phase":{"key":"collect","label":7}}"#,
        r#"{"phase":{"key":" ","label":"collecting"}}"#,
        r#"{"phase":{"key":"collect","label":" "}}"#,
        r#"{"phase":{"key":"acme.StepException","label":"com.acme.StepException"}}"#,
        r#"{"phase":{"key":"/bin/sh","label":"/bin/sh"}}"#,
        r#"{"parts":null}"#,
        r#"{"parts":[1,2]}"#,
        r#"{"parts":{}}"#,
        r#"{"parts":{"succeeded":0,"running":0}}"#,
        r#"{"parts":{"succeeded":-1,"running":2}}"#,
        r#"{"parts":{"succeeded":1.5,"running":2}}"#,
        r#"{"parts":{"succeeded":"1","running":2}}"#,
        r#"{"parts":{"succeeded":null,"running":2}}"#,
        r#"{"parts":{"succeeded":9223372036854775808}}"#,
        r#"{"unit":7}"#,
        r#"{"unit":""}"#,
        r#"{"unit":"https://example.com"}"#,
        r#"{"unit":"%"}"#,
        r#"{"unit":"Percent"}"#,
        r#"{"unit":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        r#"{"total_grew":true}"#,
        r#"{"total_grew":{"from":3}}"#,
        r#"{"total_grew":{"from":"3","at":"2026-11-20T17:31:00Z"}}"#,
        r#"{"total_grew":{"from":3,"at":"earlier"}}"#,
        r#"{"message":7}"#,
        r#"{"message":"  "}"#,
        r#"{"percent":42,"later":{"maybe":true}}"#,
    ] {
        let setup = format!(r#"{{"counts":{{"processed":2,"total":9}},"progress":{said}}}"#);
        let shown = Stored::read(&setup).shown();
        assert_eq!((shown.mode, shown.label.as_str()), counted, "{setup}");
        assert_eq!(shown.detail, None, "{setup}");
    }
}

#[test]
fn what_only_a_programmer_should_read_reaches_no_label() {
    check(&[
        (
            r#"{"progress":{"phase":{"key":"collect_evidence","label":"System.NullReferenceException"}}}"#,
            Mode::Phased,
            "Collect evidence",
            "",
        ),
        (
            r#"{"progress":{"phase":{"key":"upload","label":"PUT https://example.com/x","number":1,"of":2}}}"#,
            Mode::Phased,
            "Phase 1 of 2: upload",
            "",
        ),
        (
            r#"{"progress":{"phase":{"key":"load","label":"42% loaded"}}}"#,
            Mode::Phased,
            "Load",
            "",
        ),
        (
            r#"{"progress":{"message":"panicked at src/main.rs:7"}}"#,
            Mode::Activity,
            "Working",
            ALIVE,
        ),
        (
            r#"{"progress":{"message":"copied 42 % of it"}}"#,
            Mode::Activity,
            "Working",
            ALIVE,
        ),
        (
            r#"{"progress":{"message":"one\ntwo"}}"#,
            Mode::Activity,
            "Working",
            ALIVE,
        ),
        (
            r#"{"counts":{"processed":1,"total":2},"progress":{"unit":"C:\\temp"}}"#,
            Mode::Counted,
            "1 of 2 items",
            "",
        ),
    ]);
}
