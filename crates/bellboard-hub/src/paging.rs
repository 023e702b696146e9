//! How every list of the hub is cut into pages: one row more than asked for tells whether another page follows, and the
//! cursor is the place of the last row shown, so that equal times lose and repeat nothing.

use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::db::{Row, Sql, Value};
use crate::fault::{Fault, Outcome};

/// The input of a plain list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PageInput {
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageInput {
    /// The place after which this page begins.
    pub fn after(&self, scope: &CursorScope<'_>) -> Outcome<Option<Cursor>> {
        after(self.cursor.as_deref(), scope)
    }
}

/// Yes or no in a query or a body: `true`, `false`, or their words as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Flag(bool);

impl Flag {
    /// Whether it says yes.
    pub const fn is_set(self) -> bool {
        self.0
    }
}

impl From<bool> for Flag {
    fn from(yes: bool) -> Self {
        Self(yes)
    }
}

impl TryFrom<serde_json::Value> for Flag {
    type Error = &'static str;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        match (value.as_bool(), value.as_str()) {
            (Some(yes), _) => Ok(Self(yes)),
            (None, Some("true")) => Ok(Self(true)),
            (None, Some("false")) => Ok(Self(false)),
            _ => Err("must be true or false"),
        }
    }
}

impl JsonSchema for Flag {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Flag".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "boolean" })
    }
}

/// Reads a cursor; one that was changed, or that belongs to another list, filter or person, is refused.
pub fn after(cursor: Option<&str>, scope: &CursorScope<'_>) -> Outcome<Option<Cursor>> {
    cursor
        .map(|text| {
            Cursor::decode(text, scope).map_err(|fault| {
                Fault::invalid("cursor", format!("It {fault}.")).with_code("invalid_cursor")
            })
        })
        .transpose()
}

/// The statements of a list. Both take the same filters, which say whose rows these are.
#[derive(Debug)]
pub(crate) struct List {
    /// One page. After the filters come the two parameters of the place after which it begins, and how many rows at most.
    pub(crate) page: &'static str,
    /// How many there are.
    pub(crate) total: &'static str,
}

/// The rows of a page, one more than the limit, and how many the whole list has.
pub(crate) async fn rows_of(
    sql: &mut Sql<'_>,
    list: &'static List,
    filters: Vec<Value>,
    after: Option<Cursor>,
    limit: Limit,
) -> Outcome<(Vec<Row>, u64)> {
    let (at, id) = after_or_start(after);
    let mut parameters = filters.clone();
    parameters.extend([at.into(), id.into(), (limit.get() + 1).into()]);
    let rows = sql.all(list.page, &parameters).await?;
    let total = sql.one(list.total, &filters).await?;
    Ok((rows, count_in(total.as_ref())?))
}

/// The place as two parameters: everything lies before the end of time.
pub(crate) fn after_or_start(after: Option<Cursor>) -> (Timestamp, Uuid) {
    after.map_or((Timestamp::from_micros(i64::MAX), Uuid::max()), |cursor| {
        (cursor.at, cursor.id)
    })
}

/// Reads what [`rows_of`] found, one row more than the limit and how many there are, and makes a page of it.
pub(crate) fn page_of_rows<T>(
    (rows, total_count): &(Vec<Row>, u64),
    limit: Limit,
    scope: &CursorScope<'_>,
    read: impl Fn(&Row) -> Outcome<T>,
    place: impl Fn(&T) -> Cursor,
) -> Outcome<Page<T>> {
    let found = rows.iter().map(read).collect::<Outcome<Vec<_>>>()?;
    Ok(page_of(found, limit, *total_count, scope, place))
}

/// Makes a page of what was read with one row more than the limit.
pub fn page_of<T>(
    mut found: Vec<T>,
    limit: Limit,
    total_count: u64,
    scope: &CursorScope<'_>,
    place: impl Fn(&T) -> Cursor,
) -> Page<T> {
    let wanted = limit.get() as usize;
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|last| place(last).encode(scope));
    Page {
        items: found,
        total_count,
        next_cursor,
    }
}

/// The number of things in a column.
pub(crate) fn count(row: &Row, column: usize) -> Outcome<u64> {
    counted(row.int(column)?)
}

/// The number in the only column of the only row; no row counts as none.
pub(crate) fn count_in(row: Option<&Row>) -> Outcome<u64> {
    let count = row.map(|row| row.opt_int(0)).transpose()?;
    counted(count.flatten().unwrap_or(0))
}

fn counted(count: i64) -> Outcome<u64> {
    u64::try_from(count).map_err(|_| Fault::internal(format!("a count of {count}")))
}
