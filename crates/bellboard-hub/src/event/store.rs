//! The statements of the feed. The reading texts of the two engines stand in `db/feed.rs`.

use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::{HintKind, Position};
use crate::db::{Engine, Row, Sql, feed};
use crate::fault::Outcome;

/// Appends a hint in the transaction of the change itself.
pub(crate) async fn append(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    kind: HintKind,
    object_id: Uuid,
    at: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into events (engagement_id, concept, kind, object_id, at) values ($1, $2, $3, $4, $5)",
        &[
            engagement.into(),
            kind.concept().into(),
            kind.as_str().into(),
            object_id.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: transaction_id, position, engagement_id, concept, kind, object_id, at.
pub(super) async fn after(
    sql: &mut Sql<'_>,
    engine: Engine,
    after: Position,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            feed::after(engine),
            &[after.transaction.into(), after.row.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// Columns: transaction_id, position.
pub(super) async fn oldest(sql: &mut Sql<'_>) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select transaction_id, position from events order by transaction_id, position limit 1",
            &[],
        )
        .await?;
    Ok(row)
}

/// Columns: transaction_id, position.
pub(super) async fn newest(sql: &mut Sql<'_>, engine: Engine) -> Outcome<Option<Row>> {
    let row = sql.one(feed::newest(engine), &[]).await?;
    Ok(row)
}

/// Forgets at most `limit` hints older than this moment; who resumes from before them is told to read everything anew.
pub(crate) async fn delete_before(
    sql: &mut Sql<'_>,
    moment: Timestamp,
    limit: u32,
) -> Outcome<u64> {
    let gone = sql
        .execute(
            "delete from events
              where position in (select position from events where at < $1 limit $2)",
            &[moment.into(), limit.into()],
        )
        .await?;
    Ok(gone)
}
