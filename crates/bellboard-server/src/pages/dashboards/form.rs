//! The form of a dashboard: a new one, or another title, question and timer for one that is there. Every fault of a question
//! is told at its path, and what was typed stays.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_core::dashboard::Source;
use bellboard_core::id::DashboardId;
use bellboard_core::membership::Capability;
use bellboard_hub::dashboard::DashboardView;
use bellboard_hub::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::place::{Place, Tab, url_of};
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::assets::Asset;
use crate::pages::planning::{self, PlaceChoice};
use crate::pages::shell::{Here, Shell};
use crate::pages::visit::Visit;
use crate::pages::{render, strip};
use crate::problem::Problem;

/// The question that stands in a blank form: the runs that take longest.
const EXAMPLE: &str = r#"{
  "source": "runs",
  "where": {"not": {"is_null": {"field": "duration_seconds"}}},
  "columns": ["id", "label", "outcome", "duration_seconds"],
  "id_field": "id",
  "order_by": [{"field": "duration_seconds", "direction": "desc"}],
  "limit": 50,
  "primary_metric": {"measure": "mean", "field": "duration_seconds"}
}"#;

/// What is typed.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct DashboardForm {
    title: String,
    description: String,
    spec: String,
    policy: String,
    zone: String,
    keep_days: String,
    /// The slug of the engagement, for a new one.
    at: String,
}

/// In which engagement the new one is likely to be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    e: String,
}

#[derive(Template)]
#[template(path = "dashboard_form.html")]
struct FormPage {
    shell: Shell,
    heading: String,
    action: String,
    /// The page to go back to.
    back: String,
    typed: DashboardForm,
    places: Vec<PlaceChoice>,
    wrong: Vec<String>,
    sources: Vec<(&'static str, String)>,
    /// The one that is changed.
    id: Option<DashboardId>,
}

impl FormPage {
    fn only_place(&self) -> Option<&str> {
        planning::only_place(&self.places)
    }
}

/// Answers `/ui/dashboards/new`.
pub async fn blank(visit: Visit, Query(query): Query<NewQuery>) -> Result<Response, Problem> {
    let typed = DashboardForm {
        spec: EXAMPLE.to_owned(),
        policy: "hourly".to_owned(),
        zone: "UTC".to_owned(),
        keep_days: "400".to_owned(),
        at: query.e,
        ..DashboardForm::default()
    };
    new_page(&visit, typed, Vec::new()).await
}

/// Makes a new one.
pub async fn create(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Form(form): Form<DashboardForm>,
) -> Result<Response, Problem> {
    let made = match form.input() {
        Ok(mut input) => {
            if !form.at.is_empty() {
                input["engagement"] = json!(form.at);
            }
            act(&app, &request_id, visit.again(), "create_dashboard", input).await
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(answer) => {
            let made: Value = serde_json::from_slice(&answer.json).map_err(Fault::internal)?;
            let id = made["id"].as_str().unwrap_or_default();
            Ok(go_back(&format!("/ui/dashboards/{id}")))
        }
        Err(problem) if problem.status.is_client_error() => {
            let page = new_page(&visit, form, wrong_words(&problem, "made")).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Answers `/ui/dashboards/{dashboard_id}/edit`.
pub async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    let typed = DashboardForm::of(&place.view);
    edit_page(&visit, &place, typed, Vec::new()).await
}

/// Changes it.
pub async fn save(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<DashboardForm>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    let saved = match form.input() {
        Ok(mut input) => {
            input["dashboard_id"] = json!(place.view.id);
            if form.description.trim().is_empty() {
                input["description"] = Value::Null;
            }
            act(&app, &request_id, visit.again(), "update_dashboard", input).await
        }
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(_) => Ok(go_back(&url_of(place.view.id, Tab::Now))),
        Err(problem) if problem.status.is_client_error() => {
            let words = wrong_words(&problem, "changed");
            let page = edit_page(&visit, &place, form, words).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Takes it out of use.
pub async fn archive(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let input = json!({ "dashboard_id": id });
    act(&app, &request_id, visit, "archive_dashboard", input).await?;
    Ok(go_back(&format!("/ui/dashboards/{id}")))
}

async fn new_page(
    visit: &Visit,
    typed: DashboardForm,
    wrong: Vec<String>,
) -> Result<Response, Problem> {
    let engagements = visit.engagements(None).await?;
    let chosen = (!typed.at.is_empty()).then_some(typed.at.as_str());
    let places = planning::places(&engagements, chosen);
    if places.is_empty() {
        return Err(Fault::forbidden(
            "capability_denied",
            "Making a dashboard needs somebody who plans here.",
        )
        .into());
    }
    let strip = strip::load(visit, None).await?;
    let counts = strip.counts();
    let shell = visit
        .shell("New dashboard", Here::Dashboards, counts, &engagements)
        .with_strip(strip);
    render(&FormPage {
        shell,
        heading: "New dashboard".to_owned(),
        action: "/ui/dashboards/new".to_owned(),
        back: "/ui/dashboards".to_owned(),
        typed,
        places,
        wrong,
        sources: sources(),
        id: None,
    })
}

async fn edit_page(
    visit: &Visit,
    place: &Place,
    typed: DashboardForm,
    wrong: Vec<String>,
) -> Result<Response, Problem> {
    let view = &place.view;
    if !place.may(Capability::Plan) {
        return Err(Fault::forbidden(
            "capability_denied",
            "Changing a dashboard needs somebody who plans here.",
        )
        .into());
    }
    render(&FormPage {
        shell: place.shell(visit, Tab::Now).await?,
        heading: format!("Change {}", view.title),
        action: format!("/ui/dashboards/{}/edit", view.id),
        back: url_of(view.id, Tab::Now),
        typed,
        places: Vec::new(),
        wrong,
        sources: sources(),
        id: Some(view.id),
    })
}

/// Each source with the fields of its rows.
fn sources() -> Vec<(&'static str, String)> {
    let all = Source::ALL.iter();
    all.map(|source| {
        let fields = source.known_fields().iter().map(|(name, _)| *name);
        let fields: Vec<&str> = fields.collect();
        let words = if fields.is_empty() {
            "the columns of the rows that are pushed".to_owned()
        } else {
            fields.join(", ")
        };
        (source.as_str(), words)
    })
    .collect()
}

/// Every fault with its path; a form names its own fields.
fn wrong_words(problem: &Problem, undone: &str) -> Vec<String> {
    let faults = problem.extra.get("faults").and_then(Value::as_array);
    let said = |fault: &Value| {
        let words = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", words("path"), words("detail"))
    };
    let mut lines: Vec<String> = match faults {
        Some(faults) if !faults.is_empty() => faults.iter().map(said).collect(),
        _ => vec![match &problem.field {
            Some(field) => format!("{field}: {}", problem.detail),
            None => problem.detail.clone(),
        }],
    };
    lines.push(format!("Nothing was {undone}."));
    lines
}

impl DashboardForm {
    /// What stands in the form of this dashboard.
    fn of(view: &DashboardView) -> Self {
        let metadata = &view.metadata;
        Self {
            title: view.title.clone(),
            description: view.description.clone(),
            spec: serde_json::to_string_pretty(&view.view_spec_json).unwrap_or_default(),
            policy: metadata.snapshot_policy.to_string(),
            zone: metadata.zone.as_str().to_owned(),
            keep_days: metadata.keep_days.to_string(),
            at: String::new(),
        }
    }

    /// The input of the verb.
    fn input(&self) -> Result<Value, Problem> {
        let spec: Value = serde_json::from_str(&self.spec).map_err(|fault| {
            Problem::invalid("view_spec_json", format!("This is no JSON: {fault}."))
        })?;
        let mut metadata = json!({});
        for (name, said) in [("snapshot_policy", &self.policy), ("zone", &self.zone)] {
            if !said.trim().is_empty() {
                metadata[name] = json!(said.trim());
            }
        }
        if !self.keep_days.trim().is_empty() {
            let days: u32 = self.keep_days.trim().parse().map_err(|_| {
                Problem::invalid("metadata.keep_days", "A number of days, 1 to 3650.")
            })?;
            metadata["keep_days"] = json!(days);
        }
        let mut input = json!({
            "title": self.title.trim(),
            "view_spec_json": spec,
            "metadata": metadata,
        });
        if !self.description.trim().is_empty() {
            input["description"] = json!(self.description.trim());
        }
        Ok(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> DashboardForm {
        DashboardForm {
            title: " Runs ".to_owned(),
            spec: EXAMPLE.to_owned(),
            policy: "hourly".to_owned(),
            keep_days: "30".to_owned(),
            ..DashboardForm::default()
        }
    }

    #[test]
    fn the_example_is_a_question_that_the_hub_takes() {
        let spec: Value = serde_json::from_str(EXAMPLE).unwrap();
        bellboard_core::dashboard::ViewSpec::parse(&spec, None).unwrap();
    }

    #[test]
    fn what_is_empty_is_not_said() {
        let input = typed().input().unwrap();
        assert_eq!(input["title"], "Runs");
        assert_eq!(
            input["metadata"],
            json!({"snapshot_policy": "hourly", "keep_days": 30})
        );
        assert_eq!(input.get("description"), None);
    }

    #[test]
    fn what_is_no_json_and_no_number_is_named() {
        let spec = DashboardForm {
            spec: "{".to_owned(),
            ..typed()
        };
        let problem = spec.input().unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("view_spec_json"));
        let days = DashboardForm {
            keep_days: "long".to_owned(),
            ..typed()
        };
        let problem = days.input().unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("metadata.keep_days"));
        assert_eq!(
            wrong_words(&problem, "made"),
            [
                "metadata.keep_days: A number of days, 1 to 3650.",
                "Nothing was made."
            ]
        );
    }
}
