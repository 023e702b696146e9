//! What came out of a run: its artifacts, and the links that its reporter put into the context.
//!
//! `links` is an object of names and addresses, or a list of addresses or of `{label, url, note}`. Whatever else is
//! there is left out: a malformed link is never the reader's error, and only web addresses become links.

use bellboard_core::text::operator_safe;
use bellboard_hub::artifact::ArtifactView;
use serde_json::{Map, Value};

use crate::pages::artifact::{mark_of, url_of};
use crate::pages::mark::Mark;

/// More links than this are left to the diagnostics.
const LINKS_AT_MOST: usize = 20;

/// One thing to open.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub label: String,
    /// Where it is.
    pub url: String,
    /// What else is said of it.
    pub note: Option<String>,
}

/// One artifact.
#[derive(Debug)]
pub struct Made {
    pub mark: Mark,
    pub label: String,
    pub url: String,
    /// What it is and where it stands.
    pub note: String,
}

/// The artifacts of a run, newest first.
pub fn made_of(artifacts: &[ArtifactView]) -> Vec<Made> {
    let made = artifacts.iter().map(|artifact| Made {
        mark: mark_of(artifact.kind, artifact.state),
        label: artifact.label.clone(),
        url: url_of(artifact.id),
        note: format!(
            "{}, version {}, {}",
            artifact.kind.with_number(artifact.number),
            artifact.version,
            artifact.state.label().to_lowercase()
        ),
    });
    made.collect()
}

/// The outputs that the context names, in its order.
pub fn outputs(context: &Map<String, Value>) -> Vec<Output> {
    let found: Vec<Output> = match context.get("links") {
        Some(Value::Object(links)) => links
            .iter()
            .filter_map(|(label, url)| output(Some(label), url.as_str()?, None))
            .collect(),
        Some(Value::Array(links)) => links.iter().filter_map(listed).collect(),
        _ => Vec::new(),
    };
    found.into_iter().take(LINKS_AT_MOST).collect()
}

fn listed(link: &Value) -> Option<Output> {
    if let Some(url) = link.as_str() {
        return output(None, url, None);
    }
    let text = |key: &str| link.get(key).and_then(Value::as_str);
    output(text("label"), text("url")?, text("note"))
}

fn output(label: Option<&str>, url: &str, note: Option<&str>) -> Option<Output> {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))?;
    Some(Output {
        label: label
            .and_then(operator_safe)
            .unwrap_or_else(|| own_name(rest)),
        url: url.to_owned(),
        note: note.and_then(operator_safe),
    })
}

/// The last name in an address: the file, else the host.
fn own_name(rest: &str) -> String {
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next();
    last.filter(|name| !name.is_empty())
        .unwrap_or("Link")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn labels(links: Value) -> Vec<String> {
        let context = Map::from_iter([("links".to_owned(), links)]);
        let found = outputs(&context);
        found.into_iter().map(|output| output.label).collect()
    }

    #[test]
    fn links_are_named_or_name_themselves() {
        assert_eq!(
            labels(json!({"Review": "https://example.com/a/b.pdf"})),
            ["Review"]
        );
        assert_eq!(
            labels(json!([
                "https://example.com/a/settings.json?x=1",
                "http://example.com/"
            ])),
            ["settings.json", "example.com"]
        );
        let listed = json!([{"label": "Report", "url": "https://example.com/r", "note": "61 kB"}]);
        let context = Map::from_iter([("links".to_owned(), listed)]);
        assert_eq!(outputs(&context)[0].note.as_deref(), Some("61 kB"));
    }

    #[test]
    fn what_is_no_web_address_is_no_link() {
        for links in [
            json!("https://example.com"),
            json!({"Run": "javascript:alert(1)"}),
            json!(["/etc/passwd", 7, null, {"label": "x"}]),
            json!({"File": "file:///etc/passwd"}),
        ] {
            assert_eq!(labels(links.clone()), Vec::<String>::new(), "{links}");
        }
        let many: Vec<String> = (0..30)
            .map(|at| format!("https://example.com/{at}"))
            .collect();
        assert_eq!(labels(json!(many)).len(), LINKS_AT_MOST);
    }
}
