//! Failures: what went wrong in a run, coded for programs and said in one line for people.
//!
//! The list is short on purpose (20): it explains an outcome, it is not a log.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Count;
use super::liveness::LostReason;
use crate::text::{Bounded, SafeLabel, humanise, redact, safe_label};

/// The longest message.
const MESSAGE_CHARACTERS: usize = 140;

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
    pub message: Bounded<MESSAGE_CHARACTERS>,
    /// How often it happened; 1 unless told.
    #[serde(default = "once")]
    pub count: Count,
}

fn once() -> Count {
    Count::new(1).expect("one is a count")
}

impl Failure {
    /// A failure seen once, with words from outside made into one safe line of at most 140 characters. Words of which
    /// nothing may be shown become those of the code.
    pub fn once(code: FailureCode, words: &str) -> Self {
        let message = safe_message(&code, words).label;
        Self {
            message: line(&message),
            code,
            count: once(),
        }
    }

    /// The failure as everybody may read it, and what was said instead of its message.
    fn made_safe(self) -> (Self, Option<RawFailure>) {
        let code = if redact(self.code.as_str()) == self.code.as_str() {
            self.code
        } else {
            FailureCode::known("failed")
        };
        let SafeLabel { label, raw } = safe_message(&code, &self.message);
        let raw = raw.map(|message| RawFailure {
            code: code.clone(),
            message,
        });
        let message = line(&label);
        (
            Self {
                code,
                message,
                ..self
            },
            raw,
        )
    }
}

/// The words of a failure, else those of its code, else that it failed. A run that could not be handed to a worker reads
/// the same everywhere, whoever says it and however; what was said is kept.
fn safe_message(code: &FailureCode, words: &str) -> SafeLabel {
    let dispatch = LostReason::DispatchFailed;
    if code.as_str() == dispatch.code() {
        return SafeLabel {
            label: dispatch.message().to_owned(),
            raw: (words != dispatch.message()).then(|| redact(words)),
        };
    }
    SafeLabel::of(words, MESSAGE_CHARACTERS, || {
        let name = humanise(code.as_str());
        let is_safe = safe_label(&name, MESSAGE_CHARACTERS).as_ref() == Some(&name);
        if is_safe { name } else { "Failed".to_owned() }
    })
}

fn line(label: &str) -> Bounded<MESSAGE_CHARACTERS> {
    Bounded::parse(label).expect("a safe label is one line within its bound")
}

/// The words of a failure as they were told, without their secrets: for the diagnostics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RawFailure {
    /// Of which failure.
    pub code: FailureCode,
    /// What was said.
    pub message: String,
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

    /// The failures as everybody may read them, and what was said where that is something else.
    pub fn made_safe(self) -> (Self, Vec<RawFailure>) {
        let (safe, raw): (Vec<_>, Vec<_>) = self.0.into_iter().map(Failure::made_safe).unzip();
        (Self(safe), raw.into_iter().flatten().collect())
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fault(json: Value) -> String {
        serde_json::from_value::<Failures>(json)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_failure_happened_once_unless_told() {
        let failures: Failures = serde_json::from_value(json!([
            {"code": "http.401", "message": "Microsoft Graph said 401. Reconnect."},
            {"code": "rows-skipped", "message": "Two rows had no date", "count": 2},
        ]))
        .unwrap();
        let counts: Vec<u64> = failures
            .as_slice()
            .iter()
            .map(|failure| failure.count.get())
            .collect();
        assert_eq!(counts, [1, 2]);
        assert_eq!(serde_json::to_value(&failures).unwrap()[0]["count"], 1);
        assert!(!failures.is_empty());
    }

    #[test]
    fn refusals_name_the_cause() {
        let long = "a".repeat(141);
        let rows = [
            (
                json!([{"code": "a b", "message": "x"}]),
                "must be a code such as run.host_lost",
            ),
            (
                json!([{"code": "", "message": "x"}]),
                "must be a code such as run.host_lost",
            ),
            (
                json!([{"code": "a".repeat(101), "message": "x"}]),
                "at most 100 characters",
            ),
            (
                json!([{"code": "a", "message": long}]),
                "at most 140 characters, this has 141",
            ),
            (json!([{"code": "a", "message": " "}]), "must not be empty"),
            (
                json!([{"code": "a", "message": "x", "count": -1}]),
                "must be a whole number, 0 or more",
            ),
            (
                json!([{"code": "a", "message": "x", "stack": "…"}]),
                "unknown field `stack`",
            ),
            (json!([{"message": "x"}]), "missing field `code`"),
        ];
        for (json, cause) in rows {
            let fault = fault(json.clone());
            assert!(fault.contains(cause), "{json}: {fault}");
        }
    }

    #[test]
    fn twenty_are_the_most() {
        let many = |count| Value::Array(vec![json!({"code": "a", "message": "x"}); count]);
        assert!(serde_json::from_value::<Failures>(many(20)).is_ok());
        let fault = fault(many(21));
        assert!(
            fault.contains("at most 20 failures, this has 21; keep the most telling ones"),
            "{fault}"
        );
        assert_eq!(Failures::new(vec![]), Ok(Failures::default()));
    }

    #[test]
    fn words_from_outside_are_made_to_fit() {
        let code = FailureCode::known("process.exited");
        let words = format!("line one\r\nline two\u{1b}[31m {}", "a".repeat(300));
        let failure = Failure::once(code.clone(), &words);
        assert!(failure.message.starts_with("line one line two aaa"));
        assert_eq!(failure.message.chars().count(), 140);
        assert!(failure.message.ends_with('…'));
        assert_eq!(
            &*Failure::once(code.clone(), " \n ").message,
            "Process exited"
        );
        assert_eq!(Failures::from(Failure::once(code, "x")).as_slice().len(), 1);
    }

    #[test]
    fn what_everybody_reads_is_safe_and_what_was_said_is_kept() {
        let failures: Failures = serde_json::from_value(json!([
            {"code": "import.row", "message": "ValueError: row 7 of /srv/in/may.csv is short", "count": 3},
            {"code": "import.failed", "message": "java.lang.NullPointerException"},
            {"code": "java.lang.IllegalStateException", "message": "https://example.com/x"},
            {"code": "ghp_0123456789abcdef", "message": "The source did not answer"},
            {"code": "queue.dispatch_failed", "message": "the broker said password=hunter2-hunter2"},
        ]))
        .unwrap();
        let (safe, raw) = failures.made_safe();
        let said = |failure: &Failure| {
            format!(
                "{}: {} x{}",
                failure.code,
                &*failure.message,
                failure.count.get()
            )
        };
        assert_eq!(
            safe.as_slice().iter().map(said).collect::<Vec<_>>(),
            [
                "import.row: row 7 of may.csv is short x3",
                "import.failed: Import failed x1",
                "java.lang.IllegalStateException: Failed x1",
                "failed: The source did not answer x1",
                "queue.dispatch_failed: Could not be queued x1",
            ]
        );
        let kept: Vec<&str> = raw.iter().map(|raw| raw.message.as_str()).collect();
        assert_eq!(
            kept,
            [
                "ValueError: row 7 of /srv/in/may.csv is short",
                "java.lang.NullPointerException",
                "https://example.com/x",
                "the broker said password=[hidden]",
            ]
        );
        assert_eq!(safe.clone().made_safe(), (safe, vec![]));
    }

    #[test]
    fn known_codes_keep_to_the_form() {
        use crate::run::liveness::LostReason::{
            DispatchFailed, HostLost, NeverStarted, StoppedReporting,
        };
        for reason in [DispatchFailed, HostLost, NeverStarted, StoppedReporting] {
            let known = FailureCode::known(reason.code());
            assert_eq!(reason.code().parse(), Ok(known.clone()));
            assert_eq!(known.to_string(), known.as_str());
            assert_eq!(
                &*Failure::once(known, reason.message()).message,
                reason.message()
            );
        }
    }

    #[test]
    fn the_schema_bounds_the_list() {
        let schema = serde_json::to_value(schemars::schema_for!(Failures)).unwrap();
        assert_eq!(schema["maxItems"], 20);
    }
}
