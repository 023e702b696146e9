//! The handle that a transaction gets: one text, bound once, on either engine.

use super::{DbFault, Engine, Row, Value, postgres, sqlite};

/// A running transaction (or, for a plain read on PostgreSQL, a connection). It lives as long as the closure it was handed to.
pub struct Sql<'c> {
    connection: Connection<'c>,
    failed: Option<DbFault>,
    statements: u32,
}

enum Connection<'c> {
    Sqlite(&'c mut sqlite::Session),
    Postgres(&'c deadpool_postgres::ClientWrapper),
}

impl<'c> Sql<'c> {
    pub(super) fn on_sqlite(session: &'c mut sqlite::Session) -> Self {
        Self {
            connection: Connection::Sqlite(session),
            failed: None,
            statements: 0,
        }
    }

    pub(super) fn on_postgres(client: &'c deadpool_postgres::ClientWrapper) -> Self {
        Self {
            connection: Connection::Postgres(client),
            failed: None,
            statements: 0,
        }
    }

    /// Which engine answers; for the few texts that must differ.
    pub fn engine(&self) -> Engine {
        match self.connection {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many statements were sent so far, for what promises to need few.
    pub fn statements(&self) -> u32 {
        self.statements
    }

    /// Every row of the answer. The text bounds how many there can be.
    pub async fn all(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Vec<Row>, DbFault> {
        self.statements += 1;
        let rows = match &mut self.connection {
            Connection::Sqlite(session) => session.all(sql, parameters),
            Connection::Postgres(client) => postgres::all(client, sql, parameters).await,
        };
        self.remember_failure(rows)
    }

    /// The row, or `None`. Two rows are a fault: the text promised at most one.
    pub async fn one(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Option<Row>, DbFault> {
        let mut rows = self.all(sql, parameters).await?;
        if rows.len() > 1 {
            return Err(DbFault::Other(format!(
                "at most one row was expected, {} came",
                rows.len()
            )));
        }
        Ok(rows.pop())
    }

    /// How many rows were changed.
    pub async fn execute(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<u64, DbFault> {
        self.statements += 1;
        let changed = match &mut self.connection {
            Connection::Sqlite(session) => session.execute(sql, parameters),
            Connection::Postgres(client) => postgres::execute(client, sql, parameters).await,
        };
        self.remember_failure(changed)
    }

    /// How many rows were changed by the same text with one set of parameters after another. PostgreSQL gets all of them
    /// before it has answered to the first.
    pub async fn execute_each(
        &mut self,
        sql: &'static str,
        sets: &[Vec<Value>],
    ) -> Result<u64, DbFault> {
        self.statements += u32::try_from(sets.len()).unwrap_or(u32::MAX);
        let changed = match &mut self.connection {
            Connection::Sqlite(session) => {
                let mut each = sets.iter().map(|set| session.execute(sql, set));
                each.try_fold(0, |sum, changed| Ok(sum + changed?))
            }
            Connection::Postgres(client) => postgres::execute_each(client, sql, sets).await,
        };
        self.remember_failure(changed)
    }

    /// Waits until no other transaction holds this number, and holds it until this one ends: for what is decided by the
    /// absence of rows that another transaction may be about to write. SQLite's one writer holds every number already.
    /// Taken before any row that others may hold, so that nobody waits in a circle.
    pub async fn hold(&mut self, number: i64) -> Result<(), DbFault> {
        if self.engine() == Engine::Postgres {
            self.execute("select pg_advisory_xact_lock($1)", &[number.into()])
                .await?;
        }
        Ok(())
    }

    /// Several statements without parameters, for migrations only.
    pub(super) async fn batch(&mut self, text: &str) -> Result<(), DbFault> {
        let done = match &mut self.connection {
            Connection::Sqlite(session) => session.batch(text),
            Connection::Postgres(client) => client.batch_execute(text).await.map_err(DbFault::from),
        };
        self.remember_failure(done)
    }

    /// The outcome of the work, unless the work ignored that a statement failed: after that PostgreSQL turns `commit` into a silent
    /// rollback, so success must not be told. SQLite is held to the same rule.
    pub(super) fn judge<T, E: From<DbFault>>(&mut self, outcome: Result<T, E>) -> Result<T, E> {
        match self.failed.take() {
            Some(fault) if outcome.is_ok() => Err(fault.into()),
            _ => outcome,
        }
    }

    fn remember_failure<T>(&mut self, result: Result<T, DbFault>) -> Result<T, DbFault> {
        result.inspect_err(|fault| self.failed = Some(fault.clone()))
    }
}
