//! A run: one execution of long work that somebody else does and Bellboard tells the truth about.
//!
//! Here are the words (status, outcome, grade, type) and the parsed parts of a record; the files beside this one hold
//! one rule each. The source of all of it is the requirement page *runs*.

pub mod claim;
mod count;
mod counts;
pub mod declaration;
mod failure;
pub mod identity;
pub mod lifecycle;
pub mod liveness;
pub mod progress;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use count::{Count, CountFault};
pub use counts::{CountKey, SummaryCounts};
pub use failure::{Failure, FailureCode, FailureCodeFault, Failures, RawFailure, TooManyFailures};

use crate::text::humanise;
use crate::vocabulary::words;

words! {
    /// Where a run is in its life: these three, never another.
    Status {
        /// Asked for, not yet begun.
        Queued = "queued",
        /// Begun, not yet ended.
        Running = "running",
        /// Ended, with an outcome.
        Completed = "completed",
    }
    /// How a completed run ended.
    Outcome {
        /// Everything was done.
        Succeeded = "succeeded",
        /// Something was done and something was not.
        PartiallySucceeded = "partially_succeeded",
        /// Could not go on because of something outside of it.
        Blocked = "blocked",
        /// Broke.
        Failed = "failed",
        /// Somebody called it off.
        Cancelled = "cancelled",
    }
    /// How an outcome is known.
    Grade {
        /// The worker said so.
        Claimed = "claimed",
        /// The reporter saw an exit code or a reply.
        Observed = "observed",
        /// Another party checked.
        Verified = "verified",
    }
}

/// A dotted name out of an open taxonomy: `baseline.capture`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunType(String);

/// Why a text is not a run type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a run type such as baseline.capture: small letters, digits, `_` and `-` in parts joined by dots, at most {} characters",
    RunType::MAX_CHARACTERS
)]
pub struct RunTypeFault;

impl RunType {
    /// The longest name.
    pub const MAX_CHARACTERS: usize = 100;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a person reads: the label of a built-in type, else the name in plain words.
    pub fn label(&self) -> String {
        match self.as_str() {
            "baseline.capture" => "Capture baseline".to_owned(),
            "baseline.compare" => "Compare baseline".to_owned(),
            "tenant.review.compose" => "Compose tenant review".to_owned(),
            other => humanise(other),
        }
    }

    /// The kind under which a run of this type stands in the Active zone (requirement page *home*).
    pub fn item_kind(&self) -> &'static str {
        match self.as_str() {
            "shape.production" => "shape_production",
            "render.production" => "render_production",
            "composition" => "composition",
            "external.production" => "external_polling",
            _ => "run",
        }
    }

    /// The kind under which a run of this type that needs a look stands in the Needs-you zone.
    pub fn needs_you_kind(&self) -> &'static str {
        match self.as_str() {
            "external.production" => "external_failure",
            _ => "run_follow_up",
        }
    }
}

impl FromStr for RunType {
    type Err = RunTypeFault;

    fn from_str(text: &str) -> Result<Self, RunTypeFault> {
        let is_part = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
        };
        if text.len() <= Self::MAX_CHARACTERS && text.split('.').all(is_part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RunTypeFault)
        }
    }
}

impl fmt::Display for RunType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RunType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RunType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for RunType {
    fn schema_name() -> Cow<'static, str> {
        "RunType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": Self::MAX_CHARACTERS,
            "pattern": "^[a-z0-9][a-z0-9_-]*(\\.[a-z0-9][a-z0-9_-]*)*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_name_everywhere() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(Status::parse(status.as_str()), Some(*status));
        }
        for outcome in Outcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
            assert_eq!(Outcome::parse(&outcome.to_string()), Some(*outcome));
        }
        for grade in Grade::ALL {
            assert_eq!(serde_json::to_value(grade).unwrap(), grade.as_str());
            assert_eq!(Grade::parse(grade.as_str()), Some(*grade));
        }
        assert_eq!(Status::parse("Running"), None);
        assert_eq!(
            Outcome::parse("lost"),
            None,
            "lost is how it ended for the hub, not an outcome"
        );
    }

    #[test]
    fn an_unknown_word_is_refused_beside_the_known_ones() {
        let fault = serde_json::from_str::<Outcome>("\"ok\"")
            .unwrap_err()
            .to_string();
        for outcome in Outcome::ALL {
            assert!(fault.contains(outcome.as_str()), "{fault}");
        }
    }

    #[test]
    fn run_types_are_an_open_taxonomy() {
        let longest = "a".repeat(RunType::MAX_CHARACTERS);
        for text in [
            "baseline.capture",
            "ci",
            "a.b.c.d",
            "9lives",
            "shell",
            "my-app.build_2",
            &longest,
        ] {
            let run_type: RunType = text.parse().unwrap();
            assert_eq!(run_type.to_string(), text);
            assert_eq!(serde_json::to_value(&run_type).unwrap(), text);
        }
    }

    #[test]
    fn other_texts_are_no_run_type() {
        let too_long = "a".repeat(RunType::MAX_CHARACTERS + 1);
        for text in [
            "", ".", "a.", ".a", "a..b", "A.b", "a b", "a/b", "-a", "_a.b", "a.-b", "ä", "a\n",
            &too_long,
        ] {
            assert_eq!(text.parse::<RunType>(), Err(RunTypeFault), "{text:?}");
        }
        let fault = serde_json::from_str::<RunType>("\"Baseline capture\"")
            .unwrap_err()
            .to_string();
        assert!(
            fault.starts_with("must be a run type such as baseline.capture: small letters"),
            "{fault}"
        );
        assert!(fault.contains("at most 100 characters"), "{fault}");
    }

    #[test]
    fn what_people_and_the_home_page_call_a_type() {
        let rows = [
            (
                "baseline.capture",
                "Capture baseline",
                "run",
                "run_follow_up",
            ),
            (
                "baseline.compare",
                "Compare baseline",
                "run",
                "run_follow_up",
            ),
            (
                "tenant.review.compose",
                "Compose tenant review",
                "run",
                "run_follow_up",
            ),
            (
                "shape.production",
                "Shape production",
                "shape_production",
                "run_follow_up",
            ),
            (
                "render.production",
                "Render production",
                "render_production",
                "run_follow_up",
            ),
            ("composition", "Composition", "composition", "run_follow_up"),
            (
                "external.production",
                "External production",
                "external_polling",
                "external_failure",
            ),
            (
                "nightly-compare.aster_2",
                "Nightly compare aster 2",
                "run",
                "run_follow_up",
            ),
        ];
        for (text, label, item_kind, needs_you_kind) in rows {
            let run_type: RunType = text.parse().unwrap();
            let seen = (
                run_type.label(),
                run_type.item_kind(),
                run_type.needs_you_kind(),
            );
            assert_eq!(
                seen,
                (label.to_owned(), item_kind, needs_you_kind),
                "{text}"
            );
        }
    }
}
