//! Keys that people give to extension points and technical debts: `EP-0007`, `TD-hub-3`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// 1 to 50 of letters, digits, `.`, `_` and `-`, as it was written. It stands where an id may stand, so it has another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryKey(String);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryKeyFault {
    /// Nothing there, too long, or another character.
    #[error("must be 1 to 50 of the characters A-Z, a-z, 0-9, `.`, `_` and `-`, such as EP-0007")]
    Form,
    /// It could be taken for an id.
    #[error("must not have the form of an id; choose a key that people can say")]
    LooksLikeId,
}

impl EntryKey {
    const LONGEST: usize = 50;

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for EntryKey {
    type Err = EntryKeyFault;

    fn from_str(text: &str) -> Result<Self, EntryKeyFault> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.is_empty() || text.len() > Self::LONGEST || !text.chars().all(fits) {
            return Err(EntryKeyFault::Form);
        }
        if text.len() == 36 && uuid::Uuid::try_parse(text).is_ok() {
            return Err(EntryKeyFault::LooksLikeId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Deref for EntryKey {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntryKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for EntryKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "EntryKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": 50, "pattern": "^[A-Za-z0-9._-]+$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_as_they_are_or_refused() {
        for text in ["EP-0007", "a", "TD.hub_3", &"x".repeat(50)] {
            assert_eq!(text.parse::<EntryKey>().unwrap().into_string(), text);
        }
        for text in ["", "EP 7", "ä", "EP/7", &"x".repeat(51)] {
            assert_eq!(text.parse::<EntryKey>(), Err(EntryKeyFault::Form), "{text}");
        }
        let id = "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7";
        assert_eq!(id.parse::<EntryKey>(), Err(EntryKeyFault::LooksLikeId));
        let said = serde_json::from_str::<EntryKey>("\"a b\"").unwrap_err();
        assert!(said.to_string().starts_with("must be 1 to 50"), "{said}");
    }
}
