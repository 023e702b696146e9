//! `create_workstream`.

use bellboard_core::id::WorkstreamId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{Day, Slug, TaskCounts, WorkstreamStatus};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{WorkstreamView, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::domain::{self, DomainView, InputDomain};
use crate::fault::{Fault, Outcome};
use crate::progress_event::{self, Happened};
use crate::slug;
use crate::verbs::WorkConcept;

/// A new workstream. It belongs to the domain that is named, else to that of its repo, else to that of its topic.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWorkstream {
    /// The domain that it belongs to, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
    /// The topic that it is about, by slug or id.
    #[serde(default)]
    pub topic: Option<Bounded<100>>,
    /// The repo that it is planned in, by slug or id.
    #[serde(default)]
    pub repo: Option<Bounded<100>>,
    /// What addresses, files and the command line use: `[a-z0-9_-]`, at most 100 characters; made from the title when
    /// absent.
    #[serde(default)]
    pub slug: Option<Slug<100>>,
    /// What people read, at most 200 characters.
    pub title: Bounded<200>,
    /// Who answers for it, in your words, at most 100 characters.
    #[serde(default)]
    pub owner: Option<Bounded<100>>,
    /// What it is about, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The day until which it should be done: `2026-11-21`.
    #[serde(default)]
    pub due_date: Option<Day>,
    /// `proposed`, `ready`, `active`, `blocked` or `backlog`; `proposed` when absent.
    #[serde(default)]
    pub status: Option<WorkstreamStatus>,
    /// The engagement, by id or slug; that of what is named when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_workstream`.
pub async fn create_workstream(call: Call, input: CreateWorkstream) -> Outcome<WorkstreamView> {
    let status = input.status.unwrap_or(WorkstreamStatus::Proposed);
    if status.is_closed() {
        return Err(Fault::invalid(
            "status",
            "A new workstream is not closed. Make it, and close it when its tasks are classified.",
        ));
    }
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, domain) = place(sql, &call, &input).await?;
                make(sql, &call, &member, domain, (input, status)).await
            })
        })
        .await
}

async fn make(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    domain: DomainView,
    (input, status): (CreateWorkstream, WorkstreamStatus),
) -> Outcome<WorkstreamView> {
    let slug = match input.slug {
        Some(slug) => slug,
        None => Slug::of_name(&input.title).ok_or_else(|| {
            Fault::invalid(
                "title",
                "No slug can be made from this title. Use some of a-z and 0-9, or give a `slug`.",
            )
        })?,
    };
    slug::require_free(sql, member, WorkConcept::Workstream, &slug, None).await?;
    let topic = ("topic", input.topic.as_deref());
    let repo = ("repo", input.repo.as_deref());
    let new = WorkstreamView {
        id: WorkstreamId::from_uuid(call.new_id()),
        engagement_id: domain.engagement_id,
        engagement_slug: domain.engagement_slug,
        domain_id: domain.id,
        domain_slug: domain.slug,
        topic_id: access::referred(sql, call, member, WorkConcept::Topic, topic).await?,
        topic_slug: None,
        repo_id: access::referred(sql, call, member, WorkConcept::Repo, repo).await?,
        repo_slug: None,
        slug: slug.into_string(),
        title: input.title.into_string(),
        owner: input.owner.map(Bounded::into_string).unwrap_or_default(),
        description: input
            .description
            .map(Multiline::into_string)
            .unwrap_or_default(),
        due_date: input.due_date.map(|day| day.to_string()),
        status,
        label: None,
        tasks: TaskCounts::default(),
        file_format: None,
        file_path: None,
        file_id: None,
        created_at: call.now,
        changed_at: call.now,
        last_activity_at: call.now,
        completed_at: None,
        new: true,
    };
    store::insert(sql, &new).await?;
    let happened = Happened {
        what: "workstream_created".into(),
        summary: format!("Workstream {} was made: {}", new.slug, new.title),
        domain: Some(new.domain_id),
        workstream: Some(new.id),
        ..Happened::default()
    };
    progress_event::changed(sql, call, member, new.id.uuid(), &happened).await?;
    let made = load(sql, new.engagement_id, new.id, call.now).await?;
    Ok(WorkstreamView { new: true, ..made })
}

/// The domain that was named, or that of the repo or the topic, with the proof for its engagement.
async fn place(
    sql: &mut Sql<'_>,
    call: &Call,
    input: &CreateWorkstream,
) -> Outcome<(Member, DomainView)> {
    let engagement = input.engagement.as_deref();
    let named = [
        (WorkConcept::Repo, "repo", input.repo.as_deref()),
        (WorkConcept::Topic, "topic", input.topic.as_deref()),
    ];
    let led = named
        .into_iter()
        .find_map(|(concept, field, name)| Some((concept, field, name?)));
    let (None, Some((concept, field, name))) = (&input.domain, led) else {
        let wanted = InputDomain::one_of(&[("domain", &input.domain)])?;
        return domain::of_new(sql, call, wanted, engagement).await;
    };
    let reach = access::reach_chosen(sql, call, engagement).await?;
    let found = access::named(sql, call, &reach, concept, name).await?;
    let found = found.ok_or_else(|| access::nothing_named(concept, field, name))?;
    let (member, engagement) = (&found.member, found.member.engagement_id());
    let id = domain::store::domain_of(sql, engagement, concept, found.id).await?;
    let id = id.ok_or_else(Fault::not_found)?.to_string();
    let domain = domain::of_member(sql, call, member, InputDomain::in_field(field, &id)).await?;
    Ok((found.member, domain))
}
