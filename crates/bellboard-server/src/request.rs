//! One JSON object out of an HTTP request: path, query and body are merged, and whatever is too large, too deep or said
//! twice is refused before a verb sees it.

use std::collections::HashSet;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use bellboard_core::work::MAX_FILE_BYTES;
use bellboard_hub::verbs::Verb;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// A body of JSON is at most this long.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// A text or a name inside a body is at most this long.
pub const MAX_STRING_BYTES: usize = 64 * 1024;
/// Objects and arrays are at most this deep in each other.
pub const MAX_DEPTH: usize = 32;
/// A body must have arrived after this long.
pub const BODY_TIME: Duration = Duration::from_secs(30);

/// How much a verb is sent at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A body, in bytes.
    pub body: usize,
    /// A text or a name inside of it, in bytes.
    text: usize,
}

impl Limits {
    /// What holds unless a verb says otherwise.
    pub const USUAL: Self = Self {
        body: MAX_BODY_BYTES,
        text: MAX_STRING_BYTES,
    };

    /// For a verb that takes the files of a repository.
    const FILES: Self = Self {
        body: 32 * 1024 * 1024,
        text: MAX_FILE_BYTES,
    };

    /// What holds for a verb.
    pub fn of(verb: &Verb) -> Self {
        if verb.takes_files() {
            Self::FILES
        } else {
            Self::USUAL
        }
    }
}

/// The input of a verb.
pub async fn input(
    parts: &Parts,
    path: &RawPathParams,
    body: Body,
    limits: Limits,
) -> Result<Value, Problem> {
    let mut fields = Map::new();
    for (name, value) in path {
        add(&mut fields, name, value.into())?;
    }
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_| {
        Problem::invalid(
            "",
            "The query of the address cannot be read as name=value pairs.",
        )
    })?;
    for (name, value) in query {
        add(&mut fields, &name, value.into())?;
    }
    // RFC 9110 gives the body of a GET no meaning, so it is not read.
    if parts.method != Method::GET && parts.method != Method::HEAD {
        for (name, value) in object(&parts.headers, body, limits).await? {
            add(&mut fields, &name, value)?;
        }
    }
    Ok(Value::Object(fields))
}

fn add(fields: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Problem> {
    match fields.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Problem::invalid(
            name,
            format!("`{name}` is said twice, in the path, the query or the body. Say it once."),
        )),
    }
}

async fn object(
    headers: &HeaderMap,
    body: Body,
    limits: Limits,
) -> Result<Map<String, Value>, Problem> {
    let bytes = read_within(body, limits).await?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if !is_json(headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body must be JSON: send Content-Type: application/json.",
        ));
    }
    match json_within(&bytes, limits)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::invalid("", "The body must be one JSON object.")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = given
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The whole body, unless it is too long or too slow.
pub async fn read(body: Body) -> Result<Bytes, Problem> {
    read_within(body, Limits::USUAL).await
}

async fn read_within(body: Body, limits: Limits) -> Result<Bytes, Problem> {
    tokio::time::timeout(BODY_TIME, collect(body, limits.body))
        .await
        .unwrap_or_else(|_| {
            Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                "The body took longer than 30 s to arrive. Nothing was changed.",
            ))
        })
}

async fn collect(mut body: Body, most: usize) -> Result<Bytes, Problem> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "body_broken",
                "The body ended before it was complete. Nothing was changed.",
            )
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if kept.len() + data.len() > most {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("A body is at most {most} bytes. Nothing was changed."),
            ));
        }
        kept.extend_from_slice(&data);
    }
    Ok(kept.freeze())
}

/// The JSON in these bytes, within the limits of depth and of strings, and nothing of it said twice.
pub fn json(bytes: &[u8]) -> Result<Value, Problem> {
    json_within(bytes, Limits::USUAL)
}

fn json_within(bytes: &[u8], limits: Limits) -> Result<Value, Problem> {
    if depth(bytes) > MAX_DEPTH {
        return Err(Problem::invalid(
            "",
            format!("The body nests deeper than {MAX_DEPTH} levels."),
        ));
    }
    let value = serde_json::from_slice(bytes).map_err(malformed)?;
    let SaidTwice(twice) = serde_json::from_slice(bytes).map_err(malformed)?;
    if let Some(field) = twice {
        let detail = format!("`{field}` is said twice. Say it once.");
        return Err(Problem::invalid(field, detail));
    }
    match longest_at(&value, String::new(), limits.text) {
        None => Ok(value),
        Some(field) => Err(Problem::invalid(
            field,
            format!("A text is at most {} bytes.", limits.text),
        )),
    }
}

/// The path of the first name that an object has twice, if there is one: a JSON value keeps the last of them only.
struct SaidTwice(Option<String>);

impl<'de> Deserialize<'de> for SaidTwice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Twice).map(Self)
    }
}

struct Twice;

impl<'de> de::Visitor<'de> for Twice {
    type Value = Option<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut twice: Option<String> = None;
        let mut index = 0_usize;
        while let Some(SaidTwice(inner)) = list.next_element()? {
            twice = twice.or_else(|| Some(below(&format!("[{index}]"), &inner?)));
            index += 1;
        }
        Ok(twice)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut twice: Option<String> = None;
        let mut names: HashSet<String> = HashSet::new();
        while let Some((name, SaidTwice(inner))) = object.next_entry::<String, SaidTwice>()? {
            if twice.is_none() {
                let inner = inner.map(|inner| below(&name, &inner));
                twice = inner.or_else(|| names.contains(&name).then(|| name.clone()));
            }
            names.insert(name);
        }
        Ok(twice)
    }
}

/// The path of what lies inside of something.
fn below(path: &str, inner: &str) -> String {
    let dot = if inner.starts_with('[') { "" } else { "." };
    format!("{path}{dot}{inner}")
}

fn malformed(error: serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        format!("The body is not JSON: {error}."),
    )
}

/// How deep the brackets go, without building anything.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The path of the first text or name that is too long, if there is one.
fn longest_at(value: &Value, path: String, most: usize) -> Option<String> {
    match value {
        Value::String(text) if text.len() > most => Some(path),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .find_map(|(index, value)| longest_at(value, format!("{path}[{index}]"), most)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            if name.len() > most {
                return Some(path.clone());
            }
            let dot = if path.is_empty() { "" } else { "." };
            longest_at(value, format!("{path}{dot}{name}"), most)
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_of_texts() {
        for (text, expected) in [
            ("1", 0),
            ("{}", 1),
            (r#"{"a":[1,{"b":2}]}"#, 3),
            (r#"{"a":"[[[[\"[["}"#, 1),
            (r#"["\\",["\\\"["]]"#, 2),
        ] {
            assert_eq!(depth(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_deepest_body_passes_and_one_deeper_does_not() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(json(nested(MAX_DEPTH).as_bytes()).is_ok());
        let problem = json(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err();
        assert_eq!(problem.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn what_is_said_twice_is_named_by_its_path() {
        for (text, path) in [
            (r#"{"a": 1, "a": 1}"#, Some("a")),
            (r#"{"a": {"b": null, "c": true, "b": "x"}}"#, Some("a.b")),
            (
                r#"{"a": [0, {"b": [{"c": -1, "c": 0.5}]}], "d": 1, "d": 2}"#,
                Some("a[1].b[0].c"),
            ),
            (r#"[[], [{"a": 1, "a": 2}]]"#, Some("[1][0].a")),
            (r#"{"a": {"a": [{"a": 1}, {"a": 1}]}, "b": {"a": 1}}"#, None),
        ] {
            let refused = json(text.as_bytes()).err();
            let field = refused.and_then(|problem| problem.field);
            assert_eq!(field.as_deref(), path, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_named_by_its_path() {
        let long = "x".repeat(MAX_STRING_BYTES + 1);
        let body = serde_json::json!({ "context": { "lines": ["short", long] } }).to_string();
        let problem = json(body.as_bytes()).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("context.lines[1]"));
    }
}
