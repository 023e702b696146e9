//! The PostgreSQL driver: a bounded pool, and transactions that never leak a half-finished connection back into it.

use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Client, ClientWrapper, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime,
};
use futures_util::FutureExt as _;
use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

use super::{DbFault, Row, Sql, Value, Work};

/// How long a connection may take to come up, or to become free.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a server that is gone without a word, such as behind a broken network, keeps callers waiting.
const SILENCE: Duration = Duration::from_secs(30);

/// The oldest server that the suite runs on, in the server's own numbering.
const OLDEST_SERVER: i32 = 150_000;

/// Given to the server with every connection: no statement and no forgotten transaction may hold locks for longer. And a
/// page out of turn costs what it costs on the disks of today: a plan that was made while a table was small is kept, and
/// must not read the whole table when it has grown.
const SESSION: &str =
    "-c statement_timeout=30s -c idle_in_transaction_session_timeout=30s -c random_page_cost=1.1";

/// The pool.
pub(super) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Makes the pool and tries one connection, so that a wrong address or an old server is told at start.
    pub(super) async fn open(config: &Config, connections: usize) -> Result<Self, DbFault> {
        let manager = Manager::from_config(
            session_config(config),
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE))
            .build()
            .map_err(|error| DbFault::Other(format!("PostgreSQL pool: {error}")))?;
        let postgres = Self { pool };
        let client = postgres.client().await?;
        let version: i32 = client
            .query_one(
                "select cast(current_setting('server_version_num') as int)",
                &[],
            )
            .await?
            .try_get(0)?;
        if version < OLDEST_SERVER {
            return Err(DbFault::Other(format!(
                "PostgreSQL {} is too old: version {} or newer is needed",
                version / 10_000,
                OLDEST_SERVER / 10_000
            )));
        }
        Ok(postgres)
    }

    /// Runs `work` between `begin` (the text that opens the transaction) and `commit`.
    pub(super) async fn transaction<T, E>(
        &self,
        begin: &'static str,
        work: Work<T, E>,
    ) -> Result<T, E>
    where
        E: From<DbFault>,
    {
        let loan = self.begin(begin).await?;
        let outcome = run(&loan, work).await;
        let end = if outcome.is_ok() {
            "commit"
        } else {
            "rollback"
        };
        let ended = loan.batch_execute(end).await.map_err(DbFault::from);
        if ended.is_ok() {
            loan.give_back();
        }
        match (outcome, ended) {
            (Ok(_), Err(fault)) => Err(fault.into()),
            (outcome, _) => outcome,
        }
    }

    /// Runs `work` without a transaction: each statement sees what was committed when it began.
    pub(super) async fn read<T, E>(&self, work: Work<T, E>) -> Result<T, E>
    where
        E: From<DbFault>,
    {
        let loan = Loan::new(self.client().await?);
        let outcome = run(&loan, work).await;
        loan.give_back();
        outcome
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    async fn client(&self) -> Result<Client, DbFault> {
        Ok(self.pool.get().await?)
    }

    /// A connection that died in the pool (the server was restarted) shows itself at `begin`, when trying another is still harmless.
    async fn begin(&self, begin: &'static str) -> Result<Loan, DbFault> {
        let mut tries = self.pool.status().max_size;
        loop {
            let loan = Loan::new(self.client().await?);
            match loan.batch_execute(begin).await.map_err(DbFault::from) {
                Ok(()) => return Ok(loan),
                Err(DbFault::Unavailable(_)) if tries > 0 => tries -= 1,
                Err(fault) => return Err(fault),
            }
        }
    }
}

/// A panic becomes a fault of this caller, as on SQLite.
async fn run<T, E>(client: &ClientWrapper, work: Work<T, E>) -> Result<T, E>
where
    E: From<DbFault>,
{
    let mut sql = Sql::on_postgres(client);
    let running = AssertUnwindSafe(async { work(&mut sql).await });
    match running.catch_unwind().await {
        Ok(outcome) => sql.judge(outcome),
        Err(_) => Err(DbFault::Other("a transaction panicked and was undone".to_owned()).into()),
    }
}

/// A client on loan. Unless it is given back, dropping the loan closes the connection, and the server undoes its transaction.
struct Loan(Option<Client>);

impl Loan {
    fn new(client: Client) -> Self {
        Self(Some(client))
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Deref for Loan {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        self.0
            .as_ref()
            .expect("a loan has its client until it is given back")
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Client::take(client));
        }
    }
}

pub(super) async fn all(
    client: &ClientWrapper,
    sql: &'static str,
    parameters: &[Value],
) -> Result<Vec<Row>, DbFault> {
    let statement = client.prepare_cached(sql).await?;
    let columns: Arc<[String]> = statement
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let rows = client.query(&statement, &by_reference(parameters)).await?;
    rows.iter()
        .map(|row| {
            let values = (0..columns.len())
                .map(|column| row.try_get(column))
                .collect::<Result<_, _>>()?;
            Ok(Row::new(columns.clone(), values))
        })
        .collect()
}

pub(super) async fn execute(
    client: &ClientWrapper,
    sql: &'static str,
    parameters: &[Value],
) -> Result<u64, DbFault> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client
        .execute(&statement, &by_reference(parameters))
        .await?)
}

pub(super) async fn execute_each(
    client: &ClientWrapper,
    sql: &'static str,
    sets: &[Vec<Value>],
) -> Result<u64, DbFault> {
    let statement = &client.prepare_cached(sql).await?;
    let sent = sets.iter().map(|parameters| async move {
        let parameters = by_reference(parameters);
        client.execute(statement, &parameters).await
    });
    Ok(try_join_all(sent).await?.into_iter().sum())
}

fn by_reference(parameters: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    parameters
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

/// The address as given, with our settings before its own.
pub(super) fn session_config(config: &Config) -> Config {
    let mut config = config.clone();
    let options = match config.get_options() {
        Some(given) => format!("{SESSION} {given}"),
        None => SESSION.to_owned(),
    };
    config
        .options(options)
        .application_name("bellboard")
        .connect_timeout(PATIENCE)
        .keepalives_idle(SILENCE)
        .tcp_user_timeout(SILENCE);
    config
}
