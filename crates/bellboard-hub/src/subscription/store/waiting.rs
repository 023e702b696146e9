//! The statements about what waits to be told when an option of its bell changes.

use std::sync::LazyLock;

use bellboard_core::id::{DeliveryId, EngagementId, SnapshotId, SubscriptionId};
use bellboard_core::time::Timestamp;

use crate::db::many::Inserts;
use crate::db::{Sql, Value};
use crate::fault::Outcome;
use crate::subscription::SubscriptionView;

/// A bell that waited and is told no more.
pub(in crate::subscription) struct Silenced {
    /// The snapshot that it would have told of.
    pub(in crate::subscription) snapshot: SnapshotId,
    /// The one that it would have been told from.
    pub(in crate::subscription) compared_with: Option<SnapshotId>,
    /// When the subscription rang before it.
    pub(in crate::subscription) rang_before: Option<Timestamp>,
    /// Whether it was tried, so that its subscriber may know of it.
    pub(in crate::subscription) was_tried: bool,
    /// When its subscription rang with it; of a digest, when that began.
    pub(in crate::subscription) created_at: Timestamp,
    delivery: DeliveryId,
    fence: i64,
}

const SILENCED: &str =
    "insert into delivery_attempts (engagement_id, delivery_id, number, started_at,
                                                       ended_at, outcome, reason)";

static SILENCED_BELLS: LazyLock<Inserts> = LazyLock::new(|| Inserts::new(SILENCED, 7));

/// Cancels what waits and would be told before the mute ends, or nobody knows when; these, the newest first. The reason
/// stands where that of every try stands. What is due by now is on its way.
pub(in crate::subscription) async fn silence(
    sql: &mut Sql<'_>,
    (engagement, subscription): (EngagementId, SubscriptionId),
    until: Timestamp,
    now: Timestamp,
) -> Outcome<Vec<Silenced>> {
    let rows = sql
        .all(
            "update deliveries set status = 'cancelled', settled_at = $3, next_attempt_at = null, is_digest = 0,
                                   fence = fence + 1
              where engagement_id = $1 and subscription_id = $2 and settled_at is null
                and status in ('waiting', 'deferred') and is_test = 0 and snapshot_id is not null
                and (next_attempt_at is null or (next_attempt_at > $3 and next_attempt_at < $4))
             returning deliveries.snapshot_id, deliveries.compared_with, deliveries.id, deliveries.fence,
                       deliveries.created_at, deliveries.rang_before, deliveries.attempts",
            &[
                engagement.into(),
                subscription.into(),
                now.into(),
                until.into(),
            ],
        )
        .await?;
    let mut silenced = Vec::with_capacity(rows.len());
    for row in &rows {
        silenced.push(Silenced {
            snapshot: row.id(0)?,
            compared_with: row.opt_id(1)?,
            rang_before: row.opt_time(5)?,
            was_tried: row.int(6)? > 0,
            delivery: row.id(2)?,
            fence: row.int(3)?,
            created_at: row.time(4)?,
        });
    }
    silenced.sort_by_key(|one| std::cmp::Reverse(one.created_at));
    let reasons = silenced.iter().map(|one| -> Vec<Value> {
        vec![
            engagement.into(),
            one.delivery.into(),
            one.fence.into(),
            now.into(),
            now.into(),
            "cancelled".into(),
            "the bell was muted".into(),
        ]
    });
    SILENCED_BELLS
        .insert(sql, &reasons.collect::<Vec<_>>())
        .await?;
    Ok(silenced)
}

/// What waits untried for a time of the options before is told at this one instead, and is a digest if bells are gathered;
/// whether there was any. What is due by now is on its way.
pub(in crate::subscription) async fn retime(
    sql: &mut Sql<'_>,
    after: &SubscriptionView,
    (at, now): (Timestamp, Timestamp),
) -> Outcome<bool> {
    let retimed = sql
        .execute(
            "update deliveries set next_attempt_at = $3, is_digest = $5
              where engagement_id = $1 and subscription_id = $2 and settled_at is null and status = 'waiting'
                and attempts = 0 and is_test = 0 and snapshot_id is not null and next_attempt_at > $4",
            &[
                after.engagement_id.into(),
                after.id.into(),
                at.into(),
                now.into(),
                after.digest_seconds.is_some().into(),
            ],
        )
        .await?;
    Ok(retimed > 0)
}
