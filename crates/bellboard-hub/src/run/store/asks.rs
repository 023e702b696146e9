//! The statements that let a run wait for people. They count the version on, so that whoever has just read the run as
//! silent reads it again.

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::time::Timestamp;

use crate::db::Sql;
use crate::fault::Outcome;

/// One more ask of the run is open; `false` when there is no such run that goes on.
pub(crate) async fn wait_more(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<bool> {
    let waits = sql
        .execute(
            "update runs set open_asks = open_asks + 1, version = version + 1
              where engagement_id = $1 and id = $2 and status <> 'completed'",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(waits == 1)
}

/// One less. The run's silence is counted from here, and so is the lease of its worker: until now it was expected to be
/// silent.
pub(crate) async fn wait_less(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
    at: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update runs
            set open_asks = open_asks - 1, version = version + 1,
                heard_at = case when status <> 'completed' and heard_at < $3 then $3 else heard_at end,
                last_seen_at = case when status <> 'completed' and last_seen_at < $3 then $3 else last_seen_at end,
                lease_until = case when lease_until < $3 + lease_micros then $3 + lease_micros else lease_until end
          where engagement_id = $1 and id = $2 and open_asks > 0",
        &[engagement.into(), run.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Holds the run that asked until the transaction ends.
pub(crate) async fn hold_asked(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<()> {
    sql.execute(
        "update runs set open_asks = open_asks where engagement_id = $1 and id = $2",
        &[engagement.into(), run.into()],
    )
    .await?;
    Ok(())
}

/// Whether nobody waits for an answer there any more.
pub(crate) async fn has_ended(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from runs where engagement_id = $1 and id = $2 and status = 'completed'",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(row.is_some())
}
