//! The domain that input names: one that is there and in use, or the refusal lists those that are.

use bellboard_core::id::DomainId;
use bellboard_core::text::Bounded;
use bellboard_core::work::EntryStatus;
use uuid::Uuid;

use super::{DomainView, load, store};
use crate::access::{self, Found, Member, Reach};
use crate::call::Call;
use crate::db::{Sql, Value};
use crate::fault::{Fault, Outcome};
use crate::verbs::WorkConcept;

/// A domain as input names it, and in which field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InputDomain<'a> {
    field: &'static str,
    name: &'a str,
}

impl<'a> InputDomain<'a> {
    /// The domain in this field.
    pub(crate) fn in_field(field: &'static str, name: &'a str) -> Self {
        Self { field, name }
    }

    /// The one of these fields that was given. The first one is asked for when none was.
    pub(crate) fn one_of(fields: &[(&'static str, &'a Option<Bounded<100>>)]) -> Outcome<Self> {
        let mut given = fields
            .iter()
            .filter_map(|(field, name)| Some(Self::in_field(field, name.as_deref()?)));
        match (given.next(), given.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(second)) => Err(Fault::invalid(
                second.field,
                "The domain is named twice. Leave one out.",
            )),
            (None, _) => Err(Fault::invalid(
                fields.first().map_or("domain", |(field, _)| field),
                "Name the domain that it belongs to, by slug or id.",
            )),
        }
    }
}

/// The domain in use of this name, and the proof for its engagement: for what is made in a domain.
pub(crate) async fn of_new(
    sql: &mut Sql<'_>,
    call: &Call,
    wanted: InputDomain<'_>,
    engagement: Option<&str>,
) -> Outcome<(Member, DomainView)> {
    let reach = access::reach_chosen(sql, call, engagement).await?;
    live(sql, call, &reach, wanted).await
}

/// The domain in use of this name in the engagement of the proof.
pub(crate) async fn of_member(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    wanted: InputDomain<'_>,
) -> Outcome<DomainView> {
    let reach = Reach::of(call, Some(member.engagement_id()))?;
    let (_, domain) = live(sql, call, &reach, wanted).await?;
    Ok(domain)
}

async fn live(
    sql: &mut Sql<'_>,
    call: &Call,
    reach: &Reach,
    wanted: InputDomain<'_>,
) -> Outcome<(Member, DomainView)> {
    let Some(found) = access::named(sql, call, reach, WorkConcept::Domain, wanted.name).await?
    else {
        let words = format!("There is no domain `{}`.", wanted.name);
        return Err(unknown(sql, reach, wanted.field, words).await?);
    };
    let (engagement, id) = (found.member.engagement_id(), DomainId::from_uuid(found.id));
    // Nobody archives it before this transaction has ended.
    access::store::hold(sql, engagement, WorkConcept::Domain, found.id).await?;
    let domain = load(sql, engagement, id).await?;
    if domain.status == EntryStatus::Archived {
        let words = format!("Domain {} is archived.", domain.slug);
        let reach = Reach::of(call, Some(engagement))?;
        return Err(unknown(sql, &reach, wanted.field, words).await?);
    }
    Ok((found.member, domain))
}

/// The refusal of a domain, with those that would do.
async fn unknown(
    sql: &mut Sql<'_>,
    reach: &Reach,
    field: &str,
    mut words: String,
) -> Outcome<Fault> {
    let valid = store::active_slugs(sql, reach).await?;
    if valid.is_empty() {
        words.push_str(" None is in use yet; make one with create_domain.");
    } else {
        words.push_str(" Valid are: ");
        words.push_str(&valid.join(", "));
        words.push('.');
    }
    Ok(Fault::invalid(field, words)
        .with_code("unknown_domain")
        .with("valid_slugs", valid))
}

/// A filter for what belongs to one domain, by its slug, a former slug or its id; without one everything passes.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfDomain {
    slug: String,
    id: Option<Uuid>,
}

impl OfDomain {
    /// The filter for what the caller named; a domain that is nowhere in reach is refused with those that are.
    pub(crate) async fn named(
        sql: &mut Sql<'_>,
        reach: &Reach,
        name: Option<&str>,
    ) -> Outcome<Self> {
        let Some(name) = name else {
            return Ok(Self::default());
        };
        let filter = Self {
            slug: name.to_owned(),
            id: name.parse().ok().map(DomainId::uuid),
        };
        if store::is_there(sql, reach, &filter).await? {
            return Ok(filter);
        }
        let words = format!("There is no domain `{name}`.");
        Err(unknown(sql, reach, "domain", words).await?)
    }

    /// `$6` and `$7` of `of_domain!`.
    pub(crate) fn values(&self) -> [Value; 2] {
        let id = self.id.unwrap_or(Uuid::nil());
        [self.slug.as_str().into(), id.into()]
    }
}

/// The domain of this name in reach, whatever its status, for answers about one domain.
pub(crate) async fn known(
    sql: &mut Sql<'_>,
    call: &Call,
    reach: &Reach,
    name: &str,
) -> Outcome<Found> {
    if let Some(found) = access::named(sql, call, reach, WorkConcept::Domain, name).await? {
        return Ok(found);
    }
    let words = format!("There is no domain `{name}`.");
    Err(unknown(sql, reach, "domain", words).await?)
}
