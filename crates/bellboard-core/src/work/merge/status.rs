//! Which of two statuses holds: the file's or the hub's.

use super::{Checkout, ReadFile, Takes};
use crate::work::status::TaskStatus;

/// What becomes of a difference in status.
pub(super) struct Verdict {
    pub takes: Takes,
    pub reason: String,
    /// Whether the file can be made to say what the hub says.
    pub can_be_written: bool,
}

/// `None` where the file says nothing against the hub.
pub(super) fn rule(
    checkout: &Checkout<'_>,
    file: &ReadFile<'_>,
    in_file: TaskStatus,
    in_hub: TaskStatus,
) -> Option<Verdict> {
    if file.format.agrees(in_file, in_hub) {
        return None;
    }
    let (takes, reason) = if checkout.is_forced {
        (Takes::File, "forced")
    } else if in_file.rank() < in_hub.rank() {
        (
            Takes::Hub,
            "a file does not lower a status; force it if it should",
        )
    } else if file.is_unchanged {
        (
            Takes::Hub,
            "the hub is newer: the file has not changed since the last sync",
        )
    } else if in_file.rank() > in_hub.rank() {
        (Takes::File, "the file is further")
    } else {
        (Takes::File, "the file is the authority")
    };
    let has_word = file.format.word_for(in_hub).is_some();
    let reason = if takes == Takes::Hub && !has_word {
        format!("{reason}. The file's format has no word for {in_hub}")
    } else {
        reason.to_owned()
    };
    Some(Verdict {
        takes,
        reason,
        can_be_written: takes == Takes::Hub && has_word,
    })
}
