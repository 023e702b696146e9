//! Calls that wait until something has happened: they look, and look again whenever a hint says that the thing changed.

use std::time::Duration;

use bellboard_core::number::Whole;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::call::Call;
use crate::event::Batch;
use crate::fault::Outcome;
use crate::session;

/// For how many seconds a caller is ready to wait, 0 to 30.
pub type WaitSeconds = Whole<0, 30>;

/// Nobody is kept waiting for longer, because a request has its own time to answer in; whoever wants to wait on asks again.
const LONGEST: Duration = Duration::from_secs(25);

/// What a look showed.
pub(crate) enum Seen<T> {
    /// What is waited for has happened.
    Happened(T),
    /// It has not; this is what there is so far.
    NotYet(T),
}

/// Looks until it has happened, the wait is over or the hub ends; then gives what was seen last. Each look is a call of
/// its own at its own present moment, with the caller's rights at that moment; whoever lost their credential while they
/// waited is shown nothing.
pub(crate) async fn until<T, F>(
    call: &Call,
    wait: WaitSeconds,
    object: Uuid,
    look: impl Fn(Call) -> F,
) -> Outcome<T>
where
    F: Future<Output = Outcome<Seen<T>>>,
{
    let hub = &call.hub;
    // From before the first look, so that nothing happens unseen between a look and the wait.
    let mut hints = hub.feed().subscribe();
    let time = Duration::from_secs(wait.get().into()).min(LONGEST);
    let mut over = std::pin::pin!(tokio::time::sleep(time));
    loop {
        let present = Call {
            now: hub.now(),
            ..call.clone()
        };
        let seen = look(present).await?;
        if wait.get() > 0 {
            session::prove_again(call).await?;
        }
        let so_far = match seen {
            Seen::Happened(seen) => return Ok(seen),
            Seen::NotYet(seen) if wait.get() == 0 => return Ok(seen),
            Seen::NotYet(seen) => seen,
        };
        let is_over = tokio::select! {
            () = &mut over => true,
            () = hub.feed().closed() => true,
            () = changed(&mut hints, object) => false,
        };
        if is_over {
            session::prove_again(call).await?;
            return Ok(so_far);
        }
    }
}

/// Waits until the object has changed, or might have.
async fn changed(hints: &mut broadcast::Receiver<Batch>, object: Uuid) {
    loop {
        match hints.recv().await {
            Ok(batch) => {
                if batch.iter().any(|hint| hint.object_id == object) {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => return,
            // The feed lives as long as the hub that this call holds.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
