//! Reading topics.

use bellboard_core::id::TopicId;
use bellboard_core::page::{Cursor, Limit, Page};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TopicView, load, store};
use crate::access;
use crate::call::Call;
use crate::domain::{self, WhichStatus};
use crate::fault::Outcome;
use crate::verbs::WorkConcept;

/// Which topics.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListTopics {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// `active`, `archived` or `all`; `active` when absent.
    pub status: WhichStatus,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which topic.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetTopic {
    /// The topic, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `list_topics`.
pub async fn list_topics(call: Call, input: ListTopics) -> Outcome<Page<TopicView>> {
    let asked = domain::Asked {
        list: "topics",
        domain: input.domain,
        words: vec![input.status.stored()],
        engagement: input.engagement,
        limit: input.limit,
        cursor: input.cursor,
    };
    let place = |topic: &TopicView| Cursor {
        at: topic.created_at,
        id: topic.id.uuid(),
    };
    domain::list(call, &store::LIST, asked, TopicView::read, place).await
}

/// `get_topic`.
pub async fn get_topic(call: Call, input: GetTopic) -> Outcome<TopicView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, engagement) = (WorkConcept::Topic, input.engagement.as_deref());
                let found = access::work(sql, &call, concept, &input.slug, engagement).await?;
                let id = TopicId::from_uuid(found.id);
                load(sql, found.member.engagement_id(), id).await
            })
        })
        .await
}
