//! Authority is asked again when a queued run begins: who started it may have left, or lost the right, since then. Such a
//! run ends as blocked, with a code that says whether trying again can help.

use bellboard_core::membership::allows;
use bellboard_core::run::lifecycle::{Change as Decided, Command, transition};
use bellboard_core::run::{Failure, FailureCode, Failures, Grade, Outcome as RunOutcome, Status};
use bellboard_core::time::Timestamp;
use serde_json::json;

use super::record::{self, Change, RunEvent, note};
use super::store;
use super::view::RunView;
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::run_type;

/// Why a queued run may not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    /// Whoever started it no longer exists.
    InitiatorInvalid,
    /// They no longer belong to the engagement.
    ScopeDenied,
    /// They may no longer start runs of this type.
    CapabilityDenied,
}

impl Denial {
    const fn code(self) -> &'static str {
        match self {
            Self::InitiatorInvalid => "initiator_invalid",
            Self::ScopeDenied => "scope_denied",
            Self::CapabilityDenied => "capability_denied",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::InitiatorInvalid => "Whoever started this is no longer on this hub",
            Self::ScopeDenied => "Whoever started this no longer belongs to the engagement",
            Self::CapabilityDenied => "Whoever started this may no longer start runs of this type",
        }
    }
}

/// What came of asking again.
pub(super) enum Asked {
    /// The run may go on.
    Granted,
    /// It was completed as blocked.
    Blocked,
    /// Somebody else changed the row meanwhile; read again.
    Outrun,
}

/// Asks again for a run that is still queued; any other run has been asked for already.
pub(super) async fn ask_again(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    run: &RunView,
    at: Timestamp,
) -> Outcome<Asked> {
    if run.status != Status::Queued {
        return Ok(Asked::Granted);
    }
    ask(sql, call, member, run, at).await
}

/// Asks whether whoever started the run may still have it done.
pub(super) async fn ask(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    run: &RunView,
    at: Timestamp,
) -> Outcome<Asked> {
    match denial(sql, member, run).await? {
        None => Ok(Asked::Granted),
        Some(denial) => block(sql, call, member, run, denial, at).await,
    }
}

async fn denial(sql: &mut Sql<'_>, member: &Member, run: &RunView) -> Outcome<Option<Denial>> {
    let Some(initiator) = run.initiator_id else {
        return Ok(None);
    };
    let Some(row) = store::initiator(sql, run.engagement_id, initiator).await? else {
        return Ok(Some(Denial::InitiatorInvalid));
    };
    let Some(bits) = row.opt_int(0)? else {
        return Ok(Some(Denial::ScopeDenied));
    };
    let declared = run_type::declaration(sql, member, &run.run_type).await?;
    let granted = allows(access::designations(bits)?, declared.capability);
    Ok((!granted).then_some(Denial::CapabilityDenied))
}

async fn block(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    run: &RunView,
    denial: Denial,
    at: Timestamp,
) -> Outcome<Asked> {
    let Ok(Decided::Moved { status, outcome }) =
        transition(run.state(), Command::Finish(RunOutcome::Blocked))
    else {
        return Ok(Asked::Granted);
    };
    let failure = Failure::once(FailureCode::known(denial.code()), denial.message());
    let mut change = Change::to(run)?;
    change.status = status;
    change.outcome = outcome;
    change.grade = Some(Grade::Observed);
    change.failures = record::json(&Failures::new(vec![failure]).map_err(Fault::internal)?)?;
    let at = at.max(run.started_at.unwrap_or(run.created_at));
    change.completed_at = Some(at);
    if !store::advance(sql, member, run, &change).await? {
        return Ok(Asked::Outrun);
    }
    let ended = record::load(sql, member, run.id, call.now).await?;
    record::settle_end(sql, call.hub.world(), &ended, RunOutcome::Blocked, None, at).await?;
    let happened = RunEvent {
        kind: "denied",
        summary: denial.message().to_owned(),
        diagnostics: Some(json!({ "code": denial.code(), "retryable": false }).to_string()),
        at,
    };
    note(sql, &ended, member.name(), call.new_id(), happened).await?;
    Ok(Asked::Blocked)
}
