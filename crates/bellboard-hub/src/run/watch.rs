//! "Tell me when it ends", for runs that somebody else started: one row per person and run, and the same single
//! notification that the initiator gets.

use bellboard_core::run::Status;
use schemars::JsonSchema;
use serde::Serialize;

use super::OfRun;
use super::{record, store};
use crate::access;
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// Whether the caller will be told.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchView {
    /// Whether a notification will come when the run ends.
    pub watching: bool,
}

impl View for WatchView {}

/// `watch_run`: whoever started the run is told anyway, and asking twice is asking once.
pub async fn watch_run(call: Call, input: OfRun) -> Outcome<WatchView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                // The row is taken first, so that an end that comes at the same time either sees the watcher or is seen.
                store::hold(sql, &member, input.run_id).await?;
                let run = record::load(sql, &member, input.run_id, call.now).await?;
                if run.status == Status::Completed {
                    return Err(Fault::conflict(
                        "already_completed",
                        "The run has already ended. There is nothing left to tell.",
                    ));
                }
                if run.initiator_id != Some(member.person_id()) {
                    store::insert_watcher(sql, &member, run.id, call.now).await?;
                }
                Ok(WatchView { watching: true })
            })
        })
        .await
}

/// `unwatch_run`.
pub async fn unwatch_run(call: Call, input: OfRun) -> Outcome<WatchView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                store::delete_watcher(sql, &member, input.run_id).await?;
                Ok(WatchView { watching: false })
            })
        })
        .await
}

/// `get_watch`.
pub async fn get_watch(call: Call, input: OfRun) -> Outcome<WatchView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                let run = record::load(sql, &member, input.run_id, call.now).await?;
                let started_it = run.initiator_id == Some(member.person_id());
                let watching = run.status != Status::Completed
                    && (started_it || store::is_watcher(sql, &member, run.id).await?);
                Ok(WatchView { watching })
            })
        })
        .await
}
