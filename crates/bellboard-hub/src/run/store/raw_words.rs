//! The statements of the words that not everybody reads.

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::time::Timestamp;

use crate::access::Member;
use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// The last words of a field; earlier ones go.
pub(in crate::run) async fn keep_raw_words(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
    field: &str,
    words: &str,
    at: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into run_raw_words (engagement_id, run_id, field, words, at) values ($1, $2, $3, $4, $5)
         on conflict (engagement_id, run_id, field) do update set words = excluded.words, at = excluded.at",
        &[
            engagement.into(),
            run.into(),
            field.into(),
            words.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: field, words, at.
pub(in crate::run) async fn raw_words(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select field, words, at from run_raw_words where engagement_id = $1 and run_id = $2 order by field",
            &[member.engagement_id().into(), run.into()],
        )
        .await?;
    Ok(rows)
}
