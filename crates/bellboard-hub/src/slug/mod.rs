//! Slugs of domains, repos, topics and workstreams: of one concept in one engagement a slug leads to one thing, today's
//! slugs and former ones alike, so that an old address never shows something else.

use uuid::Uuid;

use crate::access::Member;
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::engagement;
use crate::fault::{Fault, Outcome};
use crate::verbs::WorkConcept;

mod store;

/// Refuses a slug that somebody else of the concept has or had, and names them. Changes to slugs of an engagement happen
/// one after the other from here to the end of the transaction.
pub(crate) async fn require_free(
    sql: &mut Sql<'_>,
    member: &Member,
    concept: WorkConcept,
    slug: &str,
    own: Option<Uuid>,
) -> Outcome<()> {
    let Some(holder) = holder(sql, member, concept, slug).await? else {
        return Ok(());
    };
    let (id, today, name): (Uuid, String, String) =
        (holder.id(0)?, holder.text(1)?, holder.text(2)?);
    if own == Some(id) {
        return Ok(());
    }
    Err(had_by(concept, slug, &today, &name))
}

/// What has or had the slug, as it stays until the end of the transaction. Columns: id, slug of today, name.
pub(crate) async fn holder(
    sql: &mut Sql<'_>,
    member: &Member,
    concept: WorkConcept,
    slug: &str,
) -> Outcome<Option<Row>> {
    engagement::store::lock(sql, member.engagement_id()).await?;
    store::holder(sql, member.engagement_id(), concept, slug).await
}

fn had_by(concept: WorkConcept, slug: &str, today: &str, name: &str) -> Fault {
    let words = concept.words();
    let detail = if slug == today {
        format!("The {words} “{name}” has the slug `{slug}` already. Choose another.")
    } else {
        format!(
            "`{slug}` was the slug of the {words} `{today}` and still leads there. Choose another."
        )
    };
    taken("slug", today, detail)
}

/// The refusal of a slug or a key, given in this field, that something else has.
pub(crate) fn taken(field: &str, by: &str, detail: String) -> Fault {
    Fault {
        field: Some(field.to_owned()),
        ..Fault::conflict("slug_taken", detail).with("taken_by", by)
    }
}

/// Gives something another slug: one that is free, or was its own. The former one still leads to it. The same slug again
/// changes nothing.
pub(crate) async fn change(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (concept, object): (WorkConcept, Uuid),
    (former, today): (&str, &str),
) -> Outcome<()> {
    if former == today {
        return Ok(());
    }
    let free = require_free(sql, member, concept, today, Some(object)).await;
    free.map_err(|fault| Fault {
        field: Some("new_slug".to_owned()),
        ..fault
    })?;
    let engagement = member.engagement_id();
    store::forget_alias(sql, engagement, concept, today).await?;
    store::insert_alias(sql, engagement, concept, former, object, call.now).await
}
