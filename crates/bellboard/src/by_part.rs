//! What a person means by a part of an id: the one thing among the newest whose id begins or ends like this.

use anyhow::Result;
use serde_json::{Value, json};

use crate::client::{CallFault, Client};
use crate::stop::Stop;
use crate::wire;

/// How many of the newest are looked through.
const SEARCHED: usize = 500;

/// The rows of a list, the newest first, whose id begins or ends like this.
pub async fn rows(
    client: &Client,
    verb: &str,
    filters: Value,
    part: &str,
) -> Result<Vec<Value>, CallFault> {
    let (mut found, mut seen) = (Vec::new(), 0);
    let mut input = filters;
    input["limit"] = json!(wire::PAGE);
    while seen < SEARCHED {
        let page: wire::Page<Value> = client.call(verb, input.clone()).await?;
        seen += page.items.len();
        found.extend(page.items.into_iter().filter(|row| {
            let id = id(row);
            id.starts_with(part) || id.ends_with(part)
        }));
        match page.next_cursor {
            Some(next) => input["cursor"] = json!(next),
            None => break,
        }
    }
    Ok(found)
}

/// The only one of them; more than one is refused with two examples.
pub fn only<'a>(part: &str, rows: &'a [Value]) -> Result<Option<&'a Value>, Stop> {
    let Some(one) = rows.first() else {
        return Ok(None);
    };
    match rows.iter().find(|row| id(row) != id(one)) {
        None => Ok(Some(one)),
        Some(other) => Err(Stop::usage(format!(
            "{part} is part of more than one id, among them {} ({}) and {} ({}). Give more of it.",
            id(one),
            label(one),
            id(other),
            label(other)
        ))),
    }
}

/// The id of a row; in a list of what waits it is that of the item.
pub fn id(row: &Value) -> &str {
    let id = row["item_id"].as_str().or(row["id"].as_str());
    id.unwrap_or_default()
}

/// What people read of a row: an ask has a title.
pub fn label(row: &Value) -> &str {
    let names = ["item_label", "label", "title"];
    names
        .into_iter()
        .find_map(|name| row[name].as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_found_and_two_are_named() {
        let rows = [
            json!({"id": "aa1", "label": "One"}),
            json!({"id": "ba1", "title": "Two?"}),
            json!({"item_id": "ca1", "item_label": "Three"}),
        ];
        assert_eq!(only("x", &[]).unwrap(), None);
        let twice = [rows[0].clone(), rows[0].clone()];
        for same in [&rows[..1], &twice[..]] {
            let found = only("aa1", same).unwrap().unwrap();
            assert_eq!((id(found), label(found)), ("aa1", "One"));
        }
        for (rows, named) in [
            (&rows[..], "aa1 (One) and ba1 (Two?)"),
            (&rows[1..], "ba1 (Two?) and ca1 (Three)"),
        ] {
            let fault = only("a1", rows).unwrap_err().to_string();
            let words = "a1 is part of more than one id, among them";
            assert_eq!(fault, format!("{words} {named}. Give more of it."));
        }
    }
}
