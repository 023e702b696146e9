//! Runs: reported, read, ended and watched.

use bellboard_core::membership::Capability::{Decide, Report, StartRuns, View};

use crate::run;
use crate::verbs::entry::Access::{Engagement, Run, SignedIn};
use crate::verbs::tool::{self, NO_TOOL};

verbs! {
    start_run: Post "/engagements/{engagement_id}/runs", Engagement(StartRuns), tool::START_RUN, true,
        run::start_run, run::StartRun => run::RunStarted,
        "Reports that a run starts or is queued. The same identity again answers with the run that is already there.";
    claim_run: Post "/engagements/{engagement_id}/runs/claim", Engagement(Report), NO_TOOL, false,
        run::claim_run, run::ClaimRun => run::ClaimedRun,
        "Takes the run of a type that has waited longest for a worker, or waits for one to be offered.";
    list_runs: Get "/runs", SignedIn, NO_TOOL, false,
        run::list_runs, run::ListRuns => bellboard_core::page::Page<run::RunView>,
        "Runs over every engagement that you belong to, newest first, with filters.";
    get_run: Get "/runs/{run_id}", Run(View), NO_TOOL, false,
        run::get_run, run::OfRun => run::RunView, "One run, with its progress as every surface shows it.";
    list_run_events: Get "/runs/{run_id}/events", Run(View), NO_TOOL, false,
        run::list_run_events, run::PageOfRun => bellboard_core::page::Page<run::RunEventView>, "What happened to a run, newest first.";
    get_run_diagnostics: Get "/runs/{run_id}/diagnostics", Run(Report), NO_TOOL, false,
        run::get_run_diagnostics, run::OfRun => run::RunDiagnostics,
        "What was really said about a run where everybody reads safe words; without its secrets.";
    report_run: Post "/runs/{run_id}/report", Run(Report), tool::REPORT_RUN, false,
        run::report_run, run::ReportRun => run::RunReported,
        "A sign of life with what is known: processed and total, a phase, parts, a word. Never a percentage.";
    finish_run: Post "/runs/{run_id}/finish", Run(Report), tool::FINISH_RUN, false,
        run::finish_run, run::FinishRun => run::RunFinished,
        "Ends a run with its outcome. A second, different outcome is refused.";
    acknowledge_run: Post "/runs/{run_id}/acknowledge", Run(Decide), NO_TOOL, false,
        run::acknowledge_run, run::AcknowledgeRun => run::RunView,
        "Says that a person has dealt with the follow-up of a run that did not end well.";
    cancel_run: Post "/runs/{run_id}/cancel", Run(StartRuns), NO_TOOL, false,
        run::cancel_run, run::CancelRun => run::RunView,
        "Asks for a run to end; its reporter sees the request in its next answer.";
    verify_run: Post "/runs/{run_id}/verify", Run(Decide), NO_TOOL, false,
        run::verify_run, run::VerifyRun => run::RunView,
        "Says with evidence that the outcome was checked by somebody other than who started the run.";
    get_watch: Get "/runs/{run_id}/watch", Run(View), NO_TOOL, false,
        run::get_watch, run::OfRun => run::WatchView, "Whether you will be told when the run ends.";
    watch_run: Put "/runs/{run_id}/watch", Run(View), NO_TOOL, false,
        run::watch_run, run::OfRun => run::WatchView, "Tells you once when the run ends.";
    unwatch_run: Delete "/runs/{run_id}/watch", Run(View), NO_TOOL, false,
        run::unwatch_run, run::OfRun => run::WatchView, "No longer tells you when the run ends.";
}
