//! What a caller posts about a working tree, and how it is read before the database is asked.

use std::collections::BTreeSet;

use bellboard_core::text::Bounded;
use bellboard_core::work::{Format, MAX_FILES, Problem, Reading, Weight, read_file};
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::fault::{Fault, Outcome};

/// How long the path of a file may be, in bytes.
const MAX_PATH_BYTES: usize = 1000;

/// All plan files of one working tree, as they lie there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncRepo {
    /// The repo, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// Where its git stands.
    pub head: SyncHead,
    /// Every plan file that could be read, at most 10,000; each path once.
    pub files: Vec<SyncFile>,
    /// What could not be read. While something is listed here, no task is taken as removed.
    #[serde(default)]
    pub skipped: Vec<SkippedFile>,
    /// A hash of the caller's over all of this, which the repo then shows: whoever has the same again need not send it.
    #[serde(default)]
    pub fingerprint: Option<Bounded<64>>,
    /// Whether files may lower statuses and bring back tasks that were removed.
    #[serde(default)]
    pub force: bool,
    /// Whether only to tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
    /// Whether to answer with the text that the files should have.
    #[serde(default)]
    pub write_back: bool,
    /// What stands in `DECISIONS.md`, empty where there is none. Given with `write_back`, decisions of the repo that were
    /// made and are to stand there are added to it.
    #[serde(default)]
    pub decisions: Option<String>,
}

/// How many repos are synced at once.
pub(super) const MAX_REPOS: usize = 100;

/// Some repos, all of which are synced or none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncRepos {
    /// The engagement, by id or slug, of those that name none.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// Each as `sync_repo` takes it, from 1 to 100.
    pub repos: Vec<SyncRepo>,
}

/// Where the git repository of a working tree stands; everything absent for a folder without git.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncHead {
    /// The branch, without `refs/heads/`.
    pub branch: Option<Bounded<255>>,
    /// The commit that is checked out.
    pub commit: Option<Bounded<64>>,
    /// How many commits of its remote branch the working tree lacks. With any, nothing is written.
    pub behind: u64,
    /// The repo's `last_commit`, if the working tree holds it. Without it no task is taken as removed.
    pub holds_commit: Option<Bounded<64>>,
    /// A merge, rebase or the like that is not ended. Meanwhile nothing is written.
    pub under_way: Option<Bounded<50>>,
}

/// A plan file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncFile {
    /// Its path from the top of the repository, with `/` between names.
    pub path: String,
    /// All of it, at most 1 MiB.
    pub text: String,
}

/// A file, or a folder of files, that could not be read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkippedFile {
    /// Its path from the top of the repository.
    pub path: Bounded<1000>,
    /// The line at fault, from 1.
    #[serde(default)]
    pub line: Option<u32>,
    /// Why.
    pub reason: Bounded<500>,
    /// What to do about it.
    pub way_out: Bounded<500>,
}

/// A file that was read as a plan.
pub(super) struct PlanText {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) hash: [u8; 32],
    pub(super) format: Format,
    pub(super) reading: Reading,
}

/// Reads every file; a path that is no plan's or comes twice is refused.
pub(super) fn read(files: Vec<SyncFile>, skipped: &[SkippedFile]) -> Outcome<Vec<PlanText>> {
    if files.len() + skipped.len() > MAX_FILES {
        let detail = format!("At most {MAX_FILES} files of one repo are read.");
        return Err(Fault::invalid("files", detail));
    }
    let mut paths = BTreeSet::new();
    let mut read = Vec::with_capacity(files.len() + skipped.len());
    for (at, file) in files.into_iter().enumerate() {
        let field = || format!("files[{at}].path");
        if file.path.len() > MAX_PATH_BYTES || file.path.chars().any(char::is_control) {
            let detail =
                format!("A path is at most {MAX_PATH_BYTES} bytes without control characters.");
            return Err(Fault::invalid(field(), detail));
        }
        let Some(format) = Format::of(&file.path) else {
            let folders = Format::FOLDERS.join(", ");
            let detail = format!("This is not the path of a plan. Plans lie in {folders}.");
            return Err(Fault::invalid(field(), detail));
        };
        if !paths.insert(file.path.clone()) {
            return Err(Fault::invalid(
                field(),
                "This path comes twice. Send each file once.",
            ));
        }
        let reading = read_file(&file.path, file.text.as_bytes());
        read.push(PlanText {
            hash: Sha256::digest(&file.text).into(),
            format,
            reading: reading.unwrap_or_else(|| nothing(Vec::new())),
            path: file.path,
            text: file.text,
        });
    }
    read.extend(skipped.iter().map(unread));
    Ok(read)
}

/// Stands in for what could not be read, so that nothing is taken as removed meanwhile.
fn unread(skipped: &SkippedFile) -> PlanText {
    let problem = Problem {
        line: skipped.line.unwrap_or(1).max(1),
        weight: Weight::Error,
        what: skipped.reason.to_string(),
        way_out: skipped.way_out.to_string(),
    };
    PlanText {
        path: skipped.path.to_string(),
        text: String::new(),
        hash: [0; 32],
        format: Format::of(&skipped.path).unwrap_or(Format::Workplan),
        reading: nothing(vec![problem]),
    }
}

fn nothing(problems: Vec<Problem>) -> Reading {
    Reading {
        plan: None,
        problems,
    }
}
