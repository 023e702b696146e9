//! `update_extension_point`.

use bellboard_core::id::ExtensionPointId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{ExtensionStatus, ExtensionType, Priority};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{ExtensionPointView, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::change::Change;
use crate::db::Sql;
use crate::domain::{self, InputDomain};
use crate::fault::Outcome;
use crate::progress_event::{self, Happened};
use crate::verbs::WorkConcept;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateExtensionPoint {
    /// The extension point, by its key or id.
    pub ep_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// Another domain to belong to, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
    /// In one line, at most 200 characters.
    #[serde(default)]
    pub title: Option<Bounded<200>>,
    /// What it would extend.
    #[serde(default, rename = "type")]
    pub extension_type: Option<ExtensionType>,
    /// Where it is.
    #[serde(default)]
    pub status: Option<ExtensionStatus>,
    /// How much it matters.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Where in the code; null for nowhere.
    #[serde(default)]
    pub location: Change<Bounded<500>>,
    /// More words; null for none.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
    /// The topic that it is about; null for none.
    #[serde(default)]
    pub topic: Change<Bounded<100>>,
    /// The workstream that it is planned in; null for none.
    #[serde(default)]
    pub workstream: Change<Bounded<100>>,
}

/// `update_extension_point`.
pub async fn update_extension_point(
    call: Call,
    input: UpdateExtensionPoint,
) -> Outcome<ExtensionPointView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (concept, engagement) =
                    (WorkConcept::ExtensionPoint, input.engagement.as_deref());
                let found =
                    access::work_to_change(sql, &call, concept, &input.ep_id, engagement).await?;
                let (member, id) = (found.member, ExtensionPointId::from_uuid(found.id));
                let before = load(sql, member.engagement_id(), id).await?;
                let after = laid_over(sql, &call, &member, &before, input).await?;
                if before == after {
                    return Ok(after);
                }
                store::update(sql, &after, call.now).await?;
                let happened = Happened {
                    what: "extension_point_updated".into(),
                    summary: format!(
                        "Extension point {} is {}: {}",
                        after.ep_id, after.status, after.title
                    ),
                    domain: Some(after.domain_id),
                    workstream: after.workstream_id,
                    ..Happened::default()
                };
                progress_event::changed(sql, &call, &member, id.uuid(), &happened).await?;
                load(sql, member.engagement_id(), id).await
            })
        })
        .await
}

/// The extension point as it is to be.
async fn laid_over(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    before: &ExtensionPointView,
    input: UpdateExtensionPoint,
) -> Outcome<ExtensionPointView> {
    let mut after = before.clone();
    if let Some(name) = &input.domain {
        let wanted = InputDomain::in_field("domain", name);
        after.domain_id = domain::of_member(sql, call, member, wanted).await?.id;
    }
    let topic = (WorkConcept::Topic, &input.topic);
    after.topic_id = access::referred_anew(sql, call, member, topic, before.topic_id).await?;
    let workstream = (WorkConcept::Workstream, &input.workstream);
    after.workstream_id =
        access::referred_anew(sql, call, member, workstream, before.workstream_id).await?;
    if let Some(title) = input.title {
        after.title = title.into_string();
    }
    input
        .location
        .lay_over(&mut after.location, Bounded::into_string);
    input
        .description
        .lay_over(&mut after.description, Multiline::into_string);
    after.extension_type = input.extension_type.unwrap_or(after.extension_type);
    after.status = input.status.unwrap_or(after.status);
    after.priority = input.priority.unwrap_or(after.priority);
    Ok(after)
}
