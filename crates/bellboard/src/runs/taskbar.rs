//! The progress that some terminals draw on their own frame (OSC 9;4). For counted work only, for terminals that are known
//! to understand it, and never in CI.

use std::io::{self, Write as _};

use crate::config::variable;

/// Draws how far counted work is.
pub fn show(processed: u64, total: u64) -> io::Result<()> {
    let hundredths = u128::from(processed.min(total)) * 100 / u128::from(total.max(1));
    send(&format!("1;{hundredths}"))
}

/// Takes the drawing away.
pub fn clear() -> io::Result<()> {
    send("0;0")
}

fn send(state: &str) -> io::Result<()> {
    if !is_understood() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    write!(stdout, "\u{1b}]9;4;{state}\u{7}")?;
    stdout.flush()
}

/// Other terminals take OSC 9 for a notification.
fn is_understood() -> bool {
    if variable("BELLBOARD_NO_TERM_PROGRESS").is_some() || variable("CI").is_some() {
        return false;
    }
    let program = variable("TERM_PROGRAM").unwrap_or_default();
    variable("WT_SESSION").is_some()
        || variable("ConEmuANSI").as_deref() == Some("ON")
        || matches!(program.as_str(), "ghostty" | "WezTerm")
}
