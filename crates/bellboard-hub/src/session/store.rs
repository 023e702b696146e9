//! The statements of sessions, one-time links and the tokens that sign a call.

use bellboard_core::id::{PersonId, SessionId, TokenId};
use bellboard_core::time::Timestamp;

use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// Columns: person_id, name, kind, owner_id, hub_owner, token id, narrowed, verbs.
pub(super) async fn token(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    now: Timestamp,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select p.id, p.name, p.kind, p.owner_id, p.hub_owner, t.id, t.narrowed, t.verbs
               from tokens t
               join people p on p.id = t.person_id
              where t.secret_hash = $1 and t.revoked_at is null and t.expires_at > $2",
            &[(*hash).into(), now.into()],
        )
        .await?;
    Ok(row)
}

/// Columns: person_id, name, kind, owner_id, hub_owner, session id, last_seen_at.
pub(super) async fn session(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    now: Timestamp,
    idle_since: Timestamp,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select p.id, p.name, p.kind, p.owner_id, p.hub_owner, s.id, s.last_seen_at
               from sessions s
               join people p on p.id = s.person_id
              where s.secret_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3",
            &[(*hash).into(), now.into(), idle_since.into()],
        )
        .await?;
    Ok(row)
}

/// Whether the token of this id still signs a call.
pub(super) async fn is_good_token(sql: &mut Sql<'_>, id: TokenId, now: Timestamp) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from tokens where id = $1 and revoked_at is null and expires_at > $2",
            &[id.into(), now.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether the session of this id still signs a call.
pub(super) async fn is_good_session(
    sql: &mut Sql<'_>,
    id: SessionId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from sessions where id = $1 and expires_at > $2 and last_seen_at > $3",
            &[id.into(), now.into(), idle_since.into()],
        )
        .await?;
    Ok(row.is_some())
}

pub(super) async fn touch_session(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update sessions set last_seen_at = $2 where secret_hash = $1 and last_seen_at < $2",
        &[(*hash).into(), now.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_link(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    person: PersonId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into login_links (secret_hash, person_id, created_at, expires_at) values ($1, $2, $3, $4)",
        &[(*hash).into(), person.into(), now.into(), expires_at.into()],
    )
    .await?;
    Ok(())
}

/// Uses the link up: of two callers at once, one gets the person and the other nothing.
pub(super) async fn use_link(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    now: Timestamp,
) -> Outcome<Option<PersonId>> {
    let row = sql
        .one(
            "update login_links set used_at = $2
              where secret_hash = $1 and used_at is null and expires_at > $2
             returning person_id",
            &[(*hash).into(), now.into()],
        )
        .await?;
    Ok(row
        .map(|row| row.id(0))
        .transpose()?
        .map(PersonId::from_uuid))
}

pub(super) async fn insert_session(
    sql: &mut Sql<'_>,
    hash: &[u8; 32],
    id: SessionId,
    person: PersonId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into sessions (secret_hash, id, person_id, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $4, $5)",
        &[
            (*hash).into(),
            id.into(),
            person.into(),
            now.into(),
            expires_at.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete_session(sql: &mut Sql<'_>, hash: &[u8; 32]) -> Outcome<()> {
    sql.execute(
        "delete from sessions where secret_hash = $1",
        &[(*hash).into()],
    )
    .await?;
    Ok(())
}

/// Removes what can no longer sign anybody in.
pub(crate) async fn delete_expired(sql: &mut Sql<'_>, now: Timestamp) -> Outcome<u64> {
    let sessions = sql
        .execute("delete from sessions where expires_at <= $1", &[now.into()])
        .await?;
    let links = sql
        .execute(
            "delete from login_links where expires_at <= $1",
            &[now.into()],
        )
        .await?;
    Ok(sessions + links)
}
