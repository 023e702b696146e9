//! The statements that read many artifacts, or what came before the newest version of one, in pages.

use bellboard_core::id::ArtifactId;
use bellboard_core::page::Cursor;
use uuid::Uuid;

use super::artifact_columns;
use crate::access::{Member, Reach};
use crate::artifact::read::ListArtifacts;
use crate::db::reach::within_reach;
use crate::db::{Engine, Row, Sql, Value, zones};
use crate::fault::Outcome;
use crate::home::{self, Zone};
use crate::paging::{after_or_start, count_in};

/// Columns: `artifact_columns!`. What one run made is read through its index, anything else as the zones are: from each
/// engagement no more than the page.
pub(in crate::artifact) async fn list(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListArtifacts,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let [kind, state] = filters(asked);
    let own = [at.into(), id.into(), limit.into(), kind, state];
    let text = list_text(sql.engine(), asked);
    let run = asked.run_id.map(Value::from);
    let parameters = reach.with(own).into_iter().chain(run);
    Ok(sql.all(text, &parameters.collect::<Vec<_>>()).await?)
}

/// Which statement reads a list.
pub fn list_text(engine: Engine, asked: &ListArtifacts) -> &'static str {
    const OF_RUN: &str = concat!(
        within_reach!("select "),
        artifact_columns!(),
        " from reach m
          join artifacts x on x.engagement_id = m.engagement_id and x.run_id = $11
          join engagements e on e.id = x.engagement_id
          left join decisions d on d.engagement_id = x.engagement_id and d.id = x.decision_id
         where ($9 = '' or x.kind = $9) and ($10 = '' or x.state = $10) and (x.made_at + 0, x.id) < ($6, $7)
         order by x.made_at desc, x.id desc
         limit $8"
    );
    match asked.run_id {
        Some(_) => OF_RUN,
        None => zones::artifacts(engine),
    }
}

/// How many a list holds. What stands in recent is counted there already; anything else is counted by looking, in an index
/// alone where no state and no run is asked for.
pub(in crate::artifact) async fn list_total(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListArtifacts,
) -> Outcome<u64> {
    const OF_RUN: &str = within_reach!(
        "select count(*)
           from reach m
           join artifacts x on x.engagement_id = m.engagement_id and x.run_id = $8
          where ($6 = '' or x.kind = $6) and ($7 = '' or x.state = $7)"
    );
    const OF_STATE: &str = within_reach!(
        "select count(*)
           from reach m
           join artifacts x on x.engagement_id = m.engagement_id
          where ($6 = '' or x.kind = $6) and x.state = $7"
    );
    const OF_KIND: &str = within_reach!(
        "select count(*)
           from reach m
           join artifacts x on x.engagement_id = m.engagement_id and x.kind = $6"
    );
    const ALL: &str = within_reach!(
        "select count(*)
           from reach m
           join artifacts x on x.engagement_id = m.engagement_id"
    );
    let [kind, state] = filters(asked);
    let (text, own) = match (asked.kind, asked.state, asked.run_id) {
        (_, _, Some(run)) => (OF_RUN, vec![kind, state, run.into()]),
        (_, Some(_), None) => (OF_STATE, vec![kind, state]),
        (Some(known), None, None) if known.is_recent() => {
            let kinds = format!(",{known},");
            return home::store::total(sql, reach, Zone::Recent, &kinds).await;
        }
        (Some(_), None, None) => (OF_KIND, vec![kind]),
        (None, None, None) => (ALL, Vec::new()),
    };
    let parameters: Vec<Value> = reach.with([]).into_iter().chain(own).collect();
    let row = sql.one(text, &parameters).await?;
    count_in(row.as_ref())
}

/// An empty text asks for all.
fn filters(asked: &ListArtifacts) -> [Value; 2] {
    [
        asked.kind.map_or("", |kind| kind.as_str()).into(),
        asked.state.map_or("", |state| state.as_str()).into(),
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
