//! The rules of bells: which difference between two pictures is worth one.
//!
//! A rule is read by [`Threshold::parse`] and by nothing else. [`meets_threshold`] answers whether it is met, and
//! [`Threshold::judge`] also why. Ringing, the test of a rule on the past and the ledger all ask [`ring`], so they
//! cannot disagree.

mod judge;
mod parse;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::fault::Faults;
use super::source::SourceField;
use crate::content::ContentDigest;
use crate::vocabulary::words;

pub use judge::{
    Evaluated, Judgement, Reason, Ring, Silence, Verdict, decide, evaluate_all, meets_threshold,
    ring,
};
pub use parse::{LEAVES_AT_MOST, TOP_AT_MOST};

words! {
    /// Which picture the new one is compared with.
    Baseline {
        /// The one before it.
        Previous = "previous",
        /// The last one that rang for this subscription; before the first ring, the one that was newest when it began.
        LastNotified = "last_notified",
    }
}

/// A rule. Exactly one key; the words `and`, `or`, `not` may be in capitals.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// All of these.
    And(Vec<Threshold>),
    /// Any of these.
    Or(Vec<Threshold>),
    /// Not this.
    Not(Box<Threshold>),
    /// The ordered ids of the first so many rows differ. 1 to 100000.
    TopNReordering(u32),
    /// At least so many rows are new.
    SetAddedMin(u32),
    /// At least so many rows are gone.
    SetRemovedMin(u32),
    /// The one number differs by at least this share; from zero is more than every share.
    PrimaryMetricDeltaPct(f64),
    /// Some row of both pictures differs by at least a share in a numeric field; from zero is more than every share.
    #[serde(untagged)]
    ValueDeltaPct(ValueDelta),
}

/// A change of a field by at least a share.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ValueDelta {
    /// The field.
    pub on_field: String,
    /// The share: 0.10 is ten per cent. Above zero.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value_delta_pct: f64,
}

impl Threshold {
    /// Reads a rule. Every fault is named with its JSON path and the nearest word that would be right. `fields` are
    /// those that the dashboard shows; a field that is not among them, or holds no numbers, is refused.
    pub fn parse(value: &Value, fields: &[SourceField]) -> Result<Self, Faults> {
        parse::threshold(value, Some(fields))
    }

    /// Reads a rule that was kept: its fields were checked when it was made, and may be gone since.
    pub fn from_stored(value: &Value) -> Result<Self, Faults> {
        parse::threshold(value, None)
    }

    /// The rule in its one form: the same rule, however it was written, has the same text.
    pub fn canonical(&self) -> String {
        self.clone().normal().text()
    }

    /// The SHA-256 of the canonical form: equal rules have equal hashes.
    pub fn hash(&self) -> ContentDigest {
        ContentDigest::from_bytes(Sha256::digest(self.canonical().as_bytes()).into())
    }

    /// The conditions of the rule, from the left.
    pub fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::leaves).collect(),
            Self::Not(part) => part.leaves(),
            leaf => vec![leaf],
        }
    }

    /// The fields whose changes it looks at, from the left.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let leaves = self.leaves().into_iter();
        leaves.filter_map(|leaf| match leaf {
            Self::ValueDeltaPct(delta) => Some(delta.on_field.as_str()),
            _ => None,
        })
    }

    /// The same rule with another condition at a place of [`Self::leaves`].
    #[must_use]
    pub fn with_leaf(&self, place: usize, leaf: &Self) -> Self {
        let mut left = place;
        self.replaced(&mut left, leaf)
    }

    fn replaced(&self, left: &mut usize, leaf: &Self) -> Self {
        match self {
            Self::And(parts) => {
                Self::And(parts.iter().map(|part| part.replaced(left, leaf)).collect())
            }
            Self::Or(parts) => {
                Self::Or(parts.iter().map(|part| part.replaced(left, leaf)).collect())
            }
            Self::Not(part) => Self::Not(Box::new(part.replaced(left, leaf))),
            this => {
                let is_meant = *left == 0;
                *left = left.wrapping_sub(1);
                if is_meant { leaf.clone() } else { this.clone() }
            }
        }
    }

    /// Flat, sorted and each part once.
    fn normal(self) -> Self {
        let parts_of = |parts: Vec<Self>, inner: fn(Self) -> Result<Vec<Self>, Self>| {
            let mut flat: Vec<Self> = Vec::new();
            for part in parts {
                match inner(part.normal()) {
                    Ok(parts) => flat.extend(parts),
                    Err(other) => flat.push(other),
                }
            }
            flat.sort_by_cached_key(Self::text);
            flat.dedup();
            flat
        };
        let normal = match self {
            Self::And(parts) => Self::And(parts_of(parts, |part| match part {
                Self::And(parts) => Ok(parts),
                other => Err(other),
            })),
            Self::Or(parts) => Self::Or(parts_of(parts, |part| match part {
                Self::Or(parts) => Ok(parts),
                other => Err(other),
            })),
            Self::Not(part) => match part.normal() {
                Self::Not(twice) => *twice,
                other => Self::Not(Box::new(other)),
            },
            leaf => leaf,
        };
        match normal {
            Self::And(mut parts) | Self::Or(mut parts) if parts.len() == 1 => parts.remove(0),
            other => other,
        }
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("a rule is plain JSON")
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_stored(&value).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
