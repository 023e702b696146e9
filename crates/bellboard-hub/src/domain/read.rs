//! Reading domains: one with what belongs to it, and many.

use bellboard_core::id::DomainId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::work::EntryStatus;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{COLUMNS, DomainCounts, DomainDetail, DomainListed, DomainView, load, store};
use crate::access;
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of_rows};
use crate::repo::{self, RepoView};
use crate::verbs::WorkConcept;

/// Which of what can be archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhichStatus {
    /// What is in use.
    #[default]
    Active,
    /// What no longer is.
    Archived,
    /// Both.
    All,
}

impl WhichStatus {
    /// The stored status; empty for all.
    pub(crate) const fn stored(self) -> &'static str {
        match self {
            Self::Active => EntryStatus::Active.as_str(),
            Self::Archived => EntryStatus::Archived.as_str(),
            Self::All => "",
        }
    }
}

/// Which domains.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListDomains {
    /// `active`, `archived` or `all`; `active` when absent.
    pub status: WhichStatus,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which domain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetDomain {
    /// The domain, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `list_domains`: each with how much belongs to it.
pub async fn list_domains(call: Call, input: ListDomains) -> Outcome<Page<DomainListed>> {
    let person = call.signed_in()?.person_id;
    let engagement = input.engagement.as_deref().unwrap_or_default();
    let filter = format!("{engagement} {}", input.status.stored());
    let scope = CursorScope {
        list: "domains",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let (limit, status) = (input.limit, input.status);
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let filters = reach.with([status.stored().into()]);
                paging::rows_of(sql, &store::LIST, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| {
            Ok(DomainListed {
                domain: DomainView::read(row)?,
                counts: DomainCounts::read(row, COLUMNS)?,
            })
        },
        |listed| Cursor {
            at: listed.domain.created_at,
            id: listed.domain.id.uuid(),
        },
    )
}

/// `get_domain`.
pub async fn get_domain(call: Call, input: GetDomain) -> Outcome<DomainDetail> {
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let (concept, engagement) = (WorkConcept::Domain, input.engagement.as_deref());
                let found = access::work(sql, &call, concept, &input.slug, engagement).await?;
                let (engagement, id) =
                    (found.member.engagement_id(), DomainId::from_uuid(found.id));
                let domain = load(sql, engagement, id).await?;
                let counts = store::counts(sql, engagement, id).await?;
                let counts = counts.ok_or_else(Fault::not_found)?;
                let repos = repo::store::of_domain(sql, engagement, id, Limit::MAX).await?;
                Ok(DomainDetail {
                    domain,
                    counts: DomainCounts::read(&counts, 0)?,
                    repos: repos
                        .iter()
                        .map(RepoView::read)
                        .collect::<Outcome<Vec<_>>>()?,
                })
            })
        })
        .await
}
