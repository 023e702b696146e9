//! The statements of runs. Status and outcome are written by one statement only: [`advance`].

use std::time::Duration;

use bellboard_core::id::{EngagementId, PersonId, RunId};
use bellboard_core::run::declaration::{Declaration, RETENTION};
use bellboard_core::run::liveness::LivenessPolicy;
use bellboard_core::run::{Grade, Outcome as RunOutcome};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::record::{Change, RunEvent};
use super::start::NewRun;
use super::view::RunView;
use crate::access::Member;
use crate::db::reach::bounded_designations;
use crate::db::zones::run_columns;
use crate::db::{Row, Sql, Value};
use crate::fault::Outcome;

mod aftermath;
mod asks;
mod candidates;
mod claims;
mod expiry;
mod lists;
mod raw_words;
mod silent;
mod watchers;

pub(super) use aftermath::{acknowledge, has_a_hand_in, has_succeeded_since, settle, verify};
pub(crate) use asks::{has_ended, hold_asked, wait_less, wait_more};
pub(super) use candidates::{Candidates, candidates, lost_total};
pub(super) use claims::{
    claim, end_claim, expired_leases, insert_inputs, offer_again, offered, renew_lease,
    sealed_inputs,
};
pub(super) use expiry::{delete, expired};
pub(crate) use lists::is_here;
pub use lists::list_text;
pub(super) use lists::{
    events, events_total, list, list_total, of_engagement, silent, silent_promised,
};
pub(super) use raw_words::{keep_raw_words, raw_words};
pub(super) use silent::{fallen_silent, mark_silent, unmark_silent};
pub(super) use watchers::{delete_watcher, insert_watcher, is_watcher, watchers};

/// Whether the run was stored; not when its identity is active, its slot is used, or its id is taken.
pub(super) async fn insert(sql: &mut Sql<'_>, member: &Member, new: &NewRun) -> Outcome<bool> {
    let (policy, general) = (new.declaration.policy, LivenessPolicy::default());
    let phases = match new.declaration.phases.as_slice() {
        [] => None,
        phases => Some(super::record::json(&phases)?),
    };
    let made = sql
        .execute(
            "insert into runs
                    (engagement_id, id, initiator_id, initiator_name, type, item_kind, label, status, lost, identity,
                     identity_mode, summary_counts, failures, context, heartbeat_micros, sequence, version,
                     created_at, active_at, started_at, last_seen_at, subject, queued_stale_micros,
                     silent_after_micros, abandon_after_micros, phases, manual_review, retention_micros, started_by, heard_at,
                     claimable)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, '{}', '[]', $11, $12, 0, 1, $13, $14, $15, $16, $17,
                     $18, $19, $20, $21, $22, $23, $24, $25, $26)
             on conflict do nothing",
            &[
                member.engagement_id().into(),
                new.id.into(),
                new.initiator_id.into(),
                new.initiator_name.clone().into(),
                new.run_type.as_str().into(),
                new.run_type.item_kind().into(),
                new.label.clone().into(),
                new.status.as_str().into(),
                new.identity.into(),
                new.identity_mode.as_str().into(),
                new.context.clone().into(),
                new.heartbeat_micros.into(),
                new.created_at.into(),
                new.started_at.unwrap_or(new.created_at).into(),
                new.started_at.into(),
                new.last_seen_at.into(),
                new.subject.clone().into(),
                changed(policy.queued_stale_after, general.queued_stale_after),
                silence(&new.declaration),
                changed(policy.abandon_after, general.abandon_after),
                phases.into(),
                new.declaration.manual_review.into(),
                changed(new.declaration.retention, RETENTION),
                member.person_id().into(),
                new.heard_at.into(),
                new.claimable.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

/// The silence that a type declares for itself. One limit then holds with and without signs of life, which is how a
/// declared limit is told from the general two.
fn silence(declaration: &Declaration) -> Value {
    let micros = declaration
        .declared_silence()
        .map(|span| i64::try_from(span.as_micros()).unwrap_or(i64::MAX));
    micros.into()
}

/// A span that a type declares for itself; what is as everywhere is not stored.
fn changed(span: Duration, general: Duration) -> Value {
    let micros = (span != general).then(|| i64::try_from(span.as_micros()).unwrap_or(i64::MAX));
    micros.into()
}

/// The run that a start means: the one with its id, else the one that its identity keeps active, else the one that used
/// its slot. Each is asked for through the unique index that promises there is only one.
pub(super) async fn same(sql: &mut Sql<'_>, member: &Member, new: &NewRun) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.engagement_id = $1
                   and x.id = coalesce(
                       (select r.id from runs r where r.engagement_id = $1 and r.id = $2),
                       (select r.id from runs r
                         where r.engagement_id = $1 and r.identity = $3 and r.status <> 'completed'),
                       (select r.id from runs r
                         where r.engagement_id = $1 and r.identity = $3 and r.identity_mode = 'slot'))"
            ),
            &[
                member.engagement_id().into(),
                new.id.into(),
                new.identity.into(),
            ],
        )
        .await?;
    Ok(row)
}

/// Whether a run of another engagement has this id.
pub(super) async fn id_is_taken(sql: &mut Sql<'_>, member: &Member, run: RunId) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from runs where id = $1 and engagement_id <> $2",
            &[run.into(), member.engagement_id().into()],
        )
        .await?;
    Ok(row.is_some())
}

/// One run. Columns: `run_columns!`.
pub(super) async fn one(sql: &mut Sql<'_>, member: &Member, run: RunId) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.engagement_id = $1 and x.id = $2"
            ),
            &[member.engagement_id().into(), run.into()],
        )
        .await?;
    Ok(row)
}

/// The one statement that moves a run. It succeeds only on the version that the change was decided on; of two writers
/// who read the same version one is told `false` and has to read again.
pub(super) async fn advance(
    sql: &mut Sql<'_>,
    member: &Member,
    read: &RunView,
    change: &Change,
) -> Outcome<bool> {
    let moved = sql
        .execute(
            "update runs
                set status = $4, outcome = $5, grade = $6, lost = $7, summary_counts = $8, failures = $9,
                    context = $10, sequence = $11, started_at = $12, completed_at = $13, last_seen_at = $14,
                    heard_at = $15, finished_by = coalesce($16, finished_by),
                    active_at = coalesce($12, created_at), version = version + 1
              where engagement_id = $1 and id = $2 and version = $3",
            &[
                member.engagement_id().into(),
                read.id.into(),
                read.version.into(),
                change.status.as_str().into(),
                change.outcome.map(RunOutcome::as_str).into(),
                change.grade.map(Grade::as_str).into(),
                change.lost.into(),
                change.counts.clone().into(),
                change.failures.clone().into(),
                change.context.clone().into(),
                change.sequence.into(),
                change.started_at.into(),
                change.completed_at.into(),
                change.last_seen_at.into(),
                change.heard_at.into(),
                change.finished_by.into(),
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// A report of a run that is under way already, as [`advance`] otherwise. It is the most frequent write of all, and it
/// names no column of the zones' indexes: SQLite rewrites an index for every column that is set, changed or not.
pub(super) async fn progress(
    sql: &mut Sql<'_>,
    member: &Member,
    read: &RunView,
    change: &Change,
) -> Outcome<bool> {
    let taken_in = sql
        .execute(
            "update runs
                set summary_counts = $4, context = $5, sequence = $6, last_seen_at = $7, heard_at = $8,
                    version = version + 1
              where engagement_id = $1 and id = $2 and version = $3",
            &[
                member.engagement_id().into(),
                read.id.into(),
                read.version.into(),
                change.counts.clone().into(),
                change.context.clone().into(),
                change.sequence.into(),
                change.last_seen_at.into(),
                change.heard_at.into(),
            ],
        )
        .await?;
    Ok(taken_in == 1)
}

pub(super) async fn insert_event(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
    id: Uuid,
    actor: &str,
    event: &RunEvent,
) -> Outcome<()> {
    sql.execute(
        "insert into run_events (engagement_id, run_id, id, at, kind, actor_name, summary, diagnostics)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            engagement.into(),
            run.into(),
            id.into(),
            event.at.into(),
            event.kind.into(),
            actor.into(),
            event.summary.clone().into(),
            event.diagnostics.clone().into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn has_event(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    kind: &str,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from run_events where engagement_id = $1 and run_id = $2 and kind = $3 limit 1",
            &[member.engagement_id().into(), run.into(), kind.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether this was the first request; `false` too when the row changed since it was read.
pub(super) async fn request_cancel(
    sql: &mut Sql<'_>,
    member: &Member,
    read: &RunView,
    now: Timestamp,
) -> Outcome<bool> {
    let first = sql
        .execute(
            "update runs set cancel_requested_at = $4, cancel_requested_by = $5, version = version + 1
              where engagement_id = $1 and id = $2 and version = $3",
            &[
                member.engagement_id().into(),
                read.id.into(),
                read.version.into(),
                now.into(),
                member.name().into(),
            ],
        )
        .await?;
    Ok(first == 1)
}

/// Takes the row's lock until the transaction ends.
pub(super) async fn hold(sql: &mut Sql<'_>, member: &Member, run: RunId) -> Outcome<()> {
    sql.execute(
        "update runs set version = version where engagement_id = $1 and id = $2",
        &[member.engagement_id().into(), run.into()],
    )
    .await?;
    Ok(())
}

/// Who started a run, as they are now. Columns: designations, null for somebody who no longer belongs, or whose owner does not.
pub(super) async fn initiator(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    initiator: PersonId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                bounded_designations!("p.owner_id"),
                " from people p
                  left join memberships m on m.person_id = p.id and m.engagement_id = $1
                 where p.id = $2"
            ),
            &[engagement.into(), initiator.into()],
        )
        .await?;
    Ok(row)
}
