//! `seed_domains`: the domains that an engagement begins with, given as often as one likes.

use std::collections::BTreeSet;

use bellboard_core::id::{DomainId, EngagementId};
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::Slug;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::create::{CreateDomain, make};
use super::{DomainView, LONGEST_SLUG, load};
use crate::access;
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::slug;
use crate::verbs::{View, WorkConcept};

/// One call gives at most this many.
const MOST: usize = 100;

/// The domains that shall be there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedDomains {
    /// Where.
    pub engagement_id: EngagementId,
    /// 1 to 100 of them.
    pub domains: Vec<SeedDomain>,
}

/// One of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedDomain {
    /// What addresses, files and the command line use: `[a-z0-9_-]`, at most 50 characters.
    pub slug: Slug<LONGEST_SLUG>,
    /// What people read, at most 200 characters.
    pub name: Bounded<200>,
    /// What it is about, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
}

/// What is there now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DomainsSeeded {
    /// The slugs of those that this call has made.
    pub made: Vec<String>,
    /// All of them as they are, in the order of the list. One that was renamed stands under its slug of today.
    pub items: Vec<DomainView>,
}

impl View for DomainsSeeded {}

/// `seed_domains`: what has the slug, or had it before a rename, is left as it is, archived ones too.
pub async fn seed_domains(call: Call, input: SeedDomains) -> Outcome<DomainsSeeded> {
    check(&input.domains)?;
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                let (mut made, mut items) = (Vec::new(), Vec::new());
                for wanted in input.domains {
                    let held =
                        slug::holder(sql, &member, WorkConcept::Domain, &wanted.slug).await?;
                    if let Some(row) = held {
                        let id = DomainId::from_uuid(row.id(0)?);
                        items.push(load(sql, input.engagement_id, id).await?);
                        continue;
                    }
                    let new = CreateDomain {
                        slug: wanted.slug,
                        name: wanted.name,
                        description: wanted.description,
                        engagement: None,
                    };
                    let domain = make(sql, &call, &member, new).await?;
                    made.push(domain.slug.clone());
                    items.push(domain);
                }
                Ok::<_, Fault>(DomainsSeeded { made, items })
            })
        })
        .await
}

fn check(domains: &[SeedDomain]) -> Outcome<()> {
    if domains.is_empty() || domains.len() > MOST {
        return Err(Fault::invalid(
            "domains",
            format!("1 to {MOST} domains; this has {}.", domains.len()),
        ));
    }
    let mut seen = BTreeSet::new();
    for (place, domain) in domains.iter().enumerate() {
        if !seen.insert(&domain.slug) {
            return Err(Fault::invalid(
                format!("domains[{place}].slug"),
                format!("`{}` stands in the list twice. Leave one out.", domain.slug),
            ));
        }
    }
    Ok(())
}
