//! A machine dies under a wrapped command. The board says within three beats that nothing is heard, at the limit that
//! the run is lost, and both times when the machine comes back and tells how it ended. One bell rings in all.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::world::{RealWorld, World as _};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::house::House;
use crate::place::until;

const BEAT: Duration = Duration::from_secs(1);
/// No wrapped command is lost sooner.
const LIMIT: Duration = Duration::from_mins(2);
const MOMENT: Duration = Duration::from_micros(1);
const LABEL: &str = "Nightly build";

/// A wrapped command that was heard of, and when last.
struct Scene {
    house: House,
    wrapped: Child,
    run: String,
    heard: Timestamp,
}

impl Scene {
    /// Starts it in a process group of its own, which is the machine that will be lost.
    fn begin(script: &str) -> Self {
        // The machine's clock is never ahead of the hub's, which stands still from here on.
        let house = House::open(RealWorld.now() + Duration::from_mins(1));
        let mut wrapped = house
            .bellboard(&[
                "run",
                "--label",
                LABEL,
                "--heartbeat-seconds",
                "1",
                "--",
                "sh",
                "-c",
                script,
            ])
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::with_capacity(6, wrapped.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n");
        let heard = house.now();
        let run = until("a beat is heard", || {
            let run = house.get("/api/runs")["items"].get(0)?.clone();
            let is_heard = time(&run["last_seen_at"]) == heard;
            is_heard.then(|| run["id"].as_str().unwrap().to_owned())
        });
        Self {
            house,
            wrapped,
            run,
            heard,
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.wrapped), signal).unwrap();
    }

    fn shown(&self) -> Value {
        self.house.get(&format!("/api/runs/{}", self.run))
    }

    fn page(&self) -> String {
        self.house.page(&format!("/ui/runs/{}", self.run))
    }

    /// What every surface says of the silence: nothing up to three beats, and the words of the contract from then on.
    fn falls_silent_after_three_beats(&self) {
        let house = &self.house;
        house.advance_to(self.heard + 3 * BEAT);
        assert_eq!(self.shown()["liveness"], "fresh");
        assert!(!self.page().contains("No sign of life"));
        house.advance_to(self.heard + 3 * BEAT + MOMENT);
        let shown = self.shown();
        assert_eq!(
            (&shown["liveness"], &shown["status"]),
            (&"stale".into(), &"running".into())
        );
        let words = "No sign of life for 3 s";
        assert_eq!(shown["progress"]["label"], words);
        assert_eq!(
            shown["progress"]["guidance"],
            format!("{words}. Expected every 1 s.")
        );
        let page = self.page();
        assert!(
            page.contains(&format!("<b>{words}.</b> Expected every 1 s.")),
            "{page}"
        );
        assert!(!page.contains("<progress"));
        let status = house.prints(&["status"]);
        assert!(status.contains(words), "{status}");
        assert_eq!(house.lose_abandoned(), 0, "silent is not lost");
    }

    /// The hub gives it up at its limit, once, with one bell; when that was.
    fn is_lost_at_its_limit(&self) -> Timestamp {
        let house = &self.house;
        house.advance_to(self.heard + LIMIT);
        assert_eq!(house.lose_abandoned(), 0);
        assert_eq!(self.bells(), 0);
        house.advance_to(self.heard + LIMIT + MOMENT);
        assert_eq!(house.lose_abandoned(), 1);
        assert_eq!(house.lose_abandoned(), 0);
        let shown = self.shown();
        assert_eq!(
            (&shown["liveness"], &shown["outcome"]),
            (&"lost".into(), &"failed".into())
        );
        assert_eq!(shown["failures"][0]["code"], "run.stopped_reporting");
        assert_eq!(shown["failures"][0]["message"], "Stopped reporting");
        let told = house.prints(&["runs", "show", &self.run]);
        assert_eq!(
            told.lines().nth(1),
            Some("  Lost: Stopped reporting"),
            "{told}"
        );
        let page = self.page();
        assert!(
            page.contains("Lost") && page.contains("Stopped reporting"),
            "{page}"
        );
        assert_eq!(self.bells(), 1);
        house.now()
    }

    /// The outcome stands, what came late stands beside it, each with its time, and no second bell rang.
    fn says_both(&self, lost: Timestamp, words: &str) {
        let shown = self.shown();
        assert_eq!(
            (&shown["liveness"], &shown["outcome"]),
            (&"lost".into(), &"failed".into())
        );
        assert_eq!(time(&shown["completed_at"]), lost);
        let events = self.house.get(&format!("/api/runs/{}/events", self.run));
        let events = events["items"].as_array().unwrap();
        let at = |kind: &str| {
            let mut of_kind = events.iter().filter(|event| event["kind"] == kind);
            let event = of_kind
                .next()
                .unwrap_or_else(|| panic!("no {kind}: {events:#?}"));
            assert_eq!(of_kind.next(), None, "{kind} twice");
            time(&event["at"])
        };
        assert_eq!(events.len(), 3, "{events:#?}");
        assert!(at("started") <= self.heard);
        assert_eq!(at("lost"), lost);
        let late = at("late");

        let page = self.page();
        let line = page.lines().find(|line| line.contains("Lost at "));
        let line = line.unwrap_or_else(|| panic!("{page}"));
        let (before, after) = line.split_once(words).unwrap_or_else(|| panic!("{line}"));
        let stamp = |at: Timestamp| format!("datetime=\"{}Z\"", &at.to_string()[..19]);
        assert!(before.contains(&stamp(lost)), "{line} {lost}");
        assert!(after.contains(&stamp(late)), "{line} {late}");
        let told = self.house.prints(&["runs", "show", &self.run]);
        for words in ["Lost: stopped reporting", "Reported late: finished"] {
            assert!(told.contains(words), "{told}");
        }
        assert_eq!(self.bells(), 1, "never a second bell");
    }

    fn bells(&self) -> u64 {
        let page = self.house.get("/api/me/notifications");
        page["total_count"].as_u64().unwrap()
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_killed_host_is_silent_then_lost_and_what_it_says_later_stands_beside() {
    let mut scene = Scene::begin("echo ready; exec sleep 600");
    scene.signal(Signal::KILL);
    // Its standard output ends when nobody is left who could write there: the wrapper and the command are both gone.
    let mut rest = String::new();
    let mut out = scene.wrapped.stdout.take().unwrap();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(scene.wrapped.wait().unwrap().code(), None);
    scene.falls_silent_after_three_beats();
    let lost = scene.is_lost_at_its_limit();

    scene.house.advance_to(lost + Duration::from_mins(7));
    for _ in 0..2 {
        let finish = [
            "runs",
            "finish",
            "--run",
            &scene.run,
            "--outcome",
            "succeeded",
        ];
        scene.house.prints(&finish);
        scene.says_both(lost, "reported succeeded at ");
    }
}

#[test]
fn a_host_that_wakes_up_tells_how_it_really_ended() {
    let over = std::env::temp_dir().join(format!("bellboard-over-{}", std::process::id()));
    let script = format!(
        "echo ready; while ! test -e {}; do sleep 0.05; done",
        over.display()
    );
    let mut scene = Scene::begin(&script);
    scene.signal(Signal::STOP);
    is_stopped(scene.wrapped.id());
    scene.falls_silent_after_three_beats();
    let lost = scene.is_lost_at_its_limit();

    scene.house.advance_to(lost + Duration::from_mins(7));
    std::fs::write(&over, "").unwrap();
    scene.signal(Signal::CONT);
    assert_eq!(
        scene.wrapped.wait().unwrap().code(),
        Some(0),
        "the command knows nothing of it"
    );
    std::fs::remove_file(&over).unwrap();
    // By the clock of the machine, which did not move, the work had ended before it was given up.
    scene.says_both(lost, "reported later: succeeded at ");
    assert_eq!(scene.shown()["grade"], "observed");
}

/// Waits until the kernel says that the process does nothing any more.
fn is_stopped(process: u32) {
    let stat = Path::new("/proc").join(process.to_string()).join("stat");
    until("the wrapper is stopped", || {
        let stat = std::fs::read_to_string(&stat).unwrap();
        let (_, after_name) = stat.rsplit_once(") ")?;
        after_name.starts_with('T').then_some(())
    });
}
