//! `acknowledge_run`: a person has dealt with the follow-up. The outcome stays what it was.

use bellboard_core::id::RunId;
use bellboard_core::run::Status;
use bellboard_core::run::lifecycle::is_follow_up;
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;

use super::record::{self, RunEvent, note};
use super::store;
use super::view::RunView;
use crate::access;
use crate::call::Call;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::home;

/// Which follow-up is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeRun {
    /// The run.
    pub run_id: RunId,
    /// What was done about it, at most 500 characters.
    #[serde(default)]
    pub note: Option<Bounded<500>>,
}

/// `acknowledge_run`. Acknowledging twice is acknowledging once; the first one stands.
pub async fn acknowledge_run(call: Call, input: AcknowledgeRun) -> Outcome<RunView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                let run = record::load(sql, &member, input.run_id, call.now).await?;
                if run.status != Status::Completed {
                    return Err(Fault::conflict(
                        "not_completed",
                        "The run has not ended, so there is no follow-up to acknowledge.",
                    ));
                }
                if !run.outcome.is_some_and(is_follow_up) {
                    return Err(Fault::conflict(
                        "no_follow_up",
                        "The run ended without a follow-up. There is nothing to acknowledge.",
                    ));
                }
                let id = run.id.uuid();
                // The need goes first, as where a later success settles it: both take the two rows in the same order.
                home::store::settle(sql, run.engagement_id, run.run_type.needs_you_kind(), id)
                    .await?;
                if !store::acknowledge(sql, &member, run.id, call.now).await? {
                    // Perhaps somebody did so since the row was read, so it is read again.
                    return record::load(sql, &member, run.id, call.now).await;
                }
                let summary = match &input.note {
                    Some(words) => format!("Acknowledged: {words}"),
                    None => "Acknowledged".to_owned(),
                };
                let happened = RunEvent {
                    kind: "acknowledged",
                    summary,
                    diagnostics: None,
                    at: call.now,
                };
                note(sql, &run, member.name(), call.new_id(), happened).await?;
                event::store::append(
                    sql,
                    run.engagement_id,
                    HintKind::NeedsYouChanged,
                    id,
                    call.now,
                )
                .await?;
                record::load(sql, &member, run.id, call.now).await
            })
        })
        .await
}
