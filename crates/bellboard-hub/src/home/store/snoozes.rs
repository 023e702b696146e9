//! The statements of what somebody does not want to see for a while.

use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::access::{Member, Reach};
use crate::db::Sql;
use crate::db::reach::within_reach;
use crate::db::zones;
use crate::fault::Outcome;

/// Whether the need stands and is for this member, asked with the designations of the proof.
pub(in crate::home) async fn waits_for(
    sql: &mut Sql<'_>,
    reach: &Reach,
    kind: &str,
    item: Uuid,
) -> Outcome<bool> {
    let row = sql
        .one(
            concat!(
                within_reach!(
                    "select 1
                       from reach m
                       join needs x on x.engagement_id = m.engagement_id
                      where x.kind = $6 and x.item_id = $7 and "
                ),
                zones::for_me!()
            ),
            &reach.with([kind.into(), item.into()]),
        )
        .await?;
    Ok(row.is_some())
}

/// Holds the need until the transaction ends, so that nobody takes it out before what hangs on it is written; whether it is
/// still there.
pub(in crate::home) async fn hold_need(
    sql: &mut Sql<'_>,
    member: &Member,
    kind: &str,
    item: Uuid,
) -> Outcome<bool> {
    let held = sql
        .execute(
            "update needs set kind = kind where engagement_id = $1 and kind = $2 and item_id = $3",
            &[member.engagement_id().into(), kind.into(), item.into()],
        )
        .await?;
    Ok(held == 1)
}

/// Hides it from one person until then.
pub(in crate::home) async fn snooze(
    sql: &mut Sql<'_>,
    member: &Member,
    kind: &str,
    item: Uuid,
    until: Timestamp,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into snoozes (person_id, engagement_id, kind, item_id, until_at, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (person_id, engagement_id, kind, item_id)
         do update set until_at = excluded.until_at, created_at = excluded.created_at",
        &[
            member.person_id().into(),
            member.engagement_id().into(),
            kind.into(),
            item.into(),
            until.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Shows it again; whether it was hidden.
pub(in crate::home) async fn unsnooze(
    sql: &mut Sql<'_>,
    member: &Member,
    kind: &str,
    item: Uuid,
) -> Outcome<bool> {
    let gone = sql
        .execute(
            "delete from snoozes where person_id = $1 and engagement_id = $2 and kind = $3 and item_id = $4",
            &[
                member.person_id().into(),
                member.engagement_id().into(),
                kind.into(),
                item.into(),
            ],
        )
        .await?;
    Ok(gone == 1)
}

/// Forgets what is seen again by now; how many it were.
pub(crate) async fn forget_snoozes(sql: &mut Sql<'_>, now: Timestamp) -> Outcome<u64> {
    let forgotten = sql
        .execute("delete from snoozes where until_at <= $1", &[now.into()])
        .await?;
    Ok(forgotten)
}
