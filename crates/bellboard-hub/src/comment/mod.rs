//! Comments: what people and agents say about a dashboard, a run or an artifact, in threads. Whoever is mentioned is told
//! in their inbox; nobody is told of their own words. A comment is never changed or removed by itself.

use std::collections::BTreeMap;

use bellboard_core::id::{CommentId, EngagementId, PersonId};
use bellboard_core::text::markdown_to_html;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod add;
mod bell;
mod list;
pub mod store;

pub use add::{
    AddArtifactComment, AddDashboardComment, AddRunComment, add_artifact_comment,
    add_dashboard_comment, add_run_comment,
};
pub(crate) use bell::{Bell, ring};
pub use list::{
    ListArtifactComments, ListDashboardComments, ListRunComments, list_artifact_comments,
    list_dashboard_comments, list_run_comments,
};

/// What a comment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommentType {
    /// Talk.
    #[default]
    Discussion,
    /// What somebody wants done.
    Proposal,
    /// What somebody wants to know.
    Question,
    /// What shows that something is so.
    Evidence,
    /// Why something should not be so.
    Objection,
    /// What somebody found when they looked closely.
    Review,
    /// What a thread has come to.
    Synthesis,
    /// A bell that rang; only the hub writes these.
    SnapshotAlert,
}

impl CommentType {
    const ALL: [Self; 8] = [
        Self::Discussion,
        Self::Proposal,
        Self::Question,
        Self::Evidence,
        Self::Objection,
        Self::Review,
        Self::Synthesis,
        Self::SnapshotAlert,
    ];

    /// The word in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discussion => "discussion",
            Self::Proposal => "proposal",
            Self::Question => "question",
            Self::Evidence => "evidence",
            Self::Objection => "objection",
            Self::Review => "review",
            Self::Synthesis => "synthesis",
            Self::SnapshotAlert => "snapshot_alert",
        }
    }

    fn parse(word: &str) -> Outcome<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == word)
            .ok_or_else(|| {
                Fault::internal(format!(
                    "comments.comment_type holds `{word}`, which is none"
                ))
            })
    }
}

/// What is spoken about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    /// `dashboard`, `run` or `artifact`.
    pub(crate) kind: SubjectKind,
    /// Which one.
    pub(crate) id: Uuid,
}

/// The concepts that people comment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubjectKind {
    Dashboard,
    Run,
    Artifact,
}

impl SubjectKind {
    /// The word in the database and on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::Run => "run",
            Self::Artifact => "artifact",
        }
    }
}

/// Somebody who is mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MentionView {
    /// Who.
    pub person_id: PersonId,
    /// Their name today.
    pub name: String,
}

/// One comment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CommentView {
    /// The comment.
    pub id: CommentId,
    /// Where it was made.
    pub engagement_id: EngagementId,
    /// `dashboard`, `run` or `artifact`.
    pub subject_kind: String,
    /// What it is about.
    pub subject_id: Uuid,
    /// The comment that it answers.
    pub parent_id: Option<CommentId>,
    /// What it is.
    pub comment_type: CommentType,
    /// What was said, as markdown.
    pub body: String,
    /// The same as HTML that cannot do anything.
    pub body_html: String,
    /// Who said it; absent when it was the hub.
    pub author_id: Option<PersonId>,
    /// Their name at that time.
    pub author_name: String,
    /// Who is mentioned.
    pub mentions: Vec<MentionView>,
    /// When it was said.
    pub created_at: Timestamp,
    /// Whether this call made it.
    #[serde(skip)]
    pub(crate) new: bool,
}

impl View for CommentView {
    fn created(&self) -> bool {
        self.new
    }
}

/// Reads rows of `comments` with those of their mentions.
fn views(rows: &[Row], mentions: &[Row]) -> Outcome<Vec<CommentView>> {
    let mut mentioned: BTreeMap<Uuid, Vec<MentionView>> = BTreeMap::new();
    for row in mentions {
        mentioned.entry(row.id(0)?).or_default().push(MentionView {
            person_id: row.id(1)?,
            name: row.text(2)?,
        });
    }
    rows.iter()
        .map(|row| {
            let (id, body): (Uuid, String) = (row.id(1)?, row.text(6)?);
            Ok(CommentView {
                id: CommentId::from_uuid(id),
                engagement_id: row.id(0)?,
                subject_kind: row.text(2)?,
                subject_id: row.id(3)?,
                parent_id: row.opt_id(4)?,
                comment_type: CommentType::parse(&row.text(5)?)?,
                body_html: markdown_to_html(&body),
                body,
                author_id: row.opt_id(7)?,
                author_name: row.text(8)?,
                created_at: row.time(9)?,
                mentions: mentioned.remove(&id).unwrap_or_default(),
                new: false,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_types_are_read_back() {
        for known in CommentType::ALL {
            assert_eq!(CommentType::parse(known.as_str()).unwrap(), known);
            let json = serde_json::to_value(known).unwrap();
            assert_eq!(json, known.as_str());
        }
        for word in ["", "shout", "Discussion", "snapshot alert"] {
            assert!(CommentType::parse(word).is_err(), "{word}");
        }
        assert_eq!(CommentType::default(), CommentType::Discussion);
    }

    #[test]
    fn the_words_of_subjects_are_those_of_the_table() {
        let words = [
            SubjectKind::Dashboard,
            SubjectKind::Run,
            SubjectKind::Artifact,
        ]
        .map(SubjectKind::as_str);
        assert_eq!(words, ["dashboard", "run", "artifact"]);
    }
}
