//! What a snapshot shows, as it goes over the wire: columns, and rows as objects in which a missing cell has no key.

use std::borrow::Cow;

use bellboard_core::dashboard::{Cell, Picture, Row, SourceField};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{SerializeMap as _, SerializeSeq as _, SerializeStruct as _};
use serde::{Serialize, Serializer};

/// A row's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RankedRow {
    /// From 1.
    pub rank: u32,
    /// The row.
    pub id: String,
}

impl RankedRow {
    /// Those of a picture, the first first.
    pub(super) fn all(picture: &Picture) -> Vec<Self> {
        let rows = picture.primary_rows().map(|(rank, id)| Self {
            rank,
            id: id.to_owned(),
        });
        rows.collect()
    }
}

/// The columns and rows of a picture.
#[derive(Debug, Clone)]
pub struct MaterializedData(pub(super) Picture);

impl MaterializedData {
    /// The picture.
    pub const fn picture(&self) -> &Picture {
        &self.0
    }
}

impl Serialize for MaterializedData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_struct("MaterializedData", 5)?;
        let columns: Vec<SourceField> = fields(&self.0);
        data.serialize_field("id_field", self.0.id_field())?;
        data.serialize_field("columns", &columns)?;
        data.serialize_field("rows", &RowsOf(&self.0))?;
        data.serialize_field("row_count", &self.0.shown())?;
        data.serialize_field("matched", &self.0.matched())?;
        data.end()
    }
}

/// The columns with what they hold.
fn fields(picture: &Picture) -> Vec<SourceField> {
    let columns = picture.columns().iter();
    columns
        .map(|column| SourceField {
            name: column.name().to_owned(),
            kind: column.kind(),
        })
        .collect()
}

struct RowsOf<'a>(&'a Picture);

impl Serialize for RowsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.shown()))?;
        for row in self.0.rows() {
            rows.serialize_element(&RowOf(self.0, row))?;
        }
        rows.end()
    }
}

struct RowOf<'a>(&'a Picture, Row<'a>);

impl Serialize for RowOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        for (column, cell) in self.0.columns().iter().zip(self.1.cells()) {
            if cell != Cell::Missing {
                row.serialize_entry(column.name(), &cell)?;
            }
        }
        row.end()
    }
}

impl JsonSchema for MaterializedData {
    fn schema_name() -> Cow<'static, str> {
        "MaterializedData".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let field = generator.subschema_for::<SourceField>();
        json_schema!({
            "type": "object",
            "properties": {
                "id_field": { "type": "string", "description": "The field by which rows are known again." },
                "columns": { "type": "array", "items": field, "description": "The columns, in their order." },
                "rows": {
                    "type": "array",
                    "description": "The rows, the first first. A missing cell has no key; null means null.",
                    "items": {
                        "type": "object",
                        "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
                    },
                },
                "row_count": { "type": "integer", "minimum": 0, "description": "How many rows are shown." },
                "matched": { "type": "integer", "minimum": 0, "description": "How many rows matched." },
            },
            "required": ["id_field", "columns", "rows", "row_count", "matched"],
        })
    }
}
