//! The statements that find what is due, take it, and say in which lane the rest waits.

use bellboard_core::id::{EngagementId, SubscriptionId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::db::{Row, Sql, Value};
use crate::delivery::Lane;
use crate::fault::Outcome;

/// So many are taken by one statement.
pub(in crate::delivery) const TAKEN_AT_ONCE: usize = 20;

/// See [`due`]; its plan is looked at by a test.
pub const DUE: &str = "select d.id
       from deliveries d
      where d.status = 'waiting' and d.lane = $1 and d.next_attempt_at <= $2
        and not exists (select 1 from deliveries o
                         where o.engagement_id = d.engagement_id and o.subscription_id = d.subscription_id
                           and o.status = 'sending' and o.lease_until > $2)
      order by d.next_attempt_at
      limit $3";

/// What is due in a lane, the longest due first. Of a receiver that is being told nothing more is found meanwhile, so that
/// one which hangs holds few places however often its bell rings.
pub(in crate::delivery) async fn due(
    sql: &mut Sql<'_>,
    lane: Lane,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Uuid>> {
    let rows = sql
        .all(DUE, &[lane.number().into(), now.into(), limit.into()])
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// What nobody sends any more: its taker was not heard before its lease was over.
pub(in crate::delivery) async fn left(
    sql: &mut Sql<'_>,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Uuid>> {
    let rows = sql
        .all(
            "select d.id from deliveries d where d.status = 'sending' and d.lease_until <= $1
              order by d.lease_until limit $2",
            &[now.into(), limit.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// Takes at most [`TAKEN_AT_ONCE`] that were found, unless another hub was quicker: each gets a lease, and a fence that no
/// earlier taker has. A digest is complete with that: later bells begin another, so that every try sends the same bytes.
/// Columns: engagement_id, id, fence, kind, target, attempts, subscription_id, dashboard_id, lane.
pub(in crate::delivery) async fn take(
    sql: &mut Sql<'_>,
    found: &[Uuid],
    now: Timestamp,
    lease_until: Timestamp,
) -> Outcome<Vec<Row>> {
    let last = found.last().copied().unwrap_or_default();
    let ids = found
        .iter()
        .copied()
        .chain(std::iter::repeat(last))
        .take(TAKEN_AT_ONCE);
    let times: [Value; 2] = [now.into(), lease_until.into()];
    let parameters: Vec<Value> = times.into_iter().chain(ids.map(Value::from)).collect();
    let rows = sql
        .all(
            "update deliveries set status = 'sending', lease_until = $2, fence = fence + 1, is_digest = 0
              where id in ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
                and ((status = 'waiting' and next_attempt_at <= $1) or (status = 'sending' and lease_until <= $1))
             returning deliveries.engagement_id, deliveries.id, deliveries.fence, deliveries.kind, deliveries.target,
                       deliveries.attempts, deliveries.subscription_id, deliveries.dashboard_id, deliveries.lane",
            &parameters,
        )
        .await?;
    Ok(rows)
}

/// What waits for a receiver that fails waits in the slow lane; of one that answers again, only what was tried before.
pub(in crate::delivery) async fn change_lane(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subscription: SubscriptionId,
    lane: Lane,
) -> Outcome<()> {
    sql.execute(
        "update deliveries set lane = $3
          where engagement_id = $1 and subscription_id = $2 and status in ('waiting', 'deferred') and lane <> $3
            and ($3 = 1 or attempts = 0)",
        &[
            engagement.into(),
            subscription.into(),
            lane.number().into(),
        ],
    )
    .await?;
    Ok(())
}
