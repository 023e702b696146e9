//! `bellboard runs`: lists and their filters, reports and ends from a script, and following one to its end.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::place::{Hub, Place, Said, until};

/// A run that goes on until the file `go` is there.
fn open_run(place: &Place, label: &str) -> (std::process::Child, String) {
    let go = place.folder.join("go");
    let script = format!("while ! test -e {}; do sleep 0.05; done", go.display());
    let wrapped = place
        .bellboard([
            "run", "--quiet", "--label", label, "--", "sh", "-c", &script,
        ])
        .spawn()
        .unwrap();
    let id = until("it runs", || {
        let runs = place.runs();
        let run = runs
            .iter()
            .find(|run| run["label"] == label && run["status"] == "running")?;
        Some(run["id"].as_str()?.to_owned())
    });
    (wrapped, id)
}

fn let_go(place: &Place) {
    std::fs::write(place.folder.join("go"), "").unwrap();
}

#[test]
fn lists_are_filtered_and_paged() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    assert_eq!(place.run(["engagements", "create", "Aster Bank"]).code, 0);
    for (engagement, kind, script) in [
        ("my-work", "build", "true"),
        ("my-work", "build", "false"),
        ("aster-bank", "compare", "true"),
    ] {
        place.run([
            "run", "--quiet", "--in", engagement, "--type", kind, "--", script,
        ]);
    }
    let count = |filter: &[&str]| {
        let list = place.json(&[&["runs", "list"], filter].concat());
        (
            list["items"].as_array().unwrap().len(),
            list["total_count"].as_u64().unwrap(),
        )
    };
    assert_eq!(count(&[]), (3, 3));
    assert_eq!(count(&["--in", "aster"]), (1, 1));
    assert_eq!(count(&["--outcome", "failed"]), (1, 1));
    assert_eq!(count(&["--type", "build"]), (2, 2));
    assert_eq!(count(&["--status", "running"]), (0, 0));
    assert_eq!(count(&["--limit", "2"]), (2, 3));
    let first = place.json(&["runs", "list", "--limit", "2"]);
    let rest = place.json(&[
        "runs",
        "list",
        "--limit",
        "2",
        "--cursor",
        first["next_cursor"].as_str().unwrap(),
    ]);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], Value::Null);
    for (wrong, words) in [
        (["--limit", "0"], "limit"),
        (["--status", "done"], "status"),
        (["--cursor", "broken"], "cursor"),
        (["--outcome", "odd"], "outcome"),
    ] {
        let said = place.run(["runs", "list"].iter().chain(&wrong));
        assert_eq!(said.code, 1, "{wrong:?}");
        assert!(said.err.contains(words), "{wrong:?}: {}", said.err);
    }
    assert_eq!(place.run(["runs", "list", "--in", "nowhere"]).code, 2);
}

#[test]
fn a_script_reports_and_ends_what_it_does_not_wrap() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let (mut wrapped, id) = open_run(&place, "By hand");
    let short = &id[28..];
    let said = place.run(["runs", "report", "--run", short, "3/4", "--unit", "steps"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (0, "▸ By hand: 3 of 4 steps\n")
    );
    let said = place.run(["runs", "report", "--run", short, "75%"]);
    assert_eq!(said.code, 2);
    let said = place.run([
        "runs",
        "finish",
        "--run",
        short,
        "--outcome",
        "blocked",
        "-m",
        "Waits for Jonas",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(place.only_run()["outcome"], "blocked");
    // The same again is yes; something else is told what stands.
    let again = |outcome: &str| place.run(["runs", "finish", "--run", short, "--outcome", outcome]);
    assert_eq!(again("blocked").code, 0);
    let said = again("succeeded");
    assert_eq!(said.code, 1);
    assert!(said.err.contains("blocked"), "{}", said.err);
    assert_eq!(again("odd").code, 1);
    // The command that is wrapped ends well afterwards: what stands, stands, and its own exit code is its own.
    let_go(&place);
    assert_eq!(wrapped.wait().unwrap().code(), Some(0));
    assert_eq!(place.only_run()["outcome"], "blocked");
    assert!(place.spooled().is_empty());
    assert_eq!(place.run(["runs", "done", short, "-m", "seen"]).code, 0);
    assert_eq!(place.run(["status", "--short"]).out, "0! 0▸\n");
}

#[test]
fn following_a_run_tells_each_change_until_its_end() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let (mut wrapped, id) = open_run(&place, "Followed");
    let mut watch = place
        .bellboard(["runs", "watch", &id, "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["status"], "running");
    place.run(["runs", "report", "--run", &id, "2/9"]);
    assert_eq!(
        next()["summary_counts"],
        json!({"processed": 2, "total": 9})
    );
    let_go(&place);
    let mut last = next();
    while last["status"] != "completed" {
        last = next();
    }
    assert_eq!(last["outcome"], "succeeded");
    assert_eq!(watch.wait().unwrap().code(), Some(0));
    assert_eq!(wrapped.wait().unwrap().code(), Some(0));
    let said = place.run(["runs", "watch", &id]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "✓ Followed: Finished\n")
    );
}

#[test]
fn an_id_that_is_none_is_said() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    for arguments in [
        &["runs", "show", "abcdef01"][..],
        &["runs", "watch", "abcdef01"],
        &["runs", "done", "../me"],
    ] {
        let said = place.run(arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.err);
        assert!(
            said.err.contains("No run of yours begins or ends with"),
            "{}",
            said.err
        );
    }
    let said = place.run(["runs", "show", "019aa3f2-7b1c-7000-8000-000000000000"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("not yours to see"), "{}", said.err);
}

#[test]
fn wrappers_that_are_killed_leave_one_run_each() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    for round in 0..8_u64 {
        let label = format!("round {round}");
        let mut wrapped = place
            .bellboard([
                "run",
                "--label",
                &label,
                "--",
                "sh",
                "-c",
                "bellboard progress 1/2; exec sleep 2",
            ])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if round % 2 == 0 {
            // Once it has said that the hub knows; otherwise as soon as it breathes.
            BufReader::new(wrapped.stderr.as_mut().unwrap())
                .lines()
                .next()
                .unwrap()
                .unwrap();
        }
        wrapped.kill().unwrap();
        wrapped.wait().unwrap();
    }
    assert_eq!(place.run(["spool", "flush"]).code, 0);
    let runs = place.runs();
    for round in 0..8 {
        let label = format!("round {round}");
        let of_round = runs
            .iter()
            .filter(|run| run["label"] == label.as_str())
            .count();
        assert!(
            of_round <= 1 && (of_round == 1 || round % 2 == 1),
            "{label}: {of_round}"
        );
    }
    assert!(
        runs.iter().all(|run| run["status"] == "running"),
        "nobody saw an end"
    );
}

#[test]
fn a_reader_sees_and_may_not_report() {
    let place = Place::new();
    let hub = Hub::start(&place);
    assert_eq!(place.run(["agents", "create", "stranger"]).code, 0);
    let secret = place
        .run(["token", "create", "For a stranger", "--agent", "stranger"])
        .out
        .trim()
        .to_owned();
    let elsewhere = Place::new();
    let as_stranger = |arguments: &[&str]| {
        let mut command = elsewhere.bellboard(arguments);
        Said::of(
            command
                .env("BELLBOARD_URL", &hub.url)
                .env("BELLBOARD_TOKEN", &secret)
                .output()
                .unwrap(),
        )
    };
    let (mut wrapped, id) = open_run(&place, "Not theirs");
    assert_eq!(
        as_stranger(&["runs", "show", &id]).code,
        1,
        "what one may not see does not exist"
    );
    assert_eq!(
        as_stranger(&["runs", "finish", "--run", &id, "--outcome", "failed"]).code,
        1
    );
    assert!(as_stranger(&["runs", "list"]).out.contains("No runs match"));
    // Their command runs all the same; it is told that it has no place.
    let said = as_stranger(&["run", "--", "sh", "-c", "exit 3"]);
    assert_eq!(said.code, 3);
    assert!(
        said.err.contains("You belong to no engagement"),
        "{}",
        said.err
    );
    let_go(&place);
    assert_eq!(wrapped.wait().unwrap().code(), Some(0));
    assert_eq!(place.only_run()["outcome"], "succeeded");
}
