//! What the selected row of "Needs you" shows: the facts, what changed, and what follows from each way to decide.

use bellboard_core::artifact::{Changes, Kind, Sign};
use bellboard_core::id::ArtifactId;
use bellboard_hub::artifact::{self, ArtifactView, GetArtifact};
use bellboard_hub::ask::{self, AskView, GetAsk};
use bellboard_hub::waiting::WaitSeconds;

use super::needs::artifact_kind;
use super::visit::Visit;

/// More lines than this a row does not show; the artifact's own page shows more.
const LINES_AT_MOST: usize = 6;

/// The inside of a selected row.
#[derive(Debug, Clone)]
pub struct Detail {
    /// What it is about, in the words of who made it.
    pub words: String,
    /// What changed.
    pub changes: Option<Changes>,
    /// The first of the changed lines.
    pub lines: Vec<Line>,
    /// How many lines are left out.
    pub more: usize,
    /// The options of an ask.
    pub options: Vec<Choice>,
    /// What follows.
    pub consequence: String,
    /// The page with everything.
    pub page: String,
    /// Where the content can be downloaded.
    pub download: Option<String>,
}

/// One changed line.
#[derive(Debug, Clone)]
pub struct Line {
    /// The class of its colour.
    pub hue: &'static str,
    /// Its sign, so that the colour is never alone.
    pub sign: char,
    /// What it says.
    pub words: String,
}

/// One option of an ask.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub key: String,
    /// What the button says.
    pub label: String,
    /// What follows from it; may be empty.
    pub consequence: String,
    /// Whether it must say why.
    pub needs_note: bool,
}

/// `KIND:ID` of the address; anything else selects nothing.
pub fn named(item: Option<&str>) -> Option<(&str, &str)> {
    item?.split_once(':')
}

/// What the row of `id` shows; nothing when it is gone or has its own page only.
pub async fn load(visit: &Visit, kind: &str, id: &str) -> Option<Detail> {
    if artifact_kind(kind).is_some() {
        return Some(of_artifact(find_artifact(visit, id).await?));
    }
    (kind == "ask").then_some(())?;
    find_ask(visit, id).await.as_ref().map(of_ask)
}

/// The artifact, when this person may see it.
pub async fn find_artifact(visit: &Visit, id: &str) -> Option<ArtifactView> {
    let artifact_id: ArtifactId = id.parse().ok()?;
    let input = GetArtifact {
        artifact_id,
        wait_seconds: WaitSeconds::default(),
    };
    artifact::get_artifact(visit.call("get_artifact"), input)
        .await
        .ok()
}

/// The ask, when this person may see it.
pub async fn find_ask(visit: &Visit, id: &str) -> Option<AskView> {
    let input = GetAsk {
        ask_id: id.parse().ok()?,
        wait_seconds: None,
        wait: None,
    };
    ask::get_ask(visit.call("get_ask"), input).await.ok()
}

fn of_artifact(artifact: ArtifactView) -> Detail {
    let lines: Vec<Line> = artifact.changes.iter().flat_map(lines).collect();
    let more = lines.len().saturating_sub(LINES_AT_MOST);
    Detail {
        words: if artifact.note.is_empty() {
            artifact.detail
        } else {
            artifact.note
        },
        changes: artifact.changes,
        lines: lines.into_iter().take(LINES_AT_MOST).collect(),
        more,
        options: Vec::new(),
        consequence: consequence(artifact.kind).to_owned(),
        page: format!("/ui/artifacts/{}", artifact.id),
        download: artifact.download_url,
    }
}

fn lines(changes: &Changes) -> impl Iterator<Item = Line> + '_ {
    changes.lines.iter().map(|line| {
        let (hue, sign) = match line.sign {
            Sign::Added => ("green", '+'),
            Sign::Removed => ("red", '-'),
            Sign::Changed => ("blue", '~'),
        };
        Line {
            hue,
            sign,
            words: line.text.clone(),
        }
    })
}

/// What follows from deciding, in one sentence.
fn consequence(kind: Kind) -> &'static str {
    match kind {
        Kind::Shape | Kind::DownstreamSpecification => {
            "Rejecting asks for a reason. Whoever made it gets it as the next instruction."
        }
        Kind::Assertion => {
            "Committed, it is remembered. Discarded, it is not; nothing else changes."
        }
        Kind::Render => {
            "Accepted, it is final. Returning asks for a reason, which whoever made it gets."
        }
        Kind::ReviewReport => "Acknowledging says that you have read it.",
        Kind::TransformedArtifact => "",
    }
}

fn of_ask(ask: &AskView) -> Detail {
    let options = ask.options.iter().filter(|_| ask.may_answer);
    Detail {
        words: ask.detail.clone(),
        changes: None,
        lines: Vec::new(),
        more: 0,
        options: options
            .map(|option| Choice {
                key: option.key.as_str().to_owned(),
                label: option.label.to_string(),
                consequence: option
                    .consequence
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                needs_note: option.needs_note,
            })
            .collect(),
        consequence: format!("{} asked and gets the answer.", ask.asked_by_name),
        page: super::ask::url_of(ask.id),
        download: None,
    }
}
