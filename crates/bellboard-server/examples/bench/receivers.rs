//! Receivers of webhooks on loopback: some answer at once and note when they were told, the others take the request and
//! never say a word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::figure::now;

/// Whoever was not told within this time never is.
const PATIENCE: Duration = Duration::from_mins(2);
/// Arrivals that wait to be looked at.
const ARRIVALS: usize = 10_000;

/// All receivers behind one listener; the path says who is meant.
pub struct Receivers {
    port: u16,
    hanging: Arc<Open>,
    arrivals: tokio::sync::Mutex<mpsc::Receiver<Instant>>,
    _listening: JoinSet<()>,
}

/// Connections that are open now, and the most there ever were.
#[derive(Debug, Default)]
struct Open {
    now: AtomicU64,
    most: AtomicU64,
}

impl Receivers {
    pub async fn start() -> Result<Self> {
        let listener = bellboard_server::listen(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let hanging = Arc::new(Open::default());
        let (told, arrivals) = mpsc::channel(ARRIVALS);
        let open = Arc::clone(&hanging);
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let mut exchanges = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                exchanges.spawn(exchange(stream, told.clone(), Arc::clone(&open)));
                while exchanges.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            port,
            hanging,
            arrivals: arrivals.into(),
            _listening: listening,
        })
    }

    /// Addresses that take a message and say nothing.
    pub fn that_hang(&self, number: u64) -> Vec<String> {
        self.addresses("hang", number)
    }

    /// Addresses that answer at once.
    pub fn that_answer(&self, number: u64) -> Vec<String> {
        self.addresses("answer", number)
    }

    fn addresses(&self, word: &str, number: u64) -> Vec<String> {
        (0..number)
            .map(|place| format!("http://127.0.0.1:{}/{word}/{place}", self.port))
            .collect()
    }

    /// When the next so many messages came that are answered.
    pub async fn answered(&self, number: u64) -> Result<Vec<Instant>> {
        let mut arrivals = self.arrivals.lock().await;
        let mut came = Vec::new();
        while (came.len() as u64) < number {
            let next = tokio::time::timeout(PATIENCE, arrivals.recv()).await;
            came.push(
                next.context("a receiver was never told")?
                    .context("no receivers")?,
            );
        }
        Ok(came)
    }

    /// The most connections that ever hung at once.
    pub fn open_at_most(&self) -> u64 {
        self.hanging.most.load(Ordering::SeqCst)
    }
}

async fn exchange(mut stream: TcpStream, told: mpsc::Sender<Instant>, open: Arc<Open>) {
    let Some(head) = request(&mut stream).await else {
        return;
    };
    if head.starts_with("POST /answer/") {
        let _the_bench_goes_on = told.send(now()).await;
        let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
        let _the_hub_went = stream.write_all(answer).await;
        return;
    }
    let count = open.now.fetch_add(1, Ordering::SeqCst) + 1;
    open.most.fetch_max(count, Ordering::SeqCst);
    // Until the hub has lost its patience.
    let mut nothing = [0; 64];
    while let Ok(1..) = stream.read(&mut nothing).await {}
    open.now.fetch_sub(1, Ordering::SeqCst);
}

/// Reads one request; its head.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut taken = Vec::new();
    let end = loop {
        let mut piece = [0; 4096];
        let length = stream
            .read(&mut piece)
            .await
            .ok()
            .filter(|length| *length > 0)?;
        taken.extend_from_slice(&piece[..length]);
        let end = taken.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&taken[..end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    })?;
    let mut left = (end + 4 + length).saturating_sub(taken.len());
    let mut piece = [0; 4096];
    while left > 0 {
        let room = left.min(piece.len());
        let read = stream
            .read(&mut piece[..room])
            .await
            .ok()
            .filter(|read| *read > 0)?;
        left -= read;
    }
    Some(head)
}
