//! `cancel_run`: a request, because the hub executes nothing. The reporter sees it in its next answer.

use bellboard_core::id::RunId;
use bellboard_core::run::lifecycle::{Change as Decided, Command, transition};
use bellboard_core::run::{Grade, Outcome as RunOutcome, Status};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::record::{self, Change, ROUNDS, RunEvent, note};
use super::store;
use super::view::RunView;
use crate::Hub;
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};

/// Which run is to end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRun {
    /// The run.
    pub run_id: RunId,
    /// Why, at most 500 characters.
    #[serde(default)]
    pub note: Option<Bounded<500>>,
}

/// `cancel_run`. Asking twice is asking once; the first request stands.
pub async fn cancel_run(call: Call, input: CancelRun) -> Outcome<RunView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                for _ in 0..ROUNDS {
                    if let Some(run) = try_cancel(sql, &call, &member, &input).await? {
                        return Ok(run);
                    }
                }
                Err(record::too_busy())
            })
        })
        .await
}

/// One round; `None` when somebody else changed the row meanwhile.
async fn try_cancel(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &CancelRun,
) -> Outcome<Option<RunView>> {
    let run = record::load(sql, member, input.run_id, call.now).await?;
    if run.status == Status::Completed {
        let outcome = run.outcome.map_or("completed", |outcome| outcome.as_str());
        return Err(Fault::conflict(
            "already_completed",
            format!("The run has already ended as {outcome}. There is nothing to cancel."),
        )
        .with("outcome", outcome));
    }
    if run.cancel_requested_at.is_some() {
        return Ok(Some(run));
    }
    if run.claim.waits(run.status) {
        return cancel_waiting(sql, call, member, input, &run).await;
    }
    let moved = store::request_cancel(sql, member, &run, call.now).await?;
    if !moved {
        return Ok(None);
    }
    note_request(sql, call, member, input, &run).await?;
    event::store::append(
        sql,
        run.engagement_id,
        HintKind::RunProgress,
        run.id.uuid(),
        call.now,
    )
    .await?;
    record::load(sql, member, run.id, call.now).await.map(Some)
}

async fn note_request(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &CancelRun,
    run: &RunView,
) -> Outcome<()> {
    let summary = match &input.note {
        Some(words) => format!("Cancel requested: {words}"),
        None => "Cancel requested".to_owned(),
    };
    let happened = RunEvent {
        kind: "cancel_requested",
        summary,
        diagnostics: None,
        at: call.now,
    };
    note(sql, run, member.name(), call.new_id(), happened).await
}

/// Nobody works on a run that waits for a worker, so nobody has to be asked: it ends at once.
async fn cancel_waiting(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &CancelRun,
    run: &RunView,
) -> Outcome<Option<RunView>> {
    if !store::request_cancel(sql, member, run, call.now).await? {
        return Ok(None);
    }
    note_request(sql, call, member, input, run).await?;
    let asked = record::load(sql, member, run.id, call.now).await?;
    if !end_as_cancelled(sql, &call.hub, member, &asked, call.now).await? {
        return Ok(None);
    }
    record::load(sql, member, run.id, call.now).await.map(Some)
}

/// Completes a run that was asked to end and that nobody works on; `false` when the row changed meanwhile.
pub(super) async fn end_as_cancelled(
    sql: &mut Sql<'_>,
    hub: &Hub,
    member: &Member,
    run: &RunView,
    now: Timestamp,
) -> Outcome<bool> {
    let Ok(Decided::Moved { status, outcome }) =
        transition(run.state(), Command::Finish(RunOutcome::Cancelled))
    else {
        return Ok(false);
    };
    let mut change = Change::to(run)?;
    change.status = status;
    change.outcome = outcome;
    change.grade = Some(Grade::Observed);
    change.completed_at = Some(now.max(run.started_at.unwrap_or(run.created_at)));
    if !store::advance(sql, member, run, &change).await? {
        return Ok(false);
    }
    let ended = record::load(sql, member, run.id, now).await?;
    record::settle_end(sql, hub.world(), &ended, RunOutcome::Cancelled, None, now).await?;
    let happened = RunEvent {
        kind: "ended",
        summary: "Cancelled; nobody was working on it".to_owned(),
        diagnostics: None,
        at: now,
    };
    note(sql, &ended, member.name(), hub.world().new_id(), happened).await?;
    Ok(true)
}
