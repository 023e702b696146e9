//! The form that closes a workstream: what becomes of each open task. A refusal is told beside it, with what was typed.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde_json::{Value, json};

use super::detail::{WorkstreamQuery, address, load, page};
use super::tasks::Refused;
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// The form was reloaded: its address answers with the page of the workstream.
pub async fn back(Path(slug): Path<String>) -> Response {
    go_back(&address(&slug, "", &[]))
}

/// Closes it.
pub async fn close(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(slug): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let at = typed.get("at").cloned().unwrap_or_default();
    let review = review(&typed);
    let mut input = json!({ "slug": slug, "review": review });
    if !at.is_empty() {
        input["engagement"] = json!(at);
    }
    match act(&app, &request_id, visit.again(), "close_workstream", input).await {
        Ok(_) => Ok(go_back(&address(&slug, &at, &[("did", "closed")]))),
        Err(problem) if problem.status.is_client_error() => {
            // What the reader may not see is not there for the form either.
            let found = load(&visit, &slug, &at).await?;
            let query = WorkstreamQuery {
                at,
                ..WorkstreamQuery::default()
            };
            let refused = Refused {
                words: words(&problem, &review, &typed),
                typed: &typed,
            };
            let page = page(&visit, found, &query, Some(&refused)).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What was said of each task that anything was said of.
fn review(typed: &BTreeMap<String, String>) -> Vec<Value> {
    let of = |field: &str, id: &str| {
        let said = typed.get(&format!("{field}-{id}"));
        said.map(|said| said.trim()).filter(|said| !said.is_empty())
    };
    let said = typed.iter().filter_map(|(name, word)| {
        let id = name.strip_prefix("as-")?;
        (!word.is_empty()).then_some((id, word))
    });
    said.map(|(id, word)| {
        let mut entry = json!({ "task_id": id, "as": word });
        if let Some(reason) = of("reason", id).filter(|_| word == "cancelled") {
            entry["reason"] = json!(reason);
        }
        if let Some(target) = of("target", id).filter(|_| word == "carry_forward") {
            entry["target"] = json!(target);
        }
        entry
    })
    .collect()
}

/// Why, with the name of the task before it where one entry is at fault: people do not count entries.
fn words(problem: &Problem, review: &[Value], typed: &BTreeMap<String, String>) -> String {
    let named = || {
        let field = problem.field.as_deref()?.strip_prefix("review.")?;
        let at: usize = field.split('.').next()?.parse().ok()?;
        let id = review.get(at)?["task_id"].as_str()?;
        typed.get(&format!("name-{id}"))
    };
    match named() {
        Some(name) => format!("{name}: {}", problem.detail),
        None => problem.detail.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = fields
            .iter()
            .map(|(name, word)| ((*name).to_owned(), (*word).to_owned()));
        owned.collect()
    }

    #[test]
    fn the_review_says_of_each_task_what_was_chosen() {
        let typed = typed(&[
            ("as-1", "done"),
            ("reason-1", "forgotten words"),
            ("as-2", "cancelled"),
            ("reason-2", " No longer "),
            ("as-3", "carry_forward"),
            ("target-3", "later"),
            ("as-4", ""),
            ("at", "aster-bank"),
        ]);
        assert_eq!(
            json!(review(&typed)),
            json!([
                { "task_id": "1", "as": "done" },
                { "task_id": "2", "as": "cancelled", "reason": "No longer" },
                { "task_id": "3", "as": "carry_forward", "target": "later" },
            ])
        );
    }

    #[test]
    fn a_refused_entry_is_named_by_its_task() {
        let typed = typed(&[
            ("as-1", "done"),
            ("as-2", "cancelled"),
            ("name-2", "T02 Lay"),
        ]);
        let review = review(&typed);
        let problem = Problem::invalid("review.1.reason", "Say why.");
        assert_eq!(words(&problem, &review, &typed), "T02 Lay: Say why.");
        for field in ["review.0.reason", "review.9.reason", "slug"] {
            let problem = Problem::invalid(field, "Say why.");
            assert_eq!(words(&problem, &review, &typed), "Say why.", "{field}");
        }
    }
}
