//! `add_progress`.

use bellboard_core::id::{DomainId, RunId, TaskId, WorkstreamId};
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::Slug;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Happened, ProgressEventView, changed, store};
use crate::access::{self, Member, Reach};
use crate::call::Call;
use crate::db::Sql;
use crate::domain;
use crate::fault::{Fault, Outcome};
use crate::verbs::WorkConcept;

/// What a line is called whose author gave it no type.
const NOTE: &str = "note";

/// What happened.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddProgress {
    /// In words, at most 2000 characters.
    pub summary: Multiline<2000>,
    /// What kind of event: `[a-z0-9_-]`, at most 50 characters; `note` when absent.
    #[serde(default, rename = "type")]
    pub event_type: Option<Slug<50>>,
    /// The workstream that it is about, by slug or id; that of the task when absent.
    #[serde(default)]
    pub workstream: Option<Bounded<100>>,
    /// The task that it is about, by its key or id.
    #[serde(default)]
    pub task: Option<Bounded<100>>,
    /// The domain that it is about, by slug or id; that of the workstream when absent.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
    /// The run in which it happened.
    #[serde(default)]
    pub run_id: Option<RunId>,
    /// The engagement, by id or slug; that of what is named when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `add_progress`.
pub async fn add_progress(call: Call, input: AddProgress) -> Outcome<ProgressEventView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = place(sql, &call, &input).await?;
                let happened = happened(sql, &call, &member, input).await?;
                let object = happened
                    .task
                    .map(TaskId::uuid)
                    .or(happened.workstream.map(WorkstreamId::uuid))
                    .or(happened.domain.map(DomainId::uuid))
                    .unwrap_or(member.engagement_id().uuid());
                let id = changed(sql, &call, &member, object, &happened).await?;
                let row = store::one(sql, member.engagement_id(), id).await?;
                let made = ProgressEventView::read(&row.ok_or_else(Fault::not_found)?)?;
                Ok(ProgressEventView { new: true, ..made })
            })
        })
        .await
}

/// The engagement that was named, or that of the first thing that is named, or the caller's only one.
async fn place(sql: &mut Sql<'_>, call: &Call, input: &AddProgress) -> Outcome<Member> {
    if input.engagement.is_none() {
        let reach = Reach::of(call, None)?;
        for (concept, name) in named(input) {
            if let Some(name) = name {
                let found = access::named(sql, call, &reach, concept, name).await?;
                let found =
                    found.ok_or_else(|| access::nothing_named(concept, concept.as_str(), name))?;
                return Ok(found.member);
            }
        }
        if let Some(run) = input.run_id {
            return access::in_engagement_of(sql, call, run).await;
        }
    }
    access::chosen(sql, call, input.engagement.as_deref()).await
}

/// What the input names, the most precise first.
fn named(input: &AddProgress) -> [(WorkConcept, Option<&str>); 3] {
    [
        (WorkConcept::Task, input.task.as_deref()),
        (WorkConcept::Workstream, input.workstream.as_deref()),
        (WorkConcept::Domain, input.domain.as_deref()),
    ]
}

/// The line with everything that it is about: a task tells its workstream, and a workstream its domain.
async fn happened(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: AddProgress,
) -> Outcome<Happened> {
    let mut ids = [None; 3];
    for (id, (concept, name)) in ids.iter_mut().zip(named(&input)) {
        *id = access::referred(sql, call, member, concept, (concept.as_str(), name)).await?;
    }
    let [task, workstream, domain] = ids;
    let engagement = member.engagement_id();
    let task = task.map(TaskId::from_uuid);
    let mut workstream = workstream.map(WorkstreamId::from_uuid);
    let mut domain = domain.map(DomainId::from_uuid);
    if let (Some(task), None) = (task, workstream) {
        workstream = store::workstream_of(sql, engagement, task).await?;
    }
    if let (Some(workstream), None) = (workstream, domain) {
        let concept = WorkConcept::Workstream;
        domain = domain::store::domain_of(sql, engagement, concept, workstream.uuid()).await?;
    }
    if let Some(run) = input.run_id
        && !store::has_run(sql, engagement, run).await?
    {
        return Err(Fault::invalid(
            "run_id",
            "There is no such run in this engagement. Leave `run_id` out, or name one that is there.",
        ));
    }
    let event_type = input.event_type.map(Slug::into_string);
    Ok(Happened {
        what: event_type.unwrap_or_else(|| NOTE.to_owned()).into(),
        summary: input.summary.into_string(),
        domain,
        workstream,
        task,
        run: input.run_id,
    })
}
