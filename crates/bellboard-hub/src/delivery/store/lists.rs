//! The statements that show deliveries, and those that put back what was given up.

use bellboard_core::id::{DeliveryId, EngagementId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::access::{Member, Reach};
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::delivery::read::Narrowed;
use crate::fault::Outcome;
use crate::paging::List;

macro_rules! delivery_columns {
    () => {
        "d.id, d.engagement_id, d.dashboard_id, t.title, d.subscription_id, d.snapshot_id, d.kind, d.target, d.status,
         d.is_test, d.attempts, d.next_attempt_at, d.created_at, d.settled_at,
         case when d.is_test = 1 or s.id is null or s.disabled_at is not null then 0 else 1 end"
    };
}

/// What the row of a delivery is joined with.
macro_rules! delivery_joins {
    () => {
        " left join dashboards t on t.engagement_id = d.engagement_id and t.id = d.dashboard_id
          left join subscriptions s on s.engagement_id = d.engagement_id and s.id = d.subscription_id"
    };
}

/// What a list is narrowed to.
macro_rules! narrowed {
    () => {
        // The column comes first, so that PostgreSQL knows what the parameter is.
        " where (d.status = $6 or $6 = '') and (d.dashboard_id = $7 or $7 = $9)
            and ((m.designations & $8) <> 0 or s.created_by = $1 or s.person_id = $1)"
    };
}

pub(in crate::delivery) fn filters(reach: &Reach, narrowed: &Narrowed) -> Vec<Value> {
    reach.with([
        narrowed.status.as_str().into(),
        narrowed.dashboard.into(),
        narrowed.managers.into(),
        Uuid::nil().into(),
    ])
}

/// Newest first. Columns: `delivery_columns!`.
pub(in crate::delivery) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        delivery_columns!(),
        " from reach m
          join deliveries d on d.engagement_id = m.engagement_id",
        delivery_joins!(),
        narrowed!(),
        " and (d.created_at, d.id) < ($10, $11)
         order by d.created_at desc, d.id desc
         limit $12"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join deliveries d on d.engagement_id = m.engagement_id"
        ),
        delivery_joins!(),
        narrowed!()
    ),
};

/// One delivery. Columns: `delivery_columns!`, body, who made the bell, whom it is for, when it was disabled, how many of its
/// two snapshots are kept.
pub(in crate::delivery) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DeliveryId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                delivery_columns!(),
                ", b.body, s.created_by, s.person_id, s.disabled_at,
                  (select count(*) from snapshots p
                    where p.engagement_id = d.engagement_id and p.id in (d.snapshot_id, d.compared_with))
                  from deliveries d
                  join delivery_bodies b on b.engagement_id = d.engagement_id and b.hash = d.body_hash",
                delivery_joins!(),
                " where d.engagement_id = $1 and d.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// The newest tries, the newest first. Columns: number, started_at, ended_at, outcome, status_code, answer_excerpt, reason.
pub(in crate::delivery) async fn tries(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DeliveryId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select number, started_at, ended_at, outcome, status_code, answer_excerpt, reason
               from delivery_attempts
              where engagement_id = $1 and delivery_id = $2
              order by number desc
              limit 100",
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(rows)
}

/// The lane of a delivery that is as good as new.
macro_rules! lane_of_receiver {
    () => {
        "case when exists (select 1 from subscriptions s
                            where s.engagement_id = deliveries.engagement_id and s.id = deliveries.subscription_id
                              and s.failing_since is not null) then 1 else 0 end"
    };
}

/// Puts back what was given up; whether it was.
pub(in crate::delivery) async fn replay(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DeliveryId,
    now: Timestamp,
) -> Outcome<bool> {
    let put_back = sql
        .execute(
            concat!(
                "update deliveries set status = 'waiting', attempts = 0, next_attempt_at = $3, settled_at = null, lane = ",
                lane_of_receiver!(),
                "
              where engagement_id = $1 and id = $2 and status in ('dead', 'cancelled') and is_test = 0"
            ),
            &[engagement.into(), id.into(), now.into()],
        )
        .await?;
    Ok(put_back == 1)
}

/// Which dead letters.
pub(in crate::delivery) struct Dead {
    pub(in crate::delivery) from: Timestamp,
    pub(in crate::delivery) to: Timestamp,
    /// Nil for any.
    pub(in crate::delivery) dashboard: Uuid,
    /// Or only those of the caller's own bells.
    pub(in crate::delivery) everybody: bool,
}

/// Puts back the dead letters of bells that are on; how many.
pub(in crate::delivery) async fn replay_dead(
    sql: &mut Sql<'_>,
    member: &Member,
    dead: &Dead,
    now: Timestamp,
    limit: u32,
) -> Outcome<u64> {
    let put_back = sql
        .execute(
            concat!(
                "update deliveries set status = 'waiting', attempts = 0, next_attempt_at = $2, settled_at = null, lane = ",
                lane_of_receiver!(),
                "
              where engagement_id = $1 and status = 'dead'
                and id in (
                    select d.id
                      from deliveries d
                      join subscriptions s on s.engagement_id = d.engagement_id and s.id = d.subscription_id
                     where d.engagement_id = $1 and d.status = 'dead' and d.is_test = 0 and s.disabled_at is null
                       and d.created_at >= $3 and d.created_at < $4 and (d.dashboard_id = $5 or $5 = $9)
                       and ($6 = 1 or s.created_by = $7 or s.person_id = $7)
                     order by d.created_at, d.id
                     limit $8)"
            ),
            &[
                member.engagement_id().into(),
                now.into(),
                dead.from.into(),
                dead.to.into(),
                dead.dashboard.into(),
                dead.everybody.into(),
                member.person_id().into(),
                limit.into(),
                Uuid::nil().into(),
            ],
        )
        .await?;
    Ok(put_back)
}
