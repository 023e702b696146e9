//! The state of the planned work: what happened, where it stands, and how it is read from the files of a repo.

use bellboard_core::membership::Capability::{Plan, Report, View};

use crate::verbs::entry::Access::{Chosen, Work};
use crate::verbs::entry::WorkConcept::Repo;
use crate::verbs::tool::{self, NO_TOOL};
use crate::{progress_event, state, sync};

verbs! {
    list_progress: Get "/progress", Chosen(View), NO_TOOL, false,
        progress_event::list_progress, progress_event::ListProgress => bellboard_core::page::Page<progress_event::ProgressEventView>,
        "What happened to the planned work of your engagements, newest first, with filters.";
    add_progress: Post "/progress", Chosen(Report), tool::ADD_PROGRESS, true,
        progress_event::add_progress, progress_event::AddProgress => progress_event::ProgressEventView,
        "Writes down what happened to the work: a decision, a finding, a step that is done. Lines are never changed.";
    get_summary: Get "/state/summary", Chosen(View), tool::GET_SUMMARY, false,
        state::get_summary, state::GetSummary => state::SummaryView,
        "The planned work at a glance: totals, domains, open decisions, blocked tasks, open workstreams, what happened last, next steps. With `domain` in at most 2 KiB.";
    list_next_steps: Get "/state/next_steps", Chosen(View), NO_TOOL, false,
        state::list_next_steps, state::ListNextSteps => state::NextStepsView,
        "What could be done next: after a decision, or since nothing is waited for any more.";
    sync_repo: Post "/repos/{slug}/sync", Work(Repo, Plan), NO_TOOL, false,
        sync::sync_repo, sync::SyncRepo => sync::SyncReport,
        "Reads the plan files of a working tree, which the caller sends, and tells what differs and why.";
    sync_repos: Post "/sync", Chosen(Plan), NO_TOOL, false,
        sync::sync_repos, sync::SyncRepos => sync::SyncReports,
        "The same for several repos at once: all of them, or none if one is refused.";
}
