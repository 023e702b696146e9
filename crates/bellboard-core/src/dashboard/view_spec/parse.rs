//! Reads a question out of JSON, naming every fault where it stands.

mod conditions;

use serde_json::{Map, Value};

use super::super::cell::CellKind;
use super::super::fault::{Faults, Reader, below, entry, kind_of, near_miss, quoted};
use super::super::rows::COLUMN_NAME_AT_MOST;
use super::super::source::{Source, SourceField};
use super::{Direction, LIMIT_AT_MOST, Measure, OrderBy, PrimaryMetric, ViewSpec};
use conditions::Conditions;

/// How deep conditions nest, at most.
pub const DEPTH_AT_MOST: usize = 16;
/// How many comparisons a question has, at most.
pub const CONDITIONS_AT_MOST: usize = 256;
/// How many entries a list of a question has, at most.
pub const LIST_AT_MOST: usize = 100;
/// How many columns a question shows, at most.
pub const SHOWN_COLUMNS_AT_MOST: usize = 100;
/// Characters of a text that a field is compared with, at most.
const OPERAND_AT_MOST: usize = 1_000;

const KEYS: [&str; 7] = [
    "source",
    "where",
    "columns",
    "id_field",
    "order_by",
    "limit",
    "primary_metric",
];
const CONDITIONS: [&str; 13] = [
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "in",
    "contains",
    "starts_with",
    "is_null",
];

/// What a question about pushed rows is held to.
#[derive(Clone, Copy)]
pub(super) enum PushedFields<'f> {
    /// The fields of the rows.
    Known(&'f [SourceField]),
    /// The columns that the question says itself: its rows are still to come.
    Declared,
    /// Nothing: the question was checked when it was made, and other rows may have come since.
    Any,
}

pub(super) fn view_spec(value: &Value, pushed: PushedFields<'_>) -> Result<ViewSpec, Faults> {
    let mut reader = Reader::default();
    let read = whole(&mut reader, value, pushed);
    reader.finish(read)
}

fn whole(reader: &mut Reader, value: &Value, pushed: PushedFields<'_>) -> Option<ViewSpec> {
    let keys = reader.object("", value, &KEYS)?;
    let source = match keys.get("source") {
        Some(source) => reader.word("source", source, Source::ALL, Source::as_str)?,
        None => return reader.refuse("source", "must be given: where the rows come from"),
    };
    let known = Known::of(source, pushed, keys);
    let columns = keys
        .get("columns")
        .and_then(|columns| shown(reader, &known, columns));
    let id_field = match keys.get("id_field") {
        Some(id_field) => known
            .field(reader, "id_field", id_field)
            .and_then(|field| id(reader, field)),
        None => reader.refuse(
            "id_field",
            "must be given: the field by which a row is known again",
        ),
    };
    let mut conditions = Conditions {
        known: &known,
        reader,
        count: 0,
    };
    // What could not be read is a fault already, and with a fault nothing is taken.
    let predicate = keys
        .get("where")
        .and_then(|condition| conditions.read("where", condition, 1));
    let order_by = keys
        .get("order_by")
        .map_or(Some(Vec::new()), |order| order_by(reader, &known, order));
    let limit = match keys.get("limit") {
        Some(limit) => reader.count("limit", limit, LIMIT_AT_MOST),
        None => Some(LIMIT_AT_MOST),
    };
    let primary_metric = match keys.get("primary_metric") {
        Some(metric) => primary_metric(reader, &known, metric),
        None => Some(PrimaryMetric::default()),
    };
    Some(ViewSpec {
        source,
        predicate,
        columns,
        id_field: id_field?,
        order_by: order_by?,
        limit: limit?,
        primary_metric: primary_metric?,
    })
}

/// The fields that the question may name.
struct Known {
    /// None while nobody knows: rows that are still to be pushed, without columns said, and a question that was kept.
    fields: Option<Vec<SourceField>>,
}

impl Known {
    fn of(source: Source, pushed: PushedFields<'_>, keys: &Map<String, Value>) -> Self {
        let field = |name: &str| SourceField {
            name: name.to_owned(),
            kind: CellKind::Empty,
        };
        // What is to be pushed is known by what is to be shown of it, and by its id.
        let declared = |columns: &Value| -> Option<Vec<SourceField>> {
            let columns = columns.as_array()?.iter();
            let names = columns
                .chain(keys.get("id_field"))
                .filter_map(Value::as_str);
            Some(names.map(field).collect())
        };
        let fields = match (source, pushed) {
            (Source::Pushed, PushedFields::Known(fields)) => Some(fields.to_vec()),
            (Source::Pushed, PushedFields::Declared) => keys.get("columns").and_then(declared),
            (Source::Pushed, PushedFields::Any) => None,
            (source, _) => Some(source.fields()),
        };
        Self { fields }
    }

    fn field(&self, reader: &mut Reader, path: &str, value: &Value) -> Option<SourceField> {
        let Value::String(name) = value else {
            return reader.refuse(
                path,
                format!("must be the name of a field, this is {}", kind_of(value)),
            );
        };
        if name.trim().is_empty() || name.chars().count() > COLUMN_NAME_AT_MOST {
            return reader.refuse(
                path,
                format!("a field's name has 1 to {COLUMN_NAME_AT_MOST} characters"),
            );
        }
        let Some(fields) = &self.fields else {
            return Some(SourceField {
                name: name.clone(),
                kind: CellKind::Empty,
            });
        };
        if let Some(field) = fields.iter().find(|field| field.name == *name) {
            return Some(field.clone());
        }
        let near = near_miss(name, fields.iter().map(|field| field.name.as_str()));
        reader.refuse(path, format!("no field {}{near}", quoted(name)))
    }

    /// The field under a key of an object.
    fn field_of(
        &self,
        reader: &mut Reader,
        path: &str,
        keys: &Map<String, Value>,
    ) -> Option<SourceField> {
        let path = below(path, "field");
        match keys.get("field") {
            Some(field) => self.field(reader, &path, field),
            None => reader.refuse(&path, "must be given"),
        }
    }
}

fn id(reader: &mut Reader, field: SourceField) -> Option<String> {
    match field.kind {
        CellKind::Text | CellKind::Number | CellKind::Empty => Some(field.name),
        kind => reader.refuse(
            "id_field",
            format!("an id is a text or a number; this field holds {kind}"),
        ),
    }
}

fn shown(reader: &mut Reader, known: &Known, value: &Value) -> Option<Vec<String>> {
    let entries = reader.list("columns", value, SHOWN_COLUMNS_AT_MOST)?;
    let mut names: Vec<String> = Vec::new();
    for (place, value) in entries.iter().enumerate() {
        let path = entry("columns", place);
        let Some(field) = known.field(reader, &path, value) else {
            continue;
        };
        if names.contains(&field.name) {
            let _: Option<()> = reader.refuse(
                &path,
                format!("{} stands there already", quoted(&field.name)),
            );
        }
        names.push(field.name);
    }
    Some(names)
}

fn order_by(reader: &mut Reader, known: &Known, value: &Value) -> Option<Vec<OrderBy>> {
    let entries = match value {
        Value::Array(entries) if entries.is_empty() => return Some(Vec::new()),
        value => reader.list("order_by", value, LIST_AT_MOST)?,
    };
    let mut steps = Vec::new();
    for (place, value) in entries.iter().enumerate() {
        let path = entry("order_by", place);
        let Some(keys) = reader.object(&path, value, &["field", "direction"]) else {
            continue;
        };
        let field = known.field_of(reader, &path, keys);
        let direction = match keys.get("direction") {
            Some(word) => reader.word(
                &below(&path, "direction"),
                word,
                Direction::ALL,
                Direction::as_str,
            ),
            None => Some(Direction::Asc),
        };
        if let (Some(field), Some(direction)) = (field, direction) {
            steps.push(OrderBy {
                field: field.name,
                direction,
            });
        }
    }
    Some(steps)
}

fn primary_metric(reader: &mut Reader, known: &Known, value: &Value) -> Option<PrimaryMetric> {
    const PATH: &str = "primary_metric";
    let keys = reader.object(PATH, value, &["measure", "field"])?;
    let measure = match keys.get("measure") {
        Some(word) => reader.word(&below(PATH, "measure"), word, Measure::ALL, Measure::as_str)?,
        None => {
            return reader.refuse(
                &below(PATH, "measure"),
                "must be given: count, sum, min, max or mean",
            );
        }
    };
    if measure == Measure::Count {
        if keys.contains_key("field") {
            return reader.refuse(&below(PATH, "field"), "count is of rows and takes no field");
        }
        return Some(PrimaryMetric {
            measure,
            field: None,
        });
    }
    let field = known.field_of(reader, PATH, keys)?;
    if !matches!(field.kind, CellKind::Number | CellKind::Empty) {
        let detail = format!("{measure} is of numbers; this field holds {}", field.kind);
        return reader.refuse(&below(PATH, "field"), detail);
    }
    Some(PrimaryMetric {
        measure,
        field: Some(field.name),
    })
}
