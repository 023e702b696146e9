//! Summary counts: a flat map of known keys to whole numbers, and how a report changes what is stored.
//!
//! Counts come in, percentages never do. `total` and `processed` only rise, so a report that is sent twice or late
//! cannot make a run look younger than it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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
struct MaybeCount(Option<Count>);

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

/// The keys that a count may have. The list is closed on purpose: every page can show every key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountKey {
    /// How many there are in all.
    Total,
    /// How many were dealt with, whatever became of them.
    Processed,
    /// How many went well.
    Succeeded,
    /// How many broke.
    Failed,
    /// How many were left out.
    Skipped,
    /// How many things the work concerns.
    Items,
    /// How many were made.
    Created,
    /// How many were changed.
    Updated,
    /// How many were removed.
    Deleted,
    /// How many tenants the work concerns (the word of a source system).
    Tenants,
}

impl CountKey {
    /// Every key, in the order of the requirement page.
    pub const ALL: [Self; 10] = [
        Self::Total,
        Self::Processed,
        Self::Succeeded,
        Self::Failed,
        Self::Skipped,
        Self::Items,
        Self::Created,
        Self::Updated,
        Self::Deleted,
        Self::Tenants,
    ];

    /// The key on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Processed => "processed",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Items => "items",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Tenants => "tenants",
        }
    }

    /// Reads the key on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == text)
    }

    /// Whether a report may only raise it.
    const fn only_rises(self) -> bool {
        matches!(self, Self::Total | Self::Processed)
    }
}

/// What is known of a run in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SummaryCounts(BTreeMap<CountKey, u64>);

impl SummaryCounts {
    /// The count under the key, if one was ever reported.
    pub fn get(&self, key: CountKey) -> Option<u64> {
        self.0.get(&key).copied()
    }

    /// Sets one count.
    pub fn set(&mut self, key: CountKey, count: Count) {
        self.0.insert(key, count.get());
    }

    /// Whether nothing was ever reported.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The counts in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (CountKey, u64)> {
        self.0.iter().map(|(key, count)| (*key, *count))
    }

    /// What is stored after a report: the larger one of `total` and of `processed`, the reported one of all others.
    #[must_use]
    pub fn merge_monotone(&self, reported: &Self) -> Self {
        let mut merged = self.0.clone();
        for (key, count) in reported.iter() {
            let stored = merged.entry(key).or_insert(count);
            *stored = if key.only_rises() {
                count.max(*stored)
            } else {
                count
            };
        }
        Self(merged)
    }
}

impl Serialize for SummaryCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, count)| (key.as_str(), count)))
    }
}

impl<'de> Deserialize<'de> for SummaryCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = SummaryCounts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of counts")
            }

            fn visit_map<A: de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<SummaryCounts, A::Error> {
                let mut counts = BTreeMap::new();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    let key = CountKey::parse(&name)
                        .ok_or_else(|| de::Error::custom(unknown_key(&name)))?;
                    let MaybeCount(count) = map.next_value()?;
                    let count =
                        count.ok_or_else(|| de::Error::custom(format!("`{name}` {CountFault}")))?;
                    if counts.insert(key, count.get()).is_some() {
                        return Err(de::Error::custom(format!("`{name}` is given twice")));
                    }
                }
                Ok(SummaryCounts(counts))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

fn unknown_key(name: &str) -> String {
    let known = CountKey::ALL.map(CountKey::as_str).join(", ");
    format!(
        "unknown count key `{}`; known keys: {known}",
        crate::text::sanitise(name, 40)
    )
}

impl JsonSchema for SummaryCounts {
    fn schema_name() -> Cow<'static, str> {
        "SummaryCounts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let count = generator.subschema_for::<Count>();
        let properties: serde_json::Map<_, _> = CountKey::ALL
            .iter()
            .map(|key| (key.as_str().to_owned(), count.clone().to_value()))
            .collect();
        json_schema!({"type": "object", "properties": properties, "additionalProperties": false})
    }
}
