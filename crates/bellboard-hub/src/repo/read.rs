//! Reading repos: one, many, and those of a domain.

use bellboard_core::id::{DomainId, RepoId};
use bellboard_core::page::{Cursor, Limit, Page};
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RepoDetail, RepoView, store};
use crate::access;
use crate::call::Call;
use crate::domain::{self, WhichStatus};
use crate::fault::{Fault, Outcome};
use crate::verbs::{View, WorkConcept};

/// Which repos.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListRepos {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// `active`, `archived` or `all`; `active` when absent.
    pub status: WhichStatus,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Of which domain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListDomainRepos {
    /// The domain, by slug or id.
    pub domain_slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// Which repo.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRepo {
    /// The repo, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// The repos of one domain.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DomainRepos {
    /// The domain's slug of today.
    pub domain_slug: String,
    /// Its repos by slug, at most 100, those no longer in use too; `list_repos` has all.
    pub items: Vec<RepoView>,
}

impl View for DomainRepos {
    fn slug_today(&self) -> Option<&str> {
        Some(&self.domain_slug)
    }
}

/// `list_repos`.
pub async fn list_repos(call: Call, input: ListRepos) -> Outcome<Page<RepoView>> {
    let asked = domain::Asked {
        list: "repos",
        domain: input.domain,
        words: vec![input.status.stored()],
        engagement: input.engagement,
        limit: input.limit,
        cursor: input.cursor,
    };
    let place = |repo: &RepoView| Cursor {
        at: repo.created_at,
        id: repo.id.uuid(),
    };
    domain::list(call, &store::LIST, asked, RepoView::read, place).await
}

/// `list_domain_repos`.
pub async fn list_domain_repos(call: Call, input: ListDomainRepos) -> Outcome<DomainRepos> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, engagement) = (WorkConcept::Domain, input.engagement.as_deref());
                let found =
                    access::work(sql, &call, concept, &input.domain_slug, engagement).await?;
                let (engagement, id) =
                    (found.member.engagement_id(), DomainId::from_uuid(found.id));
                let domain = domain::load(sql, engagement, id).await?;
                let rows = store::of_domain(sql, engagement, id, Limit::MAX).await?;
                Ok(DomainRepos {
                    domain_slug: domain.slug,
                    items: rows.iter().map(RepoView::read).collect::<Outcome<_>>()?,
                })
            })
        })
        .await
}

/// `get_repo`.
pub async fn get_repo(call: Call, input: GetRepo) -> Outcome<RepoDetail> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, engagement) = (WorkConcept::Repo, input.engagement.as_deref());
                let found = access::work(sql, &call, concept, &input.slug, engagement).await?;
                let id = RepoId::from_uuid(found.id);
                let row = store::one(sql, found.member.engagement_id(), id).await?;
                RepoDetail::read(&row.ok_or_else(Fault::not_found)?)
            })
        })
        .await
}
