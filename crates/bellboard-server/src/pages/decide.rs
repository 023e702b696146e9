//! The forms of "Needs you", and the receipt that the next page shows: who decided what, and Undo until its time.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::{Extension, Form};
use bellboard_core::id::RunId;
use bellboard_core::time::Timestamp;
use bellboard_hub::fault::Fault;
use bellboard_hub::run::{self, OfRun};
use serde::Deserialize;
use serde_json::{Value, json};

use super::actions::{act, go_back};
use super::detail::{find_artifact, find_ask};
use super::moment::{Moment, Reading};
use super::needs::artifact_kind;
use super::visit::Visit;
use crate::app::App;
use crate::guard::RequestId;
use crate::problem::Problem;

/// How long "Snooze" puts off when the form does not say.
const SNOOZE_HOURS: u64 = 1;

/// What a person says with the buttons of a row.
#[derive(Debug, Deserialize)]
pub struct OnNeed {
    act: String,
    #[serde(default)]
    back: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    version: i64,
    #[serde(default)]
    note: String,
}

/// What was decided, told at the top of the page that the form led back to.
#[derive(Debug, Template)]
#[template(path = "decided.html")]
pub struct Decided {
    who: String,
    done: String,
    title: String,
    at: Moment,
    takes_effect: Option<Moment>,
    /// The form that takes it back.
    undo: Option<String>,
    back: String,
}

impl askama::filters::HtmlSafe for Decided {}

/// Answers the form of a row. Whoever comes second is led to the receipt of who was first.
pub async fn on_need(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    visit: Visit,
    Path((kind, id)): Path<(String, String)>,
    Form(form): Form<OnNeed>,
) -> Result<Response, Problem> {
    let (verb, input) = input(&visit, &kind, &id, &form)?;
    let settles = !matches!(verb, "snooze_need" | "undo_artifact" | "undo_ask");
    let to = if settles {
        with_receipt(&form.back, &kind, &id)
    } else {
        form.back
    };
    match act(&app, &request_id, visit, verb, input).await {
        Err(problem) if !is_second(&problem, &headers) => Err(problem),
        _ => Ok(go_back(&to)),
    }
}

/// A reader of HTML sees who was first on the page itself; a script gets the problem.
fn is_second(problem: &Problem, headers: &HeaderMap) -> bool {
    let reads_html = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let second = matches!(problem.code, "already_decided" | "already_answered");
    reads_html && second && problem.status == StatusCode::CONFLICT
}

fn with_receipt(back: &str, kind: &str, id: &str) -> String {
    let kept = back.split_once('?').map_or("", |(_, query)| query);
    let path = back.split_once('?').map_or(back, |(path, _)| path);
    let kept = kept
        .split('&')
        .filter(|pair| pair.starts_with("e=") || pair.starts_with("group="));
    let did = format!("did={kind}:{id}");
    let pairs: Vec<&str> = kept.chain([did.as_str()]).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// The verb behind a button and what it is told.
fn input(
    visit: &Visit,
    kind: &str,
    id: &str,
    form: &OnNeed,
) -> Result<(&'static str, Value), Problem> {
    let is_artifact = artifact_kind(kind).is_some();
    let about = if is_artifact { "artifact_id" } else { "ask_id" };
    let (verb, mut input) = match form.act.as_str() {
        "done" if kind == "task_needs_human" => {
            let helped = json!({ "task_id": id, "needs_human": false });
            return Ok(("update_task", helped));
        }
        "done" => ("acknowledge_run", json!({ "run_id": id })),
        "snooze" => ("snooze_need", snooze(visit.now, kind, id, &form.place)),
        "undo" if is_artifact => return Ok(("undo_artifact", json!({ about: id }))),
        "undo" => return Ok(("undo_ask", json!({ about: id }))),
        decision if is_artifact => (
            "decide_artifact",
            json!({ about: id, "decision": decision, "expected_version": form.version }),
        ),
        answer => {
            let option = answer
                .strip_prefix("answer:")
                .ok_or_else(|| Fault::invalid("act", "There is no such decision here."))?;
            ("answer_ask", json!({ about: id, "option": option }))
        }
    };
    if matches!(verb, "decide_artifact" | "answer_ask") {
        input["undo_seconds"] = json!(visit.settings.undo_seconds);
    }
    if !form.note.trim().is_empty() && verb != "snooze_need" {
        input["note"] = json!(form.note.trim());
    }
    Ok((verb, input))
}

fn snooze(now: Timestamp, kind: &str, id: &str, place: &str) -> Value {
    let until = now + Duration::from_secs(SNOOZE_HOURS * 3600);
    json!({ "engagement_id": place, "kind": kind, "item_id": id, "until": until })
}

/// The receipt of what `did` names, when this person may see it and it was decided.
pub async fn decided(visit: &Visit, kind: &str, id: &str, back: &str) -> Option<Decided> {
    let receipt = |who: String, done: &str, title: String, at, takes_effect| Decided {
        undo: None,
        at: Moment::new(at, Reading::Clock, visit.now),
        takes_effect,
        who,
        done: done.to_owned(),
        title,
        back: back.to_owned(),
    };
    let undo = Some(format!("/ui/needs/{kind}/{id}"));
    let open_until =
        |at: Timestamp| (at > visit.now).then(|| Moment::new(at, Reading::Clock, visit.now));
    if let Some(kind) = artifact_kind(kind) {
        let artifact = find_artifact(visit, id).await?;
        let decision = artifact.decision?;
        let own = decision.decided_by == visit.caller.person_id;
        let effect = open_until(decision.effective_at);
        let who = if own {
            "You".to_owned()
        } else {
            decision.decided_by_name
        };
        let title = format!("{}: {}", kind.label(), artifact.label);
        let done = decision.label.to_lowercase();
        let undo = undo.filter(|_| own && effect.is_some());
        let told = receipt(who, &done, title, decision.decided_at, effect);
        return Some(Decided { undo, ..told });
    }
    if kind == "ask" {
        let ask = find_ask(visit, id).await?;
        let who = ask.answered_by_name?;
        let effect = ask.effective_at.and_then(open_until);
        let own = ask.answered_by == Some(visit.caller.person_id);
        let undo = undo.filter(|_| own && effect.is_some());
        let who = if own { "You".to_owned() } else { who };
        let told = receipt(who, "answered", ask.title, ask.answered_at?, effect);
        return Some(Decided { undo, ..told });
    }
    let run_id: RunId = id.parse().ok()?;
    let found = run::get_run(visit.call("get_run"), OfRun { run_id }).await;
    let found = found.ok()?;
    let who = found.acknowledged_by?;
    let who = if who == visit.caller.name {
        "You".to_owned()
    } else {
        who
    };
    Some(receipt(
        who,
        "dealt with",
        found.label,
        found.acknowledged_at?,
        None,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_keeps_the_view_and_leaves_the_selected_row() {
        let to = |back| with_receipt(back, "pending_shape", "1");
        assert_eq!(to("/"), "/?did=pending_shape:1");
        assert_eq!(
            to("/?e=aster&item=ask:2&group=kind"),
            "/?e=aster&group=kind&did=pending_shape:1"
        );
    }
}
