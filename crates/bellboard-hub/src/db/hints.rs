//! Replicas on one PostgreSQL wake each other with NOTIFY. A hint carries nothing: whoever is woken reads the tables again.
//!
//! NOTIFY inside a write transaction would make all commits queue for one lock, so one task sends the hints of this process on its own
//! connection, many commits in one. While that connection is down the listeners are woken every second instead: a lost hint costs
//! latency, never truth.

use std::future::poll_fn;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error, NoTls, Socket};

/// The pause after each hint sent; it bounds the rate, and the latency that coalescing adds.
const PACE: Duration = Duration::from_millis(20);

/// How often listeners are woken blindly while the connection is down, and how often it is tried again.
const FALLBACK: Duration = Duration::from_secs(1);

/// A lost hint does no harm, so hints wait for no disk.
const PREPARE: &str = "set synchronous_commit = off; listen bellboard";

const SEND: &str = "select pg_notify('bellboard', '')";

/// The handle to the task, which ends with it.
pub(super) struct Hints {
    unsent: Arc<Notify>,
    task: Mutex<JoinSet<()>>,
}

impl Hints {
    /// Starts the task. It counts the hints of other replicas in `changes`.
    pub(super) fn start(config: Config, changes: Arc<watch::Sender<u64>>) -> Self {
        let unsent = Arc::new(Notify::new());
        let mut task = JoinSet::new();
        task.spawn(exchange_for_ever(config, unsent.clone(), changes));
        Self {
            unsent,
            task: Mutex::new(task),
        }
    }

    /// Something was committed. Returns at once; many calls may become one hint.
    pub(super) fn send(&self) {
        self.unsent.notify_one();
    }

    pub(super) fn stop(&self) {
        if let Ok(mut task) = self.task.lock() {
            task.abort_all();
        }
    }
}

async fn exchange_for_ever(config: Config, unsent: Arc<Notify>, changes: Arc<watch::Sender<u64>>) {
    let mut lost = false;
    loop {
        let ended = exchange(&config, &unsent, &changes, &mut lost).await;
        if !lost {
            lost = true;
            tracing::warn!(fault = ?ended.err(), "hints between replicas are lost, polling meanwhile");
        }
        changes.send_modify(|count| *count += 1);
        sleep(FALLBACK).await;
    }
}

/// Sends and receives on one connection until it breaks.
async fn exchange(
    config: &Config,
    unsent: &Notify,
    changes: &watch::Sender<u64>,
    lost: &mut bool,
) -> Result<(), Error> {
    let (client, connection) = config.connect(NoTls).await?;
    let own_process = AtomicI32::new(0);
    let send = async {
        let row = client.query_one("select pg_backend_pid()", &[]).await?;
        own_process.store(row.try_get(0)?, Ordering::Relaxed);
        client.batch_execute(PREPARE).await?;
        if std::mem::take(lost) {
            tracing::info!("hints between replicas work again");
        }
        // Whatever was committed elsewhere before we listened was not heard.
        changes.send_modify(|count| *count += 1);
        send_hints(&client, unsent).await
    };
    tokio::select! {
        ended = send => ended,
        ended = receive_hints(connection, &own_process, changes) => ended,
    }
}

async fn send_hints(client: &Client, unsent: &Notify) -> Result<(), Error> {
    loop {
        unsent.notified().await;
        client.batch_execute(SEND).await?;
        sleep(PACE).await;
    }
}

/// Drives the connection, without which nothing is sent either. Ends when the connection does.
async fn receive_hints(
    mut connection: Connection<Socket, NoTlsStream>,
    own_process: &AtomicI32,
    changes: &watch::Sender<u64>,
) -> Result<(), Error> {
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(hint) = message? {
            // Our own commits were counted when they happened.
            if hint.process_id() != own_process.load(Ordering::Relaxed) {
                changes.send_modify(|count| *count += 1);
            }
        }
    }
    Ok(())
}
