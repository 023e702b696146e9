//! Domains: the fields of work of an engagement. They are rows and no enumeration, so they are made, renamed and archived
//! while the hub runs.

use bellboard_core::id::{DomainId, EngagementId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::EntryStatus;
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::count;
use crate::repo::RepoView;
use crate::verbs::View;

mod belonging;
mod change;
mod create;
mod live;
mod read;
mod seed;
pub mod store;

pub(crate) use belonging::{Asked, list};
pub use change::{
    ArchiveDomain, RenameDomain, UpdateDomain, archive_domain, rename_domain, update_domain,
};
pub use create::{CreateDomain, create_domain};
pub(crate) use live::{InputDomain, OfDomain, known, of_member, of_new};
pub use read::{GetDomain, ListDomains, WhichStatus, get_domain, list_domains};
pub use seed::{DomainsSeeded, SeedDomain, SeedDomains, seed_domains};

/// The longest slug of a domain.
const LONGEST_SLUG: usize = 50;

/// How many columns `domain_columns!` has.
const COLUMNS: usize = 9;

/// A domain.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DomainView {
    /// The domain.
    pub id: DomainId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// What addresses, files and the command line use.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// What it is about; may be empty.
    pub description: String,
    /// `active` or `archived`.
    pub status: EntryStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    #[serde(skip)]
    new: bool,
}

impl View for DomainView {
    fn created(&self) -> bool {
        self.new
    }

    fn slug_today(&self) -> Option<&str> {
        Some(&self.slug)
    }
}

impl DomainView {
    /// Reads `domain_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            slug: row.text(3)?,
            name: row.text(4)?,
            description: row.text(5)?,
            status: status(&row.text(6)?)?,
            created_at: row.time(7)?,
            changed_at: row.time(8)?,
            new: false,
        })
    }
}

/// A domain with how much belongs to it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DomainListed {
    /// The domain.
    #[serde(flatten)]
    pub domain: DomainView,
    /// How much belongs to it, whatever its status.
    pub counts: DomainCounts,
}

/// A domain with what belongs to it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DomainDetail {
    /// The domain.
    #[serde(flatten)]
    pub domain: DomainView,
    /// How much belongs to it, whatever its status.
    pub counts: DomainCounts,
    /// Its repos by slug, at most 100; `list_repos` has all.
    pub repos: Vec<RepoView>,
}

impl View for DomainDetail {
    fn slug_today(&self) -> Option<&str> {
        Some(&self.domain.slug)
    }
}

/// How much belongs to a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DomainCounts {
    /// Topics.
    pub topics: u64,
    /// Workstreams.
    pub workstreams: u64,
    /// Extension points.
    pub extension_points: u64,
    /// Technical debts.
    pub technical_debts: u64,
    /// Repos.
    pub repos: u64,
}

impl DomainCounts {
    /// Reads `domain_counts!` from this column on.
    fn read(row: &Row, first: usize) -> Outcome<Self> {
        Ok(Self {
            topics: count(row, first)?,
            workstreams: count(row, first + 1)?,
            extension_points: count(row, first + 2)?,
            technical_debts: count(row, first + 3)?,
            repos: count(row, first + 4)?,
        })
    }
}

/// The stored status of a domain, a repo or a topic.
pub(crate) fn status(text: &str) -> Outcome<EntryStatus> {
    EntryStatus::parse(text)
        .ok_or_else(|| Fault::internal(format!("`{text}` is stored and no status")))
}

/// The domain, which the proof says the caller may see.
pub(crate) async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    domain: DomainId,
) -> Outcome<DomainView> {
    let row = store::one(sql, engagement, domain).await?;
    DomainView::read(&row.ok_or_else(Fault::not_found)?)
}
