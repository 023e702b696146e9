//! Two hubs on one PostgreSQL: the same people, the same runs.

use tokio_postgres::{Config, NoTls};

use crate::place::{Hub, Place};

/// A database of this test's own on the server that `cargo xtask test` starts.
struct Database {
    server: Config,
    name: String,
}

impl Database {
    fn make() -> Self {
        let url = std::env::var("BELLBOARD_TEST_POSTGRES").expect(
            "BELLBOARD_TEST_POSTGRES names no server: run `cargo xtask test`, which starts one, \
             or set BELLBOARD_TEST_ENGINES=sqlite to leave PostgreSQL out",
        );
        let server: Config = url
            .parse()
            .expect("BELLBOARD_TEST_POSTGRES is a PostgreSQL address");
        let name = format!("bellboard_cli_{}", std::process::id());
        let database = Self { server, name };
        database.tell(&format!("create database {}", database.name));
        database
    }

    fn url(&self) -> String {
        let url = std::env::var("BELLBOARD_TEST_POSTGRES").unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    fn tell(&self, statement: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (client, connection) = self.server.connect(NoTls).await.unwrap();
            tokio::select! {
                told = client.batch_execute(statement) => told.unwrap(),
                ended = connection => panic!("{ended:?}"),
            }
        });
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

#[test]
fn two_hubs_on_one_postgresql_tell_the_same() {
    if std::env::var("BELLBOARD_TEST_ENGINES").as_deref() == Ok("sqlite") {
        return;
    }
    let database = Database::make();
    let url = database.url();
    let (here, there) = (Place::new(), Place::new());
    let first = Hub::start_with(&here, "0", &["--database", &url]);
    assert!(first.link.is_some());
    let second = Hub::start_with(&there, "0", &["--database", &url]);
    assert_eq!(second.link, None, "the owner was there already");
    assert_eq!(
        here.run(["run", "--quiet", "--label", "Told here", "--", "false"])
            .code,
        1
    );
    assert_eq!(there.only_run()["label"], "Told here");
    assert_eq!(there.run(["status", "--short"]).out, "1! 0▸\n");
    let id = there.only_run()["id"].as_str().unwrap().to_owned();
    assert_eq!(there.run(["runs", "done", &id]).code, 0);
    assert_eq!(here.run(["status", "--short"]).out, "0! 0▸\n");
    first.stop();
    assert_eq!(
        there
            .run([
                "run",
                "--quiet",
                "--label",
                "The other goes on",
                "--",
                "true"
            ])
            .code,
        0
    );
    second.stop();
}
