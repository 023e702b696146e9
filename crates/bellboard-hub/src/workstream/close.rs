//! `close_workstream`: nothing that is open is forgotten. Each open task is done, cancelled with a reason, or carried
//! forward, or the workstream stays as it is. The review is kept.

use std::collections::BTreeMap;

use bellboard_core::id::{ClosureReviewId, TaskId, WorkstreamId};
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{
    Classified, Closing, ClosingWord, ClosureRefusal, MAX_REVIEWED, OpenTask, TaskStatus,
    WorkstreamStatus, review,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::update::find;
use super::wanted::kept;
use super::{WorkstreamView, load, store};
use crate::access::{self, Member, Reach};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::paging::Flag;
use crate::progress_event::{self, Happened};
use crate::task::{self, Ending};
use crate::verbs::{View, WorkConcept};

/// A review, and the workstream that it closes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseWorkstream {
    /// The workstream, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// What becomes of each open task, at most 1000; none when no task is open.
    #[serde(default)]
    pub review: Vec<ReviewEntry>,
    /// Whether the next write-back into the repo adds the review to the workstream's file, as a `Closure Review` section.
    #[serde(default)]
    pub write_section: Flag,
}

/// What becomes of one task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewEntry {
    /// The task, by its key or id.
    pub task_id: Bounded<100>,
    /// `done`, `cancelled` or `carry_forward`.
    #[serde(rename = "as")]
    pub as_word: ClosingWord,
    /// Why it is cancelled, at most 1000 characters.
    #[serde(default)]
    pub reason: Option<Multiline<1000>>,
    /// The workstream that it is carried to, by slug or id.
    #[serde(default)]
    pub target: Option<Bounded<100>>,
}

/// A closed workstream with its review.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClosureView {
    /// The workstream as it is now.
    pub workstream: WorkstreamView,
    /// What became of each task that was open.
    pub review: Vec<ReviewedTask>,
    /// Who reviewed, by their name at that moment.
    pub reviewed_by_name: String,
    /// When.
    pub reviewed_at: Timestamp,
}

impl View for ClosureView {}

/// What became of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewedTask {
    /// The task.
    pub task_id: TaskId,
    /// What it is called in its file.
    pub external_id: Option<String>,
    /// In one line.
    pub title: String,
    /// What became of it.
    #[serde(rename = "as")]
    pub as_word: ClosingWord,
    /// Why it was cancelled.
    pub reason: Option<String>,
    /// The slug of the workstream that took it.
    pub target: Option<String>,
}

/// `close_workstream`.
pub async fn close_workstream(call: Call, input: CloseWorkstream) -> Outcome<ClosureView> {
    if input.review.len() > MAX_REVIEWED {
        return Err(Fault::invalid(
            "review",
            format!("At most {MAX_REVIEWED} tasks are classified in one review."),
        ));
    }
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let engagement = input.engagement.as_deref();
                let (member, before) = find(sql, &call, &input.slug, engagement).await?;
                if before.status.is_closed() {
                    return Err(closed(&before));
                }
                let said = classified(sql, &call, &member, &input.review).await?;
                let wish = (&said[..], input.write_section.is_set());
                let lines = follow(sql, &call, &member, &before, wish).await?;
                let status = WorkstreamStatus::Completed;
                let after = WorkstreamView {
                    status,
                    completed_at: status.completed_at(before.completed_at, call.now),
                    changed_at: call.now,
                    ..before
                };
                store::update(sql, &after).await?;
                tell(sql, &call, &member, (&after, lines.len())).await?;
                Ok(ClosureView {
                    workstream: load(sql, after.engagement_id, after.id, call.now).await?,
                    review: lines,
                    reviewed_by_name: member.name().to_owned(),
                    reviewed_at: call.now,
                })
            })
        })
        .await
}

/// The refusal of whoever comes to a workstream in which nothing more is planned.
pub(crate) fn closed(workstream: &WorkstreamView) -> Fault {
    Fault::conflict(
        "workstream_closed",
        format!(
            "Workstream {} is {}. Set it to active first if work goes on.",
            workstream.slug, workstream.status
        ),
    )
    .with("status", workstream.status.as_str())
}

/// Completing without a review: only when no task is open, and then an empty review is kept.
pub(super) async fn without_open_tasks(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    workstream: &WorkstreamView,
) -> Outcome<()> {
    follow(sql, call, member, workstream, (&[], false)).await?;
    Ok(())
}

/// Does to each task what the review says, and keeps the review.
async fn follow(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    workstream: &WorkstreamView,
    (said, write_section): (&[Target], bool),
) -> Outcome<Vec<ReviewedTask>> {
    let most = u32::try_from(MAX_REVIEWED).unwrap_or(u32::MAX);
    let open = task::store::open_of(sql, workstream.engagement_id, workstream.id, most).await?;
    let entries: Vec<Classified> = said.iter().map(|said| said.entry.clone()).collect();
    let closings = review(workstream.id.uuid(), &open, &entries)
        .map_err(|refusal| refused(workstream, refusal))?;
    let open: BTreeMap<Uuid, &OpenTask> = open.iter().map(|task| (task.task_id, task)).collect();
    let mut lines = Vec::with_capacity(closings.len());
    for (closing, said) in closings.into_iter().zip(said) {
        let id = TaskId::from_uuid(said.entry.task_id);
        match closing {
            Closing::Done(_) => {
                let ending = Ending::of(TaskStatus::Done, None);
                task::end(sql, call, member, id, ending).await?;
            }
            Closing::Cancelled { reason, .. } => {
                let ending = Ending::of(TaskStatus::Cancelled, Some(reason));
                task::end(sql, call, member, id, ending).await?;
            }
            Closing::CarriedForward { target, .. } => {
                task::carry(sql, call, member, id, WorkstreamId::from_uuid(target)).await?;
            }
        }
        let task = open.get(&said.entry.task_id);
        lines.push(ReviewedTask {
            task_id: id,
            external_id: task.and_then(|task| task.external_id.clone()),
            title: task.map(|task| task.title.clone()).unwrap_or_default(),
            as_word: said.entry.as_word,
            reason: said.entry.reason.clone(),
            target: said.slug.clone(),
        });
    }
    let json = kept(lines.clone(), write_section)?;
    let id = ClosureReviewId::from_uuid(call.new_id());
    store::keep_review(sql, member, (id, workstream.id), &json, call.now).await?;
    Ok(lines)
}

/// What was said of one task, with the slug of the workstream that takes it.
#[derive(Debug)]
pub(super) struct Target {
    entry: Classified,
    slug: Option<String>,
}

/// The review with ids in the place of names.
async fn classified(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    entries: &[ReviewEntry],
) -> Outcome<Vec<Target>> {
    let reach = Reach::of(call, Some(member.engagement_id()))?;
    let mut said = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let found = access::named(sql, call, &reach, WorkConcept::Task, &entry.task_id).await?;
        let found = found.ok_or_else(|| {
            access::nothing_named(
                WorkConcept::Task,
                &format!("review.{at}.task_id"),
                &entry.task_id,
            )
        })?;
        let target = match &entry.target {
            Some(name) => Some(taker(sql, call, &reach, at, name).await?),
            None => None,
        };
        said.push(Target {
            entry: Classified {
                task_id: found.id,
                as_word: entry.as_word,
                reason: entry.reason.as_deref().map(str::to_owned),
                target: target.as_ref().map(|target| target.id.uuid()),
            },
            slug: target.map(|target| target.slug),
        });
    }
    Ok(said)
}

/// The workstream that takes a task: one in which work goes on, held until the transaction ends so that nobody closes it
/// meanwhile.
async fn taker(
    sql: &mut Sql<'_>,
    call: &Call,
    reach: &Reach,
    at: usize,
    name: &str,
) -> Outcome<WorkstreamView> {
    let field = format!("review.{at}.target");
    let concept = WorkConcept::Workstream;
    let found = access::named(sql, call, reach, concept, name).await?;
    let found = found.ok_or_else(|| access::nothing_named(concept, &field, name))?;
    let (engagement, id) = (
        found.member.engagement_id(),
        WorkstreamId::from_uuid(found.id),
    );
    access::store::hold(sql, engagement, concept, found.id).await?;
    let target = load(sql, engagement, id, call.now).await?;
    if target.status.is_closed() {
        return Err(Fault::invalid(
            field,
            format!(
                "Workstream {} is {}; it takes no tasks. Name one that goes on.",
                target.slug, target.status
            ),
        ));
    }
    Ok(target)
}

fn refused(workstream: &WorkstreamView, refusal: ClosureRefusal) -> Fault {
    match refusal {
        ClosureRefusal::Unclassified(tasks) => {
            let names = tasks.iter().map(|task| {
                let name = task.external_id.as_deref().unwrap_or(&task.title);
                name.to_owned()
            });
            let names: Vec<String> = names.take(10).collect();
            let more = tasks.len().saturating_sub(names.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let detail = format!(
                "{} open tasks of {} are not classified: {}{more}. Say of each with close_workstream whether it is done, \
                 cancelled with a reason, or carried forward to another workstream. Nothing was changed.",
                tasks.len(),
                workstream.slug,
                names.join(", ")
            );
            let list = serde_json::to_value(&tasks).unwrap_or_default();
            Fault::conflict("closure_review_missing", detail).with("unclassified", list)
        }
        ClosureRefusal::Entry { at, field, detail } => {
            Fault::invalid(format!("review.{at}.{field}"), detail)
        }
    }
}

async fn tell(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (after, tasks): (&WorkstreamView, usize),
) -> Outcome<()> {
    let happened = Happened {
        what: "workstream_closed".into(),
        summary: format!(
            "Workstream {} was completed; the review classified {tasks} open tasks",
            after.slug
        ),
        domain: Some(after.domain_id),
        workstream: Some(after.id),
        ..Happened::default()
    };
    progress_event::changed(sql, call, member, after.id.uuid(), &happened).await?;
    Ok(())
}
