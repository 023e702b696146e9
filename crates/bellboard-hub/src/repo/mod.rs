//! Repos: the repositories of a domain, in which the plans lie. The domain is the primary link, the topic is optional.

use bellboard_core::id::{DomainId, EngagementId, RepoId, TopicId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{Drift, EntryStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Row, Sql};
use crate::domain::status;
use crate::fault::{Fault, Outcome};
use crate::sync::{HeldBack, SyncProblem};
use crate::verbs::View;

mod change;
mod create;
mod read;
pub mod store;

pub use change::{ArchiveRepo, UpdateRepo, archive_repo, update_repo};
pub use create::{CreateRepo, RegisterRepo, create_repo, register_repo};
pub use read::{
    DomainRepos, GetRepo, ListDomainRepos, ListRepos, get_repo, list_domain_repos, list_repos,
};

/// A repo.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RepoView {
    /// The repo.
    pub id: RepoId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// The domain that it belongs to.
    pub domain_id: DomainId,
    /// Its slug.
    pub domain_slug: String,
    /// The topic that it is about, if there is one.
    pub topic_id: Option<TopicId>,
    /// Its slug.
    pub topic_slug: Option<String>,
    /// What addresses and the command line use.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Where it lies on the machine of whoever registered it.
    pub local_path: Option<String>,
    /// Where it is fetched from.
    pub remote_url: Option<String>,
    /// What it is; may be empty.
    pub description: String,
    /// `active` or `archived`.
    pub status: EntryStatus,
    /// When its plans were last read.
    pub last_synced_at: Option<Timestamp>,
    /// The commit that the next sync is measured by: the last one that was read of a working tree which held the one before.
    pub last_commit: Option<String>,
    /// How the last sync went.
    pub last_sync: Option<RepoSync>,
    /// The sync since then that wrote nothing, because its working tree was behind its remote or in the middle of a merge.
    pub held_back: Option<HeldBack>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    #[serde(skip)]
    new: bool,
}

/// A repo with what its last sync left to look at.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RepoDetail {
    /// The repo.
    #[serde(flatten)]
    pub repo: RepoView,
    /// The differences between its files and the hub that were left, each with the reason; at most 100.
    pub drift: Vec<Drift>,
    /// What was read and should be looked at all the same; at most 100.
    pub warnings: Vec<SyncProblem>,
    /// What was not read; at most 100.
    pub errors: Vec<SyncProblem>,
}

/// The rows of the report that stays with a repo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeptRows {
    drift: Vec<Drift>,
    warnings: Vec<SyncProblem>,
    errors: Vec<SyncProblem>,
}

/// How the last sync of a repo went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RepoSync {
    /// The branch that was read.
    pub branch: Option<String>,
    /// The commit that was read.
    pub commit: Option<String>,
    /// How many commits it was behind its remote.
    pub behind: u64,
    /// What the caller calls all that was sent, while the hub has exactly that: nothing was left, and nothing has changed since.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// How many files were read as plans.
    pub files_read: usize,
    /// How many tasks stood in them.
    pub tasks_read: usize,
    /// How many differences between files and hub were left.
    pub drift_left: usize,
    /// How much was read and should be looked at.
    pub warning_count: usize,
    /// How much was not read.
    pub error_count: usize,
}

impl View for RepoView {
    fn created(&self) -> bool {
        self.new
    }

    fn slug_today(&self) -> Option<&str> {
        Some(&self.slug)
    }
}

impl View for RepoDetail {
    fn slug_today(&self) -> Option<&str> {
        Some(&self.repo.slug)
    }
}

impl RepoDetail {
    /// Reads `repo_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        let KeptRows {
            drift,
            warnings,
            errors,
        } = kept_rows(row.opt_text(17)?.as_deref());
        Ok(Self {
            repo: RepoView::read(row)?,
            drift,
            warnings,
            errors,
        })
    }
}

/// What the report lists; nothing of one that an older hub wrote in another way.
fn kept_rows(report: Option<&str>) -> KeptRows {
    let rows = report.and_then(|report| serde_json::from_str(report).ok());
    let mut rows: KeptRows = rows.unwrap_or_default();
    rows.drift.retain(Drift::is_left);
    rows
}

impl RepoView {
    /// Reads `repo_columns!`.
    pub(crate) fn read(row: &Row) -> Outcome<Self> {
        let report = row.opt_text(17)?;
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            domain_id: row.id(3)?,
            domain_slug: row.text(4)?,
            topic_id: row.opt_id(5)?,
            topic_slug: row.opt_text(6)?,
            slug: row.text(7)?,
            name: row.text(8)?,
            local_path: row.opt_text(9)?,
            remote_url: row.opt_text(10)?,
            description: row.text(11)?,
            status: status(&row.text(12)?)?,
            last_synced_at: row.opt_time(13)?,
            last_commit: row.opt_text(14)?,
            created_at: row.time(15)?,
            changed_at: row.time(16)?,
            last_sync: last_sync(report.as_deref(), row.bool(18)?),
            held_back: held_back(report.as_deref()),
            new: false,
        })
    }
}

/// What a repo shows of the report that it keeps; nothing of one that an older hub wrote.
fn last_sync(report: Option<&str>, has_changed: bool) -> Option<RepoSync> {
    let mut last: RepoSync = serde_json::from_str(report?).ok()?;
    if has_changed {
        last.fingerprint = None;
    }
    Some(last)
}

/// What the report says of a sync after it that wrote nothing.
fn held_back(report: Option<&str>) -> Option<HeldBack> {
    #[derive(Deserialize)]
    struct Beside {
        held_back: Option<HeldBack>,
    }
    serde_json::from_str::<Beside>(report?).ok()?.held_back
}

/// The repo, which the proof says the caller may see.
pub(crate) async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<RepoView> {
    let row = store::one(sql, engagement, repo).await?;
    RepoView::read(&row.ok_or_else(Fault::not_found)?)
}
