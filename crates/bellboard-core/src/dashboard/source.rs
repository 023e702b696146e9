//! What a dashboard can ask about: the sources, and the fields that their rows have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cell::CellKind;
use crate::vocabulary::words;

words! {
    /// Where the rows of a dashboard come from.
    Source {
        /// The runs of the engagement.
        Runs = "runs",
        /// What waits for somebody.
        NeedsYou = "needs_you",
        /// What finished.
        Recent = "recent",
        /// Tasks.
        Tasks = "tasks",
        /// Workstreams.
        Workstreams = "workstreams",
        /// Repositories.
        Repos = "repos",
        /// Extension points.
        ExtensionPoints = "extension_points",
        /// Technical debt.
        TechnicalDebt = "technical_debt",
        /// Rows that somebody pushes.
        Pushed = "pushed",
    }
}

/// A field of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceField {
    /// Its name, as a question writes it.
    pub name: String,
    /// What it holds.
    pub kind: CellKind,
}

const TEXT: CellKind = CellKind::Text;
const NUMBER: CellKind = CellKind::Number;
const BOOL: CellKind = CellKind::Bool;
const TIME: CellKind = CellKind::Time;

const RUNS: &[(&str, CellKind)] = &[
    ("id", TEXT),
    ("type", TEXT),
    ("label", TEXT),
    ("status", TEXT),
    ("outcome", TEXT),
    ("grade", TEXT),
    ("liveness", TEXT),
    ("initiator_name", TEXT),
    ("claimed_by", TEXT),
    ("claimable", BOOL),
    ("total", NUMBER),
    ("processed", NUMBER),
    ("succeeded", NUMBER),
    ("failed", NUMBER),
    ("skipped", NUMBER),
    ("created_at", TIME),
    ("started_at", TIME),
    ("completed_at", TIME),
    ("last_seen_at", TIME),
    ("acknowledged_at", TIME),
    ("duration_seconds", NUMBER),
];
const NEEDS_YOU: &[(&str, CellKind)] = &[
    ("item_id", TEXT),
    ("item_kind", TEXT),
    ("item_label", TEXT),
    ("detail", TEXT),
    ("created_at", TIME),
];
const RECENT: &[(&str, CellKind)] = &[
    ("artifact_id", TEXT),
    ("artifact_kind", TEXT),
    ("artifact_label", TEXT),
    ("completed_at", TIME),
];
const TASKS: &[(&str, CellKind)] = &[
    ("id", TEXT),
    ("external_id", TEXT),
    ("title", TEXT),
    ("workstream", TEXT),
    ("priority", TEXT),
    ("assignee", TEXT),
    ("due_date", TEXT),
    ("status", TEXT),
    ("blocking_reason", TEXT),
    ("needs_human", BOOL),
    ("created_at", TIME),
    ("updated_at", TIME),
];
const WORKSTREAMS: &[(&str, CellKind)] = &[
    ("id", TEXT),
    ("slug", TEXT),
    ("title", TEXT),
    ("domain", TEXT),
    ("topic", TEXT),
    ("repo", TEXT),
    ("owner", TEXT),
    ("due_date", TEXT),
    ("status", TEXT),
    ("tasks_open", NUMBER),
    ("tasks_done", NUMBER),
    ("finished", BOOL),
    ("stalled", BOOL),
    ("dormant", BOOL),
    ("created_at", TIME),
    ("updated_at", TIME),
];
const REPOS: &[(&str, CellKind)] = &[
    ("id", TEXT),
    ("slug", TEXT),
    ("name", TEXT),
    ("domain", TEXT),
    ("topic", TEXT),
    ("status", TEXT),
    ("local_path", TEXT),
    ("remote_url", TEXT),
    ("last_commit", TEXT),
    ("last_synced_at", TIME),
];
const EXTENSION_POINTS: &[(&str, CellKind)] = &[
    ("id", TEXT),
    ("ep_id", TEXT),
    ("title", TEXT),
    ("domain", TEXT),
    ("type", TEXT),
    ("status", TEXT),
    ("priority", TEXT),
    ("location", TEXT),
    ("topic", TEXT),
    ("workstream", TEXT),
    ("created_at", TIME),
    ("updated_at", TIME),
];
const TECHNICAL_DEBT: &[(&str, CellKind)] = &[
    ("id", TEXT),
    ("td_id", TEXT),
    ("title", TEXT),
    ("domain", TEXT),
    ("type", TEXT),
    ("severity", TEXT),
    ("status", TEXT),
    ("location", TEXT),
    ("created_at", TIME),
    ("updated_at", TIME),
];

impl Source {
    /// The fields of the source's rows; none for [`Self::Pushed`], whose rows bring their own.
    pub const fn known_fields(self) -> &'static [(&'static str, CellKind)] {
        match self {
            Self::Runs => RUNS,
            Self::NeedsYou => NEEDS_YOU,
            Self::Recent => RECENT,
            Self::Tasks => TASKS,
            Self::Workstreams => WORKSTREAMS,
            Self::Repos => REPOS,
            Self::ExtensionPoints => EXTENSION_POINTS,
            Self::TechnicalDebt => TECHNICAL_DEBT,
            Self::Pushed => &[],
        }
    }

    /// The same as owned fields.
    pub fn fields(self) -> Vec<SourceField> {
        let known = self.known_fields().iter();
        known
            .map(|(name, kind)| SourceField {
                name: (*name).to_owned(),
                kind: *kind,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_but_the_pushed_one_has_fields_with_names_of_their_own() {
        for source in Source::ALL {
            let names: Vec<&str> = source
                .known_fields()
                .iter()
                .map(|(name, _)| *name)
                .collect();
            assert_eq!(names.is_empty(), *source == Source::Pushed, "{source}");
            let once: std::collections::BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(once.len(), names.len(), "{source}");
            assert_eq!(source.fields().len(), names.len());
        }
    }
}
