//! The details of one domain, the same in the dialog and on its page: counts that lead on, repos, and the forms that
//! rename and archive it.

use askama::Template;
use bellboard_core::membership::{Capability, allows};
use bellboard_core::page::{Limit, Page};
use bellboard_core::work::EntryStatus;
use bellboard_hub::domain::{self, DomainDetail, GetDomain};
use bellboard_hub::fault::Fault;
use bellboard_hub::repo::RepoView;
use bellboard_hub::topic::{self, ListTopics, TopicView};

use super::DomainsQuery;
use super::card::{Place, RepoRow};
use super::form::Typed;
use super::sync;
use crate::pages::moment::{Moment, Reading};
use crate::pages::tag::EngagementTag;
use crate::pages::visit::Visit;

/// Topics that keep a domain in use are named up to here.
const TOPICS_NAMED: usize = 5;

/// So many topics are shown.
const TOPICS_SHOWN: u32 = 20;

/// The details.
#[derive(Template)]
#[template(path = "domain_detail.html")]
pub struct Detail {
    /// The slug of today.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The address of its own page.
    pub page_url: String,
    description: String,
    archived: bool,
    engagement: EngagementTag,
    /// The slug of its engagement.
    at: String,
    added: Moment,
    counts: [(&'static str, u64, Option<String>); 4],
    repos: Vec<RepoRow>,
    /// How many repos are not listed.
    more_repos: u64,
    /// The topics that it is busy with: title and slug.
    topics: Vec<(String, String)>,
    /// How many topics are not listed.
    more_topics: u64,
    /// Why it cannot be archived yet.
    held_by: Option<String>,
    may_plan: bool,
    /// Where the forms lead back to: the list, or the page of the domain.
    from: &'static str,
    /// The status that the list shows.
    status: String,
    /// The engagement that the list is narrowed to.
    e: String,
    /// Where the dialog leads when it is closed; a page has no such place.
    close_url: Option<String>,
    id: String,
    told: Option<&'static str>,
    typed: Option<Typed>,
}

impl askama::filters::HtmlSafe for Detail {}

impl Detail {
    /// The details of the domain of this name.
    pub async fn load(visit: &Visit, name: &str, at: &str, did: &str) -> Result<Self, Fault> {
        let input = GetDomain {
            slug: name.parse().map_err(|_| Fault::not_found())?,
            engagement: at.parse().ok(),
        };
        let found = domain::get_domain(visit.call("get_domain"), input).await?;
        let place = visit
            .engagements(Some(&found.domain.engagement_slug))
            .await
            .map_err(|_| Fault::not_found())?;
        let place = place.scope().ok_or_else(Fault::not_found)?;
        let may_plan = allows(place.designations, Capability::Plan);
        let topics = active_topics(visit, &found).await?;
        let held_by = held_by(&found, &topics);
        let domain = found.domain;
        let counts = found.counts;
        let repos = repo_rows(visit, &found.repos).await?;
        let of = format!("?domain={}", domain.slug);
        Ok(Self {
            page_url: format!("/ui/domains/{}", domain.slug),
            archived: domain.status == EntryStatus::Archived,
            engagement: EngagementTag::new(&place.engagement_name),
            at: domain.engagement_slug,
            added: Moment::new(domain.created_at, Reading::Clock, visit.now),
            counts: [
                ("Repositories", counts.repos, None),
                (
                    "Workstreams",
                    counts.workstreams,
                    Some(format!("/ui/workstreams{of}&status=all")),
                ),
                (
                    "Extension points",
                    counts.extension_points,
                    Some(format!("/ui/extension-points{of}")),
                ),
                (
                    "Tech debt",
                    counts.technical_debts,
                    Some(format!("/ui/technical-debt{of}")),
                ),
            ],
            more_repos: counts.repos.saturating_sub(found.repos.len() as u64),
            repos,
            more_topics: topics.total_count.saturating_sub(topics.items.len() as u64),
            topics: topics
                .items
                .into_iter()
                .map(|topic| (topic.title, topic.slug))
                .collect(),
            held_by,
            may_plan,
            from: "page",
            status: String::new(),
            e: String::new(),
            close_url: None,
            id: domain.id.to_string(),
            told: told(did),
            typed: None,
            slug: domain.slug,
            name: domain.name,
            description: domain.description,
        })
    }

    /// The same on the page of its own, under the engagement that its address names.
    pub fn on_its_page(mut self, at: &str) -> Self {
        if !at.is_empty() {
            self.page_url = format!("{}?at={}", self.page_url, self.at);
        }
        self
    }

    /// The same in the dialog over a list.
    pub fn in_the_list(mut self, query: &DomainsQuery) -> Self {
        self = self.on_its_page(&query.at);
        self.from = "list";
        // Its card has the focus again.
        let closed = query.closed().url();
        self.close_url = Some(format!("{closed}#domain-{}", self.id));
        self.status.clone_from(&query.status);
        self.e.clone_from(&query.e);
        self
    }

    /// The same with what was typed and refused.
    pub fn with(mut self, typed: Typed) -> Self {
        self.typed = Some(typed);
        self
    }

    fn new_slug(&self) -> &str {
        self.typed.as_ref().map_or(&self.slug, |typed| &typed.slug)
    }

    fn new_name(&self) -> &str {
        self.typed.as_ref().map_or(&self.name, |typed| &typed.name)
    }

    fn wrong(&self) -> Option<&str> {
        self.typed.as_ref().map(|typed| typed.words.as_str())
    }

    /// The form for another name was sent and refused.
    fn renaming(&self) -> bool {
        self.typed
            .as_ref()
            .is_some_and(|typed| !typed.slug.is_empty())
    }
}

/// The rows of its repos, with what their last syncs left to look at.
async fn repo_rows(visit: &Visit, repos: &[RepoView]) -> Result<Vec<RepoRow>, Fault> {
    let rows = repos.iter().map(|repo| RepoRow::new(repo, visit.now));
    let mut rows: Vec<RepoRow> = rows.collect();
    let synced = rows.iter_mut().map(|row| &mut row.synced);
    sync::read_lines(visit, repos.iter().zip(synced)).await?;
    Ok(rows)
}

/// The topics that it is busy with now.
async fn active_topics(visit: &Visit, found: &DomainDetail) -> Result<Page<TopicView>, Fault> {
    let input = ListTopics {
        domain: found.domain.id.to_string().parse().ok(),
        limit: Limit::new(TOPICS_SHOWN).unwrap_or_default(),
        ..ListTopics::default()
    };
    topic::list_topics(visit.call("list_topics"), input).await
}

/// The sentence about what keeps the domain in use.
fn held_by(found: &DomainDetail, topics: &Page<TopicView>) -> Option<String> {
    if found.domain.status == EntryStatus::Archived {
        return None;
    }
    let named = topics.items.iter().take(TOPICS_NAMED);
    let slugs: Vec<String> = named.map(|topic| topic.slug.clone()).collect();
    held_words(topics.total_count, &slugs)
}

fn held_words(total: u64, slugs: &[String]) -> Option<String> {
    let named = slugs.join(", ");
    match total {
        0 => None,
        1 => Some(format!("Archive its active topic first: {named}.")),
        many if many > slugs.len() as u64 => Some(format!(
            "Archive its {many} active topics first: {named}, …"
        )),
        many => Some(format!("Archive its {many} active topics first: {named}.")),
    }
}

/// What was just done, said once.
fn told(did: &str) -> Option<&'static str> {
    match did {
        "made" => Some("The domain was made."),
        "renamed" => Some("Renamed. The former slug still leads here."),
        "archived" => Some("Archived. What belongs to it is kept."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_domain_in_use_is_named() {
        let slugs = |count: usize| -> Vec<String> {
            (0..count).map(|number| format!("t-{number}")).collect()
        };
        assert_eq!(held_words(0, &[]), None);
        assert_eq!(
            held_words(1, &slugs(1)).unwrap(),
            "Archive its active topic first: t-0."
        );
        assert_eq!(
            held_words(2, &slugs(2)).unwrap(),
            "Archive its 2 active topics first: t-0, t-1."
        );
        assert!(held_words(9, &slugs(5)).unwrap().ends_with("t-4, …"));
    }

    #[test]
    fn only_what_a_form_does_is_told() {
        assert!(
            ["made", "renamed", "archived"]
                .iter()
                .all(|did| told(did).is_some())
        );
        assert_eq!((told(""), told("<b>sold</b>")), (None, None));
    }
}
