//! `bellboard artifacts`: what was made, up into the hub and down from it.

mod download;
mod hash;
mod list;
mod media_type;
mod show;
mod upload;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::by_part;
use crate::output::Mark;
use crate::session::Session;
use crate::stop::Stop;

/// What can be done with artifacts.
#[derive(Debug, Subcommand)]
pub enum ArtifactsCommand {
    /// Upload files and make an artifact of them
    Upload(upload::UploadArgs),
    /// Download an artifact: its file, or all of its files as a ZIP
    Download(download::DownloadArgs),
    /// The newest artifacts, with filters
    List(list::ListArgs),
    /// One artifact with its files
    Show(show::ShowArgs),
}

/// Does it.
pub async fn run(command: ArtifactsCommand, session: &Session) -> Result<u8> {
    match command {
        ArtifactsCommand::Upload(args) => upload::run(args, session).await,
        ArtifactsCommand::Download(args) => download::run(args, session).await,
        ArtifactsCommand::List(args) => list::run(args, session).await,
        ArtifactsCommand::Show(args) => show::run(args, session).await,
    }
}

/// An artifact, as far as the command line reads it.
#[derive(Debug, Clone, Deserialize)]
struct Artifact {
    id: String,
    engagement_name: String,
    kind: String,
    state: String,
    version: u64,
    number: u64,
    label: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    files: Vec<File>,
    made_by_name: String,
    made_at: Timestamp,
    #[serde(default)]
    decision: Option<Decision>,
    #[serde(default)]
    decisions_allowed: Vec<Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct File {
    name: String,
    media_type: String,
    size: u64,
    digest: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Decision {
    label: String,
    #[serde(default)]
    note: Option<String>,
    decided_by_name: String,
    decided_at: Timestamp,
}

impl Artifact {
    /// `Render 7, version 2`, as people say it.
    fn name(&self) -> String {
        let kind = self.kind.replace('_', " ");
        let mut letters = kind.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        let name = format!("{first}{} {}", letters.as_str(), self.number);
        match self.version {
            1 => name,
            version => format!("{name}, version {version}"),
        }
    }

    /// What it waits for, or what was decided.
    fn state_words(&self) -> String {
        match &self.decision {
            Some(decision) => format!("{} by {}", decision.label, decision.decided_by_name),
            None => self.state.replace('_', " "),
        }
    }

    fn mark(&self) -> Mark {
        if self.decisions_allowed.is_empty() {
            Mark::Done
        } else {
            Mark::FollowUp
        }
    }
}

/// The artifact whose id begins or ends like this.
async fn artifact_id(session: &Session, reference: &str) -> Result<String> {
    let part = reference.trim().to_ascii_lowercase();
    if uuid::Uuid::try_parse(&part).is_ok() {
        return Ok(part);
    }
    let found = by_part::rows(&session.client, "list_artifacts", json!({}), &part).await?;
    let only = by_part::only(&part, &found)?;
    only.map(|made| by_part::id(made).to_owned()).ok_or_else(|| {
        Stop::usage(format!(
            "No artifact of yours begins or ends with {part}. `bellboard artifacts list` shows the newest; an older one needs its whole id."
        ))
        .into()
    })
}

/// A size as people read it.
fn size_words(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit, name) in UNITS {
        if bytes >= unit {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (67_108_864, "64.0 MiB"),
            (1_073_741_824, "1.0 GiB"),
        ] {
            assert_eq!(size_words(bytes), words);
        }
    }
}
