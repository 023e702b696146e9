//! One SQLite connection: how it is opened, and how a statement runs on it.
//!
//! Everything here blocks, so a session lives on a thread of its own (`writer.rs`, `reader.rs`).

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement, params_from_iter};

use super::{DbFault, Row, Value};

/// How long SQLite waits for another process, such as a backup, before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection; the hub has fewer texts than this.
const STATEMENT_CACHE: usize = 256;

/// A connection with its converted texts.
pub(super) struct Session {
    connection: Connection,
    /// What is known of each literal, by the literal's place in the program.
    texts: HashMap<(usize, usize), Text>,
    /// Why SQLite undid the whole running transaction by itself, as it may on a full disk.
    undone: Option<DbFault>,
}

/// A literal in SQLite's wording, and the names of the columns that it answered with.
struct Text {
    wording: String,
    columns: Arc<[String]>,
}

impl Session {
    /// Opens the file for the writer thread and makes it when it is missing.
    pub(super) fn open_writer(path: &Path) -> Result<Self, DbFault> {
        let session = Self::open(path, OpenFlags::SQLITE_OPEN_CREATE)?;
        let journal: String =
            session
                .connection
                .query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
        if journal != "wal" {
            return Err(DbFault::Other(format!(
                "SQLite cannot keep a write-ahead log in {}: use a folder on a local disk",
                path.display()
            )));
        }
        // A write is acknowledged after its fsync, hence `full`.
        session.connection.execute_batch(
            "pragma synchronous = full;
             pragma foreign_keys = on;
             pragma cache_size = -8192;
             pragma journal_size_limit = 67108864;",
        )?;
        Ok(session)
    }

    /// Opens the file for a reader thread, which cannot change it.
    pub(super) fn open_reader(path: &Path) -> Result<Self, DbFault> {
        let session = Self::open(path, OpenFlags::empty())?;
        session
            .connection
            .execute_batch("pragma cache_size = -4096; pragma query_only = on;")?;
        Ok(session)
    }

    /// Opens the file for the thread that carries the write-ahead log over into it.
    pub(super) fn open_checkpointer(path: &Path) -> Result<Self, DbFault> {
        let session = Self::open(path, OpenFlags::empty())?;
        session
            .connection
            .execute_batch("pragma synchronous = full; pragma cache_size = -256;")?;
        Ok(session)
    }

    /// After every commit `look` is told how many pages the write-ahead log has; when it says so, the log is carried over
    /// into the file before the commit is answered. Nothing else does that in this session any more.
    pub(super) fn after_commit(
        &mut self,
        mut look: impl FnMut(i32) -> bool + Send + 'static,
    ) -> Result<(), DbFault> {
        let hook = move |log: &mut Wal, pages: i32| {
            if look(pages) {
                let _another_does_it_now = log.checkpoint();
            }
            Ok(())
        };
        Ok(self.connection.wal_hook(Some(hook))?)
    }

    /// Tells nobody of commits any more; whatever was to be told is dropped.
    pub(super) fn forget_commits(&mut self) -> Result<(), DbFault> {
        let nothing: Option<fn(&mut Wal, i32) -> rusqlite::Result<()>> = None;
        Ok(self.connection.wal_hook(nothing)?)
    }

    /// Carries the write-ahead log over into the file, as far as nobody reads what was there before and without holding
    /// anybody up; whether nothing of it is left, or another connection does it now.
    pub(super) fn checkpoint(&self) -> Result<bool, DbFault> {
        let mode = CheckpointMode::PASSIVE;
        match self.connection.wal_checkpoint_v2(None::<&str>, mode) {
            Ok((log, carried)) => Ok(carried >= log),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    fn open(path: &Path, extra: OpenFlags) -> Result<Self, DbFault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| {
            DbFault::Unavailable(format!("{} cannot be opened: {error}", path.display()))
        })?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        // One plan per text, whatever is bound to it. Without this SQLite plans a statement anew whenever a value that a
        // partial index or a `like` might depend on is bound, which cost more than running it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(Self {
            connection,
            texts: HashMap::new(),
            undone: None,
        })
    }

    pub(super) fn all(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Vec<Row>, DbFault> {
        self.with_statement(sql, |statement, columns| {
            if columns.len() != statement.column_count() {
                *columns = statement.column_names().map(str::to_owned).collect();
            }
            let mut found = statement.query(params_from_iter(parameters))?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                let values = (0..columns.len())
                    .map(|column| decode(row.get_ref(column)?, &columns[column]))
                    .collect::<Result<_, DbFault>>()?;
                rows.push(Row::new(columns.clone(), values));
            }
            Ok(rows)
        })
    }

    pub(super) fn execute(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<u64, DbFault> {
        self.with_statement(sql, |statement, _| {
            let changed = statement.execute(params_from_iter(parameters))?;
            Ok(u64::try_from(changed).unwrap_or(u64::MAX))
        })
    }

    /// Several statements without parameters.
    pub(super) fn batch(&mut self, text: &str) -> Result<(), DbFault> {
        Ok(self.connection.execute_batch(text)?)
    }

    /// A word to the transaction itself: begin, savepoint, commit and so on.
    pub(super) fn control(&mut self, text: &'static str) -> Result<(), DbFault> {
        self.connection.prepare_cached(text)?.execute([])?;
        Ok(())
    }

    /// Begins to write; a transaction that could not even be undone is given another try at that.
    pub(super) fn begin(&mut self) -> Result<(), DbFault> {
        if self.in_transaction() {
            self.control("rollback")?;
        }
        self.control("begin immediate")
    }

    /// Commits, or says why nothing was committed.
    pub(super) fn commit(&mut self) -> Result<(), DbFault> {
        self.fail_if_undone()?;
        let committed = self.control("commit");
        if committed.is_err() && self.in_transaction() {
            let _tried_again_at_begin = self.control("rollback");
        }
        committed
    }

    pub(super) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Without this check, the rest of a closure would be committed statement by statement after SQLite gave up its transaction.
    fn fail_if_undone(&mut self) -> Result<(), DbFault> {
        if self.in_transaction() {
            self.undone = None;
            return Ok(());
        }
        let words = "the transaction was undone before its end";
        Err(self
            .undone
            .clone()
            .unwrap_or_else(|| DbFault::Unavailable(words.to_owned())))
    }

    fn with_statement<T>(
        &mut self,
        sql: &'static str,
        run: impl FnOnce(&mut Statement<'_>, &mut Arc<[String]>) -> Result<T, DbFault>,
    ) -> Result<T, DbFault> {
        self.fail_if_undone()?;
        let place = (sql.as_ptr().addr(), sql.len());
        let text = self.texts.entry(place).or_insert_with(|| Text {
            wording: number_parameters(sql),
            columns: Arc::default(),
        });
        let outcome = match self.connection.prepare_cached(&text.wording) {
            Ok(mut statement) => run(&mut statement, &mut text.columns),
            Err(error) => Err(error.into()),
        };
        if let (Err(fault), false) = (&outcome, self.in_transaction()) {
            self.undone = Some(fault.clone());
        }
        outcome
    }
}

/// Turns `$1` into `?1`: SQLite would number `$` names by first appearance instead of by their digits.
fn number_parameters(sql: &str) -> String {
    let mut in_quotes = false;
    sql.chars()
        .map(|character| {
            in_quotes ^= character == '\'';
            if character == '$' && !in_quotes {
                '?'
            } else {
                character
            }
        })
        .collect()
}

/// Takes the lock file beside the database, so that two hubs never serve one file. The system frees it when the process ends.
pub(super) fn lock(path: &Path) -> Result<File, DbFault> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = File::create(Path::new(&name)).map_err(|error| {
        DbFault::Unavailable(format!(
            "{} cannot be made: {error}",
            Path::new(&name).display()
        ))
    })?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(DbFault::Unavailable(format!(
            "another Bellboard is using this folder ({}): stop it, or choose another folder",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(DbFault::Unavailable(format!(
            "{} cannot be locked: {error}",
            Path::new(&name).display()
        ))),
    }
}

fn decode(value: ValueRef<'_>, column: &str) -> Result<Value, DbFault> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(DbFault::Other(format!(
                "column {column} holds text that is not UTF-8"
            ))),
        },
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
        ValueRef::Real(_) => Err(DbFault::Other(format!(
            "column {column} is a fraction; select whole numbers (cast it to bigint)"
        ))),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
            Value::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::number_parameters;

    #[test]
    fn numbers_keep_their_meaning_and_quoted_text_is_left_alone() {
        assert_eq!(
            number_parameters("select '$1', $2, $1, '''$3' from t where a = $2"),
            "select '$1', ?2, ?1, '''$3' from t where a = ?2"
        );
    }
}
