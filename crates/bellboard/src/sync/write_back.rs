//! Writes what the hub says into the files: only those that were read, only if nobody changed them meanwhile.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use bellboard_core::work::DECISIONS_FILE;
use bellboard_hub::sync::checkout::Checkout;
use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::Value;

use super::commit;
use super::failed;
use super::post::hexadecimal;
use crate::output::Output;
use crate::stop::Stop;

/// A file that was written.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Written {
    /// Its path from the root.
    pub(super) path: String,
    /// Whether a commit of it holds nothing but what was written.
    #[serde(skip)]
    pub(super) is_ours: bool,
    /// Whether there was no such file.
    #[serde(skip)]
    pub(super) is_new: bool,
}

/// Writes every file of the report that still is what was read.
pub(super) fn write(checkout: &Checkout, report: &Value, output: &Output) -> Result<Vec<Written>> {
    let mut written = Vec::new();
    for file in report["write_back"].as_array().into_iter().flatten() {
        let text = |name: &str| file[name].as_str().unwrap_or_default();
        let path = text("path");
        // Only what was read and posted is ever written.
        if path != DECISIONS_FILE && !checkout.paths.iter().any(|known| known == path) {
            continue;
        }
        let now = read_again(checkout, path);
        if now.is_none_or(|now| hash(&now) != text("old_hash")) {
            output.warn(&format!(
                "{path} was changed meanwhile, so it is left alone. Sync again."
            ));
            continue;
        }
        let is_new = !checkout.root.join(path).exists();
        let is_ours = is_new || commit::is_as_committed(checkout, path);
        replace(&checkout.root, path, text("text"))
            .map_err(|cause| read_only(checkout, path, &cause))?;
        written.push(Written {
            path: path.to_owned(),
            is_ours,
            is_new,
        });
    }
    if let Err(why) = checkout.decisions() {
        output.warn(&format!(
            "{DECISIONS_FILE} {}, so no decision is added to it. {}",
            why.reason, why.way_out
        ));
    }
    Ok(written)
}

/// What stands in the file now, if it can be read.
fn read_again(checkout: &Checkout, path: &str) -> Option<String> {
    if path == DECISIONS_FILE {
        return checkout.decisions().ok();
    }
    Some(checkout.read(path).ok()?.text)
}

fn hash(text: &str) -> String {
    hexadecimal(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Puts the new text in the place of the old one at once, so that nobody reads half of it.
fn replace(root: &Path, path: &str, text: &str) -> io::Result<()> {
    let file = root.join(path);
    let file = if file.exists() {
        file.canonicalize()?
    } else {
        file
    };
    let beside = file.with_extension("bellboard-new");
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)?;
    let done = new
        .write_all(text.as_bytes())
        .and_then(|()| new.sync_all())
        .and_then(|()| match fs::metadata(&file) {
            Ok(what) => fs::set_permissions(&beside, what.permissions()),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(cause),
        })
        .and_then(|()| fs::rename(&beside, &file));
    if done.is_err() {
        drop(fs::remove_file(&beside));
    }
    done
}

fn read_only(checkout: &Checkout, path: &str, cause: &io::Error) -> Stop {
    failed(&format!(
        "{path} in {} cannot be written: {cause}. The hub is synced; make the working tree writable, or leave --write-back \
         out",
        checkout.root.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_hub() {
        assert_eq!(
            hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
