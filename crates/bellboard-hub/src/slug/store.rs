//! The statements of slugs.

use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::WorkConcept;

/// Who has or had the slug. Columns: id, slug of today, name.
macro_rules! holder_in {
    ($table:literal, $concept:literal, $name:literal) => {
        concat!(
            "select o.id, o.slug, o.",
            $name,
            " from ",
            $table,
            " o
              where o.engagement_id = $1 and o.slug = $2
              union all
             select o.id, o.slug, o.",
            $name,
            " from slug_aliases a
               join ",
            $table,
            " o on o.engagement_id = a.engagement_id and o.id = a.object_id
              where a.engagement_id = $1 and a.concept = '",
            $concept,
            "' and a.slug = $2"
        )
    };
}

pub(super) async fn holder(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    concept: WorkConcept,
    slug: &str,
) -> Outcome<Option<Row>> {
    let text = match concept {
        WorkConcept::Domain => holder_in!("domains", "domain", "name"),
        WorkConcept::Repo => holder_in!("repos", "repo", "name"),
        WorkConcept::Topic => holder_in!("topics", "topic", "title"),
        WorkConcept::Workstream => holder_in!("workstreams", "workstream", "title"),
        other => return Err(Fault::internal(format!("a {} has no slug", other.words()))),
    };
    let row = sql.one(text, &[engagement.into(), slug.into()]).await?;
    Ok(row)
}

pub(super) async fn forget_alias(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    concept: WorkConcept,
    slug: &str,
) -> Outcome<()> {
    sql.execute(
        "delete from slug_aliases where engagement_id = $1 and concept = $2 and slug = $3",
        &[engagement.into(), concept.as_str().into(), slug.into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_alias(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    concept: WorkConcept,
    slug: &str,
    object: Uuid,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into slug_aliases (engagement_id, concept, slug, object_id, created_at) values ($1, $2, $3, $4, $5)",
        &[
            engagement.into(),
            concept.as_str().into(),
            slug.into(),
            object.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}
