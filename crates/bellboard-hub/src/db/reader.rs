//! The readers of a SQLite file: a few threads with one queue. In WAL mode they neither wait for the writer nor hold it up.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::fault::closing;
use super::sqlite::Session;
use super::writer::finish_at_once;
use super::{DbFault, QUEUE_LIMIT, QUEUE_PATIENCE, Work};

enum Order {
    Run(Box<dyn FnOnce(&mut Session) + Send>),
    Stop,
}

type Orders = Arc<Mutex<mpsc::Receiver<Order>>>;

/// The queue to the reader threads.
pub(super) struct Readers {
    queue: mpsc::Sender<Order>,
    count: usize,
}

impl Readers {
    /// Opens `count` connections and starts a thread for each.
    pub(super) fn start(path: &Path, count: usize) -> Result<(Self, Vec<JoinHandle<()>>), DbFault> {
        let (queue, orders) = mpsc::channel(QUEUE_LIMIT);
        let orders: Orders = Arc::new(Mutex::new(orders));
        let threads = (0..count)
            .map(|_| {
                let session = Session::open_reader(path)?;
                let orders = orders.clone();
                std::thread::Builder::new()
                    .name("sqlite-reader".to_owned())
                    .spawn(move || serve(session, &orders))
                    .map_err(|error| {
                        DbFault::Unavailable(format!("no thread for a reader: {error}"))
                    })
            })
            .collect::<Result<_, _>>()?;
        Ok((Self { queue, count }, threads))
    }

    /// Runs `work` on one unchanging picture of the database. Statements that write are refused by SQLite.
    pub(super) async fn read<T, E>(&self, work: Work<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbFault> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let order = Order::Run(Box::new(move |session| {
            if !answer.is_closed() {
                let _caller_left = answer.send(in_snapshot(session, work));
            }
        }));
        match self.queue.send_timeout(order, QUEUE_PATIENCE).await {
            Ok(()) => answered.await.unwrap_or_else(|_| Err(E::from(closing()))),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(E::from(closing())),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(E::from(DbFault::Unavailable(
                "too many reads are waiting".to_owned(),
            ))),
        }
    }

    /// Ends every thread after what is queued.
    pub(super) async fn stop(&self) {
        for _ in 0..self.count {
            let _already_stopped = self.queue.send(Order::Stop).await;
        }
    }
}

fn serve(mut session: Session, orders: &Orders) {
    loop {
        // The lock is held while waiting: the thread that gets an order lets the next one wait.
        let order = orders
            .lock()
            .map_or(None, |mut orders| orders.blocking_recv());
        match order {
            Some(Order::Run(work)) => work(&mut session),
            Some(Order::Stop) | None => return,
        }
    }
}

fn in_snapshot<T, E>(session: &mut Session, work: Work<T, E>) -> Result<T, E>
where
    E: From<DbFault>,
{
    session.control("begin")?;
    let outcome = finish_at_once(session, work);
    if session.in_transaction() {
        session.control("rollback")?;
    }
    outcome
}
