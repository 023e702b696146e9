//! `bellboard accept`, `bellboard reject` and `bellboard done`.

use anyhow::Result;
use bellboard_core::artifact::{Decision, Kind};
use bellboard_core::text::capital_first;
use clap::Args;
use serde_json::json;

use super::answer::{self, ChoiceArgs};
use super::find::{self, Item};
use super::{ItemArgs, What, WordsArgs, needs_note, receipt, undo_seconds, with_flag};
use crate::runs::short_id;
use crate::session::Session;
use crate::stop::Stop;

/// The arguments of `bellboard accept`.
#[derive(Debug, Args)]
pub struct AcceptArgs {
    #[command(flatten)]
    item: ItemArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    words: WordsArgs,
    #[command(flatten)]
    looked_at: LookedAtArgs,
}

/// The arguments of `bellboard reject`.
#[derive(Debug, Args)]
pub struct RejectArgs {
    #[command(flatten)]
    item: ItemArgs,
    #[command(flatten)]
    words: WordsArgs,
    #[command(flatten)]
    looked_at: LookedAtArgs,
}

/// The arguments of `bellboard done`.
#[derive(Debug, Args)]
pub struct DoneArgs {
    #[command(flatten)]
    item: ItemArgs,
    /// A word for the others
    #[arg(long, short = 'm', alias = "message", value_name = "TEXT")]
    note: Option<String>,
}

/// Which version the decision is about.
#[derive(Debug, Args)]
struct LookedAtArgs {
    /// Decide only if this is still the newest version of what was made
    #[arg(long, value_name = "VERSION")]
    expect_version: Option<u64>,
}

/// The two ways that a decision can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Accept,
    Reject,
}

/// Takes something as it is, or answers a question.
pub async fn accept(args: AcceptArgs, session: &Session) -> Result<u8> {
    let item = find::item(&args.item.item, session).await?;
    if item.what == What::Ask {
        return answer::give(&item, &args.choice, &args.words, session).await;
    }
    args.choice.refuse_for(&item)?;
    decide(&item, Way::Accept, &args.words, &args.looked_at, session).await
}

/// Sends something back, with the reason.
pub async fn reject(args: RejectArgs, session: &Session) -> Result<u8> {
    let item = find::item(&args.item.item, session).await?;
    if item.what == What::Ask {
        return Err(answer::refuse_rejection(&item, session).await?.into());
    }
    decide(&item, Way::Reject, &args.words, &args.looked_at, session).await
}

/// Says that a run that did not end well has been dealt with, or that a task has got the help that it needed.
pub async fn done(args: DoneArgs, session: &Session) -> Result<u8> {
    let item = find::item(&args.item.item, session).await?;
    let id = short_id(&item.id);
    if item.what == What::Task {
        return helped(&item, args.note, session).await;
    }
    if item.what != What::Ended {
        return Err(Stop::usage(match item.what {
            What::Artifact => format!(
                "{}: this waits for a decision. bellboard accept {id}, or bellboard reject {id} --note TEXT",
                item.label
            ),
            What::Ask => format!(
                "{}: this waits for an answer. bellboard accept {id} --option KEY",
                item.label
            ),
            What::Silent | What::Ended | What::Task | What::Other => no_decision(&item).message,
        })
        .into());
    }
    let input = json!({"run_id": item.id, "note": args.note});
    let view = session.client.call_raw("acknowledge_run", input).await?;
    let words = format!("Dealt with: {}", item.label);
    receipt(&words, &item.id, 0, &view, &session.output)
}

/// The task needs no human any more; a word for the others becomes a line of what happened.
async fn helped(item: &Item, note: Option<String>, session: &Session) -> Result<u8> {
    let client = &session.client;
    if let Some(note) = note {
        let line = json!({"task": item.id, "summary": note});
        client.call_raw("add_progress", line).await?;
    }
    let input = json!({"task_id": item.id, "needs_human": false});
    let view = client.call_raw("update_task", input).await?;
    let words = format!("Helped: {}", item.label);
    receipt(&words, &item.id, 0, &view, &session.output)
}

async fn decide(
    item: &Item,
    way: Way,
    words: &WordsArgs,
    looked_at: &LookedAtArgs,
    session: &Session,
) -> Result<u8> {
    if item.what != What::Artifact {
        return Err(no_decision(item).into());
    }
    let client = &session.client;
    let artifact = client
        .call_raw("get_artifact", json!({"artifact_id": item.id}))
        .await?;
    let label = artifact["label"].as_str().unwrap_or_default();
    let newest = artifact["version"].as_u64().unwrap_or(1);
    let kind = artifact["kind"].as_str().and_then(Kind::parse);
    let decision = kind.and_then(|kind| decision_of(kind, way));
    let Some(decision) = decision else {
        return Err(not_this_way(item, label, kind).into());
    };
    if decision.needs_note() && words.note.is_none() && artifact["decision"].is_null() {
        let why = format!("To {decision} “{label}” needs a reason");
        return Err(needs_note(&why, &item.id));
    }
    let undo = undo_seconds(words, session).await?;
    let version = looked_at.expect_version.unwrap_or(newest);
    let input = json!({
        "artifact_id": item.id,
        "decision": decision,
        "note": words.note,
        "expected_version": version,
        "undo_seconds": undo,
    });
    let view = client.call_raw("decide_artifact", input).await;
    let view = view.map_err(|fault| with_flag(fault, &item.id))?;
    let done = capital_first(decision.done());
    let words = match version {
        1 => format!("{done}: {label}"),
        version => format!("{done}: {label}, version {version}"),
    };
    receipt(&words, &item.id, undo, &view, &session.output)
}

/// The decision of this kind that goes this way.
fn decision_of(kind: Kind, way: Way) -> Option<Decision> {
    kind.decisions()
        .find(|decision| decision.is_positive() == (way == Way::Accept))
}

fn not_this_way(item: &Item, label: &str, kind: Option<Kind>) -> Stop {
    let accept = kind.and_then(|kind| decision_of(kind, Way::Accept));
    Stop::usage(match accept {
        Some(accept) => format!(
            "{label}: there is nothing to reject here, only to {accept}: bellboard accept {}",
            short_id(&item.id)
        ),
        None => format!("{label}: nothing is decided about this; it is there to be used."),
    })
}

/// What to do instead, about something that takes no decision.
fn no_decision(item: &Item) -> Stop {
    let (id, label) = (short_id(&item.id), &item.label);
    Stop::usage(match item.what {
        What::Silent => format!(
            "{label}: this run fell silent. Look with bellboard runs show {id}; then bellboard runs cancel {id}, \
             or bellboard snooze {id}"
        ),
        What::Artifact | What::Ask | What::Ended => format!(
            "{label}: this needs a look, and no decision. bellboard runs show {id}, then bellboard done {id}"
        ),
        What::Task => format!(
            "{label}: this waits for your help, and no decision. When it has got it: bellboard done {id}"
        ),
        What::Other => {
            format!("{label}: this command line is too old for it. Open the page of the hub.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_are_known_where_the_kind_knows_them() {
        let table = [
            (Kind::Shape, Some(Decision::Confirm), Some(Decision::Reject)),
            (
                Kind::Assertion,
                Some(Decision::Commit),
                Some(Decision::Discard),
            ),
            (Kind::Render, Some(Decision::Accept), Some(Decision::Return)),
            (Kind::ReviewReport, Some(Decision::Acknowledge), None),
            (
                Kind::DownstreamSpecification,
                Some(Decision::Accept),
                Some(Decision::Reject),
            ),
            (Kind::TransformedArtifact, None, None),
        ];
        for (kind, accept, reject) in table {
            assert_eq!(decision_of(kind, Way::Accept), accept, "{kind}");
            assert_eq!(decision_of(kind, Way::Reject), reject, "{kind}");
        }
    }
}
