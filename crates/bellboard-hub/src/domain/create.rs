//! `create_domain`.

use bellboard_core::id::DomainId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{EntryStatus, Slug};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DomainView, LONGEST_SLUG, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::Outcome;
use crate::progress_event;
use crate::slug;
use crate::verbs::WorkConcept;

/// A new domain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDomain {
    /// What addresses, files and the command line use: `[a-z0-9_-]`, at most 50 characters.
    pub slug: Slug<LONGEST_SLUG>,
    /// What people read, at most 200 characters.
    pub name: Bounded<200>,
    /// What it is about, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The engagement, by id or slug; your only one when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_domain`.
pub async fn create_domain(call: Call, input: CreateDomain) -> Outcome<DomainView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::chosen(sql, &call, input.engagement.as_deref()).await?;
                make(sql, &call, &member, input).await
            })
        })
        .await
}

/// Makes it, if the slug is free.
pub(super) async fn make(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: CreateDomain,
) -> Outcome<DomainView> {
    slug::require_free(sql, member, WorkConcept::Domain, &input.slug, None).await?;
    let id = DomainId::from_uuid(call.new_id());
    let new = DomainView {
        id,
        engagement_id: member.engagement_id(),
        engagement_slug: String::new(),
        slug: input.slug.into_string(),
        name: input.name.into_string(),
        description: input
            .description
            .map(Multiline::into_string)
            .unwrap_or_default(),
        status: EntryStatus::Active,
        created_at: call.now,
        changed_at: call.now,
        new: true,
    };
    store::insert(sql, &new).await?;
    let summary = format!("Domain {} was made: {}", new.slug, new.name);
    let place = (id, id.uuid());
    let told = ("domain_created", summary);
    progress_event::changed_in(sql, call, member, place, told).await?;
    let made = load(sql, member.engagement_id(), id).await?;
    Ok(DomainView { new: true, ..made })
}
