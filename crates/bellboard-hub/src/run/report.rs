//! `report_run`: a sign of life and what is known. Counts never fall, a report that arrives twice is one report, and the
//! first one begins a queued run.

use bellboard_core::id::RunId;
use bellboard_core::run::claim::Saying;
use bellboard_core::run::lifecycle::{Change as Decided, Command, transition};
use bellboard_core::run::progress::{
    PartsReport, PhaseReport, ProgressReport, merge_report, safe_progress,
};
use bellboard_core::run::{Count, Outcome as RunOutcome, Status, SummaryCounts};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authority::{self, Asked};
use super::raw_words::{self, RawWords};
use super::record::{self, Change, ROUNDS, RunEvent, note, reported_time};
use super::silent::no_longer_silent;
use super::start::CONTEXT_BYTES;
use super::store;
use super::view::RunView;
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// A report. Without any field but the run it is a bare sign of life.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportRun {
    /// The run.
    pub run_id: RunId,
    /// Counts up with every report of one reporter; one that is not larger than the last taken in changes nothing.
    #[serde(default)]
    pub sequence: Option<u32>,
    /// When it was said, if it is reported later.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// How many were dealt with so far. Never falls.
    #[serde(default)]
    pub processed: Option<Count>,
    /// How many there are, if that is known. Never falls.
    #[serde(default)]
    pub total: Option<Count>,
    /// What is counted, in the plural: "policies".
    #[serde(default)]
    pub unit: Option<Bounded<40>>,
    /// Other counts, by their known keys.
    #[serde(default)]
    pub counts: SummaryCounts,
    /// The phase that is going on.
    #[serde(default)]
    pub phase: Option<PhaseReport>,
    /// The parts by state.
    #[serde(default)]
    pub parts: Option<PartsReport>,
    /// One line in the worker's own words.
    #[serde(default)]
    pub message: Option<Bounded<500>>,
    /// The fence of the claim, for a run that was claimed; the report renews its lease.
    #[serde(default)]
    pub fence: Option<u32>,
}

/// The run after a report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunReported {
    /// Whether the report was taken in; not when it came twice, or after the end.
    pub changed: bool,
    /// Whether the work should end: somebody asked for it, or whoever started it lost the right to. A run that was only
    /// given up as lost is not asked to end.
    pub cancel_requested: bool,
    /// The run.
    pub run: RunView,
}

impl View for RunReported {}

impl RunReported {
    fn of(changed: bool, run: RunView) -> Self {
        Self {
            changed,
            cancel_requested: run.cancel_requested_at.is_some()
                || run.outcome == Some(RunOutcome::Blocked),
            run,
        }
    }
}

impl ReportRun {
    fn progress(&self) -> ProgressReport {
        ProgressReport {
            processed: self.processed,
            total: self.total,
            unit: self.unit.clone(),
            counts: self.counts.clone(),
            phase: self.phase.clone(),
            parts: self.parts,
            message: self.message.clone(),
        }
    }
}

/// `report_run`.
pub async fn report_run(call: Call, input: ReportRun) -> Outcome<RunReported> {
    let at = reported_time("at", input.at, call.now)?;
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                for _ in 0..ROUNDS {
                    if let Some(reported) = try_report(sql, &call, &member, &input, at).await? {
                        return Ok(reported);
                    }
                }
                Err(record::too_busy())
            })
        })
        .await
}

/// One round; `None` when somebody else changed the row meanwhile.
async fn try_report(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &ReportRun,
    at: Timestamp,
) -> Outcome<Option<RunReported>> {
    let run = record::load(sql, member, input.run_id, call.now).await?;
    super::claim::hear(&run, Saying::Report, input.fence)?;
    let repeated = input
        .sequence
        .is_some_and(|sequence| i64::from(sequence) <= run.sequence);
    // A report after the end changes nothing and is no fault: it may have overtaken the finish on its way.
    if repeated || run.status == Status::Completed {
        return Ok(Some(RunReported::of(false, run)));
    }
    match authority::ask_again(sql, call, member, &run, at).await? {
        Asked::Granted => {}
        Asked::Outrun => return Ok(None),
        Asked::Blocked => {
            let blocked = record::load(sql, member, run.id, call.now).await?;
            return Ok(Some(RunReported::of(false, blocked)));
        }
    }
    let decided = transition(run.state(), Command::Begin)
        .map_err(|refusal| Fault::conflict(refusal.code(), refusal.to_string()))?;
    let (after, raw) = after(&run, input, decided, at, call.now)?;
    let change = Change::to(&after)?;
    if change.context.len() > CONTEXT_BYTES {
        return Err(Fault::invalid(
            "message",
            format!("The context of this run would exceed {CONTEXT_BYTES} bytes."),
        ));
    }
    let taken_in = match decided {
        Decided::Moved { .. } => store::advance(sql, member, &run, &change).await?,
        Decided::Nothing | Decided::Late => store::progress(sql, member, &run, &change).await?,
    };
    if !taken_in {
        return Ok(None);
    }
    if let Some(until) = after.claim.lease_until {
        store::renew_lease(sql, member, run.id, until).await?;
    }
    no_longer_silent(sql, &run, call.now).await?;
    raw_words::keep(sql, run.engagement_id, run.id, &raw, at).await?;
    for happened in what_happened(&run, &after, at) {
        note(sql, &after, member.name(), call.new_id(), happened).await?;
    }
    event::store::append(
        sql,
        after.engagement_id,
        HintKind::RunProgress,
        after.id.uuid(),
        call.now,
    )
    .await?;
    Ok(Some(RunReported::of(true, after)))
}

/// The run once the report is taken in. It is what reading the row again would give, without reading it again: this is
/// the most frequent write of all.
fn after(
    run: &RunView,
    input: &ReportRun,
    decided: Decided,
    at: Timestamp,
    received_at: Timestamp,
) -> Outcome<(RunView, RawWords)> {
    let merged = merge_report(
        &input.progress(),
        run.context.get("progress"),
        &run.summary_counts,
        at,
    )
    .map_err(|refused| match refused.field {
        // The only thing that is wrong with a unit is that it makes a percentage.
        "unit" => Fault::percentage(refused.field, &refused.reason),
        field => Fault::invalid(field, refused.reason),
    })?;
    let mut after = run.clone();
    let mut raw = RawWords::new();
    if let Some(progress) = merged.progress {
        let safe = safe_progress(progress, &run.phases);
        after.context.insert("progress".to_owned(), safe.progress);
        raw = safe.raw;
    }
    after.summary_counts = merged.counts;
    after.last_seen_at = run.last_seen_at.max(at);
    after.heard_at = run.heard_at.max(received_at);
    if let Some(sequence) = input.sequence {
        after.sequence = i64::from(sequence);
    }
    if let Decided::Moved { status, .. } = decided {
        after.status = status;
        // A reporter whose clock is behind does not make a run begin before it was asked for.
        after.started_at = Some(run.started_at.unwrap_or(at.max(run.created_at)));
    }
    if run.claim.is_held() {
        after.claim.lease_until = Some(received_at + run.claim.lease);
    }
    after.silent_need = false;
    after.version += 1;
    after.weigh(received_at);
    Ok((after, raw))
}

/// What of a report is worth an entry in "What happened": the beginning, a new phase, a grown total. Counts and beats
/// are not.
fn what_happened(before: &RunView, after: &RunView, at: Timestamp) -> Vec<RunEvent> {
    let event = |kind, summary| RunEvent {
        kind,
        summary,
        diagnostics: None,
        at,
    };
    let mut happened = Vec::new();
    if before.status == Status::Queued {
        happened.push(event("started", "Started".to_owned()));
    }
    if let Some(phase) = &after.progress.phase
        && before.progress.phase.as_ref().map(|phase| &phase.key) != Some(&phase.key)
    {
        happened.push(event("phase", after.progress.label.clone()));
    }
    let grew = |run: &RunView| run.context.get("progress")?.get("total_grew").cloned();
    if let Some(now) = grew(after)
        && grew(before).as_ref() != Some(&now)
    {
        let from = now
            .get("from")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(0);
        happened.push(event("total_grew", format!("The total grew from {from}")));
    }
    happened
}
