//! Bells: what a snapshot costs whoever takes it while every receiver hangs, and how soon receivers that answer are told
//! while others hang.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::Settings;
use crate::client::Client;
use crate::figure::{Report, Samples, count, float, now, remark, time};
use crate::fill::{engagement, fill};
use crate::folder::Folder;
use crate::receivers::Receivers;
use crate::server::Server;
use crate::zones::{drop_postgres_database, postgres_database};

/// What a snapshot with a thousand hanging receivers may take longer than one with none.
const BUDGET_MILLIS: f64 = 150.0;
/// How soon a receiver that answers is told, counted from the beginning of the call.
const TOLD_MILLIS: f64 = 1_000.0;
/// Connections to receivers that hang, on one replica: both lanes of the loop that sends.
const OPEN_AT_MOST: f64 = 512.0;
/// Rows of a picture.
const ROWS: u64 = 50;

pub async fn measure(settings: &Settings, folder: &Folder, report: &mut Report) -> Result<()> {
    let mut engines = vec![Engine::Sqlite(folder)];
    match &settings.postgres {
        Some(base) => engines.push(Engine::Postgres(base)),
        None => remark("PostgreSQL: left out, BELLBOARD_TEST_POSTGRES names no server"),
    }
    for engine in engines {
        healthy(&engine, settings, report).await?;
        hanging(&engine, settings, report).await?;
    }
    Ok(())
}

/// Where databases are made.
enum Engine<'s> {
    Sqlite(&'s Folder),
    Postgres(&'s str),
}

/// The name of the database, which is made anew for each size: nothing waits in it that another size left.
const DATABASE: &str = "bellboard_bench_bells";

impl Engine<'_> {
    const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    async fn begin(&self) -> Result<String> {
        match self {
            Self::Sqlite(folder) => Ok(folder.sqlite(DATABASE)),
            Self::Postgres(base) => postgres_database(base, DATABASE).await,
        }
    }

    async fn end(&self) -> Result<()> {
        match self {
            Self::Sqlite(folder) => {
                folder.forget_sqlite(DATABASE);
                Ok(())
            }
            Self::Postgres(base) => drop_postgres_database(base, DATABASE).await,
        }
    }
}

/// A dashboard whose picture is another each time.
struct Board {
    id: String,
    /// How many pictures it had.
    pictures: u64,
}

impl Board {
    async fn make(client: &mut Client, title: &str) -> Result<Self> {
        let wish = json!({
            "title": title,
            "engagement": engagement(0),
            "view_spec_json": { "source": "pushed", "id_field": "id", "columns": ["id", "score"] },
        });
        let made = client.post("/dashboards", &wish).await?.json()?;
        let id = made["id"].as_str().context("no id")?.to_owned();
        let mut board = Self { id, pictures: 0 };
        // The first snapshot is what the next is compared with.
        board.change(client).await?;
        board.snapshot(client).await?;
        Ok(board)
    }

    /// A bell of its own for each address.
    async fn ring_at(&self, client: &mut Client, addresses: &[String]) -> Result<()> {
        let path = format!("/dashboard/{}/subscriptions", self.id);
        for address in addresses {
            let wish = json!({
                "subscriber_kind": "webhook", "subscriber_id": address, "threshold_json": { "set_added_min": 1 },
            });
            client.post(&path, &wish).await?.json()?;
        }
        Ok(())
    }

    /// Puts other rows in place of those before.
    async fn change(&mut self, client: &mut Client) -> Result<()> {
        self.pictures += 1;
        let rows: Vec<Value> = (0..ROWS)
            .map(|row| json!({ "id": format!("{}-{row}", self.pictures), "score": row }))
            .collect();
        let path = format!("/dashboard/{}/rows?snapshot=false", self.id);
        client.post(&path, &Value::from(rows)).await?.json()?;
        Ok(())
    }

    /// Takes a snapshot; how long the caller waited.
    async fn snapshot(&self, client: &mut Client) -> Result<Duration> {
        let path = format!("/dashboard/{}/snapshot", self.id);
        let begun = now();
        let taken = client.post(&path, &json!({})).await?;
        let took = begun.elapsed();
        ensure!(
            taken.json()?["unchanged"] == false,
            "the picture did not change"
        );
        Ok(took)
    }
}

/// The same snapshot call with nobody to tell and with receivers that all hang, in turns.
async fn hanging(engine: &Engine<'_>, settings: &Settings, report: &mut Report) -> Result<()> {
    let (sizes, rounds) = if settings.is_quick() {
        ([10, 30, 100], 10)
    } else {
        ([10, 100, 1_000], 200)
    };
    let words = format!("bells, snapshots while all hang, {}", engine.name());
    let mut line = report.line(words);
    let (mut over, mut open) = (0.0, 0);
    for receivers in sizes {
        let url = engine.begin().await?;
        let token = fill(&url, 10).await?.of_all.token;
        let receiving = Receivers::start().await?;
        let server = Server::start(&url).await?;
        let mut client = Client::connect(server.port, &token).await?;
        let mut quiet = Board::make(&mut client, "Nobody listens").await?;
        let mut loud = Board::make(&mut client, "All hang").await?;
        let addresses = receiving.that_hang(receivers);
        loud.ring_at(&mut client, &addresses).await?;
        let (mut without, mut with) = (Samples::default(), Samples::default());
        for _ in 0..rounds {
            quiet.change(&mut client).await?;
            without.add(quiet.snapshot(&mut client).await?);
            loud.change(&mut client).await?;
            with.add(loud.snapshot(&mut client).await?);
        }
        over = (with.p99().as_secs_f64() - without.p99().as_secs_f64()) * 1e3;
        open = receiving.open_at_most();
        line.tell(format_args!(
            "{}: p50 {} ({} for nobody), p99 {} ({})",
            count(receivers),
            time(with.p50()),
            time(without.p50()),
            time(with.p99()),
            time(without.p99())
        ));
        server.stop().await?;
        engine.end().await?;
    }
    line.at_most("p99 over nobody's", over, BUDGET_MILLIS, " ms");
    line.at_most("connections", float(open), OPEN_AT_MOST, "");
    line.end();
    Ok(())
}

/// How long after the beginning of a snapshot call each receiver that answers has its bell, a fifth of all hanging.
async fn healthy(engine: &Engine<'_>, settings: &Settings, report: &mut Report) -> Result<()> {
    let (sizes, rounds) = if settings.is_quick() {
        ([10, 25, 50], 5)
    } else {
        ([10, 50, 250], 20)
    };
    let words = format!("bells, told while a fifth hangs, {}", engine.name());
    let mut line = report.line(words);
    let mut p99 = 0.0;
    for receivers in sizes {
        let url = engine.begin().await?;
        let token = fill(&url, 10).await?.of_all.token;
        let receiving = Receivers::start().await?;
        let server = Server::start(&url).await?;
        let mut client = Client::connect(server.port, &token).await?;
        let mut board = Board::make(&mut client, "A fifth hangs").await?;
        let (hang, answer) = (receivers / 5, receivers - receivers / 5);
        // Those that hang are the first that are told.
        let addresses = [receiving.that_hang(hang), receiving.that_answer(answer)];
        board.ring_at(&mut client, &addresses.concat()).await?;
        let mut told = Samples::default();
        for _ in 0..rounds {
            board.change(&mut client).await?;
            let begun = now();
            board.snapshot(&mut client).await?;
            for at in receiving.answered(answer).await? {
                told.add(at.saturating_duration_since(begun));
            }
        }
        p99 = told.p99().as_secs_f64() * 1e3;
        line.tell(format_args!(
            "{hang} of {receivers}: p50 {}, p99 {}, worst {} of {}",
            time(told.p50()),
            time(told.p99()),
            time(told.worst()),
            told.len()
        ));
        server.stop().await?;
        engine.end().await?;
    }
    line.at_most("p99", p99, TOLD_MILLIS, " ms");
    line.end();
    Ok(())
}
