//! How a command ends when it does not end well: a sentence for the person and the exit code for the shell.

use crate::client::CallFault;

/// The command was given wrongly.
pub const USAGE: u8 = 2;
/// Nobody is signed in, or the token is not valid any more.
pub const NOT_SIGNED_IN: u8 = 4;
/// `status --exit-code`: something needs you.
pub const NEEDS_YOU: u8 = 10;
/// The server could not be reached (`EX_UNAVAILABLE` of sysexits.h).
pub const NOT_REACHABLE: u8 = 69;
/// A run with this key is already running (`EX_TEMPFAIL`).
pub const ALREADY_RUNNING: u8 = 75;

/// An end with an exit code of its own; every other error ends with 1.
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub code: u8,
    /// What happened and the way out; empty when everything has been said.
    pub message: String,
}

impl Stop {
    /// The command line was wrong; the message shows the right form.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            code: USAGE,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Stop {}

/// The exit code that an error stands for.
pub fn code_of(error: &anyhow::Error) -> u8 {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stop.code;
    }
    match error.downcast_ref::<CallFault>() {
        Some(CallFault::Unreachable { .. }) => NOT_REACHABLE,
        Some(CallFault::SignedOut { .. }) => NOT_SIGNED_IN,
        _ => 1,
    }
}

/// Whether the reader of our output went away, which is how `bellboard runs list | head -1` ends: no error.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
