//! The statements that make bells: the ledger, and what is to be sent.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use bellboard_core::id::{DeliveryId, EngagementId, SnapshotId, SubscriptionId};
use bellboard_core::time::Timestamp;

use crate::db::many::Inserts;
use crate::db::{Sql, Value};
use crate::delivery::Lane;
use crate::fault::Outcome;
use crate::snapshot::SnapshotView;
use crate::subscription::SubscriberKind;

/// What was decided for one subscription.
pub(in crate::subscription) struct NewEvaluation {
    pub(in crate::subscription) subscription: SubscriptionId,
    pub(in crate::subscription) compared_with: Option<SnapshotId>,
    pub(in crate::subscription) outcome: &'static str,
    pub(in crate::subscription) why: String,
}

/// The outcome of which the subscriber is told now.
pub(in crate::subscription) const RANG: &str = "rang";
/// The outcome that cancels the digest that waited: the picture is again as it was where that began.
pub(in crate::subscription) const EVENED_OUT: &str = "evened_out";
/// Those of which it is told, now or later.
const TOLD: [&str; 3] = [RANG, "quiet_hours", "digest"];

/// One bell that is to be told.
pub(in crate::subscription) struct NewDelivery {
    pub(in crate::subscription) id: DeliveryId,
    pub(in crate::subscription) subscription: SubscriptionId,
    pub(in crate::subscription) compared_with: SnapshotId,
    pub(in crate::subscription) kind: SubscriberKind,
    pub(in crate::subscription) target: String,
    pub(in crate::subscription) body: [u8; 32],
    pub(in crate::subscription) is_digest: bool,
    /// When the subscription rang before, if this is never told.
    pub(in crate::subscription) rang_before: Option<Timestamp>,
    pub(in crate::subscription) at: Timestamp,
}

const EVALUATION: &str =
    "insert into bell_evaluations (engagement_id, subscription_id, snapshot_id, dashboard_id,
                                                       compared_with, outcome, why, at)";
const DELIVERY: &str = "insert into deliveries (engagement_id, id, subscription_id, snapshot_id, compared_with, dashboard_id,
                                               kind, target, body_hash, status, is_test, is_digest, attempts,
                                               next_attempt_at, fence, created_at, lane, rang_before)";

static EVALUATIONS: LazyLock<Inserts> = LazyLock::new(|| Inserts::new(EVALUATION, 8));
static DELIVERIES: LazyLock<Inserts> = LazyLock::new(|| Inserts::new(DELIVERY, 18));

/// Writes what was decided into the ledger.
pub(in crate::subscription) async fn insert_evaluations(
    sql: &mut Sql<'_>,
    snapshot: &SnapshotView,
    evaluations: &[NewEvaluation],
) -> Outcome<()> {
    let rows = evaluations.iter().map(|one| -> Vec<Value> {
        vec![
            snapshot.engagement_id.into(),
            one.subscription.into(),
            snapshot.id.into(),
            snapshot.dashboard_id.into(),
            one.compared_with.into(),
            one.outcome.into(),
            one.why.as_str().into(),
            snapshot.captured_at.into(),
        ]
    });
    Ok(EVALUATIONS.insert(sql, &rows.collect::<Vec<_>>()).await?)
}

/// Writes what is to be sent, in the lane of each.
pub(in crate::subscription) async fn insert_deliveries(
    sql: &mut Sql<'_>,
    snapshot: &SnapshotView,
    deliveries: &[NewDelivery],
    slow: &HashSet<SubscriptionId>,
) -> Outcome<()> {
    let rows = deliveries.iter().map(|one| -> Vec<Value> {
        let lane = if slow.contains(&one.subscription) {
            Lane::Slow
        } else {
            Lane::Fresh
        };
        vec![
            snapshot.engagement_id.into(),
            one.id.into(),
            one.subscription.into(),
            snapshot.id.into(),
            one.compared_with.into(),
            snapshot.dashboard_id.into(),
            one.kind.as_str().into(),
            one.target.as_str().into(),
            one.body.into(),
            "waiting".into(),
            false.into(),
            one.is_digest.into(),
            0_i64.into(),
            one.at.into(),
            0_i64.into(),
            snapshot.captured_at.into(),
            lane.number().into(),
            one.rang_before.into(),
        ]
    });
    Ok(DELIVERIES.insert(sql, &rows.collect::<Vec<_>>()).await?)
}

/// Keeps what is sent, once. What is there already is as new: the retention leaves it.
pub(in crate::subscription) async fn keep_body(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    hash: [u8; 32],
    body: &str,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into delivery_bodies (engagement_id, hash, body, created_at) values ($1, $2, $3, $4)
         on conflict (engagement_id, hash) do update set created_at = excluded.created_at",
        &[engagement.into(), hash.into(), body.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// Subscriptions that have nothing to compare with yet begin with this snapshot.
pub(in crate::subscription) async fn begin_baselines(
    sql: &mut Sql<'_>,
    snapshot: &SnapshotView,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions set baseline_snapshot_id = $3
          where engagement_id = $1 and dashboard_id = $2
            and (baseline_snapshot_id is null
                 or not exists (select 1 from snapshots s
                                 where s.engagement_id = $1 and s.id = subscriptions.baseline_snapshot_id))",
        &[
            snapshot.engagement_id.into(),
            snapshot.dashboard_id.into(),
            snapshot.id.into(),
        ],
    )
    .await?;
    Ok(())
}

/// `$1` to `$6` of a statement about those that are told of a snapshot: its engagement, its id, its moment, the outcomes.
fn told_of(snapshot: &SnapshotView) -> [Value; 6] {
    let [now, after_quiet_hours, in_digest] = TOLD;
    [
        snapshot.engagement_id.into(),
        snapshot.id.into(),
        snapshot.captured_at.into(),
        now.into(),
        after_quiet_hours.into(),
        in_digest.into(),
    ]
}

/// Whoever is told of this snapshot, now or later, compares with it from here on.
pub(in crate::subscription) async fn mark_rung(
    sql: &mut Sql<'_>,
    snapshot: &SnapshotView,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions set baseline_snapshot_id = $2, last_rang_at = $3
          where engagement_id = $1
            and id in (select subscription_id from bell_evaluations
                        where engagement_id = $1 and snapshot_id = $2 and outcome in ($4, $5, $6))",
        &told_of(snapshot),
    )
    .await?;
    Ok(())
}

/// See [`slow`]; its plan is looked at by a test.
// Not `exists`, for which PostgreSQL would rather read everything that waits. And ranges of one word, because with an
// equality both engines may take, for each bell anew, one of the small indexes of all that is being sent or is due.
pub const SLOW: &str = "select e.subscription_id
       from bell_evaluations e
      where e.engagement_id = $1 and e.snapshot_id = $2 and e.outcome in ($4, $5, $6)
        and ((select s.failing_since from subscriptions s
               where s.engagement_id = e.engagement_id and s.id = e.subscription_id) is not null
             or (select 1 from deliveries o
                  where o.engagement_id = e.engagement_id and o.subscription_id = e.subscription_id
                    and o.settled_at is null and o.status between 'sending' and 'sending' and o.lease_until > $3
                  limit 1) is not null
             or (select 1 from deliveries o
                  where o.engagement_id = e.engagement_id and o.subscription_id = e.subscription_id
                    and o.settled_at is null and o.status between 'waiting' and 'waiting' and o.lane = 0
                    and o.next_attempt_at <= $3
                  limit 1) is not null)";

/// Whose bell of this snapshot waits in the slow lane: nothing arrives at the receiver, or it is being told of an earlier
/// one, or would have been already. What waits in the slow lane itself counts for nothing: each bell would be behind the one
/// before.
pub(in crate::subscription) async fn slow(
    sql: &mut Sql<'_>,
    snapshot: &SnapshotView,
) -> Outcome<HashSet<SubscriptionId>> {
    let rows = sql.all(SLOW, &told_of(snapshot)).await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// A digest that nobody has begun to send.
pub(in crate::subscription) struct WaitingDigest {
    pub(in crate::subscription) delivery: DeliveryId,
    /// The snapshot that it is told from.
    pub(in crate::subscription) began: SnapshotId,
    /// The hash of what that one shows.
    pub(in crate::subscription) began_with: Vec<u8>,
    /// When the subscription rang before it.
    pub(in crate::subscription) rang_before: Option<Timestamp>,
}

/// The newest digest of each subscription of the dashboard that nobody has begun to send.
// A range of one word, for the reason that SLOW has.
pub(in crate::subscription) async fn waiting_digests(
    sql: &mut Sql<'_>,
    snapshot: &SnapshotView,
) -> Outcome<HashMap<SubscriptionId, WaitingDigest>> {
    let rows = sql
        .all(
            "select v.subscription_id, v.id, v.compared_with, s.content_hash, v.rang_before
               from subscriptions b
               join deliveries v on v.engagement_id = b.engagement_id and v.subscription_id = b.id
               join snapshots s on s.engagement_id = v.engagement_id and s.id = v.compared_with
              where b.engagement_id = $1 and b.dashboard_id = $2 and b.digest_seconds is not null
                and v.settled_at is null and v.status between 'waiting' and 'waiting'
                and v.is_digest = 1 and v.is_test = 0 and v.attempts = 0
              order by v.created_at, v.id",
            &[snapshot.engagement_id.into(), snapshot.dashboard_id.into()],
        )
        .await?;
    let digests = rows.iter().map(|row| {
        let digest = WaitingDigest {
            delivery: row.id(1)?,
            began: row.id(2)?,
            began_with: row.blob(3)?,
            rang_before: row.opt_time(4)?,
        };
        Ok((row.id(0)?, digest))
    });
    digests.collect()
}

/// Whether the digest still waited, and is cancelled by this snapshot. The reason stands where that of every try stands.
pub(in crate::subscription) async fn cancel_digest(
    sql: &mut Sql<'_>,
    snapshot: &SnapshotView,
    waiting: &WaitingDigest,
) -> Outcome<bool> {
    let row = sql
        .one(
            "update deliveries set status = 'cancelled', settled_at = $3, next_attempt_at = null, is_digest = 0,
                                   fence = fence + 1
              where engagement_id = $1 and id = $2 and status = 'waiting' and attempts = 0
             returning deliveries.fence",
            &[
                snapshot.engagement_id.into(),
                waiting.delivery.into(),
                snapshot.captured_at.into(),
            ],
        )
        .await?;
    let Some(row) = row else {
        return Ok(false);
    };
    sql.execute(
        "insert into delivery_attempts (engagement_id, delivery_id, number, started_at, ended_at, outcome, reason)
         values ($1, $2, $3, $4, $4, 'cancelled', $5)",
        &[
            snapshot.engagement_id.into(),
            waiting.delivery.into(),
            row.int(0)?.into(),
            snapshot.captured_at.into(),
            "the picture is again as it was where the digest began".into(),
        ],
    )
    .await?;
    Ok(true)
}

/// What waited is not told: the subscription compares with what its subscriber knows, and rang last when it did before.
pub(in crate::subscription) async fn give_back(
    sql: &mut Sql<'_>,
    (engagement, subscription): (EngagementId, SubscriptionId),
    known: Option<SnapshotId>,
    rang_before: Option<Timestamp>,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions set baseline_snapshot_id = $3, last_rang_at = $4 where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            subscription.into(),
            known.into(),
            rang_before.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Whether the digest still waited, and tells of this snapshot now.
pub(in crate::subscription) async fn renew_digest(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    delivery: DeliveryId,
    (snapshot, body): (SnapshotId, [u8; 32]),
) -> Outcome<bool> {
    let renewed = sql
        .execute(
            "update deliveries set snapshot_id = $3, body_hash = $4
              where engagement_id = $1 and id = $2 and status = 'waiting' and attempts = 0",
            &[
                engagement.into(),
                delivery.into(),
                snapshot.into(),
                body.into(),
            ],
        )
        .await?;
    Ok(renewed == 1)
}
