//! How a command's end is told: its exit status and what we know about why become one outcome.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};

use super::child::SpawnFault;

/// A command that ends unwell this soon after it was asked to stop ended because of that.
const STOP_SECONDS: u64 = 10;
/// The exit codes by which programs and shells say "ended by SIGHUP, SIGINT, SIGTERM".
const STOPPED_CODES: [i32; 3] = [129, 130, 143];

/// The most that the hub takes of what the command printed.
const TAIL_CHARS: usize = 16_000;

/// A signal that asked the command to stop.
#[derive(Debug, Clone, Copy)]
pub struct Stopping {
    /// How long before the end it came.
    pub before: Duration,
}

/// The end of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// What we exit with: the command's own code, or 128 and the signal's number.
    pub code: u8,
    /// `succeeded`, `failed` or `cancelled`.
    pub outcome: &'static str,
    /// Why it is not a success: a stable code and a sentence.
    pub failure: Option<(String, String)>,
    /// The last lines that it printed, if we could see them.
    pub tail: Vec<String>,
}

impl End {
    /// The end of a command that ran.
    pub fn of_child(status: ExitStatus, stop: Option<Stopping>, tail: Vec<String>) -> Self {
        let (code, failure) = match (status.code(), status.signal()) {
            (Some(0), _) => (0, None),
            (Some(code), _) => (
                code,
                Some((format!("exit.{code}"), format!("Exited with code {code}"))),
            ),
            (None, Some(signal)) => {
                let name = signal_name(signal);
                (
                    128 + signal,
                    Some((
                        format!("signal.{}", name.to_lowercase()),
                        format!("Ended by {name}"),
                    )),
                )
            }
            (None, None) => (
                1,
                Some((
                    "exit.unknown".to_owned(),
                    "Ended without an exit code".to_owned(),
                )),
            ),
        };
        let was_stopped = stop.is_some_and(|stop| {
            status.signal().is_some()
                || STOPPED_CODES.contains(&code)
                || stop.before < Duration::from_secs(STOP_SECONDS)
        });
        let outcome = match (&failure, was_stopped) {
            (None, _) => "succeeded",
            (Some(_), true) => "cancelled",
            (Some(_), false) => "failed",
        };
        Self {
            code: u8::try_from(code).unwrap_or(1),
            outcome,
            failure,
            tail,
        }
    }

    /// The end of a command that could not begin, with the codes that shells give.
    pub fn of_failed_spawn(fault: &SpawnFault) -> Self {
        let code = if fault.not_found { 127 } else { 126 };
        Self {
            code,
            outcome: "failed",
            failure: Some((
                format!("exit.{code}"),
                format!("Could not be started: {}", fault.cause),
            )),
            tail: Vec::new(),
        }
    }

    /// Why, as part of a sentence.
    pub fn reason(&self) -> String {
        let (_, message) = self.failure.as_ref().expect("only a success has no reason");
        let mut letters = message.chars();
        letters
            .next()
            .map(|first| first.to_lowercase().chain(letters).collect())
            .unwrap_or_default()
    }

    /// The end as the hub is told.
    pub fn report(&self) -> Value {
        let mut input = json!({
            "outcome": self.outcome,
            "grade": "observed",
            "exit_code": self.code,
        });
        if let Some((code, message)) = &self.failure {
            input["message"] = json!(message);
            if self.outcome == "failed" {
                input["failures"] = json!([{"code": code, "message": message, "count": 1}]);
            }
        }
        if self.outcome == "failed"
            && let Some(tail) = last_words(&self.tail)
        {
            input["tail"] = json!(tail);
        }
        input
    }
}

/// The end of what was printed, as much as the hub takes; nothing when it is blank.
fn last_words(lines: &[String]) -> Option<String> {
    let text = lines.join("\n");
    let text = text.trim();
    let over = text.chars().count().saturating_sub(TAIL_CHARS);
    let kept: String = text.chars().skip(over).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// Whether this end is one that a signal to stop brings about.
pub fn looks_stopped(status: ExitStatus) -> bool {
    status.signal().is_some()
        || status
            .code()
            .is_some_and(|code| STOPPED_CODES.contains(&code))
}

fn signal_name(number: i32) -> String {
    let name = match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return format!("signal {number}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(seconds: u64) -> Stopping {
        Stopping {
            before: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn an_end_is_told_by_what_was_seen() {
        // Wait statuses: the exit code in the second byte, the signal in the first.
        let table = [
            (0, None, "succeeded", 0),
            (0, Some(stop(1)), "succeeded", 0),
            (7 << 8, None, "failed", 7),
            (7 << 8, Some(stop(60)), "failed", 7),
            (2 << 8, Some(stop(1)), "cancelled", 2),
            (130 << 8, Some(stop(60)), "cancelled", 130),
            (130 << 8, None, "failed", 130),
            (2, Some(stop(0)), "cancelled", 130),
            (15, Some(stop(60)), "cancelled", 143),
            (9, None, "failed", 137),
            (9, Some(stop(30)), "cancelled", 137),
        ];
        for (status, stop, outcome, code) in table {
            let end = End::of_child(ExitStatus::from_raw(status), stop, Vec::new());
            assert_eq!((end.outcome, end.code), (outcome, code), "{status}");
        }
    }

    #[test]
    fn a_failure_names_its_cause() {
        let end = End::of_child(ExitStatus::from_raw(9), None, Vec::new());
        assert_eq!(end.reason(), "ended by SIGKILL");
        assert_eq!(end.report()["failures"][0]["code"], "signal.sigkill");
    }

    #[test]
    fn the_last_words_fit_or_are_left_out() {
        let tail = |lines: &[&str]| {
            let lines = lines.iter().map(|&line| line.to_owned()).collect();
            End::of_child(ExitStatus::from_raw(256), None, lines).report()["tail"].clone()
        };
        assert_eq!(tail(&[]), Value::Null);
        assert_eq!(tail(&["", " \t", ""]), Value::Null);
        assert_eq!(tail(&["", "  last", ""]), "last");
        let line = "é".repeat(1_000);
        let long = tail(&[&*line; 20]);
        let long = long.as_str().unwrap();
        assert_eq!(long.chars().count(), TAIL_CHARS);
        assert!(long.ends_with(&line), "the end is what counts");
    }
}
