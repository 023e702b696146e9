//! The statements of those who asked to be told when somebody else's run ends.

use bellboard_core::id::{EngagementId, PersonId, RunId};
use bellboard_core::time::Timestamp;

use crate::access::Member;
use crate::db::Sql;
use crate::fault::Outcome;

pub(in crate::run) async fn insert_watcher(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into run_watchers (engagement_id, run_id, person_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        &[
            member.engagement_id().into(),
            run.into(),
            member.person_id().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(in crate::run) async fn delete_watcher(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
) -> Outcome<()> {
    sql.execute(
        "delete from run_watchers where engagement_id = $1 and run_id = $2 and person_id = $3",
        &[
            member.engagement_id().into(),
            run.into(),
            member.person_id().into(),
        ],
    )
    .await?;
    Ok(())
}

pub(in crate::run) async fn is_watcher(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from run_watchers where engagement_id = $1 and run_id = $2 and person_id = $3",
            &[member.engagement_id().into(), run.into(), member.person_id().into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Those who asked to be told and still belong to the engagement.
pub(in crate::run) async fn watchers(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<Vec<PersonId>> {
    let rows = sql
        .all(
            "select w.person_id
               from run_watchers w
               join memberships m on m.engagement_id = w.engagement_id and m.person_id = w.person_id
              where w.engagement_id = $1 and w.run_id = $2
              order by w.person_id",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}
