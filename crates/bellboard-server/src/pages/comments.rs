//! Threads: what people and agents say about a dashboard, a run or an artifact. The thread stands on the page of its subject
//! and has one of its own, where earlier comments are read and a refused one is mended.

mod thread;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Form, Router};
use bellboard_core::id::{ArtifactId, DashboardId, RunId};
use bellboard_core::page::{Limit, Page};
use bellboard_hub::artifact::{self, GetArtifact};
use bellboard_hub::comment::{
    self, CommentView, ListArtifactComments, ListDashboardComments, ListRunComments,
};
use bellboard_hub::dashboard::{self, OfDashboard};
use bellboard_hub::fault::Fault;
use bellboard_hub::run::{self, OfRun};
use bellboard_hub::waiting::WaitSeconds;
use serde::Deserialize;
use serde_json::{Value, json};

pub use self::thread::Thread;
use self::thread::Typed;
use super::actions::{act, go_back};
use super::assets::Asset;
use super::shell::{Here, Shell};
use super::visit::Visit;
use super::{render, strip};
use crate::app::App;
use crate::guard::RequestId;
use crate::problem::Problem;

/// The pages of threads.
pub fn router() -> Router<App> {
    let thread = get(show).post(add);
    Router::new().route("/ui/comments/{kind}/{id}", thread)
}

/// What is spoken about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A dashboard.
    Dashboard(DashboardId),
    /// A run.
    Run(RunId),
    /// An artifact.
    Artifact(ArtifactId),
}

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreadQuery {
    before: String,
}

#[derive(Template)]
#[template(path = "comments.html")]
struct CommentsPage {
    shell: Shell,
    title: String,
    url: String,
    thread: Thread,
}

impl Subject {
    fn read(kind: &str, id: &str) -> Result<Self, Problem> {
        let none = |_| Problem::from(Fault::not_found());
        match kind {
            "dashboards" => Ok(Self::Dashboard(id.parse().map_err(none)?)),
            "runs" => Ok(Self::Run(id.parse().map_err(none)?)),
            "artifacts" => Ok(Self::Artifact(id.parse().map_err(none)?)),
            _ => Err(Fault::not_found().into()),
        }
    }

    /// Its kind and its id, as they stand in an address.
    fn path(self) -> String {
        match self {
            Self::Dashboard(id) => format!("dashboards/{id}"),
            Self::Run(id) => format!("runs/{id}"),
            Self::Artifact(id) => format!("artifacts/{id}"),
        }
    }

    const fn here(self) -> Here {
        match self {
            Self::Dashboard(_) => Here::Dashboards,
            Self::Run(_) => Here::Runs,
            Self::Artifact(_) => Here::Elsewhere,
        }
    }

    /// The verb that adds a comment, and what it is told of the subject.
    fn adding(self) -> (&'static str, Value) {
        match self {
            Self::Dashboard(id) => ("add_dashboard_comment", json!({ "dashboard_id": id })),
            Self::Run(id) => ("add_run_comment", json!({ "run_id": id })),
            Self::Artifact(id) => ("add_artifact_comment", json!({ "artifact_id": id })),
        }
    }

    /// A page of its comments, the newest first.
    async fn comments(self, visit: &Visit, before: &str) -> Result<Page<CommentView>, Fault> {
        let limit = Limit::default();
        let cursor = (!before.is_empty()).then(|| before.to_owned());
        match self {
            Self::Dashboard(dashboard_id) => {
                let input = ListDashboardComments {
                    dashboard_id,
                    limit,
                    cursor,
                };
                comment::list_dashboard_comments(visit.call("list_dashboard_comments"), input).await
            }
            Self::Run(run_id) => {
                let input = ListRunComments {
                    run_id,
                    limit,
                    cursor,
                };
                comment::list_run_comments(visit.call("list_run_comments"), input).await
            }
            Self::Artifact(artifact_id) => {
                let input = ListArtifactComments {
                    artifact_id,
                    limit,
                    cursor,
                };
                comment::list_artifact_comments(visit.call("list_artifact_comments"), input).await
            }
        }
    }

    /// What people call it, and the slug of its engagement.
    async fn called(self, visit: &Visit) -> Result<(String, String), Fault> {
        match self {
            Self::Dashboard(dashboard_id) => {
                let of = OfDashboard { dashboard_id };
                let view = dashboard::get_dashboard(visit.call("get_dashboard"), of).await?;
                Ok((view.title, view.engagement_slug))
            }
            Self::Run(run_id) => {
                let view = run::get_run(visit.call("get_run"), OfRun { run_id }).await?;
                Ok((super::rows::title_of(&view), view.engagement_slug))
            }
            Self::Artifact(artifact_id) => {
                let of = GetArtifact {
                    artifact_id,
                    wait_seconds: WaitSeconds::default(),
                };
                let view = artifact::get_artifact(visit.call("get_artifact"), of).await?;
                Ok((view.label, view.engagement_slug))
            }
        }
    }
}

/// Answers `/ui/comments/{kind}/{id}`.
pub async fn show(
    visit: Visit,
    Path((kind, id)): Path<(String, String)>,
    Query(query): Query<ThreadQuery>,
) -> Result<Response, Problem> {
    let subject = Subject::read(&kind, &id)?;
    page(&visit, subject, &query.before, Typed::default()).await
}

/// Says something.
pub async fn add(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((kind, id)): Path<(String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let subject = Subject::read(&kind, &id)?;
    let typed = Typed::of(fields);
    let (verb, mut input) = subject.adding();
    typed.say(&mut input);
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(_) => Ok(go_back(&format!("/ui/{}#thread", subject.path()))),
        Err(problem) if problem.status.is_client_error() => {
            // What the reader may not see is not there for the form either.
            let page = page(&visit, subject, "", typed.refused(&problem)).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn page(
    visit: &Visit,
    subject: Subject,
    before: &str,
    typed: Typed,
) -> Result<Response, Problem> {
    let (title, slug) = subject.called(visit).await?;
    let engagements = visit.engagements(Some(&slug)).await?;
    let thread = Thread::load(visit, &engagements, subject, (before, typed)).await?;
    let strip = strip::load(visit, None).await?;
    let name = format!("Comments: {title}");
    let shell = visit
        .shell(&name, subject.here(), strip.counts(), &engagements)
        .with_strip(strip);
    render(&CommentsPage {
        shell,
        title,
        url: format!("/ui/{}", subject.path()),
        thread,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_subject_or_nothing() {
        let id = "01890000-0000-7000-8000-000000000001";
        for kind in ["dashboards", "runs", "artifacts"] {
            let subject = Subject::read(kind, id).unwrap();
            assert_eq!(subject.path(), format!("{kind}/{id}"));
            assert!(bellboard_hub::verbs::find(subject.adding().0).is_some());
        }
        assert!(Subject::read("tasks", id).is_err());
        assert!(Subject::read("runs", "none").is_err());
    }
}
