//! Which item is meant: one that waits, or else one that waited, so that whoever comes late hears who was first.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::What;
use crate::client::{CallFault, Problem};
use crate::session::Session;
use crate::stop::Stop;
use crate::wire;

/// How many of the newest of each kind are looked through for one whose id begins or ends as the person wrote.
const SEARCHED: usize = 500;

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
    if let Some(row) = only(&part, &waiting, "item_id", "item_label")? {
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
        if let Some(row) = only(&part, &found, "id", "label")? {
            return Ok(Item {
                what,
                kind: None,
                id: text(row, "id"),
                engagement_id: text(row, "engagement_id"),
                label: label(row),
            });
        }
    }
    Err(Stop::usage(format!(
        "Nothing that waits for you, or did, begins or ends with {part}. `bellboard status` shows what waits."
    ))
    .into())
}

/// The newest rows whose id begins or ends like this.
async fn list(verb: &str, part: &str, session: &Session) -> Result<Vec<Value>> {
    let (mut found, mut seen) = (Vec::new(), 0);
    let mut cursor = Value::Null;
    while seen < SEARCHED {
        let input = json!({"limit": wire::PAGE, "cursor": cursor});
        let page: wire::Page<Value> = session.client.call(verb, input).await?;
        seen += page.items.len();
        found.extend(page.items.into_iter().filter(|row| {
            let id = row["item_id"].as_str().or(row["id"].as_str());
            id.is_some_and(|id| id.starts_with(part) || id.ends_with(part))
        }));
        match page.next_cursor {
            Some(next) => cursor = json!(next),
            None => break,
        }
    }
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

/// The only one of them; more than one is refused with two examples.
fn only<'a>(part: &str, rows: &'a [Value], id: &str, name: &str) -> Result<Option<&'a Value>> {
    let by_id: BTreeMap<&str, &Value> = rows
        .iter()
        .filter_map(|row| Some((row[id].as_str()?, row)))
        .collect();
    let mut all = by_id.into_iter();
    match (all.next(), all.next()) {
        (Some((one_id, one)), Some((other_id, other))) => {
            let named = |row: &Value| row[name].as_str().map_or_else(|| label(row), str::to_owned);
            let (one, other) = (named(one), named(other));
            Err(Stop::usage(format!(
                "{part} is part of more than one id, among them {one_id} ({one}) and {other_id} ({other}). Give more of it."
            ))
            .into())
        }
        (first, _) => Ok(first.map(|(_, row)| row)),
    }
}

/// What a person reads: an ask has a title.
fn label(row: &Value) -> String {
    let label = row["label"].as_str().or(row["title"].as_str());
    label.unwrap_or_default().to_owned()
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_found_and_two_are_named() {
        let rows = [
            json!({"id": "aa1", "label": "One"}),
            json!({"id": "ba1", "title": "Two?"}),
        ];
        assert_eq!(only("x", &[], "id", "label").unwrap(), None);
        let found = only("aa1", &rows[..1], "id", "label").unwrap().unwrap();
        assert_eq!(label(found), "One");
        let fault = only("a1", &rows, "id", "label").unwrap_err().to_string();
        assert_eq!(
            fault,
            "a1 is part of more than one id, among them aa1 (One) and ba1 (Two?). Give more of it."
        );
    }
}
