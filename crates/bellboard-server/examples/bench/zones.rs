//! S1 and S2: what a page of home costs as history grows and as engagements become many.
//!
//! The hubs of all three sizes run at once and are asked in turns, so that whatever else this machine does falls on all
//! of them alike.

use std::time::Duration;

use anyhow::{Context, Result};
use bellboard_core::id::PersonId;
use bellboard_core::time::Timestamp;
use bellboard_hub::db::{Db, DbOptions};
use serde_json::Value;
use uuid::Uuid;

use crate::client::Client;
use crate::figure::{Report, Samples, count, now, ratio, remark, time};
use crate::fill::{Filled, Reader, fill};
use crate::folder::Folder;
use crate::server::Server;
use crate::store::{self, Naive};
use crate::{Settings, fill};

/// What a page holds.
const ON_PAGE: usize = 50;
/// The page that is far from the first.
const FAR: usize = 20;
/// How often each hub is asked for each page in one turn, by each client.
const ASKED: usize = 10;
/// Turns; with two clients this makes 1,000 samples of each page.
const TURNS: usize = 50;
/// A naive text that took this long is not measured again.
const LONG: Duration = Duration::from_secs(1);

const ZONES: [Zone; 3] = [
    Zone {
        name: "active",
        naive: Naive::Active,
        at: "started_at",
        id: "item_id",
    },
    Zone {
        name: "needs_you",
        naive: Naive::NeedsYou,
        at: "created_at",
        id: "item_id",
    },
    Zone {
        name: "recent",
        naive: Naive::Recent,
        at: "completed_at",
        id: "artifact_id",
    },
];

/// A zone, and how its items name their place.
struct Zone {
    name: &'static str,
    naive: Naive,
    at: &'static str,
    id: &'static str,
}

/// A filled hub of one size, its server, and the clients that ask it.
struct Board {
    runs: u64,
    url: String,
    filled: Filled,
    server: Server,
}

/// One address that is asked for, and what that took.
struct Question {
    path: String,
    samples: Samples,
}

/// A page of a zone.
struct ZonePage {
    question: Question,
    /// The place after which it begins.
    after: (Timestamp, Uuid),
    number: usize,
}

pub async fn measure(settings: &Settings, folder: &Folder, report: &mut Report) -> Result<()> {
    let sizes = if settings.is_quick() {
        [10_000, 30_000, 100_000]
    } else {
        [10_000, 1_000_000, 10_000_000]
    };
    let mut boards = Vec::new();
    for runs in sizes {
        boards.push(board(folder.sqlite(&format!("runs{runs}")), runs).await?);
    }
    one_engine("sqlite", settings, boards, report).await?;
    for runs in sizes {
        folder.forget_sqlite(&format!("runs{runs}"));
    }
    let Some(base) = &settings.postgres else {
        remark("PostgreSQL: left out, BELLBOARD_TEST_POSTGRES names no server");
        return Ok(());
    };
    let mut boards = Vec::new();
    for runs in sizes {
        let name = format!("bellboard_bench_{runs}");
        boards.push(board(postgres_database(base, &name).await?, runs).await?);
    }
    one_engine("postgres", settings, boards, report).await?;
    for runs in sizes {
        drop_postgres_database(base, &format!("bellboard_bench_{runs}")).await?;
    }
    Ok(())
}

async fn board(url: String, runs: u64) -> Result<Board> {
    let begun = now();
    let filled = fill(&url, runs).await?;
    remark(format_args!(
        "{} runs made in {}",
        count(runs),
        time(begun.elapsed())
    ));
    let server = Server::start(&url).await?;
    Ok(Board {
        runs,
        url,
        filled,
        server,
    })
}

pub async fn postgres_database(base: &str, name: &str) -> Result<String> {
    let db = Db::open(&base.parse()?, &DbOptions::default()).await?;
    let made = name.to_owned();
    db.read(move |sql| Box::pin(async move { store::create_database(sql, &made).await }))
        .await?;
    db.close().await;
    let (server, _) = base
        .rsplit_once('/')
        .context("no database in the address")?;
    Ok(format!("{server}/{name}"))
}

pub async fn drop_postgres_database(base: &str, name: &str) -> Result<()> {
    let db = Db::open(&base.parse()?, &DbOptions::default()).await?;
    let gone = name.to_owned();
    db.read(move |sql| Box::pin(async move { store::drop_database(sql, &gone).await }))
        .await?;
    db.close().await;
    Ok(())
}

async fn one_engine(
    engine: &str,
    settings: &Settings,
    boards: Vec<Board>,
    report: &mut Report,
) -> Result<()> {
    if settings.wants("S1") {
        for zone in &ZONES {
            history(engine, zone, &boards, report).await?;
        }
    }
    if settings.wants("S2") {
        many_engagements(engine, &boards, report).await?;
    }
    for board in boards {
        board.server.stop().await?;
    }
    Ok(())
}

/// S1: the first and a far page of one zone at all sizes.
async fn history(engine: &str, zone: &Zone, boards: &[Board], report: &mut Report) -> Result<()> {
    let mut near = Vec::new();
    let mut far = Vec::new();
    for board in boards {
        near.push(page(board, &board.filled.of_ten, zone, 1).await?);
        far.push(page(board, &board.filled.of_ten, zone, FAR).await?);
    }
    for turn in 0..=TURNS {
        for (board, page) in boards
            .iter()
            .zip(near.iter_mut())
            .chain(boards.iter().zip(far.iter_mut()))
        {
            let samples = ask(board, &board.filled.of_ten, &page.question.path).await?;
            // The first turn warms caches and connections.
            if turn > 0 {
                page.question.samples.append(samples);
            }
        }
    }
    for (words, pages) in [("first page", &near), ("20th page", &far)] {
        let mut line = report.line(format_args!("S1 {engine} {} {words}", zone.name));
        let mut naive = Duration::ZERO;
        for (board, page) in boards.iter().zip(pages) {
            naive = naive_time(board, zone, page).await?;
            let samples = &page.question.samples;
            line.tell(format_args!(
                "{} runs: p50 {} p99 {}, naive {}{}",
                count(board.runs),
                time(samples.p50()),
                time(samples.p99()),
                time(naive),
                if words == "20th page" && page.number < FAR {
                    format!(" (page {}, the last)", page.number)
                } else {
                    String::new()
                }
            ));
        }
        let (smallest, largest) = (
            &pages[0].question.samples,
            &pages[pages.len() - 1].question.samples,
        );
        line.at_least(
            "faster than naive",
            ratio(naive, largest.p50()),
            100.0,
            " x",
        );
        line.at_most("p99 grows", ratio(largest.p99(), smallest.p99()), 1.5, " x");
        line.end();
    }
    Ok(())
}

/// S2: the first page of every zone for a member of a thousand engagements, beside the read of one run.
async fn many_engagements(engine: &str, boards: &[Board], report: &mut Report) -> Result<()> {
    let mut by_key = Vec::new();
    let mut pages = Vec::new();
    for board in boards {
        by_key.push((run_paths(board).await?, Samples::default()));
        let mut zones = Vec::new();
        for zone in &ZONES {
            zones.push(page(board, &board.filled.of_all, zone, 1).await?);
        }
        pages.push(zones);
    }
    for turn in 0..=TURNS {
        for (at, board) in boards.iter().enumerate() {
            let reader = &board.filled.of_all;
            let (paths, samples) = &mut by_key[at];
            let more = ask(board, reader, &paths[turn % paths.len()]).await?;
            samples.append(more);
            for page in &mut pages[at] {
                let more = ask(board, reader, &page.question.path).await?;
                if turn > 0 {
                    page.question.samples.append(more);
                }
            }
        }
    }
    for (place, zone) in ZONES.iter().enumerate() {
        let mut line = report.line(format_args!(
            "S2 {engine} {}, {} engagements",
            zone.name,
            fill::ENGAGEMENTS
        ));
        let mut worst: f64 = 0.0;
        for (at, board) in boards.iter().enumerate() {
            let (page, key) = (&pages[at][place].question.samples, &by_key[at].1);
            line.tell(format_args!(
                "{} runs: p50 {} p99 {}, by key p99 {}",
                count(board.runs),
                time(page.p50()),
                time(page.p99()),
                time(key.p99())
            ));
            worst = worst.max(ratio(page.p99(), key.p99()));
        }
        line.at_most(
            "p99 beside a read by key, the worst size",
            worst,
            25.0,
            " x",
        );
        line.end();
    }
    Ok(())
}

/// Walks to the page of this number, or to the last there is.
async fn page(board: &Board, reader: &Reader, zone: &Zone, number: usize) -> Result<ZonePage> {
    let first = format!("/me/dashboard/{}?limit={ON_PAGE}", zone.name);
    let mut client = Client::connect(board.server.port, &reader.token).await?;
    let mut page = ZonePage {
        question: Question {
            path: first.clone(),
            samples: Samples::default(),
        },
        after: (Timestamp::from_micros(i64::MAX), Uuid::max()),
        number: 1,
    };
    while page.number < number {
        let answer = client.get(&page.question.path).await?.json()?;
        let (Some(cursor), Some(last)) = (
            answer["next_cursor"].as_str(),
            answer["items"].as_array().and_then(|items| items.last()),
        ) else {
            break;
        };
        page.after = (parsed(last, zone.at)?, parsed(last, zone.id)?);
        page.question.path = format!("{first}&cursor={cursor}");
        page.number += 1;
    }
    Ok(page)
}

fn parsed<T: std::str::FromStr>(item: &Value, field: &str) -> Result<T> {
    let text = item[field]
        .as_str()
        .with_context(|| format!("no {field}"))?;
    text.parse()
        .ok()
        .with_context(|| format!("{field} is {text}"))
}

/// The addresses of runs here and there.
async fn run_paths(board: &Board) -> Result<Vec<String>> {
    let mut client = Client::connect(board.server.port, &board.filled.of_all.token).await?;
    let answer = client.get("/me/dashboard/recent?limit=100").await?.json()?;
    let items = answer["items"].as_array().context("no items")?;
    Ok(items
        .iter()
        .filter(|item| item["artifact_kind"] == "run")
        .filter_map(|item| item["artifact_id"].as_str())
        .map(|id| format!("/runs/{id}"))
        .collect())
}

/// Two clients at once, each asking some times over one connection.
async fn ask(board: &Board, reader: &Reader, path: &str) -> Result<Samples> {
    let (one, other) = tokio::try_join!(asked(board, reader, path), asked(board, reader, path))?;
    let mut samples = one;
    samples.append(other);
    Ok(samples)
}

async fn asked(board: &Board, reader: &Reader, path: &str) -> Result<Samples> {
    let mut client = Client::connect(board.server.port, &reader.token).await?;
    client.get("/healthz").await?;
    let mut samples = Samples::default();
    for _ in 0..ASKED {
        let begun = now();
        let answer = client.get(path).await?;
        samples.add(begun.elapsed());
        anyhow::ensure!(
            answer.status == 200,
            "{path} was answered {}",
            answer.status
        );
    }
    Ok(samples)
}

/// The best of three, through the same database layer on the same data, without HTTP. Both give the same page, or one of
/// them is wrong and there is nothing to compare.
async fn naive_time(board: &Board, zone: &Zone, page: &ZonePage) -> Result<Duration> {
    let db = Db::open(&board.url.parse()?, &DbOptions::default()).await?;
    let (naive, after) = (zone.naive, page.after);
    let person: PersonId = board.filled.of_ten.person;
    let mut samples = Samples::default();
    let mut rows = Vec::new();
    for _ in 0..3 {
        let begun = now();
        rows = db
            .read_consistent(move |sql| {
                Box::pin(async move { store::naive_page(sql, naive, person, after).await })
            })
            .await?;
        samples.add(begun.elapsed());
        if samples.best() > LONG {
            break;
        }
    }
    db.close().await;
    rows.truncate(ON_PAGE);
    let shown = ids_on(board, zone, &page.question.path).await?;
    anyhow::ensure!(
        shown == rows,
        "{} and its naive text differ at {}",
        zone.name,
        count(board.runs)
    );
    Ok(samples.best())
}

async fn ids_on(board: &Board, zone: &Zone, path: &str) -> Result<Vec<Uuid>> {
    let mut client = Client::connect(board.server.port, &board.filled.of_ten.token).await?;
    let answer = client.get(path).await?.json()?;
    let items = answer["items"].as_array().context("no items")?;
    items.iter().map(|item| parsed(item, zone.id)).collect()
}
