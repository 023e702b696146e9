//! The folders of this machine that its hub looks at by itself: a list beside the hub's own key, and the loop that syncs
//! what has changed, with the owner's key and through the public API like everybody else.

pub mod list;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tracing::{info, warn};

use crate::client::Client;
use crate::sync::{self, PATIENCE, Taken};
use list::Watched;

/// What was seen of a folder the last time: the fingerprint of what was sent, or why it could not be read.
type Seen = Result<String, String>;

/// Looks at every folder of the list, again and again. Each round begins with the list and the files as they are, so it
/// can be ended anywhere.
pub async fn play(client: &Client, data: &Path, pause: Duration) {
    let client = client.within(PATIENCE);
    let mut seen = BTreeMap::new();
    loop {
        match list::read(data) {
            Ok(watched) => {
                seen.retain(|repo, _| watched.iter().any(|one| one.repo == *repo));
                for one in watched {
                    look(&client, one, &mut seen).await;
                }
            }
            Err(error) => warn!("{error:#}"),
        }
        tokio::time::sleep(pause).await;
    }
}

/// Syncs the folder if it is another than the last time. What goes wrong is told once, until something else does.
async fn look(client: &Client, one: Watched, seen: &mut BTreeMap<String, Seen>) {
    let before = seen.get(&one.repo);
    let found = match taken(&one.path).await {
        Ok(taken) if before == Some(&Ok(taken.fingerprint.clone())) => return,
        Ok(taken) => {
            let fingerprint = taken.fingerprint.clone();
            match post(client, &one, taken).await {
                Ok(report) => {
                    tell(&one, &report);
                    Ok(fingerprint)
                }
                Err(error) => Err(format!("{error:#}")),
            }
        }
        Err(error) => Err(format!("{error:#}")),
    };
    if let Err(words) = &found
        && before != Some(&found)
    {
        warn!(folder = %one.path.display(), "A watched folder is not synced: {words}");
    }
    seen.insert(one.repo, found);
}

/// The plan files of a folder, read beside everything else that this process does.
async fn taken(path: &Path) -> Result<Taken> {
    let path = PathBuf::from(path);
    let read = tokio::task::spawn_blocking(move || Taken::of(&path));
    read.await.context("The reading of a folder ended early")?
}

async fn post(client: &Client, one: &Watched, taken: Taken) -> Result<Value> {
    let repo = sync::repo_of_id(client, &one.repo).await?;
    taken.post(&repo, sync::Asked::default(), client).await
}

fn tell(one: &Watched, report: &Value) {
    let folder = one.path.display();
    let count = |name: &str| report[name].as_array().map_or(0, Vec::len);
    let (warnings, errors) = (count("warnings"), count("errors"));
    if errors > 0 {
        warn!(%folder, errors, "A watched folder holds plan files that are not read; `bellboard sync --dry-run` there tells which");
    } else {
        info!(%folder, warnings, written = report["written"] == true, "A watched folder was synced");
    }
}
