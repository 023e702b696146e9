//! `cancel_run`: a request, because the hub executes nothing. The reporter sees it in its next answer.

use bellboard_core::id::RunId;
use bellboard_core::run::Status;
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;

use super::record::{self, ROUNDS, RunEvent, note};
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
    let moved = store::request_cancel(sql, member, &run, call.now).await?;
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
