//! `bellboard worker`: a real hub, runs that are offered on it, and real workers, some of which die.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::place::{Hub, Place, Said, signal, until};

/// Somebody who starts runs from the board.
struct Board {
    client: Client,
    runtime: Runtime,
}

impl Board {
    fn of(place: &Place, hub: &Hub) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(Client::of(place, hub));
        Self { client, runtime }
    }

    fn offer(&self, inputs: &Value) -> String {
        let input = json!({
            "type": "composition", "claimable": true, "identity_mode": "nonce", "inputs": inputs,
        });
        let path = format!("/api/engagements/{}/runs", self.client.engagement);
        let told = self.runtime.block_on(self.client.say(&path, &input));
        told.unwrap()["run"]["id"].as_str().unwrap().to_owned()
    }

    fn run(&self, run: &str) -> Value {
        self.runtime
            .block_on(self.client.get(&format!("/api/runs/{run}")))
    }

    fn status(&self, run: &str) -> String {
        self.run(run)["status"].as_str().unwrap().to_owned()
    }

    /// What happened, oldest first.
    fn summaries(&self, run: &str) -> Vec<String> {
        let path = format!("/api/runs/{run}/events");
        let events = self.runtime.block_on(self.client.get(&path));
        let items = events["items"].as_array().unwrap();
        let summary = |event: &Value| event["summary"].as_str().unwrap().to_owned();
        items.iter().rev().map(summary).collect()
    }
}

fn worker(place: &Place, name: &str, more: &[&str], script: &str) -> Child {
    let fixed = [
        "worker",
        "--type",
        "composition",
        "--name",
        name,
        "--lease",
        "10",
    ];
    let command = ["--", "sh", "-c", script];
    place
        .bellboard(fixed.iter().chain(more).chain(&command))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ended(worker: Child) -> Said {
    Said::of(worker.wait_with_output().unwrap())
}

#[test]
fn a_run_from_the_board_is_done_by_a_worker() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let board = Board::of(&place, &hub);
    let script = "test \"$BELLBOARD_FENCE\" = 1 && bellboard progress 2/2 --unit rows && printf '%s' \"$BELLBOARD_INPUTS\" \
                  && bellboard run --quiet -- sh -c 'test -z \"$BELLBOARD_FENCE$BELLBOARD_INPUTS\"'";
    let waiting = worker(&place, "ann", &["--once"], script);
    let run = board.offer(&json!({"target": "aster", "list": [1, "two"]}));
    let said = ended(waiting);
    assert_eq!(said.code, 0, "{}", said.err);
    let inputs: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(inputs, json!({"target": "aster", "list": [1, "two"]}));
    assert!(
        said.err
            .contains("Waiting for composition in My work as ann"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("Claimed Composition, asked by mara."),
        "{}",
        said.err
    );
    let shown = board.run(&run);
    assert_eq!(shown["outcome"], "succeeded");
    assert_eq!(shown["grade"], "observed");
    assert_eq!(shown["claimed_by"], "ann");
    assert_eq!(shown["summary_counts"]["processed"], 2);
    assert_eq!(
        board.summaries(&run),
        ["Queued", "Claimed by ann", "Started", "Finished"]
    );
    assert!(place.spooled().is_empty());

    let run = board.offer(&json!({"password": "hunter2-hunter2"}));
    let script = "echo \"$BELLBOARD_INPUTS\"; echo broken >&2; exit 7";
    let said = ended(worker(&place, "ann", &["--once"], script));
    assert_eq!(said.code, 7, "{}", said.err);
    let shown = board.run(&run);
    assert_eq!(shown["outcome"], "failed");
    assert_eq!(shown["failures"][0]["code"], "exit.7");
    let all = place.run(["runs", "show", &run]).out;
    assert!(all.contains("broken"), "{all}");
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn a_second_worker_finishes_what_a_killed_one_began() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let board = Board::of(&place, &hub);
    let run = board.offer(&json!({"target": "aster"}));
    let (go, orphan) = (place.folder.join("go"), place.folder.join("orphan"));
    // The command outlives its worker, and tries to speak once another one has the run.
    let script = format!(
        "while ! test -e {}; do sleep 0.05; done; bellboard progress 99/99; echo $? > {}",
        go.display(),
        orphan.display()
    );
    let mut first = worker(&place, "ann", &[], &script);
    until("ann has begun", || {
        (board.status(&run) == "running").then_some(())
    });
    signal(first.id(), Signal::KILL);
    first.wait().unwrap();
    let slow = format!("while ! test -e {}; do sleep 0.05; done", orphan.display());
    let second = worker(&place, "bob", &["--once"], &slow);
    until("bob has the run", || {
        (board.run(&run)["claimed_by"] == "bob").then_some(())
    });
    fs::write(&go, "").unwrap();
    let said = ended(second);
    assert_eq!(said.code, 0, "{}", said.err);
    let refused = fs::read_to_string(&orphan).unwrap();
    assert_eq!(refused, "1\n", "what the orphan said was refused");
    let shown = board.run(&run);
    assert_eq!(shown["outcome"], "succeeded");
    assert_eq!(shown["claimed_by"], "bob");
    assert_eq!(shown["summary_counts"], json!({}));
    assert_eq!(
        board.summaries(&run),
        [
            "Queued",
            "Claimed by ann",
            "Started",
            "Worker ann stopped answering; offered again",
            "Claimed by bob",
            "Finished"
        ]
    );
    let inbox = board
        .runtime
        .block_on(board.client.get("/api/me/notifications"));
    assert_eq!(inbox["total_count"], 1);
}

#[test]
fn a_worker_that_lost_its_run_ends_the_command() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let board = Board::of(&place, &hub);
    let run = board.offer(&json!({}));
    let mut frozen = worker(&place, "ann", &["--once"], "echo ready; exec sleep 600");
    until("ann has begun", || {
        (board.status(&run) == "running").then_some(())
    });
    signal(frozen.id(), Signal::STOP);
    let second = worker(&place, "bob", &["--once"], "exec sleep 600");
    until("bob has the run", || {
        (board.run(&run)["claimed_by"] == "bob").then_some(())
    });
    signal(frozen.id(), Signal::CONT);
    assert_eq!(frozen.wait().unwrap().code(), Some(143));
    let said = ended(frozen);
    assert!(said.err.contains("taken from this worker"), "{}", said.err);
    assert!(said.err.contains("The hub did not take it"), "{}", said.err);
    assert_eq!(board.status(&run), "running", "bob works on");
    // Asked on the board to end, bob's command is.
    place.run(["runs", "cancel", &run]);
    let said = ended(second);
    assert_eq!(said.code, 143, "{}", said.err);
    assert_eq!(board.run(&run)["outcome"], "cancelled");
}

#[test]
fn a_worker_ends_after_its_run_and_at_the_second_signal_with_it() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let board = Board::of(&place, &hub);
    let go = place.folder.join("go");
    let script = format!(
        "while ! test -e {}; do sleep 0.05; done; exit 0",
        go.display()
    );
    let run = board.offer(&json!({}));
    let busy = worker(&place, "ann", &[], &script);
    until("it has begun", || {
        (board.status(&run) == "running").then_some(())
    });
    let next = board.offer(&json!({}));
    signal(busy.id(), Signal::TERM);
    fs::write(&go, "").unwrap();
    let said = ended(busy);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("Ends after this run"), "{}", said.err);
    assert_eq!(board.run(&run)["outcome"], "succeeded");
    assert_eq!(board.status(&next), "queued", "no further one was taken");

    let busy = worker(&place, "ann", &[], "sleep 600");
    until("it has begun", || {
        (board.status(&next) == "running").then_some(())
    });
    signal(busy.id(), Signal::INT);
    until("the first was heard", || {
        // Two of a kind at once would be one signal.
        signal(busy.id(), Signal::TERM);
        // On a busy machine the second one may come before the end is told; then it waits to be delivered.
        place.run(["spool", "flush"]);
        (board.status(&next) == "completed").then_some(())
    });
    assert_eq!(ended(busy).code, 0);
    assert_eq!(board.run(&next)["outcome"], "cancelled");
}

#[test]
fn a_worker_waits_for_a_hub_that_is_away() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let port = hub.stop();
    let err = place.folder.join("err");
    let mut waiting = place
        .bellboard(["worker", "--type", "composition", "--once", "--", "true"])
        .stderr(fs::File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let said = || fs::read_to_string(&err).unwrap();
    until("it says so", || {
        said().contains("cannot be reached").then_some(())
    });
    let hub = Hub::start_again(&place, &port);
    let board = Board::of(&place, &hub);
    let run = board.offer(&json!({}));
    assert_eq!(waiting.wait().unwrap().code(), Some(0), "{}", said());
    assert_eq!(said().matches("cannot be reached").count(), 1, "{}", said());
    assert!(said().contains("The hub is back"), "{}", said());
    assert_eq!(board.run(&run)["outcome"], "succeeded");
}

#[test]
fn an_end_that_the_hub_missed_is_told_before_the_next_run() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let board = Board::of(&place, &hub);
    let run = board.offer(&json!({}));
    let (began, gate, done) = (
        place.folder.join("began"),
        place.folder.join("gate"),
        place.folder.join("done"),
    );
    let script = format!(
        "echo x >> {}; while [ ! -e {} ]; do sleep 0.05; done; echo x >> {}",
        began.display(),
        gate.display(),
        done.display()
    );
    let mut working = worker(&place, "ann", &[], &script);
    until("it works", || began.exists().then_some(()));
    let port = hub.stop();
    fs::write(&gate, "").unwrap();
    until("the end waits", || {
        (done.exists() && !place.spooled().is_empty()).then_some(())
    });
    let hub = Hub::start_again(&place, &port);
    let board = Board::of(&place, &hub);
    until("the end is told", || {
        (board.status(&run) == "completed").then_some(())
    });
    assert_eq!(board.run(&run)["outcome"], "succeeded");
    assert_eq!(fs::read_to_string(&began).unwrap(), "x\n", "begun once");
    signal(working.id(), Signal::TERM);
    assert_eq!(working.wait().unwrap().code(), Some(0));
}

#[test]
fn what_a_worker_cannot_do_it_says() {
    let place = Place::new();
    let said = place.run([
        "worker",
        "--type",
        "composition",
        "--lease",
        "5",
        "--",
        "true",
    ]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("10..=3600"), "{}", said.err);
    let _hub = Hub::start(&place);
    let said = place.run([
        "worker",
        "--type",
        "composition",
        "--in",
        "nowhere",
        "--",
        "true",
    ]);
    assert_eq!(said.code, 2);
    assert!(
        said.err
            .contains("No engagement of yours is called `nowhere`"),
        "{}",
        said.err
    );
    let mut undeclared = place
        .bellboard(["worker", "--type", "nobody.knows", "--", "true"])
        .stderr(fs::File::create(place.folder.join("err")).unwrap())
        .spawn()
        .unwrap();
    let said = || fs::read_to_string(place.folder.join("err")).unwrap();
    until("it says so", || {
        said()
            .contains("Nobody has declared the type nobody.knows")
            .then_some(())
    });
    until("and waits", || {
        said().contains("Waiting for nobody.knows").then_some(())
    });
    signal(undeclared.id(), Signal::TERM);
    assert_eq!(undeclared.wait().unwrap().code(), Some(0));
}

#[test]
fn the_key_lies_beside_the_database_and_only_a_whole_one_is_taken() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let board = Board::of(&place, &hub);
    let key = place.folder.join(".local/share/bellboard/inputs.key");
    let made = fs::read(&key).unwrap();
    assert_eq!(made.len(), 32);
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let kept = board.offer(&json!({"target": "kept"}));
    let port = hub.stop();

    // The same key again opens what was sealed before.
    let hub = Hub::start_again(&place, &port);
    let board = Board::of(&place, &hub);
    assert_eq!(fs::read(&key).unwrap(), made);
    let said = ended(worker(
        &place,
        "ann",
        &["--once"],
        "printf '%s' \"$BELLBOARD_INPUTS\"",
    ));
    assert_eq!(said.out, r#"{"target":"kept"}"#, "{}", said.err);
    assert_eq!(board.run(&kept)["outcome"], "succeeded");
    hub.stop();

    let up = |file: &str| place.run(["up", "--listen", "127.0.0.1:0", "--key-file", file]);
    let (short, open) = (place.folder.join("short"), place.folder.join("open"));
    fs::write(&short, "too short").unwrap();
    fs::set_permissions(&short, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&open, [7; 32]).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    for (file, words) in [
        (short.to_str().unwrap(), "holds 9 bytes; a key has 32"),
        (open.to_str().unwrap(), "chmod 600"),
        ("/nowhere/key", "does not exist. Make one"),
    ] {
        let said = up(file);
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(said.err.contains(words), "{}", said.err);
    }
}
