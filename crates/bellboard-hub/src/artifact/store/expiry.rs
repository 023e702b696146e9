//! The statements that forget artifacts whose time is over.

use bellboard_core::artifact::State;
use bellboard_core::id::{ArtifactId, EngagementId};
use bellboard_core::time::Timestamp;

use crate::comment::{self, Subject, SubjectKind};
use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// Artifacts whose time is over, which wait for nobody and whose decisions are all in effect, the longest over first.
/// Columns: engagement_id, id, kind, version, state.
pub(in crate::artifact) async fn expired(
    sql: &mut Sql<'_>,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select x.engagement_id, x.id, x.kind, x.version, x.state
               from artifacts x
              where x.expires_at is not null and x.expires_at <= $1
                and not exists (select 1 from needs n where n.engagement_id = x.engagement_id and n.item_id = x.id)
                and not exists (select 1 from decisions d
                                 where d.engagement_id = x.engagement_id and d.object_id = x.id
                                   and d.released_at is null and d.undone_at is null)
              order by x.expires_at
              limit $2",
            &[now.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// Removes an artifact with what hangs on it; whether it still was as it was read, and so waits for nobody. The content of its files stays until nothing names it.
pub(in crate::artifact) async fn delete(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    artifact: ArtifactId,
    version: i64,
    state: State,
) -> Outcome<bool> {
    const WHAT_HANGS_ON_IT: [&str; 4] = [
        "delete from artifact_files where engagement_id = $1 and artifact_id = $2",
        "delete from artifact_versions where engagement_id = $1 and artifact_id = $2",
        "delete from decisions where engagement_id = $1 and object_id = $2",
        "delete from snoozes where engagement_id = $1 and item_id = $2",
    ];
    // Somebody may have made a new version since the row was found: then it waits, and stays. The row itself is asked,
    // because PostgreSQL looks at other tables as they were before it waited for the row's lock.
    let gone = sql
        .execute(
            "delete from artifacts where engagement_id = $1 and id = $2 and version = $3 and state = $4",
            &[
                engagement.into(),
                artifact.into(),
                version.into(),
                state.as_str().into(),
            ],
        )
        .await?;
    if gone == 1 {
        for statement in WHAT_HANGS_ON_IT {
            sql.execute(statement, &[engagement.into(), artifact.into()])
                .await?;
        }
        let thread = Subject {
            kind: SubjectKind::Artifact,
            id: artifact.uuid(),
        };
        comment::store::delete_thread(sql, engagement, thread).await?;
    }
    Ok(gone == 1)
}
