//! The catalogue: domains, repos, topics, and what is kept of each for later.

use bellboard_core::membership::Capability::{Plan, View};

use crate::verbs::entry::Access::{Chosen, Engagement, Work};
use crate::verbs::entry::WorkConcept::{Domain, ExtensionPoint, Repo, TechnicalDebt, Topic};
use crate::verbs::tool::{self, NO_TOOL};
use crate::{domain, extension_point, repo, technical_debt, topic};

verbs! {
    list_domains: Get "/domains", Chosen(View), tool::LIST_DOMAINS, false,
        domain::list_domains, domain::ListDomains => bellboard_core::page::Page<domain::DomainListed>,
        "The domains of your engagements: fields of work that repos, topics and plans belong to, with how much belongs to each. Active ones when `status` is absent.";
    get_domain: Get "/domains/{slug}", Work(Domain, View), NO_TOOL, false,
        domain::get_domain, domain::GetDomain => domain::DomainDetail, "One domain with its counts and its repos.";
    create_domain: Post "/domains", Chosen(Plan), tool::CREATE_DOMAIN, true,
        domain::create_domain, domain::CreateDomain => domain::DomainView, "Makes a domain. A slug that is taken is refused.";
    seed_domains: Put "/engagements/{engagement_id}/domains", Engagement(Plan), NO_TOOL, false,
        domain::seed_domains, domain::SeedDomains => domain::DomainsSeeded,
        "Makes the domains of a list that are not there yet. What is or was there is left as it is.";
    update_domain: Patch "/domains/{slug}", Work(Domain, Plan), NO_TOOL, false,
        domain::update_domain, domain::UpdateDomain => domain::DomainView, "Changes the name or the description of a domain.";
    rename_domain: Patch "/domains/{slug}/rename", Work(Domain, Plan), tool::RENAME_DOMAIN, false,
        domain::rename_domain, domain::RenameDomain => domain::DomainView,
        "Gives a domain another slug and name. The former slug still leads to it.";
    archive_domain: Patch "/domains/{slug}/archive", Work(Domain, Plan), tool::ARCHIVE_DOMAIN, false,
        domain::archive_domain, domain::ArchiveDomain => domain::DomainView,
        "Takes a domain out of use. Refused while it has active topics, which the answer names.";
    list_domain_repos: Get "/domains/{domain_slug}/repos", Work(Domain, View), tool::LIST_DOMAIN_REPOS, false,
        repo::list_domain_repos, repo::ListDomainRepos => repo::DomainRepos, "The repos of a domain.";
    register_repo: Post "/domains/{domain_slug}/repos", Chosen(Plan), tool::REGISTER_REPO, true,
        repo::register_repo, repo::RegisterRepo => repo::RepoView,
        "Registers a repo in a domain, its second one too. An unknown domain is refused with the valid slugs.";
    list_repos: Get "/repos", Chosen(View), NO_TOOL, false,
        repo::list_repos, repo::ListRepos => bellboard_core::page::Page<repo::RepoView>, "The repos of your engagements, newest first, with filters.";
    get_repo: Get "/repos/{slug}", Work(Repo, View), NO_TOOL, false,
        repo::get_repo, repo::GetRepo => repo::RepoDetail, "One repo, with what its last sync left to look at.";
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
}
