//! What a run is, and what it counts, chooses the mode.

use super::{ALIVE, Mode, Stored, UNKNOWN, check};

#[test]
fn a_run_that_waits_for_a_person_says_what_it_asks() {
    check(&[
        (
            r#"{"left":true,"counts":{"processed":214,"total":512},"progress":{"unit":"policies"}}"#,
            Mode::None,
            "Waiting for a worker again",
            "214 of 512 policies, when its worker stopped answering.",
        ),
        (
            r#"{"left":true,"heard":999999,"progress":{"phase":{"key":"a","label":"Looking"}}}"#,
            Mode::None,
            "Waiting for a worker again",
            "",
        ),
        (
            r#"{"left":true,"status":"queued","created":5}"#,
            Mode::Activity,
            "Queued",
            "",
        ),
        (
            r#"{"asks":"Delete 14 rows?"}"#,
            Mode::None,
            "Waiting for a person: Delete 14 rows?",
            "",
        ),
        (
            r#"{"asks":"Delete 14 rows?","heard":999999,"every":5,"counts":{"processed":3,"total":9},"progress":{"message":"Halted"}}"#,
            Mode::None,
            "Waiting for a person: Delete 14 rows?",
            "3 of 9 items. “Halted”",
        ),
        (
            r#"{"asks":"Which one?","progress":{"phase":{"key":"a","label":"Looking"}}}"#,
            Mode::None,
            "Waiting for a person: Which one?",
            "",
        ),
        (
            r#"{"asks":"Which one?","status":"queued","created":999999}"#,
            Mode::None,
            "Waiting for a person: Which one?",
            "",
        ),
        (
            r#"{"asks":"Which one?","status":"completed","outcome":"succeeded"}"#,
            Mode::None,
            "Finished",
            "",
        ),
    ]);
    let shown = Stored::read(r#"{"asks":"Why?","heard":999999}"#).shown();
    assert!(!shown.stale && shown.guidance.is_none());
}

#[test]
fn a_completed_run_moves_no_more() {
    check(&[
        (
            r#"{"status":"completed","outcome":"succeeded"}"#,
            Mode::None,
            "Finished",
            "",
        ),
        (
            r#"{"status":"completed","outcome":"partially_succeeded"}"#,
            Mode::None,
            "Finished with follow-up",
            "",
        ),
        (
            r#"{"status":"completed","outcome":"blocked"}"#,
            Mode::None,
            "Blocked",
            "",
        ),
        (
            r#"{"status":"completed","outcome":"failed"}"#,
            Mode::None,
            "Failed",
            "",
        ),
        (
            r#"{"status":"completed","outcome":"cancelled"}"#,
            Mode::None,
            "Cancelled",
            "",
        ),
        (
            r#"{"status":"completed","outcome":"failed","lost":true}"#,
            Mode::None,
            "Lost",
            "",
        ),
        (r#"{"status":"completed"}"#, Mode::None, "Failed", ""),
        (
            r#"{"status":"completed","outcome":"succeeded","heard":999999}"#,
            Mode::None,
            "Finished",
            "",
        ),
        (
            r#"{"status":"completed","outcome":"succeeded","counts":{"processed":512,"total":512},"progress":{"unit":"policies"}}"#,
            Mode::None,
            "Finished",
            "512 of 512 policies.",
        ),
        (
            r#"{"status":"completed","outcome":"failed","counts":{"processed":3,"total":9},"progress":{"message":"the disk is full"}}"#,
            Mode::None,
            "Failed",
            "3 of 9 items. “the disk is full”",
        ),
        (
            r#"{"status":"completed","outcome":"succeeded","progress":{"phase":{"key":"a","label":"Collecting"},"parts":{"running":2}}}"#,
            Mode::None,
            "Finished",
            "",
        ),
    ]);
}

#[test]
fn counts_are_shown_as_they_are() {
    check(&[
        (
            r#"{"counts":{"processed":214,"total":512},"progress":{"unit":"policies"}}"#,
            Mode::Counted,
            "214 of 512 policies",
            "",
        ),
        (
            r#"{"counts":{"processed":214,"total":512}}"#,
            Mode::Counted,
            "214 of 512 items",
            "",
        ),
        (
            r#"{"counts":{"processed":0,"total":512}}"#,
            Mode::Counted,
            "0 of 512 items",
            "",
        ),
        (
            r#"{"counts":{"processed":512,"total":512}}"#,
            Mode::Counted,
            "512 of 512 items, finishing",
            "",
        ),
        (
            r#"{"counts":{"processed":1,"total":1}}"#,
            Mode::Counted,
            "1 of 1 items, finishing",
            "",
        ),
        (
            r#"{"counts":{"processed":9999,"total":10000}}"#,
            Mode::Counted,
            "9999 of 10\u{202F}000 items",
            "",
        ),
        (
            r#"{"counts":{"processed":214,"total":1000},"progress":{"total_grew":{"from":900,"at":"2026-11-20T17:31:00Z"}}}"#,
            Mode::Counted,
            "214 of 1000 items",
            "The total grew from 900 at 17:31 UTC.",
        ),
        (
            r#"{"counts":{"processed":2,"total":9},"progress":{"unit":"rows","message":"reading the log"}}"#,
            Mode::Counted,
            "2 of 9 rows",
            "“reading the log”",
        ),
    ]);
}

#[test]
fn without_a_reliable_total_there_is_no_bar() {
    check(&[
        (
            r#"{"counts":{"processed":530,"total":512},"progress":{"unit":"policies"}}"#,
            Mode::Activity,
            "530 of 512 policies, more than expected",
            "",
        ),
        (
            r#"{"counts":{"processed":18422},"progress":{"unit":"rows"}}"#,
            Mode::Activity,
            "18\u{202F}422 rows so far",
            UNKNOWN,
        ),
        (
            r#"{"counts":{"processed":5,"total":0}}"#,
            Mode::Activity,
            "5 items so far",
            UNKNOWN,
        ),
        (
            r#"{"counts":{"processed":0}}"#,
            Mode::Activity,
            "0 items so far",
            UNKNOWN,
        ),
    ]);
}

#[test]
fn other_counts_never_stand_in_for_processed() {
    check(&[
        (
            r#"{"counts":{"total":512}}"#,
            Mode::Activity,
            "Working",
            ALIVE,
        ),
        (
            r#"{"counts":{"succeeded":214,"total":512}}"#,
            Mode::Activity,
            "Working",
            ALIVE,
        ),
        (
            r#"{"counts":{"failed":1,"skipped":3,"total":512}}"#,
            Mode::Activity,
            "Working",
            ALIVE,
        ),
        (
            r#"{"counts":{"items":512,"created":9}}"#,
            Mode::Activity,
            "Working",
            ALIVE,
        ),
        (
            r#"{"status":"queued","created":5,"counts":{"processed":1,"total":2}}"#,
            Mode::Activity,
            "Queued",
            "",
        ),
    ]);
}

#[test]
fn plain_activity() {
    check(&[
        ("{}", Mode::Activity, "Working", ALIVE),
        (
            r#"{"heard":0}"#,
            Mode::Activity,
            "Working",
            "Last sign of life 0 s ago.",
        ),
        (
            r#"{"heard":120}"#,
            Mode::Activity,
            "Working",
            "Last sign of life 2 min ago.",
        ),
        (
            r#"{"progress":{"message":"sorting the mailbox"}}"#,
            Mode::Activity,
            "Working",
            "Last sign of life 4 s ago. “sorting the mailbox”",
        ),
        (
            r#"{"status":"queued","created":5}"#,
            Mode::Activity,
            "Queued",
            "",
        ),
        (
            r#"{"status":"queued","created":5,"progress":{"message":"waiting for a licence"}}"#,
            Mode::Activity,
            "Queued",
            "“waiting for a licence”",
        ),
    ]);
}
