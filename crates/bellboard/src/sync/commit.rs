//! Commits what was written back, and nothing else.
//!
//! The commit is left to the `git` program, of which only the exit code is read: hooks, signatures and the index are then
//! as the repository's owner set them up. A file that held changes which nobody had committed is written and not
//! committed, because the commit would hold them too.

use std::process::{Command, Stdio};

use bellboard_hub::sync::checkout::Checkout;

use super::write_back::Written;
use crate::output::{Mark, Output};

/// The first line of the commit.
const SUBJECT: &str = "Plans: ids and statuses from Bellboard";

/// What leads git to another repository than the one that a folder lies in.
const MISLEADING: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// Whether git holds the file as it lies there.
pub(super) fn is_as_committed(checkout: &Checkout, path: &str) -> bool {
    checkout.head.commit.is_some()
        && git(checkout, &["ls-files", "--error-unmatch", "--", path])
        && git(checkout, &["diff", "--quiet", "HEAD", "--", path])
}

/// Commits the files, and says so; a word tells which have to be committed by hand.
pub(super) fn commit(checkout: &Checkout, written: &[Written], output: &Output) {
    if !checkout.head.is_git {
        return;
    }
    let (ours, others): (Vec<&Written>, Vec<&Written>) =
        written.iter().partition(|file| file.is_ours);
    let ours: Vec<&str> = ours.iter().map(|file| file.path.as_str()).collect();
    for file in others {
        output.warn(&format!(
            "{} is written and not committed: it had changes of yours. Commit it with them.",
            file.path
        ));
    }
    if ours.is_empty() {
        return;
    }
    for new in written.iter().filter(|file| file.is_new) {
        // What git has never seen is committed only once it was told of it.
        git(checkout, &["add", "--intent-to-add", "--", &new.path]);
    }
    let arguments = ["commit", "--quiet", "--message", SUBJECT, "--only", "--"];
    if git(checkout, &[&arguments[..], &ours].concat()) {
        let files = if let [one] = ours.as_slice() {
            (*one).to_owned()
        } else {
            format!("{} files", ours.len())
        };
        output.say(Mark::Done, &format!("Committed {files}."));
    } else {
        output
            .warn("The files are written, but git did not commit them. `git commit` says why not.");
    }
}

/// Whether git did it.
fn git(checkout: &Checkout, arguments: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.current_dir(&checkout.root)
        .env("GIT_LITERAL_PATHSPECS", "1")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for name in MISLEADING {
        git.env_remove(name);
    }
    git.status().is_ok_and(|status| status.success())
}
