//! A hub that is away: the command runs all the same, and later the run appears once, with its true times.

use std::process::Stdio;
use std::time::Duration;

use crate::place::{Hub, Place, Said, until};
use bellboard_core::time::Timestamp;
use serde_json::Value;

fn time(run: &Value, field: &str) -> Timestamp {
    run[field].as_str().unwrap().parse().unwrap()
}

/// A place whose hub was there and is away now; the port it had.
fn abandoned() -> (Place, String) {
    let place = Place::new();
    let port = Hub::start(&place).stop();
    (place, port)
}

#[test]
fn a_run_without_a_hub_is_told_later_and_once() {
    let (place, port) = abandoned();
    let script = "bellboard progress 3/9 --unit files; sleep 1.2; bellboard progress 9/9; exit 5";
    let said = place.run(["run", "--label", "Away", "--", "sh", "-c", script]);
    assert_eq!(said.code, 5, "{}", said.err);
    let warnings = said
        .err
        .lines()
        .filter(|line| line.contains("cannot be reached"))
        .count();
    assert_eq!(warnings, 1, "{}", said.err);
    assert_eq!(place.spooled().len(), 1);

    let hub = Hub::start_again(&place, &port);
    let status = place.run(["status"]);
    assert!(
        status.err.contains("Delivered the reports of 1 run"),
        "{}",
        status.err
    );
    assert!(
        status
            .out
            .starts_with("1 needs you · 0 active · 1 finished"),
        "{}",
        status.out
    );
    let run = place.only_run();
    assert_eq!(
        (&run["label"], &run["outcome"], &run["grade"]),
        (&"Away".into(), &"failed".into(), &"observed".into())
    );
    assert_eq!(run["summary_counts"]["processed"], 9);
    let lasted = time(&run, "completed_at").saturating_since(time(&run, "started_at"));
    assert!(
        lasted >= Duration::from_millis(1_200),
        "the true times: {lasted:?}"
    );
    assert!(place.spooled().is_empty());

    // Nothing is left to deliver, and nothing comes twice.
    assert_eq!(place.run(["spool", "flush"]).code, 0);
    place.only_run();
    assert_eq!(place.json(&["status"])["needs_you"]["total_count"], 1);
    drop(hub);
}

#[test]
fn a_hub_that_comes_back_hears_of_a_run_that_goes_on() {
    let (place, port) = abandoned();
    let go = place.folder.join("go");
    let script = format!(
        "bellboard progress 1/2; while ! test -e {}; do sleep 0.05; done; bellboard progress 2/2",
        go.display()
    );
    let wrapped = place
        .bellboard(["run", "--heartbeat-seconds", "1", "--", "sh", "-c", &script])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("its start waits", || {
        (!place.spooled().is_empty()).then_some(())
    });
    let _hub = Hub::start_again(&place, &port);
    // Asked without delivering anything ourselves: `login-link` leaves the spool alone.
    until("the wrapper delivered it", || {
        place.spooled().is_empty().then_some(())
    });
    assert_eq!(place.only_run()["status"], "running");
    std::fs::write(&go, "").unwrap();
    let said = Said::of(wrapped.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("Watching as run "), "{}", said.err);
    assert!(
        said.err.lines().last().unwrap().ends_with(": 2 of 2 items"),
        "{}",
        said.err
    );
    assert_eq!(place.only_run()["outcome"], "succeeded");
}

#[test]
fn a_hub_that_goes_away_in_the_middle_hears_of_the_end_later() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let go = place.folder.join("go");
    let script = format!("while ! test -e {}; do sleep 0.05; done", go.display());
    let wrapped = place
        .bellboard(["run", "--", "sh", "-c", &script])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("it runs", || {
        place
            .runs()
            .first()
            .filter(|run| run["status"] == "running")
            .cloned()
    });
    let port = hub.stop();
    std::fs::write(&go, "").unwrap();
    let said = Said::of(wrapped.wait_with_output().unwrap());
    assert_eq!(said.code, 0);
    assert!(
        said.err.contains("The hub will hear of it later"),
        "{}",
        said.err
    );
    let _hub = Hub::start_again(&place, &port);
    assert_eq!(
        place.only_run()["outcome"],
        "succeeded",
        "runs list delivers before it shows"
    );
}

#[test]
fn a_wrapper_that_was_killed_left_its_start_behind() {
    let (place, port) = abandoned();
    let mut wrapped = place
        .bellboard(["run", "--label", "Killed", "--", "sleep", "2"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("its start is written to the end", || {
        let start = std::fs::read(place.spooled().pop()?).unwrap();
        start.ends_with(b"\n").then_some(())
    });
    wrapped.kill().unwrap();
    wrapped.wait().unwrap();
    let _hub = Hub::start_again(&place, &port);
    let run = place.only_run();
    assert_eq!(
        (&run["label"], &run["status"]),
        (&"Killed".into(), &"running".into()),
        "nobody saw its end"
    );
}

#[test]
fn a_replay_that_is_killed_again_and_again_doubles_nothing() {
    let (place, port) = abandoned();
    let script = "for i in $(seq 1 12); do bellboard progress --phase $i/12 \"phase $i\"; done";
    assert_eq!(
        place
            .run([
                "run", "--quiet", "--label", "Phases", "--", "sh", "-c", script
            ])
            .code,
        0
    );
    let _hub = Hub::start_again(&place, &port);
    for _ in 0..5 {
        let mut flush = place
            .bellboard(["spool", "flush"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Somewhere in the middle: as soon as the run is there, or a bit further each time.
        until("a part is there", || {
            let over = flush.try_wait().unwrap().is_some();
            let known = place
                .bellboard(["token", "list"])
                .output()
                .unwrap()
                .status
                .success();
            (over || known).then_some(())
        });
        drop(flush.kill());
        flush.wait().unwrap();
    }
    assert_eq!(place.run(["spool", "flush"]).code, 0);
    assert!(place.spooled().is_empty());
    let run = place.only_run();
    assert_eq!(run["outcome"], "succeeded");
    let id = run["id"].as_str().unwrap();
    let shown = place.run(["runs", "show", id]).out;
    assert_eq!(shown.matches("Started").count(), 1, "{shown}");
    assert_eq!(shown.matches("Finished ·").count(), 1, "{shown}");
}

#[test]
fn two_deliveries_at_once_are_one() {
    let (place, port) = abandoned();
    for label in ["One", "Two", "Three"] {
        place.run(["run", "--quiet", "--label", label, "--", "false"]);
    }
    assert_eq!(place.spooled().len(), 3);
    let _hub = Hub::start_again(&place, &port);
    let flushes: Vec<_> = (0..4)
        .map(|_| {
            place
                .bellboard(["spool", "flush"])
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut flush in flushes {
        assert_eq!(flush.wait().unwrap().code(), Some(0));
    }
    assert!(place.spooled().is_empty());
    assert_eq!(place.runs().len(), 3);
    assert_eq!(place.json(&["status"])["needs_you"]["total_count"], 3);
}

#[test]
fn a_clock_that_is_wrong_hides_no_run() {
    let (place, port) = abandoned();
    place.run(["run", "--quiet", "--label", "From tomorrow", "--", "false"]);
    let spool = place.spooled().remove(0);
    let text = std::fs::read_to_string(&spool)
        .unwrap()
        .replace("\"at\":\"20", "\"at\":\"21")
        .replace("\"started_at\":\"20", "\"started_at\":\"21");
    std::fs::write(&spool, text).unwrap();
    let _hub = Hub::start_again(&place, &port);
    let run = place.only_run();
    assert_eq!(
        (&run["label"], &run["outcome"]),
        (&"From tomorrow".into(), &"failed".into())
    );
    assert!(
        run["started_at"].as_str().unwrap().starts_with("20"),
        "by the hub's own clock: {run:#}"
    );
}

#[test]
fn a_flush_says_what_still_waits_and_why() {
    let (place, port) = abandoned();
    assert_eq!(place.run(["spool", "flush"]).code, 0, "nothing waits");
    place.run(["run", "--quiet", "--", "true"]);
    let said = place.run(["spool", "flush"]);
    assert_eq!(said.code, 69, "{}", said.err);
    assert!(said.err.contains("connection refused"), "{}", said.err);
    let _hub = Hub::start_again(&place, &port);
    let said = place.run(["spool", "flush"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("Delivered the reports of 1 run"),
        "{}",
        said.err
    );
    assert!(
        place
            .run(["spool", "flush"])
            .err
            .contains("No reports wait")
    );
}

#[test]
fn reports_for_another_hub_wait_for_it() {
    let (place, _) = abandoned();
    place.run(["run", "--quiet", "--", "true"]);
    // Another hub, elsewhere, with its own data.
    let other = Place::new();
    let _hub = Hub::start(&other);
    let credentials = other.folder.join(".config/bellboard/credentials.json");
    let said = Said::of(
        place
            .bellboard(["runs", "list"])
            .env("BELLBOARD_CREDENTIALS", credentials)
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("No runs match"), "{}", said.out);
    assert_eq!(place.spooled().len(), 1);
}

#[test]
fn a_key_that_nobody_can_check_stops_no_work() {
    let (place, port) = abandoned();
    let said = place.run(["run", "--key", "nightly", "--", "true"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let _hub = Hub::start_again(&place, &port);
    assert_eq!(place.only_run()["outcome"], "succeeded");
}

#[test]
fn nothing_that_is_broken_here_stops_a_command() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    // No place for the spool: the hub is told directly.
    let said = Said::of(
        place
            .bellboard(["run", "--label", "No spool", "--", "sh", "-c", "exit 4"])
            .env("XDG_STATE_HOME", "/proc/nowhere")
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(
        said.err
            .contains("Reports cannot be kept in /proc/nowhere/"),
        "{}",
        said.err
    );
    assert_eq!(place.only_run()["outcome"], "failed");
    // Credentials that nobody can read.
    std::fs::write(
        place.folder.join(".config/bellboard/credentials.json"),
        "{broken",
    )
    .unwrap();
    let said = place.run(["run", "--", "sh", "-c", "echo out; exit 4"]);
    assert_eq!((said.code, said.out.as_str()), (4, "out\n"), "{}", said.err);
    assert!(
        said.err
            .contains("is not the JSON that `bellboard up` writes"),
        "{}",
        said.err
    );
    // An address that is none, and a server that is no hub.
    for url in ["nonsense", "http://127.0.0.1:1"] {
        let said = Said::of(
            place
                .bellboard(["run", "--", "false"])
                .env("BELLBOARD_URL", url)
                .output()
                .unwrap(),
        );
        assert_eq!(said.code, 1, "{url}: {}", said.err);
    }
}

#[test]
fn a_server_that_is_no_hub_takes_nothing_and_refuses_nothing() {
    let place = Place::new();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            use std::io::{Read as _, Write as _};
            let mut stream = stream.unwrap();
            let mut bytes = [0; 4096];
            drop(stream.read(&mut bytes));
            drop(stream.write_all(
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnope",
            ));
        }
    });
    let said = Said::of(
        place
            .bellboard(["run", "--", "true"])
            .env("BELLBOARD_URL", &url)
            .env("BELLBOARD_TOKEN", "bbp_x")
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 0);
    assert!(
        said.err
            .contains("something that is no Bellboard answers there, with status 404"),
        "{}",
        said.err
    );
    assert_eq!(
        place.spooled()[0].extension().unwrap(),
        "ndjson",
        "kept for the hub that is to come"
    );
}

#[test]
fn somebody_who_never_signed_in_can_run_commands_too() {
    let place = Place::new();
    let said = place.run(["run", "--", "sh", "-c", "exit 3"]);
    assert_eq!(said.code, 3);
    assert_eq!(place.spooled().len(), 1);
    assert_eq!(
        place.run(["status"]).code,
        69,
        "nobody listens on the default port in this test, or it is not ours"
    );
}
