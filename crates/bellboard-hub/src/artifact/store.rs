//! The statements of artifacts. State and version are written by three statements only: [`insert`], [`renew`], [`advance`].

use bellboard_core::artifact::{ContentKind, Kind, State};
use bellboard_core::id::{ArtifactId, DecisionId, EngagementId, PersonId, RunId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::content::FileInput;
use super::create::{CreateArtifact, NewVersion};
use super::view::{ArtifactView, word};
use crate::access::Member;
use crate::db::{Row, Sql};
use crate::fault::Outcome;

mod expiry;
mod lists;

pub(super) use expiry::{delete, expired};
pub use lists::list_text;
pub(super) use lists::{list, list_total, place_of, versions, versions_total};

/// The columns of an artifact with alias `x`, its engagement as `e` and the decision that stands as `d`, as
/// [`ArtifactView::read`] takes them.
macro_rules! artifact_columns {
    () => {
        concat!(
            "x.engagement_id, e.name, e.slug, x.id, x.kind, x.state, x.version, x.number, x.label, x.detail, x.content_kind,
             x.run_id, x.made_by, x.made_by_name, x.created_at, x.made_at, x.expires_at, ",
            crate::decision::store::decision_columns!()
        )
    };
}
pub(crate) use artifact_columns;

/// A file about to be stored.
pub(super) struct StoredFile<'a> {
    pub(super) position: i64,
    pub(super) file: &'a FileInput,
    pub(super) size: i64,
}

/// Whether the artifact was stored; not when somebody else took its number meanwhile.
pub(super) async fn insert(
    sql: &mut Sql<'_>,
    member: &Member,
    id: ArtifactId,
    input: &CreateArtifact,
    content_kind: ContentKind,
    now: Timestamp,
) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into artifacts (engagement_id, id, kind, state, version, number, label, detail, content_kind, run_id,
                    made_by, made_by_name, created_at, made_at, expires_at)
             select $1, $2, $3, $4, 1, coalesce(max(x.number), 0) + 1, $5, $6, $7, $8, $9, $10, $11, $11, $12
               from artifacts x
              where x.engagement_id = $1 and x.kind = $3
             on conflict (engagement_id, kind, number) do nothing",
            &[
                member.engagement_id().into(),
                id.into(),
                input.kind.as_str().into(),
                input.kind.first_state().as_str().into(),
                input.label.as_str().into(),
                input.detail.as_deref().unwrap_or_default().into(),
                content_kind.as_str().into(),
                input.run_id.into(),
                member.person_id().into(),
                member.name().into(),
                now.into(),
                input.expires_at.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

/// Makes this version the newest, if it still follows the newest and nobody decided about that meanwhile.
pub(super) async fn renew(
    sql: &mut Sql<'_>,
    member: &Member,
    version: &NewVersion<'_>,
    from: State,
    to: State,
) -> Outcome<bool> {
    let moved = sql
        .execute(
            "update artifacts
                set version = $3, state = $4, content_kind = $5, run_id = $6, made_by = $7, made_by_name = $8,
                    made_at = $9, decision_id = null
              where engagement_id = $1 and id = $2 and version = $3 - 1 and state = $10",
            &[
                member.engagement_id().into(),
                version.artifact.into(),
                version.version.into(),
                to.as_str().into(),
                version.content.kind().as_str().into(),
                version.run_id.into(),
                member.person_id().into(),
                member.name().into(),
                version.made_at.into(),
                from.as_str().into(),
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// Moves the artifact on, if it still is as it was read, and says which decision stands for it from now on. Of two who
/// read the same, one is told `false` and has to read again.
pub(super) async fn advance(
    sql: &mut Sql<'_>,
    member: &Member,
    read: &ArtifactView,
    to: State,
    decision: Option<DecisionId>,
) -> Outcome<bool> {
    let moved = sql
        .execute(
            "update artifacts
                set state = $5, decision_id = $6
              where engagement_id = $1 and id = $2 and version = $3 and state = $4",
            &[
                member.engagement_id().into(),
                read.id.into(),
                read.version.into(),
                read.state.as_str().into(),
                to.as_str().into(),
                decision.into(),
            ],
        )
        .await?;
    Ok(moved == 1)
}

pub(super) async fn insert_version(
    sql: &mut Sql<'_>,
    member: &Member,
    version: &NewVersion<'_>,
) -> Outcome<()> {
    sql.execute(
        "insert into artifact_versions (engagement_id, artifact_id, version, content_kind, content, note, run_id, made_by,
                made_by_name, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            member.engagement_id().into(),
            version.artifact.into(),
            version.version.into(),
            version.content.kind().as_str().into(),
            version.content.json().into(),
            version.note.into(),
            version.run_id.into(),
            member.person_id().into(),
            member.name().into(),
            version.made_at.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_file(
    sql: &mut Sql<'_>,
    member: &Member,
    artifact: ArtifactId,
    version: i64,
    stored: &StoredFile<'_>,
) -> Outcome<()> {
    sql.execute(
        "insert into artifact_files (engagement_id, artifact_id, version, position, name, media_type, digest, size)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            member.engagement_id().into(),
            artifact.into(),
            version.into(),
            stored.position.into(),
            stored.file.name.as_str().into(),
            stored.file.media_type.as_str().into(),
            (*stored.file.digest.as_bytes()).into(),
            stored.size.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `artifact_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    member: &Member,
    id: ArtifactId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                artifact_columns!(),
                " from artifacts x
                  join engagements e on e.id = x.engagement_id
                  left join decisions d on d.engagement_id = x.engagement_id and d.id = x.decision_id
                 where x.engagement_id = $1 and x.id = $2"
            ),
            &[member.engagement_id().into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Columns: note, content.
pub(super) async fn version(
    sql: &mut Sql<'_>,
    member: &Member,
    id: ArtifactId,
    version: i64,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select note, content
               from artifact_versions
              where engagement_id = $1 and artifact_id = $2 and version = $3",
            &[member.engagement_id().into(), id.into(), version.into()],
        )
        .await?;
    Ok(row)
}

/// Columns: name, media_type, digest, size.
pub(super) async fn files(
    sql: &mut Sql<'_>,
    member: &Member,
    id: ArtifactId,
    version: i64,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select name, media_type, digest, size
               from artifact_files
              where engagement_id = $1 and artifact_id = $2 and version = $3
              order by position",
            &[member.engagement_id().into(), id.into(), version.into()],
        )
        .await?;
    Ok(rows)
}

/// The newest version before the present one that somebody took as it was.
pub(super) async fn last_taken(
    sql: &mut Sql<'_>,
    member: &Member,
    artifact: &ArtifactView,
) -> Outcome<Option<i64>> {
    let row = sql
        .one(
            "select max(version)
               from decisions
              where engagement_id = $1 and object_id = $2 and version < $3 and undone_at is null
                and decision in ('confirm', 'commit', 'accept', 'acknowledge')",
            &[
                member.engagement_id().into(),
                artifact.id.into(),
                artifact.version.into(),
            ],
        )
        .await?;
    Ok(row.map(|row| row.opt_int(0)).transpose()?.flatten())
}

/// Whether this agent made any version of it, or another agent of the same owner did.
pub(super) async fn has_made(
    sql: &mut Sql<'_>,
    agent: &Member,
    id: ArtifactId,
    owner: Option<PersonId>,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1
               from artifact_versions v
              where v.engagement_id = $1 and v.artifact_id = $2
                and (v.made_by = $3 or v.made_by in (select p.id from people p where p.owner_id = $4))
              limit 1",
            &[
                agent.engagement_id().into(),
                id.into(),
                agent.person_id().into(),
                owner.into(),
            ],
        )
        .await?;
    Ok(row.is_some())
}

/// What a version is called, and the run that made it.
pub(super) async fn maker(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    artifact: Uuid,
    version: i64,
) -> Outcome<Option<(Kind, i64, Option<RunId>)>> {
    let row = sql
        .one(
            "select x.kind, x.number, v.run_id
               from artifacts x
               join artifact_versions v
                 on v.engagement_id = x.engagement_id and v.artifact_id = x.id and v.version = $3
              where x.engagement_id = $1 and x.id = $2",
            &[engagement.into(), artifact.into(), version.into()],
        )
        .await?;
    row.map(|row| Ok((word(&row, 0, Kind::parse)?, row.int(1)?, row.opt_id(2)?)))
        .transpose()
}
