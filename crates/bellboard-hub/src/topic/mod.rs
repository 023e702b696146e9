//! Topics: what a domain is busy with. A topic belongs to its domain by key and shows its slug.

use bellboard_core::id::{DomainId, EngagementId, TopicId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::EntryStatus;
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::{Row, Sql};
use crate::domain::status;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod change;
mod create;
mod read;
pub mod store;

pub use change::{
    ArchiveTopic, RenameTopic, UpdateTopic, archive_topic, rename_topic, update_topic,
};
pub use create::{CreateTopic, create_topic};
pub use read::{GetTopic, ListTopics, get_topic, list_topics};

/// A topic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicView {
    /// The topic.
    pub id: TopicId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// The domain that it belongs to.
    pub domain_id: DomainId,
    /// Its slug.
    pub domain_slug: String,
    /// What addresses, files and the command line use.
    pub slug: String,
    /// What people read.
    pub title: String,
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

impl View for TopicView {
    fn created(&self) -> bool {
        self.new
    }

    fn slug_today(&self) -> Option<&str> {
        Some(&self.slug)
    }
}

impl TopicView {
    /// Reads `topic_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            domain_id: row.id(3)?,
            domain_slug: row.text(4)?,
            slug: row.text(5)?,
            title: row.text(6)?,
            description: row.text(7)?,
            status: status(&row.text(8)?)?,
            created_at: row.time(9)?,
            changed_at: row.time(10)?,
            new: false,
        })
    }
}

/// The topic, which the proof says the caller may see.
async fn load(sql: &mut Sql<'_>, engagement: EngagementId, topic: TopicId) -> Outcome<TopicView> {
    let row = store::one(sql, engagement, topic).await?;
    TopicView::read(&row.ok_or_else(Fault::not_found)?)
}
