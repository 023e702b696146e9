//! `cancel_run`: a request, because the hub executes nothing. The reporter sees it in its next answer; work that nobody
//! has taken yet is called off at once.

use bellboard_core::id::RunId;
use bellboard_core::run::lifecycle::{Change as Decided, Command, transition};
use bellboard_core::run::{Grade, Outcome as RunOutcome, Status};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;

use super::record::{self, Change, ROUNDS, RunEvent, note};
use super::store;
use super::view::RunView;
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
    let waits_for_a_worker = run.offered && run.status == Status::Queued;
    let moved = if waits_for_a_worker {
        call_off(sql, call, member, &run).await?
    } else {
        store::request_cancel(sql, member, &run, call.now).await?
    };
    if !moved {
        return Ok(None);
    }
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
    note(sql, &run, member.name(), call.new_id(), happened).await?;
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

/// Completes a run that no worker has taken.
async fn call_off(sql: &mut Sql<'_>, call: &Call, member: &Member, run: &RunView) -> Outcome<bool> {
    let Ok(Decided::Moved { status, outcome }) =
        transition(run.state(), Command::Finish(RunOutcome::Cancelled))
    else {
        return Ok(false);
    };
    let mut change = Change::of(run)?;
    change.status = status;
    change.outcome = outcome;
    change.grade = Some(Grade::Observed);
    change.completed_at = Some(call.now);
    if !store::advance(sql, member, run, &change).await? {
        return Ok(false);
    }
    let ended = record::load(sql, member, run.id, call.now).await?;
    record::settle_end(
        sql,
        call.hub.world(),
        &ended,
        RunOutcome::Cancelled,
        None,
        call.now,
    )
    .await?;
    Ok(true)
}
