//! One engagement: the three zones of it alone, who belongs to it and as what, and for those who manage it the forms
//! that change that.

mod members;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use bellboard_core::membership::{Capability, allows};
use bellboard_hub::fault::Fault;
use serde::Deserialize;
use serde_json::json;

use self::members::{Members, OnMember, Refused};
use super::actions::{act, go_back};
use super::answer::Answer;
use super::assets::Asset;
use super::decide::{self, Decided};
use super::detail::named;
use super::home::Zones;
use super::render;
use super::shell::{Here, Shell};
use super::tag::EngagementTag;
use super::visit::{Engagements, Visit};
use super::zones::{ActiveZone, NeedsZone, RecentZone};
use crate::app::App;
use crate::guard::RequestId;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "engagement.html")]
struct EngagementPage {
    shell: Shell,
    tag: EngagementTag,
    read_only: bool,
    demo: bool,
    you_are: String,
    decided: Option<Decided>,
    answer: Answer,
    needs: Option<NeedsZone>,
    active: ActiveZone,
    recent: RecentZone,
    members: Members,
}

/// What the address of the page says beyond its engagement.
#[derive(Debug, Default, Deserialize)]
pub struct EngagementQuery {
    /// `KIND:ID` of what was just decided.
    #[serde(default)]
    did: Option<String>,
}

/// Answers `/ui/engagements/{slug}`.
pub async fn show(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<EngagementQuery>,
) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&slug)).await?;
    let decided = match named(query.did.as_deref()) {
        Some((kind, id)) => decide::decided(&visit, kind, id, &page_url(&slug)).await,
        None => None,
    };
    page(&visit, &engagements, None, decided).await
}

/// A form was reloaded: its address answers with the page that it stands on.
pub async fn back(Path(slug): Path<String>) -> Response {
    go_back(&page_url(&slug))
}

async fn page(
    visit: &Visit,
    engagements: &Engagements,
    refused: Option<&Refused>,
    decided: Option<Decided>,
) -> Result<Response, Problem> {
    let place = engagements.scope().ok_or_else(Fault::not_found)?;
    let zones = Zones::load(visit, Some(place.engagement_id)).await?;
    let counts = zones.counts(visit, engagements).await?;
    let url = page_url(&place.engagement_slug);
    let mut needs = zones.needs_zone(engagements, visit.now);
    needs.back.clone_from(&url);
    let may_decide = allows(place.designations, Capability::Decide);
    render(&EngagementPage {
        shell: visit.shell(&place.engagement_name, Here::Elsewhere, counts, engagements),
        tag: EngagementTag::new(&place.engagement_name),
        read_only: place.read_only,
        demo: place.demo,
        you_are: members::words(place.designations),
        decided,
        answer: zones.answer(engagements, visit.now),
        needs: may_decide.then_some(needs),
        active: zones.active_zone(engagements, visit.now),
        recent: zones.recent_zone(engagements, visit.now),
        members: Members::load(visit, place, refused).await?,
    })
}

fn page_url(slug: &str) -> String {
    format!("/ui/engagements/{slug}")
}

/// Adds somebody, or says anew what a member is.
pub async fn put_member(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(slug): Path<String>,
    Form(form): Form<OnMember>,
) -> Result<Response, Problem> {
    let input = json!({ "person_id": form.person(), "designations": form.designations() });
    let change = Change {
        verb: "put_member",
        input,
        form: Some(form),
    };
    change.make(&app, &request_id, visit, &slug).await
}

/// Ends a membership.
pub async fn remove_member(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(slug): Path<String>,
    Form(form): Form<OnMember>,
) -> Result<Response, Problem> {
    let left = form.person() == visit.caller.person_id.to_string();
    let change = Change {
        verb: "delete_member",
        input: json!({ "person_id": form.person() }),
        form: None,
    };
    let answer = change.make(&app, &request_id, visit, &slug).await?;
    // Whoever left no longer sees the place.
    if left && answer.status().is_redirection() {
        return Ok(Redirect::to("/").into_response());
    }
    Ok(answer)
}

/// What a form changes.
struct Change {
    verb: &'static str,
    input: serde_json::Value,
    /// What comes back when it is refused.
    form: Option<OnMember>,
}

impl Change {
    /// Calls the verb; a refusal is told on the page, beside the list that stayed as it was and in the form as it was sent.
    async fn make(
        mut self,
        app: &App,
        request_id: &RequestId,
        visit: Visit,
        slug: &str,
    ) -> Result<Response, Problem> {
        let engagements = visit.engagements(Some(slug)).await?;
        let place = engagements.scope_id().ok_or_else(Fault::not_found)?;
        self.input["engagement_id"] = json!(place);
        match act(app, request_id, visit.again(), self.verb, self.input).await {
            Ok(_) => Ok(go_back(&page_url(slug))),
            Err(problem) if problem.status.is_client_error() => {
                let status = problem.status;
                let refused = Refused::new(&problem, self.form);
                let page = page(&visit, &engagements, Some(&refused), None).await?;
                Ok((status, page).into_response())
            }
            Err(problem) => Err(problem),
        }
    }
}
