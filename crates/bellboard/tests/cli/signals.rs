//! Signals reach the command once, and an end that was asked for is `cancelled`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::place::{Hub, Place, Said, signal};

/// Starts a script in a process group of its own and waits for its first line.
fn begin(place: &Place, script: &str) -> Child {
    let mut wrapped = place
        .bellboard(["run", "--label", "Long", "--", "sh", "-c", script])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(wrapped.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "ready\n");
    wrapped
}

#[test]
fn a_signal_to_the_whole_group_is_what_ctrl_c_does() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    // The innermost says that it is ready: a signal that meets a shell between fork and exec is lost, as it is with Ctrl-C.
    let wrapped = begin(&place, "sh -c 'echo ready; exec sleep 600'; exit 9");
    kill_process_group(Pid::from_child(&wrapped), Signal::INT).unwrap();
    let said = Said::of(wrapped.wait_with_output().unwrap());
    assert_eq!(said.code, 130, "{}", said.err);
    assert!(said.err.contains("Cancelled after "), "{}", said.err);
    let run = place.only_run();
    assert_eq!(run["outcome"], "cancelled");
    assert_eq!(run["failures"], serde_json::json!([]));
    assert_eq!(
        place.run(["status", "--exit-code"]).code,
        0,
        "nobody needs to look"
    );
}

#[test]
fn signals_to_us_alone_are_handed_on() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    for (name, sent, code) in [
        ("TERM", Signal::TERM, 143),
        ("HUP", Signal::HUP, 129),
        ("INT", Signal::INT, 130),
        ("QUIT", Signal::QUIT, 131),
    ] {
        let wrapped = begin(&place, "echo ready; exec sleep 600");
        signal(wrapped.id(), sent);
        let said = Said::of(wrapped.wait_with_output().unwrap());
        assert_eq!(said.code, code, "{name}: {}", said.err);
        assert_eq!(place.runs()[0]["outcome"], "cancelled", "{name}");
    }
}

#[test]
fn a_command_that_tidies_up_decides_itself_how_it_ends() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let wrapped = begin(
        &place,
        "trap 'echo saved; exit 0' TERM; echo ready; while true; do sleep 0.05; done",
    );
    signal(wrapped.id(), Signal::TERM);
    let output = wrapped.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        place.runs()[0]["outcome"],
        "succeeded",
        "it ended well, whatever it was asked"
    );

    let wrapped = begin(
        &place,
        "trap 'exit 9' INT; echo ready; while true; do sleep 0.05; done",
    );
    signal(wrapped.id(), Signal::INT);
    assert_eq!(Said::of(wrapped.wait_with_output().unwrap()).code, 9);
    assert_eq!(
        place.runs()[0]["outcome"],
        "cancelled",
        "asked to stop, and stopped at once"
    );
}

#[test]
fn usr1_reaches_the_command_and_stops_nothing() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let wrapped = begin(
        &place,
        "trap 'echo seen; exit 4' USR1; echo ready; while true; do sleep 0.05; done",
    );
    signal(wrapped.id(), Signal::USR1);
    assert_eq!(Said::of(wrapped.wait_with_output().unwrap()).code, 4);
    assert_eq!(place.only_run()["outcome"], "failed");
}

#[test]
fn what_is_ignored_stays_ignored() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let bellboard = env!("CARGO_BIN_EXE_bellboard");
    // As `nohup` does it: SIGHUP is ignored before we begin.
    let script = format!(
        "trap '' HUP; exec {bellboard} run -- sh -c 'kill -HUP $PPID; kill -HUP $$; echo alive'"
    );
    let mut shell = place.bellboard(["unused"]);
    let environment: Vec<_> = shell
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.unwrap().to_owned()))
        .collect();
    shell = std::process::Command::new("sh");
    shell.env_clear().envs(environment).args(["-c", &script]);
    let said = Said::of(shell.output().unwrap());
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "alive\n"),
        "{}",
        said.err
    );
}
