//! The same rule for the workstream of a file: it is not reopened by an old branch, and not completed by a file alone
//! while tasks are open, because completing takes a closure review.

use uuid::Uuid;

use super::{Checkout, Drift, ReadFile, SHOWN_CHARACTERS, Takes, TaskField};
use crate::text::sanitise;
use crate::work::format::Format;
use crate::work::plan::PlannedWorkstream;
use crate::work::status::WorkstreamStatus;
use crate::work::write_back::Edit;

/// A workstream as the hub has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWorkstream {
    /// Its id in the hub.
    pub id: Uuid,
    /// Its title.
    pub title: String,
    /// Who answers for it; empty for nobody.
    pub owner: String,
    /// Its description.
    pub description: String,
    /// Where it is.
    pub status: WorkstreamStatus,
}

/// What the hub does about a workstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkstreamChange {
    /// It is new, in this status.
    Create(WorkstreamStatus),
    /// It becomes what is given here; what is `None` stays.
    Update {
        /// The title from the file.
        title: Option<String>,
        /// The owner from the file.
        owner: Option<String>,
        /// The description from the file.
        description: Option<String>,
        /// The status from the file.
        status: Option<WorkstreamStatus>,
    },
    /// Nothing of it changes.
    Keep,
}

/// What follows from comparing a file's workstream with the hub's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkstreamMerge {
    /// What the hub does.
    pub change: WorkstreamChange,
    /// Every difference.
    pub drift: Vec<Drift>,
    /// What the file could be made to say.
    pub write_back: Vec<Edit>,
}

/// What the file's workstream means for the hub's. `open_tasks`: how many of its tasks are open once the tasks of the
/// file have been merged. `None` for a file without a plan.
pub fn merge_workstream(
    checkout: &Checkout<'_>,
    file: &ReadFile<'_>,
    stored: Option<&StoredWorkstream>,
    open_tasks: u64,
) -> Option<WorkstreamMerge> {
    let plan = &file.reading.plan.as_ref()?.workstream;
    let said = if plan.is_archived {
        Some(WorkstreamStatus::Archived)
    } else {
        plan.status
    };
    let mut merge = match stored {
        None => create(
            checkout,
            file,
            plan,
            said.unwrap_or(WorkstreamStatus::Active),
            open_tasks,
        ),
        Some(stored) => update(checkout, file, plan, said, stored, open_tasks),
    };
    if checkout.is_behind {
        merge.change = WorkstreamChange::Keep;
        merge.write_back.clear();
        for row in &mut merge.drift {
            row.takes = Takes::Neither;
            BEHIND.clone_into(&mut row.reason);
        }
    }
    Some(merge)
}

/// What differs, and which side is taken.
struct Difference<'a> {
    field: TaskField,
    in_file: &'a str,
    in_hub: &'a str,
    takes: Takes,
    reason: &'a str,
}

fn row(
    checkout: &Checkout<'_>,
    file: &ReadFile<'_>,
    plan: &PlannedWorkstream,
    difference: &Difference<'_>,
) -> Drift {
    Drift {
        path: file.path.to_owned(),
        line: plan.line,
        task: file.format.external_id(checkout.repo, &plan.id, None),
        field: difference.field,
        in_file: sanitise(difference.in_file, SHOWN_CHARACTERS),
        in_hub: sanitise(difference.in_hub, SHOWN_CHARACTERS),
        takes: difference.takes,
        reason: difference.reason.to_owned(),
    }
}

fn create(
    checkout: &Checkout<'_>,
    file: &ReadFile<'_>,
    plan: &PlannedWorkstream,
    said: WorkstreamStatus,
    open_tasks: u64,
) -> WorkstreamMerge {
    let is_unreviewed = said == WorkstreamStatus::Completed && open_tasks > 0;
    let status = if is_unreviewed {
        WorkstreamStatus::Active
    } else {
        said
    };
    let unreviewed = is_unreviewed.then(|| {
        let difference = Difference {
            field: TaskField::Status,
            in_file: said.as_str(),
            in_hub: status.as_str(),
            takes: Takes::Neither,
            reason: UNREVIEWED,
        };
        row(checkout, file, plan, &difference)
    });
    WorkstreamMerge {
        change: WorkstreamChange::Create(status),
        drift: unreviewed.into_iter().collect(),
        write_back: Vec::new(),
    }
}

fn update(
    checkout: &Checkout<'_>,
    file: &ReadFile<'_>,
    plan: &PlannedWorkstream,
    said: Option<WorkstreamStatus>,
    stored: &StoredWorkstream,
    open_tasks: u64,
) -> WorkstreamMerge {
    let differs = |in_file: Option<&str>, in_hub: &str| {
        let in_file = in_file.filter(|in_file| !in_file.is_empty() && *in_file != in_hub);
        in_file.map(str::to_owned)
    };
    let title = differs(Some(&plan.title), &stored.title);
    let owner = differs(plan.owner.as_deref(), &stored.owner);
    let description = differs(Some(&plan.description), &stored.description);
    let mut differences = Vec::new();
    for (field, in_file, in_hub) in [
        (TaskField::Title, &title, &stored.title),
        (TaskField::Assignee, &owner, &stored.owner),
        (TaskField::Description, &description, &stored.description),
    ] {
        differences.extend(in_file.as_deref().map(|in_file| Difference {
            field,
            in_file,
            in_hub,
            takes: Takes::File,
            reason: AUTHORITY,
        }));
    }
    let mut status = None;
    let mut write_back = Vec::new();
    if let Some(said) = said.filter(|said| *said != stored.status) {
        let (takes, reason) = rule(checkout, file, said, stored.status, open_tasks);
        differences.push(Difference {
            field: TaskField::Status,
            in_file: said.as_str(),
            in_hub: stored.status.as_str(),
            takes,
            reason,
        });
        status = (takes == Takes::File).then_some(said);
        let can_be_written = file.format == Format::Workplan && !plan.is_archived;
        let edit = Edit::WorkstreamStatus(stored.status);
        write_back.extend((takes == Takes::Hub && can_be_written).then_some(edit));
    }
    if file.format.keeps_hub_ids() && plan.hub_id != Some(stored.id) {
        write_back.push(Edit::WorkstreamHubId(stored.id));
    }
    let drift = differences
        .iter()
        .map(|difference| row(checkout, file, plan, difference))
        .collect();
    let has_news = title.is_some() || owner.is_some() || description.is_some() || status.is_some();
    let change = if has_news {
        WorkstreamChange::Update {
            title,
            owner,
            description,
            status,
        }
    } else {
        WorkstreamChange::Keep
    };
    WorkstreamMerge {
        change,
        drift,
        write_back,
    }
}

const AUTHORITY: &str = "the file is the authority";
const BEHIND: &str = "the checkout is behind its remote, so nothing is written; pull first";
const UNREVIEWED: &str = "tasks are open, and completing takes a closure review of them";

fn rule(
    checkout: &Checkout<'_>,
    file: &ReadFile<'_>,
    in_file: WorkstreamStatus,
    in_hub: WorkstreamStatus,
    open_tasks: u64,
) -> (Takes, &'static str) {
    if in_file == WorkstreamStatus::Completed && open_tasks > 0 {
        (Takes::Neither, UNREVIEWED)
    } else if checkout.is_forced {
        (Takes::File, "forced")
    } else if in_hub.is_closed() && !in_file.is_closed() {
        (
            Takes::Hub,
            "a file does not reopen a closed workstream; force it if it should",
        )
    } else if file.is_unchanged {
        (
            Takes::Hub,
            "the hub is newer: the file has not changed since the last sync",
        )
    } else {
        (Takes::File, AUTHORITY)
    }
}
