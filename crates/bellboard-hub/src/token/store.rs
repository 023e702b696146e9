//! The statements of tokens. A token is found by the hash of its secret in `session`, and managed here.

use bellboard_core::id::{EngagementId, PersonId, TokenId};
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;

use super::Draft;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{after_or_start, count_in};

pub(super) async fn insert(sql: &mut Sql<'_>, draft: &Draft) -> Outcome<()> {
    let token = &draft.view;
    let verbs = token.verbs.as_ref().map(serde_json::to_string).transpose();
    sql.execute(
        "insert into tokens
                (id, secret_hash, kind, person_id, created_by, name, hint, narrowed, verbs, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            token.id.into(),
            draft.hash.into(),
            draft.kind.into(),
            token.person_id.into(),
            draft.maker.into(),
            token.name.clone().into(),
            token.hint.clone().into(),
            token.engagements.is_some().into(),
            verbs.map_err(Fault::internal)?.into(),
            token.created_at.into(),
            token.expires_at.into(),
        ],
    )
    .await?;
    for engagement in token.engagements.iter().flatten() {
        sql.execute(
            "insert into token_engagements (token_id, engagement_id) values ($1, $2) on conflict do nothing",
            &[token.id.into(), (*engagement).into()],
        )
        .await?;
    }
    Ok(())
}

/// Columns: engagement_id.
pub(super) async fn engagements(sql: &mut Sql<'_>, token: TokenId) -> Outcome<Vec<EngagementId>> {
    let rows = sql
        .all(
            "select engagement_id from token_engagements where token_id = $1 order by engagement_id",
            &[token.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// Columns: id, person_id, name, hint, narrowed, verbs, created_at, expires_at, revoked_at.
pub(super) async fn list(
    sql: &mut Sql<'_>,
    maker: PersonId,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            "select id, person_id, name, hint, narrowed, verbs, created_at, expires_at, revoked_at
               from tokens
              where created_by = $1 and (created_at, id) < ($2, $3)
              order by created_at desc, id desc
              limit $4",
            &[maker.into(), at.into(), id.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

pub(super) async fn total(sql: &mut Sql<'_>, maker: PersonId) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from tokens where created_by = $1",
            &[maker.into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// Keeps the moment of the first revocation. Columns as in `list`.
pub(super) async fn revoke(
    sql: &mut Sql<'_>,
    token: TokenId,
    maker: PersonId,
    now: Timestamp,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "update tokens set revoked_at = coalesce(revoked_at, $3)
              where id = $1 and created_by = $2
             returning tokens.id, tokens.person_id, tokens.name, tokens.hint, tokens.narrowed, tokens.verbs,
                       tokens.created_at, tokens.expires_at, tokens.revoked_at",
            &[token.into(), maker.into(), now.into()],
        )
        .await?;
    Ok(row)
}
