//! The hub's loops. Each reads state and not messages, is idempotent, takes no input, is woken by a hint or a period, and
//! can be killed anywhere.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Hub;
pub use retention::forget;

mod asks;
mod decisions;
mod deliver;
mod feed;
mod hearing;
mod leases;
mod liveness;
mod plan;
mod retention;
mod snapshot;

/// After a failure a loop rests this long before it reads again.
const REST: Duration = Duration::from_secs(1);

/// The running loops; dropping this ends them.
pub struct Loops {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Loops {
    /// Starts every loop of the hub on the current runtime.
    pub fn start(hub: &Hub) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(asks::run(hub.clone(), stopped.clone()));
        tasks.spawn(decisions::run(hub.clone(), stopped.clone()));
        tasks.spawn(deliver::run(hub.clone(), stopped.clone()));
        tasks.spawn(feed::run(hub.clone(), stopped.clone()));
        tasks.spawn(leases::run(hub.clone(), stopped.clone()));
        tasks.spawn(liveness::run(hub.clone(), stopped.clone()));
        tasks.spawn(plan::run(hub.clone(), stopped.clone()));
        tasks.spawn(retention::run(hub.clone(), stopped.clone()));
        tasks.spawn(snapshot::run(hub.clone(), stopped));
        Self { stop, tasks }
    }

    /// Asks every loop to end and waits until they have.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Waits until the period is over or the hub ends; `true` means go on.
async fn rest(stopped: &mut watch::Receiver<bool>, period: Duration) -> bool {
    tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => false,
        () = tokio::time::sleep(period) => true,
    }
}
