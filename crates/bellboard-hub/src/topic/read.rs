//! Reading topics.

use bellboard_core::id::TopicId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TopicView, store};
use crate::access;
use crate::call::Call;
use crate::domain::{OfDomain, WhichStatus};
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of};
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
    let person = call.signed_in()?.person_id;
    let filter = format!(
        "{} {} {}",
        input.engagement.as_deref().unwrap_or_default(),
        input.domain.as_deref().unwrap_or_default(),
        input.status.stored()
    );
    let scope = CursorScope {
        list: "topics",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let (rows, total) = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let of = OfDomain::named(sql, &reach, input.domain.as_deref()).await?;
                let which = (&of, input.status.stored());
                let rows = store::list(sql, &reach, which, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::list_total(sql, &reach, which).await?))
            })
        })
        .await?;
    let topics = rows
        .iter()
        .map(TopicView::read)
        .collect::<Outcome<Vec<_>>>()?;
    Ok(page_of(topics, limit, total, &scope, |topic| Cursor {
        at: topic.created_at,
        id: topic.id.uuid(),
    }))
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
                let row = store::one(sql, found.member.engagement_id(), id).await?;
                TopicView::read(&row.ok_or_else(Fault::not_found)?)
            })
        })
        .await
}
