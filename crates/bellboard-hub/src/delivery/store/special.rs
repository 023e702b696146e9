//! The statements of tests, of forgetting, and of what a start changes.

use bellboard_core::id::{DeliveryId, EngagementId};
use bellboard_core::time::Timestamp;

use super::{keep_body, status_code};
use crate::db::Sql;
use crate::delivery::Taken;
use crate::fault::Outcome;
use crate::outgoing::Sent;

/// Keeps a test with its one try; it is never sent again by itself.
pub(in crate::delivery) async fn keep_test(
    sql: &mut Sql<'_>,
    taken: &Taken,
    body: &str,
    (status, sent): (&str, &Sent),
    (started_at, ended_at): (Timestamp, Timestamp),
) -> Outcome<()> {
    let hash = keep_body(sql, taken.engagement, body, started_at).await?;
    sql.execute(
        "insert into deliveries (engagement_id, id, subscription_id, dashboard_id, kind, target, body_hash, status, is_test,
                                 is_digest, attempts, fence, created_at, settled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, 1, 1, $9, $10)",
        &[
            taken.engagement.into(),
            taken.id.into(),
            taken.subscription.into(),
            taken.dashboard.into(),
            taken.kind.as_str().into(),
            taken.target.as_str().into(),
            hash.into(),
            status.into(),
            started_at.into(),
            ended_at.into(),
        ],
    )
    .await?;
    let outcome = if status == "delivered" {
        "delivered"
    } else {
        "failed"
    };
    sql.execute(
        "insert into delivery_attempts (engagement_id, delivery_id, number, started_at, ended_at, outcome, status_code,
                                        answer_excerpt, reason)
         values ($1, $2, 1, $3, $4, $5, $6, $7, $8)",
        &[
            taken.engagement.into(),
            taken.id.into(),
            started_at.into(),
            ended_at.into(),
            outcome.into(),
            status_code(sent).into(),
            sent.excerpt.as_deref().into(),
            sent.reason.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Removes at most so many deliveries that were settled before this moment, with their tries, and the bytes that no delivery
/// has any more; how many deliveries.
pub(in crate::delivery) async fn forget(
    sql: &mut Sql<'_>,
    before: Timestamp,
    limit: u32,
) -> Outcome<u64> {
    let gone = sql
        .all(
            "delete from deliveries
              where id in (select id from deliveries where settled_at < $1 order by settled_at limit $2)
             returning deliveries.engagement_id, deliveries.id",
            &[before.into(), limit.into()],
        )
        .await?;
    for row in &gone {
        let (engagement, id): (EngagementId, DeliveryId) = (row.id(0)?, row.id(1)?);
        sql.execute(
            "delete from delivery_attempts where engagement_id = $1 and delivery_id = $2",
            &[engagement.into(), id.into()],
        )
        .await?;
    }
    sql.execute(
        "delete from delivery_bodies
          where created_at < $1
            and not exists (select 1 from deliveries d
                             where d.engagement_id = delivery_bodies.engagement_id
                               and d.body_hash = delivery_bodies.hash)",
        &[before.into()],
    )
    .await?;
    Ok(gone.len() as u64)
}

/// Ends every lease.
pub(in crate::delivery) async fn end_leases(sql: &mut Sql<'_>, now: Timestamp) -> Outcome<()> {
    sql.execute(
        "update deliveries set lease_until = $1 where status = 'sending' and lease_until > $1",
        &[now.into()],
    )
    .await?;
    Ok(())
}
