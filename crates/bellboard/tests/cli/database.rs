//! A PostgreSQL database of a test's own, on the server that `cargo xtask test` starts.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

/// Dropped with the test that made it.
pub struct Database {
    server: Config,
    name: String,
}

impl Database {
    /// A fresh one; none when PostgreSQL was left out on purpose.
    pub fn make() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        if std::env::var("BELLBOARD_TEST_ENGINES").as_deref() == Ok("sqlite") {
            eprintln!("skipped: BELLBOARD_TEST_ENGINES leaves PostgreSQL out");
            return None;
        }
        let url = std::env::var("BELLBOARD_TEST_POSTGRES").expect(
            "BELLBOARD_TEST_POSTGRES names no server: run `cargo xtask test`, which starts one, \
             or set BELLBOARD_TEST_ENGINES=sqlite to leave PostgreSQL out",
        );
        let server: Config = url
            .parse()
            .expect("BELLBOARD_TEST_POSTGRES is a PostgreSQL address");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bellboard_cli_{}_{count}", std::process::id());
        let database = Self { server, name };
        database.tell(&format!("create database {}", database.name));
        Some(database)
    }

    /// Its address, for `--database`.
    pub fn url(&self) -> String {
        let url = std::env::var("BELLBOARD_TEST_POSTGRES").unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// The processes that PostgreSQL keeps for hubs, those of a dead hub among them until they have noticed.
    pub fn sessions(&self) -> Vec<String> {
        let statement = format!(
            "select pid from pg_stat_activity where datname = '{}'",
            self.name
        );
        let rows = self.tell(&statement);
        rows.iter()
            .filter_map(|row| match row {
                SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
                _ => None,
            })
            .collect()
    }

    fn tell(&self, statement: &str) -> Vec<SimpleQueryMessage> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (client, connection) = self.server.connect(NoTls).await.unwrap();
            tokio::select! {
                told = client.simple_query(statement) => told.unwrap(),
                ended = connection => panic!("{ended:?}"),
            }
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.tell(&format!(
            "drop database if exists {} with (force)",
            self.name
        ));
    }
}
