//! The statements of subscriptions, as far as delivering changes them.

use bellboard_core::id::{DashboardId, EngagementId, SubscriptionId};
use bellboard_core::time::Timestamp;

use crate::db::{Row, Sql, Value};
use crate::delivery::secret::Seed;
use crate::fault::{Fault, Outcome};

/// Notes how a subscription fares: since when nothing arrives. Columns: failing_since, created_by, dashboard_id.
pub(in crate::delivery) async fn fares(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subscription: SubscriptionId,
    failing_since: Option<Timestamp>,
) -> Outcome<Option<Row>> {
    let text = match failing_since {
        None => {
            "update subscriptions set failing_since = null where engagement_id = $1 and id = $2
             returning subscriptions.failing_since, subscriptions.created_by, subscriptions.dashboard_id"
        }
        Some(_) => {
            "update subscriptions set failing_since = coalesce(failing_since, $3) where engagement_id = $1 and id = $2
             returning subscriptions.failing_since, subscriptions.created_by, subscriptions.dashboard_id"
        }
    };
    let mut parameters: Vec<Value> = vec![engagement.into(), subscription.into()];
    parameters.extend(failing_since.map(Value::from));
    Ok(sql.one(text, &parameters).await?)
}

/// Disables a subscription; whether this call did.
pub(in crate::delivery) async fn disable(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subscription: SubscriptionId,
    reason: &str,
    now: Timestamp,
) -> Outcome<bool> {
    let disabled = sql
        .execute(
            "update subscriptions set disabled_at = $3, disabled_reason = $4
              where engagement_id = $1 and id = $2 and disabled_at is null",
            &[
                engagement.into(),
                subscription.into(),
                now.into(),
                reason.into(),
            ],
        )
        .await?;
    Ok(disabled == 1)
}

/// Ends what waits for a subscription that is disabled or gone: these are not sent any more.
pub(in crate::delivery) async fn cancel_waiting(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subscription: SubscriptionId,
    status: &str,
    now: Timestamp,
) -> Outcome<u64> {
    let ended = sql
        .execute(
            "update deliveries set status = $3, settled_at = $4, next_attempt_at = null
              where engagement_id = $1 and subscription_id = $2 and settled_at is null
                and status in ('waiting', 'deferred')",
            &[
                engagement.into(),
                subscription.into(),
                status.into(),
                now.into(),
            ],
        )
        .await?;
    Ok(ended)
}

/// The bell that a link in a mail is about. Columns: dashboard title, address.
pub(in crate::delivery) async fn linked(sql: &mut Sql<'_>, hash: [u8; 32]) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select t.title, s.subscriber_id
               from subscriptions s
               join dashboards t on t.engagement_id = s.engagement_id and t.id = s.dashboard_id
              where s.confirm_hash = $1 or s.unsubscribe_hash = $1",
            &[hash.into()],
        )
        .await?;
    Ok(row)
}

/// The address of this link wants bells.
pub(in crate::delivery) async fn confirm(
    sql: &mut Sql<'_>,
    hash: [u8; 32],
    now: Timestamp,
) -> Outcome<u64> {
    let confirmed = sql
        .execute(
            "update subscriptions set confirmed_at = $2, disabled_at = null, disabled_reason = null
              where confirm_hash = $1 and confirmed_at is null",
            &[hash.into(), now.into()],
        )
        .await?;
    Ok(confirmed)
}

/// The address of this link wants no more bells. Columns: engagement_id, id.
pub(in crate::delivery) async fn end(
    sql: &mut Sql<'_>,
    hash: [u8; 32],
    now: Timestamp,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "update subscriptions set confirmed_at = null, disabled_at = $2,
                                      disabled_reason = 'the address wants no more of these'
              where unsubscribe_hash = $1 and (disabled_at is null or confirmed_at is not null)
             returning subscriptions.engagement_id, subscriptions.id",
            &[hash.into(), now.into()],
        )
        .await?;
    Ok(rows)
}

/// A subscription of a dashboard. Columns: subscriber_kind, subscriber_id, person_id, created_by, secret, former_secret,
/// former_secret_until, confirmed_at, dashboard title.
pub(in crate::delivery) async fn subscription(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    dashboard: DashboardId,
    id: SubscriptionId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select s.subscriber_kind, s.subscriber_id, s.person_id, s.created_by, s.secret, s.former_secret,
                    s.former_secret_until, s.confirmed_at, t.title
               from subscriptions s
               join dashboards t on t.engagement_id = s.engagement_id and t.id = s.dashboard_id
              where s.engagement_id = $1 and s.dashboard_id = $2 and s.id = $3",
            &[engagement.into(), dashboard.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Gives a webhook a new secret; the one of today becomes the former one.
pub(in crate::delivery) async fn rotate(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SubscriptionId,
    sealed: Vec<u8>,
    former_until: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions set former_secret = secret, former_secret_until = $4, secret = $3
          where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            id.into(),
            sealed.into(),
            former_until.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Switches a subscription on again that failures had switched off.
pub(in crate::delivery) async fn enable(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SubscriptionId,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions set disabled_at = null, disabled_reason = null, failing_since = null
          where engagement_id = $1 and id = $2",
        &[engagement.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Keeps what the links in the mails to an address are made from.
pub(in crate::delivery) async fn keep_seed(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SubscriptionId,
    seed: &Seed,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions set secret = $3, confirm_hash = $4, unsubscribe_hash = $5
          where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            id.into(),
            seed.sealed.clone().into(),
            seed.confirm_hash.into(),
            seed.unsubscribe_hash.into(),
        ],
    )
    .await?;
    Ok(())
}

/// How often this question went to an address since then, or waits to go. It counts also when its bell is gone.
pub(in crate::delivery) async fn asked(
    sql: &mut Sql<'_>,
    (engagement, address): (EngagementId, &str),
    question: [u8; 32],
    since: Timestamp,
) -> Outcome<i64> {
    let row = sql
        .one(
            "select count(*) from deliveries
              where engagement_id = $1 and body_hash = $2 and target = $3
                and (status in ('waiting', 'sending', 'deferred') or (status = 'delivered' and created_at > $4))",
            &[
                engagement.into(),
                question.into(),
                address.into(),
                since.into(),
            ],
        )
        .await?;
    let row = row.ok_or_else(|| Fault::internal("a count has a row"))?;
    Ok(row.int(0)?)
}

/// Whether whoever reads this address said yes to a bell of the engagement.
pub(in crate::delivery) async fn is_confirmed(
    sql: &mut Sql<'_>,
    (engagement, address): (EngagementId, &str),
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from subscriptions
              where engagement_id = $1 and subscriber_kind = 'email' and subscriber_id = $2 and confirmed_at is not null
              limit 1",
            &[engagement.into(), address.into()],
        )
        .await?;
    Ok(row.is_some())
}
