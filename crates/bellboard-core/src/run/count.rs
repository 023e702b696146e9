//! One count, and the refusal of everything that is none.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// A whole number, 0 or more, at most `i64::MAX` (what both databases can hold).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Count(u64);

/// Why a number is not a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number, 0 or more")]
pub struct CountFault;

impl Count {
    /// The largest count.
    pub const MAX: u64 = i64::MAX.unsigned_abs();

    /// Refuses what the store could not hold.
    pub const fn new(number: u64) -> Result<Self, CountFault> {
        if number <= Self::MAX {
            Ok(Self(number))
        } else {
            Err(CountFault)
        }
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Reads any JSON value, so that a refusal can name the key instead of speaking of data types.
struct CountVisitor;

impl<'de> de::Visitor<'de> for CountVisitor {
    type Value = Option<Count>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, 0 or more")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Count::new(number).ok())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(u64::try_from(number)
            .ok()
            .and_then(|number| Count::new(number).ok()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map
            .next_entry::<de::IgnoredAny, de::IgnoredAny>()?
            .is_some()
        {}
        Ok(None)
    }
}

/// A value that may not be a count; the one who knows its name says so.
pub(super) struct MaybeCount(pub(super) Option<Count>);

impl<'de> Deserialize<'de> for MaybeCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        MaybeCount::deserialize(deserializer)?
            .0
            .ok_or_else(|| de::Error::custom(CountFault))
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": Self::MAX})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_counts() {
        for (json, number) in [
            ("0", 0),
            ("7", 7),
            ("9007199254740991", 9_007_199_254_740_991),
        ] {
            assert_eq!(serde_json::from_str::<Count>(json).unwrap().get(), number);
        }
        let largest = Count::new(Count::MAX).unwrap();
        assert_eq!(
            serde_json::to_string(&largest).unwrap(),
            "9223372036854775807"
        );
        assert_eq!(
            serde_json::from_str::<Count>("9223372036854775807").unwrap(),
            largest
        );
        assert_eq!(Count::new(Count::MAX + 1), Err(CountFault));
    }

    #[test]
    fn nothing_else_is() {
        let rows = [
            "-1",
            "1.5",
            "1.0",
            "1e3",
            "9223372036854775808",
            "18446744073709551616",
            "null",
            "true",
            "\"7\"",
            "[7]",
            "[[]]",
            "{\"a\":[1,{}]}",
        ];
        for json in rows {
            let fault = serde_json::from_str::<Count>(json).unwrap_err().to_string();
            assert!(
                fault.starts_with("must be a whole number, 0 or more"),
                "{json}: {fault}"
            );
        }
    }

    #[test]
    fn the_schema_says_the_same() {
        let schema = serde_json::to_value(schemars::schema_for!(Count)).unwrap();
        assert_eq!(
            (&schema["type"], &schema["minimum"]),
            (&"integer".into(), &0.into())
        );
    }
}
