//! The rows that come back. Access is by position, and a fault names the column, not the value.

use std::sync::Arc;

use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::{DbFault, Value};

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(super) fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// A number that is never null.
    pub fn int(&self, column: usize) -> Result<i64, DbFault> {
        self.opt_int(column)?
            .ok_or_else(|| self.fault(column, "a number"))
    }

    /// A number or null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, DbFault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            _ => Err(self.fault(column, "a number")),
        }
    }

    /// A truth value, kept as 0 or 1.
    pub fn bool(&self, column: usize) -> Result<bool, DbFault> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.fault(column, "0 or 1")),
        }
    }

    /// A time that is never null, kept as microseconds UTC.
    pub fn time(&self, column: usize) -> Result<Timestamp, DbFault> {
        Ok(Timestamp::from_micros(self.int(column)?))
    }

    /// A time or null.
    pub fn opt_time(&self, column: usize) -> Result<Option<Timestamp>, DbFault> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }

    /// Text that is never null.
    pub fn text(&self, column: usize) -> Result<String, DbFault> {
        self.opt_text(column)?
            .ok_or_else(|| self.fault(column, "text"))
    }

    /// Text or null.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, DbFault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone())),
            _ => Err(self.fault(column, "text")),
        }
    }

    /// Bytes that are never null.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, DbFault> {
        self.opt_blob(column)?
            .ok_or_else(|| self.fault(column, "bytes"))
    }

    /// Bytes or null.
    pub fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, DbFault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes.clone())),
            _ => Err(self.fault(column, "bytes")),
        }
    }

    /// An id that is never null, as a plain `Uuid` or as one of core's id types.
    pub fn id<T: From<Uuid>>(&self, column: usize) -> Result<T, DbFault> {
        self.opt_id(column)?
            .ok_or_else(|| self.fault(column, "an id"))
    }

    /// An id or null.
    pub fn opt_id<T: From<Uuid>>(&self, column: usize) -> Result<Option<T>, DbFault> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Id(id) => Ok(Some(T::from(*id))),
            // SQLite knows no id type: there an id is its 16 bytes.
            Value::Blob(bytes) => match Uuid::from_slice(bytes) {
                Ok(id) => Ok(Some(T::from(id))),
                Err(_) => Err(self.fault(column, "an id")),
            },
            _ => Err(self.fault(column, "an id")),
        }
    }

    fn value(&self, column: usize) -> Result<&Value, DbFault> {
        self.values.get(column).ok_or_else(|| {
            DbFault::Other(format!(
                "column {column} was asked for, the row has {}",
                self.values.len()
            ))
        })
    }

    fn fault(&self, column: usize, wanted: &str) -> DbFault {
        let name = self.columns.get(column).map_or("?", String::as_str);
        let kind = self.values.get(column).map_or("nothing", Value::kind);
        DbFault::Other(format!(
            "column {column} ({name}) should be {wanted}, it is {kind}"
        ))
    }
}
