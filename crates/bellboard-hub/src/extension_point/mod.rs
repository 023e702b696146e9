//! Extension points: places where something may be extended later. One belongs to its domain by key, so that no rename
//! orphans it; it is shown with the domain's slug.

use bellboard_core::id::{DomainId, EngagementId, ExtensionPointId, TopicId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{ExtensionStatus, ExtensionType, Priority};
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod create;
mod read;
pub mod store;
mod update;

pub use create::{CreateExtensionPoint, create_extension_point};
pub use read::{
    GetExtensionPoint, ListExtensionPoints, get_extension_point, list_extension_points,
};
pub use update::{UpdateExtensionPoint, update_extension_point};

/// An extension point.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExtensionPointView {
    /// Its id.
    pub id: ExtensionPointId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// What people call it: `EP-0007`.
    pub ep_id: String,
    /// The slug of the domain that it belongs to.
    pub domain: String,
    /// The domain.
    pub domain_id: DomainId,
    /// In one line.
    pub title: String,
    /// `api`, `schema`, `mcp`, `dashboard`, `architecture`, `integration` or `other`.
    #[serde(rename = "type")]
    pub extension_type: ExtensionType,
    /// `open`, `in_progress`, `addressed`, `deferred` or `wont_fix`.
    pub status: ExtensionStatus,
    /// `low`, `medium`, `high` or `critical`.
    pub priority: Priority,
    /// Where in the code; may be empty.
    pub location: String,
    /// More words; may be empty.
    pub description: String,
    /// The slug of the topic that it is about.
    pub topic: Option<String>,
    /// The slug of the workstream that it is planned in.
    pub workstream: Option<String>,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    #[serde(skip)]
    topic_id: Option<TopicId>,
    #[serde(skip)]
    workstream_id: Option<WorkstreamId>,
    #[serde(skip)]
    new: bool,
}

impl View for ExtensionPointView {
    fn created(&self) -> bool {
        self.new
    }
}

impl ExtensionPointView {
    /// Reads `extension_point_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        let wrong =
            |column: &str| Fault::internal(format!("extension_points.{column} holds no word"));
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            ep_id: row.text(3)?,
            domain_id: row.id(4)?,
            domain: row.text(5)?,
            title: row.text(6)?,
            extension_type: ExtensionType::parse(&row.text(7)?).ok_or_else(|| wrong("type"))?,
            status: ExtensionStatus::parse(&row.text(8)?).ok_or_else(|| wrong("status"))?,
            priority: Priority::parse(&row.text(9)?).ok_or_else(|| wrong("priority"))?,
            location: row.text(10)?,
            description: row.text(11)?,
            topic_id: row.opt_id(12)?,
            topic: row.opt_text(13)?,
            workstream_id: row.opt_id(14)?,
            workstream: row.opt_text(15)?,
            created_at: row.time(16)?,
            changed_at: row.time(17)?,
            new: false,
        })
    }
}

/// The extension point, which the proof says the caller may see.
async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: ExtensionPointId,
) -> Outcome<ExtensionPointView> {
    let row = store::one(sql, engagement, id).await?;
    ExtensionPointView::read(&row.ok_or_else(Fault::not_found)?)
}
