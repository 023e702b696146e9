//! Artifacts: what runs and agents make, in versions, and what people decide about the newest one.

use bellboard_core::id::ArtifactId;
use bellboard_core::page::Limit;
use schemars::JsonSchema;
use serde::Deserialize;

mod content;
mod create;
mod decide;
mod forget;
mod read;
pub mod store;
mod view;

pub use content::{ContentInput, FileInput};
pub use create::{
    AddArtifactVersion, CreateArtifact, VersionNumber, add_artifact_version, create_artifact,
};
pub(crate) use decide::released;
pub use decide::{DecideArtifact, decide_artifact, undo_artifact};
pub use forget::forget_expired;
pub use read::{
    ArtifactVersionView, GetArtifact, ListArtifacts, get_artifact, list_artifact_decisions,
    list_artifact_versions, list_artifacts,
};
pub use view::{AllowedDecision, ArtifactMade, ArtifactView, FileView};

/// Which artifact.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfArtifact {
    /// The artifact.
    pub artifact_id: ArtifactId,
}

/// A page of something about one artifact.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageOfArtifact {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}
