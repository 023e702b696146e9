//! One ask: what is asked and by whom, the ways to answer it, until when, and the answer once it was given.

mod form;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_core::ask::State as Stage;
use bellboard_core::id::AskId;
use bellboard_core::membership::{Capability, allows};
use bellboard_core::page::Limit;
use bellboard_hub::ask::{self, AskView, GetAsk};
use bellboard_hub::call::PersonKind;
use bellboard_hub::engagement::{self, MemberView, PageOfEngagement};
use bellboard_hub::fault::Fault;
use serde_json::{Value, json};

use self::form::{Control, FieldLine, Said, fields};
use super::actions::{act, go_back};
use super::assets::Asset;
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::receipt::{Receipt, millis_until};
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
    title: String,
    detail: String,
    mark: Mark,
    state: &'static str,
    engagement: EngagementTag,
    slug: String,
    asked_by: String,
    asked_at: Moment,
    for_words: String,
    deadline: Option<Deadline>,
    look_in: Option<u64>,
    receipt: Option<Receipt>,
    fallback_held: Option<String>,
    refused: Option<String>,
    wrong_note: Option<String>,
    may_answer: bool,
    choices: Vec<Choice>,
    fields: Vec<FieldLine>,
    note: String,
    waits: bool,
    others: Vec<Other>,
    may_withdraw: bool,
    run: Option<String>,
    command: String,
}

/// Until when it can be answered, and what holds then.
struct Deadline {
    at: Moment,
    fallback: String,
    is_over: bool,
}

struct Choice {
    key: String,
    label: String,
    consequence: String,
    needs_note: bool,
}

/// Somebody who could answer instead.
struct Other {
    id: String,
    name: String,
}

/// Answers `/ui/asks/{ask_id}`.
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    page(&visit, read_id(&id)?, None, Said::default()).await
}

/// A form was reloaded: its address answers with the page that it stands on.
pub async fn back(Path((id, _)): Path<(String, String)>) -> Result<Response, Problem> {
    Ok(go_back(&url_of(read_id(&id)?)))
}

/// The page of an ask.
pub fn url_of(id: AskId) -> String {
    format!("/ui/asks/{id}")
}

/// The state at a glance: amber waits for somebody, green was answered, grey nobody waits for any more.
pub fn mark_of(state: Stage) -> Mark {
    let (icon, hue) = match state {
        Stage::Open => ("s-flag", "amber"),
        Stage::Answered => ("s-ok", "green"),
        Stage::Withdrawn | Stage::Expired => ("s-stop", "dim"),
    };
    Mark {
        icon,
        hue,
        word: "",
    }
}

/// The state in a word.
pub fn state_word(state: Stage) -> &'static str {
    match state {
        Stage::Open => "Waits for an answer",
        Stage::Answered => "Answered",
        Stage::Withdrawn => "Withdrawn",
        Stage::Expired => "Expired",
    }
}

fn read_id(text: &str) -> Result<AskId, Problem> {
    Ok(text.parse().map_err(|_| Fault::not_found())?)
}

async fn page(
    visit: &Visit,
    id: AskId,
    refused: Option<Problem>,
    said: Said,
) -> Result<Response, Problem> {
    let get = GetAsk {
        ask_id: id,
        wait_seconds: None,
        wait: None,
    };
    let ask = ask::get_ask(visit.call("get_ask"), get).await?;
    let engagements = visit.engagements(Some(&ask.engagement_slug)).await?;
    let people = PageOfEngagement {
        engagement_id: ask.engagement_id,
        limit: Limit::new(Limit::MAX).unwrap_or_default(),
        cursor: None,
    };
    let members = engagement::list_members(visit.call("list_members"), people).await?;
    let strip = strip::load(visit, None).await?;
    let title = format!("{}: {}", state_word(ask.state), ask.title);
    let shell = visit
        .shell(&title, Here::Elsewhere, strip.counts(), &engagements)
        .with_strip(strip);
    let page = ask_page(visit, ask, &engagements, members.items, shell);
    render(&with_refusal(page, refused, said))
}

fn ask_page(
    visit: &Visit,
    ask: AskView,
    engagements: &Engagements,
    members: Vec<MemberView>,
    shell: Shell,
) -> AskPage {
    let may = |capability| {
        engagements
            .scope()
            .is_some_and(|place| allows(place.designations, capability))
    };
    let own = ask.asked_by == visit.caller.person_id;
    let waits = ask.state == Stage::Open;
    let may_manage = may(Capability::Manage);
    let undo = format!("{}/undo", url_of(ask.id));
    let receipt = Receipt::of_answer(&ask, visit, may_manage, &undo);
    let deadline = deadline(visit, &ask);
    let until = ask.expires_at.filter(|at| waits && *at > visit.now);
    AskPage {
        shell,
        look_in: receipt
            .as_ref()
            .and_then(|receipt| receipt.look_in)
            .or_else(|| until.map(|at| millis_until(at, visit.now))),
        receipt,
        deadline,
        fallback_held: (ask.state == Stage::Expired).then(|| {
            let words = ask.fallback_words();
            words.unwrap_or_else(|| "nothing".to_owned())
        }),
        place: ask.engagement_id.to_string(),
        mark: mark_of(ask.state),
        state: state_word(ask.state),
        engagement: EngagementTag::new(&ask.engagement_name),
        asked_at: Moment::new(ask.created_at, Reading::Clock, visit.now),
        others: if waits && (ask.may_answer || own || may_manage) {
            others(&members, visit)
        } else {
            Vec::new()
        },
        may_withdraw: waits && (own || may_manage),
        choices: choices(&ask),
        fields: fields(ask.form.as_ref(), &Said::default()),
        may_answer: ask.may_answer,
        run: ask.run_id.map(|run| run.to_string()),
        command: if waits {
            format!("bellboard accept {}", ask.id)
        } else {
            "bellboard status".to_owned()
        },
        refused: None,
        wrong_note: None,
        note: String::new(),
        waits,
        id: ask.id,
        title: ask.title,
        detail: ask.detail,
        slug: ask.engagement_slug,
        asked_by: ask.asked_by_name,
        for_words: ask.for_words,
    }
}

/// What was refused stands where it was typed, and nothing that was typed is lost.
fn with_refusal(mut page: AskPage, refused: Option<Problem>, said: Said) -> AskPage {
    said.text("note").clone_into(&mut page.note);
    for line in &mut page.fields {
        said.text(&line.name).clone_into(&mut line.value);
    }
    let Some(problem) = refused else {
        return page;
    };
    let field = problem.field.as_deref().unwrap_or_default();
    let mut place = None;
    if page.may_answer {
        if field == "note" {
            place = Some(&mut page.wrong_note);
        } else {
            let line = page.fields.iter_mut();
            let line = line.into_iter().find(|line| line.in_refusals() == field);
            place = line.map(|line| &mut line.wrong);
        }
    }
    match place {
        Some(place) => *place = Some(problem.detail),
        None => page.refused = Some(problem.detail),
    }
    page
}

fn deadline(visit: &Visit, ask: &AskView) -> Option<Deadline> {
    let at = ask.expires_at?;
    Some(Deadline {
        at: Moment::new(at, Reading::Clock, visit.now),
        fallback: ask.fallback_words().unwrap_or_default(),
        is_over: at <= visit.now,
    })
}

fn choices(ask: &AskView) -> Vec<Choice> {
    let choices = ask.options.iter().map(|option| Choice {
        key: option.key.to_string(),
        label: option.label.to_string(),
        consequence: option
            .consequence
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        needs_note: option.needs_note,
    });
    choices.collect()
}

/// Whoever else could answer it.
fn others(members: &[MemberView], visit: &Visit) -> Vec<Other> {
    let able = members.iter().filter(|member| {
        member.kind == PersonKind::Human
            && member.person_id != visit.caller.person_id
            && allows(member.designations, Capability::Decide)
    });
    able.map(|member| Other {
        id: member.person_id.to_string(),
        name: member.name.clone(),
    })
    .collect()
}

/// An answer, taking it back, handing the ask on, or withdrawing it. A refusal stands on the page itself.
pub async fn on_ask(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path((id, action)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let said = Said::of(pairs);
    let (verb, mut input) = match action.as_str() {
        "answer" => ("answer_ask", answer(&visit, id, &said).await?),
        "undo" => ("undo_ask", json!({})),
        "delegate" => (
            "delegate_ask",
            json!({ "person_id": said.text("person_id") }),
        ),
        "withdraw" => ("withdraw_ask", json!({})),
        _ => return Err(Fault::not_found().into()),
    };
    input["ask_id"] = json!(id);
    if verb != "undo_ask" && !said.text("note").is_empty() {
        input["note"] = json!(said.text("note"));
    }
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(_) => Ok(go_back(&url_of(id))),
        Err(problem) if matches!(problem.status.as_u16(), 403 | 409 | 422) => {
            let status = problem.status;
            let page = page(&visit, id, Some(problem), said).await?;
            Ok((status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn answer(visit: &Visit, id: AskId, said: &Said) -> Result<Value, Problem> {
    let undo = visit.settings.undo_seconds;
    let option = said.text("option");
    if !option.is_empty() {
        return Ok(json!({ "option": option, "undo_seconds": undo }));
    }
    let get = GetAsk {
        ask_id: id,
        wait_seconds: None,
        wait: None,
    };
    let ask = ask::get_ask(visit.call("get_ask"), get).await?;
    let values = ask.form.as_ref().map(|form| said.values(form));
    Ok(json!({ "values": values, "undo_seconds": undo }))
}
