//! `create_extension_point`.

use bellboard_core::id::ExtensionPointId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{EntryKey, ExtensionStatus, ExtensionType, Priority};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ExtensionPointView, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::domain::{self, InputDomain};
use crate::fault::Outcome;
use crate::progress_event::{self, Happened};
use crate::slug;
use crate::verbs::WorkConcept;

/// A new extension point.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateExtensionPoint {
    /// What people call it: `EP-0007`. Unique in the engagement.
    pub ep_id: EntryKey,
    /// The domain that it belongs to, by slug or id.
    pub domain: Bounded<100>,
    /// In one line, at most 200 characters.
    pub title: Bounded<200>,
    /// `api`, `schema`, `mcp`, `dashboard`, `architecture`, `integration` or `other`; `other` when absent.
    #[serde(default, rename = "type")]
    pub extension_type: Option<ExtensionType>,
    /// `open`, `in_progress`, `addressed`, `deferred` or `wont_fix`; `open` when absent.
    #[serde(default)]
    pub status: Option<ExtensionStatus>,
    /// `low`, `medium`, `high` or `critical`; `medium` when absent.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Where in the code, at most 500 characters.
    #[serde(default)]
    pub location: Option<Bounded<500>>,
    /// More words, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The topic that it is about, by slug or id.
    #[serde(default)]
    pub topic: Option<Bounded<100>>,
    /// The workstream that it is planned in, by slug or id.
    #[serde(default)]
    pub workstream: Option<Bounded<100>>,
    /// The engagement, by id or slug; that of the domain when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_extension_point`.
pub async fn create_extension_point(
    call: Call,
    input: CreateExtensionPoint,
) -> Outcome<ExtensionPointView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let wanted = InputDomain::in_field("domain", &input.domain);
                let engagement = input.engagement.as_deref();
                let (member, domain) = domain::of_new(sql, &call, wanted, engagement).await?;
                let id = ExtensionPointId::from_uuid(call.new_id());
                let topic = ("topic", input.topic.as_deref());
                let workstream = ("workstream", input.workstream.as_deref());
                let new = ExtensionPointView {
                    id,
                    engagement_id: domain.engagement_id,
                    engagement_slug: domain.engagement_slug,
                    ep_id: input.ep_id.into_string(),
                    domain: domain.slug,
                    domain_id: domain.id,
                    title: input.title.into_string(),
                    extension_type: input.extension_type.unwrap_or(ExtensionType::Other),
                    status: input.status.unwrap_or(ExtensionStatus::Open),
                    priority: input.priority.unwrap_or(Priority::Medium),
                    location: input.location.map(Bounded::into_string).unwrap_or_default(),
                    description: input
                        .description
                        .map(Multiline::into_string)
                        .unwrap_or_default(),
                    topic_id: access::referred(sql, &call, &member, WorkConcept::Topic, topic)
                        .await?,
                    topic: None,
                    workstream_id: access::referred(
                        sql,
                        &call,
                        &member,
                        WorkConcept::Workstream,
                        workstream,
                    )
                    .await?,
                    workstream: None,
                    created_at: call.now,
                    changed_at: call.now,
                    new: true,
                };
                keep(sql, &call, &member, &new).await
            })
        })
        .await
}

async fn keep(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    new: &ExtensionPointView,
) -> Outcome<ExtensionPointView> {
    if !store::insert(sql, new).await? {
        let detail = format!(
            "There is an extension point {} already. Choose another key.",
            new.ep_id
        );
        return Err(slug::taken("ep_id", &new.ep_id, detail));
    }
    let happened = Happened {
        what: "extension_point_created".into(),
        summary: format!(
            "Extension point {} was written down: {}",
            new.ep_id, new.title
        ),
        domain: Some(new.domain_id),
        workstream: new.workstream_id,
        ..Happened::default()
    };
    progress_event::changed(sql, call, member, new.id.uuid(), &happened).await?;
    let made = load(sql, new.engagement_id, new.id).await?;
    Ok(ExtensionPointView { new: true, ..made })
}
