//! `create_repo`, and `register_repo`, which is the same below its domain.

use bellboard_core::id::RepoId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{EntryStatus, RemoteUrl, Slug};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{RepoView, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::domain::{self, DomainView, InputDomain};
use crate::fault::{Fault, Outcome};
use crate::progress_event;
use crate::slug;
use crate::verbs::WorkConcept;

/// A new repo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRepo {
    /// The domain that it belongs to, by slug; this, `domain_id` or `domain`.
    #[serde(default)]
    pub domain_slug: Option<Bounded<100>>,
    /// The domain, by id.
    #[serde(default)]
    pub domain_id: Option<Bounded<100>>,
    /// The domain, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
    /// What addresses and the command line use: `[a-z0-9_-]`, at most 100 characters; made from the name when absent.
    #[serde(default)]
    pub slug: Option<Slug<100>>,
    /// What people read, at most 200 characters.
    pub name: Bounded<200>,
    /// Where it lies on your machine, at most 1000 characters. The hub opens it only if it watches it.
    #[serde(default)]
    pub local_path: Option<Bounded<1000>>,
    /// Where it is fetched from, without a password in it.
    #[serde(default)]
    pub remote_url: Option<RemoteUrl>,
    /// What it is, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The topic that it is about, by slug or id.
    #[serde(default)]
    pub topic: Option<Bounded<100>>,
    /// The engagement, by id or slug; that of the domain when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// A new repo of a domain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRepo {
    /// The domain that it belongs to, by slug.
    pub domain_slug: Bounded<100>,
    /// What people read, at most 200 characters; the slug is made from it.
    pub name: Bounded<200>,
    /// Where it lies on your machine, at most 1000 characters.
    #[serde(default)]
    pub local_path: Option<Bounded<1000>>,
    /// Where it is fetched from, without a password in it.
    #[serde(default)]
    pub remote_url: Option<RemoteUrl>,
    /// What it is, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The engagement, by id or slug; that of the domain when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_repo`.
pub async fn create_repo(call: Call, input: CreateRepo) -> Outcome<RepoView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let wanted = InputDomain::one_of(&[
                    ("domain_slug", &input.domain_slug),
                    ("domain_id", &input.domain_id),
                    ("domain", &input.domain),
                ])?;
                let engagement = input.engagement.as_deref();
                let (member, domain) = domain::of_new(sql, &call, wanted, engagement).await?;
                make(sql, &call, &member, domain, input).await
            })
        })
        .await
}

/// `register_repo`.
pub async fn register_repo(call: Call, input: RegisterRepo) -> Outcome<RepoView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let wanted = InputDomain::in_field("domain_slug", &input.domain_slug);
                let engagement = input.engagement.as_deref();
                let (member, domain) = domain::of_new(sql, &call, wanted, engagement).await?;
                let input = CreateRepo {
                    domain_slug: None,
                    domain_id: None,
                    domain: None,
                    slug: None,
                    name: input.name,
                    local_path: input.local_path,
                    remote_url: input.remote_url,
                    description: input.description,
                    topic: None,
                    engagement: None,
                };
                make(sql, &call, &member, domain, input).await
            })
        })
        .await
}

async fn make(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    domain: DomainView,
    input: CreateRepo,
) -> Outcome<RepoView> {
    let slug = match input.slug {
        Some(slug) => slug,
        None => Slug::of_name(&input.name).ok_or_else(|| {
            Fault::invalid(
                "name",
                "No slug can be made from this name. Use some of a-z and 0-9, or give a `slug` to create_repo.",
            )
        })?,
    };
    slug::require_free(sql, member, WorkConcept::Repo, &slug, None).await?;
    let topic = ("topic", input.topic.as_deref());
    let topic = access::referred(sql, call, member, WorkConcept::Topic, topic).await?;
    let id = RepoId::from_uuid(call.new_id());
    let new = RepoView {
        id,
        engagement_id: domain.engagement_id,
        engagement_slug: domain.engagement_slug,
        domain_id: domain.id,
        domain_slug: domain.slug,
        topic_id: topic,
        topic_slug: None,
        slug: slug.into_string(),
        name: input.name.into_string(),
        local_path: input.local_path.map(Bounded::into_string),
        remote_url: input.remote_url.map(RemoteUrl::into_string),
        description: input
            .description
            .map(Multiline::into_string)
            .unwrap_or_default(),
        status: EntryStatus::Active,
        last_synced_at: None,
        last_commit: None,
        last_sync: None,
        held_back: None,
        created_at: call.now,
        changed_at: call.now,
        new: true,
    };
    store::insert(sql, &new).await?;
    let summary = format!("Repo {} was registered in {}", new.slug, new.domain_slug);
    let place = (new.domain_id, id.uuid());
    let told = ("repo_created", summary);
    progress_event::changed_in(sql, call, member, place, told).await?;
    let made = super::load(sql, new.engagement_id, id).await?;
    Ok(RepoView { new: true, ..made })
}
