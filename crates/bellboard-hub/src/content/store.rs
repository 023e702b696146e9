//! The statements of content.

use bellboard_core::content::ContentDigest;
use bellboard_core::id::{ArtifactId, EngagementId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::Address;
use super::download::{FileOf, VersionOf, address_of};
use crate::access::Member;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};

/// Records content, or makes the record that stands young again; gives the upload that the record speaks of.
pub(super) async fn put(
    sql: &mut Sql<'_>,
    member: &Member,
    address: &Address,
    now: Timestamp,
) -> Outcome<Uuid> {
    let row = sql
        .one(
            "insert into contents (engagement_id, digest, stored_as, size, uploaded_by, created_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (engagement_id, digest) do update set created_at = excluded.created_at
             returning stored_as",
            &[
                member.engagement_id().into(),
                (*address.digest.as_bytes()).into(),
                address.stored_as.into(),
                i64::try_from(address.size).map_err(Fault::internal)?.into(),
                member.person_id().into(),
                now.into(),
            ],
        )
        .await?;
    let row = row.ok_or_else(|| Fault::internal("an upsert gave no row"))?;
    Ok(row.id(0)?)
}

/// Lets the record speak of other bytes of the same content; whether it still spoke of the old ones.
pub(super) async fn replace(sql: &mut Sql<'_>, by: &Address, old: Uuid) -> Outcome<bool> {
    let changed = sql
        .execute(
            "update contents set stored_as = $3 where engagement_id = $1 and digest = $2 and stored_as = $4",
            &[
                by.engagement_id.into(),
                (*by.digest.as_bytes()).into(),
                by.stored_as.into(),
                old.into(),
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// The size of content that somebody is about to name, or nothing if it is not here. The row is touched, not only read:
/// its lock keeps the collector waiting, and its new age keeps the collector away, until the naming is committed.
pub async fn hold(
    sql: &mut Sql<'_>,
    member: &Member,
    digest: &ContentDigest,
    now: Timestamp,
) -> Outcome<Option<i64>> {
    let row = sql
        .one(
            "update contents set created_at = $3 where engagement_id = $1 and digest = $2 returning size",
            &[
                member.engagement_id().into(),
                (*digest.as_bytes()).into(),
                now.into(),
            ],
        )
        .await?;
    Ok(row.map(|row| row.int(0)).transpose()?)
}

/// A version of an artifact; the newest one when none is named.
pub(super) async fn version(
    sql: &mut Sql<'_>,
    member: &Member,
    artifact: ArtifactId,
    version: Option<i64>,
) -> Outcome<Option<VersionOf>> {
    let row = sql
        .one(
            "select a.kind, a.number, v.version, v.content_kind
               from artifacts a
               join artifact_versions v on v.engagement_id = a.engagement_id and v.artifact_id = a.id
              where a.engagement_id = $1 and a.id = $2 and v.version = coalesce(cast($3 as bigint), a.version)",
            &[
                member.engagement_id().into(),
                artifact.uuid().into(),
                version.into(),
            ],
        )
        .await?;
    let read = |row: Row| {
        Ok(VersionOf {
            kind: row.text(0)?,
            number: row.int(1)?,
            version: row.int(2)?,
            is_one_file: row.text(3)? == "binary_blob",
        })
    };
    row.map(read).transpose()
}

/// The files of a version, in their order.
pub(super) async fn files(
    sql: &mut Sql<'_>,
    member: &Member,
    artifact: ArtifactId,
    version: i64,
) -> Outcome<Vec<FileOf>> {
    let rows = sql
        .all(
            "select f.name, f.media_type, f.digest, f.size, c.stored_as
               from artifact_files f
               left join contents c on c.engagement_id = f.engagement_id and c.digest = f.digest
              where f.engagement_id = $1 and f.artifact_id = $2 and f.version = $3
              order by f.position",
            &[
                member.engagement_id().into(),
                artifact.uuid().into(),
                version.into(),
            ],
        )
        .await?;
    let read = |row: &Row| {
        Ok(FileOf {
            name: row.text(0)?,
            media_type: row.text(1)?,
            address: address_of(
                member.engagement_id(),
                &row.blob(2)?,
                row.int(3)?,
                row.opt_id(4)?,
            )?,
        })
    };
    rows.iter().map(read).collect()
}

/// Removes records older than this that no file names. The age is asked twice: the second time of the row as it is when
/// its lock is had, so that one that was held or uploaded again meanwhile stays.
pub(super) async fn delete_unnamed(
    sql: &mut Sql<'_>,
    before: Timestamp,
    limit: u32,
) -> Outcome<Vec<Address>> {
    let rows = sql
        .all(
            "delete from contents
              where created_at < $1
                and (engagement_id, digest) in (
                    select c.engagement_id, c.digest
                      from contents c
                     where c.created_at < $1
                       and not exists (select 1 from artifact_files f
                                        where f.engagement_id = c.engagement_id and f.digest = c.digest)
                     order by c.created_at
                     limit $2)
             returning engagement_id, digest, stored_as, size",
            &[before.into(), limit.into()],
        )
        .await?;
    rows.iter().map(address).collect()
}

/// Whether a record speaks of this upload.
pub(super) async fn is_recorded(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    stored_as: Uuid,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from contents where stored_as = $2 and engagement_id = $1",
            &[engagement.into(), stored_as.into()],
        )
        .await?;
    Ok(row.is_some())
}

fn address(row: &Row) -> Outcome<Address> {
    address_of(row.id(0)?, &row.blob(1)?, row.int(3)?, Some(row.id(2)?))
}
