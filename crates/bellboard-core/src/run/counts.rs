//! Summary counts: a flat map of known keys to whole numbers, and how a report changes what is stored.
//!
//! Counts come in, percentages never do. `total` and `processed` only rise, so a report that is sent twice or late
//! cannot make a run look younger than it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::count::{Count, CountFault, MaybeCount};
use crate::text::sanitise;

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
    /// Reads what is stored, forgiving: rows are older than rules, and no reader meets a fault over them. Whatever is no
    /// count under a known key is as if it were not there; writers are refused instead.
    pub fn from_stored(json: &str) -> Self {
        let stored: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(json).unwrap_or_default();
        let known = stored.iter().filter_map(|(name, value)| {
            let count = Count::new(value.as_u64()?).ok()?;
            Some((CountKey::parse(name)?, count.get()))
        });
        Self(known.collect())
    }

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
        sanitise(name, 40)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn counts(json: Value) -> SummaryCounts {
        serde_json::from_value(json).unwrap()
    }

    fn fault(json: &str) -> String {
        serde_json::from_str::<SummaryCounts>(json)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_stored_is_read_forgiving() {
        for (stored, read) in [
            (
                r#"{"processed":2,"total":9}"#,
                r#"{"total":9,"processed":2}"#,
            ),
            (r#"{"processed":-1,"total":9}"#, r#"{"total":9}"#),
            (
                r#"{"processed":"2","total":9.5,"failed":1}"#,
                r#"{"failed":1}"#,
            ),
            (r#"{"done":3,"processed":null}"#, "{}"),
            ("[2, 9]", "{}"),
            ("null", "{}"),
            ("not JSON", "{}"),
        ] {
            let counts = SummaryCounts::from_stored(stored);
            assert_eq!(serde_json::to_string(&counts).unwrap(), read, "{stored}");
        }
    }

    #[test]
    fn every_key_of_the_requirement_page_is_taken_and_given_back() {
        let all = json!({
            "total": 1, "processed": 2, "succeeded": 3, "failed": 4, "skipped": 5, "items": 6, "created": 7, "updated": 8,
            "deleted": 9, "tenants": 10,
        });
        let parsed = counts(all.clone());
        assert_eq!(serde_json::to_value(&parsed).unwrap(), all);
        assert_eq!(parsed.iter().count(), CountKey::ALL.len());
        assert_eq!(parsed.get(CountKey::Tenants), Some(10));
        for key in CountKey::ALL {
            assert_eq!(CountKey::parse(key.as_str()), Some(key));
        }
    }

    #[test]
    fn an_unknown_key_is_named_beside_the_known_ones() {
        let known = "known keys: total, processed, succeeded, failed, skipped, items, created, updated, deleted, tenants";
        assert!(
            fault(r#"{"total":1,"done":2}"#)
                .starts_with(&format!("unknown count key `done`; {known}"))
        );
        assert!(fault(r#"{"Total":1}"#).starts_with("unknown count key `Total`"));
        let endless = format!(r#"{{"{}":1}}"#, "a".repeat(9_000));
        assert!(
            fault(&endless).len() < 250,
            "the message does not repeat whatever was sent"
        );
    }

    #[test]
    fn a_value_that_is_no_count_is_refused_by_its_key() {
        for value in [
            "-1",
            "0.5",
            "1.0",
            "\"3\"",
            "null",
            "true",
            "[1]",
            "{\"total\":1}",
            "9223372036854775808",
        ] {
            let json = format!(r#"{{"total":512,"processed":{value}}}"#);
            let fault = fault(&json);
            assert!(
                fault.starts_with("`processed` must be a whole number, 0 or more"),
                "{json}: {fault}"
            );
        }
    }

    #[test]
    fn a_key_that_is_given_twice_is_refused() {
        assert!(fault(r#"{"total":1,"total":2}"#).starts_with("`total` is given twice"));
    }

    #[test]
    fn anything_but_an_object_is_refused() {
        for json in ["[]", "7", "null", "\"total\""] {
            assert!(fault(json).contains("an object of counts"), "{json}");
        }
    }

    #[test]
    fn total_and_processed_only_rise_and_the_others_are_replaced() {
        let stored = counts(json!({"total": 512, "processed": 214, "failed": 3, "skipped": 1}));
        let reported = counts(json!({"total": 500, "processed": 220, "failed": 2, "created": 7}));
        let merged =
            json!({"total": 512, "processed": 220, "failed": 2, "skipped": 1, "created": 7});
        assert_eq!(stored.merge_monotone(&reported), counts(merged));
        assert_eq!(stored.merge_monotone(&SummaryCounts::default()), stored);
        assert!(SummaryCounts::default().is_empty());
    }

    #[test]
    fn the_schema_lists_the_keys_and_no_other() {
        let schema = serde_json::to_value(schemars::schema_for!(SummaryCounts)).unwrap();
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(
            schema["properties"].as_object().unwrap().len(),
            CountKey::ALL.len()
        );
        assert_eq!(schema["properties"]["total"]["minimum"], 0);
    }

    fn any_counts() -> impl Strategy<Value = SummaryCounts> {
        proptest::collection::btree_map(
            proptest::sample::select(CountKey::ALL.to_vec()),
            0_u64..100,
            0..10,
        )
        .prop_map(SummaryCounts)
    }

    proptest! {
        #[test]
        fn reports_in_any_order_and_number_never_lower_what_only_rises(reports in proptest::collection::vec(any_counts(), 0..8)) {
            let mut stored = SummaryCounts::default();
            for report in &reports {
                let merged = stored.merge_monotone(report);
                prop_assert_eq!(&merged.merge_monotone(report), &merged, "a retry changes nothing");
                for key in [CountKey::Total, CountKey::Processed] {
                    prop_assert!(merged.get(key) >= stored.get(key));
                }
                stored = merged;
            }
            for key in [CountKey::Total, CountKey::Processed] {
                prop_assert_eq!(stored.get(key), reports.iter().filter_map(|report| report.get(key)).max());
            }
        }

        #[test]
        fn json_and_back_is_the_same(counts in any_counts()) {
            let json = serde_json::to_string(&counts).unwrap();
            prop_assert_eq!(serde_json::from_str::<SummaryCounts>(&json).unwrap(), counts);
        }
    }
}
