//! Reads a rule out of JSON, naming every fault where it stands.

use serde_json::{Map, Value};

use super::super::cell::CellKind;
use super::super::fault::{Faults, Reader, below, entry, kind_of, near_miss, quoted};
use super::super::rows::ROWS_AT_MOST;
use super::super::source::SourceField;
use super::super::view_spec::DEPTH_AT_MOST;
use super::{Threshold, ValueDelta};

/// How many conditions a rule has, at most.
pub const LEAVES_AT_MOST: usize = 256;
/// The largest count of rows that a rule can name.
pub const TOP_AT_MOST: u32 = 100_000;

const _: () = assert!(
    TOP_AT_MOST as usize == ROWS_AT_MOST,
    "a rule can name every row"
);

const KEYS: [&str; 8] = [
    "and",
    "or",
    "not",
    "top_n_reordering",
    "value_delta_pct",
    "set_added_min",
    "set_removed_min",
    "primary_metric_delta_pct",
];

pub(super) fn threshold(
    value: &Value,
    fields: Option<&[SourceField]>,
) -> Result<Threshold, Faults> {
    let mut rule = Rule {
        reader: Reader::default(),
        fields,
        leaves: 0,
    };
    let read = rule.read("", value, 1);
    rule.reader.finish(read)
}

struct Rule<'f> {
    reader: Reader,
    fields: Option<&'f [SourceField]>,
    leaves: usize,
}

impl Rule<'_> {
    fn read(&mut self, path: &str, value: &Value, depth: usize) -> Option<Threshold> {
        if depth > DEPTH_AT_MOST {
            return self.reader.refuse(
                path,
                format!("conditions nest at most {DEPTH_AT_MOST} deep"),
            );
        }
        if let Value::Object(keys) = value
            && (keys.contains_key("value_delta_pct") || keys.contains_key("on_field"))
        {
            return self.value_delta(path, value, keys);
        }
        let (word, path, inner) = self.reader.one_of(path, value, &KEYS)?;
        match word {
            "and" => self.parts(&path, inner, depth).map(Threshold::And),
            "or" => self.parts(&path, inner, depth).map(Threshold::Or),
            "not" => Some(Threshold::Not(Box::new(self.read(
                &path,
                inner,
                depth + 1,
            )?))),
            leaf => {
                self.leaf(&path)?;
                match leaf {
                    "top_n_reordering" => self.count(&path, inner).map(Threshold::TopNReordering),
                    "set_added_min" => self.count(&path, inner).map(Threshold::SetAddedMin),
                    "set_removed_min" => self.count(&path, inner).map(Threshold::SetRemovedMin),
                    _ => self
                        .share(&path, inner)
                        .map(Threshold::PrimaryMetricDeltaPct),
                }
            }
        }
    }

    fn parts(&mut self, path: &str, value: &Value, depth: usize) -> Option<Vec<Threshold>> {
        let entries = self.reader.list(path, value, LEAVES_AT_MOST)?;
        let parts = entries.iter().enumerate();
        let read: Vec<Option<Threshold>> = parts
            .map(|(place, part)| self.read(&entry(path, place), part, depth + 1))
            .collect();
        read.into_iter().collect()
    }

    fn leaf(&mut self, path: &str) -> Option<()> {
        self.leaves += 1;
        if self.leaves > LEAVES_AT_MOST {
            return self.reader.refuse(
                path,
                format!("a rule has at most {LEAVES_AT_MOST} conditions"),
            );
        }
        Some(())
    }

    fn count(&mut self, path: &str, value: &Value) -> Option<u32> {
        self.reader.count(path, value, TOP_AT_MOST)
    }

    /// A share above zero.
    fn share(&mut self, path: &str, value: &Value) -> Option<f64> {
        let share = value
            .as_f64()
            .filter(|share| share.is_finite() && *share > 0.0);
        if share.is_none() {
            return self
                .reader
                .refuse(path, "must be a number above zero: 0.10 is ten per cent");
        }
        share
    }

    fn value_delta(
        &mut self,
        path: &str,
        value: &Value,
        keys: &Map<String, Value>,
    ) -> Option<Threshold> {
        self.leaf(path)?;
        self.reader
            .object(path, value, &["value_delta_pct", "on_field"]);
        let at = below(path, "value_delta_pct");
        let share = match keys.get("value_delta_pct") {
            Some(share) => self.share(&at, share),
            None => self
                .reader
                .refuse(&at, "must be given: 0.10 is ten per cent"),
        };
        let at = below(path, "on_field");
        let on_field = match keys.get("on_field") {
            Some(field) => self.field(&at, field),
            None => self
                .reader
                .refuse(&at, "must be given: the field whose changes count"),
        };
        Some(Threshold::ValueDeltaPct(ValueDelta {
            on_field: on_field?,
            value_delta_pct: share?,
        }))
    }

    fn field(&mut self, path: &str, value: &Value) -> Option<String> {
        let Value::String(name) = value else {
            return self.reader.refuse(
                path,
                format!("must be the name of a field, this is {}", kind_of(value)),
            );
        };
        let Some(fields) = self.fields else {
            return Some(name.clone());
        };
        let is_numeric =
            |field: &&SourceField| matches!(field.kind, CellKind::Number | CellKind::Empty);
        match fields.iter().find(|field| field.name == *name) {
            Some(field) if is_numeric(&field) => Some(name.clone()),
            Some(field) => {
                let detail = format!(
                    "{} holds {}; only numbers change by a share",
                    quoted(name),
                    field.kind
                );
                self.reader.refuse(path, detail)
            }
            None => {
                let numeric = fields.iter().filter(is_numeric);
                let near = near_miss(name, numeric.map(|field| field.name.as_str()));
                let detail = format!(
                    "{} is not among the columns of the dashboard, and a rule looks only at those{near}",
                    quoted(name)
                );
                self.reader.refuse(path, detail)
            }
        }
    }
}
