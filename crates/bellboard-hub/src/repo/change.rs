//! Changes of a repo.

use bellboard_core::id::RepoId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{EntryStatus, RemoteUrl, Slug};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{RepoView, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::change::Change;
use crate::db::Sql;
use crate::domain::{self, InputDomain};
use crate::fault::Outcome;
use crate::progress_event;
use crate::slug;
use crate::verbs::WorkConcept;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRepo {
    /// The repo, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// The slug from now on; the former one still leads to the repo.
    #[serde(default)]
    pub new_slug: Option<Slug<100>>,
    /// What people read, at most 200 characters.
    #[serde(default)]
    pub name: Option<Bounded<200>>,
    /// Where it lies on your machine; null for nowhere.
    #[serde(default)]
    pub local_path: Change<Bounded<1000>>,
    /// Where it is fetched from; null for nowhere.
    #[serde(default)]
    pub remote_url: Change<RemoteUrl>,
    /// What it is, at most 4000 characters; null for nothing.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
    /// The topic that it is about, by slug or id; null for none.
    #[serde(default)]
    pub topic: Change<Bounded<100>>,
    /// Another domain to belong to, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
}

/// Which repo is no longer in use.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveRepo {
    /// The repo, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `update_repo`.
pub async fn update_repo(call: Call, input: UpdateRepo) -> Outcome<RepoView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let engagement = input.engagement.as_deref();
                let (member, before) = find(sql, &call, &input.slug, engagement).await?;
                let after = laid_over(sql, &call, &member, &before, input).await?;
                let named = (WorkConcept::Repo, before.id.uuid());
                slug::change(sql, &call, &member, named, (&before.slug, &after.slug)).await?;
                let summary = format!("Repo {} was described anew", after.slug);
                let told = ("repo_updated", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// The repo as it is to be.
async fn laid_over(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    before: &RepoView,
    input: UpdateRepo,
) -> Outcome<RepoView> {
    let mut after = before.clone();
    if let Some(name) = &input.domain {
        let wanted = InputDomain::in_field("domain", name);
        after.domain_id = domain::of_member(sql, call, member, wanted).await?.id;
    }
    let topic = (WorkConcept::Topic, &input.topic);
    after.topic_id = access::referred_anew(sql, call, member, topic, before.topic_id).await?;
    if let Some(slug) = input.new_slug {
        after.slug = slug.into_string();
    }
    if let Some(name) = input.name {
        after.name = name.into_string();
    }
    input
        .local_path
        .lay_over(&mut after.local_path, |path| Some(path.into_string()));
    input
        .remote_url
        .lay_over(&mut after.remote_url, |address| Some(address.into_string()));
    input
        .description
        .lay_over(&mut after.description, Multiline::into_string);
    Ok(after)
}

/// `archive_repo`.
pub async fn archive_repo(call: Call, input: ArchiveRepo) -> Outcome<RepoView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let engagement = input.engagement.as_deref();
                let (member, before) = find(sql, &call, &input.slug, engagement).await?;
                let mut after = before.clone();
                after.status = EntryStatus::Archived;
                let summary = format!("Repo {} was archived", before.slug);
                let told = ("repo_archived", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// The repo that the caller names, as it is while the transaction holds it.
async fn find(
    sql: &mut Sql<'_>,
    call: &Call,
    name: &str,
    engagement: Option<&str>,
) -> Outcome<(Member, RepoView)> {
    let found = access::work_to_change(sql, call, WorkConcept::Repo, name, engagement).await?;
    let (engagement, id) = (found.member.engagement_id(), RepoId::from_uuid(found.id));
    let repo = load(sql, engagement, id).await?;
    Ok((found.member, repo))
}

/// Stores what is different and says so; what is the same already is answered as it is.
async fn save(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (before, mut after): (&RepoView, RepoView),
    told: (&'static str, String),
) -> Outcome<RepoView> {
    if *before == after {
        return Ok(after);
    }
    after.changed_at = call.now;
    store::update(sql, &after).await?;
    let place = (after.domain_id, after.id.uuid());
    progress_event::changed_in(sql, call, member, place, told).await?;
    // The slugs of domain and topic are those of the rows.
    load(sql, after.engagement_id, after.id).await
}
