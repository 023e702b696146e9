//! The list of watched folders. It lies in the hub's data folder, and whoever may write there is the hub's owner: no
//! field of the API leads to a folder that the hub opens.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::config::{self, read_credentials, variable};

/// How many folders one hub watches.
const MAX_FOLDERS: usize = 1_000;
const FILE: &str = "watched.json";
/// The owner's key, beside the data that it opens.
const KEY: &str = "owner.json";

/// A folder that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The id of the repo that it is.
    pub repo: String,
    /// The top folder of its working tree.
    pub path: PathBuf,
}

/// The list of this data folder; empty where there is none.
pub fn read(data: &Path) -> Result<Vec<Watched>> {
    let file = data.join(FILE);
    let text = match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.with_context(|| format!("{} cannot be read", file.display()))?,
    };
    let mut watched: Vec<Watched> = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is not the JSON that `bellboard register --watch` writes; mend or remove it",
            file.display()
        )
    })?;
    watched.truncate(MAX_FOLDERS);
    Ok(watched)
}

/// Adds a folder, or takes it off the list; whether the list is another now.
pub fn change(data: &Path, one: &Watched, is_wanted: bool) -> Result<bool> {
    let mut watched = read(data)?;
    if watched.contains(one) == is_wanted {
        return Ok(false);
    }
    watched.retain(|other| other.repo != one.repo && other.path != one.path);
    if is_wanted {
        anyhow::ensure!(
            watched.len() < MAX_FOLDERS,
            "{MAX_FOLDERS} folders are watched already. Take one off with --no-watch, or sync this one from a git hook."
        );
        watched.push(one.clone());
    }
    write(&data.join(FILE), &watched)?;
    Ok(true)
}

fn write(file: &Path, watched: &[Watched]) -> Result<()> {
    let draft = file.with_extension("json.new");
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut new| {
            new.write_all(&serde_json::to_vec_pretty(watched)?)?;
            new.sync_all()?;
            fs::rename(&draft, file)
        });
    written.with_context(|| format!("{} cannot be written", file.display()))
}

/// The data folder of the hub at this address, if it is on this machine and its owner asks.
pub fn data_folder_of(url: &str) -> Option<PathBuf> {
    let named = variable("BELLBOARD_DATA").map(PathBuf::from);
    let usual = ["bellboard", "bellboard-demo"].map(config::default_data_folder);
    named.into_iter().chain(usual).find(|folder| {
        let key = read_credentials(&folder.join(KEY)).ok().flatten();
        key.is_some_and(|key| key.url.trim_end_matches('/') == url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_watched_once_and_no_longer_when_it_is_taken_off() {
        let data = std::env::temp_dir().join(format!("bellboard_watched_{}", std::process::id()));
        fs::create_dir_all(&data).unwrap();
        let one = |repo: &str, path: &str| Watched {
            repo: repo.to_owned(),
            path: path.into(),
        };
        assert_eq!(read(&data).unwrap(), []);
        assert!(change(&data, &one("a", "/src/a"), true).unwrap());
        assert!(!change(&data, &one("a", "/src/a"), true).unwrap());
        // The same repo elsewhere, and the same folder as another repo, take its place.
        assert!(change(&data, &one("a", "/src/b"), true).unwrap());
        assert!(change(&data, &one("c", "/src/b"), true).unwrap());
        assert_eq!(read(&data).unwrap(), [one("c", "/src/b")]);
        assert!(change(&data, &one("c", "/src/b"), false).unwrap());
        assert!(!change(&data, &one("c", "/src/b"), false).unwrap());
        fs::write(data.join(FILE), "[").unwrap();
        let error = format!("{:#}", read(&data).unwrap_err());
        assert!(error.contains("mend or remove it"), "{error}");
        fs::remove_dir_all(&data).unwrap();
    }
}
