//! Finding the planned thing that a caller names: by its slug, a former slug, its key or its id, among the engagements
//! that they reach. The engagement of something new is found here too.

use bellboard_core::membership::allows;
use bellboard_core::text::Bounded;
use uuid::Uuid;

use super::{Member, Reach, admit, capability_of, designations, store};
use crate::call::Call;
use crate::change::Change;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::WorkConcept;

/// A planned thing, with the proof that the caller may do there what the verb does.
#[derive(Debug, Clone)]
pub struct Found {
    /// The proof for its engagement.
    pub member: Member,
    /// Its id.
    pub id: Uuid,
}

/// The reach of the caller, bounded to the engagement that they name by its id or slug; 404 when none of theirs is
/// called so.
pub async fn reach_named(
    sql: &mut Sql<'_>,
    call: &Call,
    engagement: Option<&str>,
) -> Outcome<Reach> {
    let whole = Reach::of(call, None)?;
    let Some(name) = engagement else {
        return Ok(whole);
    };
    let row = store::engagement_named(sql, &whole, name, id_in(name)).await?;
    match row {
        Some(row) => Reach::of(call, Some(row.id(0)?)),
        None => Err(Fault {
            detail: "None of your engagements has this id or slug.".to_owned(),
            field: Some("engagement".to_owned()),
            ..Fault::not_found()
        }),
    }
}

/// Proves that the caller may call this verb in the engagement that they name, or in the only one where they may.
pub async fn chosen(sql: &mut Sql<'_>, call: &Call, engagement: Option<&str>) -> Outcome<Member> {
    if engagement.is_some() {
        let reach = reach_named(sql, call, engagement).await?;
        let row = store::membership(sql, &reach).await?;
        return admit(call, row);
    }
    let mut rows = store::memberships_by_slug(sql, &Reach::of(call, None)?).await?;
    if rows.is_empty() {
        return Err(Fault::invalid(
            "engagement",
            "You belong to no engagement. Make one, or ask an owner to add you.",
        ));
    }
    let capability = capability_of(call.verb.access);
    let mut able = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        if allows(designations(row.int(1)?)?, capability) {
            able.push((place, row.text(2)?));
        }
    }
    match able.as_slice() {
        // Nowhere: the refusal of the first one says why.
        [] => admit(call, Some(rows.swap_remove(0))),
        [(place, _)] => admit(call, Some(rows.swap_remove(*place))),
        several => {
            let slugs: Vec<String> = several.iter().map(|(_, slug)| slug.clone()).collect();
            Err(Fault::invalid(
                "engagement",
                format!(
                    "You may do this in several engagements. Name one of {}.",
                    slugs.join(", ")
                ),
            )
            .with("engagements", slugs))
        }
    }
}

/// The reach in which something new refers to what is there: the engagement that the caller names and may do this in,
/// or all of theirs.
pub async fn reach_chosen(
    sql: &mut Sql<'_>,
    call: &Call,
    engagement: Option<&str>,
) -> Outcome<Reach> {
    match engagement {
        Some(_) => {
            let member = chosen(sql, call, engagement).await?;
            Reach::of(call, Some(member.engagement_id()))
        }
        None => Reach::of(call, None),
    }
}

/// Proves that the caller may call this verb on the planned thing that they name: 404 when they see none of this name,
/// 409 when they see several.
pub async fn work(
    sql: &mut Sql<'_>,
    call: &Call,
    concept: WorkConcept,
    name: &str,
    engagement: Option<&str>,
) -> Outcome<Found> {
    let reach = reach_named(sql, call, engagement).await?;
    named(sql, call, &reach, concept, name)
        .await?
        .ok_or_else(Fault::not_found)
}

/// The same for a change: what is found is held until the transaction ends, so that what is read next stays true.
pub async fn work_to_change(
    sql: &mut Sql<'_>,
    call: &Call,
    concept: WorkConcept,
    name: &str,
    engagement: Option<&str>,
) -> Outcome<Found> {
    let found = work(sql, call, concept, name, engagement).await?;
    store::hold(sql, found.member.engagement_id(), concept, found.id).await?;
    Ok(found)
}

/// What a caller names within a reach; `None` when nothing there has the name.
pub async fn named(
    sql: &mut Sql<'_>,
    call: &Call,
    reach: &Reach,
    concept: WorkConcept,
    name: &str,
) -> Outcome<Option<Found>> {
    let mut rows = match id_in(name) {
        Some(id) => store::work_by_id(sql, reach, concept, id).await?,
        None => store::work_by_name(sql, reach, concept, name).await?,
    };
    if rows.len() > 1 {
        return Err(ambiguous(concept, name, &rows)?);
    }
    let Some(row) = rows.pop() else {
        return Ok(None);
    };
    let id = row.id(3)?;
    let member = admit(call, Some(row))?;
    Ok(Some(Found { member, id }))
}

/// The id of what a field of the input names, in an engagement that is known already; a name that nothing has is
/// refused.
pub async fn referred<I: From<Uuid>>(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    concept: WorkConcept,
    (field, name): (&str, Option<&str>),
) -> Outcome<Option<I>> {
    let Some(name) = name else {
        return Ok(None);
    };
    let reach = Reach::of(call, Some(member.engagement_id()))?;
    match named(sql, call, &reach, concept, name).await? {
        Some(found) => Ok(Some(found.id.into())),
        None => Err(nothing_named(concept, field, name)),
    }
}

/// The same after a change of the field that is called like its concept.
pub async fn referred_anew<I: From<Uuid>>(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (concept, change): (WorkConcept, &Change<Bounded<100>>),
    before: Option<I>,
) -> Outcome<Option<I>> {
    match change {
        Change::Keep => Ok(before),
        Change::Clear => Ok(None),
        Change::Set(name) => {
            let named = (concept.as_str(), Some(&**name));
            referred(sql, call, member, concept, named).await
        }
    }
}

/// The id of what a filter of a list names, in the field of its concept; nil without a name, which lets everything
/// pass.
pub async fn filter_by(
    sql: &mut Sql<'_>,
    call: &Call,
    reach: &Reach,
    concept: WorkConcept,
    name: Option<&str>,
) -> Outcome<Uuid> {
    let Some(name) = name else {
        return Ok(Uuid::nil());
    };
    let found = named(sql, call, reach, concept, name).await?;
    found.map(|found| found.id).ok_or_else(|| {
        Fault::invalid(
            concept.as_str(),
            format!("There is no {} `{name}`.", concept.words()),
        )
    })
}

/// The refusal of a name that nothing has.
pub fn nothing_named(concept: WorkConcept, field: &str, name: &str) -> Fault {
    Fault::invalid(
        field,
        format!(
            "There is no {} `{name}` in this engagement. Give its slug, key or id.",
            concept.words()
        ),
    )
}

fn ambiguous(concept: WorkConcept, name: &str, rows: &[Row]) -> Outcome<Fault> {
    let slugs = rows
        .iter()
        .map(|row| row.text(2))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Fault::conflict(
        "ambiguous_slug",
        format!(
            "`{name}` names more than one {}: one in each of {}. Say which with `engagement`.",
            concept.words(),
            slugs.join(", ")
        ),
    )
    .with("engagements", slugs))
}

/// An id in the form that ids have on the wire; everything else is a name.
fn id_in(text: &str) -> Option<Uuid> {
    (text.len() == 36)
        .then(|| Uuid::try_parse(text).ok())
        .flatten()
}
