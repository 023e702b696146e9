//! Runs one test body on both engines, each time on a fresh database.
//!
//! SQLite gets a folder of its own. PostgreSQL gets a clone of a template that is migrated once; which server, says
//! `BELLBOARD_TEST_POSTGRES` (`cargo xtask test` starts one). Without it the PostgreSQL tests fail, because a suite that silently
//! skips an engine proves nothing; `BELLBOARD_TEST_ENGINES=sqlite` leaves them out on purpose.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use bellboard_hub::db::{DatabaseUrl, Db, DbOptions, Engine, MIGRATIONS};
use futures_util::FutureExt as _;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls};

/// Makes two tests, `name::sqlite` and `name::postgres`, of each async function named. The function takes a [`Db`], a [`TestDb`], or
/// anything else that is [`FromTestDb`].
macro_rules! on_each_engine {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::support::run(bellboard_hub::db::Engine::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::support::run(bellboard_hub::db::Engine::Postgres, super::$name);
            }
        }
    )+};
}

/// What a test can ask for.
pub trait FromTestDb {
    fn from_test_db(test: &TestDb) -> Self;
}

/// A migrated database that nobody else uses, gone after the test.
#[derive(Clone)]
pub struct TestDb {
    pub db: Db,
    pub url: DatabaseUrl,
}

impl FromTestDb for Db {
    fn from_test_db(test: &TestDb) -> Self {
        test.db.clone()
    }
}

impl FromTestDb for TestDb {
    fn from_test_db(test: &TestDb) -> Self {
        test.clone()
    }
}

impl TestDb {
    /// Opens the same database a second time, as another replica would.
    pub async fn open_again(&self) -> Db {
        open(&self.url).await
    }
}

/// Runs `body` on `engine`, and cleans up whether it passes or panics.
pub fn run<T: FromTestDb, F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(T) -> F) {
    if engine == Engine::Postgres
        && std::env::var("BELLBOARD_TEST_ENGINES").as_deref() == Ok("sqlite")
    {
        eprintln!("skipped: BELLBOARD_TEST_ENGINES leaves PostgreSQL out");
        return;
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built");
    runtime.block_on(async {
        let place = Place::create(engine).await;
        let test = TestDb {
            db: open(&place.url()).await,
            url: place.url(),
        };
        test.db.migrate().await.expect("the migrations hold");
        let outcome = AssertUnwindSafe(body(T::from_test_db(&test)))
            .catch_unwind()
            .await;
        test.db.close().await;
        place.destroy().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    });
}

async fn open(url: &DatabaseUrl) -> Db {
    Db::open(url, &DbOptions::default())
        .await
        .expect("the test database opens")
}

/// Where the database of one test lives.
enum Place {
    Folder(PathBuf),
    Server { config: Box<Config>, name: String },
}

impl Place {
    async fn create(engine: Engine) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bellboard_test_{}_{count}", std::process::id());
        match engine {
            Engine::Sqlite => {
                let folder = std::env::temp_dir().join(name);
                // What a killed test left behind under a number that this process has got again.
                drop(std::fs::remove_dir_all(&folder));
                std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
                Self::Folder(folder)
            }
            Engine::Postgres => {
                let config = Box::new(server());
                let admin = Admin::connect(&config).await;
                let template = admin.template(&config).await;
                admin.run(&format!("drop database if exists {name}")).await;
                admin
                    .run(&format!("create database {name} template {template}"))
                    .await;
                Self::Server { config, name }
            }
        }
    }

    fn url(&self) -> DatabaseUrl {
        match self {
            Self::Folder(folder) => DatabaseUrl::Sqlite(folder.join("bellboard.db")),
            Self::Server { config, name } => database(config, name),
        }
    }

    async fn destroy(self) {
        match self {
            Self::Folder(folder) => remove(&folder),
            Self::Server { config, name } => {
                let drop = format!("drop database if exists {name} with (force)");
                Admin::connect(&config).await.run(&drop).await;
            }
        }
    }
}

fn remove(folder: &Path) {
    std::fs::remove_dir_all(folder).expect("the temporary folder can be removed");
}

fn server() -> Config {
    let url = std::env::var("BELLBOARD_TEST_POSTGRES").expect(
        "BELLBOARD_TEST_POSTGRES names no server: run `cargo xtask test`, which starts one, \
         or set BELLBOARD_TEST_ENGINES=sqlite to leave PostgreSQL out",
    );
    url.parse()
        .expect("BELLBOARD_TEST_POSTGRES is a PostgreSQL address")
}

fn database(server: &Config, name: &str) -> DatabaseUrl {
    let mut config = server.clone();
    config.dbname(name);
    DatabaseUrl::Postgres(Box::new(config))
}

/// A connection that makes and drops databases.
struct Admin {
    client: Client,
    _connection: JoinSet<()>,
}

impl Admin {
    async fn connect(config: &Config) -> Self {
        let (client, connection) = config
            .connect(NoTls)
            .await
            .expect("the test server answers");
        let mut tasks = JoinSet::new();
        tasks.spawn(async {
            let _closed = connection.await;
        });
        Self {
            client,
            _connection: tasks,
        }
    }

    async fn run(&self, text: &str) {
        self.client
            .batch_execute(text)
            .await
            .unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }

    /// The migrated template. It is named by its migrations, so that it outlives a test run but never a change of them; tests run in
    /// several processes, so it is made under a lock, and renamed when it is complete.
    async fn template(&self, config: &Config) -> String {
        let name = format!("bellboard_template_{}", fingerprint());
        self.run("select pg_advisory_lock(4207718)").await;
        let known = self
            .client
            .query("select 1 from pg_database where datname = $1", &[&name])
            .await;
        if known.expect("the catalogue can be read").is_empty() {
            self.run("drop database if exists bellboard_template_building with (force)")
                .await;
            self.run("create database bellboard_template_building")
                .await;
            let db = open(&database(config, "bellboard_template_building")).await;
            db.migrate().await.expect("the migrations hold");
            db.close().await;
            drop(db);
            self.run(&format!(
                "alter database bellboard_template_building rename to {name}"
            ))
            .await;
        }
        self.run("select pg_advisory_unlock(4207718)").await;
        name
    }
}

fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for migration in MIGRATIONS {
        hash.update(migration.text);
    }
    hash.finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut hex, byte| {
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
}
