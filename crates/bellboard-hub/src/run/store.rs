//! The statements of runs. Status and outcome are written by one statement only: [`advance`].

use std::time::Duration;

use bellboard_core::id::{EngagementId, PersonId, RunId};
use bellboard_core::page::Cursor;
use bellboard_core::run::declaration::RETENTION;
use bellboard_core::run::identity::IdentityMode;
use bellboard_core::run::liveness::LivenessPolicy;
use bellboard_core::run::{Grade, Outcome as RunOutcome, Status};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::read::ListRuns;
use super::record::{Change, RunEvent};
use super::start::NewRun;
use super::view::RunView;
use crate::access::{Member, Reach};
use crate::db::reach::within_reach;
use crate::db::zones::run_columns;
use crate::db::{Row, Sql, Value};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

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
                     silent_after_micros, abandon_after_micros, phases, manual_review, retention_micros)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, '{}', '[]', $11, $12, 0, 1, $13, $14, $15, $16, $17,
                     $18, $19, $20, $21, $22, $23)
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
                changed(policy.silent_after_heartbeat, general.silent_after_heartbeat),
                changed(policy.abandon_after, general.abandon_after),
                phases.into(),
                new.declaration.manual_review.into(),
                changed(new.declaration.retention, RETENTION),
            ],
        )
        .await?;
    Ok(made == 1)
}

/// A span that a type declares for itself; what is as everywhere is not stored.
fn changed(span: Duration, general: Duration) -> Value {
    let micros = (span != general).then(|| i64::try_from(span.as_micros()).unwrap_or(i64::MAX));
    micros.into()
}

/// The run that a start means: the one with its id, or the one that its identity made or keeps active.
pub(super) async fn same(sql: &mut Sql<'_>, member: &Member, new: &NewRun) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.engagement_id = $1
                   and (x.id = $2 or (x.identity = $3 and (x.status <> 'completed' or x.identity_mode = $4)))
                 order by case when x.id = $2 then 0 else 1 end
                 limit 1"
            ),
            &[
                member.engagement_id().into(),
                new.id.into(),
                new.identity.into(),
                IdentityMode::Slot.as_str().into(),
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
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// Whether this was the first acknowledgement.
pub(super) async fn acknowledge(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    now: Timestamp,
) -> Outcome<bool> {
    let first = sql
        .execute(
            "update runs set acknowledged_at = $3, acknowledged_by = $4, version = version + 1
              where engagement_id = $1 and id = $2 and acknowledged_at is null",
            &[
                member.engagement_id().into(),
                run.into(),
                now.into(),
                member.name().into(),
            ],
        )
        .await?;
    Ok(first == 1)
}

/// Columns: `run_columns!`.
pub(super) async fn list(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListRuns,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let [status, outcome, run_type] = filters(asked);
    let rows = sql
        .all(
            concat!(
                within_reach!("select "),
                run_columns!(),
                " from reach m
                  join runs x on x.engagement_id = m.engagement_id
                  join engagements e on e.id = x.engagement_id
                 where ($6 = '' or x.status = $6) and ($7 = '' or x.outcome = $7) and ($8 = '' or x.type = $8)
                   and (x.created_at, x.id) < ($9, $10)
                 order by x.created_at desc, x.id desc
                 limit $11"
            ),
            &reach.with([status, outcome, run_type, at.into(), id.into(), limit.into()]),
        )
        .await?;
    Ok(rows)
}

pub(super) async fn list_total(sql: &mut Sql<'_>, reach: &Reach, asked: &ListRuns) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!(
                "select count(*)
                   from reach m
                   join runs x on x.engagement_id = m.engagement_id
                  where ($6 = '' or x.status = $6) and ($7 = '' or x.outcome = $7) and ($8 = '' or x.type = $8)"
            ),
            &reach.with(filters(asked)),
        )
        .await?;
    count_in(row.as_ref())
}

/// An empty text asks for all.
fn filters(asked: &ListRuns) -> [Value; 3] {
    [
        asked.status.map_or("", Status::as_str).into(),
        asked.outcome.map_or("", |outcome| outcome.as_str()).into(),
        asked
            .run_type
            .as_ref()
            .map_or("", |name| name.as_str())
            .into(),
    ]
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

/// Columns: id, at, kind, actor_name, summary, diagnostics.
pub(super) async fn events(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            "select id, at, kind, actor_name, summary, diagnostics
               from run_events
              where engagement_id = $1 and run_id = $2 and (at, id) < ($3, $4)
              order by at desc, id desc
              limit $5",
            &[
                member.engagement_id().into(),
                run.into(),
                at.into(),
                id.into(),
                limit.into(),
            ],
        )
        .await?;
    Ok(rows)
}

pub(super) async fn events_total(sql: &mut Sql<'_>, member: &Member, run: RunId) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from run_events where engagement_id = $1 and run_id = $2",
            &[member.engagement_id().into(), run.into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// Active runs not heard of since a moment, longest silent first: those that promised to be heard, or all others.
pub(super) async fn silent(
    sql: &mut Sql<'_>,
    promised: bool,
    since: Timestamp,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    const PROMISED: &str = concat!(
        "select ",
        run_columns!(),
        " from runs x
          join engagements e on e.id = x.engagement_id
         where x.status = 'running' and x.heartbeat_micros is not null
           and x.last_seen_at < $1 and (x.last_seen_at, x.id) > ($2, $3)
         order by x.last_seen_at, x.id
         limit $4"
    );
    const OTHERS: &str = concat!(
        "select ",
        run_columns!(),
        " from runs x
          join engagements e on e.id = x.engagement_id
         where x.status <> 'completed' and (x.heartbeat_micros is null or x.status = 'queued')
           and x.last_seen_at < $1 and (x.last_seen_at, x.id) > ($2, $3)
         order by x.last_seen_at, x.id
         limit $4"
    );
    let (at, id) = after.map_or((Timestamp::MIN, Uuid::nil()), |place| (place.at, place.id));
    let text = if promised { PROMISED } else { OTHERS };
    let rows = sql
        .all(text, &[since.into(), at.into(), id.into(), limit.into()])
        .await?;
    Ok(rows)
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

/// Raises the grade with its evidence; whether this was the first verification.
pub(super) async fn verify(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    evidence: &str,
) -> Outcome<bool> {
    let first = sql
        .execute(
            "update runs set grade = 'verified', evidence = $3, version = version + 1
              where engagement_id = $1 and id = $2 and evidence is null",
            &[member.engagement_id().into(), run.into(), evidence.into()],
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

pub(super) async fn insert_watcher(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into run_watchers (engagement_id, run_id, person_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        &[
            member.engagement_id().into(),
            run.into(),
            member.person_id().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete_watcher(sql: &mut Sql<'_>, member: &Member, run: RunId) -> Outcome<()> {
    sql.execute(
        "delete from run_watchers where engagement_id = $1 and run_id = $2 and person_id = $3",
        &[
            member.engagement_id().into(),
            run.into(),
            member.person_id().into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn is_watcher(sql: &mut Sql<'_>, member: &Member, run: RunId) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from run_watchers where engagement_id = $1 and run_id = $2 and person_id = $3",
            &[member.engagement_id().into(), run.into(), member.person_id().into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Those who asked to be told and still belong to the engagement.
pub(super) async fn watchers(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<Vec<PersonId>> {
    let rows = sql
        .all(
            "select w.person_id
               from run_watchers w
               join memberships m on m.engagement_id = w.engagement_id and m.person_id = w.person_id
              where w.engagement_id = $1 and w.run_id = $2
              order by w.person_id",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// Who started a run, as they are now. Columns: designations, null for somebody who no longer belongs.
pub(super) async fn initiator(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    initiator: PersonId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select m.designations
               from people p
               left join memberships m on m.person_id = p.id and m.engagement_id = $1
              where p.id = $2",
            &[engagement.into(), initiator.into()],
        )
        .await?;
    Ok(row)
}

/// The oldest completed runs whose time is over and which wait for nobody: of types that declare their own time, or of
/// all others. Columns: engagement_id, id.
pub(super) async fn expired(
    sql: &mut Sql<'_>,
    own_time: bool,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    const OWN: &str = "select x.engagement_id, x.id
           from runs x
          where x.status = 'completed' and x.retention_micros is not null
            and x.completed_at + x.retention_micros < $1
            and not exists (select 1 from needs n where n.engagement_id = x.engagement_id and n.item_id = x.id)
          limit $2";
    const GENERAL: &str = "select x.engagement_id, x.id
           from runs x
          where x.status = 'completed' and x.retention_micros is null
            and x.completed_at < $1
            and not exists (select 1 from needs n where n.engagement_id = x.engagement_id and n.item_id = x.id)
          limit $2";
    let (text, moment) = if own_time {
        (OWN, now)
    } else {
        (GENERAL, now - RETENTION)
    };
    let rows = sql.all(text, &[moment.into(), limit.into()]).await?;
    Ok(rows)
}

/// Removes a completed run with what hangs on it; whether it was there.
pub(super) async fn delete(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<bool> {
    const WHAT_HANGS_ON_IT: [&str; 3] = [
        "delete from run_events where engagement_id = $1 and run_id = $2",
        "delete from run_watchers where engagement_id = $1 and run_id = $2",
        "delete from notifications where engagement_id = $1 and run_id = $2",
    ];
    let gone = sql
        .execute(
            "delete from runs where engagement_id = $1 and id = $2 and status = 'completed'",
            &[engagement.into(), run.into()],
        )
        .await?;
    if gone == 1 {
        for statement in WHAT_HANGS_ON_IT {
            sql.execute(statement, &[engagement.into(), run.into()])
                .await?;
        }
    }
    Ok(gone == 1)
}
