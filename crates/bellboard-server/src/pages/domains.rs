//! The domains: figures over all of them, a card each with its counts and repos, and the details of one in a dialog that
//! has an address.

mod card;
mod change;
mod detail;
mod form;
mod sync;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use bellboard_core::id::DomainId;
use bellboard_core::page::Limit;
use bellboard_core::text::grouped;
use bellboard_hub::domain::{self, DomainListed, ListDomains, WhichStatus};
use bellboard_hub::fault::{Fault, FaultKind};
use bellboard_hub::repo::{self, ListRepos, RepoView};
use bellboard_hub::state::{self, GetSummary};
use serde::Deserialize;

use self::card::{Card, Place};
pub use self::change::{back, create, on_domain};
use self::detail::Detail;
use self::form::{NewDomain, Typed};
use super::assets::Asset;
use super::moment::{Moment, Reading};
use super::shell::{Here, Shell};
use super::visit::{Engagements, Visit};
use super::words::counted;
use super::{render, strip};
use crate::problem::Problem;

/// So many domains stand on one page.
const LISTED: u32 = 50;

/// What the list is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct DomainsQuery {
    /// `active`, `archived` or `all`; `active` when absent.
    status: String,
    /// The slug of one engagement.
    e: String,
    /// The domain whose details are open.
    domain: String,
    /// The slug of its engagement, where the reader has several.
    at: String,
    /// Where to go on.
    before: String,
    /// What was just done to the open domain.
    did: String,
}

#[derive(Template)]
#[template(path = "domains.html")]
struct DomainsPage {
    shell: Shell,
    figures: Figures,
    segments: [Segment; 3],
    cards: Vec<Card>,
    empty: Option<&'static str>,
    older_url: Option<String>,
    new: Option<NewDomain>,
    open: Option<Detail>,
    /// The list without the dialog.
    closed_url: String,
    unknown: Option<String>,
}

/// The page of one domain.
#[derive(Template)]
#[template(path = "domain.html")]
struct DomainPage {
    shell: Shell,
    one: Detail,
}

/// The row of figures.
struct Figures {
    active: String,
    archived: String,
    repos: String,
    in_domains: String,
    workstreams: String,
    blocked: String,
    newest: Option<(String, Moment)>,
}

/// One choice of status.
struct Segment {
    words: &'static str,
    url: String,
    current: bool,
}

/// Answers `/ui/domains`.
pub async fn show(visit: Visit, Query(query): Query<DomainsQuery>) -> Result<Response, Problem> {
    list(&visit, query, None).await
}

/// Answers `/ui/domains/{slug}`.
pub async fn show_one(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<DomainsQuery>,
) -> Result<Response, Problem> {
    let detail = Detail::load(&visit, &slug, &query.at, &query.did).await?;
    let detail = detail.on_its_page(&query.at);
    if is_former(&slug, &detail.slug) {
        return Ok(Redirect::permanent(&detail.page_url).into_response());
    }
    one(&visit, detail).await
}

/// The page of one domain, perhaps with a form that was refused.
async fn one(visit: &Visit, detail: Detail) -> Result<Response, Problem> {
    let engagements = visit.engagements(None).await?;
    let strip = strip::load(visit, None).await?;
    let slug = detail.slug.clone();
    let shell = visit
        .shell(&detail.name, Here::Domains, strip.counts(), &engagements)
        .with_strip(strip)
        .of_domain(Some(&slug));
    render(&DomainPage { shell, one: detail })
}

/// The list, perhaps with the form for a new domain that was refused.
async fn list(
    visit: &Visit,
    query: DomainsQuery,
    refused: Option<Typed>,
) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&query.e)).await?;
    let (open, unknown) = match open_domain(visit, &query).await? {
        Open::None => (None, None),
        Open::One(detail) if is_former(&query.domain, &detail.slug) => {
            let today = DomainsQuery {
                domain: detail.slug.clone(),
                ..query
            };
            return Ok(Redirect::permanent(&today.url()).into_response());
        }
        Open::One(detail) => (Some(*detail), None),
        Open::Unknown(name) => (None, Some(name)),
    };
    let status = query.status()?;
    let page = domains_of(visit, &engagements, status, (LISTED, &query.before)).await?;
    let repos = repos_of(visit, &engagements).await?;
    let strip = strip::load(visit, None).await?;
    let shell = visit
        .shell("Domains", Here::Domains, strip.counts(), &engagements)
        .with_strip(strip);
    render(&DomainsPage {
        shell,
        figures: Figures::load(visit, &engagements).await?,
        segments: query.segments(),
        empty: page.items.is_empty().then(|| empty_words(status)),
        older_url: page.next_cursor.clone().map(|before| {
            let older = DomainsQuery {
                before,
                ..query.closed()
            };
            older.url()
        }),
        cards: cards(&page.items, &repos, &query, &engagements, visit),
        new: NewDomain::load(&engagements, refused),
        open,
        closed_url: query.closed().url(),
        unknown,
    })
}

/// Whether a domain was asked for under a slug that it had before; an id is no slug.
fn is_former(asked: &str, today: &str) -> bool {
    asked != today && asked.parse::<DomainId>().is_err()
}

/// What the address says of the dialog.
enum Open {
    None,
    One(Box<Detail>),
    Unknown(String),
}

async fn open_domain(visit: &Visit, query: &DomainsQuery) -> Result<Open, Problem> {
    if query.domain.is_empty() {
        return Ok(Open::None);
    }
    match Detail::load(visit, &query.domain, &query.at, &query.did).await {
        Ok(detail) => Ok(Open::One(Box::new(detail.in_the_list(query)))),
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(Open::Unknown(query.domain.clone())),
        Err(fault) => Err(fault.into()),
    }
}

fn cards(
    listed: &[DomainListed],
    repos: &[RepoView],
    query: &DomainsQuery,
    engagements: &Engagements,
    visit: &Visit,
) -> Vec<Card> {
    let several = engagements.total() > 1;
    listed
        .iter()
        .map(|one| {
            let opened = DomainsQuery {
                domain: one.domain.slug.clone(),
                at: if several {
                    one.domain.engagement_slug.clone()
                } else {
                    String::new()
                },
                ..query.closed()
            };
            let domain = &one.domain;
            let tag =
                several.then(|| engagements.tag_of(domain.engagement_id, &domain.engagement_slug));
            Card::new(one, repos, opened.url(), tag, visit.now)
        })
        .collect()
}

const fn empty_words(status: WhichStatus) -> &'static str {
    match status {
        WhichStatus::Active => "No domain is in use.",
        WhichStatus::Archived => "No domain has been archived.",
        WhichStatus::All => "No domain has been made yet.",
    }
}

async fn domains_of(
    visit: &Visit,
    engagements: &Engagements,
    status: WhichStatus,
    (limit, before): (u32, &str),
) -> Result<bellboard_core::page::Page<DomainListed>, Fault> {
    let input = ListDomains {
        status,
        engagement: engagements.scope_name(),
        limit: Limit::new(limit).unwrap_or_default(),
        cursor: (!before.is_empty()).then(|| before.to_owned()),
    };
    domain::list_domains(visit.call("list_domains"), input).await
}

/// The newest repos, for the cards of their domains.
async fn repos_of(visit: &Visit, engagements: &Engagements) -> Result<Vec<RepoView>, Problem> {
    let input = ListRepos {
        status: WhichStatus::All,
        engagement: engagements.scope_name(),
        limit: Limit::new(Limit::MAX).unwrap_or_default(),
        ..ListRepos::default()
    };
    Ok(repo::list_repos(visit.call("list_repos"), input)
        .await?
        .items)
}

impl Figures {
    async fn load(visit: &Visit, engagements: &Engagements) -> Result<Self, Problem> {
        let input = GetSummary {
            domain: None,
            engagement: engagements.scope_name(),
        };
        let summary = state::get_summary(visit.call("get_summary"), input).await?;
        let active = domains_of(visit, engagements, WhichStatus::Active, (1, "")).await?;
        let archived = domains_of(visit, engagements, WhichStatus::Archived, (1, "")).await?;
        let with_repos = summary.domains.iter().filter(|one| one.repo_count > 0);
        let with_repos = with_repos.count() as u64;
        let totals = summary.totals;
        Ok(Self {
            active: grouped(totals.domains),
            archived: format!("{} archived", grouped(archived.total_count)),
            repos: grouped(totals.repos),
            in_domains: format!("in {}", counted(with_repos, "domain", "domains")),
            workstreams: grouped(totals.open_workstreams),
            blocked: match totals.blocked_tasks {
                0 => "no task is blocked".to_owned(),
                1 => "1 task is blocked".to_owned(),
                many => format!("{} tasks are blocked", grouped(many)),
            },
            newest: active.items.into_iter().next().map(|one| {
                let added = Moment::new(one.domain.created_at, Reading::Clock, visit.now);
                (one.domain.name, added)
            }),
        })
    }
}

impl DomainsQuery {
    fn status(&self) -> Result<WhichStatus, Problem> {
        match self.status.as_str() {
            "" | "active" => Ok(WhichStatus::Active),
            "archived" => Ok(WhichStatus::Archived),
            "all" => Ok(WhichStatus::All),
            _ => Err(Problem::invalid(
                "status",
                "The list shows `active`, `archived` or `all`.",
            )),
        }
    }

    /// The same list with no details open.
    fn closed(&self) -> Self {
        Self {
            domain: String::new(),
            at: String::new(),
            did: String::new(),
            ..self.clone()
        }
    }

    fn segments(&self) -> [Segment; 3] {
        let chosen = if self.status.is_empty() {
            "active"
        } else {
            self.status.as_str()
        };
        [
            ("active", "Active"),
            ("archived", "Archived"),
            ("all", "All"),
        ]
        .map(|(status, words)| {
            let other = Self {
                status: status.to_owned(),
                e: self.e.clone(),
                ..Self::default()
            };
            Segment {
                words,
                url: other.url(),
                current: status == chosen,
            }
        })
    }

    /// The address of the list. Its values hold no reserved characters, or they were refused or not found before.
    fn url(&self) -> String {
        let pairs = [
            ("status", &self.status),
            ("e", &self.e),
            ("before", &self.before),
            ("domain", &self.domain),
            ("at", &self.at),
            ("did", &self.did),
        ];
        let kept: Vec<String> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if kept.is_empty() {
            return "/ui/domains".to_owned();
        }
        format!("/ui/domains?{}", kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_is_shown_and_nothing_else() {
        let query = DomainsQuery {
            status: "all".to_owned(),
            domain: "rail".to_owned(),
            at: "aster".to_owned(),
            did: "renamed".to_owned(),
            ..DomainsQuery::default()
        };
        assert_eq!(
            query.url(),
            "/ui/domains?status=all&domain=rail&at=aster&did=renamed"
        );
        assert_eq!(query.closed().url(), "/ui/domains?status=all");
        assert_eq!(DomainsQuery::default().url(), "/ui/domains");
        let current: Vec<_> = query.segments().map(|one| one.current).into();
        assert_eq!(current, [false, false, true]);
        assert!(DomainsQuery::default().segments()[0].current);
    }

    #[test]
    fn a_status_that_is_none_is_refused() {
        let query = |status: &str| DomainsQuery {
            status: status.to_owned(),
            ..DomainsQuery::default()
        };
        assert_eq!(query("").status().unwrap(), WhichStatus::Active);
        assert_eq!(query("all").status().unwrap(), WhichStatus::All);
        let refused = query("sleeping").status().unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("status"));
    }
}
