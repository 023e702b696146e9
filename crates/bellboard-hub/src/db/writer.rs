//! The one writer of a SQLite file, and its group commit.
//!
//! An fsync costs more than everything else in a write, and it costs the same for one caller or for a hundred. So the writer takes
//! the first waiting work, begins, runs whatever else is already waiting (each in a savepoint of its own), commits once, and only
//! then answers everybody. Nobody waits for company: with an empty queue the group is one.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot, watch};

use super::fault::closing;
use super::sqlite::Session;
use super::{DbFault, QUEUE_LIMIT, QUEUE_PATIENCE, Sql, Work};

/// How many callers share one fsync at most; it bounds the time until the first of them is answered.
const GROUP_LIMIT: usize = 256;

/// A caller's place in the queue. Given the session it runs and leaves an acknowledgement for after the commit; given a fault it answers at once.
type Visit = Box<dyn FnOnce(Result<&mut Session, DbFault>) -> Option<Acknowledge> + Send>;

/// What is left to do for one caller once its group is committed.
struct Acknowledge {
    succeeded: bool,
    /// Answers the caller, with the outcome of the commit that carried its change.
    answer: Box<dyn FnOnce(Result<(), DbFault>) + Send>,
}

enum Order {
    Run(Visit),
    Stop,
}

/// The queue to the writer thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Order>,
}

impl Writer {
    /// Starts the thread. It keeps `lock` until its connection is closed, and counts every commit in `changes`.
    pub(super) fn start(
        session: Session,
        lock: Option<File>,
        changes: Arc<watch::Sender<u64>>,
    ) -> Result<(Self, JoinHandle<()>), DbFault> {
        let (queue, orders) = mpsc::channel(QUEUE_LIMIT);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                serve(session, orders, &changes);
                drop(lock);
            })
            .map_err(|error| DbFault::Unavailable(format!("no thread for the writer: {error}")))?;
        Ok((Self { queue }, thread))
    }

    /// Runs `work` in the next group and answers after its commit. The change is made even when the caller has left meanwhile,
    /// unless it left before the work began.
    pub(super) async fn write<T, E>(&self, work: Work<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbFault> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let order = Order::Run(Box::new(move |session| match session {
            Err(fault) => {
                let _caller_left = answer.send(Err(E::from(fault)));
                None
            }
            Ok(_) if answer.is_closed() => None,
            Ok(session) => {
                let outcome = in_savepoint(session, work);
                // A refusal waits for the commit too: it may rest on what an earlier caller of the same group wrote.
                Some(Acknowledge {
                    succeeded: outcome.is_ok(),
                    answer: Box::new(move |committed| {
                        let _caller_left = answer.send(committed.map_err(E::from).and(outcome));
                    }),
                })
            }
        }));
        self.send(order).await?;
        answered.await.unwrap_or_else(|_| Err(E::from(closing())))
    }

    /// Finishes what is queued, then ends the thread.
    pub(super) async fn stop(&self) {
        let _already_stopped = self.queue.send(Order::Stop).await;
    }

    async fn send(&self, order: Order) -> Result<(), DbFault> {
        match self.queue.send_timeout(order, QUEUE_PATIENCE).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(closing()),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(DbFault::Unavailable(
                "too many writes are waiting".to_owned(),
            )),
        }
    }
}

fn serve(mut session: Session, mut orders: mpsc::Receiver<Order>, changes: &watch::Sender<u64>) {
    while let Some(Order::Run(first)) = orders.blocking_recv() {
        if run_group(&mut session, first, &mut orders, changes) == Ended::ByStop {
            break;
        }
    }
}

#[derive(PartialEq, Eq)]
enum Ended {
    ByEmptyQueue,
    ByStop,
}

/// One outer transaction: everything that waits, one commit, all answers.
fn run_group(
    session: &mut Session,
    first: Visit,
    orders: &mut mpsc::Receiver<Order>,
    changes: &watch::Sender<u64>,
) -> Ended {
    if let Err(fault) = session.begin() {
        first(Err(fault));
        return Ended::ByEmptyQueue;
    }
    let mut ended = Ended::ByEmptyQueue;
    let mut acknowledgements: Vec<Acknowledge> = Vec::new();
    acknowledgements.extend(first(Ok(session)));
    while session.in_transaction() && acknowledgements.len() < GROUP_LIMIT {
        match orders.try_recv() {
            Ok(Order::Run(work)) => acknowledgements.extend(work(Ok(session))),
            Ok(Order::Stop) => {
                ended = Ended::ByStop;
                break;
            }
            Err(_) => break,
        }
    }
    let committed = session.commit();
    if committed.is_ok() && acknowledgements.iter().any(|caller| caller.succeeded) {
        changes.send_modify(|count| *count += 1);
    }
    for caller in acknowledgements {
        (caller.answer)(committed.clone());
    }
    ended
}

fn in_savepoint<T, E>(session: &mut Session, work: Work<T, E>) -> Result<T, E>
where
    E: From<DbFault>,
{
    session.control("savepoint caller")?;
    let outcome = finish_at_once(session, work).and_then(|answer| {
        session.control("release caller")?;
        Ok(answer)
    });
    if outcome.is_err() && session.in_transaction() {
        let undone = session
            .control("rollback to caller")
            .and_then(|()| session.control("release caller"));
        if undone.is_err() {
            // What this caller wrote must not be committed with the others, so nothing is.
            session.control("rollback")?;
        }
    }
    outcome
}

/// Every call on a SQLite session finishes when it is polled, so the whole work does. Work that waits for something else would hold
/// up every other writer: it is refused, as a mistake in the program. A panic becomes a fault of this one caller.
pub(super) fn finish_at_once<T, E>(session: &mut Session, work: Work<T, E>) -> Result<T, E>
where
    E: From<DbFault>,
{
    let mut sql = Sql::on_sqlite(session);
    let polled = catch_unwind(AssertUnwindSafe(|| {
        work(&mut sql)
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(outcome)) => sql.judge(outcome),
        Ok(Poll::Pending) => Err(DbFault::Other(
            "a transaction waited for something outside the database".to_owned(),
        )
        .into()),
        Err(_) => Err(DbFault::Other("a transaction panicked and was undone".to_owned()).into()),
    }
}
