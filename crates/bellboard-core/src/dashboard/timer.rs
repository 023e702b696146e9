//! When a dashboard's next snapshot is due: `manual`, `hourly`, `every:15m`, `cron:0 7 * * mon-fri`.
//!
//! Spans are aligned to 1970 in UTC, so that every replica finds the same time; cron goes by the clock on the wall of the
//! zone that the caller hands in.

mod cron;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::{Timestamp, interval_words};

pub use cron::Cron;

/// The shortest and the longest span between two snapshots.
const SPANS: std::ops::RangeInclusive<Duration> =
    Duration::from_mins(1)..=Duration::from_hours(24 * 31);

/// Times that are listed as missed, at most; whoever was away for longer is told how many were listed.
pub const MISSED_AT_MOST: usize = 1_000;

/// When snapshots are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotPolicy {
    /// When somebody asks.
    Manual,
    /// At every full hour.
    Hourly,
    /// At every multiple of a span.
    Every(Duration),
    /// As a line of cron says.
    Cron(Cron),
}

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyFault(String);

impl SnapshotPolicy {
    /// The first due time after this one; none for [`Self::Manual`], and for a cron line that never comes.
    pub fn next_due(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Hourly => multiple_after(Duration::from_hours(1), after),
            Self::Every(span) => multiple_after(*span, after),
            Self::Cron(cron) => cron.next_after(after, zone),
        }
    }

    /// The due times after `last` up to and with `now`, the earliest first, at most [`MISSED_AT_MOST`]. The newest of them
    /// is taken; the others were missed, are recorded as such, and are never made up.
    pub fn due_between(&self, last: Timestamp, now: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
        let next = |after: &Timestamp| self.next_due(*after, zone).filter(|due| *due <= now);
        std::iter::successors(next(&last), next)
            .take(MISSED_AT_MOST)
            .collect()
    }
}

fn multiple_after(span: Duration, after: Timestamp) -> Option<Timestamp> {
    let span = i64::try_from(span.as_micros())
        .ok()
        .filter(|span| *span > 0)?;
    let at = after.micros() - after.micros().rem_euclid(span) + span;
    Some(Timestamp::from_micros(at)).filter(|at| *at > after)
}

impl FromStr for SnapshotPolicy {
    type Err = PolicyFault;

    fn from_str(text: &str) -> Result<Self, PolicyFault> {
        let fault = |detail: &str| PolicyFault(detail.to_owned());
        match text.split_once(':') {
            None if text == "manual" => Ok(Self::Manual),
            None if text == "hourly" => Ok(Self::Hourly),
            Some(("every", span)) => {
                let span = span_of(span).ok_or_else(|| {
                    fault("every: takes a span such as every:15m, every:6h or every:1d")
                })?;
                if SPANS.contains(&span) {
                    Ok(Self::Every(span))
                } else {
                    Err(fault("every: takes 1m to 31d"))
                }
            }
            Some(("cron", line)) => line
                .parse()
                .map(Self::Cron)
                .map_err(|why: cron::CronFault| PolicyFault(why.to_string())),
            _ => Err(fault(
                "must be manual, hourly, every:15m or cron: and five fields, such as cron:0 7 * * mon-fri",
            )),
        }
    }
}

/// A whole number and `m`, `h` or `d`.
fn span_of(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let number = &text[..text.len() - unit.len_utf8()];
    if number.is_empty() || number.len() > 6 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    match unit {
        'm' => Some(Duration::from_mins(number)),
        'h' => Some(Duration::from_hours(number)),
        'd' => Some(Duration::from_hours(number * 24)),
        _ => None,
    }
}

impl fmt::Display for SnapshotPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => f.write_str("manual"),
            Self::Hourly => f.write_str("hourly"),
            Self::Every(span) => write!(f, "every:{}m", span.as_secs() / 60),
            Self::Cron(cron) => write!(f, "cron:{cron}"),
        }
    }
}

impl SnapshotPolicy {
    /// As a person reads it: `every 15 min`.
    pub fn words(&self) -> String {
        match self {
            Self::Manual => "when somebody asks".to_owned(),
            Self::Hourly => "every hour".to_owned(),
            Self::Every(span) => format!("every {}", interval_words(*span)),
            Self::Cron(cron) => format!("at {cron}"),
        }
    }
}

impl Serialize for SnapshotPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SnapshotPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for SnapshotPolicy {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SnapshotPolicy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(manual|hourly|every:[0-9]{1,6}[mhd]|cron:.+)$"})
    }
}

#[cfg(test)]
mod tests;
