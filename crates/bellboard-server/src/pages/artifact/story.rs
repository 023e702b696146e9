//! What happened to an artifact: its versions, and what was decided about each, newest first.

use bellboard_core::artifact::ContentKind;
use bellboard_core::time::Timestamp;
use bellboard_hub::artifact::{ArtifactVersionView, ArtifactView};
use bellboard_hub::decision::DecisionView;

use crate::pages::moment::{Moment, Reading};

/// One line of the history.
#[derive(Debug)]
pub struct Event {
    pub at: Moment,
    /// The colour of its dot; the words say the same.
    pub tone: &'static str,
    pub words: String,
    pub note: Option<String>,
    /// Where the files of this version can be had.
    pub download: Option<String>,
}

/// The versions and decisions in the order of their time, newest first.
pub fn story(
    artifact: &ArtifactView,
    versions: &[ArtifactVersionView],
    decisions: &[DecisionView],
    now: Timestamp,
) -> Vec<Event> {
    let clock = |at| Moment::new(at, Reading::Clock, now);
    let versions = versions.iter().map(|version| {
        let words = format!("Version {} by {}", version.version, version.made_by_name);
        let has_files = version.content_kind != ContentKind::InlineDict;
        let event = Event {
            at: clock(version.made_at),
            tone: "hot",
            words,
            note: (!version.note.is_empty()).then(|| version.note.clone()),
            download: has_files.then(|| {
                format!(
                    "/artifacts/{}/download?version={}",
                    artifact.id, version.version
                )
            }),
        };
        (version.made_at, event)
    });
    let decisions = decisions.iter().map(|decision| {
        let undone = match decision.undone_at {
            Some(_) => ", and took it back",
            None if !decision.released => ", not yet in effect",
            None => "",
        };
        let words = format!(
            "{} {} version {}{undone}",
            decision.decided_by_name,
            decision.label.to_lowercase(),
            decision.version
        );
        let event = Event {
            at: clock(decision.decided_at),
            tone: if decision.undone_at.is_some() {
                ""
            } else {
                "ok"
            },
            words,
            note: decision.note.clone(),
            download: None,
        };
        (decision.decided_at, event)
    });
    let mut told: Vec<(Timestamp, Event)> = decisions.chain(versions).collect();
    told.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    told.into_iter().map(|(_, event)| event).collect()
}
