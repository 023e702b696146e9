//! The fields of the API's views that the command line reads. Everything else in an answer is left alone, so that an
//! older command line understands a newer hub.

use bellboard_core::time::Timestamp;
use clap::ValueEnum;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::{CallFault, Client};

/// The most that one page may hold.
pub const PAGE: u32 = 100;
/// How many pages are followed at most where everything is asked for.
const MAX_PAGES: u32 = 100;

/// One page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many there are in all.
    #[serde(default)]
    pub total_count: u64,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// A run.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    pub id: String,
    pub engagement_name: String,
    #[serde(default)]
    pub initiator_name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub label: String,
    pub status: String,
    pub outcome: Option<String>,
    pub grade: Option<String>,
    #[serde(default)]
    pub liveness: String,
    #[serde(default)]
    pub summary_counts: Value,
    #[serde(default)]
    pub failures: Vec<Failure>,
    #[serde(default)]
    pub context: Value,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub acknowledged_by: Option<String>,
    pub progress: Progress,
}

/// A run in our hands.
#[derive(Debug, Clone, Deserialize)]
pub struct Claim {
    pub run: Run,
    #[serde(default)]
    pub inputs: Value,
    pub fence: u32,
}

/// What `claim_run` found.
#[derive(Debug, Clone, Deserialize)]
pub struct Claimed {
    pub claim: Option<Claim>,
}

impl Run {
    /// Whether it has asked, and goes on when a person has answered.
    pub fn waits_for_a_person(&self) -> bool {
        self.liveness == "waiting"
    }

    /// Whether nothing more will come.
    pub fn is_completed(&self) -> bool {
        self.status == "completed"
    }
}

/// Why a run did not end well.
#[derive(Debug, Clone, Deserialize)]
pub struct Failure {
    pub code: String,
    pub message: String,
}

/// What the one presenter says about a run's progress.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Progress {
    pub mode: String,
    pub label: String,
    pub processed: Option<u64>,
    pub total: Option<u64>,
    pub detail: Option<String>,
    pub stale: bool,
    pub guidance: Option<String>,
}

/// The answer to a start.
#[derive(Debug, Clone, Deserialize)]
pub struct Started {
    pub created: bool,
    pub run: Run,
}

/// The answer to a finish.
#[derive(Debug, Clone, Deserialize)]
pub struct Finished {
    pub run: Run,
    #[serde(default)]
    pub late: bool,
}

/// An engagement as one of its members sees it.
#[derive(Debug, Clone, Deserialize)]
pub struct Membership {
    pub engagement_id: String,
    pub engagement_name: String,
    #[serde(default)]
    pub engagement_slug: String,
    #[serde(default)]
    pub demo: bool,
    #[serde(default)]
    pub designations: Vec<String>,
    #[serde(default)]
    pub read_only: bool,
}

/// Which of what can be archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhichStatus {
    /// What is in use
    Active,
    /// What no longer is
    Archived,
    /// Both
    All,
}

impl WhichStatus {
    /// The word that the hub takes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::All => "all",
        }
    }
}

/// Every row of a list, page by page, up to the written limit.
pub async fn all<T: DeserializeOwned>(
    client: &Client,
    verb: &str,
    filters: Value,
) -> Result<Vec<T>, CallFault> {
    let mut rows = Vec::new();
    let mut input = filters;
    input["limit"] = json!(PAGE);
    for _ in 0..MAX_PAGES {
        let page: Page<T> = client.call(verb, input.clone()).await?;
        rows.extend(page.items);
        match page.next_cursor {
            Some(cursor) => input["cursor"] = json!(cursor),
            None => break,
        }
    }
    Ok(rows)
}
