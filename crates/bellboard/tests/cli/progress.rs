//! `bellboard progress`: counts, phases, parts and words; never a percentage.

use serde_json::json;

use crate::place::{Hub, Place, Said};

/// Reports from inside of a run that goes on until the test has looked; the run as it stands after the report.
fn reported(place: &Place, report: &str) -> serde_json::Value {
    let script = format!("bellboard progress {report} && bellboard runs show --json");
    let said = place.run([
        "run", "--quiet", "--label", "Inside", "--", "sh", "-c", &script,
    ]);
    assert_eq!(said.code, 0, "{report}: {}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn every_form_arrives_as_the_presenter_tells_it() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let table = [
        ("214/512 --unit policies", "counted", "214 of 512 policies"),
        (
            "512/512 --unit policies",
            "counted",
            "512 of 512 policies, finishing",
        ),
        ("18422 --unit rows", "activity", "18\u{202f}422 rows so far"),
        (
            "--phase \"collecting evidence\"",
            "phased",
            "Collecting evidence",
        ),
        (
            "--parts succeeded=2,follow_up=1,running=4,waiting=2",
            "composite",
            "2 finished, 1 needs a look, 4 running, 2 waiting",
        ),
    ];
    for (report, mode, label) in table {
        let run = reported(&place, report);
        assert_eq!(
            (&run["progress"]["mode"], &run["progress"]["label"]),
            (&json!(mode), &json!(label)),
            "{report}"
        );
    }
    let run = reported(
        &place,
        "--phase 2/4 \"collecting evidence\" --message 'three workloads left'",
    );
    assert_eq!(run["progress"]["mode"], "phased");
    assert_eq!(run["progress"]["phase"]["key"], "collecting_evidence");
    assert_eq!(
        run["progress"]["detail"]
            .as_str()
            .map(|detail| detail.contains("three workloads left")),
        Some(true),
        "{run:#}"
    );
}

#[test]
fn a_percentage_is_refused_with_the_right_form() {
    let place = Place::new();
    let text = "Bellboard does not take percentages. Give done and total: bellboard progress 214/512 --unit policies";
    for words in [
        &["42%"][..],
        &["42.5%"],
        &["--percent", "42"],
        &["--percentage=42"],
        &["--phase", "42%"],
        &["--parts", "done=42%"],
    ] {
        let said = place.run(["progress"].iter().chain(words));
        assert_eq!(said.code, 2, "{words:?}");
        assert_eq!(said.err, format!("error: {text}\n"), "{words:?}");
        assert_eq!(said.out, "");
    }
}

#[test]
fn wrong_counts_are_refused_before_anything_is_sent() {
    let place = Place::new();
    for words in [&["a/b"][..], &["-1/5"], &["1.5/3"], &["--parts", "half=1"]] {
        assert_eq!(
            place.run(["progress"].iter().chain(words)).code,
            2,
            "{words:?}"
        );
    }
    let said = place.run(["progress", "1/2"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("BELLBOARD_RUN"), "{}", said.err);
}

#[test]
fn what_the_hub_refuses_is_said_with_its_reason() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let long = "x".repeat(60);
    // The hub knows the run by then, so the refusal is the command's own.
    let script = format!("bellboard runs show --quiet >&2; bellboard progress 1/2 --unit {long}");
    let said = place.run(["run", "--quiet", "--", "sh", "-c", &script]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("error: unit"), "{}", said.err);
    let unknown = Said::of(
        place
            .bellboard(["progress", "1/2"])
            .env("BELLBOARD_RUN", "019aa3f2-7b1c-7000-8000-000000000000")
            .output()
            .unwrap(),
    );
    assert_eq!(unknown.code, 1, "{}", unknown.err);
}

#[test]
fn the_last_line_tells_what_was_counted() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let said = place.run([
        "run",
        "--",
        "bellboard",
        "progress",
        "512/512",
        "--unit",
        "policies",
    ]);
    assert!(
        said.err
            .lines()
            .last()
            .unwrap()
            .ends_with(": 512 of 512 policies"),
        "{}",
        said.err
    );
}
