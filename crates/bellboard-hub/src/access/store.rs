//! The statements behind the proof of membership.

use bellboard_core::id::{ArtifactId, AskId, EngagementId, RunId};

use super::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// The membership in the one engagement of the reach. Columns: engagement_id, designations.
pub(super) async fn membership(sql: &mut Sql<'_>, reach: &Reach) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!("select m.engagement_id, m.designations from reach m"),
            &reach.with([]),
        )
        .await?;
    Ok(row)
}

/// The membership in the engagement of the run. Columns as above.
pub(super) async fn membership_of_run(
    sql: &mut Sql<'_>,
    reach: &Reach,
    run: RunId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id, m.designations
                   from runs r
                   join reach m on m.engagement_id = r.engagement_id
                  where r.id = $6"
            ),
            &reach.with([run.into()]),
        )
        .await?;
    Ok(row)
}

/// The membership in the engagement of the artifact. Columns as above.
pub(super) async fn membership_of_artifact(
    sql: &mut Sql<'_>,
    reach: &Reach,
    artifact: ArtifactId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id, m.designations
                   from artifacts a
                   join reach m on m.engagement_id = a.engagement_id
                  where a.id = $6"
            ),
            &reach.with([artifact.into()]),
        )
        .await?;
    Ok(row)
}

/// The membership in the engagement of the ask. Columns as above.
pub(super) async fn membership_of_ask(
    sql: &mut Sql<'_>,
    reach: &Reach,
    ask: AskId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id, m.designations
                   from asks a
                   join reach m on m.engagement_id = a.engagement_id
                  where a.id = $6"
            ),
            &reach.with([ask.into()]),
        )
        .await?;
    Ok(row)
}

pub(super) async fn engagements_in(sql: &mut Sql<'_>, reach: &Reach) -> Outcome<Vec<EngagementId>> {
    let rows = sql
        .all(
            within_reach!("select m.engagement_id from reach m"),
            &reach.with([]),
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}
