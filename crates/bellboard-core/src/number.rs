//! Whole numbers within bounds, parsed once: the bounds are part of the type.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Whole<const MIN: u32, const MAX: u32>(u32);

/// Why a number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from {min} to {max}")]
pub struct WholeFault {
    min: u32,
    max: u32,
}

impl<const MIN: u32, const MAX: u32> Whole<MIN, MAX> {
    const FAULT: WholeFault = WholeFault { min: MIN, max: MAX };

    /// The largest.
    pub const MOST: Self = Self(MAX);

    /// Refuses what lies outside of the bounds.
    pub const fn new(number: u32) -> Result<Self, WholeFault> {
        if number >= MIN && number <= MAX {
            Ok(Self(number))
        } else {
            Err(Self::FAULT)
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> Default for Whole<MIN, MAX> {
    /// The smallest.
    fn default() -> Self {
        Self(MIN)
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Whole<MIN, MAX> {
    /// Takes `8` and, because query strings and forms know only text, `"8"`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const MIN: u32, const MAX: u32>;

        impl<const MIN: u32, const MAX: u32> de::Visitor<'_> for Visitor<MIN, MAX> {
            type Value = Whole<MIN, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {MIN} to {MAX}")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                u32::try_from(number)
                    .map_err(|_| Whole::<MIN, MAX>::FAULT)
                    .and_then(Whole::new)
                    .map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                u64::try_from(number)
                    .map_err(|_| E::custom(Whole::<MIN, MAX>::FAULT))
                    .and_then(|number| self.visit_u64(number))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
                Err(E::custom(Whole::<MIN, MAX>::FAULT))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                match text.parse() {
                    Ok(number) if is_number => self.visit_u64(number),
                    _ => Err(E::custom(Whole::<MIN, MAX>::FAULT)),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Whole<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Whole{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": MIN, "maximum": MAX})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_digits_within_the_bounds() {
        let read = |value| serde_json::from_value::<Whole<1, 60>>(value);
        for value in [json!(1), json!(60), json!("60"), json!("1")] {
            assert!(read(value.clone()).is_ok(), "{value}");
        }
        for value in [
            json!(0),
            json!(61),
            json!(-1),
            json!(1.5),
            json!("61"),
            json!("+8"),
            json!(" 8"),
            json!(""),
            json!("99999999999999999999"),
            json!(u64::MAX),
        ] {
            let fault = read(value.clone()).unwrap_err().to_string();
            assert_eq!(fault, "must be a whole number from 1 to 60", "{value}");
        }
        assert!(read(json!(null)).is_err());
        assert_eq!(Whole::<1, 60>::default().get(), 1);
        assert_eq!(serde_json::to_value(Whole::<1, 60>(8)).unwrap(), json!(8));
    }

    #[test]
    fn the_schema_says_the_bounds() {
        let schema = serde_json::to_value(schemars::schema_for!(Whole<0, 60>)).unwrap();
        assert_eq!(schema["minimum"], 0);
        assert_eq!(schema["maximum"], 60);
    }
}
