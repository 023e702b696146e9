//! How values travel to and from PostgreSQL: by the type that the server expects, so that one `Value::Int` fits every whole number.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::Value;

type Fault = Box<dyn Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, expected: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match (self, expected) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), &Type::INT8) => number.to_sql(expected, out),
            (Self::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(expected, out),
            (Self::Int(number), &Type::INT2) => i16::try_from(*number)?.to_sql(expected, out),
            (Self::Text(text), &(Type::TEXT | Type::VARCHAR)) => text.to_sql(expected, out),
            (Self::Id(id), &Type::UUID) => id.to_sql(expected, out),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(expected, out),
            _ => Err(format!(
                "the statement expects {expected}, it was given {}; cast the parameter",
                self.kind()
            )
            .into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(given: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        match *given {
            Type::INT8 => Ok(Self::Int(i64::from_sql(given, raw)?)),
            Type::INT4 => Ok(Self::Int(i32::from_sql(given, raw)?.into())),
            Type::INT2 => Ok(Self::Int(i16::from_sql(given, raw)?.into())),
            Type::BOOL => Ok(Self::Int(bool::from_sql(given, raw)?.into())),
            Type::TEXT | Type::VARCHAR => Ok(Self::Text(String::from_sql(given, raw)?)),
            Type::UUID => Ok(Self::Id(Uuid::from_sql(given, raw)?)),
            Type::BYTEA => Ok(Self::Blob(Vec::from_sql(given, raw)?)),
            _ => Err(
                format!("a column is {given}; select bigint, text, uuid or bytea (cast it)").into(),
            ),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
