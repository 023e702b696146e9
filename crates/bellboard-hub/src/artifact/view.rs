//! An artifact as everybody who may see it sees it.

use bellboard_core::artifact::{Changes, ContentKind, Decision, Kind, State};
use bellboard_core::content::ContentDigest;
use bellboard_core::id::{ArtifactId, EngagementId, PersonId, RunId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::db::Row;
use crate::decision::DecisionView;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// An artifact at its newest version.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ArtifactView {
    /// The artifact.
    pub id: ArtifactId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its name.
    pub engagement_name: String,
    /// Its slug.
    pub engagement_slug: String,
    /// What it is.
    pub kind: Kind,
    /// Where it is in the life of its kind.
    pub state: State,
    /// The number of the newest version, from 1.
    pub version: i64,
    /// The number that people say, per engagement and kind: "shape 12".
    pub number: i64,
    /// What a person reads.
    pub label: String,
    /// What it is about; may be empty.
    pub detail: String,
    /// What is new in this version, in the words of who made it; may be empty, and is in a list.
    pub note: String,
    /// How the content is kept.
    pub content_kind: ContentKind,
    /// The content of an `inline_dict`; null for files, and in a list.
    pub content: Option<Value>,
    /// The files of the version; none for an `inline_dict`, and in a list.
    pub files: Vec<FileView>,
    /// Where the content can be downloaded; null for an `inline_dict`.
    pub download_url: Option<String>,
    /// The run that made it.
    pub run_id: Option<RunId>,
    /// Who made the newest version.
    pub made_by: PersonId,
    /// Who made the newest version, by their name at that moment.
    pub made_by_name: String,
    /// When the first version came.
    pub created_at: Timestamp,
    /// When the newest version came.
    pub made_at: Timestamp,
    /// When it may be forgotten; what waits for somebody is kept.
    pub expires_at: Option<Timestamp>,
    /// The decision that stands for the newest version.
    pub decision: Option<DecisionView>,
    /// What can be decided now.
    pub decisions_allowed: Vec<AllowedDecision>,
    /// What is new since the last version that somebody took as it was, or else since the one before; null in a list.
    pub changes: Option<Changes>,
}

impl View for ArtifactView {}

/// An artifact with the version that this call has made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ArtifactMade {
    /// The artifact.
    #[serde(flatten)]
    pub artifact: ArtifactView,
}

impl View for ArtifactMade {
    fn created(&self) -> bool {
        true
    }
}

/// One file of a version.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FileView {
    /// Its name, without any path.
    pub name: String,
    /// What it says it is.
    pub media_type: String,
    /// How many bytes.
    pub size: i64,
    /// The SHA-256 of its bytes.
    pub digest: ContentDigest,
    /// Where it can be downloaded.
    pub download_url: String,
}

/// A decision that is open.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AllowedDecision {
    /// The word for the verb.
    pub decision: Decision,
    /// What a button says.
    pub label: String,
    /// Whether it must say why.
    pub needs_note: bool,
}

impl ArtifactView {
    /// Reads `artifact_columns!`, without content, files and changes.
    pub(crate) fn read(row: &Row) -> Outcome<Self> {
        let id: ArtifactId = row.id(3)?;
        let kind = word(row, 4, Kind::parse)?;
        let state = word(row, 5, State::parse)?;
        let content_kind = word(row, 10, ContentKind::parse)?;
        let has_files = content_kind != ContentKind::InlineDict;
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_name: row.text(1)?,
            engagement_slug: row.text(2)?,
            id,
            kind,
            state,
            version: row.int(6)?,
            number: row.int(7)?,
            label: row.text(8)?,
            detail: row.text(9)?,
            note: String::new(),
            content_kind,
            content: None,
            files: Vec::new(),
            download_url: has_files.then(|| format!("/artifacts/{id}/download")),
            run_id: row.opt_id(11)?,
            made_by: row.id(12)?,
            made_by_name: row.text(13)?,
            created_at: row.time(14)?,
            made_at: row.time(15)?,
            expires_at: row.opt_time(16)?,
            decision: DecisionView::read_joined(row, 17)?,
            decisions_allowed: kind.decisions_in(state).map(allowed).collect(),
            changes: None,
        })
    }
}

fn allowed(decision: Decision) -> AllowedDecision {
    AllowedDecision {
        decision,
        label: decision.label(),
        needs_note: decision.needs_note(),
    }
}

impl FileView {
    /// Reads name, media_type, digest, size of a file of this version.
    pub(super) fn read(row: &Row, artifact: ArtifactId, version: i64) -> Outcome<Self> {
        let name = row.text(0)?;
        let digest = row.blob(2)?;
        Ok(Self {
            download_url: format!(
                "/artifacts/{artifact}/download?version={version}&file={}",
                percent_encoded(&name)
            ),
            name,
            media_type: row.text(1)?,
            digest: ContentDigest::try_from(digest.as_slice()).map_err(Fault::internal)?,
            size: row.int(3)?,
        })
    }
}

/// A name as a value in a query: everything but the unreserved characters of RFC 3986 is escaped.
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// A word of a closed set, as it stands in a column.
pub(super) fn word<T>(row: &Row, column: usize, parse: impl Fn(&str) -> Option<T>) -> Outcome<T> {
    let text = row.text(column)?;
    parse(&text).ok_or_else(|| Fault::internal(format!("an artifact holds the word {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_query_is_escaped() {
        assert_eq!(percent_encoded("a-b_c.d~1"), "a-b_c.d~1");
        assert_eq!(percent_encoded("ä &?.csv"), "%C3%A4%20%26%3F.csv");
    }
}
