//! The statements of decisions.

use bellboard_core::id::{DecisionId, EngagementId};
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::Made;
use crate::access::Member;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

/// The columns of a decision with alias `d`, as [`super::DecisionView::read`] takes them.
macro_rules! decision_columns {
    () => {
        "d.id, d.version, d.decision, d.note, d.decided_by, d.decided_by_name, d.decided_at, d.effective_at, d.released_at,
         d.undone_at, d.concept, d.to_state"
    };
}
pub(crate) use decision_columns;

/// When a decision was made, and when what follows from it is released.
pub(super) struct Times {
    pub(super) decided: Timestamp,
    pub(super) effective: Timestamp,
    pub(super) released: Option<Timestamp>,
}

/// The object's own guarded statement has found the one who decides; the unique index stands behind it.
pub(super) async fn insert(
    sql: &mut Sql<'_>,
    member: &Member,
    made: &Made<'_>,
    times: &Times,
) -> Outcome<()> {
    sql.execute(
        "insert into decisions (engagement_id, id, concept, object_id, version, decision, from_state, to_state, note, answer,
                decided_by, decided_by_name, decided_at, effective_at, released_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &[
            member.engagement_id().into(),
            made.id.into(),
            made.concept.as_str().into(),
            made.object.into(),
            made.version.into(),
            made.decision.into(),
            made.from_state.into(),
            made.to_state.into(),
            made.note.into(),
            made.answer.into(),
            member.person_id().into(),
            member.name().into(),
            times.decided.into(),
            times.effective.into(),
            times.released.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `decision_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DecisionId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                decision_columns!(),
                " from decisions d where d.engagement_id = $1 and d.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Columns: `decision_columns!`.
pub(super) async fn standing(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    object: Uuid,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                decision_columns!(),
                " from decisions d
                 where d.engagement_id = $1 and d.object_id = $2 and d.undone_at is null
                 order by d.version desc
                 limit 1"
            ),
            &[engagement.into(), object.into()],
        )
        .await?;
    Ok(row)
}

/// Whether this call was the one that took it back, before what follows from it was released.
pub(super) async fn mark_undone(
    sql: &mut Sql<'_>,
    member: &Member,
    id: DecisionId,
    now: Timestamp,
) -> Outcome<bool> {
    let marked = sql
        .execute(
            "update decisions set undone_at = $3, undone_by_name = $4
              where engagement_id = $1 and id = $2 and undone_at is null and released_at is null and effective_at > $3",
            &[
                member.engagement_id().into(),
                id.into(),
                now.into(),
                member.name().into(),
            ],
        )
        .await?;
    Ok(marked == 1)
}

/// Decisions whose undo time is over and which nobody has released, the longest waiting first, from one of them on. Columns:
/// engagement_id, id, effective_at.
pub(super) async fn due(
    sql: &mut Sql<'_>,
    now: Timestamp,
    (at, id): (Timestamp, Uuid),
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select engagement_id, id, effective_at
               from decisions
              where released_at is null and undone_at is null and effective_at <= $1 and (effective_at, id) > ($2, $3)
              order by effective_at, id
              limit $4",
            &[now.into(), at.into(), id.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// Marks one due decision as released, if nobody else has; then its columns: concept, object_id, version, decision,
/// decided_by_name, note.
pub(super) async fn release(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DecisionId,
    now: Timestamp,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "update decisions set released_at = $3
              where engagement_id = $1 and id = $2 and released_at is null and undone_at is null and effective_at <= $3
             returning concept, object_id, version, decision, decided_by_name, note",
            &[engagement.into(), id.into(), now.into()],
        )
        .await?;
    Ok(row)
}

/// What everybody reads, or this person (`$3`): of an answer to an ask that is not in effect yet, and may still be taken back
/// before anybody learns of it, only whoever gave it.
macro_rules! readable {
    () => {
        "d.engagement_id = $1 and d.object_id = $2
         and (d.concept <> 'ask' or d.released_at is not null or d.undone_at is not null or d.decided_by = $3)"
    };
}

/// Everything that was ever decided about an object, newest first. Columns: `decision_columns!`.
pub(super) async fn of_object(
    sql: &mut Sql<'_>,
    member: &Member,
    object: Uuid,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            concat!(
                "select ",
                decision_columns!(),
                " from decisions d where ",
                readable!(),
                " and (d.decided_at, d.id) < ($4, $5)
                 order by d.decided_at desc, d.id desc
                 limit $6"
            ),
            &[
                member.engagement_id().into(),
                object.into(),
                member.person_id().into(),
                at.into(),
                id.into(),
                limit.into(),
            ],
        )
        .await?;
    Ok(rows)
}

/// How many those are.
pub(super) async fn total_of_object(
    sql: &mut Sql<'_>,
    member: &Member,
    object: Uuid,
) -> Outcome<u64> {
    let row = sql
        .one(
            concat!("select count(*) from decisions d where ", readable!()),
            &[
                member.engagement_id().into(),
                object.into(),
                member.person_id().into(),
            ],
        )
        .await?;
    count_in(row.as_ref())
}
