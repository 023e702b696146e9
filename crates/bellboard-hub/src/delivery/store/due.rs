//! The statements that find what is due, take it, and say in which lane the rest waits.

use std::sync::LazyLock;

use bellboard_core::id::{EngagementId, SubscriptionId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::db::many::{Inserts, MANY, many_from, repeated};
use crate::db::{Row, Sql, Value};
use crate::delivery::{Lane, Taken};
use crate::fault::Outcome;

/// See [`due`]; its plan is looked at by a test.
// Who is being told is asked once, not for each that waits: whatever waits for them is walked past in no time.
pub const DUE: &str = "select d.id
       from deliveries d
      where d.status = 'waiting' and d.lane = $1 and d.next_attempt_at <= $2
        and (d.subscription_id is null
             or d.subscription_id not in (select o.subscription_id from deliveries o
                                           where o.status = 'sending' and o.lease_until > $2
                                             and o.subscription_id is not null))
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
/// is complete with that: later bells begin another, so that every try sends the same bytes. Its time is a `case`, for which
/// no index serves, so that those are found by their ids and not among all that is due.
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
                and case status when 'waiting' then next_attempt_at when 'sending' then lease_until end <= $1
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

/// Begins a try of each that was taken; of those that were tried before, one that nobody ended was interrupted.
pub(in crate::delivery) async fn begin_attempts(
    sql: &mut Sql<'_>,
    taken: &[Taken],
    now: Timestamp,
) -> Outcome<()> {
    static INTERRUPTED: LazyLock<String> = LazyLock::new(|| {
        let keys = many_from(1);
        format!(
            "update delivery_attempts set outcome = 'interrupted'
              where outcome = 'sending'
                and (engagement_id, delivery_id) in (select d.engagement_id, d.id from deliveries d where d.id in ({keys}))"
        )
    });
    static ATTEMPTS: LazyLock<Inserts> = LazyLock::new(|| {
        let insert = "insert into delivery_attempts (engagement_id, delivery_id, number, started_at, outcome)";
        Inserts::new(insert, 5)
    });
    let again = taken.iter().filter(|one| one.fence > 1);
    let again: Vec<Uuid> = again.map(|one| one.id.uuid()).collect();
    for some in again.chunks(MANY) {
        let parameters: Vec<Value> = repeated(some).collect();
        sql.execute(&INTERRUPTED, &parameters).await?;
    }
    let rows = taken.iter().map(|one| -> Vec<Value> {
        vec![
            one.engagement.into(),
            one.id.into(),
            one.fence.into(),
            now.into(),
            "sending".into(),
        ]
    });
    Ok(ATTEMPTS.insert(sql, &rows.collect::<Vec<_>>()).await?)
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
            and lane = $4 and ($3 = 1 or attempts = 0)",
        &[
            engagement.into(),
            subscription.into(),
            lane.number().into(),
            lane.other().number().into(),
        ],
    )
    .await?;
    Ok(())
}
