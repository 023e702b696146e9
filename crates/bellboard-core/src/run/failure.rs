//! Failures: what went wrong in a run, coded for programs and said in one line for people.
//!
//! The list is short on purpose (20): it explains an outcome, it is not a log.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Count;
use crate::text::{Bounded, sanitise};

/// A stable name of a kind of failure, such as `run.host_lost`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FailureCode(Cow<'static, str>);

/// Why a text is not a failure code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a code such as run.host_lost: letters, digits, `.`, `_` and `-`, at most 100 characters"
)]
pub struct FailureCodeFault;

impl FailureCode {
    /// A code that this program knows; it must keep to the form that [`FailureCode::from_str`] accepts.
    pub const fn known(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FailureCode {
    type Err = FailureCodeFault;

    fn from_str(text: &str) -> Result<Self, FailureCodeFault> {
        let is_code = (1..=100).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        if is_code {
            Ok(Self(Cow::Owned(text.to_owned())))
        } else {
            Err(FailureCodeFault)
        }
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FailureCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FailureCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for FailureCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FailureCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,100}$"})
    }
}

/// One kind of failure in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// For programs.
    pub code: FailureCode,
    /// For people, one line.
    pub message: Bounded<140>,
    /// How often it happened; 1 unless told.
    #[serde(default = "once")]
    pub count: Count,
}

fn once() -> Count {
    Count::new(1).expect("one is a count")
}

impl Failure {
    /// A failure seen once, with words from outside made into one line of at most 140 characters. Words that are
    /// nothing but white space become the code.
    pub fn once(code: FailureCode, words: &str) -> Self {
        let message = Bounded::parse(&sanitise(words, 140))
            .or_else(|_| Bounded::parse(code.as_str()))
            .expect("a code is one line of at most 100 characters");
        Self {
            code,
            message,
            count: once(),
        }
    }
}

/// At most 20 failures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Failures(Vec<Failure>);

/// Why a list of failures is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "at most {} failures, this has {has}; keep the most telling ones and count the rest",
    Failures::MAX
)]
pub struct TooManyFailures {
    has: usize,
}

impl Failures {
    /// The longest list.
    pub const MAX: usize = 20;

    /// Refuses a list longer than [`Self::MAX`].
    pub fn new(failures: Vec<Failure>) -> Result<Self, TooManyFailures> {
        if failures.len() <= Self::MAX {
            Ok(Self(failures))
        } else {
            Err(TooManyFailures {
                has: failures.len(),
            })
        }
    }

    /// The failures in the order in which they were given.
    pub fn as_slice(&self) -> &[Failure] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Self {
        Self(vec![failure])
    }
}

impl<'de> Deserialize<'de> for Failures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Failures {
    fn schema_name() -> Cow<'static, str> {
        "Failures".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "items": generator.subschema_for::<Failure>(), "maxItems": Self::MAX})
    }
}
