//! The statements of the registry of run types. The nil id stands for the whole hub.

use std::time::Duration;

use bellboard_core::id::EngagementId;
use bellboard_core::run::RunType;
use bellboard_core::run::declaration::Declaration;
use bellboard_core::run::liveness::LivenessPolicy;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::capability_name;
use crate::db::{Row, Sql, Value};
use crate::fault::{Fault, Outcome};

fn place(engagement: Option<EngagementId>) -> Uuid {
    engagement.map_or(Uuid::nil(), EngagementId::uuid)
}

/// The engagement's declaration, or the hub's. Columns: label, capability, phases, queued_stale_seconds,
/// silent_after_seconds, abandon_after_seconds, manual_review, retention_days.
pub(super) async fn nearest(
    sql: &mut Sql<'_>,
    engagement: Option<EngagementId>,
    run_type: &RunType,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select label, capability, phases, queued_stale_seconds, silent_after_seconds, abandon_after_seconds,
                    manual_review, retention_days
               from run_types
              where engagement_id in ($1, $2) and type = $3
              order by case when engagement_id = $1 then 0 else 1 end
              limit 1",
            &[place(engagement).into(), Uuid::nil().into(), run_type.as_str().into()],
        )
        .await?;
    Ok(row)
}

/// Every declaration that holds in an engagement, by type. Columns: as of [`nearest`], then type.
pub(super) async fn all(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select t.label, t.capability, t.phases, t.queued_stale_seconds, t.silent_after_seconds,
                    t.abandon_after_seconds, t.manual_review, t.retention_days, t.type
               from run_types t
              where t.engagement_id = $1
                 or (t.engagement_id = $2
                     and not exists (select 1 from run_types n where n.engagement_id = $1 and n.type = t.type))
              order by t.type
              limit $3",
            &[engagement.into(), Uuid::nil().into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

pub(super) async fn put(
    sql: &mut Sql<'_>,
    engagement: Option<EngagementId>,
    run_type: &RunType,
    declared: &Declaration,
    now: Timestamp,
) -> Outcome<()> {
    let general = LivenessPolicy::default();
    let policy = declared.policy;
    let phases = serde_json::to_string(&declared.phases).map_err(Fault::internal)?;
    let days = i64::try_from(declared.retention.as_secs() / 86_400).unwrap_or(i64::MAX);
    sql.execute(
        "insert into run_types
                (engagement_id, type, label, capability, phases, queued_stale_seconds, silent_after_seconds,
                 abandon_after_seconds, manual_review, retention_days, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (engagement_id, type) do update
            set label = excluded.label, capability = excluded.capability, phases = excluded.phases,
                queued_stale_seconds = excluded.queued_stale_seconds,
                silent_after_seconds = excluded.silent_after_seconds,
                abandon_after_seconds = excluded.abandon_after_seconds, manual_review = excluded.manual_review,
                retention_days = excluded.retention_days, changed_at = excluded.changed_at",
        &[
            place(engagement).into(),
            run_type.as_str().into(),
            declared.label.clone().into(),
            capability_name(declared.capability).into(),
            phases.into(),
            seconds(policy.queued_stale_after, general.queued_stale_after),
            declared
                .declared_silence()
                .map(|span| i64::try_from(span.as_secs()).unwrap_or(i64::MAX))
                .into(),
            seconds(policy.abandon_after, general.abandon_after),
            declared.manual_review.into(),
            days.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What is as everywhere is not stored, so that it follows when the general rule changes.
fn seconds(span: Duration, general: Duration) -> Value {
    let seconds = (span != general).then(|| i64::try_from(span.as_secs()).unwrap_or(i64::MAX));
    seconds.into()
}
