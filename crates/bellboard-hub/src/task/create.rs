//! `create_task`.

use bellboard_core::id::{TaskId, WorkstreamId};
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{
    Day, EntryKey, Priority, Said, Standing, StandingChange, TaskStatus, standing_after,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::change::tell;
use super::{TaskView, help, load, not_so, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::Outcome;
use crate::paging::Flag;
use crate::slug;
use crate::verbs::WorkConcept;
use crate::workstream::{self, WorkstreamView};

/// A new task, at the end of its workstream.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTask {
    /// The workstream that it belongs to, by slug or id.
    pub workstream: Bounded<100>,
    /// In one line, at most 200 characters.
    pub title: Bounded<200>,
    /// What people call it: `CUST-WP-0005-T01`. Unique in the engagement.
    #[serde(default)]
    pub external_id: Option<EntryKey>,
    /// More words, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// `low`, `medium`, `high` or `critical`; `medium` when absent.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Who is to do it, in your words, at most 100 characters.
    #[serde(default)]
    pub assignee: Option<Bounded<100>>,
    /// The day until which it should be done: `2026-11-21`.
    #[serde(default)]
    pub due_date: Option<Day>,
    /// `todo`, `in_progress`, `blocked`, `done` or `cancelled`; `todo` when absent.
    #[serde(default)]
    pub status: Option<TaskStatus>,
    /// Why it cannot go on, at most 2000 characters.
    #[serde(default)]
    pub blocking_reason: Option<Multiline<2000>>,
    /// Whether it waits for a human; needs `intervention_note`.
    #[serde(default)]
    pub needs_human: Option<Flag>,
    /// What the human is to do, at most 2000 characters.
    #[serde(default)]
    pub intervention_note: Option<Multiline<2000>>,
    /// The engagement, by id or slug; that of the workstream when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_task`.
pub async fn create_task(call: Call, input: CreateTask) -> Outcome<TaskView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, workstream) = place(sql, &call, &input).await?;
                if workstream.status.is_closed() {
                    return Err(workstream::closed(&workstream));
                }
                let new = new_task(&call, &workstream, input)?;
                keep(sql, &call, &member, &new).await
            })
        })
        .await
}

/// The workstream that is named, held until the transaction ends so that nobody closes it meanwhile.
async fn place(
    sql: &mut Sql<'_>,
    call: &Call,
    input: &CreateTask,
) -> Outcome<(Member, WorkstreamView)> {
    let reach = access::reach_chosen(sql, call, input.engagement.as_deref()).await?;
    let (concept, name) = (WorkConcept::Workstream, &input.workstream);
    let found = access::named(sql, call, &reach, concept, name).await?;
    let found = found.ok_or_else(|| access::nothing_named(concept, "workstream", name))?;
    let engagement = found.member.engagement_id();
    let id = WorkstreamId::from_uuid(found.id);
    access::store::hold(sql, engagement, concept, found.id).await?;
    let workstream = workstream::load(sql, engagement, id, call.now).await?;
    Ok((found.member, workstream))
}

fn new_task(call: &Call, workstream: &WorkstreamView, input: CreateTask) -> Outcome<TaskView> {
    let fresh = Standing {
        status: TaskStatus::Todo,
        blocking_reason: None,
        intervention_note: None,
    };
    let change = StandingChange {
        status: input.status,
        blocking_reason: said(input.blocking_reason),
        needs_human: input.needs_human.map(Flag::is_set),
        intervention_note: said(input.intervention_note),
    };
    let standing =
        standing_after(&fresh, change).map_err(|refusal| not_so(&input.title, refusal))?;
    let mut new = TaskView {
        id: TaskId::from_uuid(call.new_id()),
        engagement_id: workstream.engagement_id,
        engagement_slug: workstream.engagement_slug.clone(),
        workstream_id: workstream.id,
        workstream: workstream.slug.clone(),
        domain: workstream.domain_slug.clone(),
        domain_id: workstream.domain_id,
        external_id: input.external_id.map(EntryKey::into_string),
        title: input.title.into_string(),
        description: input
            .description
            .map(Multiline::into_string)
            .unwrap_or_default(),
        priority: input.priority.unwrap_or(Priority::Medium),
        assignee: input.assignee.map(Bounded::into_string).unwrap_or_default(),
        due_date: input.due_date.map(|day| day.to_string()),
        status: fresh.status,
        blocking_reason: None,
        needs_human: false,
        intervention_note: None,
        claimed_by: None,
        claimed_by_name: None,
        claim_until: None,
        file_path: None,
        file_line: None,
        created_at: call.now,
        changed_at: call.now,
        last_claim: None,
        fence: 0,
        new: true,
    };
    new.stand(standing);
    Ok(new)
}

fn said(words: Option<Multiline<2000>>) -> Said {
    words.map_or(Said::Nothing, |words| Said::Words(words.into_string()))
}

async fn keep(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    new: &TaskView,
) -> Outcome<TaskView> {
    if !store::insert(sql, new).await? {
        let detail = format!(
            "There is a task {} already, or it was removed from its file. Choose another key.",
            new.name()
        );
        return Err(slug::taken("external_id", new.name(), detail));
    }
    help::follow(sql, None, new, call.now).await?;
    let summary = match &new.external_id {
        Some(key) => format!("Task {key} was made: {}", new.title),
        None => format!("Task was made: {}", new.title),
    };
    tell(sql, call, member, new, ("task_created", summary)).await?;
    let made = load(sql, new.engagement_id, new.id, call.now).await?;
    Ok(TaskView { new: true, ..made })
}
