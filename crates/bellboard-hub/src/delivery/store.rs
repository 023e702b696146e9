//! The statements of deliveries: writing them, taking them, and storing what came of a try.

use bellboard_core::delivery::Answer;
use bellboard_core::id::{DashboardId, DeliveryId, EngagementId, SnapshotId, SubscriptionId};
use bellboard_core::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::outgoing::Sent;

mod bells;
mod due;
mod lists;
mod special;

pub(super) use bells::{
    asked, cancel_waiting, confirm, disable, enable, end, fares, is_confirmed, keep_seed, linked,
    rotate, subscription,
};
pub use due::DUE;
pub(super) use due::{begin_attempts, change_lane, due, left, take};
pub(super) use lists::{Dead, LIST, filters, one, replay, replay_dead, tries};
pub(super) use special::{end_leases, forget, keep_test};

/// A delivery that tells of no snapshot, about to be stored.
#[derive(Debug)]
pub(super) struct NewDelivery<'a> {
    pub(super) engagement: EngagementId,
    pub(super) id: DeliveryId,
    pub(super) subscription: SubscriptionId,
    pub(super) dashboard: DashboardId,
    pub(super) kind: &'a str,
    pub(super) target: &'a str,
    pub(super) body: &'a str,
    pub(super) now: Timestamp,
}

/// Stores a delivery, which is due at once. Those that tell of a snapshot are stored where subscriptions are evaluated.
pub(super) async fn queue(sql: &mut Sql<'_>, delivery: &NewDelivery<'_>) -> Outcome<()> {
    let hash = keep_body(sql, delivery.engagement, delivery.body, delivery.now).await?;
    sql.execute(
        "insert into deliveries (engagement_id, id, subscription_id, dashboard_id, kind, target, body_hash, status, is_test,
                                 is_digest, attempts, next_attempt_at, fence, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, 0, 0, $8, 0, $8)",
        &[
            delivery.engagement.into(),
            delivery.id.into(),
            delivery.subscription.into(),
            delivery.dashboard.into(),
            delivery.kind.into(),
            delivery.target.into(),
            hash.into(),
            delivery.now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Stores the bytes of a message once; their SHA-256. Bytes that are there already are as new, so that the row is locked: the
/// retention, which sees no delivery of them yet, waits for this transaction and then leaves them.
pub(crate) async fn keep_body(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    body: &str,
    now: Timestamp,
) -> Outcome<[u8; 32]> {
    let hash: [u8; 32] = Sha256::digest(body).into();
    sql.execute(
        "insert into delivery_bodies (engagement_id, hash, body, created_at) values ($1, $2, $3, $4)
         on conflict (engagement_id, hash) do update set created_at = excluded.created_at",
        &[engagement.into(), hash.into(), body.into(), now.into()],
    )
    .await?;
    Ok(hash)
}

/// What came of a try.
#[derive(Debug)]
pub(super) struct Ended<'a> {
    pub(super) engagement: EngagementId,
    pub(super) id: DeliveryId,
    pub(super) fence: i64,
    /// What the delivery is now.
    pub(super) status: &'a str,
    pub(super) next_attempt_at: Option<Timestamp>,
    pub(super) settled_at: Option<Timestamp>,
    /// Whether it counts as one of the tries that a delivery has.
    pub(super) counts: bool,
    /// What the try was.
    pub(super) outcome: &'a str,
    pub(super) status_code: Option<i64>,
    pub(super) excerpt: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    pub(super) now: Timestamp,
}

/// Stores what came of a try, if it is still the taker's: whether it was. A taker whose lease went to another writes
/// nothing.
pub(super) async fn end_attempt(sql: &mut Sql<'_>, ended: &Ended<'_>) -> Outcome<bool> {
    let moved = sql
        .execute(
            "update deliveries set status = $4, next_attempt_at = $5, settled_at = $6, lease_until = null,
                                   attempts = attempts + $7, lane = case when $7 = 1 then 1 else lane end
              where engagement_id = $1 and id = $2 and fence = $3 and status = 'sending'",
            &[
                ended.engagement.into(),
                ended.id.into(),
                ended.fence.into(),
                ended.status.into(),
                ended.next_attempt_at.into(),
                ended.settled_at.into(),
                i64::from(ended.counts).into(),
            ],
        )
        .await?;
    if moved != 1 {
        return Ok(false);
    }
    sql.execute(
        "update delivery_attempts set ended_at = $4, outcome = $5, status_code = $6, answer_excerpt = $7, reason = $8
          where engagement_id = $1 and delivery_id = $2 and number = $3",
        &[
            ended.engagement.into(),
            ended.id.into(),
            ended.fence.into(),
            ended.now.into(),
            ended.outcome.into(),
            ended.status_code.into(),
            ended.excerpt.into(),
            ended.reason.into(),
        ],
    )
    .await?;
    Ok(true)
}

/// Everything that a sender has to know, read when it is sent. Columns: body, dashboard title, subscription id, its
/// person_id, secret, former_secret, former_secret_until, confirmed_at, created_by, disabled_at.
pub(super) async fn facts(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DeliveryId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select b.body, t.title, s.id, s.person_id, s.secret, s.former_secret, s.former_secret_until, s.confirmed_at,
                    s.created_by, s.disabled_at
               from deliveries d
               join delivery_bodies b on b.engagement_id = d.engagement_id and b.hash = d.body_hash
               left join dashboards t on t.engagement_id = d.engagement_id and t.id = d.dashboard_id
               left join subscriptions s on s.engagement_id = d.engagement_id and s.id = d.subscription_id
              where d.engagement_id = $1 and d.id = $2",
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// What waited for another start of a hub is due again; mail only where there is a server of mail now.
pub(super) async fn wake_deferred(
    sql: &mut Sql<'_>,
    has_mail: bool,
    now: Timestamp,
    limit: u32,
) -> Outcome<u64> {
    let woken = sql
        .execute(
            "update deliveries set status = 'waiting', next_attempt_at = $1
              where status = 'deferred'
                and id in (select id from deliveries
                            where status = 'deferred' and (kind <> 'email' or $3 = 1)
                            order by created_at limit $2)",
            &[now.into(), limit.into(), has_mail.into()],
        )
        .await?;
    Ok(woken)
}

/// See [`is_untried`]; its plan is looked at by a test.
pub const UNTRIED: &str = "select 1 from deliveries
      where engagement_id = $1 and snapshot_id = $2 and attempts = 0 and lane = 0
        and (status = 'sending' or (status = 'waiting' and next_attempt_at <= $3))
      limit 1";

/// Whether a delivery of a snapshot is due in the fast lane and was not tried to the end yet.
pub(super) async fn is_untried(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    snapshot: SnapshotId,
    now: Timestamp,
) -> Outcome<bool> {
    let parameters = [engagement.into(), snapshot.into(), now.into()];
    Ok(sql.one(UNTRIED, &parameters).await?.is_some())
}

/// Whether a delivery of the subscription is due.
pub(super) async fn more_due(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subscription: SubscriptionId,
    now: Timestamp,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from deliveries
              where engagement_id = $1 and subscription_id = $2 and settled_at is null and status = 'waiting'
                and next_attempt_at <= $3
              limit 1",
            &[engagement.into(), subscription.into(), now.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// The status that came back.
pub(super) fn status_code(sent: &Sent) -> Option<i64> {
    match &sent.answer {
        Answer::Status(code, _) => Some(i64::from(*code)),
        Answer::Failed | Answer::Forbidden => None,
    }
}
