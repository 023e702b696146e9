//! The statements that find what is due, take it, and say in which lane the rest waits.

use std::sync::LazyLock;

use bellboard_core::id::{EngagementId, SubscriptionId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::db::many::{MANY, many_from, repeated};
use crate::db::{Row, Sql, Value};
use crate::delivery::Lane;
use crate::fault::Outcome;

/// See [`due`]; its plan is looked at by a test.
pub const DUE: &str = "select d.id
       from deliveries d
      where d.status = 'waiting' and d.lane = $1 and d.next_attempt_at <= $2
        and not exists (select 1 from deliveries o
                         where o.engagement_id = d.engagement_id and o.subscription_id = d.subscription_id
                           and o.settled_at is null and o.status = 'sending' and o.lease_until > $2)
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
    let parameters = [lane.number().into(), now.into(), limit.into()];
    ids(sql, DUE, &parameters).await
}

/// What nobody sends any more: its taker was not heard before its lease was over.
pub(in crate::delivery) async fn left(
    sql: &mut Sql<'_>,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Uuid>> {
    let text = "select d.id from deliveries d where d.status = 'sending' and d.lease_until <= $1
                 order by d.lease_until limit $2";
    ids(sql, text, &[now.into(), limit.into()]).await
}

async fn ids(sql: &mut Sql<'_>, text: &'static str, parameters: &[Value]) -> Outcome<Vec<Uuid>> {
    let rows = sql.all(text, parameters).await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// Takes what was found, unless another hub was quicker: each gets a lease, and a fence that no earlier taker has. A digest
/// is complete with that: later bells begin another, so that every try sends the same bytes.
/// Columns: engagement_id, id, fence, kind, target, attempts, subscription_id, dashboard_id.
pub(in crate::delivery) async fn take(
    sql: &mut Sql<'_>,
    found: &[Uuid],
    now: Timestamp,
    lease_until: Timestamp,
) -> Outcome<Vec<Row>> {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let keys = many_from(3);
        format!(
            "update deliveries set status = 'sending', lease_until = $2, fence = fence + 1, is_digest = 0
              where id in ({keys})
                and ((status = 'waiting' and next_attempt_at <= $1) or (status = 'sending' and lease_until <= $1))
             returning deliveries.engagement_id, deliveries.id, deliveries.fence, deliveries.kind, deliveries.target,
                       deliveries.attempts, deliveries.subscription_id, deliveries.dashboard_id"
        )
    });
    let mut taken = Vec::with_capacity(found.len());
    for some in found.chunks(MANY) {
        let times: [Value; 2] = [now.into(), lease_until.into()];
        let parameters: Vec<Value> = times.into_iter().chain(repeated(some)).collect();
        taken.extend(sql.all(&TEXT, &parameters).await?);
    }
    Ok(taken)
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
          where engagement_id = $1 and subscription_id = $2 and settled_at is null and status in ('waiting', 'deferred')
            and lane <> $3 and ($3 = 1 or attempts = 0)",
        &[
            engagement.into(),
            subscription.into(),
            lane.number().into(),
        ],
    )
    .await?;
    Ok(())
}
