//! `create_topic`.

use bellboard_core::id::TopicId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{EntryStatus, Slug};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TopicView, store};
use crate::call::Call;
use crate::domain::{self, InputDomain};
use crate::fault::{Fault, Outcome};
use crate::progress_event;
use crate::slug;
use crate::verbs::WorkConcept;

/// A new topic.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTopic {
    /// The domain that it belongs to, by slug; this, `domain_id` or `domain`.
    #[serde(default)]
    pub domain_slug: Option<Bounded<100>>,
    /// The domain, by id.
    #[serde(default)]
    pub domain_id: Option<Bounded<100>>,
    /// The domain, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
    /// What addresses, files and the command line use: `[a-z0-9_-]`, at most 100 characters.
    pub slug: Slug<100>,
    /// What people read, at most 200 characters.
    pub title: Bounded<200>,
    /// What it is about, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The engagement, by id or slug; that of the domain when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_topic`.
pub async fn create_topic(call: Call, input: CreateTopic) -> Outcome<TopicView> {
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
                slug::require_free(sql, &member, WorkConcept::Topic, &input.slug, None).await?;
                let new = TopicView {
                    id: TopicId::from_uuid(call.new_id()),
                    engagement_id: domain.engagement_id,
                    engagement_slug: domain.engagement_slug,
                    domain_id: domain.id,
                    domain_slug: domain.slug,
                    slug: input.slug.into_string(),
                    title: input.title.into_string(),
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
                let summary = format!("Topic {} was made: {}", new.slug, new.title);
                let place = (new.domain_id, new.id.uuid());
                let told = ("topic_created", summary);
                progress_event::changed_in(sql, &call, &member, place, told).await?;
                Ok::<_, Fault>(new)
            })
        })
        .await
}
