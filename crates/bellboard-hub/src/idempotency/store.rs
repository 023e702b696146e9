//! The statements of idempotency keys.

use bellboard_core::id::RunId;
use bellboard_core::time::Timestamp;

use super::KeyedRequest;
use crate::access::Member;
use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// Whether the key was free.
pub(super) async fn insert(
    sql: &mut Sql<'_>,
    member: &Member,
    keyed: &KeyedRequest,
    now: Timestamp,
) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into idempotency_keys (engagement_id, person_id, key, request_hash, created, created_at)
             values ($1, $2, $3, $4, 0, $5)
             on conflict do nothing",
            &[
                member.engagement_id().into(),
                member.person_id().into(),
                keyed.key.clone().into(),
                keyed.request_hash.into(),
                now.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

/// Columns: request_hash, run_id, created.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    member: &Member,
    keyed: &KeyedRequest,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select request_hash, run_id, created from idempotency_keys
              where engagement_id = $1 and person_id = $2 and key = $3",
            &[
                member.engagement_id().into(),
                member.person_id().into(),
                keyed.key.clone().into(),
            ],
        )
        .await?;
    Ok(row)
}

/// Writes down which run the key stands for.
pub(super) async fn answer(
    sql: &mut Sql<'_>,
    member: &Member,
    keyed: &KeyedRequest,
    run: RunId,
    created: bool,
) -> Outcome<()> {
    sql.execute(
        "update idempotency_keys set run_id = $4, created = $5
          where engagement_id = $1 and person_id = $2 and key = $3",
        &[
            member.engagement_id().into(),
            member.person_id().into(),
            keyed.key.clone().into(),
            run.into(),
            created.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Forgets keys from before a moment; how many it were.
pub(crate) async fn delete_before(sql: &mut Sql<'_>, moment: Timestamp) -> Outcome<u64> {
    Ok(sql
        .execute(
            "delete from idempotency_keys where created_at < $1",
            &[moment.into()],
        )
        .await?)
}
