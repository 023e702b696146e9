//! A working tree on this machine as sync reads it: where its git stands, and the text of its plan files.
//!
//! Nothing is written, nothing is fetched and no program is run. What cannot be read is named with its reason and the
//! way out, and everything else is read.

mod git;
mod tree;

use std::io;
use std::path::{Path, PathBuf};

use bellboard_core::work::DECISIONS_FILE;

/// A working tree whose plan files are known and not yet read, so that whoever reads them holds one at a time.
#[derive(Debug, Clone)]
pub struct Checkout {
    /// The folder that paths are relative to, without symbolic links.
    pub root: PathBuf,
    /// Where git stands.
    pub head: Head,
    /// The plan files by their paths below the root, with `/` between names, in order.
    pub paths: Vec<String>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// Where the git repository of a working tree stands. A folder without git has nothing but defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Whether there is a git repository at all.
    pub is_git: bool,
    /// The branch, without `refs/heads/`; none when the head is detached.
    pub branch: Option<String>,
    /// The commit that is checked out; none before the first one.
    pub commit: Option<String>,
    /// The remote branch that `behind` was counted against, such as `origin/main`.
    pub upstream: Option<String>,
    /// How many commits of the upstream this working tree lacks, as far as it was last fetched; counted up to
    /// [`MAX_BEHIND`].
    pub behind: u64,
    /// What was begun and not ended, in words: `a merge`.
    pub under_way: Option<&'static str>,
}

/// How far `behind` counts.
pub const MAX_BEHIND: u64 = 10_000;

/// One plan file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// Its path below the root.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// A file, or a folder of files, that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path below the root.
    pub path: String,
    /// The line at fault, from 1, where there is one.
    pub line: Option<u64>,
    /// Why, as a clause without its subject: `is larger than 1 MiB`.
    pub reason: String,
    /// What to do about it.
    pub way_out: String,
}

/// Why a folder could not be read at all. Each message names the way out.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutFault {
    /// There is no such folder.
    #[error("there is no folder {0}: name the folder of a repository, or make it")]
    Missing(PathBuf),
    /// Something else than a folder.
    #[error("{0} is a file, not a folder: name the folder of the repository that holds it")]
    NotAFolder(PathBuf),
    /// The operating system refuses.
    #[error("{path} cannot be read: {cause}. Give the user that runs this the right to read it")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// The state of git cannot be told, so nobody could tell whether the files are stale.
    #[error(
        "the git repository at {path} cannot be read: {cause}. Nothing was read, because nobody could tell whether its \
         files are stale; `git -C {path} status` and `git -C {path} fsck` tell more"
    )]
    Git {
        /// The root of the working tree.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
}

impl Checkout {
    /// Opens the working tree that holds `path` and finds its plan files. In a git repository the root is its top
    /// folder, else it is `path` itself.
    pub fn open(path: &Path) -> Result<Self, CheckoutFault> {
        let path = path.canonicalize().map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => CheckoutFault::Missing(path.to_owned()),
            _ => unreadable(path, cause),
        })?;
        if !path.is_dir() {
            return Err(CheckoutFault::NotAFolder(path));
        }
        let root = git::root_of(&path).unwrap_or(&path).to_owned();
        let head = git::head_of(&root)?;
        let (paths, skipped) = tree::find(&root)?;
        Ok(Self {
            root,
            head,
            paths,
            skipped,
        })
    }

    /// Whether it holds this commit: as the one that is checked out, or among those that lead to it.
    pub fn holds(&self, commit: &str) -> bool {
        git::holds(&self.root, commit)
    }

    /// Where `origin` is fetched from, as its configuration says; it may hold a secret.
    pub fn remote_url(&self) -> Option<String> {
        git::remote_url(&self.root)
    }

    /// The text of one of its plan files, or why it is left out.
    pub fn read(&self, path: &str) -> Result<PlanFile, Skipped> {
        let text = tree::read(&self.root, path)?;
        Ok(PlanFile {
            path: path.to_owned(),
            text,
        })
    }
}

impl Checkout {
    /// The text of `DECISIONS.md`, empty where there is none, or why it is left alone.
    pub fn decisions(&self) -> Result<String, Skipped> {
        match self.root.join(DECISIONS_FILE).symlink_metadata() {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            _ => tree::read(&self.root, DECISIONS_FILE),
        }
    }
}

fn unreadable(path: &Path, cause: io::Error) -> CheckoutFault {
    CheckoutFault::Unreadable {
        path: path.to_owned(),
        cause,
    }
}

#[cfg(test)]
mod folder;
#[cfg(test)]
mod tests;
