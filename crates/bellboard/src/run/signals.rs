//! The signals that reach us and what becomes of them: we outlive them all, and hand on to the command what it did not get
//! from the terminal itself.

use std::fs::{self, File};
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use rustix::process::{Signal, getpgrp};
use rustix::termios::tcgetpgrp;
use tokio::signal::unix::{self, SignalKind};

/// The signals that a person or a supervisor sends to a command.
const CAUGHT: [Signal; 6] = [
    Signal::INT,
    Signal::QUIT,
    Signal::TERM,
    Signal::HUP,
    Signal::USR1,
    Signal::USR2,
];

/// A signal that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caught(pub Signal);

impl Caught {
    /// Whether it says that the command shall end.
    pub fn asks_to_stop(self) -> bool {
        matches!(
            self.0,
            Signal::INT | Signal::TERM | Signal::HUP | Signal::QUIT
        )
    }
}

/// What a first signal to stop does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It goes to the command.
    AtOnce,
    /// A worker takes no further run after this one; only the next signal goes to the command.
    AfterThisRun,
    /// Such a first signal has come.
    Asked,
}

impl Leave {
    /// Whether the signal is for the worker and not for its command.
    pub fn takes(&mut self, signal: Caught) -> bool {
        let takes = *self == Self::AfterThisRun && signal.asks_to_stop();
        if takes {
            *self = Self::Asked;
        }
        takes
    }
}

/// The signals, caught from now on.
pub struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Catches the signals, except those that whoever started us wants ignored (`nohup`): these stay ignored, for us and
    /// for the command.
    pub fn install() -> io::Result<Self> {
        let ignored = ignored_signals();
        let mut streams = Vec::new();
        for signal in CAUGHT {
            if !ignored.contains(&signal) {
                streams.push((signal, unix::signal(SignalKind::from_raw(signal.as_raw()))?));
            }
        }
        Ok(Self(streams))
    }

    /// The next signal that comes.
    pub async fn next(&mut self) -> Caught {
        poll_fn(|context| {
            for (signal, stream) in &mut self.0 {
                if let Poll::Ready(Some(())) = stream.poll_recv(context) {
                    return Poll::Ready(Caught(*signal));
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Ctrl-C and Ctrl-\ go to everybody in the terminal's foreground group, the command included; a second copy from us
/// would be one key press too many. Sent by `kill` they reach us alone.
pub fn came_from_terminal(signal: Caught) -> bool {
    let by_key = matches!(signal.0, Signal::INT | Signal::QUIT);
    by_key
        && File::open("/dev/tty")
            .is_ok_and(|terminal| tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
}

/// What we were started to ignore. Linux tells; elsewhere nothing is assumed to be ignored.
fn ignored_signals() -> Vec<Signal> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok())
        .unwrap_or(0);
    CAUGHT
        .into_iter()
        .filter(|signal| mask & (1 << (signal.as_raw() - 1)) != 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_takes_the_first_signal_to_stop_and_no_other() {
        let mut leave = Leave::AfterThisRun;
        assert!(!leave.takes(Caught(Signal::USR1)));
        assert!(leave.takes(Caught(Signal::TERM)));
        assert!(!leave.takes(Caught(Signal::TERM)));
        assert!(!Leave::AtOnce.takes(Caught(Signal::INT)));
    }
}
