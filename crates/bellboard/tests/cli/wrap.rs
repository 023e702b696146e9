//! `bellboard run`: the command is untouched, and the hub is told the truth.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::place::{Hub, Place, Said, until};

#[test]
fn a_command_that_ends_well_is_seen_and_left_alone() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let said = place.run([
        "run",
        "--label",
        "Build",
        "--",
        "sh",
        "-c",
        "echo out; echo err >&2",
    ]);
    assert_eq!((said.code, said.out.as_str()), (0, "out\n"));
    let lines: Vec<&str> = said.err.lines().collect();
    let run = place.only_run();
    let id = run["id"].as_str().unwrap();
    assert!(lines.contains(&"err"), "{lines:?}");
    assert!(
        lines.contains(
            &format!("▸ Watching as run {} · {}/ui/runs/{id}", &id[28..], hub.url).as_str()
        ),
        "{lines:?}"
    );
    assert!(
        lines.last().unwrap().starts_with("✓ Finished in "),
        "{lines:?}"
    );
    assert_eq!(run["label"], "Build");
    assert_eq!(run["status"], "completed");
    assert_eq!(run["outcome"], "succeeded");
    assert_eq!(run["grade"], "observed");
    assert_eq!(run["failures"], json!([]));
    assert_eq!(run["initiator_name"], "mara");
    assert_eq!(run["heartbeat_seconds"], 30);
    assert!(place.spooled().is_empty());
}

#[test]
fn exit_codes_pass_through_and_failures_need_a_look() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    for (script, code, failure) in [
        ("exit 1", 1, "exit.1"),
        ("exit 7", 7, "exit.7"),
        ("exit 255", 255, "exit.255"),
        ("kill -9 $$", 137, "signal.sigkill"),
    ] {
        let said = place.run(["run", "--label", script, "--", "sh", "-c", script]);
        assert_eq!(said.code, code, "{script}: {}", said.err);
        let run = &place.runs()[0];
        assert_eq!(run["outcome"], "failed", "{script}");
        assert_eq!(run["failures"][0]["code"], failure);
    }
    assert_eq!(place.run(["status", "--exit-code"]).code, 10);
    assert_eq!(place.run(["status", "--short"]).out, "4! 0▸\n");
}

#[test]
fn a_program_that_is_not_there_is_a_failed_run_with_the_code_of_shells() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let said = place.run(["run", "--", "/nowhere/compare.sh"]);
    assert_eq!(said.code, 127);
    assert!(
        said.err
            .contains("/nowhere/compare.sh cannot be started: no such program"),
        "{}",
        said.err
    );
    let said = place.run(["run", "--", place.folder.to_str().unwrap()]);
    assert_eq!(said.code, 126);
    let runs = place.runs();
    assert_eq!(
        runs[1]["failures"][0],
        json!({"code": "exit.127", "message": "Could not be started: no such program", "count": 1})
    );
    assert_eq!(runs[0]["failures"][0]["code"], "exit.126");
}

#[test]
fn the_last_lines_of_a_failure_are_kept_without_their_secrets() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let script = "for i in $(seq 1 30); do echo line $i; done; echo token=abcdef; echo $DEPLOY_TOKEN >&2; exit 1";
    let said = Said::of(
        place
            .bellboard(["run", "--", "sh", "-c", script])
            .env("DEPLOY_TOKEN", "very-secret-thing")
            .output()
            .unwrap(),
    );
    assert!(
        said.out.ends_with("line 30\ntoken=abcdef\n"),
        "what the command prints is not touched"
    );
    let id = place.only_run()["id"].as_str().unwrap().to_owned();
    let shown = place.run(["runs", "show", &id]).out;
    for there in [
        "line 30",
        "line 15",
        "token=[hidden]",
        "[hidden]",
        "Known         the exit code was seen",
    ] {
        assert!(shown.contains(there), "{there}: {shown}");
    }
    for absent in ["line 5\n", "abcdef", "very-secret-thing"] {
        assert!(!shown.contains(absent), "{absent}: {shown}");
    }
    let all = place.run(["runs", "show", &id, "--json"]).out;
    assert!(
        !all.contains("very-secret-thing") && !all.contains("abcdef"),
        "{all}"
    );
}

#[test]
fn counts_that_a_command_prints_are_found_when_asked_for() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let gate = place.folder.join("gate");
    let script = format!(
        "printf '1/3 files\\r2/3 files\\r'; while [ ! -e {} ]; do sleep 0.05; done; echo 3/3 >&2",
        gate.display()
    );
    let arguments = [
        "run",
        "--progress",
        "--unit",
        "files",
        "--",
        "sh",
        "-c",
        &script,
    ];
    let running = place
        .bellboard(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the board shows what was printed", || {
        let runs = place.runs();
        (runs.first()?["progress"]["label"] == "2 of 3 files").then_some(())
    });
    std::fs::write(&gate, "").unwrap();
    let said = Said::of(running.wait_with_output().unwrap());
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "1/3 files\r2/3 files\r")
    );
    assert!(said.err.contains("3/3\n"), "{}", said.err);
    let counts = &place.only_run()["summary_counts"];
    assert_eq!(
        (&counts["processed"], &counts["total"]),
        (&json!(3), &json!(3))
    );
    // Without being asked nothing is read into what is printed; an expression finds what is said otherwise.
    place.run(["run", "--label", "plain", "--", "echo", "4/5"]);
    assert_eq!(place.runs()[0]["summary_counts"]["processed"], json!(null));
    let by_regex = [
        "run",
        "--progress-regex",
        r"page (\d+) of (?<total>\d+)",
        "--",
        "echo",
        "page 4 of 9",
    ];
    assert_eq!(place.run(by_regex).code, 0);
    assert_eq!(place.runs()[0]["summary_counts"]["total"], 9);
    let said = place.run(["run", "--progress-regex", "page", "--", "true"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("needs a group"), "{}", said.err);
    drop(hub);
}

#[test]
fn a_success_tells_nothing_of_what_it_printed() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    place.run(["run", "--", "echo", "private words"]);
    let id = place.only_run()["id"].as_str().unwrap().to_owned();
    assert!(!place.run(["runs", "show", &id]).out.contains("LAST LINES"));
}

#[test]
fn the_command_gets_the_input_and_a_big_output_passes_whole() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let mut wrapped = place
        .bellboard([
            "run",
            "--quiet",
            "--",
            "sh",
            "-c",
            "cat; head -c 3000000 /dev/zero",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut wrapped.stdin.take().unwrap(), b"typed").unwrap();
    let output = wrapped.wait_with_output().unwrap();
    assert_eq!(output.stdout.len(), 3_000_005);
    assert!(output.stdout.starts_with(b"typed"));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "",
        "--quiet says nothing"
    );
}

#[test]
fn a_reader_that_leaves_ends_the_command_as_without_us() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let mut wrapped = place
        .bellboard(["run", "--", "yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let reader = Command::new("head")
        .arg("-1")
        .stdin(wrapped.stdout.take().unwrap())
        .output()
        .unwrap();
    assert_eq!(reader.stdout, b"y\n");
    assert_eq!(wrapped.wait().unwrap().code(), Some(141), "128 and SIGPIPE");
    assert_eq!(place.only_run()["failures"][0]["code"], "signal.sigpipe");
}

#[test]
fn what_must_not_run_twice_does_not() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let go = place.folder.join("go");
    let script = format!("while ! test -e {}; do sleep 0.05; done", go.display());
    let keyed = |more: &[&str], script: &str| {
        let mut words = vec!["run", "--key", "nightly", "--label", "Nightly"];
        words.extend(more);
        words.extend(["--", "sh", "-c", script]);
        words.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut first = place
        .bellboard(keyed(&[], &script))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the first runs", || {
        place
            .runs()
            .first()
            .filter(|run| run["status"] == "running")
            .cloned()
    });

    let touched = place.folder.join("touched");
    let touch = format!("touch {}", touched.display());
    let second = place.run(keyed(&[], &touch));
    assert_eq!(second.code, 75, "{}", second.err);
    assert!(
        second.err.contains("Already running since "),
        "{}",
        second.err
    );
    assert!(
        second.err.contains(", asked by mara: run "),
        "{}",
        second.err
    );
    assert!(second.err.contains("Nothing started."), "{}", second.err);
    let third = place.run(keyed(&["--if-running", "skip"], &touch));
    assert_eq!(third.code, 0, "{}", third.err);
    assert!(!touched.exists(), "nothing started");
    // Another key, or no key, is another matter.
    assert_eq!(place.run(["run", "--key", "weekly", "--", "true"]).code, 0);

    let mut waiting = place
        .bellboard(keyed(&["--if-running", "wait"], &touch))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = std::io::BufRead::lines(std::io::BufReader::new(waiting.stderr.as_mut().unwrap()))
        .next()
        .unwrap()
        .unwrap();
    assert!(said.contains("Waiting for its end."), "{said}");
    assert!(!touched.exists());
    std::fs::write(&go, "").unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert!(touched.exists());
    let nightly = place
        .runs()
        .iter()
        .filter(|run| run["label"] == "Nightly")
        .count();
    assert_eq!(nightly, 2, "the first and the one that waited");
}

#[test]
fn a_run_belongs_where_it_is_said_to_belong() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    assert_eq!(place.run(["engagements", "create", "Aster Bank"]).code, 0);
    assert_eq!(
        place
            .run([
                "run",
                "--in",
                "aster",
                "--type",
                "baseline.compare",
                "--",
                "true"
            ])
            .code,
        0
    );
    let run = &place.runs()[0];
    assert_eq!(run["engagement_slug"], "aster-bank");
    assert_eq!(run["type"], "baseline.compare");
    // A wrong name stops no command; it is said, and the reports are kept.
    let said = place.run(["run", "--in", "nowhere", "--", "sh", "-c", "exit 3"]);
    assert_eq!(said.code, 3);
    assert!(
        said.err
            .contains("No engagement of yours is called `nowhere`. Yours are: "),
        "{}",
        said.err
    );
    assert_eq!(place.runs().len(), 1);
    assert_eq!(place.spooled().len(), 1);
    assert_eq!(place.spooled()[0].extension().unwrap(), "refused");
}

#[test]
fn the_board_may_ask_that_a_command_ends() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let wrapped = place
        .bellboard(["run", "--heartbeat-seconds", "1", "--", "sleep", "600"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = until("it runs", || {
        Some(place.runs().first()?["id"].as_str()?.to_owned())
    });
    assert_eq!(place.run(["runs", "cancel", &id]).code, 0);
    let said = Said::of(wrapped.wait_with_output().unwrap());
    assert_eq!(said.code, 143, "{}", said.err);
    assert!(
        said.err.contains("mara asked on the board that this ends"),
        "{}",
        said.err
    );
    assert_eq!(place.only_run()["outcome"], "cancelled");
}
