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
    let mut was_lost = false;
    loop {
        match config.connect(NoTls).await {
            Ok((client, connection)) => {
                if was_lost {
                    tracing::info!("hints between replicas work again");
                }
                let own_process = AtomicI32::new(0);
                tokio::select! {
                    Err(fault) = send_hints(&client, &unsent, &own_process) => warn(&fault),
                    () = receive_hints(connection, &own_process, &changes) => {}
                    else => {}
                }
                was_lost = true;
            }
            Err(fault) if !was_lost => {
                warn(&fault);
                was_lost = true;
            }
            Err(_) => {}
        }
        changes.send_modify(|count| *count += 1);
        sleep(FALLBACK).await;
    }
}

fn warn(fault: &Error) {
    tracing::warn!(%fault, "hints between replicas are lost, polling every second meanwhile");
}

async fn send_hints(
    client: &Client,
    unsent: &Notify,
    own_process: &AtomicI32,
) -> Result<(), Error> {
    let row = client.query_one("select pg_backend_pid()", &[]).await?;
    own_process.store(row.try_get(0)?, Ordering::Relaxed);
    client.batch_execute(PREPARE).await?;
    loop {
        unsent.notified().await;
        client.batch_execute(SEND).await?;
        sleep(PACE).await;
    }
}

/// Drives the connection, so it also lets `send_hints` make progress. Ends when the connection is lost.
async fn receive_hints(
    mut connection: Connection<Socket, tokio_postgres::tls::NoTlsStream>,
    own_process: &AtomicI32,
    changes: &watch::Sender<u64>,
) {
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(hint) = message {
            // Our own commits were counted when they happened.
            if hint.process_id() != own_process.load(Ordering::Relaxed) {
                changes.send_modify(|count| *count += 1);
            }
        }
    }
}
