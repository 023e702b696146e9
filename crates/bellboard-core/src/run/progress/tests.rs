//! The progress contract as tables: what is stored on the left, what everybody reads on the right.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Mode, Progress, ProgressFacts, progress};
use crate::run::declaration::Declaration;
use crate::run::liveness::SignsOfLife;
use crate::run::{Outcome, RunType, Status, SummaryCounts};
use crate::time::Timestamp;

fn now() -> Timestamp {
    "2026-11-20T17:40:00Z".parse().unwrap()
}

/// A stored run, written as JSON: `status` (running), `counts`, `progress`, `type`, `outcome`, `lost`, and in seconds
/// before now `created` (3600), `heard` (4) and `every` (the promised interval); `asks` is what it asks a person.
struct Stored {
    setup: Value,
    counts: SummaryCounts,
    run_type: RunType,
}

impl Stored {
    fn read(setup: &str) -> Self {
        let setup: Value =
            serde_json::from_str(setup).unwrap_or_else(|fault| panic!("{setup}: {fault}"));
        let counts =
            serde_json::from_value(setup.get("counts").cloned().unwrap_or_else(|| json!({})))
                .unwrap();
        let run_type = setup
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("nightly.sync")
            .parse()
            .unwrap();
        Self {
            setup,
            counts,
            run_type,
        }
    }

    fn word(&self, key: &str) -> Option<&str> {
        self.setup.get(key).and_then(Value::as_str)
    }

    fn seconds(&self, key: &str) -> Option<Duration> {
        self.setup
            .get(key)
            .and_then(Value::as_u64)
            .map(Duration::from_secs)
    }

    fn shown(&self) -> Progress {
        let status = Status::parse(self.word("status").unwrap_or("running")).unwrap();
        let lost = self.setup["lost"] == true;
        let created_at = now() - self.seconds("created").unwrap_or(Duration::from_hours(1));
        let has_begun = status != Status::Queued;
        let heard = self
            .seconds("heard")
            .or(has_begun.then_some(Duration::from_secs(4)));
        let signs = SignsOfLife {
            status,
            created_at,
            started_at: has_begun.then_some(created_at),
            last_seen_at: heard.map(|ago| now() - ago),
            heartbeat_interval: self.seconds("every"),
            ever_heartbeat: self.setup["never_heard"] != true,
            completed_at: (status == Status::Completed).then(now),
            lost,
            waits_for_person: self.word("asks").is_some(),
        };
        let declared = Declaration::known_or_general(&self.run_type);
        let facts = ProgressFacts {
            status,
            outcome: self.word("outcome").and_then(Outcome::parse),
            lost,
            counts: &self.counts,
            progress: self.setup.get("progress"),
            waiting_for: self.word("asks"),
            waits_for_worker: self.setup["left"] == true,
            signs,
            phases: &declared.phases,
            policy: declared.policy,
        };
        progress(&facts, now())
    }
}

/// What is stored, the mode, the label, the detail (empty for none).
type Row = (&'static str, Mode, &'static str, &'static str);

fn check(rows: &[Row]) {
    for (setup, mode, label, detail) in rows {
        let shown = Stored::read(setup).shown();
        let seen = (
            shown.mode,
            shown.label.as_str(),
            shown.detail.as_deref().unwrap_or_default(),
        );
        assert_eq!(seen, (*mode, *label, *detail), "{setup}");
        assert_eq!(shown.as_of, now());
    }
}

const ALIVE: &str = "Last sign of life 4 s ago.";
const UNKNOWN: &str = "The source does not say how many there are.";

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

/// What is stored, the label, the guidance, the detail (empty for none).
type SilentRow = (&'static str, &'static str, &'static str, &'static str);

const SILENT: [SilentRow; 9] = [
    (
        r#"{"heard":720,"every":30}"#,
        "No sign of life for 12 min",
        "No sign of life for 12 min. Expected every 30 s.",
        "Last heard of at 17:28 UTC.",
    ),
    (
        r#"{"heard":720,"every":30,"counts":{"processed":214,"total":512},"progress":{"unit":"policies"}}"#,
        "No sign of life for 12 min",
        "No sign of life for 12 min. Expected every 30 s.",
        "Last heard of at 17:28 UTC: 214 of 512 policies.",
    ),
    (
        r#"{"heard":720,"every":30,"progress":{"phase":{"key":"c","label":"comparing","number":2,"of":4}}}"#,
        "No sign of life for 12 min",
        "No sign of life for 12 min. Expected every 30 s.",
        "Last heard of at 17:28 UTC: Phase 2 of 4: comparing.",
    ),
    (
        r#"{"heard":720,"every":90,"progress":{"parts":{"running":3},"message":"nearly there"}}"#,
        "No sign of life for 12 min",
        "No sign of life for 12 min. Expected every 90 s.",
        "Last heard of at 17:28 UTC: 3 running. “nearly there”",
    ),
    (
        r#"{"heard":601}"#,
        "No sign of life for 10 min",
        "No sign of life for 10 min. Expected at least every 10 min.",
        "Last heard of at 17:29 UTC.",
    ),
    (
        r#"{"created":21601,"heard":21601,"never_heard":true}"#,
        "No sign of life for 6 h",
        "No sign of life for 6 h. Expected at least every 6 h.",
        "Last heard of at 11:39 UTC.",
    ),
    (
        r#"{"status":"queued","created":1200}"#,
        "Queued for 20 min",
        "Queued for 20 min. Expected to start within 15 min.",
        "",
    ),
    (
        r#"{"status":"queued","created":1200,"every":5,"progress":{"message":"second in line"}}"#,
        "Queued for 20 min",
        "Queued for 20 min. Expected to start within 15 min.",
        "“second in line”",
    ),
    (
        r#"{"status":"queued","created":200000}"#,
        "Queued for 2 d",
        "Queued for 2 d. Expected to start within 15 min.",
        "",
    ),
];

#[test]
fn silence_goes_before_everything_that_was_said() {
    for (setup, label, guidance, detail) in SILENT {
        let shown = Stored::read(setup).shown();
        assert!(shown.stale, "{setup}");
        assert_eq!(shown.mode, Mode::Activity, "{setup}");
        assert_eq!(shown.label, label, "{setup}");
        assert_eq!(shown.guidance.as_deref(), Some(guidance), "{setup}");
        assert_eq!(
            shown.detail.as_deref().unwrap_or_default(),
            detail,
            "{setup}"
        );
        let numbers = (
            shown.processed,
            shown.total,
            shown.unit,
            shown.phase,
            shown.parts,
        );
        assert_eq!(
            numbers,
            (None, None, None, None, None),
            "indeterminate whatever was counted: {setup}"
        );
    }
}

#[test]
fn a_run_within_its_patience_is_not_called_silent() {
    let setups = [
        r#"{"heard":90,"every":30}"#,
        r#"{"heard":600}"#,
        r#"{"created":21600,"heard":21600,"never_heard":true}"#,
        r#"{"status":"queued","created":900}"#,
    ];
    for setup in setups {
        let shown = Stored::read(setup).shown();
        assert!(!shown.stale && shown.guidance.is_none(), "{setup}");
    }
}

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
