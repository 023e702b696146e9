//! Where the hub is and who we are to it: the environment first, then the credentials file that `bellboard up` writes.

use std::env;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// Where a hub listens unless told otherwise.
pub const DEFAULT_URL: &str = "http://127.0.0.1:7717";

/// The content of `credentials.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The hub's address.
    pub url: String,
    /// The token that is sent to it.
    pub token: String,
    /// The engagement that runs belong to unless `--in` names another: an id, a slug or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
}

/// Which hub this process talks to, and as whom.
#[derive(Debug, Clone)]
pub struct Config {
    /// Without a trailing slash.
    pub url: String,
    /// Absent when nobody signed in here.
    pub token: Option<String>,
    /// The engagement meant when none is named.
    pub engagement: Option<String>,
}

impl Config {
    /// Reads the environment and the credentials file. A token is sent only to the hub that it was given for.
    pub fn read() -> Result<Self> {
        let stored = read_credentials(&credentials_path())?;
        let url = variable("BELLBOARD_URL").map(|url| without_slash(&url));
        let same_hub = |stored: &Credentials| {
            url.as_ref()
                .is_none_or(|url| *url == without_slash(&stored.url))
        };
        let stored = stored.filter(same_hub);
        Ok(Self {
            token: variable("BELLBOARD_TOKEN")
                .or_else(|| stored.as_ref().map(|stored| stored.token.clone())),
            engagement: variable("BELLBOARD_ENGAGEMENT")
                .or_else(|| stored.as_ref()?.engagement.clone()),
            url: url
                .or_else(|| stored.map(|stored| without_slash(&stored.url)))
                .unwrap_or_else(|| DEFAULT_URL.to_owned()),
        })
    }
}

/// `$BELLBOARD_CREDENTIALS`, or `$XDG_CONFIG_HOME/bellboard/credentials.json`.
pub fn credentials_path() -> PathBuf {
    if let Some(named) = variable("BELLBOARD_CREDENTIALS") {
        return PathBuf::from(named);
    }
    base("XDG_CONFIG_HOME", ".config").join("credentials.json")
}

/// `$XDG_DATA_HOME/bellboard` or `bellboard-demo`: where a hub keeps its data unless told otherwise.
pub fn default_data_folder(name: &str) -> PathBuf {
    base("XDG_DATA_HOME", ".local/share").with_file_name(name)
}

/// `$XDG_STATE_HOME/bellboard/spool`: reports that wait for their hub.
pub fn spool_folder() -> PathBuf {
    base("XDG_STATE_HOME", ".local/state").join("spool")
}

/// The credentials at this path, or `None` when there is no such file.
pub fn read_credentials(path: &Path) -> Result<Option<Credentials>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    serde_json::from_str(&text).map(Some).with_context(|| {
        format!(
            "{} is not the JSON that `bellboard up` writes; remove it and run `bellboard up` again",
            path.display()
        )
    })
}

/// Writes the credentials for their owner's eyes only, and never half of them.
pub fn write_credentials(path: &Path, credentials: &Credentials) -> Result<()> {
    let folder = path.parent().context("the credentials file has a folder")?;
    fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be created", folder.display()))?;
    let draft = path.with_extension("json.new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .with_context(|| format!("{} cannot be written", draft.display()))?;
    file.write_all(serde_json::to_string_pretty(credentials)?.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&draft, path).with_context(|| format!("{} cannot be written", path.display()))
}

fn without_slash(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// An environment variable that says something.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Bellboard's folder below an XDG base folder; the specification ignores relative values.
fn base(name: &str, below_home: &str) -> PathBuf {
    variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| {
            PathBuf::from(variable("HOME").unwrap_or_else(|| "/".to_owned())).join(below_home)
        })
        .join("bellboard")
}
