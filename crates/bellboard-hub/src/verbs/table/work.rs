//! The planned work: workstreams, their tasks, what waits for what, the decisions of the plan, and the clean-up.

use bellboard_core::membership::Capability::{Decide, Plan, Report, View};

use crate::verbs::entry::Access::{Chosen, Work};
use crate::verbs::entry::WorkConcept::{Decision, Task, Workstream};
use crate::verbs::tool::{self, NO_TOOL};
use crate::{cleanup, dependency, plan_decision, task, workstream};

verbs! {
    list_workstreams: Get "/workstreams", Chosen(View), NO_TOOL, false,
        workstream::list_workstreams, workstream::ListWorkstreams => bellboard_core::page::Page<workstream::WorkstreamView>,
        "The workstreams of your engagements with the counts of their tasks and what they look like now, last changed first, with filters.";
    get_workstream: Get "/workstreams/{slug}", Work(Workstream, View), NO_TOOL, false,
        workstream::get_workstream, workstream::GetWorkstream => workstream::WorkstreamDetail,
        "One workstream, with what it waits for and what waits for it.";
    create_workstream: Post "/workstreams", Chosen(Plan), NO_TOOL, true,
        workstream::create_workstream, workstream::CreateWorkstream => workstream::WorkstreamView,
        "Makes a workstream in a domain, about a topic or in a repo.";
    update_workstream: Patch "/workstreams/{slug}", Work(Workstream, Plan), NO_TOOL, false,
        workstream::update_workstream, workstream::UpdateWorkstream => workstream::WorkstreamView,
        "Changes a workstream. Completing it is refused while tasks are open, which the answer lists.";
    close_workstream: Post "/workstreams/{slug}/close", Work(Workstream, Plan), NO_TOOL, false,
        workstream::close_workstream, workstream::CloseWorkstream => workstream::ClosureView,
        "Completes a workstream with a review that says of each open task whether it is done, cancelled with a reason, or carried forward.";
    list_tasks: Get "/tasks", Chosen(View), NO_TOOL, false,
        task::list_tasks, task::ListTasks => bellboard_core::page::Page<task::TaskView>,
        "The tasks of your engagements, last changed first, with filters.";
    list_ready_tasks: Get "/tasks/ready", Chosen(View), tool::LIST_READY_TASKS, false,
        task::list_ready_tasks, task::ListReadyTasks => task::ReadyTasks,
        "Tasks that could be begun now, what matters most first: nobody has them, no human is needed, and nothing has to happen before. Take one with claim_task.";
    get_task: Get "/tasks/{task_id}", Work(Task, View), NO_TOOL, false,
        task::get_task, task::GetTask => task::TaskView, "One task.";
    create_task: Post "/tasks", Chosen(Plan), NO_TOOL, true,
        task::create_task, task::CreateTask => task::TaskView, "Makes a task at the end of a workstream.";
    update_task: Patch "/tasks/{task_id}", Work(Task, Report), tool::UPDATE_TASK, false,
        task::update_task, task::UpdateTask => task::TaskView,
        "Says where a task is: in_progress when you begin, done at the end, blocked with a blocking_reason. Send the claim_fence of your claim along.";
    claim_task: Post "/tasks/{task_id}/claim", Work(Task, Report), tool::CLAIM_TASK, false,
        task::claim_task, task::ClaimTask => task::ClaimedTask,
        "Takes a task, so that nobody else does it. Claim it again before claim_until to keep it. If somebody else has it, the refusal says who and until when.";
    release_task: Post "/tasks/{task_id}/release", Work(Task, Report), tool::RELEASE_TASK, false,
        task::release_task, task::ReleaseTask => task::TaskView, "Gives a task back that you claimed; it is ready for others.";
    flag_for_human: Post "/tasks/{task_id}/flag", Work(Task, Report), tool::FLAG_FOR_HUMAN, false,
        task::flag_for_human, task::FlagForHuman => task::TaskView,
        "Says that a task cannot go on without a human, and what they are to do. It waits in their needs-you.";
    list_dependencies: Get "/dependencies", Chosen(View), NO_TOOL, false,
        dependency::list_dependencies, dependency::ListDependencies => bellboard_core::page::Page<dependency::DependencyView>,
        "Which workstream waits for which, newest first.";
    create_dependency: Post "/dependencies", Chosen(Plan), NO_TOOL, true,
        dependency::create_dependency, dependency::OfDependency => dependency::DependencyView,
        "Makes a workstream wait for another. What would make them wait for each other is refused with the way around.";
    delete_dependency: Delete "/dependencies", Chosen(Plan), NO_TOOL, false,
        dependency::delete_dependency, dependency::OfDependency => dependency::DependencyRemoved,
        "Makes a workstream no longer wait for another.";
    list_decisions: Get "/decisions", Chosen(View), NO_TOOL, false,
        plan_decision::list_decisions, plan_decision::ListDecisions => bellboard_core::page::Page<plan_decision::PlanDecisionView>,
        "The decisions of the plan, newest first, with filters: asks that are about a workstream, a topic or a repo.";
    get_decision: Get "/decisions/{ask_id}", Work(Decision, View), NO_TOOL, false,
        plan_decision::get_decision, plan_decision::GetDecision => plan_decision::PlanDecisionView, "One decision of the plan.";
    create_decision: Post "/decisions", Chosen(Plan), NO_TOOL, true,
        plan_decision::create_decision, plan_decision::CreateDecision => plan_decision::PlanDecisionView,
        "Asks people for a decision about the plan. After its deadline it is escalated, and still waits.";
    resolve_decision: Patch "/decisions/{ask_id}/resolve", Work(Decision, Decide), NO_TOOL, false,
        plan_decision::resolve_decision, plan_decision::ResolveDecision => plan_decision::PlanDecisionView,
        "Makes a decision of the plan, with its rationale: answers the ask behind it.";
    escalate_decision: Patch "/decisions/{ask_id}/escalate", Work(Decision, Plan), NO_TOOL, false,
        plan_decision::escalate_decision, plan_decision::EscalateDecision => plan_decision::PlanDecisionView,
        "Says that a decision must not wait any longer.";
    cleanup_stale: Post "/cleanup-stale", Chosen(Plan), NO_TOOL, false,
        cleanup::cleanup_stale, cleanup::CleanupStale => cleanup::CleanupView,
        "Cancels the open tasks of closed workstreams and says why; with `dry_run` it only lists them.";
    undo_cleanup: Post "/cleanup-stale/undo", Chosen(Plan), NO_TOOL, false,
        cleanup::undo_cleanup, cleanup::UndoCleanup => cleanup::UndoneView,
        "Restores what the last clean-up cancelled, but for what was changed since.";
}
