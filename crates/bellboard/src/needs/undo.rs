//! `bellboard undo`: takes a decision back while it can be, and shows what you had hidden.

use anyhow::Result;
use bellboard_core::artifact::Kind;
use serde_json::{Value, json};

use super::find::{self, Item};
use super::{ItemArgs, What, receipt};
use crate::session::Session;

/// The kinds under which a run waits.
const OF_RUNS: [&str; 3] = ["run_follow_up", "external_failure", "run_stale"];

/// Undoes the last thing that was done about an item.
pub async fn undo(args: ItemArgs, session: &Session) -> Result<u8> {
    let item = find::item(&args.item, session).await?;
    let client = &session.client;
    // What waits is not decided, whoever hid it; what does not wait for the caller was decided, or is hidden.
    let (verb, view) = match item.what {
        What::Artifact => {
            let input = json!({"artifact_id": item.id});
            (
                "undo_artifact",
                client.call_raw("get_artifact", input).await?,
            )
        }
        What::Ask => {
            let input = json!({"ask_id": item.id});
            ("undo_ask", client.call_raw("get_ask", input).await?)
        }
        What::Ended | What::Silent | What::Task | What::Other => ("", Value::Null),
    };
    let decided = view["decision"].is_object() || view["state"] == "answered";
    if decided {
        let field = if item.what == What::Ask {
            "ask_id"
        } else {
            "artifact_id"
        };
        let undone = client.call_raw(verb, json!({field: item.id})).await?;
        let words = format!("Taken back; it waits again: {}", item.label);
        return receipt(&words, &item.id, 0, &undone, &session.output);
    }
    show_again(&item, &view, session).await
}

/// Ends a snooze; what was not hidden stays as it is.
async fn show_again(item: &Item, view: &Value, session: &Session) -> Result<u8> {
    let kinds: Vec<&str> = match (&item.kind, item.what) {
        (Some(kind), _) => vec![kind],
        (None, What::Ask) => vec!["ask"],
        (None, What::Artifact) => {
            let kind = view["kind"].as_str().and_then(Kind::parse);
            kind.and_then(Kind::needs_you_kind).into_iter().collect()
        }
        (None, What::Ended | What::Silent | What::Task | What::Other) => OF_RUNS.to_vec(),
    };
    let mut shown = Value::Null;
    for kind in kinds {
        let input = json!({
            "engagement_id": item.engagement_id,
            "kind": kind,
            "item_id": item.id,
        });
        shown = session.client.call_raw("unsnooze_need", input).await?;
    }
    let words = format!("Not hidden from you: {}", item.label);
    receipt(&words, &item.id, 0, &shown, &session.output)
}
