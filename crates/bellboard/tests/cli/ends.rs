//! An end reaches the hub whatever the command printed, and the hub's opinion of a run does not end the command.

use std::process::Stdio;

use crate::place::{Hub, Place, Said, until};

#[test]
fn an_end_is_taken_whatever_was_printed() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let long = "for i in $(seq 20); do printf '%01000d\\n' $i; done; exit 1";
    let odd = r"printf '\033[31mred\033[0m \033]0;title\007a\342\200\250b\014c\010\000\342\200\256d\n'; exit 1";
    for (script, shown) in [
        ("echo; exit 1", None),
        ("printf '\\033[0m\\n'; exit 1", None),
        (long, Some("00020\n")),
        (odd, Some("red a b cd\n")),
    ] {
        let said = place.run(["run", "--", "sh", "-c", script]);
        assert_eq!(said.code, 1, "{script}: {}", said.err);
        assert!(!said.err.contains("refused"), "{script}: {}", said.err);
        assert!(place.spooled().is_empty(), "{script}: {}", said.err);
        let run = &place.runs()[0];
        assert_eq!(run["outcome"], "failed", "{script}");
        let all = place.run(["runs", "show", run["id"].as_str().unwrap()]).out;
        match shown {
            Some(words) => assert!(all.ends_with(words), "{script}: {all}"),
            None => assert!(!all.contains("LAST LINES"), "{script}: {all}"),
        }
    }
}

#[test]
fn an_end_is_not_lost_over_what_stands_beside_it() {
    let place = Place::new();
    let port = Hub::start(&place).stop();
    place.run(["run", "--quiet", "--", "sh", "-c", "echo tail; exit 3"]);
    let spool = place.spooled().remove(0);
    let text = std::fs::read_to_string(&spool).unwrap();
    assert!(text.contains("\"tail\":\"tail\""), "{text}");
    // As a version of ours wrote it that knew the hub's rules less well.
    let text = text
        .replace("\"tail\":\"tail\"", "\"tail\":\"\\u0007\"")
        .replace("\"code\":\"exit.3\"", "\"code\":\"exit 3\"");
    std::fs::write(&spool, text).unwrap();
    let _hub = Hub::start_again(&place, &port);
    let said = place.run(["spool", "flush"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("The hub refused a part of an end"),
        "{}",
        said.err
    );
    assert!(place.spooled().is_empty());
    let run = place.only_run();
    assert_eq!(
        (&run["outcome"], &run["grade"]),
        (&"failed".into(), &"observed".into())
    );
}

#[test]
fn a_run_that_is_over_on_the_board_does_not_end_its_command() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let over = place.folder.join("over");
    // Two beats come after the run is over.
    let script = format!(
        "while ! test -e {}; do sleep 0.05; done; sleep 2.5; echo alive",
        over.display()
    );
    let wrapped = place
        .bellboard(["run", "--heartbeat-seconds", "1", "--", "sh", "-c", &script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = until("it runs", || {
        Some(place.runs().first()?["id"].as_str()?.to_owned())
    });
    let ended = place.run(["runs", "finish", "--run", &id, "--outcome", "failed"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    std::fs::write(&over, "").unwrap();
    let said = Said::of(wrapped.wait_with_output().unwrap());
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "alive\n"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("SIGTERM"), "{}", said.err);
    assert_eq!(place.only_run()["outcome"], "failed", "what stands, stands");
}
