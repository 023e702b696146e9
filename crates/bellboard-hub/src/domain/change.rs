//! Changes of a domain: its words, its name with the slug, and the end of its use.

use bellboard_core::id::DomainId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{EntryStatus, Slug};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DomainView, LONGEST_SLUG, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::change::Change;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::progress_event;
use crate::slug;
use crate::verbs::WorkConcept;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDomain {
    /// The domain, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// What people read, at most 200 characters.
    #[serde(default)]
    pub name: Option<Bounded<200>>,
    /// What it is about, at most 4000 characters; null for nothing.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
}

/// A new slug, which the former one still leads to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameDomain {
    /// The domain, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// The slug from now on: `[a-z0-9_-]`, at most 50 characters.
    pub new_slug: Slug<LONGEST_SLUG>,
    /// The name from now on, at most 200 characters; as it is when absent.
    #[serde(default)]
    pub new_name: Option<Bounded<200>>,
}

/// Which domain is no longer in use.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveDomain {
    /// The domain, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `update_domain`.
pub async fn update_domain(call: Call, input: UpdateDomain) -> Outcome<DomainView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, before) = find(sql, &call, &input.slug, input.engagement).await?;
                let mut after = before.clone();
                if let Some(name) = input.name {
                    after.name = name.into_string();
                }
                input
                    .description
                    .lay_over(&mut after.description, Multiline::into_string);
                let summary = format!("Domain {} was described anew: {}", after.slug, after.name);
                let told = ("domain_updated", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// `rename_domain`: everything that shows the slug follows, because it names the domain by its key.
pub async fn rename_domain(call: Call, input: RenameDomain) -> Outcome<DomainView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, before) = find(sql, &call, &input.slug, input.engagement).await?;
                let after = DomainView {
                    slug: input.new_slug.into_string(),
                    name: input
                        .new_name
                        .map_or(before.name.clone(), Bounded::into_string),
                    ..before.clone()
                };
                let named = (WorkConcept::Domain, before.id.uuid());
                slug::change(sql, &call, &member, named, (&before.slug, &after.slug)).await?;
                let summary = format!("Domain {} is called {} now", before.slug, after.slug);
                let told = ("domain_renamed", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// `archive_domain`: refused while topics of it are active, and the answer names them.
pub async fn archive_domain(call: Call, input: ArchiveDomain) -> Outcome<DomainView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, before) = find(sql, &call, &input.slug, input.engagement).await?;
                let topics = store::active_topics(sql, before.engagement_id, before.id).await?;
                if !topics.is_empty() {
                    return Err(Fault::conflict(
                        "active_topics",
                        format!(
                            "Domain {} has active topics: {}. Archive them first.",
                            before.slug,
                            topics.join(", ")
                        ),
                    )
                    .with("topics", topics));
                }
                let after = DomainView {
                    status: EntryStatus::Archived,
                    ..before.clone()
                };
                let summary = format!("Domain {} was archived", before.slug);
                let told = ("domain_archived", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// The domain that the caller names, as it is while the transaction holds it.
async fn find(
    sql: &mut Sql<'_>,
    call: &Call,
    name: &str,
    engagement: Option<Bounded<50>>,
) -> Outcome<(Member, DomainView)> {
    let (concept, engagement) = (WorkConcept::Domain, engagement.as_deref());
    let found = access::work_to_change(sql, call, concept, name, engagement).await?;
    let engagement = found.member.engagement_id();
    let id = DomainId::from_uuid(found.id);
    let domain = load(sql, engagement, id).await?;
    Ok((found.member, domain))
}

/// Stores what is different and says so; what is the same already is answered as it is.
async fn save(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (before, mut after): (&DomainView, DomainView),
    told: (&'static str, String),
) -> Outcome<DomainView> {
    if *before == after {
        return Ok(after);
    }
    after.changed_at = call.now;
    store::update(sql, &after).await?;
    let place = (after.id, after.id.uuid());
    progress_event::changed_in(sql, call, member, place, told).await?;
    Ok(after)
}
