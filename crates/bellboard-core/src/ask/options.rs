//! The options of an ask: two to ten, each with a key for programs, a label for people and, if it matters, what follows.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text::Bounded;

/// What a program is told: 1 to 40 of `a` to `z`, digits, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OptionKey(String);

/// Why a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 of a-z, 0-9, `_` and `-`")]
pub struct OptionKeyFault;

/// One of the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskOption {
    /// What the asking program is told.
    pub key: OptionKey,
    /// What a button says, at most 80 characters.
    pub label: Bounded<80>,
    /// What follows from it, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consequence: Option<Bounded<200>>,
    /// Whether whoever chooses it must say why.
    #[serde(default)]
    pub needs_note: bool,
}

/// Two to ten options with different keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Options(Vec<AskOption>);

/// Why a list of options is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsFault {
    /// Too few or too many.
    #[error("2 to 10 options, this has {0}")]
    Number(usize),
    /// Two have one key.
    #[error("two options have the key `{0}`; keys tell answers apart")]
    SameKey(String),
}

impl Options {
    /// The fewest.
    pub const FEWEST: usize = 2;
    /// The most.
    pub const MOST: usize = 10;

    /// Refuses lists that are no choice.
    pub fn new(options: Vec<AskOption>) -> Result<Self, OptionsFault> {
        if !(Self::FEWEST..=Self::MOST).contains(&options.len()) {
            return Err(OptionsFault::Number(options.len()));
        }
        for (place, option) in options.iter().enumerate() {
            if options[..place].iter().any(|other| other.key == option.key) {
                return Err(OptionsFault::SameKey(option.key.0.clone()));
            }
        }
        Ok(Self(options))
    }

    /// The options in their order.
    pub fn as_slice(&self) -> &[AskOption] {
        &self.0
    }

    /// The option with this key.
    pub fn get(&self, key: &str) -> Option<&AskOption> {
        self.0.iter().find(|option| option.key.0 == key)
    }

    /// The keys as a refusal names them: `` `yes`, `no` ``.
    pub fn keys(&self) -> String {
        let keys: Vec<String> = self
            .0
            .iter()
            .map(|option| format!("`{}`", option.key))
            .collect();
        keys.join(", ")
    }
}

impl OptionKey {
    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OptionKey {
    type Err = OptionKeyFault;

    fn from_str(text: &str) -> Result<Self, OptionKeyFault> {
        let is_key =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if text.is_empty() || text.len() > 40 || !text.bytes().all(is_key) {
            return Err(OptionKeyFault);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for OptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for OptionKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for OptionKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OptionKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[a-z0-9_-]{1,40}$"})
    }
}

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let options = Vec::deserialize(deserializer)?;
        Self::new(options).map_err(de::Error::custom)
    }
}

impl JsonSchema for Options {
    fn schema_name() -> Cow<'static, str> {
        "AskOptions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": generator.subschema_for::<AskOption>(),
            "minItems": Self::FEWEST,
            "maxItems": Self::MOST,
        })
    }
}
