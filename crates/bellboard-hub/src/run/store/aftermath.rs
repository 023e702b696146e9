//! The statements of what comes after an end: who has dealt with it, what has settled it, who has checked it.

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::time::Timestamp;

use crate::access::Member;
use crate::db::Sql;
use crate::fault::Outcome;

/// Marks a failure as dealt with by what came later.
pub(in crate::run) async fn settle(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
    by: &str,
    at: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update runs set acknowledged_at = $3, acknowledged_by = $4, version = version + 1
          where engagement_id = $1 and id = $2 and acknowledged_at is null",
        &[engagement.into(), run.into(), at.into(), by.into()],
    )
    .await?;
    Ok(())
}

/// Whether this was the first acknowledgement.
pub(in crate::run) async fn acknowledge(
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

/// Whether a run of the subject that was started at this moment or later has succeeded.
pub(in crate::run) async fn has_succeeded_since(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subject: &[u8],
    since: Timestamp,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from runs
              where engagement_id = $1 and subject = $2 and outcome = 'succeeded' and active_at >= $3
              limit 1",
            &[engagement.into(), subject.into(), since.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether this person had a hand in the run: asked for it, started it, claimed it or told its end.
pub(in crate::run) async fn has_a_hand_in(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from runs
              where engagement_id = $1 and id = $2 and $3 in (initiator_id, started_by, claimed_by_id, finished_by)",
            &[
                member.engagement_id().into(),
                run.into(),
                member.person_id().into(),
            ],
        )
        .await?;
    Ok(row.is_some())
}

/// Raises the grade with its evidence; whether this was the first verification.
pub(in crate::run) async fn verify(
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
