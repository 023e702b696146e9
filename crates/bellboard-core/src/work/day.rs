//! Days in the plan: `2026-11-21`, without a time and a zone.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day from 1 January 2000 to 31 December 2999. Years outside of that are slips of the hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

/// Why a text is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a day such as 2026-11-21, from 2000 to 2999")]
pub struct DayFault;

impl FromStr for Day {
    type Err = DayFault;

    fn from_str(text: &str) -> Result<Self, DayFault> {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else {
            return Err(DayFault);
        };
        let is_number = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !(is_number(year, 4) && is_number(month, 2) && is_number(day, 2)) {
            return Err(DayFault);
        }
        let number = |part: &str| part.parse::<i16>().map_err(|_| DayFault);
        let small = |part: &str| part.parse::<i8>().map_err(|_| DayFault);
        let date = Date::new(number(year)?, small(month)?, small(day)?).map_err(|_| DayFault)?;
        (2000..3000)
            .contains(&date.year())
            .then_some(Self(date))
            .ok_or(DayFault)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_one_form_only_and_said_as_they_were_read() {
        for text in ["2026-11-21", "2000-01-01", "2999-12-31", "2028-02-29"] {
            let day: Day = text.parse().unwrap();
            assert_eq!(day.to_string(), text);
            let json = serde_json::to_value(day).unwrap();
            assert_eq!(serde_json::from_value::<Day>(json).unwrap(), day);
        }
        for text in [
            "",
            "2026-11",
            "2026-11-21T10:00:00Z",
            "2026-1-1",
            "26-11-21",
            "2027-02-29",
            "2026-13-01",
            "1999-12-31",
            "3000-01-01",
            "-026-11-21",
            "2026-+1-21",
            "21.11.2026",
        ] {
            assert_eq!(text.parse::<Day>(), Err(DayFault), "{text}");
        }
        let fault = serde_json::from_str::<Day>("\"soon\"").unwrap_err();
        assert!(fault.to_string().contains("such as 2026-11-21"), "{fault}");
    }
}
