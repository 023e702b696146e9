//! Points in time and the words for spans of time.
//!
//! There is no clock here: "now" is always an argument. Stored and compared as microseconds since 1970 in UTC; on the
//! wire RFC 3339 with six decimals, so that equal times are equal texts and texts sort as times do.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, UTC, to the microsecond, within the years 1 to 9999 (what RFC 3339 can say).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time with its zone, such as 2026-11-20T17:40:00Z")]
pub struct TimeFault;

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// 9999-12-30T22:00:00Z, a few hours before the year's end so that every zone can still show it.
    pub const MAX: Self = Self(253_402_207_200_000_000);

    /// Microseconds since 1970-01-01T00:00:00Z. Values outside [`Self::MIN`] and [`Self::MAX`] become the nearer one.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after (clocks of two machines may disagree).
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Hours and minutes in UTC, and said to be so: `17:31 UTC`. Labels are made once for readers in every zone.
    pub fn hour_and_minute(self) -> String {
        self.civil().strftime("%H:%M UTC").to_string()
    }

    fn civil(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0)
            .expect("the constructors keep to what jiff can represent")
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.civil())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeFault;

    fn from_str(text: &str) -> Result<Self, TimeFault> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimeFault)?;
        let parsed = Self(instant.as_microsecond());
        if parsed == Self::from_micros(parsed.0) {
            Ok(parsed)
        } else {
            Err(TimeFault)
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

/// A span in one rounded-down unit: `4 s`, `6 min`, `1 h`, `3 d`. Never "about" and never two units.
pub fn elapsed_words(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A rule's span, exact to the second: `30 s`, `90 s`, `10 min`, `6 h`. An expectation is not rounded as an age is.
pub fn interval_words(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{} s", span.as_secs_f32()),
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_wire_form_has_six_decimals_and_a_z() {
        let time = at("2026-11-20T17:40:00Z");
        assert_eq!(time.to_string(), "2026-11-20T17:40:00.000000Z");
        assert_eq!(at("2026-11-20T18:40:00.000000+01:00"), time);
        assert_eq!(
            serde_json::to_string(&time).unwrap(),
            "\"2026-11-20T17:40:00.000000Z\""
        );
        assert_eq!(format!("{time:?}"), time.to_string());
        assert_eq!(time.hour_and_minute(), "17:40 UTC");
    }

    #[test]
    fn a_time_without_a_zone_is_refused_with_an_example() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T17:40:00",
            "17:40",
            "1763660400",
            "+012026-11-20T17:40:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimeFault), "{text}");
        }
        let fault = serde_json::from_str::<Timestamp>("\"yesterday\"")
            .unwrap_err()
            .to_string();
        assert!(fault.contains("such as 2026-11-20T17:40:00Z"), "{fault}");
    }

    #[test]
    fn the_ends_can_be_shown() {
        assert_eq!(Timestamp::from_micros(i64::MIN), Timestamp::MIN);
        assert_eq!(Timestamp::from_micros(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00.000000Z");
        assert_eq!(Timestamp::MAX + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - Duration::MAX, Timestamp::MIN);
    }

    #[test]
    fn a_later_clock_elsewhere_gives_no_negative_span() {
        let now = at("2026-11-20T17:40:00Z");
        let ahead = now + Duration::from_secs(5);
        assert_eq!(now.saturating_since(ahead), Duration::ZERO);
        assert_eq!(ahead.saturating_since(now), Duration::from_secs(5));
        assert_eq!(ahead - Duration::from_secs(5), now);
    }

    #[test]
    fn spans_are_said_in_one_unit_rounded_down() {
        let rows = [
            (0, "0 s"),
            (4, "4 s"),
            (59, "59 s"),
            (60, "1 min"),
            (359, "5 min"),
            (360, "6 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (86_399, "23 h"),
            (86_400, "1 d"),
            (3 * 86_400 + 5, "3 d"),
        ];
        for (seconds, words) in rows {
            assert_eq!(elapsed_words(Duration::from_secs(seconds)), words);
        }
        assert_eq!(elapsed_words(Duration::from_millis(999)), "0 s");
    }

    #[test]
    fn intervals_are_exact() {
        let rows = [
            (1, "1 s"),
            (30, "30 s"),
            (60, "1 min"),
            (90, "90 s"),
            (600, "10 min"),
            (3_600, "1 h"),
            (5_400, "90 min"),
            (21_600, "6 h"),
        ];
        for (seconds, words) in rows {
            assert_eq!(interval_words(Duration::from_secs(seconds)), words);
        }
        assert_eq!(interval_words(Duration::from_millis(500)), "0.5 s");
    }

    proptest! {
        #[test]
        fn text_and_back_is_the_same_time(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(time.to_string().parse::<Timestamp>(), Ok(time));
        }

        #[test]
        fn texts_sort_as_times_do(a in 0..=Timestamp::MAX.0, b in 0..=Timestamp::MAX.0) {
            let (a, b) = (Timestamp::from_micros(a), Timestamp::from_micros(b));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
