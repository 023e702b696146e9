//! What a file says it is. Bellboard never believes it when it hands a file out; it tells it to programs that ask.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// `text/csv`, perhaps with parameters: at most 100 characters that can stand in a header (RFC 9110, 8.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MediaType(String);

/// Why a text is not a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a media type such as application/pdf, at most 100 characters")]
pub struct MediaTypeFault;

impl MediaType {
    const MAX_CHARACTERS: usize = 100;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MediaType {
    /// Bytes about which nothing is known.
    fn default() -> Self {
        Self("application/octet-stream".to_owned())
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeFault;

    fn from_str(text: &str) -> Result<Self, MediaTypeFault> {
        let text = text.trim();
        let mut parts = text.split(';');
        let essence = parts.next().and_then(|essence| essence.split_once('/'));
        let is_known =
            essence.is_some_and(|(kind, name)| is_token(kind) && is_token(name.trim_end()));
        let parameters = parts.all(|part| {
            part.trim()
                .split_once('=')
                .is_some_and(|(name, value)| is_token(name) && is_token(value))
        });
        if is_known && parameters && text.len() <= Self::MAX_CHARACTERS {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(MediaTypeFault)
        }
    }
}

fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for MediaType {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MediaType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 3, "maxLength": Self::MAX_CHARACTERS})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_headers_can_say() {
        for (told, kept) in [
            ("application/pdf", "application/pdf"),
            (" Text/HTML ; charset=UTF-8", "text/html ; charset=utf-8"),
            ("image/svg+xml", "image/svg+xml"),
        ] {
            assert_eq!(told.parse::<MediaType>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_they_cannot() {
        let long = format!("text/{}", "a".repeat(100));
        for text in [
            "",
            "pdf",
            "/",
            "text/",
            "/pdf",
            "text/a b",
            "text/html\r\nX: y",
            "text/html; charset",
            "text/ä",
            &long,
        ] {
            assert_eq!(text.parse::<MediaType>(), Err(MediaTypeFault), "{text}");
        }
    }
}
