//! The statements of subscriptions.

use bellboard_core::id::{DashboardId, EngagementId, PersonId, SubscriptionId};
use bellboard_core::time::Timestamp;

use super::SubscriptionView;
use super::ringing::key_of;
use crate::db::reach::{belongs, within_reach};
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{List, count_in};

mod bells;
mod waiting;

pub use bells::SLOW;
pub(super) use bells::{
    EVENED_OUT, NewDelivery, NewEvaluation, RANG, WaitingDigest, begin_baselines, cancel_digest,
    give_back, insert_deliveries, insert_evaluations, keep_body, mark_rung, renew_digest, slow,
    waiting_digests,
};
pub(super) use waiting::{retime, silence};

macro_rules! subscription_columns {
    () => {
        "b.engagement_id, b.id, b.dashboard_id, b.subscriber_kind, b.subscriber_id, q.name, b.threshold, b.baseline,
         b.baseline_snapshot_id, b.at_most_every_seconds, b.muted_until, b.quiet_hours, b.digest_seconds, b.confirmed_at,
         b.created_by, b.created_by_name, b.created_at, b.changed_at, b.disabled_at, b.disabled_reason, b.last_rang_at,
         b.failing_since, b.person_id, b.threshold_key"
    };
}

/// Whether it was made: one subscriber has one subscription with one rule.
pub(super) async fn insert(
    sql: &mut Sql<'_>,
    new: &SubscriptionView,
    sealed: Option<Vec<u8>>,
) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, person_id, threshold,
                                        threshold_key, baseline, baseline_snapshot_id, at_most_every_seconds, muted_until,
                                        quiet_hours, digest_seconds, secret, created_by, created_by_name, created_at,
                                        changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)
             on conflict do nothing",
            &[
                new.engagement_id.into(),
                new.id.into(),
                new.dashboard_id.into(),
                new.subscriber_kind.as_str().into(),
                new.subscriber_id.as_str().into(),
                new.person_id.into(),
                json(&new.threshold_json)?.into(),
                key_of(&new.threshold_json).into(),
                new.baseline.as_str().into(),
                new.baseline_snapshot_id.into(),
                new.at_most_every_seconds.into(),
                new.muted_until.into(),
                new.quiet_hours.as_ref().map(json).transpose()?.into(),
                new.digest_seconds.into(),
                sealed.into(),
                new.created_by.into(),
                new.created_by_name.as_str().into(),
                new.created_at.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

fn json<T: serde::Serialize>(value: &T) -> Outcome<String> {
    serde_json::to_string(value).map_err(Fault::internal)
}

/// Takes the row's lock until the transaction ends.
pub(super) async fn hold(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SubscriptionId,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions set baseline = baseline where engagement_id = $1 and id = $2",
        &[engagement.into(), id.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(
    sql: &mut Sql<'_>,
    after: &SubscriptionView,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update subscriptions
            set baseline = $3, at_most_every_seconds = $4, muted_until = $5, quiet_hours = $6, digest_seconds = $7,
                changed_at = $8
          where engagement_id = $1 and id = $2",
        &[
            after.engagement_id.into(),
            after.id.into(),
            after.baseline.as_str().into(),
            after.at_most_every_seconds.into(),
            after.muted_until.into(),
            after.quiet_hours.as_ref().map(json).transpose()?.into(),
            after.digest_seconds.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Ends a subscription, and what waits to be told to it.
pub(super) async fn delete(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SubscriptionId,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update deliveries set status = 'cancelled', settled_at = $3, next_attempt_at = null
          where engagement_id = $1 and subscription_id = $2 and settled_at is null
            and status in ('waiting', 'deferred')",
        &[engagement.into(), id.into(), now.into()],
    )
    .await?;
    sql.execute(
        "delete from subscriptions where engagement_id = $1 and id = $2",
        &[engagement.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Columns: `subscription_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SubscriptionId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                subscription_columns!(),
                " from subscriptions b
                  left join people q on q.id = b.person_id
                 where b.engagement_id = $1 and b.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Those that are told of a new snapshot: not switched off, confirmed where that is needed, and made by and for people who
/// still belong to the engagement. Columns: `subscription_columns!`.
pub(super) async fn listening(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    dashboard: DashboardId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select ",
                subscription_columns!(),
                " from subscriptions b
                  left join people q on q.id = b.person_id
                 where b.engagement_id = $1 and b.dashboard_id = $2 and b.disabled_at is null
                   and (b.subscriber_kind <> 'email' or b.confirmed_at is not null)
                   and (b.person_id is null or ",
                belongs!("b.engagement_id", "b.person_id"),
                ")
                   and ",
                belongs!("b.engagement_id", "b.created_by"),
                "
                 order by b.id"
            ),
            &[engagement.into(), dashboard.into()],
        )
        .await?;
    Ok(rows)
}

/// Newest first. Columns: `subscription_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        "select ",
        subscription_columns!(),
        " from subscriptions b
          left join people q on q.id = b.person_id
         where b.engagement_id = $1 and b.dashboard_id = $2 and (b.created_at, b.id) < ($3, $4)
         order by b.created_at desc, b.id desc
         limit $5"
    ),
    total: "select count(*) from subscriptions where engagement_id = $1 and dashboard_id = $2",
};

/// Those that ring for the caller or were made by them, newest first. Columns: `subscription_columns!`, the titles of the
/// dashboard and the engagement, when the dashboard was archived.
pub(super) const OWN: List = List {
    page: concat!(
        within_reach!("select "),
        subscription_columns!(),
        ", d.title, e.name, d.archived_at
            from reach m
            join subscriptions b on b.engagement_id = m.engagement_id
            join dashboards d on d.engagement_id = b.engagement_id and d.id = b.dashboard_id
            join engagements e on e.id = b.engagement_id
            left join people q on q.id = b.person_id
           where (b.person_id = $1 or b.created_by = $1) and (b.created_at, b.id) < ($6, $7)
           order by b.created_at desc, b.id desc
           limit $8"
    ),
    total: within_reach!(
        "select count(*)
           from reach m
           join subscriptions b on b.engagement_id = m.engagement_id
          where b.person_id = $1 or b.created_by = $1"
    ),
};

/// How many a dashboard has.
pub(super) async fn how_many(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    dashboard: DashboardId,
) -> Outcome<u64> {
    let row = sql
        .one(LIST.total, &[engagement.into(), dashboard.into()])
        .await?;
    count_in(row.as_ref())
}

/// Whether this person answers for that agent.
pub(super) async fn is_owned_by(
    sql: &mut Sql<'_>,
    agent: PersonId,
    owner: PersonId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from people where id = $1 and owner_id = $2",
            &[agent.into(), owner.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether this person belongs to the engagement.
pub(super) async fn is_member(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    person: PersonId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from memberships where engagement_id = $1 and person_id = $2",
            &[engagement.into(), person.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Which decisions of the ledger a list holds, after those of a dashboard.
macro_rules! of_ledger {
    () => {
        " where v.engagement_id = $1 and v.dashboard_id = $2 and (v.subscription_id = $3 or $3 = $4)
            and ($5 = 0 or v.outcome not in ('not_met', 'baseline', 'unchanged'))"
    };
}

/// Newest first. What it was compared with, and for whom, is told while it is kept. Columns: subscription_id, snapshot_id,
/// compared_with, outcome, why, at, subscriber_kind, subscriber_id, the person's name.
pub(super) const LEDGER: List = List {
    page: concat!(
        "select v.subscription_id, v.snapshot_id, a.id, v.outcome, v.why, v.at, b.subscriber_kind, b.subscriber_id, q.name
           from bell_evaluations v
           left join snapshots a on a.engagement_id = v.engagement_id and a.id = v.compared_with
           left join subscriptions b on b.engagement_id = v.engagement_id and b.id = v.subscription_id
           left join people q on q.id = b.person_id",
        of_ledger!(),
        " and (v.at, v.subscription_id) < ($6, $7)
          order by v.at desc, v.subscription_id desc
          limit $8"
    ),
    total: concat!("select count(*) from bell_evaluations v", of_ledger!()),
};
