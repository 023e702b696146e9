//! The one writer of a SQLite file, and its group commit.
//!
//! An fsync costs more than everything else in a write, and it costs the same for one caller or for a hundred. So the writer takes
//! the first waiting work, begins, runs whatever else is already waiting (each in a savepoint of its own), commits once, and only
//! then answers everybody. Nobody waits for company that did not come before: after a group of one the next begins and ends alone.
//! Callers who were answered together come back together, a moment apart, and the first of them must not leave without the others;
//! so a group that is smaller than the last ones stays open for a fraction of what the last commit took.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

use super::fault::closing;
use super::sqlite::Session;
use super::{DbFault, QUEUE_LIMIT, QUEUE_PATIENCE, Sql, Work};

/// How many callers share one fsync at most; it bounds the time until the first of them is answered.
const GROUP_LIMIT: usize = 256;

/// A group that has taken this long already is committed, so that no few large writes keep all small ones from their answers.
const GROUP_TIME: Duration = Duration::from_millis(50);

/// A group stays open for its missing callers this fraction of the last commit.
const PATIENCE: u32 = 6;

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
    /// Starts the thread. It keeps `lock` until its connection and that of the `checkpoints` are closed, and counts every
    /// commit in `changes`.
    pub(super) fn start(
        session: Session,
        checkpoints: JoinHandle<()>,
        lock: Option<File>,
        changes: Arc<watch::Sender<u64>>,
    ) -> Result<(Self, JoinHandle<()>), DbFault> {
        let (queue, orders) = mpsc::channel(QUEUE_LIMIT);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                let mut session = serve(session, orders, &changes);
                if session.forget_commits().is_ok() {
                    let _panicked_already_reported = checkpoints.join();
                }
                drop(session);
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

/// Runs what is queued until it is told to stop, and gives the session back.
fn serve(
    mut session: Session,
    mut orders: mpsc::Receiver<Order>,
    changes: &watch::Sender<u64>,
) -> Session {
    let mut company = Company::default();
    while let Some(Order::Run(first)) = orders.blocking_recv() {
        if run_group(&mut session, first, &mut orders, changes, &mut company) == Ended::ByStop {
            break;
        }
    }
    session
}

#[derive(PartialEq, Eq)]
enum Ended {
    ByEmptyQueue,
    ByStop,
}

/// How many came together in the last groups, and what their commit took.
#[derive(Default)]
struct Company {
    groups: [usize; 4],
    commit: Duration,
}

impl Company {
    fn expected(&self) -> usize {
        self.groups.iter().copied().max().unwrap_or_default()
    }

    fn remember(&mut self, group: usize, commit: Duration) {
        self.groups.rotate_right(1);
        self.groups[0] = group;
        self.commit = commit;
    }
}

/// The next order of a group: one that waits, or one that comes while the group is still open for it.
fn next_order(
    orders: &mut mpsc::Receiver<Order>,
    group: usize,
    company: &Company,
) -> Option<Order> {
    let waiting = orders.try_recv().ok();
    if waiting.is_some() || group >= company.expected() {
        return waiting;
    }
    let empty_since = clock();
    while empty_since.elapsed() < company.commit / PATIENCE {
        std::thread::yield_now();
        if let Ok(order) = orders.try_recv() {
            return Some(order);
        }
    }
    None
}

#[expect(
    clippy::disallowed_methods,
    reason = "what the disk takes is no time of the board"
)]
fn clock() -> Instant {
    Instant::now()
}

/// One outer transaction: everything that waits, one commit, all answers.
fn run_group(
    session: &mut Session,
    first: Visit,
    orders: &mut mpsc::Receiver<Order>,
    changes: &watch::Sender<u64>,
    company: &mut Company,
) -> Ended {
    if let Err(fault) = session.begin() {
        first(Err(fault));
        return Ended::ByEmptyQueue;
    }
    let opened = clock();
    let mut ended = Ended::ByEmptyQueue;
    let mut acknowledgements: Vec<Acknowledge> = Vec::new();
    acknowledgements.extend(first(Ok(session)));
    while session.in_transaction()
        && acknowledgements.len() < GROUP_LIMIT
        && opened.elapsed() < GROUP_TIME
    {
        match next_order(orders, acknowledgements.len(), company) {
            Some(Order::Run(work)) => acknowledgements.extend(work(Ok(session))),
            Some(Order::Stop) => {
                ended = Ended::ByStop;
                break;
            }
            None => break,
        }
    }
    let begun = clock();
    let committed = session.commit();
    company.remember(acknowledgements.len(), begun.elapsed());
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
