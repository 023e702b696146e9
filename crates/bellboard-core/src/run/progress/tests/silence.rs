//! A run that has been silent for too long.

use super::{Mode, Stored};

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
