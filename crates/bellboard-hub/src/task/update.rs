//! `update_task` and `flag_for_human`.

use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{
    Day, Priority, Said, StandingChange, TaskStatus, may_speak, standing_after,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::change::save;
use super::{TaskView, claimer, find, not_so, refused};
use crate::call::Call;
use crate::change::Change;
use crate::fault::Outcome;
use crate::paging::Flag;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTask {
    /// The task, by its key or id.
    pub task_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// In one line, at most 200 characters.
    #[serde(default)]
    pub title: Option<Bounded<200>>,
    /// More words; null for none.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
    /// `low`, `medium`, `high` or `critical`.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Who is to do it, in your words; null for nobody.
    #[serde(default)]
    pub assignee: Change<Bounded<100>>,
    /// The day until which it should be done; null for none.
    #[serde(default)]
    pub due_date: Change<Day>,
    /// `todo`, `in_progress`, `blocked`, `done` or `cancelled`. What is closed is nobody's any more.
    #[serde(default)]
    pub status: Option<TaskStatus>,
    /// Why it cannot go on, or why it was cancelled; goes with the status that it was given for. Null for none.
    #[serde(default)]
    pub blocking_reason: Change<Multiline<2000>>,
    /// Whether it waits for a human; needs `intervention_note`.
    #[serde(default)]
    pub needs_human: Option<Flag>,
    /// What the human is to do, at most 2000 characters.
    #[serde(default)]
    pub intervention_note: Change<Multiline<2000>>,
    /// The number of your claim, so that nothing is taken from you after the claim was lost.
    #[serde(default)]
    pub claim_fence: Option<u32>,
}

/// A human has to look at the task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagForHuman {
    /// The task, by its key or id.
    pub task_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// What the human is to do, at most 2000 characters. It is what they read, so say what you tried.
    #[serde(default)]
    pub intervention_note: Option<Multiline<2000>>,
    /// The number of your claim, so that nothing is taken from you after the claim was lost.
    #[serde(default)]
    pub claim_fence: Option<u32>,
}

impl UpdateTask {
    /// Whether it says how the task stands, which is for whoever has it.
    fn speaks_of_the_work(&self) -> bool {
        self.status.is_some()
            || self.needs_human.is_some()
            || self.blocking_reason != Change::Keep
            || self.intervention_note != Change::Keep
            || self.claim_fence.is_some()
    }
}

/// `update_task`.
pub async fn update_task(call: Call, input: UpdateTask) -> Outcome<TaskView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let engagement = input.engagement.as_deref();
                let (member, before) = find(sql, &call, &input.task_id, engagement).await?;
                if input.speaks_of_the_work() {
                    may_speak(
                        &before.claimable(),
                        claimer(&call, input.claim_fence)?,
                        call.now,
                    )
                    .map_err(|refusal| refused(&before, refusal))?;
                }
                let after = laid_over(&before, input)?;
                if after == before {
                    return Ok(after);
                }
                let told = words(&before, &after);
                save(sql, &call, &member, (&before, after), told).await
            })
        })
        .await
}

/// `flag_for_human`.
pub async fn flag_for_human(call: Call, input: FlagForHuman) -> Outcome<TaskView> {
    let input = UpdateTask {
        task_id: input.task_id,
        engagement: input.engagement,
        title: None,
        description: Change::Keep,
        priority: None,
        assignee: Change::Keep,
        due_date: Change::Keep,
        status: None,
        blocking_reason: Change::Keep,
        needs_human: Some(Flag::from(true)),
        intervention_note: input.intervention_note.map_or(Change::Clear, Change::Set),
        claim_fence: input.claim_fence,
    };
    update_task(call, input).await
}

/// The line of the change: what matters most of it.
fn words(before: &TaskView, after: &TaskView) -> (&'static str, String) {
    let name = after.name();
    if before.status != after.status {
        let summary = format!(
            "Task {name} is {} now, it was {}",
            after.status, before.status
        );
        return ("task_updated", summary);
    }
    match (&before.intervention_note, &after.intervention_note) {
        (was, Some(note)) if was.as_ref() != Some(note) => {
            ("task_flagged", format!("Task {name} needs a human: {note}"))
        }
        (Some(_), None) => (
            "task_helped",
            format!("Task {name} needs no human any more"),
        ),
        _ => ("task_updated", format!("Task {name} was described anew")),
    }
}

/// The task as it is to be.
fn laid_over(before: &TaskView, input: UpdateTask) -> Outcome<TaskView> {
    let change = StandingChange {
        status: input.status,
        blocking_reason: said(input.blocking_reason),
        needs_human: input.needs_human.map(Flag::is_set),
        intervention_note: said(input.intervention_note),
    };
    let standing = standing_after(&before.standing(), change)
        .map_err(|refusal| not_so(before.name(), refusal))?;
    let mut after = before.clone();
    after.stand(standing);
    if let Some(title) = input.title {
        after.title = title.into_string();
    }
    input
        .description
        .lay_over(&mut after.description, Multiline::into_string);
    input
        .assignee
        .lay_over(&mut after.assignee, Bounded::into_string);
    input
        .due_date
        .lay_over(&mut after.due_date, |day| Some(day.to_string()));
    after.priority = input.priority.unwrap_or(after.priority);
    Ok(after)
}

fn said(change: Change<Multiline<2000>>) -> Said {
    match change {
        Change::Keep => Said::Nothing,
        Change::Clear => Said::Cleared,
        Change::Set(text) => Said::Words(text.into_string()),
    }
}
