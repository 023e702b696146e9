//! The statements that read many artifacts, or what came before the newest version of one, in pages.

use bellboard_core::id::{ArtifactId, RunId};
use bellboard_core::page::Cursor;
use uuid::Uuid;

use super::artifact_columns;
use crate::access::{Member, Reach};
use crate::artifact::read::ListArtifacts;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

/// Columns: `artifact_columns!`.
pub(in crate::artifact) async fn list(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListArtifacts,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let [kind, state, of_run, run] = filters(asked);
    let own = [kind, state, of_run, run, at.into(), id.into(), limit.into()];
    let rows = sql
        .all(
            concat!(
                within_reach!("select "),
                artifact_columns!(),
                " from reach m
                  join artifacts x on x.engagement_id = m.engagement_id
                  join engagements e on e.id = x.engagement_id
                  left join decisions d on d.engagement_id = x.engagement_id and d.id = x.decision_id
                 where ($6 = '' or x.kind = $6) and ($7 = '' or x.state = $7) and ($8 = 0 or x.run_id = $9)
                   and (x.made_at, x.id) < ($10, $11)
                 order by x.made_at desc, x.id desc
                 limit $12"
            ),
            &reach.with(own),
        )
        .await?;
    Ok(rows)
}

pub(in crate::artifact) async fn list_total(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListArtifacts,
) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!(
                "select count(*)
                   from reach m
                   join artifacts x on x.engagement_id = m.engagement_id
                  where ($6 = '' or x.kind = $6) and ($7 = '' or x.state = $7) and ($8 = 0 or x.run_id = $9)"
            ),
            &reach.with(filters(asked)),
        )
        .await?;
    count_in(row.as_ref())
}

/// An empty text, and a 0 before the run, ask for all.
fn filters(asked: &ListArtifacts) -> [Value; 4] {
    [
        asked.kind.map_or("", |kind| kind.as_str()).into(),
        asked.state.map_or("", |state| state.as_str()).into(),
        asked.run_id.is_some().into(),
        asked.run_id.map_or(Uuid::nil(), RunId::uuid).into(),
    ]
}

/// Columns: version, content_kind, note, run_id, made_by, made_by_name, made_at. A cursor's id tells the version.
pub(in crate::artifact) async fn versions(
    sql: &mut Sql<'_>,
    member: &Member,
    artifact: ArtifactId,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let before = after.map_or(i64::MAX, |cursor| version_at(cursor.id));
    let rows = sql
        .all(
            "select version, content_kind, note, run_id, made_by, made_by_name, made_at
               from artifact_versions
              where engagement_id = $1 and artifact_id = $2 and version < $3
              order by version desc
              limit $4",
            &[
                member.engagement_id().into(),
                artifact.into(),
                before.into(),
                limit.into(),
            ],
        )
        .await?;
    Ok(rows)
}

/// A version's number in the place of an id, for cursors.
pub(in crate::artifact) fn place_of(version: i64) -> Uuid {
    Uuid::from_u128(u128::from(version.unsigned_abs()))
}

fn version_at(place: Uuid) -> i64 {
    i64::try_from(place.as_u128()).unwrap_or(i64::MAX)
}

pub(in crate::artifact) async fn versions_total(
    sql: &mut Sql<'_>,
    member: &Member,
    artifact: ArtifactId,
) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from artifact_versions where engagement_id = $1 and artifact_id = $2",
            &[member.engagement_id().into(), artifact.into()],
        )
        .await?;
    count_in(row.as_ref())
}
