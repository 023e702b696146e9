//! The table itself: one line per verb. Adding a verb is adding its function and its line here.

use bellboard_core::membership::Capability::{Decide, Manage, Plan, Report, StartRuns, View};

use super::entry::Access::{
    Artifact, Ask, Chosen, Engagement, HubOwner, Human, Run, SignedIn, Work,
};
use super::entry::Method::{Delete, Get, Patch, Post, Put};
use super::entry::WorkConcept::{
    Decision, Domain, ExtensionPoint, Repo, Task, TechnicalDebt, Topic, Workstream,
};
use super::entry::{Answer, Tool, Verb, read_input};
use crate::{
    artifact, ask, cleanup, decision, dependency, domain, engagement, extension_point, home,
    notification, paging, person, plan_decision, progress_event, repo, run, run_type, session,
    settings, state, sync, task, technical_debt, token, topic, workstream,
};

/// A verb that no agent needs as a tool.
const NO_TOOL: Option<Tool> = None;
/// A tool that changes nothing.
const READS: Option<Tool> = Some(Tool {
    read_only: true,
    idempotent: true,
});
/// A tool that changes something, once however often it is called.
const SETTLES: Option<Tool> = Some(Tool {
    read_only: false,
    idempotent: true,
});
/// A tool that changes something at every call.
const CHANGES: Option<Tool> = Some(Tool {
    read_only: false,
    idempotent: false,
});

macro_rules! verbs {
    ($($name:ident: $method:ident $path:literal, $access:expr, $tool:expr, $creates:literal,
        $function:path, $input:ty => $output:ty, $doc:literal;)*) => {
        /// Every verb, in the order in which the documents list them.
        pub static VERBS: &[Verb] = &[$(Verb {
            name: stringify!($name),
            method: $method,
            path: $path,
            access: $access,
            doc: $doc,
            tool: $tool,
            creates: $creates,
            input: |generator| generator.subschema_for::<$input>(),
            output: |generator| generator.subschema_for::<$output>(),
            run: |call, json| Box::pin(async move {
                let view: $output = $function(call, read_input::<$input>($access, json)?).await?;
                Answer::of(&view)
            }),
        }),*];
    };
}

verbs! {
    get_me: Get "/me", SignedIn, READS, false,
        person::get_me, person::NoInput => person::MeView, "Who you are to the hub.";
    get_badge: Get "/me/badge", SignedIn, NO_TOOL, false,
        home::get_badge, person::NoInput => home::BadgeView, "How many things need you, as one number.";
    list_memberships: Get "/me/memberships", SignedIn, READS, false,
        engagement::list_memberships, paging::PageInput => bellboard_core::page::Page<engagement::MembershipView>,
        "The engagements that you belong to, and what you are in each.";
    list_active: Get "/me/dashboard/active", SignedIn, READS, false,
        home::list_active, home::ZoneInput => bellboard_core::page::Page<home::ActiveItem>,
        "What is running or queued, over every engagement that you belong to, newest first.";
    list_needs_you: Get "/me/dashboard/needs_you", SignedIn, READS, false,
        home::list_needs_you, home::ZoneInput => bellboard_core::page::Page<home::NeedsYouItem>,
        "What waits for you, over every engagement where you may act, newest first.";
    list_recent: Get "/me/dashboard/recent", SignedIn, READS, false,
        home::list_recent, home::ZoneInput => bellboard_core::page::Page<home::RecentItem>,
        "What finished, over every engagement that you belong to, newest first.";
    list_notifications: Get "/me/notifications", SignedIn, NO_TOOL, false,
        notification::list_notifications, notification::ListNotifications => bellboard_core::page::Page<notification::NotificationView>,
        "Your inbox: one notification per run that you started and that ended.";
    get_unread_count: Get "/me/notifications/unread", SignedIn, NO_TOOL, false,
        notification::get_unread_count, person::NoInput => notification::UnreadView, "How many notifications were not read.";
    read_all_notifications: Post "/me/notifications/read", SignedIn, NO_TOOL, false,
        notification::read_all_notifications, person::NoInput => notification::UnreadView, "Marks all notifications as read.";
    read_notification: Post "/me/notifications/{notification_id}/read", SignedIn, NO_TOOL, false,
        notification::read_notification, notification::OfNotification => notification::UnreadView,
        "Marks one notification as read.";
    get_settings: Get "/me/settings", SignedIn, NO_TOOL, false,
        settings::get_settings, person::NoInput => settings::SettingsView, "What you prefer on the pages.";
    put_settings: Put "/me/settings", SignedIn, NO_TOOL, false,
        settings::put_settings, settings::PutSettings => settings::SettingsView,
        "Sets what you prefer on the pages, on every browser: colours, single-key shortcuts, undo time.";
    snooze_need: Post "/me/snoozes", SignedIn, NO_TOOL, false,
        home::snooze_need, home::SnoozeNeed => home::SnoozeView,
        "Hides something that waits from you until a moment; nobody else's list changes.";
    unsnooze_need: Delete "/me/snoozes", SignedIn, NO_TOOL, false,
        home::unsnooze_need, home::UnsnoozeNeed => home::SnoozeView,
        "Shows what you had hidden again.";
    create_login_link: Post "/me/login-link", Human, NO_TOOL, true,
        session::create_login_link, person::NoInput => session::LoginLinkView,
        "A link that signs you in to the pages once, within fifteen minutes.";
    list_tokens: Get "/me/tokens", Human, NO_TOOL, false,
        token::list_tokens, paging::PageInput => bellboard_core::page::Page<token::TokenView>,
        "The tokens that you created, for yourself and for your agents. Secrets are never shown again.";
    create_token: Post "/me/tokens", Human, NO_TOOL, true,
        token::create_token, token::CreateToken => token::CreatedTokenView,
        "A token for yourself or for an agent of yours. The secret is shown once.";
    revoke_token: Delete "/me/tokens/{token_id}", Human, NO_TOOL, false,
        token::revoke_token, token::RevokeToken => token::TokenView,
        "Refuses the token from the next request on.";
    list_agents: Get "/me/agents", Human, NO_TOOL, false,
        person::list_agents, paging::PageInput => bellboard_core::page::Page<person::PersonView>, "The agents that you answer for.";
    create_agent: Post "/me/agents", Human, NO_TOOL, true,
        person::create_agent, person::CreatePerson => person::PersonView, "An agent that you answer for.";
    create_person: Post "/people", HubOwner, NO_TOOL, true,
        person::create_person, person::CreatePerson => person::InvitedView,
        "A further human, with the link that signs them in for the first time.";
    create_person_link: Post "/people/{person_id}/login-link", HubOwner, NO_TOOL, true,
        person::create_person_link, person::OfPerson => session::LoginLinkView,
        "A link for a human who can no longer sign in: once, within fifteen minutes.";
    create_engagement: Post "/engagements", Human, NO_TOOL, true,
        engagement::create_engagement, engagement::CreateEngagement => engagement::EngagementView,
        "A new engagement, with you as its owner.";
    get_engagement: Get "/engagements/{engagement_id}", Engagement(View), NO_TOOL, false,
        engagement::get_engagement, engagement::OfEngagement => engagement::EngagementView, "One engagement.";
    delete_engagement: Delete "/engagements/{engagement_id}", Engagement(Manage), NO_TOOL, false,
        engagement::delete_engagement, engagement::OfEngagement => engagement::EngagementView,
        "Removes a demo engagement with everything in it; any other is refused.";
    get_activity_summary: Get "/engagements/{engagement_id}/activity-summary", Engagement(View), READS, false,
        home::get_activity_summary, engagement::OfEngagement => home::ActivitySummaryView,
        "What runs in one engagement, and what waits for you there, as numbers.";
    list_members: Get "/engagements/{engagement_id}/members", Engagement(View), NO_TOOL, false,
        engagement::list_members, engagement::PageOfEngagement => bellboard_core::page::Page<engagement::MemberView>,
        "Who belongs to the engagement, and as what.";
    put_member: Put "/engagements/{engagement_id}/members/{person_id}", Engagement(Manage), NO_TOOL, false,
        engagement::put_member, engagement::PutMember => engagement::MemberView,
        "Makes somebody a member with exactly these designations.";
    delete_member: Delete "/engagements/{engagement_id}/members/{person_id}", Engagement(Manage), NO_TOOL, false,
        engagement::delete_member, engagement::DeleteMember => engagement::MemberView,
        "Ends a membership; the last owner stays.";
    start_run: Post "/engagements/{engagement_id}/runs", Engagement(StartRuns), CHANGES, true,
        run::start_run, run::StartRun => run::RunStarted,
        "Reports that a run starts or is queued. The same identity again answers with the run that is already there.";
    claim_run: Post "/engagements/{engagement_id}/runs/claim", Engagement(Report), CHANGES, false,
        run::claim_run, run::ClaimRun => run::ClaimedRun,
        "Takes the run of a type that has waited longest for a worker, or waits for one to be offered.";
    list_runs: Get "/runs", SignedIn, READS, false,
        run::list_runs, run::ListRuns => bellboard_core::page::Page<run::RunView>,
        "Runs over every engagement that you belong to, newest first, with filters.";
    get_run: Get "/runs/{run_id}", Run(View), READS, false,
        run::get_run, run::OfRun => run::RunView, "One run, with its progress as every surface shows it.";
    list_run_events: Get "/runs/{run_id}/events", Run(View), NO_TOOL, false,
        run::list_run_events, run::PageOfRun => bellboard_core::page::Page<run::RunEventView>, "What happened to a run, newest first.";
    get_run_diagnostics: Get "/runs/{run_id}/diagnostics", Run(Report), NO_TOOL, false,
        run::get_run_diagnostics, run::OfRun => run::RunDiagnostics,
        "What was really said about a run where everybody reads safe words; without its secrets.";
    report_run: Post "/runs/{run_id}/report", Run(Report), SETTLES, false,
        run::report_run, run::ReportRun => run::RunReported,
        "A sign of life with what is known: processed and total, a phase, parts, a word. Never a percentage.";
    finish_run: Post "/runs/{run_id}/finish", Run(Report), SETTLES, false,
        run::finish_run, run::FinishRun => run::RunFinished,
        "Ends a run with its outcome. A second, different outcome is refused.";
    acknowledge_run: Post "/runs/{run_id}/acknowledge", Run(Decide), SETTLES, false,
        run::acknowledge_run, run::AcknowledgeRun => run::RunView,
        "Says that a person has dealt with the follow-up of a run that did not end well.";
    cancel_run: Post "/runs/{run_id}/cancel", Run(StartRuns), SETTLES, false,
        run::cancel_run, run::CancelRun => run::RunView,
        "Asks for a run to end; its reporter sees the request in its next answer.";
    verify_run: Post "/runs/{run_id}/verify", Run(Decide), SETTLES, false,
        run::verify_run, run::VerifyRun => run::RunView,
        "Says with evidence that the outcome was checked by somebody other than who started the run.";
    get_watch: Get "/runs/{run_id}/watch", Run(View), NO_TOOL, false,
        run::get_watch, run::OfRun => run::WatchView, "Whether you will be told when the run ends.";
    watch_run: Put "/runs/{run_id}/watch", Run(View), NO_TOOL, false,
        run::watch_run, run::OfRun => run::WatchView, "Tells you once when the run ends.";
    unwatch_run: Delete "/runs/{run_id}/watch", Run(View), NO_TOOL, false,
        run::unwatch_run, run::OfRun => run::WatchView, "No longer tells you when the run ends.";
    create_artifact: Post "/engagements/{engagement_id}/artifacts", Engagement(Report), CHANGES, true,
        artifact::create_artifact, artifact::CreateArtifact => artifact::ArtifactMade,
        "Puts something that was made before those who may decide about it.";
    list_artifacts: Get "/artifacts", SignedIn, READS, false,
        artifact::list_artifacts, artifact::ListArtifacts => bellboard_core::page::Page<artifact::ArtifactView>,
        "What was made, over every engagement that you belong to, by the newest version, newest first.";
    get_artifact: Get "/artifacts/{artifact_id}", Artifact(View), READS, false,
        artifact::get_artifact, artifact::GetArtifact => artifact::ArtifactView,
        "One artifact with what is in it; with `wait_seconds` it answers as soon as a decision is in effect.";
    add_artifact_version: Post "/artifacts/{artifact_id}/versions", Artifact(Report), CHANGES, true,
        artifact::add_artifact_version, artifact::AddArtifactVersion => artifact::ArtifactMade,
        "Puts a new version of an artifact before those who may decide; it waits again.";
    list_artifact_versions: Get "/artifacts/{artifact_id}/versions", Artifact(View), NO_TOOL, false,
        artifact::list_artifact_versions, artifact::PageOfArtifact => bellboard_core::page::Page<artifact::ArtifactVersionView>,
        "The versions of an artifact, newest first.";
    list_artifact_decisions: Get "/artifacts/{artifact_id}/decisions", Artifact(View), NO_TOOL, false,
        artifact::list_artifact_decisions, artifact::PageOfArtifact => bellboard_core::page::Page<decision::DecisionView>,
        "Who decided what about an artifact and when, newest first, also what was undone.";
    decide_artifact: Post "/artifacts/{artifact_id}/decide", Artifact(Decide), SETTLES, false,
        artifact::decide_artifact, artifact::DecideArtifact => decision::DecisionView,
        "Decides about the newest version of an artifact. Whoever comes second is told who decided what and when.";
    decide_batch: Post "/me/decisions", SignedIn, NO_TOOL, false,
        decision::decide_batch, decision::DecideBatch => decision::BatchView,
        "Makes many decisions in one call, each on its own: one that is refused spoils no other.";
    undo_artifact: Post "/artifacts/{artifact_id}/undo", Artifact(Decide), NO_TOOL, false,
        artifact::undo_artifact, artifact::OfArtifact => decision::DecisionView,
        "Takes a decision back before it is in effect.";
    create_ask: Post "/engagements/{engagement_id}/asks", Engagement(Report), NO_TOOL, true,
        ask::create_ask, ask::CreateAsk => ask::AskMade,
        "Asks people a question. Asked again under the same key it is the same ask.";
    ask_human: Post "/engagements/{engagement_id}/asks/wait", Engagement(Report), CHANGES, true,
        ask::ask_human, ask::CreateAsk => ask::AskMade,
        "Asks people a question and waits up to 25 seconds for the answer. While `closed` is false, call get_answer with the id of the ask as `ask_id`.";
    list_asks: Get "/asks", SignedIn, READS, false,
        ask::list_asks, ask::ListAsks => bellboard_core::page::Page<ask::AskView>,
        "What was asked, over every engagement that you belong to, newest first.";
    get_ask: Get "/asks/{ask_id}", Ask(View), NO_TOOL, false,
        ask::get_ask, ask::GetAsk => ask::AskView,
        "One ask; with `wait_seconds` it answers as soon as the ask is closed.";
    list_ask_decisions: Get "/asks/{ask_id}/decisions", Ask(View), NO_TOOL, false,
        ask::list_ask_decisions, ask::PageOfAsk => bellboard_core::page::Page<decision::DecisionView>,
        "Who answered an ask, gave it on or withdrew it and when, newest first, also what was undone. An answer is there when it is in effect.";
    answer_ask: Post "/asks/{ask_id}/answer", Ask(Decide), NO_TOOL, false,
        ask::answer_ask, ask::AnswerAsk => ask::AskView,
        "Answers an ask, for people only. Whoever comes second is told who answered what and when.";
    get_answer: Get "/asks/{ask_id}/answer", Ask(View), READS, false,
        ask::get_answer, ask::GetAnswer => ask::AskView,
        "Waits up to 25 seconds for the answer to an ask. While `closed` is false, call it again; what is closed stays closed.";
    undo_ask: Post "/asks/{ask_id}/undo", Ask(Decide), NO_TOOL, false,
        ask::undo_ask, ask::OfAsk => decision::DecisionView,
        "Takes an answer back before it is in effect.";
    withdraw_ask: Post "/asks/{ask_id}/withdraw", Ask(Report), SETTLES, false,
        ask::withdraw_ask, ask::WithdrawAsk => ask::AskView,
        "Takes a question back, by who asked or an owner.";
    delegate_ask: Post "/asks/{ask_id}/delegate", Ask(Decide), NO_TOOL, false,
        ask::delegate_ask, ask::DelegateAsk => ask::AskView,
        "Gives an open ask to one person.";
    list_run_types: Get "/engagements/{engagement_id}/run-types", Engagement(View), READS, false,
        run_type::list_run_types, run_type::ListRunTypes => run_type::RunTypesView,
        "The types that are declared for an engagement, for the hub or by Bellboard itself, by name.";
    get_run_type: Get "/run-types/{type}", SignedIn, NO_TOOL, false,
        run_type::get_run_type, run_type::OfRunType => run_type::RunTypeView, "What holds for a type on the whole hub.";
    put_run_type: Put "/run-types/{type}", HubOwner, NO_TOOL, false,
        run_type::put_run_type, run_type::PutRunType => run_type::RunTypeView, "Declares a type for the whole hub.";
    get_engagement_run_type: Get "/engagements/{engagement_id}/run-types/{type}", Engagement(View), NO_TOOL, false,
        run_type::get_engagement_run_type, run_type::OfRunType => run_type::RunTypeView,
        "What holds for a type in one engagement.";
    put_engagement_run_type: Put "/engagements/{engagement_id}/run-types/{type}", Engagement(Manage), NO_TOOL, false,
        run_type::put_engagement_run_type, run_type::PutRunType => run_type::RunTypeView,
        "Declares a type for one engagement.";
    list_domains: Get "/domains", Chosen(View), READS, false,
        domain::list_domains, domain::ListDomains => bellboard_core::page::Page<domain::DomainListed>,
        "The domains of your engagements: fields of work that repos, topics and plans belong to, with how much belongs to each. Active ones when `status` is absent.";
    get_domain: Get "/domains/{slug}", Work(Domain, View), NO_TOOL, false,
        domain::get_domain, domain::GetDomain => domain::DomainDetail, "One domain with its counts and its repos.";
    create_domain: Post "/domains", Chosen(Plan), CHANGES, true,
        domain::create_domain, domain::CreateDomain => domain::DomainView, "Makes a domain. A slug that is taken is refused.";
    seed_domains: Put "/engagements/{engagement_id}/domains", Engagement(Plan), NO_TOOL, false,
        domain::seed_domains, domain::SeedDomains => domain::DomainsSeeded,
        "Makes the domains of a list that are not there yet. What is or was there is left as it is.";
    update_domain: Patch "/domains/{slug}", Work(Domain, Plan), NO_TOOL, false,
        domain::update_domain, domain::UpdateDomain => domain::DomainView, "Changes the name or the description of a domain.";
    rename_domain: Patch "/domains/{slug}/rename", Work(Domain, Plan), SETTLES, false,
        domain::rename_domain, domain::RenameDomain => domain::DomainView,
        "Gives a domain another slug and name. The former slug still leads to it.";
    archive_domain: Patch "/domains/{slug}/archive", Work(Domain, Plan), SETTLES, false,
        domain::archive_domain, domain::ArchiveDomain => domain::DomainView,
        "Takes a domain out of use. Refused while it has active topics, which the answer names.";
    list_domain_repos: Get "/domains/{domain_slug}/repos", Work(Domain, View), READS, false,
        repo::list_domain_repos, repo::ListDomainRepos => repo::DomainRepos, "The repos of a domain.";
    register_repo: Post "/domains/{domain_slug}/repos", Chosen(Plan), CHANGES, true,
        repo::register_repo, repo::RegisterRepo => repo::RepoView,
        "Registers a repo in a domain, its second one too. An unknown domain is refused with the valid slugs.";
    list_repos: Get "/repos", Chosen(View), NO_TOOL, false,
        repo::list_repos, repo::ListRepos => bellboard_core::page::Page<repo::RepoView>, "The repos of your engagements, newest first, with filters.";
    get_repo: Get "/repos/{slug}", Work(Repo, View), NO_TOOL, false,
        repo::get_repo, repo::GetRepo => repo::RepoView, "One repo.";
    create_repo: Post "/repos", Chosen(Plan), NO_TOOL, true,
        repo::create_repo, repo::CreateRepo => repo::RepoView, "Makes a repo of a domain.";
    update_repo: Patch "/repos/{slug}", Work(Repo, Plan), NO_TOOL, false,
        repo::update_repo, repo::UpdateRepo => repo::RepoView, "Changes what is known of a repo, its slug, or where it belongs.";
    archive_repo: Patch "/repos/{slug}/archive", Work(Repo, Plan), NO_TOOL, false,
        repo::archive_repo, repo::ArchiveRepo => repo::RepoView, "Takes a repo out of use.";
    list_topics: Get "/topics", Chosen(View), NO_TOOL, false,
        topic::list_topics, topic::ListTopics => bellboard_core::page::Page<topic::TopicView>, "The topics of your engagements, newest first, with filters.";
    get_topic: Get "/topics/{slug}", Work(Topic, View), NO_TOOL, false,
        topic::get_topic, topic::GetTopic => topic::TopicView, "One topic.";
    create_topic: Post "/topics", Chosen(Plan), NO_TOOL, true,
        topic::create_topic, topic::CreateTopic => topic::TopicView, "Makes a topic of a domain.";
    update_topic: Patch "/topics/{slug}", Work(Topic, Plan), NO_TOOL, false,
        topic::update_topic, topic::UpdateTopic => topic::TopicView, "Changes the words of a topic, or where it belongs.";
    rename_topic: Patch "/topics/{slug}/rename", Work(Topic, Plan), NO_TOOL, false,
        topic::rename_topic, topic::RenameTopic => topic::TopicView,
        "Gives a topic another slug and title. The former slug still leads to it.";
    archive_topic: Patch "/topics/{slug}/archive", Work(Topic, Plan), NO_TOOL, false,
        topic::archive_topic, topic::ArchiveTopic => topic::TopicView, "Takes a topic out of use.";
    list_extension_points: Get "/extension-points", Chosen(View), NO_TOOL, false,
        extension_point::list_extension_points, extension_point::ListExtensionPoints => bellboard_core::page::Page<extension_point::ExtensionPointView>,
        "The extension points of your engagements, last changed first, with filters.";
    get_extension_point: Get "/extension-points/{ep_id}", Work(ExtensionPoint, View), NO_TOOL, false,
        extension_point::get_extension_point, extension_point::GetExtensionPoint => extension_point::ExtensionPointView,
        "One extension point.";
    create_extension_point: Post "/extension-points", Chosen(Plan), NO_TOOL, true,
        extension_point::create_extension_point, extension_point::CreateExtensionPoint => extension_point::ExtensionPointView,
        "Writes down where something may be extended. An unknown domain is refused with the valid slugs.";
    update_extension_point: Patch "/extension-points/{ep_id}", Work(ExtensionPoint, Plan), NO_TOOL, false,
        extension_point::update_extension_point, extension_point::UpdateExtensionPoint => extension_point::ExtensionPointView,
        "Changes an extension point.";
    list_technical_debts: Get "/technical-debt", Chosen(View), NO_TOOL, false,
        technical_debt::list_technical_debts, technical_debt::ListTechnicalDebts => bellboard_core::page::Page<technical_debt::TechnicalDebtView>,
        "The technical debts of your engagements, last changed first, with filters.";
    get_technical_debt: Get "/technical-debt/{td_id}", Work(TechnicalDebt, View), NO_TOOL, false,
        technical_debt::get_technical_debt, technical_debt::GetTechnicalDebt => technical_debt::TechnicalDebtView,
        "One technical debt.";
    create_technical_debt: Post "/technical-debt", Chosen(Plan), NO_TOOL, true,
        technical_debt::create_technical_debt, technical_debt::CreateTechnicalDebt => technical_debt::TechnicalDebtView,
        "Writes down what has to be put right later. An unknown domain is refused with the valid slugs.";
    update_technical_debt: Patch "/technical-debt/{td_id}", Work(TechnicalDebt, Plan), NO_TOOL, false,
        technical_debt::update_technical_debt, technical_debt::UpdateTechnicalDebt => technical_debt::TechnicalDebtView,
        "Changes a technical debt.";
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
    list_ready_tasks: Get "/tasks/ready", Chosen(View), READS, false,
        task::list_ready_tasks, task::ListReadyTasks => task::ReadyTasks,
        "Tasks that could be begun now, what matters most first: nobody has them, no human is needed, and nothing has to happen before. Take one with claim_task.";
    get_task: Get "/tasks/{task_id}", Work(Task, View), NO_TOOL, false,
        task::get_task, task::GetTask => task::TaskView, "One task.";
    create_task: Post "/tasks", Chosen(Plan), NO_TOOL, true,
        task::create_task, task::CreateTask => task::TaskView, "Makes a task at the end of a workstream.";
    update_task: Patch "/tasks/{task_id}", Work(Task, Report), SETTLES, false,
        task::update_task, task::UpdateTask => task::TaskView,
        "Says where a task is: in_progress when you begin, done at the end, blocked with a blocking_reason. Send the claim_fence of your claim along.";
    claim_task: Post "/tasks/{task_id}/claim", Work(Task, Report), CHANGES, false,
        task::claim_task, task::ClaimTask => task::ClaimedTask,
        "Takes a task, so that nobody else does it. Claim it again before claim_until to keep it. If somebody else has it, the refusal says who and until when.";
    release_task: Post "/tasks/{task_id}/release", Work(Task, Report), NO_TOOL, false,
        task::release_task, task::ReleaseTask => task::TaskView, "Gives a task back that you claimed; it is ready for others.";
    flag_for_human: Post "/tasks/{task_id}/flag", Work(Task, Report), SETTLES, false,
        task::flag_for_human, task::FlagForHuman => task::TaskView,
        "Says that a task cannot go on without a human, and what they are to do. It waits in their needs-you.";
    list_dependencies: Get "/dependencies", Chosen(View), NO_TOOL, false,
        dependency::list_dependencies, dependency::ListDependencies => dependency::DependenciesView,
        "Which workstream waits for which.";
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
    list_progress: Get "/progress", Chosen(View), NO_TOOL, false,
        progress_event::list_progress, progress_event::ListProgress => bellboard_core::page::Page<progress_event::ProgressEventView>,
        "What happened to the planned work of your engagements, newest first, with filters.";
    add_progress: Post "/progress", Chosen(Report), CHANGES, true,
        progress_event::add_progress, progress_event::AddProgress => progress_event::ProgressEventView,
        "Writes down what happened to the work: a decision, a finding, a step that is done. Lines are never changed.";
    get_summary: Get "/state/summary", Chosen(View), READS, false,
        state::get_summary, state::GetSummary => state::SummaryView,
        "The planned work at a glance: totals, domains, open decisions, blocked tasks, open workstreams, what happened last, next steps. With `domain` in at most 2 KiB.";
    list_next_steps: Get "/state/next_steps", Chosen(View), NO_TOOL, false,
        state::list_next_steps, state::ListNextSteps => state::NextStepsView,
        "What could be done next: after a decision, or since nothing is waited for any more.";
    sync_repo: Post "/repos/{slug}/sync", Work(Repo, Plan), NO_TOOL, false,
        sync::sync_repo, sync::SyncRepo => sync::SyncReport,
        "Reads the plan files of a working tree, which the caller sends, and tells what differs and why.";
}
