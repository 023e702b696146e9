//! Changes of a topic.

use bellboard_core::id::TopicId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{EntryStatus, Slug};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TopicView, load, store};
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
pub struct UpdateTopic {
    /// The topic, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// What people read, at most 200 characters.
    #[serde(default)]
    pub title: Option<Bounded<200>>,
    /// What it is about, at most 4000 characters; null for nothing.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
    /// Another domain to belong to, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
}

/// A new slug, which the former one still leads to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameTopic {
    /// The topic, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// The slug from now on: `[a-z0-9_-]`, at most 100 characters.
    pub new_slug: Slug<100>,
    /// The title from now on, at most 200 characters; as it is when absent.
    #[serde(default)]
    pub new_title: Option<Bounded<200>>,
}

/// Which topic is no longer in use.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveTopic {
    /// The topic, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `update_topic`.
pub async fn update_topic(call: Call, input: UpdateTopic) -> Outcome<TopicView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, before) = find(sql, &call, &input.slug, input.engagement).await?;
                let mut after = before.clone();
                if let Some(name) = &input.domain {
                    let wanted = InputDomain::in_field("domain", name);
                    let domain = domain::of_member(sql, &call, &member, wanted).await?;
                    (after.domain_id, after.domain_slug) = (domain.id, domain.slug);
                }
                if let Some(title) = input.title {
                    after.title = title.into_string();
                }
                input
                    .description
                    .lay_over(&mut after.description, Multiline::into_string);
                let summary = format!("Topic {} was described anew: {}", after.slug, after.title);
                let told = ("topic_updated", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// `rename_topic`.
pub async fn rename_topic(call: Call, input: RenameTopic) -> Outcome<TopicView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, before) = find(sql, &call, &input.slug, input.engagement).await?;
                let mut after = before.clone();
                after.slug = input.new_slug.into_string();
                if let Some(title) = input.new_title {
                    after.title = title.into_string();
                }
                let named = (WorkConcept::Topic, before.id.uuid());
                slug::change(sql, &call, &member, named, (&before.slug, &after.slug)).await?;
                let summary = format!("Topic {} is called {} now", before.slug, after.slug);
                let told = ("topic_renamed", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// `archive_topic`.
pub async fn archive_topic(call: Call, input: ArchiveTopic) -> Outcome<TopicView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, before) = find(sql, &call, &input.slug, input.engagement).await?;
                let mut after = before.clone();
                after.status = EntryStatus::Archived;
                let summary = format!("Topic {} was archived", before.slug);
                let told = ("topic_archived", summary);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// The topic that the caller names, as it is while the transaction holds it.
async fn find(
    sql: &mut Sql<'_>,
    call: &Call,
    name: &str,
    engagement: Option<Bounded<50>>,
) -> Outcome<(Member, TopicView)> {
    let (concept, engagement) = (WorkConcept::Topic, engagement.as_deref());
    let found = access::work_to_change(sql, call, concept, name, engagement).await?;
    let (engagement, id) = (found.member.engagement_id(), TopicId::from_uuid(found.id));
    let topic = load(sql, engagement, id).await?;
    Ok((found.member, topic))
}

/// Stores what is different and says so; what is the same already is answered as it is.
async fn save(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (before, mut after): (&TopicView, TopicView),
    told: (&'static str, String),
) -> Outcome<TopicView> {
    if *before == after {
        return Ok(after);
    }
    after.changed_at = call.now;
    store::update(sql, &after).await?;
    let place = (after.domain_id, after.id.uuid());
    progress_event::changed_in(sql, call, member, place, told).await?;
    Ok(after)
}
