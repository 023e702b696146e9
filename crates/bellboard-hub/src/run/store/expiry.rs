//! The statements that forget completed runs whose time is over.

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::run::declaration::RETENTION;
use bellboard_core::time::Timestamp;

use crate::comment::{self, Subject, SubjectKind};
use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// The oldest completed runs whose time is over and which wait for nobody: of types that declare their own time, or of
/// all others. Columns: engagement_id, id.
pub(in crate::run) async fn expired(
    sql: &mut Sql<'_>,
    own_time: bool,
    now: Timestamp,
    limit: u32,
) -> Outcome<Vec<Row>> {
    const OWN: &str = "select x.engagement_id, x.id
           from runs x
          where x.status = 'completed' and x.retention_micros is not null
            and x.completed_at + x.retention_micros < $1
            and not exists (select 1 from needs n where n.engagement_id = x.engagement_id and n.item_id = x.id
                               and n.kind in ('run_follow_up', 'external_failure'))
          limit $2";
    const GENERAL: &str = "select x.engagement_id, x.id
           from runs x
          where x.status = 'completed' and x.retention_micros is null
            and x.completed_at < $1
            and not exists (select 1 from needs n where n.engagement_id = x.engagement_id and n.item_id = x.id
                               and n.kind in ('run_follow_up', 'external_failure'))
          limit $2";
    let (text, moment) = if own_time {
        (OWN, now)
    } else {
        (GENERAL, now - RETENTION)
    };
    let rows = sql.all(text, &[moment.into(), limit.into()]).await?;
    Ok(rows)
}

/// Removes a completed run with what hangs on it; whether it was there.
pub(in crate::run) async fn delete(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<bool> {
    const WHAT_HANGS_ON_IT: [&str; 3] = [
        "delete from run_events where engagement_id = $1 and run_id = $2",
        "delete from run_raw_words where engagement_id = $1 and run_id = $2",
        "delete from run_watchers where engagement_id = $1 and run_id = $2",
    ];
    let gone = sql
        .execute(
            "delete from runs where engagement_id = $1 and id = $2 and status = 'completed'",
            &[engagement.into(), run.into()],
        )
        .await?;
    if gone == 1 {
        for statement in WHAT_HANGS_ON_IT {
            sql.execute(statement, &[engagement.into(), run.into()])
                .await?;
        }
        let thread = Subject {
            kind: SubjectKind::Run,
            id: run.uuid(),
        };
        comment::store::delete_thread(sql, engagement, thread).await?;
    }
    Ok(gone == 1)
}
