//! `finish_run`: one outcome, ever. Whoever says the same again is told yes; whoever says something else is told what
//! stands; and what a reporter says about a run that the hub gave up as lost is kept beside the outcome.

use std::collections::BTreeMap;

use bellboard_core::id::RunId;
use bellboard_core::run::claim::Saying;
use bellboard_core::run::lifecycle::{
    Change as Decided, Command, Refusal, is_dispatch_failure, is_follow_up, transition,
};
use bellboard_core::run::liveness::LostReason;
use bellboard_core::run::{Failures, Grade, Outcome as RunOutcome, SummaryCounts};
use bellboard_core::text::{Multiline, redact};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::record::{self, Change, ROUNDS, RunEvent, ending_words, note, reported_time};
use super::store;
use super::view::RunView;
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// An end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRun {
    /// The run.
    pub run_id: RunId,
    /// How it ended.
    pub outcome: RunOutcome,
    /// How that is known; `claimed` when absent.
    #[serde(default)]
    pub grade: Option<Grade>,
    /// What was counted in the end.
    #[serde(default)]
    pub counts: SummaryCounts,
    /// What went wrong, at most twenty entries.
    #[serde(default)]
    pub failures: Failures,
    /// What the reporter has to say, at most 2000 characters.
    #[serde(default)]
    pub message: Option<Multiline<2000>>,
    /// The last lines of output, for the diagnostics of the run, at most 16000 characters.
    #[serde(default)]
    pub tail: Option<Multiline<16000>>,
    /// The exit code, for wrapped commands.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// When it really ended, if it is reported later.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// The fence of the claim, for a run that was claimed.
    #[serde(default)]
    pub fence: Option<u32>,
}

/// The run after its end.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunFinished {
    /// Whether this call ended it.
    pub changed: bool,
    /// Whether the hub had given the run up as lost before; the report is kept beside the outcome.
    pub late: bool,
    /// The run.
    pub run: RunView,
}

impl View for RunFinished {}

/// `finish_run`.
pub async fn finish_run(call: Call, input: FinishRun) -> Outcome<RunFinished> {
    let at = reported_time("at", input.at, call.now)?;
    if input.grade == Some(Grade::Verified) {
        return Err(Fault::invalid(
            "grade",
            "A reporter says `claimed` or `observed`; another party verifies.",
        ));
    }
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                for _ in 0..ROUNDS {
                    if let Some(finished) = try_finish(sql, &call, &member, &input, at).await? {
                        return Ok(finished);
                    }
                }
                Err(record::too_busy())
            })
        })
        .await
}

/// One round; `None` when somebody else changed the row meanwhile.
async fn try_finish(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &FinishRun,
    at: Timestamp,
) -> Outcome<Option<RunFinished>> {
    let run = record::load(sql, member, input.run_id, call.now).await?;
    super::claim::hear(&run, Saying::Finish, input.fence)?;
    let answer = |run, changed, late| Ok(Some(RunFinished { changed, late, run }));
    match transition(run.state(), Command::Finish(input.outcome)) {
        Err(refusal) => Err(refused(refusal)),
        Ok(Decided::Nothing) => answer(run, false, false),
        Ok(Decided::Late) => {
            keep_late_report(sql, call, member, &run, input, at).await?;
            answer(run, false, true)
        }
        Ok(Decided::Moved { status, outcome }) => {
            let mut change = Change::to(&run)?;
            let at = at.max(run.started_at.unwrap_or(run.created_at));
            change.status = status;
            change.outcome = outcome;
            change.grade = Some(input.grade.unwrap_or(Grade::Claimed));
            change.counts = record::json(&run.summary_counts.merge_monotone(&input.counts))?;
            change.failures = record::json(&input.failures.clone().made_safe().0)?;
            change.completed_at = Some(at);
            change.finished_by = Some(member.person_id());
            change.last_seen_at = run.last_seen_at.max(at);
            if !store::advance(sql, member, &run, &change).await? {
                return Ok(None);
            }
            let ended = record::load(sql, member, input.run_id, call.now).await?;
            let reason = is_dispatch_failure(run.status, input.outcome, &input.failures)
                .then_some(LostReason::DispatchFailed);
            record::settle_end(sql, call.hub.world(), &ended, input.outcome, reason, at).await?;
            let happened = ended_event(input, reason, at);
            note(sql, &ended, member.name(), call.new_id(), happened).await?;
            // A failure may be settled the moment it is told, by a later success: the answer says what is stored.
            let shown = if is_follow_up(input.outcome) {
                record::load(sql, member, input.run_id, call.now).await?
            } else {
                ended
            };
            answer(shown, true, false)
        }
    }
}

fn refused(refusal: Refusal) -> Fault {
    let fault = Fault::conflict(
        refusal.code(),
        format!("{}.", sentence(&refusal.to_string())),
    );
    match refusal {
        Refusal::AlreadyCompleted(stands) => fault.with("outcome", stands.as_str()),
        Refusal::NotStarted(_) => fault,
    }
}

fn sentence(text: &str) -> String {
    bellboard_core::text::capital_first(text)
}

fn ended_event(input: &FinishRun, reason: Option<LostReason>, at: Timestamp) -> RunEvent {
    RunEvent {
        kind: "ended",
        summary: bellboard_core::text::capital_first(ending_words(input.outcome, reason)),
        diagnostics: diagnostics(input),
        at,
    }
}

/// What only the diagnostics part of the run page shows, as JSON: everything as it was said, without its secrets.
fn diagnostics(input: &FinishRun) -> Option<String> {
    let mut parts = BTreeMap::new();
    if let Some(code) = input.exit_code {
        parts.insert("exit_code", json!(code));
    }
    if let Some(message) = &input.message {
        parts.insert("message", json!(redact(message)));
    }
    if let Some(tail) = &input.tail {
        parts.insert("tail", json!(redact(tail)));
    }
    let (_, raw) = input.failures.clone().made_safe();
    if !raw.is_empty() {
        parts.insert("failures", json!(raw));
    }
    (!parts.is_empty()).then(|| json!(parts).to_string())
}

/// Keeps the report beside the outcome, once however often it is sent.
async fn keep_late_report(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    run: &RunView,
    input: &FinishRun,
    at: Timestamp,
) -> Outcome<()> {
    // The row is taken first, so that of two replays of one spool the second finds the event of the first.
    store::hold(sql, member, run.id).await?;
    if store::has_event(sql, member, run.id, "late").await? {
        return Ok(());
    }
    let happened = RunEvent {
        kind: "late",
        summary: format!("Reported late: {}", ending_words(input.outcome, None)),
        diagnostics: diagnostics(input),
        at,
    };
    note(sql, run, member.name(), call.new_id(), happened).await?;
    event::store::append(
        sql,
        run.engagement_id,
        HintKind::RunEnded,
        run.id.uuid(),
        call.now,
    )
    .await
}
