//! What is posted of a working tree: every plan file with its text, and what could not be read.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use bellboard_hub::sync::checkout::{Checkout, Skipped};
use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

use super::repo::Repo;
use super::{Asked, failed};
use crate::client::Client;
use crate::stop::Stop;

/// What the hub takes at once (docs/sync.md).
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A working tree with the texts of its plan files, as they were when they were read.
pub struct Taken {
    /// Where it is.
    pub(super) checkout: Checkout,
    files: Vec<Value>,
    skipped: Vec<Value>,
    /// How many bytes they have as they are sent.
    pub(super) bytes: usize,
    /// A hash over all that would be sent.
    pub fingerprint: String,
}

impl Taken {
    /// Reads the working tree that holds this path.
    pub fn of(path: &Path) -> Result<Self> {
        let checkout = Checkout::open(path).map_err(|fault| failed(&fault.to_string()))?;
        let mut skipped: Vec<Skipped> = checkout.skipped.clone();
        let mut files = Vec::new();
        let mut bytes = 0;
        let mut hash = Hash::new();
        for path in &checkout.paths {
            match checkout.read(path) {
                Ok(file) => {
                    hash.add([&file.path, &file.text]);
                    let file = json!({"path": file.path, "text": file.text});
                    bytes += file.to_string().len() + 1;
                    files.push(file);
                }
                Err(why) => skipped.push(why),
            }
            // Before all of it is held.
            if bytes > MAX_BYTES {
                return Err(too_much(&checkout).into());
            }
        }
        for one in &skipped {
            hash.add([&one.path, &one.reason]);
        }
        let skipped = skipped.iter().map(|one| {
            json!({"path": one.path, "line": one.line, "reason": one.reason, "way_out": one.way_out})
        });
        let mut taken = Self {
            skipped: skipped.collect(),
            checkout,
            files,
            bytes,
            fingerprint: String::new(),
        };
        hash.add([&taken.head(None).to_string()]);
        taken.fingerprint = hash.end();
        Ok(taken)
    }

    /// Posts it; the report as it came.
    pub async fn post(&self, repo: &Repo, asked: Asked, client: &Client) -> Result<Value> {
        Ok(client
            .call_raw("sync_repo", self.input(repo, asked))
            .await?)
    }

    /// What is posted of it.
    pub(super) fn input(&self, repo: &Repo, asked: Asked) -> Value {
        json!({
            "slug": repo.id,
            "head": self.head(repo.last_commit.as_deref()),
            "files": self.files,
            "skipped": self.skipped,
            "fingerprint": self.fingerprint,
            "force": asked.force,
            "dry_run": asked.dry_run,
            "write_back": asked.write_back,
            "decisions": self.decisions(asked),
        })
    }

    /// What stands in `DECISIONS.md`, where something may be added to it.
    fn decisions(&self, asked: Asked) -> Option<String> {
        asked.write_back.then(|| self.checkout.decisions().ok())?
    }

    fn head(&self, last_commit: Option<&str>) -> Value {
        let head = &self.checkout.head;
        json!({
            "branch": head.branch,
            "commit": head.commit,
            "behind": head.behind,
            "holds_commit": last_commit.filter(|commit| self.checkout.holds(commit)),
            "under_way": head.under_way,
        })
    }
}

/// A SHA-256 over texts, each with its length, so that none runs into the next.
struct Hash(Context);

impl Hash {
    fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    fn add<const N: usize>(&mut self, texts: [&str; N]) {
        for text in texts {
            self.0.update(&(text.len() as u64).to_le_bytes());
            self.0.update(text.as_bytes());
        }
    }

    fn end(self) -> String {
        hexadecimal(self.0.finish().as_ref())
    }
}

/// The bytes in hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn too_much(checkout: &Checkout) -> Stop {
    let most = MAX_BYTES / 1024 / 1024;
    failed(&format!(
        "the plan files of {} have more than {most} MiB, and no more is synced at once. Keep old ones elsewhere",
        checkout.root.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_runs_into_the_next() {
        let hash = |texts: [&str; 2]| {
            let mut hash = Hash::new();
            hash.add(texts);
            hash.end()
        };
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
        assert_eq!(hash(["a", "b"]), hash(["a", "b"]));
        assert_eq!(hash(["", ""]).len(), 64);
    }
}
