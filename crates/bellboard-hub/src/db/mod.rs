//! The database: one SQL text, two engines, and nobody above this folder who has to care.
//!
//! The raw connections are private to this folder. The rest of the hub sees [`Db::write`] and [`Db::read`], which hand a [`Sql`] to a
//! closure, and every statement goes through it. SQLite (bundled, WAL, `synchronous=full`) has one writer thread with group commit,
//! one beside it that carries its log over into the file, and a few reader threads; PostgreSQL has a pool. An `Ok` of `write` means: committed, and flushed to disk.
//!
//! Statements use PostgreSQL's numbered parameters (`$1`), times are `bigint` microseconds, truth values 0 or 1, ids `uuid`, JSON text.

mod checkpoint;
mod fault;
pub(crate) mod feed;
mod hints;
pub(crate) mod many;
mod migrate;
mod postgres;
mod postgres_value;
pub(crate) mod reach;
mod reader;
mod row;
mod sql;
mod sqlite;
mod url;
mod value;
mod writer;
pub(crate) mod zones;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

pub use fault::DbFault;
pub use migrate::{MIGRATIONS, Migration};
pub use row::Row;
pub use sql::Sql;
pub use url::DatabaseUrl;
pub use value::Value;

/// How many callers may wait for the writer, and for the readers.
const QUEUE_LIMIT: usize = 1024;

/// How long a caller waits for a place in a full queue before it is told to come back later.
const QUEUE_PATIENCE: Duration = Duration::from_secs(5);

/// Which database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The bundled SQLite.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// SQLite: refuse a file that another Bellboard already serves.
    pub exclusive: bool,
    /// SQLite: reader threads.
    pub readers: usize,
    /// PostgreSQL: connections at most, besides the one for hints.
    pub connections: usize,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            exclusive: false,
            readers: 4,
            connections: 16,
        }
    }
}

/// The work of one transaction, boxed so that the drivers need not be generic over it.
type Work<T, E> = Box<dyn for<'t> FnOnce(&'t mut Sql<'_>) -> BoxFuture<'t, Result<T, E>> + Send>;

/// An open database. Clones share it; the last one closes it.
#[derive(Clone)]
pub struct Db {
    open: Arc<Open>,
}

struct Open {
    driver: Driver,
    changes: Arc<watch::Sender<u64>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

enum Driver {
    Sqlite {
        writer: writer::Writer,
        readers: reader::Readers,
    },
    Postgres {
        pool: postgres::Postgres,
        hints: hints::Hints,
    },
}

impl Db {
    /// Opens the database; it must be reachable. The schema is left as it is until [`Db::migrate`].
    pub async fn open(url: &DatabaseUrl, options: &DbOptions) -> Result<Self, DbFault> {
        let changes = Arc::new(watch::Sender::new(0));
        let (driver, threads) = match url {
            DatabaseUrl::Sqlite(path) => {
                let lock = options.exclusive.then(|| sqlite::lock(path)).transpose()?;
                let mut session = sqlite::Session::open_writer(path)?;
                let checkpoints = checkpoint::start(path, &mut session, &checkpoint::LENGTHS)?;
                let (readers, mut threads) = reader::Readers::start(path, options.readers.max(1))?;
                let (writer, thread) =
                    writer::Writer::start(session, checkpoints, lock, changes.clone())?;
                threads.push(thread);
                (Driver::Sqlite { writer, readers }, threads)
            }
            DatabaseUrl::Postgres(config) => {
                let pool = postgres::Postgres::open(config, options.connections.max(1)).await?;
                let hints = hints::Hints::start(postgres::session_config(config), changes.clone());
                (Driver::Postgres { pool, hints }, Vec::new())
            }
        };
        Ok(Self {
            open: Arc::new(Open {
                driver,
                changes,
                threads: Mutex::new(threads),
            }),
        })
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.open.driver {
            Driver::Sqlite { .. } => Engine::Sqlite,
            Driver::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Runs `work` in one transaction. `Ok` comes after the commit is on disk; `Err` of the work, a panic in it, or a caller that
    /// leaves before it began, changes nothing. The work must wait for nothing but its own statements, because on SQLite it holds up
    /// every other writer.
    ///
    /// Written `db.write(move |sql| Box::pin(async move { ... })).await`.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Sql<'_>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbFault> + Send + 'static,
    {
        match &self.open.driver {
            Driver::Sqlite { writer, .. } => writer.write(Box::new(work)).await,
            Driver::Postgres { pool, hints } => {
                let outcome = pool.transaction("begin", Box::new(work)).await;
                if outcome.is_ok() {
                    self.open.changes.send_modify(|count| *count += 1);
                    hints.send();
                }
                outcome
            }
        }
    }

    /// Runs `work`, which only reads. On SQLite all its statements see one picture; on PostgreSQL each sees what was committed when it
    /// began, which saves two round trips: use [`Db::read_consistent`] where several statements must agree.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Sql<'_>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbFault> + Send + 'static,
    {
        match &self.open.driver {
            Driver::Sqlite { readers, .. } => readers.read(Box::new(work)).await,
            Driver::Postgres { pool, .. } => pool.read(Box::new(work)).await,
        }
    }

    /// Runs `work` on one unchanging picture of the database.
    pub async fn read_consistent<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Sql<'_>) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbFault> + Send + 'static,
    {
        match &self.open.driver {
            Driver::Sqlite { readers, .. } => readers.read(Box::new(work)).await,
            Driver::Postgres { pool, .. } => {
                pool.transaction(
                    "begin isolation level repeatable read read only",
                    Box::new(work),
                )
                .await
            }
        }
    }

    /// Brings the schema up to date. Safe to call from several replicas at once; refuses a database of a newer version.
    pub async fn migrate(&self) -> Result<(), DbFault> {
        self.migrate_with(MIGRATIONS).await
    }

    /// [`Db::migrate`] with another list than the program's own, for tests of upgrades.
    pub async fn migrate_with(&self, known: &'static [Migration]) -> Result<(), DbFault> {
        migrate::run(self, known).await
    }

    /// The number of the newest migration that the database has; 0 for an empty one.
    pub async fn schema_version(&self) -> Result<i64, DbFault> {
        migrate::version(self).await
    }

    /// A count that grows after every commit, of this process at once and of other replicas soon after. A hint, not a truth: whoever
    /// is woken reads the tables again.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.open.changes.subscribe()
    }

    /// Finishes what is queued, then closes every connection. Later calls are answered with [`DbFault::Unavailable`].
    pub async fn close(&self) {
        match &self.open.driver {
            Driver::Sqlite { writer, readers } => {
                // The writer leaves last: its closing connection folds the WAL into the file.
                readers.stop().await;
                writer.stop().await;
            }
            Driver::Postgres { pool, hints } => {
                hints.stop();
                pool.close();
            }
        }
        let threads = self
            .open
            .threads
            .lock()
            .map_or_else(|_| Vec::new(), |mut threads| std::mem::take(&mut *threads));
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _panicked_already_reported = thread.join();
            }
        });
        let _stopped = joined.await;
    }
}
