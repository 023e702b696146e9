//! One fault type for both engines, so that no caller has to know which of them answered.
//!
//! The texts are for operators and logs. They may name a table or a constraint, never a value of a row.

use std::error::Error as _;
use std::io;

use deadpool_postgres::PoolError;
use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

/// What can go wrong below the verbs. None of these is a domain answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbFault {
    /// The database cannot be reached or is too busy; trying again later may help (HTTP 503).
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The disk of the database is full; nothing was changed (HTTP 507).
    #[error("the disk of the database is full; free some space, no restart is needed")]
    Full,
    /// A unique index refused the row. SQLite names the columns ("runs.id"), PostgreSQL the index.
    #[error("a row with the same unique key exists: {0}")]
    Unique(String),
    /// Two transactions got in each other's way and this one was undone; it may be repeated at once.
    #[error("the change collided with another one and was undone")]
    Conflict,
    /// The database was written by a newer Bellboard than this one.
    #[error(
        "the database has schema {found}, this Bellboard knows schemas up to {known}: \
         start the newer version again, or restore a backup from before the upgrade"
    )]
    SchemaNewer {
        /// The version that the database has.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Everything else: a mistake in a statement, a broken file, a refused password.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for DbFault {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Other(format!("SQLite: {error}"));
        };
        let words = message.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::ConstraintViolation if is_unique(failure.extended_code) => {
                let key = words
                    .split_once("failed: ")
                    .map_or(words.as_str(), |(_, key)| key);
                Self::Unique(key.to_owned())
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                Self::Unavailable(format!("another process holds the SQLite file ({words})"))
            }
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied => Self::Unavailable(format!(
                "the SQLite file cannot be read or written ({words})"
            )),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Other(format!(
                "the SQLite file is damaged or is no database ({words}): restore a backup"
            )),
            _ => Self::Other(format!("SQLite: {words}")),
        }
    }
}

fn is_unique(extended_code: i32) -> bool {
    use rusqlite::ffi;
    matches!(
        extended_code,
        ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID
    )
}

impl From<tokio_postgres::Error> for DbFault {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            return without_answer(&error);
        };
        let words = format!("{} ({})", answer.message(), answer.code().code());
        match answer.code() {
            &SqlState::UNIQUE_VIOLATION => {
                Self::Unique(answer.constraint().unwrap_or("unnamed").to_owned())
            }
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Conflict
            }
            &SqlState::DISK_FULL => Self::Full,
            // A failover turns the server into a standby, and a standby refuses to write.
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unavailable(words),
            // 08 connection, 53 resources, 57 operator intervention and the statement time-out, 58 the server's system.
            code if ["08", "53", "57", "58"]
                .iter()
                .any(|class| code.code().starts_with(class)) =>
            {
                Self::Unavailable(words)
            }
            _ => Self::Other(format!("PostgreSQL: {words}")),
        }
    }
}

/// PostgreSQL did not answer with an error of its own: either nobody is there, or the driver refused a value.
fn without_answer(error: &tokio_postgres::Error) -> DbFault {
    let cause = error.source().map(ToString::to_string);
    let words = cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
    let lost = error.is_closed()
        || error
            .source()
            .is_some_and(|source| source.downcast_ref::<io::Error>().is_some())
        || words.starts_with("error connecting")
        || words.starts_with("timeout");
    if lost {
        DbFault::Unavailable(format!("PostgreSQL: {words}"))
    } else {
        DbFault::Other(format!("PostgreSQL: {words}"))
    }
}

impl From<PoolError> for DbFault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) => {
                Self::Unavailable("no PostgreSQL connection became free in time".to_owned())
            }
            PoolError::Closed => closing(),
            other => Self::Other(format!("PostgreSQL pool: {other}")),
        }
    }
}

/// The answer to whoever comes after [`super::Db::close`].
pub(super) fn closing() -> DbFault {
    DbFault::Unavailable("the hub is shutting down".to_owned())
}
