//! The domain that a list of the catalogue is narrowed to: one of the live list, in the address, and kept in the links
//! from one list to the next.

use std::collections::BTreeMap;

use bellboard_core::page::Limit;
use bellboard_core::text::Bounded;
use bellboard_core::work::EntryStatus;
use bellboard_hub::domain::{self, GetDomain, ListDomains};
use bellboard_hub::fault::FaultKind;

use super::visit::Visit;
use crate::problem::Problem;

/// How many pages of domains the choice reads; more than 500 are not offered, but any can be named in the address.
const PAGES_READ: usize = 5;

/// What the address asks for, and what can be chosen.
#[derive(Debug)]
pub struct DomainFilter {
    /// The slug in the address; empty for all.
    pub asked: String,
    /// What can be chosen: slug and name, by name.
    pub options: Vec<DomainOption>,
    /// No domain of the reader's is or was called so.
    pub unknown: bool,
}

/// A domain to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainOption {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The page is narrowed to it.
    pub chosen: bool,
}

/// A filter, or the slug under which the domain that was asked for is found today.
pub enum Found {
    /// The filter.
    Here(DomainFilter),
    /// It was renamed to this.
    Moved(String),
}

/// Reads the live list, and what was asked for.
pub async fn load(
    visit: &Visit,
    engagement: Option<&Bounded<50>>,
    asked: &str,
) -> Result<Found, Problem> {
    let mut names = live(visit, engagement).await?;
    let asked = asked.trim();
    let mut unknown = false;
    if !asked.is_empty() && !names.contains_key(asked) {
        match look_up(visit, engagement, asked).await? {
            Some((slug, _)) if !slug.is_empty() && slug != asked => return Ok(Found::Moved(slug)),
            Some((_, name)) => {
                names.insert(asked.to_owned(), name);
            }
            None => unknown = true,
        }
    }
    Ok(Found::Here(DomainFilter {
        options: options(names, asked),
        asked: asked.to_owned(),
        unknown,
    }))
}

/// The domains in use. One slug in two engagements is one choice.
async fn live(
    visit: &Visit,
    engagement: Option<&Bounded<50>>,
) -> Result<BTreeMap<String, String>, Problem> {
    let mut names = BTreeMap::new();
    let mut cursor = None;
    for _ in 0..PAGES_READ {
        let input = ListDomains {
            engagement: engagement.cloned(),
            limit: Limit::new(Limit::MAX).unwrap_or_default(),
            cursor,
            ..ListDomains::default()
        };
        let page = domain::list_domains(visit.call("list_domains"), input).await?;
        for listed in page.items {
            names.insert(listed.domain.slug, listed.domain.name);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(names)
}

/// The slug of today and the name of what is not in the live list: it is archived, renamed, or stands in two engagements
/// under this slug, which is told by empty words.
async fn look_up(
    visit: &Visit,
    engagement: Option<&Bounded<50>>,
    asked: &str,
) -> Result<Option<(String, String)>, Problem> {
    let Ok(slug) = asked.parse() else {
        return Ok(None);
    };
    let input = GetDomain {
        slug,
        engagement: engagement.cloned(),
    };
    match domain::get_domain(visit.call("get_domain"), input).await {
        Ok(found) if found.domain.status == EntryStatus::Archived => {
            let name = format!("{}, archived", found.domain.name);
            Ok(Some((found.domain.slug, name)))
        }
        Ok(found) => Ok(Some((found.domain.slug, found.domain.name))),
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
        Err(fault) if fault.kind == FaultKind::Conflict => {
            Ok(Some((String::new(), asked.to_owned())))
        }
        Err(fault) => Err(fault.into()),
    }
}

fn options(names: BTreeMap<String, String>, asked: &str) -> Vec<DomainOption> {
    let mut options: Vec<DomainOption> = names
        .into_iter()
        .map(|(slug, name)| DomainOption {
            chosen: slug == asked,
            slug,
            name,
        })
        .collect();
    options.sort_by_key(|option| option.name.to_lowercase());
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_offered_by_name_and_one_is_chosen() {
        let names = [("b", "Zeta"), ("c", "alpha"), ("a", "Beta")];
        let names = || {
            names
                .map(|(slug, name)| (slug.to_owned(), name.to_owned()))
                .into()
        };
        let offered: Vec<_> = options(names(), "a")
            .into_iter()
            .map(|option| (option.name, option.chosen))
            .collect();
        let expected = [("alpha", false), ("Beta", true), ("Zeta", false)];
        assert_eq!(
            offered,
            expected.map(|(name, chosen)| (name.to_owned(), chosen))
        );
        assert!(!options(names(), "").iter().any(|option| option.chosen));
    }
}
