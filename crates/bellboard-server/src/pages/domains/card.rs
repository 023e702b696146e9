//! One domain in the list: its name, its counts, its newest repos.

use bellboard_core::time::Timestamp;
use bellboard_core::work::EntryStatus;
use bellboard_hub::domain::{DomainCounts, DomainListed};
use bellboard_hub::repo::RepoView;

use super::sync::{Held, Synced};
use crate::pages::moment::{Moment, Reading};
use crate::pages::tag::EngagementTag;
use crate::pages::words::counted;

/// A card shows at most this many repos.
const REPOS_SHOWN: usize = 3;

/// A card.
pub struct Card {
    /// The slug.
    pub slug: String,
    /// Unique on the page, where the slug is not.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it is about; may be empty.
    pub description: String,
    /// No longer in use.
    pub archived: bool,
    /// Its engagement, where the reader has several.
    pub engagement: Option<EngagementTag>,
    /// The address of its details.
    pub url: String,
    /// How much belongs to it.
    pub counts: [(&'static str, u64); 4],
    /// Its newest repos.
    pub repos: Vec<RepoRow>,
    /// "3 more repositories".
    pub more: Option<String>,
}

/// One repo of a domain.
pub struct RepoRow {
    /// The name.
    pub name: String,
    /// No longer in use.
    pub archived: bool,
    /// Where it lies.
    pub place: Place,
    /// When it was registered.
    pub added: Moment,
    /// How the last sync went, if there was one.
    pub synced: Option<Synced>,
    /// The sync since then that wrote nothing.
    pub held_back: Option<Held>,
}

/// Where a repo lies.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// At an address that a browser opens, and the address without its scheme.
    Link(String, String),
    /// Elsewhere, as it was given.
    Words(String),
    /// Nobody said.
    Nowhere,
}

impl Card {
    /// The card of one domain, with its repos among `repos`.
    pub fn new(
        listed: &DomainListed,
        repos: &[RepoView],
        url: String,
        engagement: Option<EngagementTag>,
        now: Timestamp,
    ) -> Self {
        let domain = &listed.domain;
        let own = repos.iter().filter(|repo| repo.domain_id == domain.id);
        let own: Vec<RepoRow> = own
            .take(REPOS_SHOWN)
            .map(|repo| RepoRow::new(repo, now))
            .collect();
        Self {
            slug: domain.slug.clone(),
            id: domain.id.to_string(),
            name: domain.name.clone(),
            description: domain.description.clone(),
            archived: domain.status == EntryStatus::Archived,
            engagement,
            url,
            counts: counts(&listed.counts),
            more: more(listed.counts.repos, own.len()),
            repos: own,
        }
    }
}

fn more(all: u64, shown: usize) -> Option<String> {
    let rest = all.saturating_sub(shown as u64);
    let words = counted(rest, "more repository", "more repositories");
    (rest > 0).then_some(words)
}

/// The figures of a card, in their order.
fn counts(counts: &DomainCounts) -> [(&'static str, u64); 4] {
    [
        ("repos", counts.repos),
        ("workstreams", counts.workstreams),
        ("ext. points", counts.extension_points),
        ("tech debt", counts.technical_debts),
    ]
}

impl RepoRow {
    /// The row of this repo.
    pub fn new(repo: &RepoView, now: Timestamp) -> Self {
        Self {
            name: repo.name.clone(),
            archived: repo.status == EntryStatus::Archived,
            place: Place::of(repo.remote_url.as_deref(), repo.local_path.as_deref()),
            added: Moment::new(repo.created_at, Reading::Clock, now),
            synced: Synced::of(repo, now),
            held_back: Held::of(repo, now),
        }
    }
}

impl Place {
    /// An address that can be opened is worth more than a folder on somebody's machine.
    fn of(remote: Option<&str>, local: Option<&str>) -> Self {
        let opened = remote.and_then(|address| {
            let bare = ["https://", "http://"]
                .iter()
                .find_map(|scheme| address.strip_prefix(scheme))?;
            Some((address, bare))
        });
        match (opened, local.or(remote)) {
            (Some((address, bare)), _) => Self::Link(address.to_owned(), bare.to_owned()),
            (None, Some(words)) => Self::Words(words.to_owned()),
            (None, None) => Self::Nowhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        let (https, ssh, local) = (
            Some("https://git.example.com/a"),
            Some("git@git.example.com:a.git"),
            Some("/srv/a"),
        );
        let words = |text: &str| Place::Words(text.to_owned());
        for (remote, local, expected) in [
            (
                https,
                local,
                Place::Link(
                    "https://git.example.com/a".to_owned(),
                    "git.example.com/a".to_owned(),
                ),
            ),
            (ssh, local, words("/srv/a")),
            (ssh, None, words("git@git.example.com:a.git")),
            (None, local, words("/srv/a")),
            (
                Some("javascript:alert(1)"),
                None,
                words("javascript:alert(1)"),
            ),
            (None, None, Place::Nowhere),
        ] {
            assert_eq!(Place::of(remote, local), expected);
        }
    }

    #[test]
    fn what_a_card_leaves_out_is_counted() {
        assert_eq!(more(3, 3), None);
        assert_eq!(more(4, 3).as_deref(), Some("1 more repository"));
        assert_eq!(more(9, 3).as_deref(), Some("6 more repositories"));
    }
}
