//! `update_workstream`.

use bellboard_core::id::WorkstreamId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{Day, Slug, WorkstreamStatus};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{WorkstreamView, close, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::change::Change;
use crate::db::Sql;
use crate::domain::{self, InputDomain};
use crate::fault::Outcome;
use crate::progress_event::{self, Happened};
use crate::slug;
use crate::verbs::WorkConcept;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWorkstream {
    /// The workstream, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// The slug from now on; the former one still leads to the workstream.
    #[serde(default)]
    pub new_slug: Option<Slug<100>>,
    /// What people read, at most 200 characters.
    #[serde(default)]
    pub title: Option<Bounded<200>>,
    /// Who answers for it, in your words; null for nobody.
    #[serde(default)]
    pub owner: Change<Bounded<100>>,
    /// What it is about; null for nothing.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
    /// The day until which it should be done; null for none.
    #[serde(default)]
    pub due_date: Change<Day>,
    /// Where it is. `completed` is refused while tasks are open: close_workstream classifies them.
    #[serde(default)]
    pub status: Option<WorkstreamStatus>,
    /// Another domain to belong to, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
    /// The topic that it is about, by slug or id; null for none.
    #[serde(default)]
    pub topic: Change<Bounded<100>>,
    /// The repo that it is planned in, by slug or id; null for none.
    #[serde(default)]
    pub repo: Change<Bounded<100>>,
}

/// `update_workstream`.
pub async fn update_workstream(call: Call, input: UpdateWorkstream) -> Outcome<WorkstreamView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let engagement = input.engagement.as_deref();
                let (member, before) = find(sql, &call, &input.slug, engagement).await?;
                let mut after = laid_over(sql, &call, &member, &before, input).await?;
                let named = (WorkConcept::Workstream, before.id.uuid());
                slug::change(sql, &call, &member, named, (&before.slug, &after.slug)).await?;
                if after == before {
                    return Ok(after);
                }
                let completes = after.status == WorkstreamStatus::Completed
                    && before.status != WorkstreamStatus::Completed;
                if completes {
                    close::without_open_tasks(sql, &call, &member, &before).await?;
                }
                after.completed_at = after.status.completed_at(before.completed_at, call.now);
                after.changed_at = call.now;
                store::update(sql, &after).await?;
                tell(sql, &call, &member, (&before, &after)).await?;
                load(sql, after.engagement_id, after.id, call.now).await
            })
        })
        .await
}

async fn tell(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (before, after): (&WorkstreamView, &WorkstreamView),
) -> Outcome<()> {
    let summary = if before.status != after.status {
        format!("Workstream {} is {} now", after.slug, after.status)
    } else if before.slug == after.slug {
        format!("Workstream {} was described anew", after.slug)
    } else {
        format!("Workstream {} is called {} now", before.slug, after.slug)
    };
    let happened = Happened {
        what: "workstream_updated".into(),
        summary,
        domain: Some(after.domain_id),
        workstream: Some(after.id),
        ..Happened::default()
    };
    progress_event::changed(sql, call, member, after.id.uuid(), &happened).await?;
    Ok(())
}

/// The workstream as it is to be.
async fn laid_over(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    before: &WorkstreamView,
    input: UpdateWorkstream,
) -> Outcome<WorkstreamView> {
    let mut after = before.clone();
    if let Some(name) = &input.domain {
        let wanted = InputDomain::in_field("domain", name);
        after.domain_id = domain::of_member(sql, call, member, wanted).await?.id;
    }
    let topic = (WorkConcept::Topic, &input.topic);
    after.topic_id = access::referred_anew(sql, call, member, topic, before.topic_id).await?;
    let repo = (WorkConcept::Repo, &input.repo);
    after.repo_id = access::referred_anew(sql, call, member, repo, before.repo_id).await?;
    if let Some(slug) = input.new_slug {
        after.slug = slug.into_string();
    }
    if let Some(title) = input.title {
        after.title = title.into_string();
    }
    input.owner.lay_over(&mut after.owner, Bounded::into_string);
    input
        .description
        .lay_over(&mut after.description, Multiline::into_string);
    input
        .due_date
        .lay_over(&mut after.due_date, |day| Some(day.to_string()));
    after.status = input.status.unwrap_or(after.status);
    Ok(after)
}

/// The workstream that the caller names, as it is while the transaction holds it.
pub(super) async fn find(
    sql: &mut Sql<'_>,
    call: &Call,
    name: &str,
    engagement: Option<&str>,
) -> Outcome<(Member, WorkstreamView)> {
    let concept = WorkConcept::Workstream;
    let found = access::work_to_change(sql, call, concept, name, engagement).await?;
    let engagement = found.member.engagement_id();
    let id = WorkstreamId::from_uuid(found.id);
    let workstream = load(sql, engagement, id, call.now).await?;
    Ok((found.member, workstream))
}
