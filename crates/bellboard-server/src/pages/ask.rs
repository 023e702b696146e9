//! One ask: what is asked, by whom and until when, the form that answers it, and the answer when it was given.

mod controls;
mod form;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_core::ask::State as Stage;
use bellboard_core::id::AskId;
use bellboard_core::membership::{Capability, allows};
use bellboard_hub::ask::{self, AskView, GetAsk};
use bellboard_hub::fault::Fault;
use bellboard_hub::run::{self, OfRun};
use serde_json::{Value, json};

use self::controls::Typed;
use self::form::{Forms, Refused};
use super::actions::{act, go_back};
use super::assets::Asset;
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::receipt::{Receipt, millis_until};
use super::rows::run_url;
use super::shell::{Here, Shell};
use super::tag::EngagementTag;
use super::visit::{Engagements, Visit};
use super::{render, strip};
use crate::app::App;
use crate::guard::RequestId;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "ask.html")]
struct AskPage {
    shell: Shell,
    id: AskId,
    place: String,
    name: String,
    detail: String,
    mark: Mark,
    state: &'static str,
    engagement: EngagementTag,
    slug: String,
    asked_by: String,
    asked_at: Moment,
    for_words: String,
    look_in: Option<u64>,
    refused: Option<String>,
    /// What was typed and can be sent no more.
    unsent: Option<String>,
    told: Option<Told>,
    forms: Forms,
    reads_only: bool,
    deadline: Option<Moment>,
    fallback: Option<String>,
    run: Option<RunLink>,
    command: String,
}

/// What came of the question.
struct Told {
    heading: &'static str,
    /// The answer, or what was declared to hold without one; nothing as long as it is kept back.
    answer: Option<String>,
    words: Option<&'static str>,
    receipt: Option<Receipt>,
}

/// The run that waits for the answer.
struct RunLink {
    url: String,
    label: String,
}

/// Answers `/ui/asks/{ask_id}`.
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let ask = load(&visit, read_id(&id)?).await?;
    page(&visit, ask, Typed::default(), None).await
}

/// A form was reloaded: its address answers with the page that it stands on.
pub async fn back(Path((id, _)): Path<(String, String)>) -> Result<Response, Problem> {
    Ok(go_back(&url_of(read_id(&id)?)))
}

/// The page of an ask.
pub fn url_of(id: AskId) -> String {
    format!("/ui/asks/{id}")
}

fn read_id(text: &str) -> Result<AskId, Problem> {
    Ok(text.parse().map_err(|_| Fault::not_found())?)
}

async fn load(visit: &Visit, ask_id: AskId) -> Result<AskView, Problem> {
    let input = GetAsk {
        ask_id,
        wait_seconds: None,
        wait: None,
    };
    Ok(ask::get_ask(visit.call("get_ask"), input).await?)
}

async fn page(
    visit: &Visit,
    ask: AskView,
    typed: Typed,
    refused: Option<Refused>,
) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&ask.engagement_slug)).await?;
    let strip = strip::load(visit, None).await?;
    let title = format!("Question: {}", ask.title);
    let shell = visit
        .shell(&title, Here::Elsewhere, strip.counts(), &engagements)
        .with_strip(strip);
    let run = run_of(visit, &ask).await;
    let may_manage = may(&engagements, Capability::Manage);
    let forms = Forms::load(visit, &ask, may_manage, &typed, refused.as_ref()).await?;
    let told = Told::new(&ask, visit, may_manage);
    let after_undo = told
        .as_ref()
        .and_then(|told| told.receipt.as_ref()?.look_in);
    let is_open = ask.state == Stage::Open;
    let mark = mark_of(&ask);
    render(&AskPage {
        shell,
        id: ask.id,
        place: ask.engagement_id.to_string(),
        state: state_words(&ask),
        engagement: EngagementTag::new(&ask.engagement_name),
        asked_at: Moment::new(ask.created_at, Reading::Clock, visit.now),
        look_in: after_undo.or_else(|| {
            let at = ask.expires_at.filter(|_| is_open)?;
            Some(millis_until(at, visit.now))
        }),
        unsent: refused
            .as_ref()
            .filter(|_| forms.are_gone())
            .and_then(|_| typed.written()),
        refused: refused.map(|refused| refused.words),
        told,
        reads_only: is_open && forms.answer.is_none(),
        forms,
        deadline: ask
            .expires_at
            .map(|at| Moment::new(at, Reading::Clock, visit.now)),
        fallback: ask.fallback.as_ref().map(|fallback| ask.words(fallback)),
        run,
        command: command(&ask),
        mark,
        name: ask.title,
        detail: ask.detail,
        slug: ask.engagement_slug,
        asked_by: ask.asked_by_name,
        for_words: ask.for_words,
    })
}

fn may(engagements: &Engagements, capability: Capability) -> bool {
    let place = engagements.scope();
    place.is_some_and(|place| allows(place.designations, capability))
}

async fn run_of(visit: &Visit, ask: &AskView) -> Option<RunLink> {
    let run_id = ask.run_id?;
    let run = run::get_run(visit.call("get_run"), OfRun { run_id }).await;
    Some(RunLink {
        url: run_url(run_id),
        label: run.ok()?.label,
    })
}

impl Told {
    /// What came of it; nothing while it waits.
    fn new(ask: &AskView, visit: &Visit, may_manage: bool) -> Option<Self> {
        let answer = ask.answer.as_ref().map(|answer| answer.label.clone());
        let (heading, words) = match ask.state {
            Stage::Open => return None,
            Stage::Answered if answer.is_none() => (
                "Answered",
                Some("What was answered is told when it takes effect."),
            ),
            Stage::Answered => ("The answer", None),
            Stage::Withdrawn => ("Withdrawn", Some("Nobody waits for an answer any more.")),
            Stage::Expired => (
                "What holds",
                Some("Nobody answered in time, so what was declared for that holds."),
            ),
        };
        let undo = format!("{}/undo", url_of(ask.id));
        Some(Self {
            heading,
            answer,
            words,
            receipt: Receipt::of_ask(ask, visit, may_manage, &undo),
        })
    }
}

/// The state at a glance: amber waits for whoever reads, green was answered, grey came to nothing.
pub fn mark_of(ask: &AskView) -> Mark {
    let (icon, hue) = match ask.state {
        Stage::Open if ask.may_answer => ("s-flag", "amber"),
        Stage::Open => ("s-wait", "dim"),
        Stage::Answered => ("s-ok", "green"),
        Stage::Withdrawn | Stage::Expired => ("s-stop", "dim"),
    };
    Mark {
        icon,
        hue,
        word: state_words(ask),
    }
}

fn state_words(ask: &AskView) -> &'static str {
    match ask.state {
        Stage::Open => "Waits for an answer",
        Stage::Answered => "Answered",
        Stage::Withdrawn => "Withdrawn",
        Stage::Expired => "Expired",
    }
}

fn command(ask: &AskView) -> String {
    let id = ask.id;
    let mut fields = ask.form.iter().flat_map(bellboard_core::ask::Form::fields);
    match (ask.options.first(), fields.next()) {
        _ if !ask.may_answer => "bellboard status".to_owned(),
        (Some(option), _) => format!("bellboard accept {id} --option {}", option.key.as_str()),
        (None, Some((name, ..))) => format!("bellboard accept {id} --value {name}=…"),
        (None, None) => format!("bellboard accept {id}"),
    }
}

/// An answer or taking it back, another person to answer, or the end of the question. What is refused is told on the
/// page itself, with what was typed.
pub async fn on_ask(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((id, action)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let typed = Typed::new(pairs);
    let ask = load(&visit, id).await?;
    let (verb, input) = input(&visit, &ask, &action, &typed)?;
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(_) => Ok(go_back(&url_of(id))),
        Err(problem) if matches!(problem.status.as_u16(), 403 | 409 | 422) => {
            let refused = Refused::new(&action, &problem, &ask);
            // Whoever was quicker has changed it.
            let ask = load(&visit, id).await?;
            let page = page(&visit, ask, typed, Some(refused)).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The verb behind a form and what it is told.
fn input(
    visit: &Visit,
    ask: &AskView,
    action: &str,
    typed: &Typed,
) -> Result<(&'static str, Value), Problem> {
    let mut input = json!({ "ask_id": ask.id });
    let verb = match action {
        "answer" => {
            match &ask.form {
                Some(form) => input["values"] = typed.values(form).into(),
                None => input["option"] = typed.get("option").into(),
            }
            input["undo_seconds"] = json!(visit.settings.undo_seconds);
            "answer_ask"
        }
        "delegate" => {
            input["person_id"] = typed.get("person_id").into();
            "delegate_ask"
        }
        "withdraw" => "withdraw_ask",
        "undo" => return Ok(("undo_ask", input)),
        _ => return Err(Fault::not_found().into()),
    };
    match typed.get("note") {
        "" => {}
        note => input["note"] = note.into(),
    }
    Ok((verb, input))
}
