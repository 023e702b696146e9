//! The form that starts a run of a declared type. It calls `start_run` as anybody would, offers the run to workers, and
//! keeps what was typed when the hub refuses it.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_core::membership::{Capability, allows};
use bellboard_core::text::capital_first;
use bellboard_hub::engagement::MembershipView;
use bellboard_hub::fault::Fault;
use bellboard_hub::run_type::{self, ListRunTypes, Only, RunTypeView};
use serde::Deserialize;
use serde_json::{Value, json};

use super::actions::{act, go_back};
use super::assets::Asset;
use super::rows::run_url;
use super::shell::{Here, Shell};
use super::visit::Visit;
use super::{render, strip};
use crate::app::App;
use crate::guard::RequestId;
use crate::problem::Problem;
use crate::request;

/// What the form is about: `?e=` an engagement, `&type=` a type to begin with.
#[derive(Debug, Default, Deserialize)]
pub struct StartQuery {
    #[serde(default)]
    e: String,
    #[serde(default, rename = "type")]
    run_type: String,
}

/// What a person typed.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Said {
    #[serde(default)]
    e: String,
    #[serde(default, rename = "type")]
    run_type: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    inputs: String,
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    shell: Shell,
    places: Vec<PlaceChoice>,
    form: Option<StartForm>,
    empty_words: String,
    worker_type: String,
}

struct PlaceChoice {
    name: String,
    slug: String,
    chosen: bool,
}

struct StartForm {
    engagement: String,
    slug: String,
    types: Vec<TypeChoice>,
    said: Said,
    /// A refusal that is about no single field.
    refused: Option<String>,
    wrong_type: Option<String>,
    wrong_label: Option<String>,
    wrong_target: Option<String>,
    wrong_inputs: Option<String>,
}

struct TypeChoice {
    name: String,
    label: String,
    chosen: bool,
}

/// Answers `/ui/start`.
pub async fn show(visit: Visit, Query(query): Query<StartQuery>) -> Result<Response, Problem> {
    let said = Said {
        e: query.e,
        run_type: query.run_type,
        ..Said::default()
    };
    page(&visit, said, None).await
}

/// Starts the run and leads to its page, which says what the start met; a refusal shows the form again.
pub async fn start(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Form(said): Form<Said>,
) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&said.e)).await?;
    let place = engagements.scope().ok_or_else(Fault::not_found)?;
    let input = match input(place, &said) {
        Ok(input) => input,
        Err(refused) => return page(&visit, said, Some(refused)).await,
    };
    let again = visit.again();
    match act(&app, &request_id, visit, "start_run", input).await {
        Ok(answer) => lead_on(&answer.json),
        Err(refused) if is_about_the_form(&refused) => page(&again, said, Some(refused)).await,
        Err(other) => Err(other),
    }
}

fn is_about_the_form(refused: &Problem) -> bool {
    matches!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::FORBIDDEN | StatusCode::CONFLICT
    )
}

/// The input of `start_run`. The target goes to the worker too, unless the inputs name another one.
fn input(place: &MembershipView, said: &Said) -> Result<Value, Problem> {
    let mut inputs = match said.inputs.trim() {
        "" => Value::Null,
        text => request::json(text.as_bytes()).map_err(|refused| in_inputs(text, refused))?,
    };
    let mut input = json!({
        "engagement_id": place.engagement_id,
        "type": said.run_type,
        "claimable": true,
    });
    let target = said.target.trim();
    if !target.is_empty() {
        input["target"] = json!(target);
        if inputs.is_null() {
            inputs = json!({});
        }
        if let Value::Object(fields) = &mut inputs {
            fields.entry("target").or_insert_with(|| json!(target));
        }
    }
    if !said.label.trim().is_empty() {
        input["label"] = json!(said.label.trim());
    }
    input["inputs"] = inputs;
    Ok(input)
}

/// The refusal in the words of the form; where the text is no JSON, it says the place.
fn in_inputs(text: &str, refused: Problem) -> Problem {
    let words = match serde_json::from_str::<Value>(text) {
        Err(error) => format!("This is not JSON: {error}. A right form: {{\"target\": \"aster\"}}"),
        Ok(_) => refused.detail.replace("The body nests", "The inputs nest"),
    };
    Problem::invalid("inputs", words)
}

fn lead_on(answer: &[u8]) -> Result<Response, Problem> {
    let started: Value = serde_json::from_slice(answer).map_err(Fault::internal)?;
    let run = started["run"]["id"].as_str().unwrap_or_default();
    let met = match started["created"].as_bool() {
        Some(true) => "created",
        _ => started["run"]["status"].as_str().unwrap_or_default(),
    };
    Ok(go_back(&format!("{}?started={run}&as={met}", run_url(run))))
}

async fn page(visit: &Visit, said: Said, refused: Option<Problem>) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&said.e)).await?;
    let strip = strip::load(visit, None).await?;
    let places: Vec<&MembershipView> = engagements
        .listed()
        .filter(|place| allows(place.designations, Capability::StartRuns))
        .collect();
    let chosen = match engagements.scope() {
        Some(scope) => Some(scope),
        None if places.len() == 1 => places.first().copied(),
        None => None,
    };
    let (status, form) = match chosen {
        Some(place) => form_in(visit, place, said, refused).await?,
        None => (StatusCode::OK, None),
    };
    let worker_type = form
        .as_ref()
        .and_then(|form| form.types.iter().find(|choice| choice.chosen))
        .map_or_else(|| "TYPE".to_owned(), |choice| choice.name.clone());
    let choice = |place: &&MembershipView| PlaceChoice {
        name: place.engagement_name.clone(),
        slug: place.engagement_slug.clone(),
        chosen: chosen.is_some_and(|one| one.engagement_id == place.engagement_id),
    };
    let empty_words = match chosen {
        Some(place) => format!(
            "You may look at {}, and not start runs there. An owner can change that.",
            place.engagement_name
        ),
        None if places.is_empty() => {
            "There is no engagement in which you may start runs.".to_owned()
        }
        None => "Choose the engagement that the run belongs to.".to_owned(),
    };
    let places = places.iter().map(choice).collect();
    let shell = visit
        .shell("Start a run", Here::Runs, strip.counts(), &engagements)
        .with_strip(strip);
    let page = render(&StartPage {
        shell,
        places,
        form,
        empty_words,
        worker_type,
    })?;
    Ok((status, page).into_response())
}

/// The form for one engagement; none where the person may start nothing.
async fn form_in(
    visit: &Visit,
    place: &MembershipView,
    said: Said,
    refused: Option<Problem>,
) -> Result<(StatusCode, Option<StartForm>), Problem> {
    let input = ListRunTypes {
        engagement_id: place.engagement_id,
        only: Some(Only::Startable),
    };
    let known = run_type::list_run_types(visit.call("list_run_types"), input).await?;
    let status = refused
        .as_ref()
        .map_or(StatusCode::OK, |problem| problem.status);
    if known.items.is_empty() {
        return Ok((status, None));
    }
    let wrong = |field: &str| {
        let problem = refused.as_ref()?;
        (problem.field.as_deref() == Some(field)).then(|| sentence(field, &problem.detail))
    };
    let form = StartForm {
        engagement: place.engagement_name.clone(),
        slug: place.engagement_slug.clone(),
        types: types(&known.items, &said.run_type),
        refused: refused
            .as_ref()
            .filter(|problem| !is_of_a_field(problem))
            .map(|problem| problem.detail.clone()),
        wrong_type: wrong("type"),
        wrong_label: wrong("label"),
        wrong_target: wrong("target"),
        wrong_inputs: wrong("inputs"),
        said,
    };
    Ok((status, Some(form)))
}

/// The fields that show their own refusals.
fn is_of_a_field(problem: &Problem) -> bool {
    let field = problem.field.as_deref().unwrap_or_default();
    ["type", "label", "target", "inputs"].contains(&field)
}

/// A refusal by the input's own rules is no sentence: "at most 200 characters, this has 201", "must not hold ...".
fn sentence(field: &str, detail: &str) -> String {
    if detail.starts_with("must ") {
        format!("The {field} {detail}.")
    } else if detail.ends_with('.') {
        detail.to_owned()
    } else {
        format!("{}.", capital_first(detail))
    }
}

fn types(known: &[RunTypeView], wanted: &str) -> Vec<TypeChoice> {
    let is_known = known.iter().any(|one| one.run_type.as_str() == wanted);
    known
        .iter()
        .enumerate()
        .map(|(at, one)| TypeChoice {
            name: one.run_type.to_string(),
            label: one.label.clone(),
            chosen: if is_known {
                one.run_type.as_str() == wanted
            } else {
                at == 0
            },
        })
        .collect()
}
