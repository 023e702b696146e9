//! Starting once: what makes two starts the same.
//!
//! The identity is a hash, because inputs may hold secrets and are not stored. That only one run of an identity is
//! active is the promise of a partial unique index in the database, not of this file.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::RunType;
use crate::id::EngagementId;

/// Which starts are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityMode {
    /// One active run per engagement, type and inputs.
    #[default]
    WhileActive,
    /// Each start is its own.
    Nonce,
    /// One run ever per engagement, type and schedule slot, such as `2026-11-20T09:00Z`.
    Slot,
}

impl IdentityMode {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WhileActive => "while_active",
            Self::Nonce => "nonce",
            Self::Slot => "slot",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::WhileActive, Self::Nonce, Self::Slot]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

/// The first thing hashed; raised when the layout below changes.
const LAYOUT: &str = "bellboard.run.identity.1";

/// SHA-256 over engagement, type, mode and what the mode makes the difference: the canonical inputs, the nonce, or the
/// slot (an absent one counts as empty; the caller refuses it before).
pub fn identity(
    engagement: EngagementId,
    run_type: &RunType,
    mode: IdentityMode,
    inputs: &Value,
    slot: Option<&str>,
    nonce: Uuid,
) -> [u8; 32] {
    let difference = match mode {
        IdentityMode::WhileActive => canonical_json(inputs).into_bytes(),
        IdentityMode::Nonce => nonce.as_bytes().to_vec(),
        IdentityMode::Slot => slot.unwrap_or_default().as_bytes().to_vec(),
    };
    let scope = engagement.uuid();
    let mut hash = Sha256::new();
    let parts: [&[u8]; 5] = [
        LAYOUT.as_bytes(),
        scope.as_bytes().as_slice(),
        run_type.as_str().as_bytes(),
        mode.as_str().as_bytes(),
        &difference,
    ];
    for part in parts {
        // The length goes first, so that no two different lists of parts give the same bytes.
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The value as JSON of one form only: keys sorted by their bytes, no white space, whole numbers without a fraction
/// (`1.0` and `1` are the same input).
pub fn canonical_json(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => write_number(number, out),
        Value::Array(values) => {
            out.push('[');
            for (position, value) in values.iter().enumerate() {
                write_comma(position, out);
                write_canonical(value, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            // Sorted here, because whether a map keeps its order is a feature that any dependency can switch on.
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (position, (key, value)) in entries.into_iter().enumerate() {
                write_comma(position, out);
                write_scalar(&Value::String(key.clone()), out);
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => write_scalar(value, out),
    }
}

fn write_comma(position: usize, out: &mut String) {
    if position > 0 {
        out.push(',');
    }
}

fn write_scalar(value: &Value, out: &mut String) {
    write!(out, "{value}").expect("writing to a string does not fail");
}

/// Floats that are whole and exact (below 2^53) become integers; everything else keeps the shortest form.
fn write_number(number: &Number, out: &mut String) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
            // `+ 0.0` turns minus zero into zero.
            write!(out, "{:.0}", float + 0.0)
        }
        _ => write!(out, "{number}"),
    }
    .expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn engagement(number: u128) -> EngagementId {
        EngagementId::from_uuid(Uuid::from_u128(number))
    }

    fn of_type(text: &str) -> RunType {
        text.parse().unwrap()
    }

    #[test]
    fn the_canonical_form() {
        let rows = [
            (r"null", "null"),
            (r"true", "true"),
            (r#" "a b" "#, r#""a b""#),
            (r#""é\u0041\n""#, r#""éA\n""#),
            (r"[ 3, 1, 2 ]", "[3,1,2]"),
            (r"[]", "[]"),
            (r"{}", "{}"),
            (r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#),
            (
                r#"{"b":{"d":1,"c":[{"z":0,"y":0}]},"a":null}"#,
                r#"{"a":null,"b":{"c":[{"y":0,"z":0}],"d":1}}"#,
            ),
            (r#"{"aa":1,"a":2,"B":3}"#, r#"{"B":3,"a":2,"aa":1}"#),
            (r#"{"b":1,"ab":2}"#, r#"{"ab":2,"b":1}"#),
            (r#"{"ä":1,"z":2}"#, r#"{"z":2,"ä":1}"#),
            (r#"{"a\"b":1}"#, r#"{"a\"b":1}"#),
            ("1.0", "1"),
            ("-0.0", "0"),
            ("-3.0", "-3"),
            ("1e3", "1000"),
            ("0.5", "0.5"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9007199254740993", "9007199254740993"),
        ];
        for (input, canonical) in rows {
            let value: Value = serde_json::from_str(input).unwrap();
            assert_eq!(canonical_json(&value), canonical, "{input}");
        }
    }

    #[test]
    fn the_identity_of_equal_inputs_is_equal_whatever_their_spelling() {
        let run_type = of_type("baseline.capture");
        let id = |inputs: &str| {
            let inputs = serde_json::from_str(inputs).unwrap();
            identity(
                engagement(1),
                &run_type,
                IdentityMode::WhileActive,
                &inputs,
                None,
                Uuid::nil(),
            )
        };
        assert_eq!(id(r#"{"a":1,"b":[2.0]}"#), id(r#"{ "b": [2], "a": 1.0 }"#));
        assert_ne!(id(r#"{"a":1}"#), id(r#"{"a":"1"}"#));
        assert_ne!(id("{}"), id("null"));
    }

    /// Stored identities outlive a version of the program: this vector may only change together with `LAYOUT`.
    #[test]
    fn a_known_identity() {
        let hash = identity(
            engagement(7),
            &of_type("baseline.capture"),
            IdentityMode::WhileActive,
            &json!({"target": "aster"}),
            None,
            Uuid::nil(),
        );
        let known = "82f09a69bee43947888d4e7220443f2b1d5fa8f0d927873065244dc4ecb6e6b0";
        let hex = hash
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert_eq!(
            hex, known,
            "computed once by another program from the documented layout"
        );
    }

    /// The vectors of docs/identity.md, by which others write their own implementation.
    #[test]
    fn the_vectors_of_the_document() {
        let document = include_str!("../../../../docs/identity.md");
        let after = |text: &'static str, start: &str| text.split_once(start).unwrap().1;
        let engagement = after(document, "The engagement is `")
            .split('`')
            .next()
            .unwrap();
        let vectors = after(document, "```json\n").split("```").next().unwrap();
        let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.len() >= 8);
        for vector in vectors {
            let inputs = vector["inputs"].as_str().unwrap_or("null");
            let inputs: Value = serde_json::from_str(inputs).unwrap();
            if let Some(canonical) = vector["canonical"].as_str() {
                assert_eq!(canonical_json(&inputs), canonical, "{vector}");
            }
            let hash = identity(
                engagement.parse().unwrap(),
                &of_type(vector["type"].as_str().unwrap()),
                IdentityMode::parse(vector["mode"].as_str().unwrap()).unwrap(),
                &inputs,
                vector["slot"].as_str(),
                Uuid::nil(),
            );
            let hex = hash
                .iter()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            assert_eq!(vector["sha256"], hex, "{vector}");
        }
    }

    #[test]
    fn each_part_that_counts_makes_a_difference_and_no_other_does() {
        use IdentityMode::{Nonce, Slot, WhileActive};
        let (capture, compare) = (of_type("baseline.capture"), of_type("baseline.compare"));
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (a, b) = (json!({"x": 1}), json!({"x": 2}));
        let different = BTreeSet::from([
            identity(engagement(1), &capture, WhileActive, &a, None, one),
            identity(engagement(2), &capture, WhileActive, &a, None, one),
            identity(engagement(1), &compare, WhileActive, &a, None, one),
            identity(engagement(1), &capture, WhileActive, &b, None, one),
            identity(engagement(1), &capture, Nonce, &a, None, one),
            identity(engagement(1), &capture, Nonce, &a, None, two),
            identity(
                engagement(1),
                &capture,
                Slot,
                &a,
                Some("2026-11-20T09:00Z"),
                one,
            ),
            identity(
                engagement(1),
                &capture,
                Slot,
                &a,
                Some("2026-11-20T10:00Z"),
                one,
            ),
        ]);
        assert_eq!(different.len(), 8);

        let same = |left, right| assert_eq!(left, right);
        same(
            identity(engagement(1), &capture, WhileActive, &a, Some("x"), one),
            identity(engagement(1), &capture, WhileActive, &a, None, two),
        );
        same(
            identity(engagement(1), &capture, Slot, &a, Some("x"), one),
            identity(engagement(1), &capture, Slot, &b, Some("x"), two),
        );
        same(
            identity(engagement(1), &capture, Nonce, &a, Some("x"), one),
            identity(engagement(1), &capture, Nonce, &b, None, one),
        );
    }

    #[test]
    fn modes_have_one_word_each() {
        for mode in [
            IdentityMode::WhileActive,
            IdentityMode::Nonce,
            IdentityMode::Slot,
        ] {
            assert_eq!(IdentityMode::parse(mode.as_str()), Some(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
        }
        assert_eq!(IdentityMode::parse("always"), None);
        assert_eq!(IdentityMode::default(), IdentityMode::WhileActive);
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            // Eighths: the reader of serde_json is exact for few digits only, and that is not what is tested here.
            any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(".*", inner, 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_json_and_its_own_canonical_form(value in values()) {
            let canonical = canonical_json(&value);
            let read: Value = serde_json::from_str(&canonical).unwrap();
            prop_assert_eq!(canonical_json(&read), canonical);
        }
    }
}
