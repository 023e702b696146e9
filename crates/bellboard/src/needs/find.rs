//! Which item is meant: one that waits, or else one that waited, so that whoever comes late hears who was first.

use anyhow::Result;
use serde_json::{Value, json};

use super::What;
use crate::by_part;
use crate::client::{CallFault, Problem};
use crate::session::Session;
use crate::stop::Stop;

/// Where things are that may have waited: the list, the verb for one, the field of its id, and what it is.
const PLACES: [(&str, &str, &str, What); 3] = [
    (
        "list_artifacts",
        "get_artifact",
        "artifact_id",
        What::Artifact,
    ),
    ("list_asks", "get_ask", "ask_id", What::Ask),
    ("list_runs", "get_run", "run_id", What::Ended),
];

/// An item.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) what: What,
    /// Its kind in needs-you; none when it does not wait for the caller.
    pub(super) kind: Option<String>,
    pub(super) id: String,
    pub(super) engagement_id: String,
    pub(super) label: String,
}

/// The item whose id is this, begins or ends like this.
pub(super) async fn item(reference: &str, session: &Session) -> Result<Item> {
    let part = reference.trim().to_ascii_lowercase();
    if part.is_empty() {
        return Err(Stop::usage("Which item? `bellboard status` shows the ids.").into());
    }
    let waiting = list("list_needs_you", &part, session).await?;
    if let Some(row) = by_part::only(&part, &waiting)? {
        let kind = text(row, "item_kind");
        return Ok(Item {
            what: What::of(&kind),
            id: text(row, "item_id"),
            engagement_id: text(row, "engagement_id"),
            label: text(row, "item_label"),
            kind: Some(kind),
        });
    }
    let whole = uuid::Uuid::try_parse(&part).is_ok();
    for (list_verb, get_verb, field, what) in PLACES {
        let found = if whole {
            one(get_verb, json!({field: part}), session).await?
        } else {
            list(list_verb, &part, session).await?
        };
        if let Some(row) = by_part::only(&part, &found)? {
            return Ok(Item {
                what,
                kind: None,
                id: text(row, "id"),
                engagement_id: text(row, "engagement_id"),
                label: by_part::label(row).to_owned(),
            });
        }
    }
    Err(Stop::usage(format!(
        "Nothing that waits for you, or did, begins or ends with {part}. `bellboard status` shows what waits."
    ))
    .into())
}

/// The newest rows whose id begins or ends like this, in the order of their ids.
async fn list(verb: &str, part: &str, session: &Session) -> Result<Vec<Value>> {
    let mut found = by_part::rows(&session.client, verb, json!({}), part).await?;
    found.sort_by(|one, other| by_part::id(one).cmp(by_part::id(other)));
    Ok(found)
}

/// The one thing under a whole id, if it is of this sort.
async fn one(verb: &str, input: Value, session: &Session) -> Result<Vec<Value>> {
    match session.client.call_raw(verb, input).await {
        Ok(view) => Ok(vec![view]),
        Err(CallFault::Refused(Problem { status: 404, .. })) => Ok(Vec::new()),
        Err(fault) => Err(fault.into()),
    }
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}
