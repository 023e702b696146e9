//! One artifact: what it is and where it stands, what is in it and what changed, the decision about it, its history.

mod content;
mod story;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_core::artifact::{Changes, Kind, State as Stage};
use bellboard_core::id::ArtifactId;
use bellboard_core::membership::{Capability, allows};
use bellboard_core::page::Limit;
use bellboard_hub::artifact::{self, AllowedDecision, ArtifactView, GetArtifact, PageOfArtifact};
use bellboard_hub::fault::Fault;
use bellboard_hub::waiting::WaitSeconds;
use serde::Deserialize;
use serde_json::json;

use self::content::{ChangeLine, Content, change_lines};
use self::story::{Event, story};
use super::actions::{act, go_back};
use super::assets::Asset;
use super::comments::{Subject, Thread};
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::receipt::Receipt;
use super::shell::{Here, Shell};
use super::tag::EngagementTag;
use super::visit::{Engagements, Visit};
use super::{render, strip};
use crate::app::App;
use crate::guard::RequestId;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "artifact.html")]
struct ArtifactPage {
    shell: Shell,
    id: ArtifactId,
    name: String,
    detail: String,
    mark: Mark,
    state: String,
    number: String,
    version: i64,
    engagement: EngagementTag,
    slug: String,
    note: String,
    receipt: Option<Receipt>,
    refused: Option<String>,
    decide: Vec<AllowedDecision>,
    consequence: &'static str,
    reads_only: bool,
    said: String,
    changes: Option<(Changes, Vec<ChangeLine>)>,
    content: Content,
    download_all: Option<String>,
    made_by: String,
    made_at: Moment,
    run: Option<String>,
    kept_until: Option<Moment>,
    story: Vec<Event>,
    command: String,
    thread: Thread,
}

/// The form of a decision; each of its buttons is one.
#[derive(Debug, Deserialize)]
pub struct Decided {
    #[serde(default)]
    decision: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    expected_version: i64,
}

/// Answers `/ui/artifacts/{artifact_id}`.
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    page(&visit, read_id(&id)?, None, String::new()).await
}

/// A form was reloaded: its address answers with the page that it stands on.
pub async fn back(Path((id, _)): Path<(String, String)>) -> Result<Response, Problem> {
    Ok(go_back(&url_of(read_id(&id)?)))
}

/// The page of an artifact.
pub fn url_of(id: ArtifactId) -> String {
    format!("/ui/artifacts/{id}")
}

fn read_id(text: &str) -> Result<ArtifactId, Problem> {
    Ok(text.parse().map_err(|_| Fault::not_found())?)
}

async fn page(
    visit: &Visit,
    id: ArtifactId,
    refused: Option<String>,
    said: String,
) -> Result<Response, Problem> {
    let get = GetArtifact {
        artifact_id: id,
        wait_seconds: WaitSeconds::default(),
    };
    let history = || PageOfArtifact {
        artifact_id: id,
        limit: Limit::default(),
        cursor: None,
    };
    let (artifact, versions, decisions) = tokio::try_join!(
        artifact::get_artifact(visit.call("get_artifact"), get),
        artifact::list_artifact_versions(visit.call("list_artifact_versions"), history()),
        artifact::list_artifact_decisions(visit.call("list_artifact_decisions"), history()),
    )?;
    let engagements = visit.engagements(Some(&artifact.engagement_slug)).await?;
    let strip = strip::load(visit, None).await?;
    let title = format!("{}: {}", artifact.state.label(), artifact.label);
    let shell = visit
        .shell(&title, Here::Elsewhere, strip.counts(), &engagements)
        .with_strip(strip);
    let story = story(&artifact, &versions.items, &decisions.items, visit.now);
    let thread = Thread::newest(visit, &engagements, Subject::Artifact(id)).await?;
    render(&artifact_page(
        visit,
        artifact,
        &engagements,
        (shell, thread),
        story,
        (refused, said),
    ))
}

fn artifact_page(
    visit: &Visit,
    artifact: ArtifactView,
    engagements: &Engagements,
    (shell, thread): (Shell, Thread),
    story: Vec<Event>,
    (refused, said): (Option<String>, String),
) -> ArtifactPage {
    let may = |capability| {
        engagements
            .scope()
            .is_some_and(|place| allows(place.designations, capability))
    };
    let undo = format!("{}/undo", url_of(artifact.id));
    let waits = !artifact.decisions_allowed.is_empty();
    ArtifactPage {
        shell,
        receipt: artifact
            .decision
            .as_ref()
            .map(|decision| Receipt::new(decision, visit, may(Capability::Manage), &undo)),
        refused,
        reads_only: waits && !may(Capability::Decide),
        consequence: consequence(artifact.kind),
        said,
        mark: mark_of(artifact.kind, artifact.state),
        state: artifact.state.label(),
        number: artifact.kind.with_number(artifact.number),
        content: Content::new(&artifact),
        command: command(&artifact, waits),
        run: artifact.run_id.map(|run| run.to_string()),
        made_at: Moment::new(artifact.made_at, Reading::Clock, visit.now),
        kept_until: artifact
            .expires_at
            .map(|at| Moment::new(at, Reading::Clock, visit.now)),
        engagement: EngagementTag::new(&artifact.engagement_name),
        changes: artifact
            .changes
            .filter(|changes| artifact.version > 1 && !changes.lines.is_empty())
            .map(|changes| {
                let lines = change_lines(&changes);
                (changes, lines)
            }),
        decide: if may(Capability::Decide) {
            artifact.decisions_allowed
        } else {
            Vec::new()
        },
        id: artifact.id,
        name: artifact.label,
        detail: artifact.detail,
        version: artifact.version,
        slug: artifact.engagement_slug,
        note: artifact.note,
        download_all: artifact.download_url,
        made_by: artifact.made_by_name,
        story,
        thread,
    }
}

/// The state at a glance: amber waits for somebody, green was taken as it is, grey was not.
pub fn mark_of(kind: Kind, state: Stage) -> Mark {
    let (icon, hue) = match state {
        Stage::Rejected | Stage::Discarded | Stage::Returned => ("s-stop", "dim"),
        _ if kind.decisions_in(state).next().is_some() => ("s-flag", "amber"),
        _ => ("s-ok", "green"),
    };
    Mark {
        icon,
        hue,
        word: "",
    }
}

/// What follows from deciding, in one sentence.
fn consequence(kind: Kind) -> &'static str {
    match kind {
        Kind::Shape => {
            "Confirmed, it is built on. Rejecting needs a note; whoever made it gets it as the next instruction."
        }
        Kind::Assertion => {
            "Committed, it is remembered. Discarded, it is not, and nothing else changes."
        }
        Kind::Render => {
            "Accepted, it is final. Returning needs a note; whoever made it gets it as the next instruction."
        }
        Kind::ReviewReport => "Acknowledging says that you have read it.",
        Kind::DownstreamSpecification => {
            "Accepted, the next step begins. Rejecting needs a note; whoever made it gets it as the next instruction."
        }
        Kind::TransformedArtifact => "",
    }
}

fn command(artifact: &ArtifactView, waits: bool) -> String {
    let id = artifact.id;
    if waits {
        format!("bellboard accept {id}")
    } else if artifact.files.is_empty() {
        "bellboard status".to_owned()
    } else {
        format!("bellboard artifacts download {id}")
    }
}

/// A decision, or taking it back. Whoever comes second is told who decided, on the page itself.
pub async fn on_artifact(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((id, action)): Path<(String, String)>,
    Form(form): Form<Decided>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let (verb, input) = match action.as_str() {
        "decide" => ("decide_artifact", decision(&visit, id, &form)),
        "undo" => ("undo_artifact", json!({ "artifact_id": id })),
        _ => return Err(Fault::not_found().into()),
    };
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(_) => Ok(go_back(&url_of(id))),
        Err(problem) if matches!(problem.status.as_u16(), 403 | 409 | 422) => {
            let words = problem.detail.clone();
            let page = page(&visit, id, Some(words), form.note).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn decision(visit: &Visit, id: ArtifactId, form: &Decided) -> serde_json::Value {
    let mut input = json!({
        "artifact_id": id,
        "decision": form.decision,
        "expected_version": form.expected_version,
        "undo_seconds": visit.settings.undo_seconds,
    });
    if !form.note.trim().is_empty() {
        input["note"] = json!(form.note.trim());
    }
    input
}
