//! The statements of progress events.

use bellboard_core::id::ProgressEventId;
use bellboard_core::time::Timestamp;

use super::Happened;
use crate::access::Member;
use crate::db::Sql;
use crate::fault::Outcome;

pub(super) async fn insert(
    sql: &mut Sql<'_>,
    member: &Member,
    (id, now): (ProgressEventId, Timestamp),
    happened: &Happened,
) -> Outcome<()> {
    sql.execute(
        "insert into progress_events (engagement_id, id, type, summary, author_id, author_name, domain_id, workstream_id,
                                      task_id, run_id, happened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            member.engagement_id().into(),
            id.into(),
            happened.what.as_ref().into(),
            happened.summary.as_str().into(),
            member.person_id().into(),
            member.name().into(),
            happened.domain.into(),
            happened.workstream.into(),
            happened.task.into(),
            happened.run.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}
