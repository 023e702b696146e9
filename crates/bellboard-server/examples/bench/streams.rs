//! S6: what thousands of idle event streams hold in memory, and what one hint a second to all of them costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellboard_hub::token;
use serde_json::json;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Settings;
use crate::client::Client;
use crate::figure::{Report, count, float, now, time};
use crate::fill::{Reader, engagement, fill, told};
use crate::folder::Folder;
use crate::server::{Server, open};

/// Clients that connect at the same moment; more would only fill the listener's queue.
const CONNECTING: usize = 64;

pub async fn measure(settings: &Settings, folder: &Folder, report: &mut Report) -> Result<()> {
    let (sizes, seconds) = if settings.is_quick() {
        ([50, 200, 500], 5)
    } else {
        ([100, 1_000, 10_000], 20)
    };
    for (words, all_differ) in [("one credential", false), ("a credential each", true)] {
        let name = format!("streams{}", u8::from(all_differ));
        let url = folder.sqlite(&name);
        let reader = fill(&url, 1_000).await?.of_ten;
        let tokens = if all_differ {
            tokens(&url, &reader, sizes[2]).await?
        } else {
            vec![reader.token.clone()]
        };
        let mut line = report.line(format_args!("S6 streams, {words}"));
        let mut last = (0.0, 0.0);
        for clients in sizes {
            let measured = one_size(&url, &reader, &tokens, clients, seconds).await?;
            line.tell(format_args!(
                "{}: {:.1} KiB each, {:.1} % of a core, {} of {} hints came, the last after {}",
                count(clients as u64),
                measured.kib_each,
                measured.core_percent,
                measured.came,
                measured.sent,
                time(measured.slowest)
            ));
            last = (measured.kib_each, measured.core_percent);
        }
        line.at_most("memory each", last.0, 24.0, " KiB");
        line.at_most("one core", last.1, 25.0, " %");
        line.end();
        folder.forget_sqlite(&name);
    }
    Ok(())
}

/// Tokens of one person, made many at a time so that they share commits.
async fn tokens(url: &str, reader: &Reader, number: usize) -> Result<Vec<String>> {
    let hub = open(url).await?;
    let mut tokens = Vec::new();
    let mut tasks = JoinSet::new();
    for _ in 0..number {
        if tasks.len() >= CONNECTING {
            tokens.extend(tasks.join_next().await.transpose()?.transpose()?);
        }
        let (hub, person) = (hub.clone(), reader.person);
        tasks.spawn(async move {
            token::create_founder_token(&hub, person, "stream")
                .await
                .map_err(told)
        });
    }
    while let Some(token) = tasks.join_next().await {
        tokens.push(token??);
    }
    hub.db().close().await;
    Ok(tokens)
}

struct Measured {
    kib_each: f64,
    core_percent: f64,
    came: u64,
    sent: u64,
    slowest: Duration,
}

async fn one_size(
    url: &str,
    reader: &Reader,
    tokens: &[String],
    clients: usize,
    seconds: u32,
) -> Result<Measured> {
    let server = Server::start(url).await?;
    let mut sender = Client::connect(server.port, &reader.token).await?;
    let path = format!("/engagements/{}/runs", engagement(0));
    let body = json!({ "type": "baseline.capture", "status": "running", "identity_mode": "nonce" });
    sender.post(&path, &body).await?.json()?;
    let idle = server.usage()?;

    let came = Arc::new(AtomicU64::new(0));
    let mut streams = connect_all(&server, tokens, clients, &came).await?;
    // The first look of every stream is over, and what was freed is given back, before memory is read.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let held = server.usage()?;

    came.store(0, Ordering::SeqCst);
    let begun = now();
    let before = server.usage()?;
    let mut slowest = Duration::ZERO;
    let mut peak = held.resident_bytes;
    for second in 1..=seconds {
        let sent = now();
        sender.post(&path, &body).await?.json()?;
        let wanted = u64::from(second) * clients as u64;
        while came.load(Ordering::SeqCst) < wanted && sent.elapsed() < Duration::from_millis(950) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        slowest = slowest.max(sent.elapsed());
        tokio::time::sleep_until((begun + Duration::from_secs(u64::from(second))).into()).await;
        peak = peak.max(server.usage()?.resident_bytes);
    }
    let core = server.usage()?.core.saturating_sub(before.core);
    let elapsed = begun.elapsed();
    streams.abort_all();
    while streams.join_next().await.is_some() {}
    server.stop().await?;
    let bytes = float(peak.saturating_sub(idle.resident_bytes));
    Ok(Measured {
        kib_each: bytes / 1024.0 / float(clients as u64),
        core_percent: 100.0 * core.as_secs_f64() / elapsed.as_secs_f64(),
        came: came.load(Ordering::SeqCst),
        sent: u64::from(seconds) * clients as u64,
        slowest,
    })
}

/// Opens the streams and counts every hint that comes on any of them.
async fn connect_all(
    server: &Server,
    tokens: &[String],
    clients: usize,
    came: &Arc<AtomicU64>,
) -> Result<JoinSet<()>> {
    let mut connecting = JoinSet::new();
    let mut streams = JoinSet::new();
    let mut tokens = tokens.iter().cycle();
    for _ in 0..clients {
        if connecting.len() >= CONNECTING {
            listen(&mut streams, connecting.join_next().await, came)?;
        }
        let (port, token) = (server.port, tokens.next().context("no token")?.clone());
        connecting
            .spawn(async move { Client::connect(port, &token).await?.stream("/events").await });
    }
    while let Some(opened) = connecting.join_next().await {
        listen(&mut streams, Some(opened), came)?;
    }
    ensure!(streams.len() == clients, "some streams were not opened");
    Ok(streams)
}

type Opened = Option<Result<Result<BufReader<TcpStream>>, tokio::task::JoinError>>;

fn listen(streams: &mut JoinSet<()>, opened: Opened, came: &Arc<AtomicU64>) -> Result<()> {
    let mut stream = opened.context("no task")???;
    let came = Arc::clone(came);
    streams.spawn(async move {
        // A hint is one short write of the server; two that come together are counted by their event lines.
        let mut bytes = [0; 1024];
        while let Ok(length @ 1..) = stream.read(&mut bytes).await {
            let hints = bytes[..length]
                .windows(b"event: run.started".len())
                .filter(|words| words == b"event: run.started")
                .count();
            came.fetch_add(hints as u64, Ordering::SeqCst);
        }
    });
    Ok(())
}
