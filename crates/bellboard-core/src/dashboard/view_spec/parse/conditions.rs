//! Reads the conditions of a question: `and`, `or`, `not`, and comparisons of a field with values of its kind.

use serde_json::Value;

use super::super::super::cell::{Cell, CellKind};
use super::super::super::fault::{Reader, below, entry, kind_of};
use super::super::super::number::Number;
use super::super::super::source::SourceField;
use super::super::{Comparison, FieldName, OneOf, Operand, Predicate};
use super::{CONDITIONS, CONDITIONS_AT_MOST, DEPTH_AT_MOST, Known, LIST_AT_MOST, OPERAND_AT_MOST};

pub(super) struct Conditions<'r> {
    pub(super) known: &'r Known,
    pub(super) reader: &'r mut Reader,
    pub(super) count: usize,
}

impl Conditions<'_> {
    pub(super) fn read(&mut self, path: &str, value: &Value, depth: usize) -> Option<Predicate> {
        if depth > DEPTH_AT_MOST {
            return self.reader.refuse(
                path,
                format!("conditions nest at most {DEPTH_AT_MOST} deep"),
            );
        }
        let (word, path, inner) = self.reader.one_of(path, value, &CONDITIONS)?;
        match word {
            "and" => self.parts(&path, inner, depth).map(Predicate::And),
            "or" => self.parts(&path, inner, depth).map(Predicate::Or),
            "not" => Some(Predicate::Not(Box::new(self.read(
                &path,
                inner,
                depth + 1,
            )?))),
            leaf => self.leaf(leaf, &path, inner),
        }
    }

    fn parts(&mut self, path: &str, value: &Value, depth: usize) -> Option<Vec<Predicate>> {
        let entries = self.reader.list(path, value, CONDITIONS_AT_MOST)?;
        let parts = entries.iter().enumerate();
        let read: Vec<Option<Predicate>> = parts
            .map(|(place, part)| self.read(&entry(path, place), part, depth + 1))
            .collect();
        read.into_iter().collect()
    }

    fn leaf(&mut self, word: &str, path: &str, value: &Value) -> Option<Predicate> {
        self.count += 1;
        if self.count > CONDITIONS_AT_MOST {
            return self.reader.refuse(
                path,
                format!("a question has at most {CONDITIONS_AT_MOST} comparisons"),
            );
        }
        let wanted: &[&str] = match word {
            "in" => &["field", "values"],
            "is_null" => &["field"],
            _ => &["field", "value"],
        };
        let keys = self.reader.object(path, value, wanted)?;
        let field = self.known.field_of(self.reader, path, keys)?;
        if word == "is_null" {
            return Some(Predicate::IsNull(FieldName { field: field.name }));
        }
        if word == "in" {
            let at = below(path, "values");
            let Some(values) = keys.get("values") else {
                return self.reader.refuse(&at, "must be given");
            };
            let entries = self.reader.list(&at, values, LIST_AT_MOST)?;
            let places = entries.iter().enumerate();
            let values: Vec<Option<Operand>> = places
                .map(|(place, value)| self.operand(&entry(&at, place), value, field.kind))
                .collect();
            let values = values.into_iter().collect::<Option<_>>()?;
            return Some(Predicate::In(OneOf {
                field: field.name,
                values,
            }));
        }
        let at = below(path, "value");
        let Some(value) = keys.get("value") else {
            return self.reader.refuse(&at, "must be given");
        };
        let value = self.operand(&at, value, field.kind)?;
        self.comparison(word, &at, field, value)
    }

    fn comparison(
        &mut self,
        word: &str,
        at: &str,
        field: SourceField,
        value: Operand,
    ) -> Option<Predicate> {
        let is_text = matches!(value, Operand::Text(_));
        if matches!(word, "contains" | "starts_with") && !is_text {
            return self.reader.refuse(at, "must be text");
        }
        if matches!(word, "lt" | "le" | "gt" | "ge") && matches!(value, Operand::Bool(_)) {
            return self
                .reader
                .refuse(at, "true and false have no order; use eq");
        }
        let comparison = Comparison {
            field: field.name,
            value,
        };
        Some(match word {
            "eq" => Predicate::Eq(comparison),
            "ne" => Predicate::Ne(comparison),
            "lt" => Predicate::Lt(comparison),
            "le" => Predicate::Le(comparison),
            "gt" => Predicate::Gt(comparison),
            "ge" => Predicate::Ge(comparison),
            "contains" => Predicate::Contains(comparison),
            _ => Predicate::StartsWith(comparison),
        })
    }

    /// A value of the field's kind.
    fn operand(&mut self, path: &str, value: &Value, kind: CellKind) -> Option<Operand> {
        let read = match value {
            Value::Bool(is) => Operand::Bool(*is),
            Value::Number(number) => match Number::from_json(number) {
                Ok(number) => Operand::Number(number),
                Err(why) => return self.reader.refuse(path, why.to_string()),
            },
            Value::String(text) if kind == CellKind::Time => match text.parse() {
                Ok(time) => Operand::Time(time),
                Err(why) => return self.reader.refuse(path, why.to_string()),
            },
            Value::String(text) if text.chars().count() <= OPERAND_AT_MOST => {
                Operand::Text(text.clone())
            }
            Value::String(_) => {
                return self
                    .reader
                    .refuse(path, format!("at most {OPERAND_AT_MOST} characters"));
            }
            Value::Null => return self.reader.refuse(path, "nothing equals null; use is_null"),
            other => {
                return self.reader.refuse(
                    path,
                    format!("must be one value, this is {}", kind_of(other)),
                );
            }
        };
        let has = read.cell().kind().unwrap_or(CellKind::Empty);
        if kind != CellKind::Empty && has != kind {
            return self
                .reader
                .refuse(path, format!("the field holds {kind}, this is {has}"));
        }
        debug_assert!(read.cell() != Cell::Null, "null was refused");
        Some(read)
    }
}
