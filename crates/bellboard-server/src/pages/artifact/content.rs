//! What is in an artifact: the fields of an inline object, or its files with what proves them. Files are only ever
//! downloaded; nothing that somebody uploaded is shown inside a page.

use askama::Template;
use bellboard_core::artifact::{Changes, Sign};
use bellboard_core::text::reveal;
use bellboard_hub::artifact::ArtifactView;
use serde_json::Value;

use crate::pages::words::size_words;

/// A text longer than this is folded into the JSON below the fields.
const FIELD_CHARACTERS: usize = 500;

/// The content of the newest version.
#[derive(Debug, Template)]
#[template(path = "artifact_content.html")]
pub struct Content {
    fields: Vec<(String, String)>,
    json: Option<String>,
    files: Vec<FileLine>,
}

impl askama::filters::HtmlSafe for Content {}

#[derive(Debug)]
struct FileLine {
    name: String,
    media_type: String,
    size: String,
    digest: String,
    url: String,
}

impl Content {
    /// The content of the artifact's newest version.
    pub fn new(artifact: &ArtifactView) -> Self {
        let (fields, json) = match &artifact.content {
            Some(Value::Object(content)) => {
                let plain: Option<Vec<_>> = content
                    .iter()
                    .map(|(key, value)| Some((reveal(key), reveal(&plain_words(value)?))))
                    .collect();
                let json = plain
                    .is_none()
                    .then(|| serde_json::to_string_pretty(content).ok())
                    .flatten();
                (plain.unwrap_or_default(), json.map(|text| reveal(&text)))
            }
            _ => (Vec::new(), None),
        };
        let files = artifact.files.iter().map(|file| FileLine {
            name: reveal(&file.name),
            media_type: reveal(&file.media_type),
            size: size_words(file.size),
            digest: file.digest.to_string(),
            url: file.download_url.clone(),
        });
        Self {
            fields,
            json,
            files: files.collect(),
        }
    }
}

/// One line of what changed: its hue, its sign and its words.
#[derive(Debug)]
pub struct ChangeLine {
    pub hue: &'static str,
    pub sign: &'static str,
    pub words: String,
}

/// The lines of a difference, each with its sign.
pub fn change_lines(changes: &Changes) -> Vec<ChangeLine> {
    let lines = changes.lines.iter().map(|line| {
        let (hue, sign) = match line.sign {
            Sign::Added => ("green", "+"),
            Sign::Removed => ("red", "-"),
            Sign::Changed => ("", "~"),
        };
        ChangeLine {
            hue,
            sign,
            words: line.text.clone(),
        }
    });
    lines.collect()
}

/// A value that reads well beside its name; none for nested ones.
fn plain_words(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("none".to_owned()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => (text.chars().count() <= FIELD_CHARACTERS).then(|| text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
